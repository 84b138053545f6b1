//! Which hosts and local parts say nothing about a company or a person.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::error::Error;
use std::fmt;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use crate::class::is_at_or_below;
use crate::sieve::Sieve;
use crate::{Address, domain};

pub(crate) static FREE_MAIL: &str = include_str!("../lists/free_mail.txt");
pub(crate) static DISPOSABLE: &str = include_str!("../lists/disposable.txt");
pub(crate) static ROLE_PARTS: &str = include_str!("../lists/role_parts.txt");
pub(crate) static ROBOT_PARTS: &str = include_str!("../lists/robot_parts.txt");
pub(crate) static RESOURCE_HOSTS: &str = include_str!("../lists/resource_hosts.txt");
pub(crate) static ROBOT_HOSTS: &str = include_str!("../lists/robot_hosts.txt");
pub(crate) static ROBOT_ADDRESSES: &str = include_str!("../lists/robot_addresses.txt");

/// One of the lists in [`Lists`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum List {
    /// Domains on which anybody can have a mailbox.
    FreeMail,
    /// Domains of throw-away addresses.
    Disposable,
    /// Local parts that name a function, such as `info`.
    RolePart,
    /// Local parts that nobody reads, such as `noreply`.
    RobotPart,
    /// Hosts, with all below them, that only machines are on.
    RobotHost,
    /// Single addresses of machines.
    RobotAddress,
    /// Hosts, with all below them, of rooms, equipment and shared calendars.
    ResourceHost,
}

/// An entry that does not fit its list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListError {
    list: List,
    text: String,
    why: String,
}

impl fmt::Display for ListError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} cannot go on the list {:?}: {}", self.text, self.list, self.why)
    }
}

impl Error for ListError {}

/// The shipped lists, and what a product or a tenant adds to or takes from them.
///
/// A company that *is* a mail provider gets its domain matches back with `without(List::FreeMail, "…")`; nothing
/// else puts an account before the list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lists {
    added: BTreeSet<(List, String)>,
    removed: BTreeSet<(List, String)>,
}

impl Lists {
    /// The lists as they are shipped.
    pub fn shipped() -> Self {
        Self::default()
    }

    /// The same with one more entry.
    ///
    /// # Errors
    /// [`ListError`] if `entry` is not what the list holds: a domain, host, address or local part.
    pub fn with(mut self, list: List, entry: &str) -> Result<Self, ListError> {
        let entry = entry_of(list, entry)?;
        self.removed.remove(&(list, entry.clone()));
        self.added.insert((list, entry));
        Ok(self)
    }

    /// The same with one entry less. One that is not on the list may be named too.
    ///
    /// # Errors
    /// [`ListError`] if `entry` is not what the list holds: a domain, host, address or local part.
    pub fn without(mut self, list: List, entry: &str) -> Result<Self, ListError> {
        let entry = entry_of(list, entry)?;
        self.added.remove(&(list, entry.clone()));
        self.removed.insert((list, entry));
        Ok(self)
    }

    /// Whether `entry`, in normal form, is itself on the list.
    pub fn contains(&self, list: List, entry: &str) -> bool {
        // Most callers change nothing, and then need no key for the two sets.
        if !(self.added.is_empty() && self.removed.is_empty()) {
            let key = (list, entry.to_owned());
            if self.removed.contains(&key) {
                return false;
            }
            if self.added.contains(&key) {
                return true;
            }
        }
        match short_list(list) {
            Some(entries) => entries.contains(&entry),
            None => shipped_set(list).contains(entry),
        }
    }

    /// Whether anybody can have a mailbox on `host`, in normal form: it is on the list of free-mail or of throw-away
    /// domains.
    pub(crate) fn is_anybodys(&self, host: &str) -> bool {
        let changed = !(self.added.is_empty() && self.removed.is_empty());
        (changed || may_be_anybodys(host))
            && (self.contains(List::FreeMail, host) || self.contains(List::Disposable, host))
    }

    /// `false` for most hosts on which and below which there are none but people: neither hosts nor addresses of
    /// machines are there, nor rooms.
    pub(crate) fn may_be_machines(&self, host: &str) -> bool {
        /// The last bytes of each host. None if one is shorter.
        static TAILS: OnceLock<Option<Vec<[u8; 8]>>> = OnceLock::new();
        if !(self.added.is_empty() && self.removed.is_empty()) {
            return true;
        }
        let tails = TAILS.get_or_init(|| {
            let entries = RESOURCE_HOSTS.lines().chain(ROBOT_HOSTS.lines()).chain(ROBOT_ADDRESSES.lines());
            let hosts = entries.map(|entry| entry.rsplit_once('@').map_or(entry, |(_, host)| host));
            hosts.map(|host| host.as_bytes().last_chunk().copied()).collect()
        });
        match (tails, host.as_bytes().last_chunk()) {
            (Some(tails), Some(tail)) => tails.contains(tail),
            (Some(_), None) => false,
            (None, _) => true,
        }
    }

    /// Whether a local part is one that nobody reads, or one that names a function: `None` is neither.
    pub(crate) fn part(&self, local: &str) -> Option<List> {
        if self.added.is_empty() && self.removed.is_empty() {
            static PARTS: OnceLock<(Sieve, HashMap<&'static str, List, foldhash::fast::RandomState>)> =
                OnceLock::new();
            let (sieve, parts) = PARTS.get_or_init(|| {
                let entries = |list: List| shipped(list).lines().map(move |entry| (entry, list));
                let entries = || entries(List::RolePart).chain(entries(List::RobotPart));
                (Sieve::new(entries().map(|entry| entry.0)), entries().collect())
            });
            return if sieve.may_have(local) { parts.get(local).copied() } else { None };
        }
        [List::RobotPart, List::RolePart].into_iter().find(|list| self.contains(*list, local))
    }

    /// Whether `host`, in normal form, or an ancestor of it is on the list.
    pub fn covers(&self, list: List, host: &str) -> bool {
        if self.added.is_empty()
            && self.removed.is_empty()
            && let Some(entries) = short_list(list)
        {
            return entries.iter().any(|entry| is_at_or_below(host, entry));
        }
        let ancestors =
            std::iter::successors(Some(host), |host| host.split_once('.').map(|(_, parent)| parent));
        ancestors.into_iter().any(|host| self.contains(list, host))
    }
}

/// `false` for most hosts that are on neither list of anybody's, where the lists themselves are too large to be near.
fn may_be_anybodys(host: &str) -> bool {
    static SIEVE: OnceLock<Sieve> = OnceLock::new();
    SIEVE.get_or_init(|| Sieve::new(FREE_MAIL.lines().chain(DISPOSABLE.lines()))).may_have(host)
}

/// The entries of a list that is short enough to be looked through.
fn short_list(list: List) -> Option<&'static [&'static str]> {
    static LISTS: [OnceLock<Vec<&'static str>>; 3] = [const { OnceLock::new() }; 3];
    let at = match list {
        List::RobotHost => 0,
        List::RobotAddress => 1,
        List::ResourceHost => 2,
        _ => return None,
    };
    LISTS.get(at).map(|entries| entries.get_or_init(|| shipped(list).lines().collect()).as_slice())
}

/// Hosts come from outside and choose their place in the table, so the seed is not known to them.
type Set = HashSet<&'static str, foldhash::fast::RandomState>;

fn shipped_set(list: List) -> &'static Set {
    static SETS: [OnceLock<Set>; 7] = [const { OnceLock::new() }; 7];
    match SETS.get(list as usize) {
        Some(set) => set.get_or_init(|| shipped(list).lines().collect()),
        None => SETS[0].get_or_init(Set::default),
    }
}

fn shipped(list: List) -> &'static str {
    match list {
        List::FreeMail => FREE_MAIL,
        List::Disposable => DISPOSABLE,
        List::RolePart => ROLE_PARTS,
        List::RobotPart => ROBOT_PARTS,
        List::RobotHost => ROBOT_HOSTS,
        List::RobotAddress => ROBOT_ADDRESSES,
        List::ResourceHost => RESOURCE_HOSTS,
    }
}

fn entry_of(list: List, text: &str) -> Result<String, ListError> {
    let entry = match list {
        List::FreeMail | List::Disposable | List::RobotHost | List::ResourceHost => {
            domain::normalise(text).map_err(|error| error.to_string())
        }
        List::RobotAddress => {
            Address::parse(text).map(Address::into_string).map_err(|error| error.to_string())
        }
        List::RolePart | List::RobotPart => Address::parse(&format!("{}@example.com", text.trim()))
            .map(|address| address.local().to_owned())
            .map_err(|_| "give the part before the @ alone, such as info".to_owned()),
    };
    entry.map_err(|why| ListError { list, text: text.chars().take(80).collect(), why })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use std::collections::BTreeSet;

    use super::*;
    use crate::{sorted, suffix};

    #[test]
    fn the_shipped_lists_are_sorted_and_normal() {
        for list in [
            FREE_MAIL,
            DISPOSABLE,
            ROLE_PARTS,
            ROBOT_PARTS,
            RESOURCE_HOSTS,
            ROBOT_HOSTS,
            ROBOT_ADDRESSES,
            suffix::brand_list(),
        ] {
            assert!(list.ends_with('\n') && list.is_ascii());
            let lines: Vec<&str> = list.lines().collect();
            assert!(lines.windows(2).all(|pair| pair[0] < pair[1]));
        }
        for domain in FREE_MAIL.lines().chain(DISPOSABLE.lines()) {
            assert_eq!(domain::normalise(domain).as_deref(), Ok(domain));
            assert!(!suffix::is_icann(domain), "{domain} has many owners");
        }
        assert!(DISPOSABLE.len() < 1_000_000);
    }

    #[test]
    fn the_shipped_lists_do_not_contradict_one_another() {
        let disposable: BTreeSet<&str> = DISPOSABLE.lines().collect();
        assert!(FREE_MAIL.lines().all(|domain| !disposable.contains(domain)));
        assert!(
            include_str!("../lists/not_disposable.txt").lines().all(|domain| !disposable.contains(domain))
        );
        assert!(ROLE_PARTS.lines().all(|part| !sorted::contains(ROBOT_PARTS, part)));
    }

    #[test]
    fn known_employers_are_on_no_list() {
        let lists = Lists::shipped();
        for domain in [
            "starbucks.com",
            "bt.com",
            "comcast.com",
            "charter.com",
            "nus.edu.sg",
            "unican.es",
            "angi.com",
            "google.com",
            "microsoft.com",
            "apple.com",
            "alibaba.com",
            "facebook.com",
            "navercorp.com",
            "orange.com",
            "github.com",
        ] {
            assert!(
                !lists.contains(List::FreeMail, domain) && !lists.contains(List::Disposable, domain),
                "{domain}"
            );
        }
        for domain in [
            "gmail.com",
            "outlook.com",
            "yahoo.co.jp",
            "web.de",
            "qq.com",
            "seznam.cz",
            "proton.me",
            "uol.com.br",
        ] {
            assert!(lists.contains(List::FreeMail, domain), "{domain}");
        }
        assert!(lists.contains(List::Disposable, "mailinator.com"));
    }

    #[test]
    fn entries_come_and_go() {
        let lists = Lists::shipped()
            .with(List::FreeMail, "Mail.Example")
            .unwrap()
            .without(List::FreeMail, "gmail.com")
            .unwrap();
        assert!(
            lists.contains(List::FreeMail, "mail.example") && !lists.contains(List::FreeMail, "gmail.com")
        );
        let lists =
            lists.without(List::FreeMail, "mail.example").unwrap().with(List::FreeMail, "gmail.com").unwrap();
        assert!(
            !lists.contains(List::FreeMail, "mail.example") && lists.contains(List::FreeMail, "gmail.com")
        );
        assert!(
            Lists::shipped().with(List::RolePart, "a@b").unwrap_err().to_string().contains("such as info")
        );
        assert!(lists.covers(List::ResourceHost, "group.v.calendar.google.com"));
        assert!(!lists.covers(List::ResourceHost, "google.com"));
    }
}
