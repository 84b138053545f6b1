//! When the next call fits: the arithmetic of one quota under one key.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use chrono::{DateTime, NaiveTime, TimeDelta, Utc};

use super::QuotaLimit;

/// The calls that one quota counts under one key: those made lately and those that have a slot ahead.
#[derive(Debug, Default)]
pub(super) struct Room {
    /// For a rate: the instant of each call, in order.
    calls: VecDeque<DateTime<Utc>>,
    /// For a daily quota: how many calls, by the end of their day.
    days: BTreeMap<DateTime<Utc>, u32>,
    /// From when on nothing of this matters.
    full_at: DateTime<Utc>,
}

impl Room {
    /// The first instant from `from` on at which one more call is within `limit`.
    pub(super) fn earliest(&self, limit: QuotaLimit, from: DateTime<Utc>) -> DateTime<Utc> {
        match limit {
            QuotaLimit::Rate { calls, per } => self.earliest_in_window(index(calls), per, from),
            QuotaLimit::Daily { calls, resets } => {
                let mut at = from;
                loop {
                    let end = next_reset(resets, at);
                    if self.days.get(&end).copied().unwrap_or(0) < calls.max(1) || end <= at {
                        return at;
                    }
                    at = end;
                }
            }
        }
    }

    /// Calls with a slot ahead may lie on both sides of the instant that is looked for: another quota may have put
    /// them there.
    fn earliest_in_window(&self, most: usize, per: Duration, from: DateTime<Utc>) -> DateTime<Utc> {
        let mut at = from;
        let over = self.calls.partition_point(|call| later(*call, per) <= from);
        // Wherever `most` calls in a row would lie within one window with one more at `at`, that one has to wait
        // until the first of them is over. It only ever moves on, so what has been passed stays passed.
        let ends = self.calls.iter().skip(over).skip(most - 1);
        for (begin, end) in self.calls.iter().skip(over).zip(ends) {
            if *begin >= later(at, per) {
                break;
            }
            if later(at.min(*begin), per) > at.max(*end) {
                at = later(*begin, per);
            }
        }
        at
    }

    /// Counts a call at `at`, and forgets what no longer matters at `now`.
    pub(super) fn take(&mut self, limit: QuotaLimit, at: DateTime<Utc>, now: DateTime<Utc>) {
        let full_at = match limit {
            QuotaLimit::Rate { per, .. } => {
                while self.calls.front().is_some_and(|call| later(*call, per) <= now) {
                    self.calls.pop_front();
                }
                let place = self.calls.partition_point(|call| *call <= at);
                self.calls.insert(place, at);
                later(at, per)
            }
            QuotaLimit::Daily { resets, .. } => {
                self.days.retain(|end, _| *end > now);
                let end = next_reset(resets, at);
                *self.days.entry(end).or_default() += 1;
                end
            }
        };
        self.full_at = self.full_at.max(full_at);
    }

    /// No longer counts a call at `at` that was not made.
    pub(super) fn give_back(&mut self, limit: QuotaLimit, at: DateTime<Utc>) {
        match limit {
            QuotaLimit::Rate { .. } => {
                if let Ok(place) = self.calls.binary_search(&at) {
                    self.calls.remove(place);
                }
            }
            QuotaLimit::Daily { resets, .. } => {
                if let Some(count) = self.days.get_mut(&next_reset(resets, at)) {
                    *count = count.saturating_sub(1);
                }
            }
        }
    }

    /// How many calls count at `now`, those with a slot ahead included.
    pub(super) fn used(&self, limit: QuotaLimit, now: DateTime<Utc>) -> u32 {
        match limit {
            QuotaLimit::Rate { per, .. } => {
                let over = self.calls.partition_point(|call| later(*call, per) <= now);
                u32::try_from(self.calls.len() - over).unwrap_or(u32::MAX)
            }
            QuotaLimit::Daily { resets, .. } => self.days.get(&next_reset(resets, now)).copied().unwrap_or(0),
        }
    }

    /// From when on nothing of it matters.
    pub(super) fn full_at(&self) -> DateTime<Utc> {
        self.full_at
    }
}

fn index(calls: u32) -> usize {
    usize::try_from(calls.max(1)).unwrap_or(usize::MAX)
}

/// The next instant after `now` at which the clock shows `resets`, in UTC.
pub(in crate::http) fn next_reset(resets: NaiveTime, now: DateTime<Utc>) -> DateTime<Utc> {
    let today = now.date_naive().and_time(resets).and_utc();
    if today > now {
        return today;
    }
    today.checked_add_signed(TimeDelta::days(1)).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// `at` and `by` more, as far as time can be told.
pub(super) fn later(at: DateTime<Utc>, by: Duration) -> DateTime<Utc> {
    let by = TimeDelta::from_std(by).unwrap_or(TimeDelta::MAX);
    at.checked_add_signed(by).unwrap_or(DateTime::<Utc>::MAX_UTC)
}
