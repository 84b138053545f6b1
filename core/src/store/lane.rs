//! Lanes: where they stand, who works on them.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::connector::{KeyHint, Partition, PassKind, TimeRange};
use crate::cursor::StoredCursor;
use crate::error::ErrorKind;
use crate::ids::{ConnectionId, LaneName, PartitionKey, Seq, StreamName, TenantId, WorkerId};

/// Names a lane.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LaneId {
    /// Whose it is.
    pub tenant: TenantId,
    /// The connection that reads.
    pub connection: ConnectionId,
    /// The stream.
    pub stream: StreamName,
    /// The partition.
    pub partition: PartitionKey,
    /// The lane.
    pub lane: LaneName,
}

impl std::fmt::Display for LaneId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}/{}/{}", self.connection, self.stream, self.partition, self.lane)
    }
}

/// A lane to be made.
#[derive(Debug, Clone)]
pub struct LaneSeed {
    /// Which.
    pub id: LaneId,
    /// When it first falls due.
    pub due: DateTime<Utc>,
}

/// The partitions of a stream as they are now.
#[derive(Debug, Clone)]
pub struct SetPartitions<'a> {
    /// The claim under which they were discovered.
    pub claim: &'a LaneClaim,
    /// All of them.
    pub partitions: &'a [Partition],
    /// The lanes of each partition, with the time at which a new one first falls due.
    pub lanes: &'a [(LaneName, DateTime<Utc>)],
    /// The most records to retire in this call.
    pub limit: usize,
    /// The present.
    pub now: DateTime<Utc>,
}

/// Where a lane stands. The store keeps it as it is and looks at nothing in it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct LaneProgress {
    /// The connector's cursor: of the pass that runs, or of the last one that ended.
    pub cursor: Option<StoredCursor>,
    /// What the cursor is bound to.
    pub binding: Option<String>,
    /// The pass that runs.
    pub pass: Option<PassState>,
    /// Complete baselines so far.
    pub baselines: u64,
    /// When the last complete baseline began.
    pub last_baseline: Option<DateTime<Utc>>,
    /// When the last pass ended.
    pub last_run: Option<DateTime<Utc>>,
    /// The instant up to which everything is in the mirror.
    pub covers: Option<DateTime<Utc>>,
    /// A sweep that is still to be done.
    pub sweep: Option<PendingSweep>,
    /// Failures since the last success.
    pub failures: u32,
    /// The last failure, until a success.
    pub error: Option<LaneError>,
}

/// A pass that runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PassState {
    /// Its kind.
    pub kind: PassKind,
    /// When it began.
    pub began: DateTime<Utc>,
    /// A mirror commit no later than its beginning.
    pub began_seq: Seq,
    /// The window as it was then.
    pub window: TimeRange,
    /// The window that the connector says the pass is bound to.
    pub bound: Option<TimeRange>,
    /// Whether something could not be read.
    pub gaps: bool,
    /// Pages so far.
    pub pages: u64,
}

impl PassState {
    /// A pass that begins now.
    pub fn begin(kind: PassKind, began: DateTime<Utc>, began_seq: Seq, window: TimeRange) -> Self {
        Self { kind, began, began_seq, window, bound: None, gaps: false, pages: 0 }
    }
}

/// A sweep that is still to be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PendingSweep {
    /// A mirror commit no later than the baseline's beginning: what was touched after it stays.
    pub began_seq: Seq,
    /// Only records that overlap this span can be swept; `None` means all.
    pub window: Option<TimeRange>,
    /// How many records the guard holds back, once it has counted.
    pub held: Option<u64>,
    /// Whether somebody has agreed to it.
    pub acknowledged: bool,
}

impl PendingSweep {
    /// A sweep after a baseline.
    pub fn after(pass: &PassState) -> Self {
        Self { began_seq: pass.began_seq, window: pass.bound, held: None, acknowledged: false }
    }
}

/// Why a lane failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LaneError {
    /// The error's kind, as text.
    pub kind: String,
    /// The error in one line.
    pub message: String,
    /// When.
    pub at: DateTime<Utc>,
}

impl LaneError {
    /// Notes an error.
    pub fn new(kind: ErrorKind, message: impl Into<String>, at: DateTime<Utc>) -> Self {
        Self { kind: format!("{kind:?}"), message: message.into(), at }
    }
}

/// A lane as stored.
#[derive(Debug, Clone, PartialEq)]
pub struct LaneState {
    /// Which.
    pub id: LaneId,
    /// Its partition with label and details.
    pub partition: Partition,
    /// Where it stands.
    pub progress: LaneProgress,
    /// The version of the progress, for compare-and-swap.
    pub version: u64,
    /// When it next falls due.
    pub due: DateTime<Utc>,
    /// It is not claimed before this, even if due or wanted.
    pub not_before: DateTime<Utc>,
    /// Whether hints are waiting.
    pub wanted: bool,
    /// Until when somebody holds it.
    pub leased_until: Option<DateTime<Utc>>,
}

/// Records that a provider has told of.
#[derive(Debug, Clone)]
pub struct HintKeys<'a> {
    /// The lane that reads them.
    pub lane: &'a LaneId,
    /// The records. One that is waiting already waits on, and is told anew.
    pub keys: &'a [KeyHint],
    /// The most that may wait for the lane without a reason; those with one do not count.
    pub most: usize,
    /// Lanes of the same partition that read it otherwise, for when more would.
    pub instead: &'a [LaneName],
}

/// Asks for work.
#[derive(Debug, Clone)]
pub struct ClaimLanes<'a> {
    /// Only this tenant's lanes; `None` means anybody's.
    pub tenant: Option<&'a TenantId>,
    /// Who asks.
    pub worker: &'a WorkerId,
    /// The present.
    pub now: DateTime<Utc>,
    /// Of the lanes that nobody wants, only those that fell due by then: the present, or the beginning of work
    /// that is to end although lanes fall due again meanwhile.
    pub due_by: DateTime<Utc>,
    /// For how long.
    pub lease: Duration,
    /// The most lanes.
    pub limit: usize,
    /// The most lanes of one tenant that are worked on at a time, by anybody: those that are held count.
    pub each: usize,
}

/// The right to work on a lane, as long as nobody else has claimed it since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LaneClaim {
    /// Which.
    pub lane: LaneId,
    /// Greater with every claim.
    pub fence: u64,
    /// The hints that were waiting when it was claimed.
    pub hint_seq: u64,
}

/// A lane that was claimed.
#[derive(Debug, Clone)]
pub struct ClaimedLane {
    /// The right to work on it.
    pub claim: LaneClaim,
    /// Where it stands.
    pub state: LaneState,
    /// The tenant's newest mirror commit at the time of the claim.
    pub seq: Seq,
}

/// How a claim is given back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// When the lane next falls due.
    pub due: DateTime<Utc>,
    /// Not before this, even if wanted: a back-off. The past if there is none.
    pub not_before: DateTime<Utc>,
    /// Whether the hints that the claim saw are dealt with.
    pub hints_done: bool,
}
