//! Explanations as data.

use acquaint_core::ids::{MeetingId, RevisionId};
use acquaint_core::meeting::{Entity, Items, Meeting};
use acquaint_core::store::ItemKey;
use acquaint_core::view::EventTime;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::absence::Absence;
use super::parts::{
    AttendeeExplained, ClauseExplained, CopyExplained, DecidedExplained, PriorityExplained, RuleExplained,
    ToldExplained,
};

/// What became of a meeting, and why. [`Explanation::tell`] says it to different readers; it displays as engineers read
/// it.
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
    /// Of a meeting that is not there: what keeps it out, as data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub absence: Option<Absence>,
    /// Of a meeting that a clause of the manifest dropped: what the clause demands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<RuleExplained>,
    /// The revision it was decided under.
    pub revision: Option<RevisionId>,
    /// What it was decided under, beside what is so now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided: Option<DecidedExplained>,
    /// If it is kept and nothing is told of it: the values of the output that it lacks, by their places.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub incomplete: Vec<String>,
    /// Every clause that was looked at, in order.
    pub clauses: Vec<ClauseExplained>,
    /// Its priority.
    #[serde(default)]
    pub priority: i64,
    /// Of a meeting that is kept: the rules that add to its priority, in order, those that do not hold too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub priorities: Vec<PriorityExplained>,
    /// Everybody in it.
    pub attendees: Vec<AttendeeExplained>,
    /// The events that it was merged from, the lead first.
    pub copies: Vec<CopyExplained>,
    /// What is not known of it, for privacy's sake, as sentences.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub withheld: Vec<String>,
    /// The mapped output.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub content: Value,
    /// Its items, by section and key.
    #[serde(default, skip_serializing_if = "Items::is_empty")]
    pub items: Items,
    /// The items of accounts and contacts that gather it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gathered_by: Vec<ItemKey>,
    /// What was told of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told: Option<ToldExplained>,
    /// Whether what it was decided from has changed since; the next sync decides it anew.
    pub moved_since: bool,
    /// What has changed since, as sentences: causes first, as far as they are known, then what comes of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub moved: Vec<String>,
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

impl Outcome {
    pub(super) fn of(meeting: &Meeting) -> Self {
        match (&meeting.decision.because, meeting.decision.kept) {
            (_, true) => Self::Kept,
            (because, false) => {
                Self::Dropped { because: because.clone().unwrap_or_else(|| "keep".to_owned()) }
            }
        }
    }
}

impl Explanation {
    /// Whether nothing has changed but the code and data that decide: it stands then until something else does.
    pub(super) fn only_evaluator_moved(&self) -> bool {
        let other = |decided: &DecidedExplained| {
            decided.revision == decided.in_force && decided.evaluator != decided.evaluator_now
        };
        self.moved.len() == 1 && self.decided.as_ref().is_some_and(other)
    }

    pub(super) fn of(meeting: &Meeting) -> Self {
        let name = |entity: &Entity| entity.name.clone().unwrap_or_else(|| entity.id.clone());
        let mut explanation = Self::without_meeting(meeting.title.clone(), Outcome::of(meeting));
        explanation.meeting = Some(meeting.id.clone());
        explanation.start = Some(meeting.start);
        explanation.revision = Some(meeting.decision.revision.clone());
        explanation.incomplete.clone_from(&meeting.decision.incomplete);
        explanation.priority = meeting.decision.priority;
        explanation.content = meeting.content.clone();
        explanation.items = meeting.items.clone();
        explanation.attendees = meeting
            .attendees
            .iter()
            .map(|who| AttendeeExplained {
                email: who.email.clone(),
                written: None,
                class: who.class.clone(),
                external: who.external,
                contact: who.contact.as_ref().map(name),
                account: who.account.as_ref().map(name),
                account_counts: who.account_counts,
                strategy: who.strategy.clone(),
                ambiguous: who.ambiguous,
                candidates: Vec::new(),
                steps: Vec::new(),
            })
            .collect();
        explanation
    }

    pub(super) fn without_meeting(title: impl Into<String>, outcome: Outcome) -> Self {
        Self {
            meeting: None,
            title: title.into(),
            start: None,
            outcome,
            sentence: String::new(),
            absence: None,
            rule: None,
            revision: None,
            decided: None,
            incomplete: Vec::new(),
            clauses: Vec::new(),
            priority: 0,
            priorities: Vec::new(),
            attendees: Vec::new(),
            copies: Vec::new(),
            withheld: Vec::new(),
            content: Value::Null,
            items: Items::new(),
            gathered_by: Vec::new(),
            told: None,
            moved_since: false,
            moved: Vec::new(),
        }
    }
}
