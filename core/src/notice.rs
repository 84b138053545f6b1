//! What the product itself is told: that somebody must act, or that something has begun or ended.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::ids::{ConnectionId, StreamName};

/// Something that the product should know. Written with the change that it tells of, so each is told exactly once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Notice {
    /// When it happened.
    pub at: DateTime<Utc>,
    /// The connection that it is about.
    pub connection: ConnectionId,
    /// What happened.
    pub kind: NoticeKind,
}

impl Notice {
    /// A notice.
    pub fn new(at: DateTime<Utc>, connection: ConnectionId, kind: NoticeKind) -> Self {
        Self { at, connection, kind }
    }
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum NoticeKind {
    /// It was connected, or authorised again.
    Connected,
    /// It no longer works: ask its person to connect again. Nothing is sent to the provider until then.
    NeedsReauth {
        /// Why.
        reason: String,
    },
    /// Some of what the manifest reads may not be read: ask its person for the missing scopes.
    ScopesMissing {
        /// Which scopes.
        scopes: Vec<String>,
        /// Which streams are not read for lack of them.
        streams: Vec<StreamName>,
    },
    /// It was disconnected.
    Disconnected,
}

impl fmt::Display for NoticeKind {
    /// As one would tell it of an account: `needs to be authorised again: …`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connected => f.write_str("was connected"),
            Self::NeedsReauth { reason } => write!(f, "needs to be authorised again: {reason}"),
            Self::ScopesMissing { scopes, .. } => write!(f, "lacks {}", scopes.join(" and ")),
            Self::Disconnected => f.write_str("was disconnected"),
        }
    }
}

/// A notice and its place among a tenant's notices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeEntry {
    /// Counts from 1 without gaps, in the order in which they became visible.
    pub position: u64,
    /// The notice.
    pub notice: Notice,
}
