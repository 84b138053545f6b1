//! How patient delivery is, and how much it does at a time.

use std::time::Duration;

use acquaint_core::ids::DestinationName;
use chrono::TimeDelta;

/// How patient delivery is, and how much it does at a time.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct DeliveryPolicy {
    /// Attempts at one time, to all destinations. Each destination has an equal share to itself, of one at least, so that
    /// none that hangs holds up another.
    pub concurrency: usize,
    /// Attempts at one time to one destination.
    pub per_destination: usize,
    /// How long an attempt may take. Then it is dropped, and counts as failed.
    pub timeout: Duration,
    /// About how long to wait after the first failure; it doubles with every further one. Half of each wait is left to
    /// chance.
    pub base: Duration,
    /// The longest of these waits.
    pub cap: Duration,
    /// How long a snapshot is tried, from its first attempt on, before it becomes a dead letter.
    pub term: Duration,
    /// The failures in a row after which a destination is down for a tenant: it is tried with one delivery at a time then.
    pub breaker: u32,
    /// The most attempts of one pass.
    pub attempts: usize,
}

impl Default for DeliveryPolicy {
    /// 16 attempts at one time, 8 to one destination, 30 seconds each; waits from 10 seconds to an hour, for five days; down
    /// after 5 failures; 1,000 attempts a pass.
    fn default() -> Self {
        Self {
            concurrency: 16,
            per_destination: 8,
            timeout: Duration::from_secs(30),
            base: Duration::from_secs(10),
            cap: Duration::from_secs(3_600),
            term: Duration::from_secs(5 * 86_400),
            breaker: 5,
            attempts: 1_000,
        }
    }
}

impl DeliveryPolicy {
    /// The usual patience.
    pub fn new() -> Self {
        Self::default()
    }

    /// How long to wait after so many failures, the last included; `chance` lies in `0.0..1.0`.
    pub(super) fn wait(&self, failures: u32, chance: f64) -> TimeDelta {
        let doubled = self.base.saturating_mul(2_u32.saturating_pow(failures.saturating_sub(1).min(30)));
        let wait = doubled.min(self.cap).mul_f64(0.5 + chance / 2.0);
        TimeDelta::from_std(wait).unwrap_or(TimeDelta::MAX)
    }

    /// Attempts to each of so many destinations at one time.
    pub(super) fn share(&self, destinations: usize) -> usize {
        (self.concurrency / destinations.max(1)).clamp(1, self.per_destination.max(1))
    }
}

/// What a pass delivers.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct DeliverOptions {
    /// Only to these destinations; all of them if empty.
    pub destinations: Vec<DestinationName>,
}

impl DeliverOptions {
    /// To all destinations.
    pub fn new() -> Self {
        Self::default()
    }

    /// To this destination, besides those that were named before.
    #[must_use]
    pub fn to(mut self, destination: impl Into<DestinationName>) -> Self {
        self.destinations.push(destination.into());
        self
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn waits_double_up_to_the_cap_and_half_of_each_is_chance() {
        let policy = DeliveryPolicy::new();
        let seconds = |failures, chance| policy.wait(failures, chance).num_seconds();
        assert_eq!([1, 2, 3, 4].map(|failures| seconds(failures, 0.0)), [5, 10, 20, 40]);
        assert_eq!(seconds(1, 0.999), 9);
        assert_eq!([seconds(50, 0.0), seconds(u32::MAX, 0.999)], [1_800, 3_598]);
    }

    #[test]
    fn no_destination_holds_up_another() {
        let policy = DeliveryPolicy::new();
        assert_eq!([1, 2, 4, 16, 100].map(|destinations| policy.share(destinations)), [8, 8, 4, 1, 1]);
    }
}
