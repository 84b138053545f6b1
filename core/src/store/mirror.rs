//! The mirror: records, and the commits that change them.

use bytes::Bytes;
use chrono::{DateTime, Utc};

use super::lane::{LaneClaim, LaneProgress};
use crate::connector::TimeRange;
use crate::depkey::DependencyKey;
use crate::ids::{ConnectionId, PartitionKey, RecordKey, RecordRef, Seq, StreamName, TenantId};
use crate::record::{Gone, Version};

/// One record to be written to the partition of the commit.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordWrite {
    /// Its key.
    pub key: RecordKey,
    /// Its version.
    pub version: Option<Version>,
    /// What becomes of it.
    pub body: RecordBody,
}

/// What becomes of a record.
#[derive(Debug, Clone, PartialEq)]
pub enum RecordBody {
    /// It is there.
    Live {
        /// As the provider sent it.
        raw: Bytes,
        /// Its encoded views. Two equal encodings mean that nothing changed.
        views: Bytes,
        /// The dependency keys that the views provide, sorted.
        keys: Vec<DependencyKey>,
        /// For events: begin and end, for windows.
        span: Option<(DateTime<Utc>, DateTime<Utc>)>,
        /// Why it could not be viewed, if it could not.
        problem: Option<String>,
    },
    /// It is gone. A key that the mirror does not hold is left alone, and so is a live record that
    /// [`Gone::MovedOutOfWindow`] names but whose span lies outside the commit's window already: it has aged,
    /// and is frozen. A record that is gone already keeps its reason and the commit that took it.
    ///
    /// [`Gone::Erased`] takes the place of any other reason, in a commit that takes the record anew, and no other takes
    /// its place. A key that the mirror does not hold gets an empty tombstone, so that no late page brings the record.
    Gone(Gone),
}

/// One page of a pass.
#[derive(Debug, Clone)]
pub struct PageCommit<'a> {
    /// The right to write.
    pub claim: &'a LaneClaim,
    /// The version of the lane's progress that this commit follows.
    pub expected: u64,
    /// Where the lane then stands.
    pub progress: &'a LaneProgress,
    /// Records, in order; a later one of the same key wins.
    pub writes: &'a [RecordWrite],
    /// Records that were told to the lane and are dealt with: each is forgotten, unless it was told anew since the claim.
    pub settled: &'a [RecordKey],
    /// The window that the pass is bound to.
    pub window: Option<TimeRange>,
    /// The present.
    pub now: DateTime<Utc>,
    /// The claim holds until then.
    pub lease_until: DateTime<Utc>,
}

/// Records that the product pushes itself.
#[derive(Debug, Clone)]
pub struct LocalCommit<'a> {
    /// Whose.
    pub tenant: &'a TenantId,
    /// The local connection.
    pub connection: &'a ConnectionId,
    /// The stream; its one partition is the whole.
    pub stream: &'a StreamName,
    /// Records, in order.
    pub writes: &'a [RecordWrite],
    /// The present.
    pub now: DateTime<Utc>,
}

/// What a commit did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Committed {
    /// The tenant's newest mirror commit.
    pub seq: Seq,
    /// Records whose views changed, appeared or went.
    pub changed: usize,
    /// The new version of the lane's progress; 0 for local commits.
    pub version: u64,
}

/// What a sweep is to remove: live records of the claim's partition that were last touched no later than
/// `began_seq` and, if there is a window, overlap it.
#[derive(Debug, Clone)]
pub struct Sweep<'a> {
    /// The right to write.
    pub claim: &'a LaneClaim,
    /// See above.
    pub began_seq: Seq,
    /// See above.
    pub window: Option<TimeRange>,
    /// The most records to remove in this call.
    pub limit: usize,
    /// The present.
    pub now: DateTime<Utc>,
}

/// What a sweep would do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SweepCount {
    /// Records that it would remove.
    pub unseen: u64,
    /// Live records that it could have removed had they not been seen: those of the partition, in the window.
    pub live: u64,
}

/// What a sweep did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Swept {
    /// Records that became tombstones.
    pub removed: usize,
    /// Whether there may be more.
    pub more: bool,
}

/// A record as stored.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredRecord {
    /// Where it is.
    pub record: RecordRef,
    /// Its version.
    pub version: Option<Version>,
    /// As the provider sent it; empty once it is gone.
    pub raw: Bytes,
    /// Its encoded views; empty once it is gone.
    pub views: Bytes,
    /// For events: begin and end, as last known.
    pub span: Option<(DateTime<Utc>, DateTime<Utc>)>,
    /// Why it is gone, if it is.
    pub gone: Option<Gone>,
    /// Why it could not be viewed, if it could not.
    pub problem: Option<String>,
    /// The commit that last changed it.
    pub changed: Seq,
    /// The commit that last brought it, changed or not, or that took it.
    pub touched: Seq,
    /// When it was last brought, or said to be gone.
    pub seen: DateTime<Utc>,
}

/// Asks for records of a partition.
#[derive(Debug, Clone)]
pub struct RecordQuery<'a> {
    /// Whose.
    pub tenant: &'a TenantId,
    /// The connection.
    pub connection: &'a ConnectionId,
    /// The stream.
    pub stream: &'a StreamName,
    /// The partition.
    pub partition: &'a PartitionKey,
    /// Only keys after this one.
    pub after: Option<&'a RecordKey>,
    /// The most records.
    pub limit: usize,
}

/// Asks for the keys of a partition's records.
#[derive(Debug, Clone)]
pub struct KeyQuery<'a> {
    /// Whose.
    pub tenant: &'a TenantId,
    /// The connection.
    pub connection: &'a ConnectionId,
    /// The stream.
    pub stream: &'a StreamName,
    /// The partition.
    pub partition: &'a PartitionKey,
    /// Which, and in what order.
    pub order: KeyOrder<'a>,
    /// The most keys.
    pub limit: usize,
}

/// An order of records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyOrder<'a> {
    /// Live records by key, those after this one.
    ByKey(Option<&'a RecordKey>),
    /// Records of whatever state by the commit that last brought or took them, then by key: those after this commit or, with a
    /// key, after this record of it.
    ByCommit(Seq, Option<&'a RecordKey>),
}

/// Where a record is in an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordAt {
    /// Its key.
    pub key: RecordKey,
    /// The commit that last brought it, changed or not, or that took it.
    pub touched: Seq,
    /// Why it is gone, if it is.
    pub gone: Option<Gone>,
}

/// The views of a record, found under a dependency key that it provides.
#[derive(Debug, Clone, PartialEq)]
pub struct ProvidedView {
    /// The key that it was found under.
    pub key: DependencyKey,
    /// Where the record is.
    pub record: RecordRef,
    /// Its encoded views.
    pub views: Bytes,
}
