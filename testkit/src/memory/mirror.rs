//! Records, and what is found by the keys that they provide.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use acquaint_core::connector::TimeRange;
use acquaint_core::depkey::DependencyKey;
use acquaint_core::ids::{ConnectionId, PartitionKey, RecordKey, RecordRef, Seq, StreamName};
use acquaint_core::record::{Gone, Version};
use acquaint_core::store::{
    Committed, KeyOrder, KeyQuery, LocalCommit, ProvidedView, RecordAt, RecordBody, RecordQuery, RecordWrite,
    StoredRecord,
};
use bytes::Bytes;
use chrono::{DateTime, Utc};

use super::state::Tenant;

pub(crate) type Place<'a> = (&'a ConnectionId, &'a StreamName, &'a PartitionKey);

#[derive(Clone)]
pub(crate) struct RecordRow {
    pub(crate) stored: StoredRecord,
    pub(crate) keys: BTreeSet<DependencyKey>,
}

#[derive(Default)]
pub(crate) struct Mirror {
    pub(crate) rows: BTreeMap<RecordRef, RecordRow>,
    /// Live records by the keys that they provide.
    pub(crate) providers: BTreeMap<DependencyKey, BTreeSet<RecordRef>>,
}

impl Mirror {
    /// Records of a stream from a partition and key onwards.
    pub(crate) fn partition<'a>(
        &'a self,
        place: Place<'a>,
        after: Option<&RecordKey>,
    ) -> impl Iterator<Item = &'a RecordRow> {
        let key = after.cloned().unwrap_or_else(|| RecordKey::from(""));
        let first = reference(place, &key);
        let start = if after.is_some() { Bound::Excluded(first) } else { Bound::Included(first) };
        let within = move |record: &RecordRef| {
            record.connection == *place.0 && record.stream == *place.1 && record.partition == *place.2
        };
        self.rows
            .range((start, Bound::Unbounded))
            .take_while(move |(record, _)| within(record))
            .map(|(_, row)| row)
    }

    pub(crate) fn records(&self, records: &[RecordRef]) -> Vec<StoredRecord> {
        records.iter().filter_map(|record| self.rows.get(record)).map(|row| row.stored.clone()).collect()
    }

    pub(crate) fn scan(&self, query: &RecordQuery<'_>) -> Vec<StoredRecord> {
        let place = (query.connection, query.stream, query.partition);
        self.partition(place, query.after).take(query.limit).map(|row| row.stored.clone()).collect()
    }

    pub(crate) fn record_keys(&self, query: &KeyQuery<'_>) -> Vec<RecordAt> {
        let place = (query.connection, query.stream, query.partition);
        let at = |row: &RecordRow| RecordAt {
            key: row.stored.record.key.clone(),
            touched: row.stored.touched,
            gone: row.stored.gone.clone(),
        };
        match query.order {
            KeyOrder::ByKey(after) => {
                let live = self.partition(place, after).filter(|row| row.stored.gone.is_none());
                live.take(query.limit).map(at).collect()
            }
            KeyOrder::ByCommit(seq, after) => {
                let later = |found: &RecordAt| match after {
                    Some(key) => (found.touched, &found.key) > (seq, key),
                    None => found.touched > seq,
                };
                let mut found: Vec<RecordAt> = self.partition(place, None).map(at).filter(later).collect();
                found.sort_by(|a, b| (a.touched, &a.key).cmp(&(b.touched, &b.key)));
                found.truncate(query.limit);
                found
            }
        }
    }

    pub(crate) fn providing(&self, keys: &[DependencyKey]) -> Vec<ProvidedView> {
        let keys: BTreeSet<_> = keys.iter().collect();
        let found = keys.into_iter().filter_map(|key| Some((key, self.providers.get(key)?)));
        found
            .flat_map(|(key, records)| records.iter().map(move |record| (key, record)))
            .filter_map(|(key, record)| {
                let views = self.rows.get(record)?.stored.views.clone();
                Some(ProvidedView { key: key.clone(), record: record.clone(), views })
            })
            .collect()
    }

    /// Takes a record out, and gives the keys that it provided.
    pub(crate) fn remove(&mut self, record: &RecordRef) -> BTreeSet<DependencyKey> {
        let keys = self.rows.remove(record).map(|row| row.keys).unwrap_or_default();
        self.withdraw(record, &keys);
        keys
    }

    pub(crate) fn provide(&mut self, record: &RecordRef, keys: &BTreeSet<DependencyKey>) {
        for key in keys {
            self.providers.entry(key.clone()).or_default().insert(record.clone());
        }
    }

    pub(crate) fn withdraw(&mut self, record: &RecordRef, keys: &BTreeSet<DependencyKey>) {
        for key in keys {
            if let Some(records) = self.providers.get_mut(key) {
                records.remove(record);
                if records.is_empty() {
                    self.providers.remove(key);
                }
            }
        }
    }
}

impl Tenant {
    pub(crate) fn commit_local(&mut self, commit: &LocalCommit<'_>) -> Committed {
        let whole = PartitionKey::whole();
        let place = (commit.connection, commit.stream, &whole);
        let changed = self.write_records(place, commit.writes, None, commit.now);
        Committed { seq: self.state.seq, changed, version: 0 }
    }

    /// Writes records under one new seq, if there are any, and says how many changed.
    pub(crate) fn write_records(
        &mut self,
        place: Place<'_>,
        writes: &[RecordWrite],
        window: Option<TimeRange>,
        now: DateTime<Utc>,
    ) -> usize {
        if writes.is_empty() {
            return 0;
        }
        let seq = self.take_seq();
        let mut changed = BTreeSet::new();
        for write in writes {
            let record = reference(place, &write.key);
            let erased =
                self.mirror.rows.get(&record).is_some_and(|row| row.stored.gone == Some(Gone::Erased));
            // A lagging index may show it after its erasure was told. That is no sight of it: nothing is touched.
            if erased && matches!(write.body, RecordBody::Live { .. }) {
                continue;
            }
            if let Some(row) = self.mirror.rows.get_mut(&record)
                && is_newer(row.stored.version, write.version)
            {
                // An old state is no news, but who shows it still sees the record: no sweep may take it.
                if row.stored.gone.is_none() && matches!(write.body, RecordBody::Live { .. }) {
                    row.stored.touched = seq;
                    row.stored.seen = now;
                }
                continue;
            }
            let differs = match &write.body {
                RecordBody::Live { .. } => self.write_live(&record, write, seq, now),
                RecordBody::Gone(gone) => self.write_gone(&record, write.version, gone, window, seq, now),
            };
            if differs {
                changed.insert(&write.key);
            }
        }
        changed.len()
    }

    fn write_live(&mut self, record: &RecordRef, write: &RecordWrite, seq: Seq, now: DateTime<Utc>) -> bool {
        let RecordBody::Live { raw, views, keys, span, problem } = &write.body else { return false };
        let keys: BTreeSet<DependencyKey> = keys.iter().cloned().collect();
        let old = self.mirror.rows.remove(record);
        let same = old
            .as_ref()
            .filter(|old| old.stored.gone.is_none() && old.stored.views == *views && old.keys == keys);
        let unchanged = same.map(|old| old.stored.changed);
        let stored = StoredRecord {
            record: record.clone(),
            version: write.version,
            raw: raw.clone(),
            views: views.clone(),
            span: *span,
            gone: None,
            problem: problem.clone(),
            changed: unchanged.unwrap_or(seq),
            touched: seq,
            seen: now,
        };
        if unchanged.is_none() {
            // With the same keys nothing has changed of that which concerns all.
            let same = old.as_ref().is_some_and(|old| old.keys == keys);
            let mut marked: BTreeSet<DependencyKey> =
                keys.iter().filter(|key| !same || !key.concerns_all()).cloned().collect();
            if let Some(old) = old {
                self.mirror.withdraw(record, &old.keys);
                marked.extend(old.keys.into_iter().filter(|key| !keys.contains(key)));
            }
            self.mirror.provide(record, &keys);
            self.mark(&marked, seq);
        }
        self.mirror.rows.insert(record.clone(), RecordRow { stored, keys });
        unchanged.is_none()
    }

    fn write_gone(
        &mut self,
        record: &RecordRef,
        version: Option<Version>,
        gone: &Gone,
        window: Option<TimeRange>,
        seq: Seq,
        now: DateTime<Utc>,
    ) -> bool {
        let Some(row) = self.mirror.rows.get_mut(record) else {
            // What the mirror does not hold may still come, in a page that was read before.
            if *gone == Gone::Erased {
                self.keep_out(record, version, seq, now);
            }
            return false;
        };
        let live = row.stored.gone.is_none();
        if let (true, Gone::MovedOutOfWindow, Some(window), Some((start, end))) =
            (live, gone, window, row.stored.span)
            && !window.overlaps(start, end)
        {
            return false;
        }
        row.stored.seen = now;
        // A deletion often comes without a version; the last known one still keeps older states out.
        row.stored.version = version.or(row.stored.version);
        if live {
            self.bury(record, gone.clone(), seq);
        } else if *gone == Gone::Erased && row.stored.gone != Some(Gone::Erased) {
            row.stored.gone = Some(Gone::Erased);
            row.stored.touched = seq;
        }
        live
    }

    /// Makes a tombstone of a record that was never there.
    fn keep_out(&mut self, record: &RecordRef, version: Option<Version>, seq: Seq, now: DateTime<Utc>) {
        let stored = StoredRecord {
            record: record.clone(),
            version,
            raw: Bytes::new(),
            views: Bytes::new(),
            span: None,
            gone: Some(Gone::Erased),
            problem: None,
            changed: seq,
            touched: seq,
            seen: now,
        };
        self.mirror.rows.insert(record.clone(), RecordRow { stored, keys: BTreeSet::new() });
    }

    /// Makes a tombstone of a live record.
    pub(crate) fn bury(&mut self, record: &RecordRef, gone: Gone, seq: Seq) {
        let Some(row) = self.mirror.rows.get_mut(record) else { return };
        row.stored.gone = Some(gone);
        row.stored.raw = Bytes::new();
        row.stored.views = Bytes::new();
        row.stored.problem = None;
        (row.stored.changed, row.stored.touched) = (seq, seq);
        let keys = std::mem::take(&mut row.keys);
        self.mirror.withdraw(record, &keys);
        self.mark(&keys, seq);
    }
}

/// Whether what is stored is newer than what comes.
fn is_newer(stored: Option<Version>, coming: Option<Version>) -> bool {
    matches!((stored, coming), (Some(stored), Some(coming)) if stored > coming)
}

pub(crate) fn reference(place: Place<'_>, key: &RecordKey) -> RecordRef {
    RecordRef {
        connection: place.0.clone(),
        stream: place.1.clone(),
        partition: place.2.clone(),
        key: key.clone(),
    }
}
