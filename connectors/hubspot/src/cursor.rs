//! Where a lane stands.

use acquaint_core::cursor::SyncCursor;
use serde::{Deserialize, Serialize};

use crate::ids::IdRange;

/// The cursor of both streams and all lanes. Instants are milliseconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "stage", rename_all = "snake_case")]
pub(crate) enum CrmCursor {
    /// Within a baseline.
    Listing {
        /// When the baseline began.
        began: i64,
        /// HubSpot's paging cursor.
        after: String,
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
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use acquaint_core::cursor::StoredCursor;
    use serde_json::json;

    use super::*;

    #[test]
    fn stored_cursors_of_this_version_keep_their_form() {
        for (cursor, state) in [
            (
                CrmCursor::Listing { began: 1, after: "90110003".into() },
                json!({"stage": "listing", "began": 1, "after": "90110003"}),
            ),
            (CrmCursor::Ready { watermark: 2 }, json!({"stage": "ready", "watermark": 2})),
            (
                CrmCursor::Searching { from: 3, until: 4, ids: IdRange { low: 5, high: None } },
                json!({"stage": "searching", "from": 3, "until": 4, "ids": {"low": 5, "high": null}}),
            ),
            (CrmCursor::Archived { after: None }, json!({"stage": "archived", "after": null})),
        ] {
            let stored = StoredCursor { kind: "hubspot.crm".into(), version: 1, state };
            assert_eq!(StoredCursor::store(&cursor).unwrap(), stored);
            assert_eq!(stored.load::<CrmCursor>().unwrap(), cursor);
        }
    }
}
