//! Deciding with everything at hand: no store, no waiting, the same answers.

use std::collections::BTreeSet;

use acquaint_core::ids::{MeetingId, RecordRef};
use acquaint_core::meeting::Meeting;
use acquaint_core::view::View;
use acquaint_matcher::{Directory, Matcher, Records};
use serde_json::{Map, Value};

use super::copies::Draft;
use super::decide::{Bench, decide};
use super::people::classifier_of;
use super::resolve::People;
use crate::directory::{self, Entities};
use crate::manifest::{Evaluation, Matching};

/// All that a tenant has, where it is little enough to be held.
#[derive(Debug)]
pub(crate) struct AtHand {
    matcher: Matcher,
    directory: Directory,
    entities: Entities,
}

impl AtHand {
    /// Of a tenant with these users, slots and records.
    pub(crate) fn new<'v>(
        matching: &Matching,
        users: &BTreeSet<String>,
        slots: &Map<String, Value>,
        views: impl IntoIterator<Item = &'v (RecordRef, View)>,
    ) -> Self {
        let classifier = classifier_of(&matching.internal, users, slots);
        let (mut all, mut entities) = (Records::new(), Entities::default());
        for (record, view) in views {
            let records = directory::records(&record.connection, view);
            all.accounts.extend(records.accounts);
            all.contacts.extend(records.contacts);
            all.links.extend(records.links);
            entities.add(record, view.clone());
        }
        Self {
            matcher: matching.matcher.clone().with_classifier(classifier),
            directory: Directory::build(all.contacts, all.accounts, all.links),
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
        let resolved = people.resolve(&self.matcher, &self.directory.lookup());
        decide(bench, id, draft, &resolved, &self.entities, evaluation)
    }
}
