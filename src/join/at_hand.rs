//! Deciding with everything at hand: no store, no waiting, the same answers.

use std::collections::{BTreeMap, BTreeSet};

use acquaint_core::depkey::DependencyKey;
use acquaint_core::ids::{ConnectionId, MeetingId, RecordRef, SourceName};
use acquaint_core::meeting::Meeting;
use acquaint_core::view::View;
use acquaint_matcher::{Directory, Lookup, Matcher, Records};
use serde_json::{Map, Value};

use super::copies::Draft;
use super::decide::{Bench, decide};
use super::people::classifier_of;
use super::precedence::Groups;
use super::resolve::People;
use crate::directory::{self, Entities};
use crate::manifest::{Evaluation, Matching};

/// All that a tenant has, where it is little enough to be held.
#[derive(Debug)]
pub(crate) struct AtHand {
    matcher: Matcher,
    sources: BTreeMap<ConnectionId, SourceName>,
    /// One for each group of sources that is looked at together.
    directories: Vec<Directory>,
    entities: Entities,
}

impl AtHand {
    /// Of a tenant with these users, slots and records. `sources` says which source each connection serves.
    pub(crate) fn new<'v>(
        matching: &Matching,
        sources: BTreeMap<ConnectionId, SourceName>,
        users: &BTreeSet<String>,
        slots: &Map<String, Value>,
        views: impl IntoIterator<Item = &'v (RecordRef, View)>,
    ) -> Self {
        let classifier = classifier_of(&matching.internal, users, slots);
        let groups = Groups::new(matching, &sources);
        let mut all: Vec<Records> = (0..groups.count()).map(|_| Records::new()).collect();
        let mut entities = Entities::default();
        for (record, view) in views {
            let group = groups.of(&record.connection).and_then(|group| all.get_mut(group));
            let Some(all) = group else { continue };
            let records = directory::records(&record.connection, view);
            all.accounts.extend(records.accounts);
            all.contacts.extend(records.contacts);
            all.links.extend(records.links);
            link(&mut entities, &record.connection, view);
            entities.add(record, view.clone());
        }
        Self {
            matcher: matching.matcher.clone().with_classifier(classifier),
            directories: all
                .into_iter()
                .map(|all| Directory::build(all.contacts, all.accounts, all.links))
                .collect(),
            sources,
            entities,
        }
    }

    /// Resolves the people of a draft and decides it.
    pub(crate) fn decide(
        &self,
        bench: &Bench<'_>,
        id: MeetingId,
        draft: &Draft,
        evaluation: &mut Evaluation,
    ) -> Meeting {
        let people = People::of(draft);
        let groups = Groups::new(bench.manifest.matching(), &self.sources);
        let lookups: Vec<Lookup<'_>> = self.directories.iter().map(Directory::lookup).collect();
        let resolved = people.resolve(&self.matcher, &groups, &lookups);
        decide(bench, id, draft, &resolved, &self.entities, None, evaluation)
    }
}

/// Takes in what hangs on accounts and contacts, under the keys that it is asked for with.
fn link(entities: &mut Entities, connection: &ConnectionId, view: &View) {
    match view {
        View::Association(link) => {
            for key in directory::keys(connection, std::slice::from_ref(view)) {
                entities.add_link(key, connection, link);
            }
        }
        View::Deal(deal) => {
            for key in directory::deal_keys(connection, deal) {
                entities.add_deal(key, connection.clone(), deal.clone());
            }
        }
        View::Colleague(colleague) => {
            let key = DependencyKey::colleague(connection, &colleague.id);
            entities.colleagues.insert(key, colleague.clone());
        }
        _ => {}
    }
}
