//! What putting a revision in force would change.

use std::fmt;
use std::time::Duration;

use acquaint_core::ids::{
    ConnectionId, DestinationName, MeetingId, RevisionId, Seq, SourceName, StreamName, TenantId,
};
use acquaint_core::view::EventTime;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What putting a revision in force would change for a tenant, found out from the mirror alone: no provider was called,
/// and nothing was changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Plan {
    /// Whose meetings.
    pub tenant: TenantId,
    /// The revision in force when it was made.
    pub from: Option<RevisionId>,
    /// The revision that it is about.
    pub to: RevisionId,
    /// The mirror commit up to which everything had been seen.
    pub seq: Seq,
    /// The instant at which the rules were evaluated.
    pub at: DateTime<Utc>,
    /// Names everything that would happen to meetings and be delivered, with the revisions and the evaluator: two plans
    /// of one hash do the same, whenever they were made.
    pub hash: String,
    /// Meetings that were looked at.
    pub examined: u64,
    /// How many would be gained, lost, changed, and cannot be told yet.
    pub counts: PlanCounts,
    /// What they, and items of accounts and contacts, would cause to be delivered.
    pub deliveries: PlannedDeliveries,
    /// The destinations that it would deliver to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub destinations: Vec<DestinationName>,
    /// Those among them that the revision in force does not name: each would also get all that stands told.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub destinations_gained: Vec<DestinationName>,
    /// Those that only the revision in force names: what they have not got by then they would not get.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub destinations_lost: Vec<DestinationName>,
    /// Whether items of accounts and contacts are left out of the numbers and of the hash, because they depend on what must
    /// be fetched first or there are too many to go through.
    #[serde(default)]
    pub items_uncounted: bool,
    /// What would happen to single meetings, by start: at most [`Plan::LISTED`] of them, of which `counts` are the whole.
    pub meetings: Vec<PlannedMeeting>,
    /// Sources that somebody must connect first.
    pub unconnected: Vec<SourceName>,
    /// Streams that would be read, or read anew from the beginning. Meetings are decided by what they bring only then.
    pub fetches: Vec<PlannedFetch>,
    /// Scopes that connections lack for it.
    pub scopes: Vec<PlannedScopes>,
    /// Sources that would not be read any more. What they have mirrored counts no longer.
    pub ended: Vec<SourceName>,
    /// What privacy would let in and keep out.
    #[serde(default)]
    pub privacy: Vec<PlannedPrivacy>,
    /// Why no meeting could be looked at: what decisions wait for.
    pub pending: Vec<String>,
}

impl Plan {
    /// The most meetings that a plan lists.
    pub const LISTED: usize = 1_000;

    /// Whether meetings stay as they are, nothing is delivered, and nothing has to be fetched or granted.
    pub fn is_empty(&self) -> bool {
        self.counts == PlanCounts::default()
            && [self.unconnected.is_empty(), self.fetches.is_empty(), self.scopes.is_empty()] == [true; 3]
            && self.ended.is_empty()
            && self.privacy.is_empty()
            && self.destinations_gained.is_empty()
            && self.destinations_lost.is_empty()
    }
}

/// How many entries of the feed a plan would cause, which is how many deliveries to each destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PlannedDeliveries {
    /// If all is announced ([`Announce::All`](acquaint_core::store::Announce::All)).
    pub all: u64,
    /// If content that differs is not ([`Announce::KeptChanges`](acquaint_core::store::Announce::KeptChanges)).
    pub kept_changes: u64,
}

/// How many meetings a plan concerns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PlanCounts {
    /// Kept then, and not now.
    pub gained: u64,
    /// Kept now, and not then.
    pub lost: u64,
    /// Kept now and then, with other content.
    pub changed: u64,
    /// What becomes of them depends on what must be fetched first.
    pub unknown: u64,
    /// Items of accounts and contacts that would come, go or have other content.
    #[serde(default)]
    pub items: u64,
}

/// What would happen to a meeting.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PlannedMeeting {
    /// Which.
    pub meeting: MeetingId,
    /// Its title.
    pub title: String,
    /// When it begins.
    pub start: EventTime,
    /// What would happen.
    pub change: PlannedChange,
    /// What would be delivered of the meeting itself; `null` if nothing would, or if that is unknown.
    pub content: Value,
}

/// What would happen to a meeting, and which clause is responsible.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PlannedChange {
    /// It would be kept.
    Gained {
        /// The clause of the revision in force that drops it.
        dropped_by: Option<String>,
    },
    /// It would be dropped.
    Lost {
        /// The clause of the new revision that drops it; `None` if no copy of it is read any more.
        because: Option<String>,
    },
    /// Its content would be another.
    Changed {
        /// The names in the output whose values differ, and the items of other sections that do.
        fields: Vec<String>,
    },
    /// That depends on what must be fetched first.
    Unknown {
        /// The clause that cannot be told yet, or the output if it is only that.
        because: String,
    },
}

/// A stream that would be read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PlannedFetch {
    /// Of which source.
    pub source: SourceName,
    /// By which connection.
    pub connection: ConnectionId,
    /// Which.
    pub stream: StreamName,
    /// Whether it was read before, and would be read anew because it is asked for otherwise.
    pub anew: bool,
    /// How many of its records are mirrored by now.
    #[serde(default)]
    pub records: u64,
    /// How many calls it takes to read so many once, retries and shorter pages aside; `None` if it was never read, or if the
    /// connector does not say how many a call gives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calls: Option<u64>,
}

impl PlannedFetch {
    /// What it costs, behind what it is.
    fn cost(&self) -> String {
        match (self.calls, self.records) {
            (Some(calls), records) => format!(": about {calls} calls for {records} records"),
            (None, 0) => ": nothing is known yet of how much there is".to_owned(),
            (None, records) => format!(": {records} records"),
        }
    }

    /// What it is, without what it costs.
    pub(super) fn identity(&self) -> (&SourceName, &ConnectionId, &StreamName, bool) {
        (&self.source, &self.connection, &self.stream, self.anew)
    }
}

/// What becomes of what privacy keeps out. It displays as a sentence without its end.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PlannedPrivacy {
    /// It would be mirrored, and is not there yet: it comes with what is read anew ([`Plan::fetches`]) or pushed again. Of
    /// what has left the window by then it never comes.
    LetIn {
        /// As `privacy.drop` names it; `private_events` for what private events say besides their times.
        what: String,
    },
    /// It would be taken out of what is mirrored.
    KeptOut {
        /// As above.
        what: String,
    },
    /// Events that ended longer ago would be removed, with their meetings.
    Removed {
        /// How long ago, in seconds.
        after: u64,
    },
    /// Events would stay for longer. What was removed already does not come back.
    Retained {
        /// How long, in seconds; `None` for as long as they are there.
        after: Option<u64>,
    },
}

impl fmt::Display for PlannedPrivacy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let span = |seconds: u64| crate::manifest::length(Duration::from_secs(seconds));
        match self {
            Self::LetIn { what } => write!(
                f,
                "`{what}` is let in: it has to be fetched again, and comes with what is read anew or pushed again"
            ),
            Self::KeptOut { what } => write!(f, "`{what}` is kept out, and taken out of what is mirrored"),
            Self::Removed { after } => write!(f, "what ended more than {} ago is removed", span(*after)),
            Self::Retained { after: Some(after) } => {
                write!(f, "what ended stays for {}; what was removed does not come back", span(*after))
            }
            Self::Retained { after: None } => {
                f.write_str("what ended stays; what was removed does not come back")
            }
        }
    }
}

/// Scopes that a connection lacks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PlannedScopes {
    /// Which connection: ask for them with [`crate::Tenant::reconnect`] once the revision is in force.
    pub connection: ConnectionId,
    /// What it lacks.
    pub scopes: Vec<String>,
}

impl fmt::Display for Plan {
    /// For people: a line for the whole, and one for everything that would happen.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let from = self.from.as_ref().map_or("nothing", RevisionId::as_str);
        writeln!(
            f,
            "{from} → {} for {}, at {} and commit {}",
            self.to,
            self.tenant,
            self.at.to_rfc3339(),
            self.seq.0
        )?;
        let PlanCounts { gained, lost, changed, unknown, items } = self.counts;
        writeln!(
            f,
            "{} meetings looked at: {gained} gained, {lost} lost, {changed} changed, {unknown} unknown; {} deliveries",
            self.examined, self.deliveries.all
        )?;
        if items > 0 {
            writeln!(f, "{items} items of accounts and contacts come, go or change")?;
        }
        if self.items_uncounted {
            writeln!(f, "what becomes of items of accounts and contacts is not counted")?;
        }
        for planned in &self.meetings {
            writeln!(f, "  {planned}")?;
        }
        let rest = (gained + lost + changed + unknown).saturating_sub(self.meetings.len() as u64);
        if rest > 0 {
            writeln!(f, "  … and {rest} more")?;
        }
        for destination in &self.destinations_gained {
            writeln!(f, "`{destination}` is delivered to from now on, and gets all that stands")?;
        }
        for destination in &self.destinations_lost {
            writeln!(f, "`{destination}` is delivered to no more")?;
        }
        for source in &self.unconnected {
            writeln!(f, "source `{source}` must be connected first")?;
        }
        for fetch in &self.fetches {
            let anew = if fetch.anew { "anew" } else { "for the first time" };
            writeln!(
                f,
                "`{}` of source `{}` is read {anew} by {}{}",
                fetch.stream,
                fetch.source,
                fetch.connection,
                fetch.cost()
            )?;
        }
        for lack in &self.scopes {
            writeln!(f, "{} lacks {}", lack.connection, lack.scopes.join(" "))?;
        }
        for source in &self.ended {
            writeln!(f, "source `{source}` is read no more")?;
        }
        for change in &self.privacy {
            writeln!(f, "privacy: {change}")?;
        }
        for pending in &self.pending {
            writeln!(f, "nothing is decided yet: {pending}")?;
        }
        writeln!(f, "plan {}", self.hash)
    }
}

impl fmt::Display for PlannedMeeting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let title = if self.title.is_empty() { "(no title)" } else { &self.title };
        match &self.change {
            PlannedChange::Gained { dropped_by: Some(clause) } => {
                write!(f, "+ {} {title}: was dropped by {clause}", self.start)
            }
            PlannedChange::Gained { .. } => write!(f, "+ {} {title}", self.start),
            PlannedChange::Lost { because: Some(clause) } => {
                write!(f, "- {} {title}: dropped by {clause}", self.start)
            }
            PlannedChange::Lost { .. } => write!(f, "- {} {title}: not read any more", self.start),
            PlannedChange::Changed { fields } => {
                write!(f, "~ {} {title}: {}", self.start, fields.join(", "))
            }
            PlannedChange::Unknown { because } => {
                write!(f, "? {} {title}: {because} is known once everything is read", self.start)
            }
        }
    }
}
