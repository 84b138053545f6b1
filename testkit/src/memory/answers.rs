//! Decided meetings, by id, identity, copy and what they read.

use std::collections::{BTreeMap, BTreeSet};

use acquaint_core::depkey::DependencyKey;
use acquaint_core::ids::{MeetingId, RecordRef};
use acquaint_core::store::{MeetingQuery, MeetingRow};
use chrono::{DateTime, Utc};

/// The bound of a query that names none.
const LIMIT: usize = 1_000;

#[derive(Default)]
pub(crate) struct Meetings {
    rows: BTreeMap<MeetingId, (MeetingRow, BTreeSet<DependencyKey>)>,
    by_identity: BTreeSet<(String, MeetingId)>,
    by_copy: BTreeSet<(RecordRef, MeetingId)>,
    readers: BTreeMap<DependencyKey, BTreeSet<(String, MeetingId)>>,
}

impl Meetings {
    pub(crate) fn put(&mut self, row: &MeetingRow, reads: &[DependencyKey]) {
        let id = &row.meeting.id;
        self.remove(id);
        let place = (row.meeting.identity.clone(), id.clone());
        for key in reads {
            self.readers.entry(key.clone()).or_default().insert(place.clone());
        }
        self.by_identity.insert(place);
        self.by_copy.extend(row.meeting.copies.iter().map(|copy| (copy.clone(), id.clone())));
        self.rows.insert(id.clone(), (row.clone(), reads.iter().cloned().collect()));
    }

    /// Takes a meeting out with all that leads to it; false if there was none.
    pub(crate) fn remove(&mut self, id: &MeetingId) -> bool {
        let Some((row, reads)) = self.rows.remove(id) else { return false };
        let place = (row.meeting.identity, id.clone());
        for key in reads {
            if let Some(readers) = self.readers.get_mut(&key) {
                readers.remove(&place);
                if readers.is_empty() {
                    self.readers.remove(&key);
                }
            }
        }
        self.by_identity.remove(&place);
        for copy in row.meeting.copies {
            self.by_copy.remove(&(copy, id.clone()));
        }
        true
    }

    pub(crate) fn row(&self, id: &MeetingId) -> Option<&MeetingRow> {
        self.rows.get(id).map(|(row, _)| row)
    }

    pub(crate) fn read_set(&self, id: &MeetingId) -> Vec<DependencyKey> {
        self.rows.get(id).map(|(_, reads)| reads.iter().cloned().collect()).unwrap_or_default()
    }

    /// The identities of all meetings, in order.
    pub(crate) fn identities(&self) -> impl Iterator<Item = &str> {
        self.by_identity.iter().map(|(identity, _)| identity.as_str())
    }

    /// The identities of the meetings that read a key, in order.
    pub(crate) fn readers(&self, key: &DependencyKey) -> impl Iterator<Item = &str> {
        self.readers.get(key).into_iter().flatten().map(|(identity, _)| identity.as_str())
    }

    /// The identities of the meetings whose decisions hold no longer, the longest overdue first.
    pub(crate) fn run_out(&self, now: DateTime<Utc>) -> impl Iterator<Item = &str> {
        let meetings = self.rows.values().map(|(row, _)| &row.meeting);
        let mut found: Vec<(DateTime<Utc>, &str)> = meetings
            .filter_map(|meeting| Some((meeting.decision.valid_until?, meeting.identity.as_str())))
            .filter(|(until, _)| *until <= now)
            .collect();
        found.sort_unstable();
        found.into_iter().map(|(_, identity)| identity)
    }

    pub(crate) fn of(&self, identities: &[String]) -> Vec<MeetingRow> {
        self.those(&self.by_identity, |identity| identities.contains(identity))
    }

    pub(crate) fn with(&self, copies: &[RecordRef]) -> Vec<MeetingRow> {
        self.those(&self.by_copy, |copy| copies.contains(copy))
    }

    /// The meetings, by id, that an index names under a key that is asked for.
    fn those<K>(&self, index: &BTreeSet<(K, MeetingId)>, asked: impl Fn(&K) -> bool) -> Vec<MeetingRow> {
        let ids: BTreeSet<_> = index.iter().filter(|(key, _)| asked(key)).map(|(_, id)| id).collect();
        ids.into_iter().filter_map(|id| self.row(id).cloned()).collect()
    }

    pub(crate) fn query(&self, query: &MeetingQuery) -> Vec<MeetingRow> {
        let asked = |row: &MeetingRow| {
            let meeting = &row.meeting;
            let (start, end) = (meeting.start.instant(), meeting.end.instant());
            query.kept.is_none_or(|kept| meeting.decision.kept == kept)
                && query.from.is_none_or(|from| end > from)
                && query.to.is_none_or(|to| start < to)
                && query.after.as_ref().is_none_or(|(at, id)| (start, &meeting.id) > (*at, id))
        };
        let mut found: Vec<&MeetingRow> =
            self.rows.values().map(|(row, _)| row).filter(|row| asked(row)).collect();
        found.sort_by_key(|row| (row.meeting.start.instant(), &row.meeting.id));
        let limit = if query.limit == 0 { LIMIT } else { query.limit };
        found.into_iter().take(limit).cloned().collect()
    }
}
