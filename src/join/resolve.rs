//! Resolving the people of a batch of meetings against just the part of the directory that they need.

use std::collections::{BTreeMap, BTreeSet};

use acquaint_core::Result;
use acquaint_core::depkey::DependencyKey;
use acquaint_core::ids::{ConnectionId, SourceName, TenantId};
use acquaint_core::store::Store;
use acquaint_matcher::{Attendee, Key, Kind, Lookup, Matcher, Records, Resolution, Slice};

use super::copies::{Draft, Person};
use crate::directory::{self, Entities};
use crate::views;

/// The resolutions of one meeting's people, and what was read to find them.
#[derive(Debug)]
pub(crate) struct Resolved {
    /// By normalised address.
    pub(crate) people: BTreeMap<String, Resolution>,
    /// Every key asked for, misses included, sorted.
    pub(crate) reads: Vec<DependencyKey>,
}

/// Resolves everybody in `drafts`. Loads keys in rounds, each of which asks for all that can be asked by then,
/// until nothing is missing: the answers are those of the whole directory.
pub(crate) async fn resolve(
    store: &dyn Store,
    tenant: &TenantId,
    matcher: &Matcher,
    sources: &BTreeMap<ConnectionId, SourceName>,
    drafts: &[Draft],
) -> Result<(Vec<Resolved>, Entities)> {
    let people: Vec<People> = drafts.iter().map(People::of).collect();
    let mut slice = Slice::new();
    let mut entities = Entities::default();
    loop {
        let mut missing = BTreeSet::new();
        let mut resolved = Vec::with_capacity(drafts.len());
        for people in &people {
            let lookup = slice.lookup();
            resolved.push(people.resolve(matcher, &lookup));
            missing.extend(lookup.missing());
        }
        if missing.is_empty() {
            return Ok((resolved, entities));
        }
        load(store, tenant, sources, &missing, &mut slice, &mut entities).await?;
    }
}

/// The people of a draft, as the matcher asks for them.
#[derive(Debug)]
pub(super) struct People {
    /// Normalised, in the order of the attendees.
    emails: Vec<String>,
    attendees: Vec<Attendee>,
}

impl People {
    pub(super) fn of(draft: &Draft) -> Self {
        let attendee = |person: &Person| {
            let mut attendee = Attendee::new(&person.attendee.email);
            if let Some(name) = &person.attendee.name {
                attendee = attendee.named(name);
            }
            if person.attendee.resource {
                attendee = attendee.of_kind(Kind::Resource);
            }
            attendee
        };
        Self {
            emails: draft.people.keys().cloned().collect(),
            attendees: draft.people.values().map(attendee).collect(),
        }
    }

    /// Resolves them as far as `lookup` reaches.
    pub(super) fn resolve<'a>(&'a self, matcher: &'a Matcher, lookup: &Lookup<'a>) -> Resolved {
        let resolutions = matcher.resolve(&self.attendees, lookup);
        let mut reads: Vec<DependencyKey> = lookup.asked().iter().map(directory::dependency).collect();
        reads.sort();
        reads.dedup();
        Resolved { people: self.emails.iter().cloned().zip(resolutions).collect(), reads }
    }
}

async fn load(
    store: &dyn Store,
    tenant: &TenantId,
    sources: &BTreeMap<ConnectionId, SourceName>,
    missing: &BTreeSet<Key>,
    slice: &mut Slice,
    entities: &mut Entities,
) -> Result<()> {
    let wanted: BTreeMap<DependencyKey, &Key> =
        missing.iter().map(|key| (directory::dependency(key), key)).collect();
    let mut loaded: BTreeMap<&Key, Records> = missing.iter().map(|key| (key, Records::new())).collect();
    let keys: Vec<DependencyKey> = wanted.keys().cloned().collect();
    for found in store.providing(tenant, &keys).await? {
        if !sources.contains_key(&found.record.connection) {
            continue;
        }
        let Some(records) = wanted.get(&found.key).and_then(|key| loaded.get_mut(key)) else { continue };
        for view in views::decode(&found.views)? {
            let of_view = directory::records(&found.record.connection, &view);
            records.accounts.extend(of_view.accounts);
            records.contacts.extend(of_view.contacts);
            records.links.extend(of_view.links);
            entities.add(&found.record, view);
        }
    }
    for (key, records) in loaded {
        slice.load(key.clone(), only(key, records));
    }
    Ok(())
}

/// A record's views may provide more than the key asks for: a contact's links come with the contact. Only what
/// provides the key itself may be loaded under it, or the slice would hold part of another key's answer.
fn only(key: &Key, mut records: Records) -> Records {
    records.accounts.retain(|account| account.keys().contains(key));
    records.contacts.retain(|contact| contact.keys().contains(key));
    records.links.retain(|link| link.keys().contains(key));
    records
}
