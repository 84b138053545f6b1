//! Explanations as data.

use acquaint_core::ids::{MeetingId, RecordRef, RevisionId};
use acquaint_core::meeting::Meeting;
use acquaint_core::view::EventTime;
use serde::{Deserialize, Serialize};

/// What became of a meeting, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Explanation {
    /// The meeting, if there is one.
    pub meeting: Option<MeetingId>,
    /// Its title, or what was asked for.
    pub title: String,
    /// When it begins, if that is known.
    pub start: Option<EventTime>,
    /// What became of it.
    pub outcome: Outcome,
    /// The answer in one sentence.
    pub sentence: String,
    /// The revision it was decided under.
    pub revision: Option<RevisionId>,
    /// If it is kept and nothing is told of it: the values of the output that it lacks, by their places.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub incomplete: Vec<String>,
    /// Every clause that was looked at, in order.
    pub clauses: Vec<ClauseExplained>,
    /// Everybody in it.
    pub attendees: Vec<AttendeeExplained>,
    /// The events that it was merged from, the lead first.
    pub copies: Vec<RecordRef>,
    /// Whether what it was decided from has changed since; the next sync decides it anew.
    pub moved_since: bool,
}

/// What became of a meeting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Outcome {
    /// It is kept.
    Kept,
    /// A clause dropped it.
    Dropped {
        /// Which.
        because: String,
    },
    /// It is not decided yet.
    Pending {
        /// What is missing.
        because: Vec<String>,
    },
    /// It is not there.
    Absent {
        /// What keeps it out.
        because: String,
    },
}

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

/// Somebody in a meeting, and how they were resolved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AttendeeExplained {
    /// The normalised address.
    pub email: String,
    /// What the address is.
    pub class: String,
    /// The contact found: name, or id if it has none.
    pub contact: Option<String>,
    /// The account found: name, or id if it has none.
    pub account: Option<String>,
    /// Whether the manifest counts the account.
    pub account_counts: bool,
    /// The strategy that won.
    pub strategy: Option<String>,
    /// What each strategy said, in order.
    pub steps: Vec<String>,
}

impl Explanation {
    pub(super) fn of(meeting: &Meeting) -> Self {
        let outcome = match (&meeting.decision.because, meeting.decision.kept) {
            (_, true) => Outcome::Kept,
            (because, false) => {
                Outcome::Dropped { because: because.clone().unwrap_or_else(|| "keep".to_owned()) }
            }
        };
        let name = |entity: &acquaint_core::meeting::Entity| {
            entity.name.clone().unwrap_or_else(|| entity.id.clone())
        };
        Self {
            meeting: Some(meeting.id.clone()),
            title: meeting.title.clone(),
            start: Some(meeting.start),
            outcome,
            sentence: String::new(),
            revision: Some(meeting.decision.revision.clone()),
            incomplete: meeting.decision.incomplete.clone(),
            clauses: Vec::new(),
            attendees: meeting
                .attendees
                .iter()
                .map(|who| AttendeeExplained {
                    email: who.email.clone(),
                    class: who.class.clone(),
                    contact: who.contact.as_ref().map(name),
                    account: who.account.as_ref().map(name),
                    account_counts: who.account_counts,
                    strategy: who.strategy.clone(),
                    steps: Vec::new(),
                })
                .collect(),
            copies: meeting.copies.clone(),
            moved_since: false,
        }
    }

    pub(super) fn without_meeting(title: impl Into<String>, outcome: Outcome) -> Self {
        Self {
            meeting: None,
            title: title.into(),
            start: None,
            outcome,
            sentence: String::new(),
            revision: None,
            incomplete: Vec::new(),
            clauses: Vec::new(),
            attendees: Vec::new(),
            copies: Vec::new(),
            moved_since: false,
        }
    }
}
