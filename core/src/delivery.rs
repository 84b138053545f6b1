//! Deliveries: what destinations are told, and how they answer.

use std::fmt::{self, Debug};
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::error::Result;
use crate::ids::{DestinationName, MeetingId, TenantId};
use crate::store::{ChangeKind, MEETING};

/// Where changes go: a product's own table, a queue, a webhook.
///
/// What the engine promises: a delivery is attempted until it succeeds, is superseded by a newer one of its subject, or
/// has failed for days; so the same one may come more than once, always under the same id. Of one subject no two attempts
/// run at a time, and none of an earlier revision begins after one of a later.
///
/// Promises an implementation makes:
/// 1. `Ok` means that the delivery is safe there;
/// 2. it may be dropped at any await: an attempt that takes too long is;
/// 3. its errors hold no content and no secret, and say by [`Error::retry_verdict`](crate::Error::retry_verdict) what to do
///    next: [`Retry::Backoff`](crate::error::Retry) to try again after a while, [`Retry::At`](crate::error::Retry) to leave the
///    destination alone until then, [`Retry::Never`](crate::error::Retry) if this content will never be accepted. Of the kind
///    [`NotFound`](crate::ErrorKind::NotFound), `Never` says that the destination is gone altogether, whatever is delivered.
#[async_trait]
pub trait Destination: Debug + Send + Sync + 'static {
    /// Hands one delivery over.
    async fn deliver(&self, delivery: &Delivery) -> Result<Receipt>;
}

#[async_trait]
impl<D: Destination + ?Sized> Destination for Arc<D> {
    async fn deliver(&self, delivery: &Delivery) -> Result<Receipt> {
        (**self).deliver(delivery).await
    }
}

/// What a destination says of a delivery that it has taken.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Receipt {}

impl Receipt {
    /// Taken.
    pub fn new() -> Self {
        Self::default()
    }
}

/// What a delivery is about. Each has revisions of its own, of which a greater one supersedes a smaller one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Subject {
    /// The meeting.
    pub meeting: MeetingId,
    /// The section of the manifest's output that says what is told: `meeting` for the meeting itself.
    pub section: String,
    /// Of an item of another section, its key; `None` for the meeting itself.
    pub key: Option<String>,
}

impl Subject {
    /// A meeting itself.
    pub fn meeting(meeting: MeetingId) -> Self {
        Self { meeting, section: MEETING.to_owned(), key: None }
    }

    /// An item of a meeting.
    pub fn item(meeting: MeetingId, section: impl Into<String>, key: impl Into<String>) -> Self {
        Self { meeting, section: section.into(), key: Some(key.into()) }
    }

    /// An item that gathers several meetings: an account or a contact.
    pub fn gathering(section: impl Into<String>, key: impl Into<String>) -> Self {
        Self::item(MeetingId::from(""), section, key)
    }

    /// Whether it is an item that gathers several meetings, so that `meeting` is empty.
    pub fn gathers(&self) -> bool {
        self.key.is_some() && self.meeting.as_str().is_empty()
    }

    /// The id under which a revision is delivered, however often: `MEETING:REVISION`, or
    /// `MEETING/SECTION/KEY:REVISION` for an item, `SECTION/KEY:REVISION` if that gathers meetings.
    pub fn delivery_id(&self, revision: u64) -> String {
        format!("{self}:{revision}")
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.key {
            Some(key) if self.gathers() => write!(f, "{}/{key}", self.section),
            Some(key) => write!(f, "{}/{}/{key}", self.meeting, self.section),
            None => write!(f, "{}", self.meeting),
        }
    }
}

/// The version of [`Delivery::payload`]. It grows when what is there changes its meaning or goes, and not when something is
/// added.
pub const PAYLOAD_VERSION: u32 = 1;

/// One snapshot of one subject, on its way to one destination.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Delivery {
    /// Whose.
    pub tenant: TenantId,
    /// Where to.
    pub destination: DestinationName,
    /// The same on every attempt of one snapshot: what a receiver goes by that wants each only once.
    pub id: String,
    /// What it is about.
    pub subject: Subject,
    /// Counts the snapshots of the subject's meeting: what a receiver goes by that must not go back.
    pub revision: u64,
    /// The place in the tenant's feed up to which it was current when it was made.
    pub position: u64,
    /// What happened, as far as this destination is known to have been told what was before.
    pub change: ChangeKind,
    /// The whole content; `null` when removed.
    pub content: Value,
    /// Whether it tells of what was there before anybody listened, and is no news: it was made by the tenant's first sync, by
    /// another revision of the manifest, or because the destination is new.
    pub backfill: bool,
    /// The priority of the decision that made it.
    pub priority: i64,
    /// When it was decided.
    pub made: DateTime<Utc>,
    /// Counts the attempts of this snapshot; the first is 1.
    pub attempt: u32,
    /// When this attempt begins.
    pub attempted: DateTime<Utc>,
}

impl Delivery {
    /// The first attempt to deliver that a subject has a content, or was removed if there is none.
    pub fn new(
        tenant: TenantId,
        destination: DestinationName,
        subject: Subject,
        revision: u64,
        content: Option<Value>,
        at: DateTime<Utc>,
    ) -> Self {
        let change = if content.is_some() { ChangeKind::Changed } else { ChangeKind::Removed };
        Self {
            tenant,
            destination,
            id: subject.delivery_id(revision),
            subject,
            revision,
            position: 0,
            change,
            content: content.unwrap_or_default(),
            backfill: false,
            priority: 0,
            made: at,
            attempt: 1,
            attempted: at,
        }
    }

    /// All of it as JSON, the same on every attempt: `type` (`meeting.changed`), `timestamp` (when it was decided), and
    /// under `data` the rest. `meeting` is `null` for an item that gathers several.
    pub fn payload(&self) -> Value {
        let change = match self.change {
            ChangeKind::Added => "added",
            ChangeKind::Changed => "changed",
            ChangeKind::Removed => "removed",
        };
        json!({
            "type": format!("{}.{change}", self.subject.section),
            "timestamp": self.made,
            "data": {
                "version": PAYLOAD_VERSION,
                "id": self.id,
                "tenant": self.tenant,
                "meeting": (!self.subject.gathers()).then_some(&self.subject.meeting),
                "section": self.subject.section,
                "key": self.subject.key,
                "revision": self.revision,
                "position": self.position,
                "change": change,
                "backfill": self.backfill,
                "priority": self.priority,
                "content": self.content,
            },
        })
    }
}
