//! Which hosts and local parts say nothing about a company or a person.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::error::Error;
use std::fmt;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use crate::class::is_at_or_below;
use crate::sieve::Sieve;
use crate::{Address, domain, host, suffix};

pub(crate) static FREE_MAIL: &str = include_str!("../lists/free_mail.txt");
/// By far the largest list, so that it can be left out of the program.
#[cfg(feature = "disposable")]
pub(crate) static DISPOSABLE: &str = include_str!("../lists/disposable.txt");
#[cfg(not(feature = "disposable"))]
pub(crate) static DISPOSABLE: &str = "";
pub(crate) static SHARED_EDUCATION: &str = include_str!("../lists/shared_education.txt");
pub(crate) static STUDENT_LABELS: &str = include_str!("../lists/student_labels.txt");
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
    /// Domains of throw-away addresses. Without the feature `disposable` none is shipped.
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
    /// Domains that several schools or universities use together, so that they tell none of them.
    SharedEducation,
    /// Labels such as `alumni`: who has an address at or below `alumni.uni.example` does not work for `uni.example`.
    StudentLabel,
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
    /// [`ListError`] if `entry` is not what the list holds: a domain, host, label, address or local part.
    pub fn with(mut self, list: List, entry: &str) -> Result<Self, ListError> {
        let entry = entry_of(list, entry)?;
        self.removed.remove(&(list, entry.clone()));
        self.added.insert((list, entry));
        Ok(self)
    }

    /// The same with one entry less. One that is not on the list may be named too.
    ///
    /// # Errors
    /// [`ListError`] if `entry` is not what the list holds: a domain, host, label, address or local part.
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

    /// Whether a mailbox on `host`, in normal form, says nothing of a company: it is on the list of free-mail domains,
    /// of throw-away domains or of those that several schools share.
    pub(crate) fn is_anybodys(&self, host: &str) -> bool {
        let changed = !(self.added.is_empty() && self.removed.is_empty());
        (changed || may_be_anybodys(host))
            && [List::FreeMail, List::Disposable, List::SharedEducation]
                .into_iter()
                .any(|list| self.contains(list, host))
    }

    /// The [`candidates`](domain::candidates) of `host` under which those who work there are found: none above a host
    /// of students.
    pub(crate) fn employers<'a>(&self, host: &'a str) -> impl Iterator<Item = &'a str> {
        let mut over = false;
        domain::candidates(host).take_while(move |domain| {
            let goes_on = !over;
            over = self.is_of_students(domain);
            goes_on
        })
    }

    /// The host of students at or above `host`, if there is one and a name above it that is not theirs.
    pub(crate) fn students<'a>(&self, host: &'a str) -> Option<&'a str> {
        let mut domains = domain::candidates(host);
        let found = domains.find(|domain| self.is_of_students(domain));
        found.filter(|_| domains.next().is_some())
    }

    fn is_of_students(&self, domain: &str) -> bool {
        domain.split_once('.').is_some_and(|(label, _)| self.contains(List::StudentLabel, label))
    }

    /// Whether a provider of free mail is known by `label`, under whatever suffix: half the world is at `yahoo`
    /// something. An entry that was taken off the list still counts, since its siblings are not the same company's.
    pub(crate) fn is_free_mail_brand(&self, label: &str) -> bool {
        static BRANDS: OnceLock<Set> = OnceLock::new();
        let label_of = |domain: &'static str| suffix::owned(domain).map(|(label, _)| label);
        let brands = BRANDS.get_or_init(|| FREE_MAIL.lines().filter_map(label_of).collect());
        let is_it = |domain: &str| suffix::owned(domain).is_some_and(|(own, _)| own == label);
        brands.contains(label)
            || self.added.iter().any(|(list, domain)| *list == List::FreeMail && is_it(domain))
    }

    /// The hosts on which or below which there may be others than people: machines and rooms. `None` is any host.
    pub(crate) fn hosts_of_machines(&self) -> Option<impl Iterator<Item = &'static str> + Clone> {
        let entries = RESOURCE_HOSTS.lines().chain(ROBOT_HOSTS.lines()).chain(ROBOT_ADDRESSES.lines());
        let hosts = entries.map(|entry| entry.rsplit_once('@').map_or(entry, |(_, host)| host));
        (self.added.is_empty() && self.removed.is_empty()).then_some(hosts)
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

/// `false` for most hosts that are on no list of anybody's, where the lists themselves are too large to be near.
fn may_be_anybodys(host: &str) -> bool {
    static SIEVE: OnceLock<Sieve> = OnceLock::new();
    SIEVE
        .get_or_init(|| {
            Sieve::new([FREE_MAIL, DISPOSABLE, SHARED_EDUCATION].into_iter().flat_map(str::lines))
        })
        .may_have(host)
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
    static SETS: [OnceLock<Set>; 9] = [const { OnceLock::new() }; 9];
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
        List::SharedEducation => SHARED_EDUCATION,
        List::StudentLabel => STUDENT_LABELS,
    }
}

fn entry_of(list: List, text: &str) -> Result<String, ListError> {
    let entry = match list {
        List::FreeMail | List::Disposable | List::RobotHost | List::ResourceHost | List::SharedEducation => {
            domain::normalise(text).map_err(|error| error.to_string())
        }
        List::StudentLabel => host::canonical(text.trim())
            .filter(|label| !label.contains('.'))
            .map(Cow::into_owned)
            .ok_or_else(|| "give one label of a host name alone, such as alumni".to_owned()),
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
    use crate::sorted;

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
            SHARED_EDUCATION,
            STUDENT_LABELS,
            suffix::brand_list(),
            suffix::own_list(),
        ] {
            assert!((list.is_empty() || list.ends_with('\n')) && list.is_ascii());
            let lines: Vec<&str> = list.lines().collect();
            assert!(lines.windows(2).all(|pair| pair[0] < pair[1]));
        }
        assert_eq!(DISPOSABLE.is_empty(), !cfg!(feature = "disposable"));
        for domain in [FREE_MAIL, DISPOSABLE, SHARED_EDUCATION].into_iter().flat_map(str::lines) {
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
            SHARED_EDUCATION
                .lines()
                .all(|one| !disposable.contains(one) && !sorted::contains(FREE_MAIL, one))
        );
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
            "mit.edu",
            "kctcs.edu",
            "ox.ac.uk",
            "cuny.edu",
            "kent.edu",
            "dallasisd.org",
        ] {
            assert!(!lists.is_anybodys(domain), "{domain}");
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
        assert_eq!(lists.contains(List::Disposable, "mailinator.com"), cfg!(feature = "disposable"));
        assert!(lists.contains(List::SharedEducation, "nodak.edu") && lists.is_anybodys("nodak.edu"));
    }

    #[test]
    fn throw_away_domains_can_be_added_with_and_without_the_shipped_list() {
        let lists = Lists::shipped().with(List::Disposable, "gone.example").unwrap();
        assert!(lists.contains(List::Disposable, "gone.example") && lists.is_anybodys("gone.example"));
    }

    #[test]
    fn nobody_looks_for_an_employer_above_a_host_of_students() {
        let lists = Lists::shipped();
        let all = |lists: &Lists, host: &'static str| lists.employers(host).collect::<Vec<_>>();
        assert_eq!(all(&lists, "alumni.uni.example"), ["alumni.uni.example"]);
        assert_eq!(all(&lists, "cs.stud.uni.ac.uk"), ["cs.stud.uni.ac.uk", "stud.uni.ac.uk"]);
        assert_eq!(all(&lists, "cs.uni.ac.uk"), ["cs.uni.ac.uk", "uni.ac.uk"]);
        assert_eq!(all(&lists, "mail.students.com"), ["mail.students.com", "students.com"]);
        assert_eq!(lists.students("cs.stud.uni.ac.uk"), Some("stud.uni.ac.uk"));
        assert_eq!(lists.students("mail.students.com"), None);
        let lists = lists.without(List::StudentLabel, "stud").unwrap();
        let lists = lists.with(List::StudentLabel, "Hörer").unwrap();
        assert_eq!(all(&lists, "stud.uni.ac.uk"), ["stud.uni.ac.uk", "uni.ac.uk"]);
        assert_eq!(all(&lists, "xn--hrer-5qa.uni.at"), ["xn--hrer-5qa.uni.at"]);
        assert!(lists.with(List::StudentLabel, "a.b").unwrap_err().to_string().contains("such as alumni"));
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
