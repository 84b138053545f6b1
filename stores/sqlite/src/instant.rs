//! Instants and counts as SQLite keeps them.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

/// Microseconds since 1970 UTC, rounded down. Every instant of chrono's range fits.
pub(crate) fn micros(at: DateTime<Utc>) -> i64 {
    at.timestamp_micros()
}

/// The instant; what lies outside chrono's range becomes its nearest end.
pub(crate) fn instant(micros: i64) -> DateTime<Utc> {
    // The ends carry nanoseconds that a microsecond count has lost.
    if micros >= DateTime::<Utc>::MAX_UTC.timestamp_micros() {
        DateTime::<Utc>::MAX_UTC
    } else {
        DateTime::from_timestamp_micros(micros).unwrap_or(DateTime::<Utc>::MIN_UTC)
    }
}

/// The end of a lease.
pub(crate) fn later(now: DateTime<Utc>, lease: Duration) -> DateTime<Utc> {
    TimeDelta::from_std(lease)
        .ok()
        .and_then(|lease| now.checked_add_signed(lease))
        .unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// A count as SQLite keeps it; what does not fit becomes the greatest that does.
pub(crate) fn int(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// A stored count.
pub(crate) fn count(int: i64) -> u64 {
    u64::try_from(int).unwrap_or(0)
}

/// A row limit.
pub(crate) fn rows(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn instants_come_back_as_they_were() {
        let ordinary = DateTime::from_timestamp_micros(1_763_800_000_123_456).unwrap();
        let before_1970 = DateTime::from_timestamp_micros(-1).unwrap();
        for at in [ordinary, before_1970, DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
            assert_eq!(instant(micros(at)), at);
        }
    }

    #[test]
    fn what_no_instant_can_say_becomes_the_nearest_one() {
        assert_eq!(instant(i64::MAX), DateTime::<Utc>::MAX_UTC);
        assert_eq!(instant(i64::MIN), DateTime::<Utc>::MIN_UTC);
        assert_eq!(later(DateTime::<Utc>::MAX_UTC, Duration::MAX), DateTime::<Utc>::MAX_UTC);
        assert_eq!(int(u64::MAX), i64::MAX);
    }

    #[test]
    fn the_order_of_instants_is_kept() {
        let mut instants = [0, -1, 1, i64::MIN, i64::MAX].map(instant);
        instants.sort();
        assert!(instants.map(micros).is_sorted());
    }
}
