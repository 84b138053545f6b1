//! The parts of an explanation, as data.

use std::fmt;

use acquaint_core::ids::{RecordRef, RevisionId, Seq, SourceName};
use acquaint_core::meeting::Items;
use acquaint_core::store::{ChangeKind, FeedEntry};
use acquaint_core::view::EventStatus;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::lane::LaneExplained;

/// A clause that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ClauseExplained {
    /// Its place in the manifest.
    pub clause: String,
    /// Whether it held.
    pub held: bool,
    /// The value it saw.
    pub saw: String,
}

/// What the clause that dropped a meeting demands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RuleExplained {
    /// In words: `the title does not fit the expression ^Hold`.
    pub demands: String,
    /// What of the meeting it looks at: `its title`. Absent if it looks at several things.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
    /// The value that it saw, if it saw one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub saw: Option<String>,
}

/// An event that a meeting was merged from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CopyExplained {
    /// The record that it was viewed from, with the connection that read it and the calendar as its partition.
    pub record: RecordRef,
    /// What the calendar is called, or its id.
    pub calendar: String,
    /// What the account is called by which it is read; empty of events that the product pushes.
    pub account: String,
    /// Whether the meeting has its times, title and guest list.
    pub leads: bool,
    /// Why it leads, or does not.
    pub because: String,
    /// Whether it stands.
    pub status: EventStatus,
    /// Whether it is private, so that only its times are known.
    pub private: bool,
    /// When it was last brought, if it is still in the mirror.
    pub seen: Option<DateTime<Utc>>,
    /// The lanes that read the calendar. Which of them brought the event is not kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lanes: Vec<LaneExplained>,
    /// Whether the provider tells of changes on the calendar, so that it need not wait for the schedule.
    #[serde(default)]
    pub told: bool,
    /// Why it is no longer read, if it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stale: Option<String>,
}

/// Somebody in a meeting, and how they were resolved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AttendeeExplained {
    /// The normalised address.
    pub email: String,
    /// The address as the calendar has it, if that is another text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub written: Option<String>,
    /// What the address is.
    pub class: String,
    /// Whether this is somebody from outside.
    #[serde(default)]
    pub external: bool,
    /// The contact found: name, or id if it has none.
    pub contact: Option<String>,
    /// The account found: name, or id if it has none.
    pub account: Option<String>,
    /// Whether the manifest counts the account.
    pub account_counts: bool,
    /// The strategy that won.
    pub strategy: Option<String>,
    /// Whether only a tie-break decided.
    #[serde(default)]
    pub ambiguous: bool,
    /// The records that were weighed and lost, in the order of the strategies.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub candidates: Vec<CandidateExplained>,
    /// What each strategy said, in order.
    pub steps: Vec<String>,
}

/// A record that might have been somebody, and is not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CandidateExplained {
    /// The source that it comes from, if the manifest in force has it.
    pub source: Option<SourceName>,
    /// The provider's id.
    pub id: String,
    /// `contact` or `account`.
    pub kind: String,
    /// Its name, if it was looked at.
    pub name: Option<String>,
    /// The strategy that weighed it.
    pub strategy: String,
    /// The key through which it was found: `domain:globex.com`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matched: Option<String>,
    /// Why it lost, as one word: `fewer_contacts`, or `precedence` if another source counts first.
    pub loss: String,
    /// Why it lost, in words.
    pub because: String,
}

/// A rule that adds to the priority.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PriorityExplained {
    /// Its place in the manifest.
    pub rule: String,
    /// What it demands, in words.
    pub demands: String,
    /// What it adds if it holds.
    pub adds: i64,
    /// Whether it holds.
    pub held: bool,
}

/// What those who follow the feed were told of a meeting.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ToldExplained {
    /// The number of the last snapshot; 0 if nothing was ever told.
    pub revision: u64,
    /// What was last told of the meeting itself; absent if nothing was, or if it was withdrawn.
    pub content: Option<Value>,
    /// The same of its items.
    #[serde(default, skip_serializing_if = "Items::is_empty")]
    pub items: Items,
    /// The entries of the feed that told it, the newest first, those of items too: at most [`ToldExplained::ENTRIES`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entries: Vec<EntryExplained>,
    /// Whether that is what is decided now.
    pub current: bool,
}

impl ToldExplained {
    /// The most entries that are named.
    pub const ENTRIES: usize = 20;
}

/// An entry of the feed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EntryExplained {
    /// Its place in the feed.
    pub position: u64,
    /// The section of the output.
    pub section: String,
    /// The key of the item; absent for the meeting itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The snapshot that it carries.
    pub revision: u64,
    /// What happened.
    pub change: ChangeKind,
    /// When it was decided.
    pub at: DateTime<Utc>,
}

impl EntryExplained {
    pub(super) fn of(entry: FeedEntry) -> Self {
        let FeedEntry { position, section, key, revision, change, at, .. } = entry;
        Self { position, section, key, revision, change, at }
    }
}

/// A record that could not be understood. It is kept as it came, and nothing is read from it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ProblemExplained {
    /// Which.
    pub record: RecordRef,
    /// Why.
    pub problem: String,
}

impl fmt::Display for ProblemExplained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.record.key, self.problem)
    }
}

/// What a meeting was decided under, beside what is so now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DecidedExplained {
    /// The revision it was decided under.
    pub revision: RevisionId,
    /// The revision in force.
    pub in_force: RevisionId,
    /// The fingerprint of the code and data that decided.
    pub evaluator: String,
    /// The fingerprint of those that would decide now.
    pub evaluator_now: String,
    /// The mirror commit up to which everything had been seen.
    pub seq: Seq,
    /// Until when it holds if no record changes: some clause depends on the clock.
    pub valid_until: Option<DateTime<Utc>>,
}
