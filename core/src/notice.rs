//! What the product itself is told: that somebody must act, or that something has begun or ended.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::ids::{ConnectionId, DestinationName, MeetingId, StreamName};

/// Something that the product should know. Written with the change that it tells of, so each is told exactly once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Notice {
    /// When it happened.
    pub at: DateTime<Utc>,
    /// The connection that it is about, if it is about one.
    pub connection: Option<ConnectionId>,
    /// What happened.
    pub kind: NoticeKind,
}

impl Notice {
    /// A notice about a connection.
    pub fn new(at: DateTime<Utc>, connection: ConnectionId, kind: NoticeKind) -> Self {
        Self { at, connection: Some(connection), kind }
    }

    /// A notice about what is the product's own, such as a destination.
    pub fn of_product(at: DateTime<Utc>, kind: NoticeKind) -> Self {
        Self { at, connection: None, kind }
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
    /// A destination fails: what is for it waits, and is tried one by one until it takes something.
    DestinationDown {
        /// Which.
        destination: DestinationName,
        /// Why, as the last attempt has it.
        reason: String,
    },
    /// A destination that was down takes what it is given; its dead letters are offered again.
    DestinationRecovered {
        /// Which.
        destination: DestinationName,
    },
    /// Something could not be delivered and is not tried any more. Of several to one destination only the first is told, until
    /// they are offered again.
    DeadLetter {
        /// Which destination.
        destination: DestinationName,
        /// What was to be told is about this meeting.
        meeting: MeetingId,
        /// Why.
        reason: String,
    },
}

impl fmt::Display for NoticeKind {
    /// As one would tell it of an account: `needs to be authorised again: …`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connected => f.write_str("was connected"),
            Self::NeedsReauth { reason } => write!(f, "needs to be authorised again: {reason}"),
            Self::ScopesMissing { scopes, .. } => write!(f, "lacks {}", scopes.join(" and ")),
            Self::Disconnected => f.write_str("was disconnected"),
            Self::DestinationDown { destination, reason } => {
                write!(f, "cannot deliver to {destination}: {reason}")
            }
            Self::DestinationRecovered { destination } => write!(f, "delivers to {destination} again"),
            Self::DeadLetter { destination, meeting, reason } => {
                write!(f, "has given up delivering {meeting} to {destination}: {reason}")
            }
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
