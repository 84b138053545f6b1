//! The company whose CRM it is.

use super::naming::Naming;
use super::random::Random;
use super::spelling::Style;
use super::words::COUNTRIES;

/// The tenant: its domains, and the people who use the product.
#[derive(Debug)]
pub(super) struct Tenant {
    pub(super) name: &'static str,
    /// Its own domains, the primary one first.
    pub(super) domains: [String; 2],
    /// The domain of a subsidiary that the tenant's settings name.
    pub(super) named_subsidiary: String,
    /// The domain of a subsidiary of which only the CRM knows that it is one.
    pub(super) other_subsidiary: String,
    pub(super) users: Vec<User>,
}

/// One of the tenant's people.
#[derive(Debug)]
pub(super) struct User {
    pub(super) given: &'static str,
    pub(super) family: String,
    pub(super) address: String,
    /// The free-mail address that the tenant's settings name.
    pub(super) private: Option<String>,
}

const USERS: usize = 60;

pub(super) fn draw(naming: &mut Naming<'_>, random: &mut Random) -> Tenant {
    let mut own = |label: &str, suffix: &str| naming.register(label, suffix, random);
    let domains = [own("brightloop", "com"), own("brightloop", "de")];
    let (named_subsidiary, other_subsidiary) = (own("brightloop-labs", "io"), own("tidalforge", "com"));
    let users = (0..USERS).map(|number| {
        let people = COUNTRIES[number % 3].people;
        let (given, family) = (people.given(random), people.family(random));
        let local = Style::FirstDotLast.local(given, &family, true);
        let private = (number % 10 == 0).then(|| format!("{local}.{number}.bl@gmail.com"));
        User { given, family, address: format!("{local}@{}", domains[0]), private }
    });
    Tenant {
        name: "Brightloop",
        domains: domains.clone(),
        named_subsidiary,
        other_subsidiary,
        users: users.collect(),
    }
}
