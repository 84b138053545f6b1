//! Dirty keys, decided meetings, and the feed.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::depkey::DependencyKey;
use crate::ids::{MeetingId, Seq, TenantId};
use crate::meeting::Meeting;

/// The right to decide a tenant's meetings, as long as nobody else has claimed it since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JoinClaim {
    /// Whose meetings.
    pub tenant: TenantId,
    /// Greater with every claim.
    pub fence: u64,
}

/// A dirty key as a batch found it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// The key.
    pub key: DependencyKey,
    /// The commit that marked it last. A mark that has another number by now has moved and must stay.
    pub seq: Seq,
    /// How far the batch expanded it: up to and including this identity; `None` means to the end.
    pub reached: Option<String>,
}

/// Meetings to decide.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DirtyBatch {
    /// The tenant's newest mirror commit. The directory used to decide must be at least as new.
    pub seq: Seq,
    /// The marks that the batch expands.
    pub marks: Vec<Mark>,
    /// Identities to decide, sorted, without repeats.
    pub identities: Vec<String>,
}

impl DirtyBatch {
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.marks.is_empty() && self.identities.is_empty()
    }
}

/// A meeting as stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MeetingRow {
    /// The meeting.
    pub meeting: Meeting,
    /// The number of its last delivered snapshot; 0 if there is none.
    pub revision: u64,
    /// What was last put into the feed; `None` if nothing was, or if it was withdrawn.
    pub announced: Option<Value>,
}

impl MeetingRow {
    /// A meeting that was never delivered.
    pub fn new(meeting: Meeting) -> Self {
        Self { meeting, revision: 0, announced: None }
    }
}

/// A decided meeting to be written.
#[derive(Debug, Clone)]
pub struct MeetingWrite {
    /// As it then is.
    pub row: MeetingRow,
    /// What the decision read, sorted, misses included.
    pub reads: Vec<DependencyKey>,
    /// What it puts into the feed, if anything.
    pub change: Option<ChangeKind>,
}

/// Decided meetings, and the marks that they answer.
#[derive(Debug, Clone)]
pub struct MeetingCommit<'a> {
    /// The right to write.
    pub claim: &'a JoinClaim,
    /// The marks of the batch.
    pub marks: &'a [Mark],
    /// Meetings to write.
    pub writes: &'a [MeetingWrite],
    /// Meetings that no longer have a copy: removed, with a last feed entry if they had been announced.
    pub removed: &'a [MeetingRow],
    /// The present.
    pub now: DateTime<Utc>,
    /// The claim holds until then.
    pub lease_until: DateTime<Utc>,
}

/// What a feed entry says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// The meeting is kept, and was not before.
    Added,
    /// It is kept still, with other content.
    Changed,
    /// It is no longer kept, or is gone.
    Removed,
}

/// One change, as consumers read it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FeedEntry {
    /// Its place in the tenant's feed; the first is 1.
    pub position: u64,
    /// The meeting.
    pub meeting: MeetingId,
    /// The meeting's own count of deliveries: a greater one supersedes a smaller one.
    pub revision: u64,
    /// What happened.
    pub change: ChangeKind,
    /// The whole content now; `null` when removed.
    pub content: Value,
    /// When it was decided.
    pub at: DateTime<Utc>,
}

impl FeedEntry {
    /// Puts an entry together.
    pub fn new(
        position: u64,
        meeting: MeetingId,
        revision: u64,
        change: ChangeKind,
        content: Value,
        at: DateTime<Utc>,
    ) -> Self {
        Self { position, meeting, revision, change, content, at }
    }

    /// The id under which this change is delivered, however often: meeting and revision.
    pub fn delivery_id(&self) -> String {
        format!("{}:{}", self.meeting, self.revision)
    }
}

/// Asks for meetings.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct MeetingQuery {
    /// Only kept ones, or only dropped ones.
    pub kept: Option<bool>,
    /// Only those that end after this.
    pub from: Option<DateTime<Utc>>,
    /// Only those that begin before this.
    pub to: Option<DateTime<Utc>>,
    /// Only those after this place in the order of start and id.
    pub after: Option<(DateTime<Utc>, MeetingId)>,
    /// The most meetings; 0 means the store's own bound of 1,000.
    pub limit: usize,
}
