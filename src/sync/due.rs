//! When a lane is to run again.

use chrono::{DateTime, Utc};

/// When a lane is to run again.
#[derive(Debug, Clone, Copy)]
pub(super) struct Due {
    pub(super) at: DateTime<Utc>,
    pub(super) not_before: DateTime<Utc>,
    /// Whether there is more to read.
    pub(super) unfinished: bool,
}

impl Due {
    /// On schedule; earlier if somebody wants it.
    pub(super) fn at(at: DateTime<Utc>) -> Self {
        Self { at, not_before: DateTime::<Utc>::MIN_UTC, unfinished: false }
    }

    /// As soon as the others have had their turn.
    pub(super) fn again(now: DateTime<Utc>) -> Self {
        Self { unfinished: true, ..Self::at(now) }
    }

    /// Then, and not before, whoever wants it.
    pub(super) fn not_before(at: DateTime<Utc>) -> Self {
        Self { at, not_before: at, unfinished: true }
    }
}
