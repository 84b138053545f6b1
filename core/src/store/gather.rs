//! Items that gather what several kept meetings hold: those of an account or a contact.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::join::{ChangeKind, JoinClaim, Told};
use crate::meeting::Meeting;

/// What identifies an item that gathers meetings, for good: of all items that a tenant ever has, one at a time has it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ItemKey {
    /// The section of the output that it belongs to.
    pub section: String,
    /// Its key within the section.
    pub key: String,
}

impl ItemKey {
    /// A key within a section.
    pub fn new(section: impl Into<String>, key: impl Into<String>) -> Self {
        Self { section: section.into(), key: key.into() }
    }
}

/// Which items a meeting is gathered by.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Contribution {
    /// They, in any order.
    pub items: Vec<ItemKey>,
    /// Whether the meeting is another than before, so that all of them, those of before included, are to be looked at. If it
    /// is not, only those are that it has come to or left.
    pub changed: bool,
    /// Whether another revision has decided the meeting before.
    pub moved: bool,
}

/// Asks for items that are to be looked at.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct GatherQuery {
    /// At most so many items.
    pub limit: usize,
    /// At most so many of an item's meetings that have begun, and as many that have not. From 1 on.
    pub around: usize,
    /// The present.
    pub now: DateTime<Utc>,
}

impl GatherQuery {
    /// Items as of an instant, each with the two meetings around it.
    pub fn at(now: DateTime<Utc>, limit: usize) -> Self {
        Self { limit, around: 1, now }
    }

    /// With so many meetings on either side.
    #[must_use]
    pub fn around(mut self, around: usize) -> Self {
        self.around = around.max(1);
        self
    }
}

/// An item that is to be looked at, with what it gathers.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Gathering {
    /// As it is stored, or an empty row.
    pub row: GatheredRow,
    /// Whether it is to be looked at because meetings were decided by another revision than before.
    pub moved: bool,
    /// How many meetings it gathers. All orders below are those of start and id.
    pub count: u64,
    /// The first of them.
    pub first: Option<Meeting>,
    /// The one in which it was seen last, or will be: the last of them.
    pub latest: Option<Meeting>,
    /// Those nearest to now that have begun, in order.
    pub past: Vec<Meeting>,
    /// Those nearest to now that have not, in order.
    pub ahead: Vec<Meeting>,
}

impl Gathering {
    /// An item that gathers nothing.
    pub fn new(row: GatheredRow) -> Self {
        let (past, ahead) = (Vec::new(), Vec::new());
        Self { row, moved: false, count: 0, first: None, latest: None, past, ahead }
    }
}

/// An item that gathers meetings, as stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct GatheredRow {
    /// Which.
    pub item: ItemKey,
    /// The position of its last feed entry; 0 if there is none. It grows for good, also where an item goes and comes back.
    pub revision: u64,
    /// What was last put into the feed; `None` if nothing was, or if it was withdrawn.
    pub announced: Option<Value>,
    /// The values of the output that are missing and without which nothing may be told of it, by their places, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub incomplete: Vec<String>,
    /// Until when this holds if no meeting changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<DateTime<Utc>>,
}

impl GatheredRow {
    /// An item of which nothing was told.
    pub fn new(item: ItemKey) -> Self {
        Self { item, revision: 0, announced: None, incomplete: Vec::new(), valid_until: None }
    }

    /// Whether it says nothing, so that it need not be kept.
    pub fn is_empty(&self) -> bool {
        self.announced.is_none() && self.incomplete.is_empty() && self.valid_until.is_none()
    }
}

/// An item to be written.
#[derive(Debug, Clone, PartialEq)]
pub struct GatheredWrite {
    /// As it then is. The store sets the revision if there is a change.
    pub row: GatheredRow,
    /// What it puts into the feed, if anything.
    pub change: Option<ChangeKind>,
    /// Whether that is no news to those who listen: another revision than before has decided.
    pub backfill: bool,
}

impl GatheredWrite {
    /// What it puts into the feed at a position.
    pub fn told(&self, position: u64) -> Option<Told<'_>> {
        let ItemKey { section, key } = &self.row.item;
        let content = self.row.announced.as_ref().unwrap_or(&Value::Null);
        let change = self.change?;
        Some(Told { section, key: Some(key), revision: position, change, content })
    }

    /// What of it stands at a position, as a destination is told that knows nothing of it.
    pub fn standing(&self, position: u64) -> Option<Told<'_>> {
        let ItemKey { section, key } = &self.row.item;
        let content = self.row.announced.as_ref()?;
        Some(Told { section, key: Some(key), revision: position, change: ChangeKind::Added, content })
    }
}

/// Items that were looked at.
#[derive(Debug, Clone)]
pub struct GatheredCommit<'a> {
    /// The right to write.
    pub claim: &'a JoinClaim,
    /// The items of the batch.
    pub writes: &'a [GatheredWrite],
    /// The present.
    pub now: DateTime<Utc>,
    /// The claim holds until then.
    pub lease_until: DateTime<Utc>,
}

/// Asks for items that were told, or cannot be.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct GatheredQuery {
    /// Of which section.
    pub section: String,
    /// Only those after this key.
    pub after: Option<String>,
    /// The most items.
    pub limit: usize,
}

impl GatheredQuery {
    /// The first items of a section.
    pub fn of(section: impl Into<String>, limit: usize) -> Self {
        Self { section: section.into(), after: None, limit }
    }
}
