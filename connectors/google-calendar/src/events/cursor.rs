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
    /// The fields of an event that are asked for; all that Google has if none are named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) fields: Option<String>,
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
    Unsynced {
        /// The earliest time for that; at once if there is none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<DateTime<Utc>>,
    },
}

impl EventsCursor {
    /// The same reading, elsewhere.
    pub(super) fn at(&self, position: Position) -> Self {
        Self { position, ..self.clone() }
    }
}

impl SyncCursor for EventsCursor {
    const KIND: &'static str = "google-calendar.events";
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use acquaint_core::cursor::StoredCursor;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_cursor_of_an_older_release_still_loads() {
        let window = json!({ "from": "2026-04-12T08:00:00Z", "to": "2027-10-09T08:00:00Z" });
        let stored = |position| StoredCursor {
            kind: "google-calendar.events".into(),
            version: 1,
            state: json!({ "window": window, "page_size": 50, "position": position }),
        };
        let unsynced = stored(json!({ "at": "unsynced" })).load::<EventsCursor>().unwrap();
        assert_eq!((unsynced.position, unsynced.fields), (Position::Unsynced { until: None }, None));
        let synced = stored(json!({ "at": "synced", "token": "s1" }));
        let loaded = synced.clone().load::<EventsCursor>().unwrap();
        assert_eq!(StoredCursor::store(&loaded).unwrap(), synced);
    }
}
