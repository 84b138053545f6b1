//! Mail domains of which the CRM knows nothing.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::finder::{Finder, is_nobody};
use super::{Suggester, Suggestion, weigh};
use crate::{Address, Classifier, Directory, Resolution, suffix};

/// Hosts of one domain that are asked for, the first by name.
const MAX_HOSTS: usize = 8;

/// A mail domain of unresolved attendees.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Unmatched {
    /// The domain as it was registered, or the host if that cannot be told.
    pub domain: String,
    /// How many attendees were there, each meeting counted.
    pub attendees: usize,
    /// How many different addresses they had.
    pub addresses: usize,
    /// The account that it looks most like. None: perhaps a new one.
    pub account: Option<Suggestion>,
}

#[derive(Default)]
struct Group<'a> {
    attendees: usize,
    addresses: BTreeSet<&'a str>,
    hosts: BTreeSet<&'a str>,
}

pub(super) fn list<'a>(
    suggester: &Suggester,
    directory: &Directory,
    resolutions: impl Iterator<Item = &'a Resolution>,
    classifier: &Classifier,
    k: usize,
) -> Vec<Unmatched> {
    let filter = Finder::new(suggester, directory, classifier);
    let mut groups: BTreeMap<&str, Group<'_>> = BTreeMap::new();
    for one in resolutions.filter(|one| one.class.is_external() && one.account.is_none()) {
        // A resolution may come from a store, so its address is not taken for normal.
        let Some(text) = one.address.as_deref() else { continue };
        let Ok(address) = Address::parse(text) else { continue };
        let Some((_, host)) = text.rsplit_once('@').filter(|(_, host)| *host == address.host()) else {
            continue;
        };
        let counts = !classifier.is_internal_host(host)
            && !filter.is_anybodys(host)
            && !is_nobody(directory, address.as_ref());
        if counts {
            let group = groups.entry(suffix::owned(host).map_or(host, |(_, domain)| domain)).or_default();
            group.attendees += 1;
            group.addresses.insert(text);
            group.hosts.insert(host);
        }
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by_key(|(domain, group)| (Reverse(group.attendees), *domain));
    groups.truncate(k);
    let unmatched = groups.into_iter().map(|(domain, group)| {
        let mut finder = Finder::new(suggester, directory, classifier);
        group.hosts.iter().take(MAX_HOSTS).for_each(|host| finder.host(host));
        Unmatched {
            domain: domain.to_owned(),
            attendees: group.attendees,
            addresses: group.addresses.len(),
            account: weigh::best(finder.found, 1).pop(),
        }
    });
    unmatched.collect()
}
