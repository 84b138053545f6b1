//! Resolving the people of a batch of meetings against just the part of the directory that they need.

use std::collections::{BTreeMap, BTreeSet};

use acquaint_core::Result;
use acquaint_core::depkey::DependencyKey;
use acquaint_core::ids::{ConnectionId, SourceName, TenantId};
use acquaint_core::store::Store;
use acquaint_matcher::{Attendee, Key, Kind, Lookup, Matcher, Records, Resolution, Slice};

use super::copies::{Draft, Person};
use super::linked::follow;
use super::precedence::{Groups, Heard};
use crate::directory::{self, Entities};
use crate::manifest::Manifest;
use crate::views;

/// The resolutions of one meeting's people, and what was read to find them.
#[derive(Debug)]
pub(crate) struct Resolved {
    /// By normalised address.
    pub(crate) people: BTreeMap<String, Resolution>,
    /// Where some sources come before others: what each of them says of the people, by address.
    pub(crate) heard: BTreeMap<String, Heard>,
    /// Every key asked for, misses included, sorted.
    pub(crate) reads: Vec<DependencyKey>,
}

/// Resolves everybody in `drafts`. Loads keys in rounds, each of which asks for all that can be asked by then,
/// until nothing is missing: the answers are those of the whole directory. Then loads what the manifest follows from
/// the accounts and contacts found.
pub(crate) async fn resolve(
    store: &dyn Store,
    tenant: &TenantId,
    (manifest, matcher): (&Manifest, &Matcher),
    sources: &BTreeMap<ConnectionId, SourceName>,
    drafts: &[Draft],
) -> Result<(Vec<Resolved>, Entities)> {
    let people: Vec<People> = drafts.iter().map(People::of).collect();
    let groups = Groups::new(manifest.matching(), sources);
    let mut slices = vec![Slice::new(); groups.count()];
    let mut entities = Entities::default();
    loop {
        let mut missing = vec![BTreeSet::new(); slices.len()];
        let mut resolved = Vec::with_capacity(drafts.len());
        for people in &people {
            let lookups: Vec<Lookup<'_>> = slices.iter().map(Slice::lookup).collect();
            resolved.push(people.resolve(matcher, &groups, &lookups));
            missing.iter_mut().zip(&lookups).for_each(|(missing, lookup)| missing.extend(lookup.missing()));
        }
        if missing.iter().all(BTreeSet::is_empty) {
            follow(store, tenant, manifest.follows(), sources, &mut resolved, &mut entities).await?;
            for resolved in &mut resolved {
                resolved.reads.sort();
                resolved.reads.dedup();
            }
            return Ok((resolved, entities));
        }
        load(store, tenant, &groups, &missing, &mut slices, &mut entities).await?;
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

    /// Resolves them as far as the lookups reach, each group of sources by itself.
    pub(super) fn resolve<'a>(
        &'a self,
        matcher: &'a Matcher,
        groups: &Groups<'_>,
        lookups: &[Lookup<'a>],
    ) -> Resolved {
        let mut said: Vec<Vec<Resolution>> = vec![Vec::with_capacity(lookups.len()); self.emails.len()];
        let mut reads = Vec::new();
        for lookup in lookups {
            let resolutions = matcher.resolve(&self.attendees, lookup);
            reads.extend(lookup.asked().iter().map(directory::dependency));
            said.iter_mut().zip(resolutions).for_each(|(said, one)| said.push(one));
        }
        let mut resolved = Resolved { people: BTreeMap::new(), heard: BTreeMap::new(), reads };
        for (email, said) in self.emails.iter().zip(said) {
            let Some((resolution, heard)) = groups.choose(said) else { continue };
            resolved.people.insert(email.clone(), resolution);
            resolved.heard.extend(heard.map(|heard| (email.clone(), heard)));
        }
        resolved
    }
}

async fn load(
    store: &dyn Store,
    tenant: &TenantId,
    groups: &Groups<'_>,
    missing: &[BTreeSet<Key>],
    slices: &mut [Slice],
    entities: &mut Entities,
) -> Result<()> {
    let wanted: BTreeMap<DependencyKey, &Key> =
        missing.iter().flatten().map(|key| (directory::dependency(key), key)).collect();
    let nothing = |keys: &BTreeSet<Key>| keys.iter().map(|key| (key.clone(), Records::new())).collect();
    let mut loaded: Vec<BTreeMap<Key, Records>> = missing.iter().map(nothing).collect();
    let keys: Vec<DependencyKey> = wanted.keys().cloned().collect();
    for found in store.providing(tenant, &keys).await? {
        let Some(group) = groups.of(&found.record.connection) else { continue };
        let records = wanted.get(&found.key).and_then(|key| loaded.get_mut(group)?.get_mut(*key));
        // Another group asks for it, and has no use for what is here.
        let Some(records) = records else { continue };
        for view in views::decode(&found.views)? {
            let of_view = directory::records(&found.record.connection, &view);
            records.accounts.extend(of_view.accounts);
            records.contacts.extend(of_view.contacts);
            records.links.extend(of_view.links);
            entities.add(&found.record, view);
        }
    }
    for (slice, loaded) in slices.iter_mut().zip(loaded) {
        for (key, records) in loaded {
            let records = only(&key, records);
            slice.load(key, records);
        }
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
