//! Where the reading of one calendar stands.

use acquaint_core::connector::TimeRange;
use acquaint_core::cursor::SyncCursor;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// A cursor, with everything that its requests depend on: Google honours its tokens only for the parameters
/// that they were given out for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct EventsCursor {
    /// The window of the last baseline.
    pub(crate) window: TimeRange,
    /// Events per page.
    pub(crate) page_size: u16,
    /// Where to go on.
    pub(crate) position: Position,
}

/// Where to go on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "at", rename_all = "snake_case")]
pub(crate) enum Position {
    /// The first page of a baseline. Never stored.
    Start,
    /// A later page of a baseline.
    Baseline {
        /// Names the page.
        page: String,
        /// When the first page was asked for.
        asked: DateTime<Utc>,
    },
    /// Up to date as of a sync token: an increment begins here.
    Synced {
        /// The token that the last page of the last pass gave.
        token: String,
    },
    /// A later page of an increment.
    Increment {
        /// The token that the increment began from. Google wants it on every page.
        token: String,
        /// Names the page.
        page: String,
        /// When the first page was asked for.
        asked: DateTime<Utc>,
    },
    /// A baseline ended without a sync token, so nothing can go on from it but another baseline.
    Unsynced,
}

impl SyncCursor for EventsCursor {
    const KIND: &'static str = "google-calendar.events";
}
