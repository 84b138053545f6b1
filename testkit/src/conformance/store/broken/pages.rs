//! Defects of the commit of a page.

use std::collections::BTreeSet;

use acquaint_core::depkey::DependencyKey;
use acquaint_core::ids::{RecordKey, RecordRef, Seq, TenantId};
use acquaint_core::record::Gone;
use acquaint_core::store::{Committed, LaneId, PageCommit, RecordBody, RecordWrite, Store, StoredRecord};
use acquaint_core::{Error, Result};
use bytes::Bytes;

use super::{Broken, Defect};
use crate::memory::{MarkRow, RecordRow, Tenant};

fn place(lane: &LaneId, key: &RecordKey) -> RecordRef {
    let LaneId { connection, stream, partition, .. } = lane.clone();
    RecordRef { connection, stream, partition, key: key.clone() }
}

fn erases(write: &RecordWrite) -> bool {
    write.body == RecordBody::Gone(Gone::Erased)
}

impl Broken {
    pub(super) fn with<T>(&self, tenant: &TenantId, change: impl FnOnce(&mut Tenant) -> T) -> T {
        change(self.inner.state().tenant(tenant))
    }

    /// The keys that are marked.
    pub(super) fn marked(&self, tenant: &TenantId) -> BTreeSet<DependencyKey> {
        self.inner.state().read(tenant, |tenant| tenant.marks.keys().cloned().collect())
    }

    /// Clears marks that are not in `before`.
    pub(super) fn unmark(
        &self,
        tenant: &TenantId,
        before: &BTreeSet<DependencyKey>,
        unmark: impl Fn(&DependencyKey) -> bool,
    ) {
        self.with(tenant, |tenant| tenant.marks.retain(|key, _| before.contains(key) || !unmark(key)));
    }

    fn stored(&self, lane: &LaneId, key: &RecordKey) -> Option<RecordRow> {
        let record = place(lane, key);
        self.inner.state().read(&lane.tenant, |tenant| tenant.mirror.rows.get(&record).cloned())
    }

    pub(super) async fn broken_page(&self, commit: &PageCommit<'_>) -> Result<Committed> {
        let lane = &commit.claim.lane;
        let claim = self.lane_claim(commit.claim, Defect::PageUnfenced);
        let mut page = PageCommit { claim: &claim, ..commit.clone() };
        let mut progress = page.progress.clone();
        let row = |tenant: &Tenant| {
            let row = tenant.lanes.get(lane);
            row.map(|row| (row.version, row.lease_until))
        };
        let found = self.inner.state().read(&lane.tenant, row);
        match (self.defect, found) {
            (Defect::LapsedIsFenced, Some((_, Some(until)))) if until < page.now => {
                return Err(Error::fenced());
            }
            (Defect::VersionIsNotCompared, Some((version, _))) => page.expected = version,
            (Defect::PageKeepsLease, Some((_, Some(until)))) => page.lease_until = until,
            (Defect::ProgressLosesSweep, _) => progress.sweep = None,
            (Defect::AgedRecordsGo, _) => page.window = None,
            _ => {}
        }
        page.progress = &progress;
        let old: Vec<Option<RecordRow>> =
            page.writes.iter().map(|write| self.stored(lane, &write.key)).collect();
        let writes = self.broken_writes(&page, &old);
        page.writes = &writes;
        let settled = self.broken_settling(commit);
        page.settled = &settled;
        let marks = self.marked(&lane.tenant);
        let progress_of_marks: Vec<(DependencyKey, Option<String>)> = self.with(&lane.tenant, |tenant| {
            tenant.marks.iter().map(|(key, row)| (key.clone(), row.reached.clone())).collect()
        });

        let committed = self.inner.commit_page(&page).await;
        self.after_settling(&page, committed.as_ref().err().map(Error::kind));
        if self.is(Defect::RecordsBeforeCompare) && committed.is_err() && claim == *commit.claim {
            self.with(&lane.tenant, |tenant| {
                if tenant.lanes.get(lane).is_some_and(|row| row.fence == claim.fence) {
                    let place = (&lane.connection, &lane.stream, &lane.partition);
                    tenant.write_records(place, page.writes, page.window, page.now);
                }
            });
        }
        let mut committed = committed?;
        if self.is(Defect::MovedMarkKeepsProgress) {
            self.with(&lane.tenant, |tenant| {
                for (key, reached) in progress_of_marks {
                    if let Some(row) = tenant.marks.get_mut(&key) {
                        row.reached = reached;
                    }
                }
            });
        }
        if self.is(Defect::EmptyPageTakesSeq) && page.writes.is_empty() {
            committed.seq = self.with(&lane.tenant, Tenant::take_seq);
        }
        if self.is(Defect::EveryChangeConcernsAll) {
            let keys = page.writes.iter().flat_map(|write| match &write.body {
                RecordBody::Live { keys, .. } => keys.as_slice(),
                RecordBody::Gone(_) => &[],
            });
            let all: Vec<DependencyKey> = keys.filter(|key| key.concerns_all()).cloned().collect();
            self.with(&lane.tenant, |tenant| {
                let row = |key| (key, MarkRow { seq: committed.seq, reached: None });
                tenant.marks.extend(all.into_iter().map(row));
            });
        }
        if self.is(Defect::PagesMarkEverybody) {
            let new: Vec<DependencyKey> = self.with(&lane.tenant, |tenant| {
                let new = tenant.marks.iter().filter(|(_, row)| row.seq == committed.seq);
                new.map(|(key, _)| key.clone()).collect()
            });
            for tenant in self.inner.state().tenants.values_mut() {
                for key in &new {
                    let row = MarkRow { seq: tenant.state.seq, reached: None };
                    tenant.marks.entry(key.clone()).or_insert(row);
                }
            }
        }
        for (write, old) in page.writes.iter().zip(&old) {
            self.after_write(lane, write, old.as_ref(), &marks, &mut committed, page.now);
        }
        Ok(committed)
    }

    /// The writes of a page as the defect has them.
    fn broken_writes(&self, page: &PageCommit<'_>, old: &[Option<RecordRow>]) -> Vec<RecordWrite> {
        let mut writes = page.writes.to_vec();
        if self.is(Defect::FirstWriteWins) {
            writes.reverse();
        }
        for (write, old) in writes.iter_mut().zip(old) {
            if self.is(Defect::ErasedComesBack) && matches!(write.body, RecordBody::Live { .. }) {
                self.change(&page.claim.lane, &place(&page.claim.lane, &write.key), |stored| {
                    // One that was never there has no version; it is another check's.
                    if stored.version.is_some() && stored.gone == Some(Gone::Erased) {
                        stored.gone = Some(Gone::Deleted);
                    }
                });
            }
            let stored = old.as_ref().filter(|old| old.stored.gone.is_none());
            if let (Defect::OlderVersionsWin, Some(row)) = (self.defect, stored)
                && write.version.is_some_and(|version| Some(version) < row.stored.version)
            {
                write.version = None;
            }
            let RecordBody::Live { raw, views, keys, problem, .. } = &mut write.body else { continue };
            match (self.defect, stored) {
                (Defect::RawIsTrimmed, _) => *raw = Bytes::from(raw.trim_ascii().to_vec()),
                (Defect::ProblemIsLost, _) => *problem = problem.take().map(|_| String::new()),
                (Defect::KeysAreNotCompared, Some(row)) if row.stored.views == *views => {
                    *keys = row.keys.iter().cloned().collect();
                }
                _ => {}
            }
        }
        let kept = writes.into_iter().zip(old).filter(|(write, old)| match (self.defect, old) {
            (Defect::RefusedIsUnseen, Some(old)) => {
                write.version.is_none_or(|version| Some(version) >= old.stored.version)
            }
            (Defect::FirstTombstoneKeepsVersion, Some(old)) => {
                old.stored.gone.is_none() || matches!(write.body, RecordBody::Live { .. }) || erases(write)
            }
            (Defect::FirstReasonBeatsErasure, Some(old)) => old.stored.gone.is_none() || !erases(write),
            (Defect::UnknownErasureIsLost, None) => !erases(write),
            (Defect::EqualVersionsLose, Some(old)) => {
                write.version.is_none() || write.version != old.stored.version
            }
            (Defect::MovedRecordsStay, Some(old)) => {
                let inside = page
                    .window
                    .zip(old.stored.span)
                    .is_some_and(|(window, (start, end))| window.overlaps(start, end));
                write.body != RecordBody::Gone(Gone::MovedOutOfWindow) || !inside
            }
            _ => true,
        });
        kept.map(|(write, _)| write).collect()
    }

    /// What the defect does to a record after it was written.
    fn after_write(
        &self,
        lane: &LaneId,
        write: &RecordWrite,
        old: Option<&RecordRow>,
        marks: &BTreeSet<DependencyKey>,
        committed: &mut Committed,
        now: chrono::DateTime<chrono::Utc>,
    ) {
        let record = place(lane, &write.key);
        let seq = committed.seq;
        let was_live = old.is_some_and(|old| old.stored.gone.is_none());
        let was_erased = old.is_some_and(|old| old.stored.gone == Some(Gone::Erased));
        match (self.defect, &write.body, old) {
            (Defect::RewriteMarks, RecordBody::Live { views, keys, .. }, Some(old))
                if was_live && old.stored.views == *views =>
            {
                self.with(&lane.tenant, |tenant| tenant.mark(keys, seq));
            }
            (Defect::RewriteDoesNotTouch, RecordBody::Live { views, .. }, Some(old))
                if was_live && old.stored.views == *views =>
            {
                self.change(lane, &record, |stored| stored.touched = old.stored.touched);
            }
            (Defect::OldKeysStayClean, RecordBody::Live { keys, .. }, Some(old)) => {
                self.unmark(&lane.tenant, marks, |key| old.keys.contains(key) && !keys.contains(key));
            }
            (Defect::OldKeysProvide, RecordBody::Live { .. }, Some(old)) => {
                self.with(&lane.tenant, |tenant| {
                    for key in &old.keys {
                        tenant.mirror.providers.entry(key.clone()).or_default().insert(record.clone());
                    }
                });
            }
            (Defect::ReturnMarksNothing, RecordBody::Live { keys, .. }, Some(_)) if !was_live => {
                self.unmark(&lane.tenant, marks, |key| keys.contains(key));
            }
            (Defect::TombstoneKeepsRaw, RecordBody::Gone(_), Some(old)) if was_live => {
                self.change(lane, &record, |stored| stored.raw = old.stored.raw.clone());
            }
            (Defect::LaterReasonWins, RecordBody::Gone(gone), Some(_)) if !was_live && !was_erased => {
                self.change(lane, &record, |stored| stored.gone = Some(gone.clone()));
            }
            (Defect::RepeatedTombstoneTouches, RecordBody::Gone(_), Some(_)) if !was_live && !was_erased => {
                self.change(lane, &record, |stored| stored.touched = seq);
            }
            (Defect::ErasedIsTouched, RecordBody::Live { .. }, Some(_)) if was_erased => {
                self.change(lane, &record, |stored| stored.touched = seq);
            }
            (Defect::LaterReasonBeatsErasure, RecordBody::Gone(gone), Some(_)) if was_erased => {
                self.change(lane, &record, |stored| stored.gone = Some(gone.clone()));
            }
            (Defect::ErasureStaysBehind, RecordBody::Gone(_), Some(old)) if !was_live => {
                self.change(lane, &record, |stored| stored.touched = old.stored.touched);
            }
            (Defect::UnknownErasureCounts, RecordBody::Gone(Gone::Erased), None) => committed.changed += 1,
            (Defect::TombstoneDropsVersion, RecordBody::Gone(_), Some(_)) => {
                self.change(lane, &record, |stored| stored.version = write.version);
            }
            (Defect::UnknownTombstoneTakesNoSeq, RecordBody::Gone(_), None)
                if committed.changed == 0 && !erases(write) =>
            {
                committed.seq = Seq(seq.0 - 1);
                self.with(&lane.tenant, |tenant| tenant.state.seq = committed.seq);
            }
            (Defect::UnknownTombstonesAreKept, RecordBody::Gone(gone), None) => {
                let stored = StoredRecord {
                    record: record.clone(),
                    version: write.version,
                    raw: Bytes::new(),
                    views: Bytes::new(),
                    span: None,
                    gone: Some(gone.clone()),
                    problem: None,
                    changed: seq,
                    touched: seq,
                    seen: now,
                };
                let row = RecordRow { stored, keys: BTreeSet::new() };
                self.with(&lane.tenant, |tenant| tenant.mirror.rows.insert(record, row));
            }
            _ => {}
        }
    }

    fn change(&self, lane: &LaneId, record: &RecordRef, change: impl FnOnce(&mut StoredRecord)) {
        self.with(&lane.tenant, |tenant| {
            if let Some(row) = tenant.mirror.rows.get_mut(record) {
                change(&mut row.stored);
            }
        });
    }
}
