//! Generated CRM worlds with known truth.
//!
//! A [`World`] begins with a hidden truth: companies with their real domains and owners, people, who works where, who
//! has left, who was bought. From it come the CRM's imperfect picture, as the records of this crate, and attendees as
//! calendars have them. Because the truth is known, every attendee is a [`Case`] with its right answers: against those
//! the scores of a matcher are calibrated and its accuracy is measured, by [`Cause`].
//!
//! The same seed, size and mix give the same world on every machine. Nothing in here is asked by a matcher, and no
//! answer of a matcher is asked in here.

mod calendar;
mod case;
mod cause;
mod contacts;
mod crm;
mod firms;
mod known;
mod mix;
mod naming;
mod others;
mod people;
mod random;
mod seats;
mod spelling;
mod tenant;
// Lists are easier to read in lines than in columns.
#[rustfmt::skip]
mod words;

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::{Account, Classifier, Contact, Directory, Internal, Link, Lists};

pub use case::{Case, Truth};
pub use cause::{Cause, Shares};
pub use mix::{Mix, Size};

use crm::{Clerk, Crm};
use naming::Naming;
use random::Random;
use seats::Hall;

/// One tenant's CRM, and attendees of which it is known who they are.
#[derive(Clone, Debug)]
pub struct World {
    contacts: Vec<Contact>,
    accounts: Vec<Account>,
    links: Vec<Link>,
    internal: Internal,
    cases: Vec<Case>,
}

/// The streams of random numbers, one for each step, so that a step can change without changing those before it.
mod stream {
    pub(super) const TENANT: u64 = 1;
    pub(super) const FIRMS: u64 = 2;
    pub(super) const PEOPLE: u64 = 3;
    pub(super) const RECORDS: u64 = 4;
    pub(super) const SEATS: u64 = 5;
    pub(super) const CALENDAR: u64 = 6;
}

impl World {
    /// A world with the usual [`Mix`].
    pub fn generate(seed: u64, size: Size) -> Self {
        Self::generate_with(seed, size, &Mix::default())
    }

    /// A world in which things are as common as `mix` says.
    ///
    /// In a small one not every cause has a case. Its share then falls to companies that the CRM does not have.
    pub fn generate_with(seed: u64, size: Size, mix: &Mix) -> Self {
        let random = |stream| Random::new(seed, stream);
        let mut naming = Naming::new(mix);
        let tenant = tenant::draw(&mut naming, &mut random(stream::TENANT));
        let firms = firms::draw(size, mix, &mut naming, &mut random(stream::FIRMS));
        let (people, staff, taken) = people::draw(&firms, size, mix, &mut random(stream::PEOPLE));
        let (firms, people, staff) = (&firms[..], &people[..], &staff[..]);
        let clerk = Clerk { firms, people, staff, mix, random: random(stream::RECORDS), crm: Crm::default() };
        let crm = clerk.work(&tenant);
        let mut hall =
            Hall::new((firms, people, staff), &tenant, &crm, &mut naming, taken, random(stream::SEATS));
        let mut calendar = random(stream::CALENDAR);
        let cases = (0..size.attendees).map(|_| {
            let mut cause = draw_cause(&mix.attendees, &mut calendar);
            let seat = hall.seat(cause).unwrap_or_else(|| {
                cause = Cause::UnknownCompany;
                hall.unknown_company()
            });
            calendar::case(seat, cause, mix, &mut calendar)
        });
        let cases = cases.collect();
        let mut internal = Internal::new().domain(&tenant.named_subsidiary);
        for domain in &tenant.domains {
            internal = internal.domain(domain);
        }
        for private in tenant.users.iter().filter_map(|user| user.private.as_deref()) {
            internal = internal.user(private);
        }
        let Crm { contacts, accounts, links, .. } = crm;
        Self { contacts, accounts, links, internal, cases }
    }

    /// The people whom the CRM has.
    pub fn contacts(&self) -> &[Contact] {
        &self.contacts
    }

    /// The companies that the CRM has.
    pub fn accounts(&self) -> &[Account] {
        &self.accounts
    }

    /// Who belongs where, as the CRM has it.
    pub fn links(&self) -> &[Link] {
        &self.links
    }

    /// Who belongs to the tenant, as its settings say.
    pub fn internal(&self) -> &Internal {
        &self.internal
    }

    /// The attendees with the right answers.
    pub fn cases(&self) -> &[Case] {
        &self.cases
    }

    /// A directory of the CRM's records.
    pub fn directory(&self) -> Directory {
        Directory::build(
            self.contacts.iter().cloned(),
            self.accounts.iter().cloned(),
            self.links.iter().cloned(),
        )
    }

    /// The tenant's settings with the lists as they are shipped.
    pub fn classifier(&self) -> Classifier {
        Classifier::new(self.internal.clone(), Lists::shipped())
    }

    /// How many cases there are of each cause.
    pub fn summary(&self) -> BTreeMap<Cause, usize> {
        let mut counts = BTreeMap::new();
        for case in &self.cases {
            *counts.entry(case.cause).or_default() += 1;
        }
        counts
    }

    /// A number that stands for everything in this world, so that a report can say which one it is about.
    pub fn fingerprint(&self) -> u64 {
        let mut hash = Fnv(0xcbf2_9ce4_8422_2325);
        // Writing into a hash cannot fail.
        for one in &self.contacts {
            let _ = write!(hash, "{} {:?} {:?} {}", one.id, one.name, one.emails, one.archived);
            let _ = writeln!(hash, " {:?} {:?}", one.merged_into, one.created);
        }
        for one in &self.accounts {
            let _ = write!(hash, "{} {:?} {:?} {}", one.id, one.name, one.domains, one.archived);
            let _ = writeln!(
                hash,
                " {:?} {:?} {:?} {:?}",
                one.merged_into, one.parent, one.contacts, one.created
            );
        }
        for one in &self.links {
            let _ = writeln!(hash, "{} {} {}", one.contact, one.account, one.primary);
        }
        for Case { attendee, cause, truth } in &self.cases {
            let _ =
                write!(hash, "{:?} {:?} {:?} {cause}", attendee.original(), attendee.name(), attendee.kind());
            let Truth { class, contacts, accounts, contact_resolvable, account_resolvable } = truth;
            let _ = write!(hash, " {class:?} {contacts:?} {contact_resolvable}");
            let _ = writeln!(hash, " {accounts:?} {account_resolvable}");
        }
        self.internal.domains().for_each(|domain| hash.add(domain));
        hash.0
    }
}

/// A cause, as often as its share is.
fn draw_cause(shares: &Shares, random: &mut Random) -> Cause {
    let sum: f64 = Cause::ALL.iter().map(|cause| shares.of(*cause)).sum();
    let mut left = random.unit() * sum;
    let found = Cause::ALL.iter().find(|cause| {
        left -= shares.of(**cause);
        left < 0.0
    });
    found.copied().unwrap_or(Cause::UnknownCompany)
}

/// The 64-bit FNV-1a hash of what is written into it.
struct Fnv(u64);

impl Fnv {
    fn add(&mut self, text: &str) {
        for byte in text.bytes() {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

impl Write for Fnv {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.add(text);
        Ok(())
    }
}
