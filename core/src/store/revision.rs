//! Revisions of manifests, and which one is in force.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::TenantState;
use crate::ids::{DestinationName, RevisionId, Seq};

/// A revision of a manifest as it is kept, so that it can be put in force again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Revision {
    /// What identifies its content.
    pub id: RevisionId,
    /// The manifest's name.
    pub name: String,
    /// The manifest as JSON.
    pub content: Value,
    /// When it was first kept.
    pub kept: DateTime<Utc>,
    /// When it was last put in force, if it ever was.
    pub in_force: Option<DateTime<Utc>>,
}

impl Revision {
    /// A revision that was never in force.
    pub fn new(id: RevisionId, name: impl Into<String>, content: Value, kept: DateTime<Utc>) -> Self {
        Self { id, name: name.into(), content, kept, in_force: None }
    }
}

/// The revision that is in force for a tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct InForce {
    /// Which.
    pub revision: RevisionId,
    /// Since when.
    pub since: DateTime<Utc>,
    /// Whether it stays when an engine is built with another one: it was applied to this tenant.
    pub held: bool,
    /// How meetings that it decides otherwise than the revision before are announced.
    pub announce: Announce,
    /// The destinations that it names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub destinations: Vec<DestinationName>,
}

impl InForce {
    /// A revision that gives way to that of an engine, all of whose changes are announced.
    pub fn new(revision: RevisionId, since: DateTime<Utc>) -> Self {
        Self { revision, since, held: false, announce: Announce::All, destinations: Vec::new() }
    }

    /// Stays when an engine is built with another revision.
    #[must_use]
    pub fn held(mut self, held: bool) -> Self {
        self.held = held;
        self
    }

    /// Announces what it decides otherwise in this way.
    #[must_use]
    pub fn announce(mut self, announce: Announce) -> Self {
        self.announce = announce;
        self
    }

    /// Delivers to these destinations.
    #[must_use]
    pub fn destinations(mut self, destinations: impl IntoIterator<Item = DestinationName>) -> Self {
        self.destinations = destinations.into_iter().collect();
        self
    }
}

/// What of the change from one revision to another is announced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Announce {
    /// Meetings gained, lost and changed.
    #[default]
    All,
    /// Meetings gained and lost. Of those that stay kept with other content, nothing until they change again.
    KeptChanges,
    /// Nothing: whoever listens goes by what it was told before, until a meeting changes again.
    None,
}

impl Announce {
    /// As manifests and commands write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::KeptChanges => "kept_changes",
            Self::None => "none",
        }
    }
}

impl fmt::Display for Announce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How a tenant must stand for an update to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Standing {
    /// The revision in force.
    pub revision: Option<RevisionId>,
    /// The newest mirror commit; `None` for whichever.
    pub seq: Option<Seq>,
}

impl Standing {
    /// With this revision in force, whatever the mirror holds.
    pub fn under(revision: Option<RevisionId>) -> Self {
        Self { revision, seq: None }
    }

    /// And with no commit after this one.
    #[must_use]
    pub fn at(mut self, seq: Seq) -> Self {
        self.seq = Some(seq);
        self
    }

    /// Whether a tenant stands so.
    pub fn is_of(&self, state: &TenantState) -> bool {
        self.revision.as_ref() == state.revision() && self.seq.is_none_or(|seq| seq == state.seq)
    }
}
