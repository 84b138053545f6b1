//! How much room there is, for people to see.

use chrono::{DateTime, Utc};

use super::{QuotaLimit, QuotaScope};

/// How much of a quota is left, as far as this process knows.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct QuotaLeft {
    /// The quota's name.
    pub name: &'static str,
    /// Whose calls it counts together.
    pub scope: QuotaScope,
    /// What this process may use of it.
    pub limit: QuotaLimit,
    /// Calls that count now: those made within the window or the day, and those that have a slot ahead.
    pub used: u32,
    /// When one more call may be made; `now` if it may at once.
    pub room_at: DateTime<Utc>,
    /// When all of it is there again, if no further call is made.
    pub full_at: DateTime<Utc>,
}

impl QuotaLeft {
    /// Calls that may still be made.
    pub fn calls(&self) -> u32 {
        self.limit.calls().saturating_sub(self.used)
    }
}
