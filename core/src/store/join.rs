//! Dirty keys, decided meetings, and the feed.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::gather::Contribution;
use crate::delivery::Subject;
use crate::depkey::DependencyKey;
use crate::ids::{MeetingId, Seq, TenantId};
use crate::meeting::{Items, Meeting};

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
    /// The number of its last delivered snapshot, raised whenever it or one of its items changes; 0 if there is none.
    pub revision: u64,
    /// What was last put into the feed of the meeting itself; `None` if nothing was, or if it was withdrawn.
    pub announced: Option<Value>,
    /// The same of its items: those that were put into the feed and not withdrawn.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub announced_items: Items,
}

impl MeetingRow {
    /// A meeting that was never delivered.
    pub fn new(meeting: Meeting) -> Self {
        Self { meeting, revision: 0, announced: None, announced_items: Items::new() }
    }

    /// What the removal of the meeting puts into the feed, in order: its items are withdrawn, then itself, as far as they
    /// were announced, all of them with the next revision.
    pub fn withdrawn(&self) -> Vec<Told<'_>> {
        let revision = self.revision.saturating_add(1);
        let told = |section, key| Told {
            section,
            key,
            revision,
            change: ChangeKind::Removed,
            content: &Value::Null,
        };
        let items = self.announced_items.iter().flat_map(|(section, items)| {
            items.keys().map(move |key| told(section.as_str(), Some(key.as_str())))
        });
        items.chain(self.announced.as_ref().map(|_| told(MEETING, None))).collect()
    }

    /// All that was announced and not withdrawn, as a destination is told that knows nothing of it: the meeting itself and
    /// then its items.
    pub fn standing(&self) -> Vec<Told<'_>> {
        let told = |section, key, content| Told {
            section,
            key,
            revision: self.revision,
            change: ChangeKind::Added,
            content,
        };
        let items = self.announced_items.iter().flat_map(|(section, items)| {
            items.iter().map(move |(key, content)| told(section.as_str(), Some(key.as_str()), content))
        });
        self.announced.iter().map(|content| told(MEETING, None, content)).chain(items).collect()
    }
}

/// The meeting of what is of no single one.
fn no_meeting() -> MeetingId {
    MeetingId::from("")
}

/// The section of the feed entries of meetings themselves.
pub const MEETING: &str = "meeting";

/// A decided meeting to be written.
#[derive(Debug, Clone)]
pub struct MeetingWrite {
    /// As it then is.
    pub row: MeetingRow,
    /// What the decision read, sorted, misses included.
    pub reads: Vec<DependencyKey>,
    /// What it puts into the feed of the meeting itself, if anything.
    pub change: Option<ChangeKind>,
    /// What it puts into the feed of the meeting's items, in order.
    pub items: Vec<ItemChange>,
    /// Whether that is no news to those who listen: another revision than before has decided.
    pub backfill: bool,
    /// Which items of accounts and contacts gather it from now on; `None` leaves that as it is.
    pub gathered: Option<Contribution>,
}

impl MeetingWrite {
    /// What it puts into the feed, in order: the meeting itself and then its items, but a meeting that is withdrawn comes
    /// behind them. The contents are those that the row says were announced.
    pub fn told(&self) -> Vec<Told<'_>> {
        let row = &self.row;
        let revision = row.revision;
        let meeting = self.change.map(|change| {
            let content = row.announced.as_ref().unwrap_or(&Value::Null);
            Told { section: MEETING, key: None, revision, change, content }
        });
        let items = self.items.iter().map(|ItemChange { section, key, change }| {
            let content = row.announced_items.get(section).and_then(|items| items.get(key));
            let content = content.unwrap_or(&Value::Null);
            Told { section, key: Some(key), revision, change: *change, content }
        });
        let (first, last) =
            if self.change == Some(ChangeKind::Removed) { (None, meeting) } else { (meeting, None) };
        first.into_iter().chain(items).chain(last).collect()
    }
}

/// What became of one item of a meeting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemChange {
    /// The section of the output that it belongs to.
    pub section: String,
    /// Its key, unique within the section and the meeting.
    pub key: String,
    /// What happened.
    pub change: ChangeKind,
}

/// A feed entry of one meeting before it has a place in the feed.
#[derive(Debug, Clone, PartialEq)]
pub struct Told<'a> {
    /// The section of the output.
    pub section: &'a str,
    /// The key of the item; `None` for the meeting itself.
    pub key: Option<&'a str>,
    /// The meeting's revision by then.
    pub revision: u64,
    /// What happened.
    pub change: ChangeKind,
    /// The whole content by then; `null` when removed.
    pub content: &'a Value,
}

impl Told<'_> {
    /// What it is about.
    pub fn subject(&self, meeting: &MeetingId) -> Subject {
        let (meeting, section, key) = (meeting.clone(), self.section.to_owned(), self.key.map(str::to_owned));
        Subject { meeting, section, key }
    }
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
    /// Meetings that no longer have a copy: removed, with last feed entries for what had been announced of them.
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
    /// The meeting is kept, or the item there, and was not before.
    Added,
    /// It is so still, with other content.
    Changed,
    /// It is no longer kept or there, or the meeting is gone.
    Removed,
}

/// One change, as consumers read it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FeedEntry {
    /// Its place in the tenant's feed; the first is 1.
    pub position: u64,
    /// The meeting; empty of an item that gathers several ([`FeedEntry::gathers`]).
    pub meeting: MeetingId,
    /// The section of the manifest's output that says what is told: `meeting` for the meeting itself.
    #[serde(default = "of_meetings")]
    pub section: String,
    /// Of an item of another section, its key, unique within section and meeting; `None` for the meeting itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The meeting's own count of deliveries, its items' included: of the entries of one meeting, section and key a
    /// greater one supersedes a smaller one. What changes at once has the same. Of an item that gathers meetings it is
    /// the position.
    pub revision: u64,
    /// What happened.
    pub change: ChangeKind,
    /// The whole content now; `null` when removed.
    pub content: Value,
    /// When it was decided.
    pub at: DateTime<Utc>,
}

fn of_meetings() -> String {
    MEETING.to_owned()
}

impl FeedEntry {
    /// Puts an entry of a meeting itself together.
    pub fn new(
        position: u64,
        meeting: MeetingId,
        revision: u64,
        change: ChangeKind,
        content: Value,
        at: DateTime<Utc>,
    ) -> Self {
        Self { position, meeting, section: of_meetings(), key: None, revision, change, content, at }
    }

    /// Puts the entry together that tells of an item that gathers meetings, at the position that is its revision.
    pub fn gathered(told: &Told<'_>, at: DateTime<Utc>) -> Self {
        Self::telling(told.revision, no_meeting(), told, at)
    }

    /// Makes it one of an item of the meeting.
    #[must_use]
    pub fn of_item(mut self, section: impl Into<String>, key: impl Into<String>) -> Self {
        self.section = section.into();
        self.key = Some(key.into());
        self
    }

    /// Puts the entry together that a commit tells of a meeting.
    pub fn telling(position: u64, meeting: MeetingId, told: &Told<'_>, at: DateTime<Utc>) -> Self {
        let entry = Self::new(position, meeting, told.revision, told.change, told.content.clone(), at);
        match told.key {
            Some(key) => entry.of_item(told.section, key),
            None => entry,
        }
    }

    /// What it is about.
    pub fn subject(&self) -> Subject {
        Subject { meeting: self.meeting.clone(), section: self.section.clone(), key: self.key.clone() }
    }

    /// Whether it is of an item that gathers several meetings: an account or a contact.
    pub fn gathers(&self) -> bool {
        self.key.is_some() && self.meeting.as_str().is_empty()
    }

    /// The id under which this change is delivered, however often: `MEETING:REVISION`, or
    /// `MEETING/SECTION/KEY:REVISION` for an item, `SECTION/KEY:REVISION` if that gathers meetings.
    pub fn delivery_id(&self) -> String {
        self.subject().delivery_id(self.revision)
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
