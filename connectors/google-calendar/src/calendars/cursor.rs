//! Where the reading of the list of calendars stands.

use acquaint_core::cursor::SyncCursor;
use serde::{Deserialize, Serialize};

/// The list as of a sync token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ListCursor {
    /// The token that the last page of the last look gave.
    pub(super) token: String,
}

impl SyncCursor for ListCursor {
    const KIND: &'static str = "google-calendar.calendars";
}
