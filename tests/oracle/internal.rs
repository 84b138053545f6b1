//! Who belongs to the tenant, and what everybody else is.

use super::facts::Facts;
use super::rules::Rules;
use super::text;

/// The tenant's own people and domains.
#[derive(Debug)]
pub struct Internal {
    users: Vec<String>,
    domains: Vec<String>,
}

impl Internal {
    pub fn of(rules: &Rules, facts: &Facts) -> Self {
        let emails = facts.users.iter().chain(facts.colleagues.iter().flat_map(|known| &known.record.emails));
        let users: Vec<String> = emails.filter_map(|email| text::address(email)).collect();
        let filled =
            rules.domains.slot.and_then(|slot| facts.slots.get(slot)).and_then(|value| value.as_array());
        let named: Vec<String> = match filled {
            Some(list) => list.iter().filter_map(|entry| entry.as_str()).map(str::to_owned).collect(),
            None => {
                let mut named: Vec<String> =
                    rules.domains.fixed.iter().map(|name| (*name).to_owned()).collect();
                if rules.domains.from_users {
                    let hosts = users.iter().map(|user| text::host(user));
                    named.extend(hosts.filter(|host| !text::is_on_free_mail(host)).map(str::to_owned));
                }
                named
            }
        };
        let domains =
            named.iter().filter_map(|name| text::domain(name)).filter(|name| !text::is_suffix(name));
        Self { users, domains: domains.collect() }
    }

    /// Whether this very domain is the tenant's; a free-mail provider's is nobody's.
    pub fn owns(&self, domain: &str) -> bool {
        !text::is_free_mail(domain) && self.domains.iter().any(|own| own == domain)
    }

    /// What an attendee is. `resource` is the calendar's word for a room.
    pub fn class(&self, address: Option<&str>, resource: bool) -> &'static str {
        let Some(address) = address else {
            return if resource { "resource" } else { "unknown" };
        };
        let (local, host) = (text::local(address), text::host(address));
        if self.users.iter().any(|user| user == address) {
            "internal"
        } else if resource || text::is_room(host) {
            "resource"
        } else if text::is_robot(local) {
            "robot"
        } else if text::names(host).iter().any(|name| self.owns(name)) {
            "internal"
        } else if text::is_role(local) {
            "role"
        } else {
            "external"
        }
    }
}
