//! What the checks have in common: a tenant, a lane with a claim on it, and short names for what they do.

use std::sync::Arc;
use std::time::Duration;

use acquaint_core::connector::{PassKind, TimeRange};
use acquaint_core::depkey::DependencyKey;
use acquaint_core::ids::{ConnectionId, MeetingId, RecordRef, Seq, StreamName, TenantId};
use acquaint_core::meeting::{Decision, Meeting};
use acquaint_core::record::{Gone, Version};
use acquaint_core::store::{
    ClaimLanes, ClaimedLane, Committed, DirtyBatch, JoinClaim, LaneClaim, LaneError, LaneId, LaneProgress,
    LaneSeed, LaneState, LocalCommit, Mark, MeetingCommit, MeetingRow, MeetingWrite, PageCommit, PassState,
    PendingSweep, RecordBody, RecordWrite, Release, Store, StoredRecord, Sweep,
};
use acquaint_core::view::EventTime;
use acquaint_core::{Error, ErrorKind};
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use tokio::sync::Barrier;

use super::super::{Failure, ensure};
use super::Outcome;

pub(super) const LEASE: Duration = Duration::from_secs(60);
pub(super) const MANY: usize = 10_000;

/// An instant, in seconds since the checks begin.
pub(super) fn at(seconds: i64) -> DateTime<Utc> {
    millis(seconds * 1_000)
}

/// An instant, in milliseconds since the checks begin.
pub(super) fn millis(millis: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::milliseconds(millis)
}

pub(super) fn range(from: i64, to: i64) -> TimeRange {
    TimeRange { from: at(from), to: at(to) }
}

pub(super) fn key(key: &str) -> DependencyKey {
    DependencyKey::from_stored(key)
}

pub(super) fn keys(keys: &[&str]) -> Vec<DependencyKey> {
    keys.iter().map(|key| DependencyKey::from_stored(*key)).collect()
}

pub(super) fn connection() -> ConnectionId {
    "c1".into()
}

pub(super) fn stream() -> StreamName {
    "events".into()
}

/// The lane `head` of a partition.
pub(super) fn lane(tenant: &TenantId, partition: &str) -> LaneId {
    LaneId {
        tenant: tenant.clone(),
        connection: connection(),
        stream: stream(),
        partition: partition.into(),
        lane: "head".into(),
    }
}

pub(super) fn record(partition: &str, key: &str) -> RecordRef {
    RecordRef { connection: connection(), stream: stream(), partition: partition.into(), key: key.into() }
}

/// A record that is there, without version or span.
pub(super) fn live(key: &str, views: &str, provided: &[&str]) -> RecordWrite {
    let body = RecordBody::Live {
        raw: Bytes::from(format!("raw {views}")),
        views: Bytes::from(views.to_owned()),
        keys: keys(provided),
        span: None,
        problem: None,
    };
    RecordWrite { key: key.into(), version: None, body }
}

pub(super) fn gone(key: &str, gone: Gone) -> RecordWrite {
    RecordWrite { key: key.into(), version: None, body: RecordBody::Gone(gone) }
}

pub(super) fn versioned(mut write: RecordWrite, version: i64) -> RecordWrite {
    write.version = Some(Version(version));
    write
}

pub(super) fn spanning(mut write: RecordWrite, from: i64, to: i64) -> RecordWrite {
    if let RecordBody::Live { span, .. } = &mut write.body {
        *span = Some((at(from), at(to)));
    }
    write
}

/// A kept meeting of an hour that was never delivered.
pub(super) fn meeting(id: &str, identity: &str, start: i64) -> MeetingRow {
    let decision = Decision::new(true, "r1".into(), "e1", Seq(1));
    let (start, end) = (EventTime::At(at(start)), EventTime::At(at(start + 3_600)));
    MeetingRow::new(Meeting::new(MeetingId::from(id), identity, start, end, decision))
}

/// Writes a meeting that read some keys and changes nothing in the feed.
pub(super) fn reading(row: MeetingRow, reads: &[&str]) -> MeetingWrite {
    let (change, items) = (None, Vec::new());
    MeetingWrite { row, reads: keys(reads), change, items, backfill: false, gathered: None }
}

/// The ids of meetings, sorted.
pub(super) fn ids(rows: &[MeetingRow]) -> Vec<&str> {
    let mut ids: Vec<&str> = rows.iter().map(|row| row.meeting.id.as_str()).collect();
    ids.sort_unstable();
    ids
}

/// The keys that a batch expands, sorted.
pub(super) fn marked(batch: &DirtyBatch) -> Vec<&str> {
    let mut marked: Vec<&str> = batch.marks.iter().map(|mark| mark.key.as_str()).collect();
    marked.sort_unstable();
    marked
}

/// A verb under a claim that is no longer the newest.
pub(super) fn ensure_fenced<T>(result: Result<T, Error>, verb: &str) -> Outcome {
    let kind = result.map_err(|error| error.kind()).err();
    ensure!(kind == Some(ErrorKind::Fenced), "{verb} under an old fence gave {kind:?}, not Fenced");
    Ok(())
}

/// A progress that is not the default.
pub(super) fn some_progress() -> LaneProgress {
    let mut progress = LaneProgress::default();
    progress.baselines = 9;
    progress
}

/// A progress with a value in every field.
pub(super) fn full_progress() -> LaneProgress {
    let mut pass = PassState::begin(PassKind::Baseline, millis(1_001), Seq(7), range(-100, 100));
    pass.bound = Some(range(-50, 50));
    pass.gaps = true;
    pass.pages = 3;
    let cursor = json!({ "kind": "test.token", "version": 2, "state": { "token": "ä\u{0}b", "page": 3 } });
    let mut progress = LaneProgress::default();
    progress.cursor = serde_json::from_value(cursor).ok();
    progress.binding = Some("[1,2]".to_owned());
    progress.sweep = Some(PendingSweep::after(&pass));
    progress.pass = Some(pass);
    progress.baselines = 4;
    progress.last_baseline = Some(millis(-5_001));
    progress.last_run = Some(millis(-4_999));
    progress.covers = Some(millis(-4_000));
    progress.failures = 2;
    progress.error = Some(LaneError::new(ErrorKind::Forbidden, "no", at(-3)));
    progress
}

/// A tenant with the lane `head` of one partition, under a claim of the worker `w1` from 0 to 60 seconds.
pub(super) struct Stage {
    pub(super) store: Arc<dyn Store>,
    pub(super) tenant: TenantId,
    pub(super) claim: LaneClaim,
    pub(super) version: u64,
}

impl Stage {
    pub(super) async fn open(store: &Arc<dyn Store>) -> Result<Self, Failure> {
        Self::of(store, "acme", "p").await
    }

    pub(super) async fn of(store: &Arc<dyn Store>, tenant: &str, partition: &str) -> Result<Self, Failure> {
        Self::on(store, lane(&tenant.into(), partition), at(0)).await
    }

    /// Makes a lane and claims it at an instant at which no other is due.
    pub(super) async fn on(store: &Arc<dyn Store>, id: LaneId, now: DateTime<Utc>) -> Result<Self, Failure> {
        store.ensure_lanes(&[LaneSeed { id: id.clone(), due: now }]).await?;
        let claimed = claim(store, Some(&id.tenant), "w1", now, MANY).await?;
        let claimed = claimed.into_iter().find(|claimed| claimed.claim.lane == id);
        let Some(ClaimedLane { claim, state, .. }) = claimed else {
            return Err(Failure::new("a lane that is due and free could not be claimed"));
        };
        Ok(Self { store: store.clone(), tenant: id.tenant, claim, version: state.version })
    }

    /// A stage of the same tenant and connection on another partition.
    pub(super) async fn beside(&self, partition: &str) -> Result<Self, Failure> {
        Self::of(&self.store, self.tenant.as_str(), partition).await
    }

    /// Lets the claim lapse and another worker take the lane.
    pub(super) async fn take_over(&self) -> Result<LaneClaim, Failure> {
        let claimed = claim(&self.store, Some(&self.tenant), "w2", at(61), MANY).await?;
        let claim = claimed.into_iter().map(|claimed| claimed.claim);
        claim
            .into_iter()
            .find(|claim| claim.lane == self.claim.lane)
            .ok_or_else(|| Failure::new("a lane whose lease has run out could not be claimed"))
    }

    /// A page of the stage's claim on its present version, to be changed as the check needs.
    pub(super) fn page_of<'a>(
        &'a self,
        progress: &'a LaneProgress,
        writes: &'a [RecordWrite],
    ) -> PageCommit<'a> {
        PageCommit {
            claim: &self.claim,
            expected: self.version,
            progress,
            writes,
            settled: &[],
            window: None,
            now: at(1),
            lease_until: at(60),
        }
    }

    /// Commits a page.
    pub(super) async fn page(&mut self, writes: &[RecordWrite]) -> Result<Committed, Failure> {
        self.windowed_page(writes, None).await
    }

    /// Commits a page of a pass that is bound to a window.
    pub(super) async fn windowed_page(
        &mut self,
        writes: &[RecordWrite],
        window: Option<TimeRange>,
    ) -> Result<Committed, Failure> {
        let progress = LaneProgress::default();
        let page = PageCommit { window, ..self.page_of(&progress, writes) };
        let committed = self.store.commit_page(&page).await?;
        self.version = committed.version;
        Ok(committed)
    }

    /// Commits records of the local source.
    pub(super) async fn local(&self, writes: &[RecordWrite]) -> Result<Committed, Failure> {
        let (connection, stream) = (connection(), StreamName::from("local"));
        let commit = LocalCommit {
            tenant: &self.tenant,
            connection: &connection,
            stream: &stream,
            writes,
            now: at(1),
        };
        Ok(self.store.commit_local(&commit).await?)
    }

    pub(super) fn sweep_of(&self, began_seq: Seq) -> Sweep<'_> {
        Sweep { claim: &self.claim, began_seq, window: None, limit: MANY, now: at(2) }
    }

    /// What is stored under a key of the stage's partition.
    pub(super) async fn stored(&self, key: &str) -> Result<Option<StoredRecord>, Failure> {
        let record = record(self.claim.lane.partition.as_str(), key);
        Ok(self.store.records(&self.tenant, &[record]).await?.into_iter().next())
    }

    /// Why the record under a key is gone. Fails if there is no such record.
    pub(super) async fn gone(&self, key: &str) -> Result<Option<Gone>, Failure> {
        let stored = self.stored(key).await?;
        let stored = stored.ok_or_else(|| Failure::new(format_args!("the record {key} is not stored")))?;
        Ok(stored.gone)
    }

    pub(super) async fn seq(&self) -> Result<Seq, Failure> {
        Ok(self.store.tenant(&self.tenant).await?.unwrap_or_default().seq)
    }

    /// The state of the stage's lane.
    pub(super) async fn lane(&self) -> Result<LaneState, Failure> {
        let lanes = self.store.lanes(&self.tenant).await?;
        let lane = lanes.into_iter().find(|lane| lane.id == self.claim.lane);
        lane.ok_or_else(|| Failure::new("a lane that was made is not listed"))
    }

    /// The lanes of the tenant that the worker `w2` can claim at an instant.
    pub(super) async fn claimable(&self, now: DateTime<Utc>) -> Result<Vec<ClaimedLane>, Failure> {
        claim(&self.store, Some(&self.tenant), "w2", now, MANY).await
    }

    /// Gives the claim back, with the next run due after an hour, and no back-off unless `release` says so.
    pub(super) async fn release(&self, release: impl FnOnce(&mut Release)) -> Outcome {
        let mut given = Release { due: at(3_600), not_before: at(-3_600), hints_done: true };
        release(&mut given);
        Ok(self.store.release_lane(&self.claim, &given).await?)
    }

    pub(super) async fn join(&self) -> Result<JoinClaim, Failure> {
        let claim = self.store.claim_join(&self.tenant, &"w1".into(), at(0), LEASE).await?;
        claim.ok_or_else(|| Failure::new("a join that nobody holds could not be claimed"))
    }

    /// What is to be decided at an instant.
    pub(super) async fn batch_at(&self, now: DateTime<Utc>, limit: usize) -> Result<DirtyBatch, Failure> {
        let claim = self.join().await?;
        let batch = self.store.dirty_batch(&claim, limit, now).await?;
        self.store.release_join(&claim).await?;
        Ok(batch)
    }

    /// What is to be decided.
    pub(super) async fn batch(&self) -> Result<DirtyBatch, Failure> {
        self.batch_at(at(0), MANY).await
    }

    /// Commits meetings.
    pub(super) async fn decide(
        &self,
        marks: &[Mark],
        writes: &[MeetingWrite],
        removed: &[MeetingRow],
    ) -> Outcome {
        let claim = self.join().await?;
        let commit = MeetingCommit { claim: &claim, marks, writes, removed, now: at(5), lease_until: at(60) };
        self.store.commit_meetings(&commit).await?;
        Ok(self.store.release_join(&claim).await?)
    }

    /// Clears all marks.
    pub(super) async fn settle(&self) -> Outcome {
        let batch = self.batch().await?;
        self.decide(&batch.marks, &[], &[]).await
    }
}

pub(super) async fn claim(
    store: &Arc<dyn Store>,
    tenant: Option<&TenantId>,
    worker: &str,
    now: DateTime<Utc>,
    limit: usize,
) -> Result<Vec<ClaimedLane>, Failure> {
    let worker = worker.into();
    let request =
        ClaimLanes { tenant, worker: &worker, now, due_by: now, lease: LEASE, limit, each: usize::MAX };
    Ok(store.claim_lanes(&request).await?)
}

/// Makes calls at one time, and gives their answers.
pub(super) async fn at_once<F>(calls: impl IntoIterator<Item = F>) -> Result<Vec<F::Output>, Failure>
where
    F: Future<Output: Send> + Send + 'static,
{
    let calls: Vec<F> = calls.into_iter().collect();
    let barrier = Arc::new(Barrier::new(calls.len()));
    let calls = calls.into_iter().map(|call| {
        let barrier = barrier.clone();
        tokio::spawn(async move {
            barrier.wait().await;
            call.await
        })
    });
    let answers = futures::future::join_all(calls).await.into_iter();
    answers
        .map(|answer| answer.map_err(|error| Failure::new(format_args!("a call panicked: {error}"))))
        .collect()
}
