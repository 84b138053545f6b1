//! Where a lane stands.

use acquaint_core::cursor::{CursorError, SyncCursor};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ids::IdRange;

/// The cursor of every object stream and lane. Instants are milliseconds since 1970, by HubSpot's clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "stage", rename_all = "snake_case")]
pub(crate) enum CrmCursor {
    /// Within a complete pass through a list.
    Listing {
        /// When the pass began.
        began: i64,
        /// HubSpot's paging cursor.
        after: String,
    },
    /// Within a complete pass through what the manifest selects.
    Selecting {
        /// When the pass began.
        began: i64,
        /// The ids that are still to be read.
        ids: IdRange,
    },
    /// Between two passes.
    Ready {
        /// Every change that search showed by then has been read.
        watermark: i64,
    },
    /// Within an incremental pass.
    Searching {
        /// Changes since then are read.
        from: i64,
        /// The watermark once all are read.
        until: i64,
        /// The ids that are still to be read.
        ids: IdRange,
    },
    /// Within or between walks through the archived records.
    Archived {
        /// HubSpot's paging cursor; none at the beginning.
        after: Option<String>,
    },
}

impl SyncCursor for CrmCursor {
    const KIND: &'static str = "hubspot.crm";
    const VERSION: u32 = 2;

    /// Version 1 had no selections, and otherwise this form.
    fn upgrade(version: u32, state: Value) -> Result<Self, CursorError> {
        match (version, serde_json::from_value(state)) {
            (1, Ok(Self::Selecting { .. })) => Err(CursorError::Reset),
            (1, Ok(cursor)) => Ok(cursor),
            _ => Err(CursorError::Reset),
        }
    }
}

/// The cursor of a walk through the owners.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct OwnersCursor {
    /// Whether those who are there have been read, and those who have left are.
    pub(crate) left: bool,
    /// HubSpot's paging cursor; none at the beginning.
    pub(crate) after: Option<String>,
}

impl SyncCursor for OwnersCursor {
    const KIND: &'static str = "hubspot.owners";
}

/// The cursor of streams that are never fetched page by page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct NoCursor;

impl SyncCursor for NoCursor {
    const KIND: &'static str = "hubspot.none";
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use acquaint_core::ErrorKind;
    use acquaint_core::cursor::StoredCursor;
    use serde_json::json;

    use super::*;

    fn golden() -> Vec<(CrmCursor, Value)> {
        vec![
            (
                CrmCursor::Listing { began: 1, after: "90110003".into() },
                json!({"stage": "listing", "began": 1, "after": "90110003"}),
            ),
            (CrmCursor::Ready { watermark: 2 }, json!({"stage": "ready", "watermark": 2})),
            (
                CrmCursor::Searching {
                    from: 3,
                    until: 4,
                    ids: IdRange { low: 5, high: None, disorder: false },
                },
                json!({"stage": "searching", "from": 3, "until": 4, "ids": {"low": 5, "high": null}}),
            ),
            (CrmCursor::Archived { after: None }, json!({"stage": "archived", "after": null})),
            (
                CrmCursor::Selecting { began: 6, ids: IdRange { low: 7, high: Some(8), disorder: true } },
                json!({"stage": "selecting", "began": 6, "ids": {"low": 7, "high": 8, "disorder": true}}),
            ),
        ]
    }

    fn stored(version: u32, state: Value) -> StoredCursor {
        StoredCursor { kind: "hubspot.crm".into(), version, state }
    }

    #[test]
    fn stored_cursors_of_this_version_keep_their_form() {
        for (cursor, state) in golden() {
            let stored = stored(2, state);
            assert_eq!(StoredCursor::store(&cursor).unwrap(), stored);
            assert_eq!(stored.load::<CrmCursor>().unwrap(), cursor);
        }
        let owners = StoredCursor::store(&OwnersCursor { left: true, after: Some("7".into()) }).unwrap();
        assert_eq!((owners.kind.as_str(), owners.version), ("hubspot.owners", 1));
        assert_eq!(owners.state, json!({"left": true, "after": "7"}));
    }

    #[test]
    fn cursors_of_the_release_before_still_load() {
        for (cursor, state) in golden().into_iter().take(4) {
            assert_eq!(stored(1, state).load::<CrmCursor>().unwrap(), cursor);
        }
    }

    #[test]
    fn a_cursor_that_nobody_wrote_asks_for_a_baseline() {
        for (version, state) in [
            (1, json!({"stage": "selecting", "began": 6, "ids": {"low": 7, "high": null}})),
            (1, json!({"stage": "ready", "watermark": ""})),
            (1, json!("")),
            (2, json!({"stage": "ready", "watermark": "2026-10-09T07:40:00Z"})),
            (2, json!({"stage": "unheard of"})),
            (0, json!({"stage": "ready", "watermark": 2})),
        ] {
            let error = stored(version, state.clone()).load::<CrmCursor>().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::CursorExpired, "{state}");
        }
    }
}
