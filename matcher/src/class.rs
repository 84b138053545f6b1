//! What an attendee is to the tenant, before anybody is looked up.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::lists::{List, Lists};
use crate::sieve::Sieve;
use crate::tails::Tails;
use crate::{AddressRef, AttendeeRef, Internal, Kind};

/// What an attendee is to the tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Class {
    /// One of the tenant's own, a shared mailbox or list on its domains included. Not looked up, unless only the CRM
    /// says that the company is the tenant's.
    Internal,
    /// Somebody else.
    External,
    /// Somebody else's distribution list. Its account is looked up; a contact only if the CRM has one, and one alone,
    /// with exactly this address.
    Group,
    /// Somebody else's shared mailbox, such as `info@`. Looked up as a group is.
    Role,
    /// A room, a piece of equipment or a shared calendar. Never looked up.
    Resource,
    /// A machine: nobody reads what is sent there, or it was invited to take notes. Never looked up.
    Robot,
    /// There is no usable address to judge by. Never looked up.
    Unknown,
}

impl Class {
    /// Whether this is another party: somebody, some list or some mailbox outside the tenant.
    pub fn is_external(self) -> bool {
        matches!(self, Self::External | Self::Group | Self::Role)
    }

    /// Whether several people may be behind the one address.
    pub fn is_shared(self) -> bool {
        matches!(self, Self::Group | Self::Role)
    }
}

/// Says what an attendee is: from the tenant's own domains and users, and the word lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Classifier {
    internal: Internal,
    lists: Lists,
    /// The internal domains that are no free-mail domains.
    own: Vec<String>,
    /// Of those and of hosts of machines.
    tails: Tails,
    /// The users' addresses again, since every attendee is looked for among them.
    users: HashSet<String, foldhash::fast::RandomState>,
    /// And tells most who are none of them.
    sieve: Sieve,
}

impl Default for Classifier {
    /// Nobody is internal, and the lists are those that are shipped.
    fn default() -> Self {
        Self::new(Internal::default(), Lists::default())
    }
}

impl Classifier {
    /// Judges by `internal` and `lists`.
    pub fn new(internal: Internal, lists: Lists) -> Self {
        let own = internal.domains().filter(|domain| !lists.contains(List::FreeMail, domain));
        let own: Vec<String> = own.map(str::to_owned).collect();
        let tails = match lists.hosts_of_machines() {
            Some(hosts) => {
                Tails::new(hosts.map(|host| -> &str { host }).chain(own.iter().map(String::as_str)))
            }
            None => Tails::of_all(),
        };
        let users = internal.users().map(str::to_owned).collect();
        let sieve = Sieve::new(internal.users().collect::<Vec<_>>().into_iter());
        Self { internal, lists, tails, own, users, sieve }
    }

    /// Who belongs to the tenant.
    pub fn internal(&self) -> &Internal {
        &self.internal
    }

    /// The word lists.
    pub fn lists(&self) -> &Lists {
        &self.lists
    }

    /// The first of these that holds: a class assigned to the address; a user's address; a room, by the calendar's word
    /// or its host; a robot; an internal domain; a group, by the calendar's word; a role; somebody external.
    ///
    /// The CRM may say more: who belongs to the tenant's own company there, or to one below it, is internal too.
    pub fn classify<'a>(&self, attendee: impl Into<AttendeeRef<'a>>) -> Class {
        let attendee = attendee.into();
        let Ok(address) = attendee.address else {
            return if attendee.kind == Kind::Resource { Class::Resource } else { Class::Unknown };
        };
        if let Some(class) = self.internal.assigned(address) {
            return class;
        }
        if self.sieve.may_have(address.as_str()) && self.users.contains(address.as_str()) {
            return Class::Internal;
        }
        // Most hosts are neither the tenant's own nor a machine's.
        let host = Some(address.host()).filter(|_| self.tails.may_end(address.as_str()));
        if attendee.kind == Kind::Resource
            || host.is_some_and(|host| self.lists.covers(List::ResourceHost, host))
        {
            return Class::Resource;
        }
        let part = self.lists.part(untagged(address));
        if part == Some(List::RobotPart)
            || host.is_some_and(|host| {
                self.lists.contains(List::RobotAddress, address.as_str())
                    || self.lists.covers(List::RobotHost, host)
            })
        {
            Class::Robot
        } else if host.is_some_and(|host| self.is_internal_host(host)) {
            Class::Internal
        } else if attendee.kind == Kind::Group {
            Class::Group
        } else if part == Some(List::RolePart) {
            Class::Role
        } else {
            Class::External
        }
    }

    /// Whether `host`, in normal form, is an internal domain or below one. A free-mail domain is none, whatever the
    /// tenant says: half the world would be a colleague.
    pub fn is_internal_host(&self, host: &str) -> bool {
        // None of them is a public suffix, so what ends in one is below it.
        self.own.iter().any(|own| is_at_or_below(host, own))
    }

    /// Whether `domain`, in normal form, is itself an internal domain.
    pub fn is_own_domain(&self, domain: &str) -> bool {
        self.own.iter().any(|own| own == domain)
    }

    /// Whether there are internal domains that are no free-mail domains.
    pub(crate) fn has_own_domains(&self) -> bool {
        !self.own.is_empty()
    }

    /// The internal domains, without those that are free mail.
    pub(crate) fn own_domains(&self) -> impl Iterator<Item = &str> {
        self.own.iter().map(String::as_str)
    }
}

/// Whether `host` is `domain` or a name below it.
pub(crate) fn is_at_or_below(host: &str, domain: &str) -> bool {
    // Most differ in their last bytes, which are told apart faster than two slices.
    let tails = (host.as_bytes().last_chunk::<8>(), domain.as_bytes().last_chunk::<8>());
    if let (Some(one), Some(other)) = tails
        && one != other
    {
        return false;
    }
    match host.strip_suffix(domain) {
        Some(rest) => rest.is_empty() || rest.ends_with('.'),
        None => false,
    }
}

/// `support` of `support+7@acme.com`.
fn untagged(address: AddressRef<'_>) -> &str {
    let local = address.local();
    let end = local.bytes().position(|byte| byte == b'+').unwrap_or(local.len());
    local.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;
    use crate::Attendee;

    fn classifier() -> Classifier {
        let internal = Internal::new()
            .domain("https://www.Us.example/")
            .domain("gmail.com")
            .domain("co.uk")
            .domain("n/a");
        let internal = internal.user("Me@gmail.com").assign("contractor@us.example", Class::External);
        Classifier::new(internal, Lists::shipped())
    }

    fn class(text: &str) -> Class {
        classifier().classify(&Attendee::new(text))
    }

    #[test]
    fn own_domains_reach_down_and_not_sideways() {
        for text in ["a@us.example", "A@US.example.", "a@mail.eu.us.example", "info@us.example"] {
            assert_eq!(class(text), Class::Internal, "{text}");
        }
        assert_eq!(class("a@notus.example"), Class::External);
        assert_eq!(class("a@us.example.com"), Class::External);
    }

    #[test]
    fn free_mail_is_internal_for_users_only() {
        assert_eq!(class("me@gmail.com"), Class::Internal);
        assert_eq!(class("you@gmail.com"), Class::External);
    }

    #[test]
    fn a_public_suffix_makes_nobody_internal() {
        assert_eq!(class("a@acme.co.uk"), Class::External);
        let ignored: Vec<_> = classifier().internal().ignored().iter().map(|one| one.entry.clone()).collect();
        assert_eq!(ignored, ["co.uk", "n/a"]);
    }

    #[test]
    fn an_assigned_class_comes_first() {
        assert_eq!(class("contractor@us.example"), Class::External);
    }

    #[test]
    fn rooms_machines_and_shared_mailboxes_are_told_apart() {
        for (text, expected) in [
            ("c_188@resource.calendar.google.com", Class::Resource),
            ("en.german#holiday@group.v.calendar.google.com", Class::Resource),
            ("abc@group.calendar.google.com", Class::Resource),
            ("calendar-notification@google.com", Class::Robot),
            ("noreply@us.example", Class::Robot),
            ("No-Reply+x@acme.com", Class::Robot),
            ("123456@zoomcrc.com", Class::Robot),
            ("fred@fireflies.ai", Class::Robot),
            ("info@acme.com", Class::Role),
            ("support+77@acme.com", Class::Role),
            ("informed@acme.com", Class::External),
            ("Jane Doe", Class::Unknown),
            ("", Class::Unknown),
        ] {
            assert_eq!(class(text), expected, "{text}");
        }
    }

    #[test]
    fn the_calendars_word_counts() {
        let classify = |text: &str, kind| classifier().classify(&Attendee::new(text).of_kind(kind));
        assert_eq!(classify("room@us.example", Kind::Resource), Class::Resource);
        assert_eq!(classify("no address", Kind::Resource), Class::Resource);
        assert_eq!(classify("team@acme.com", Kind::Group), Class::Group);
        assert_eq!(classify("team@us.example", Kind::Group), Class::Internal);
    }
}
