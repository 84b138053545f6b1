//! Time that stands still until a test moves it.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use acquaint_core::async_trait;
use acquaint_core::env::Clock;
use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::watch;

/// A clock that a test sets. Clones are the same clock.
#[derive(Clone)]
pub struct ManualClock(Arc<Inner>);

struct Inner {
    now: watch::Sender<DateTime<Utc>>,
    sleepers: Mutex<Sleepers>,
    moves_itself: bool,
}

#[derive(Default)]
struct Sleepers {
    count: u64,
    /// When each wakes, with a number that tells sleeps of one end apart.
    ends: BTreeSet<(DateTime<Utc>, u64)>,
}

impl ManualClock {
    /// Stands at `now`; a sleep lasts until a test has moved the clock to its end.
    pub fn at(now: DateTime<Utc>) -> Self {
        Self::new(now, false)
    }

    /// Starts at `now`, and moves to the end of a sleep by itself when everything else has had a turn; of
    /// several sleeps the earliest ends first.
    pub fn moving_itself(now: DateTime<Utc>) -> Self {
        Self::new(now, true)
    }

    fn new(now: DateTime<Utc>, moves_itself: bool) -> Self {
        let now = watch::Sender::new(now);
        Self(Arc::new(Inner { now, sleepers: Mutex::default(), moves_itself }))
    }

    /// Moves to an instant; backwards too, as clocks of machines do. Ends the sleeps that lie before it.
    pub fn set(&self, now: DateTime<Utc>) {
        self.0.now.send_replace(now);
    }

    /// Moves on by `duration`. Ends the sleeps that lie before it.
    pub fn advance(&self, duration: Duration) {
        self.0.now.send_modify(|now| *now = after(*now, duration));
    }

    /// When the earliest sleep ends that is not over yet, if anybody sleeps.
    pub fn next_wake(&self) -> Option<DateTime<Utc>> {
        let now = self.now();
        self.0.sleepers().ends.iter().map(|(end, _)| *end).find(|end| *end > now)
    }

    /// Moves to the end of the earliest sleep, and says whether anybody slept.
    pub fn advance_to_next_wake(&self) -> bool {
        let Some(end) = self.next_wake() else { return false };
        self.0.now.send_modify(|now| *now = end.max(*now));
        true
    }
}

impl Inner {
    fn sleepers(&self) -> MutexGuard<'_, Sleepers> {
        self.sleepers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for ManualClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ManualClock").field(&self.now()).finish()
    }
}

#[async_trait]
impl Clock for ManualClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.now.borrow()
    }

    async fn sleep(&self, duration: Duration) {
        let mut now = self.0.now.subscribe();
        let sleep = Sleep::begin(&self.0, after(self.now(), duration));
        while self.0.moves_itself && self.now() < sleep.end.0 {
            // Whoever is ready goes first: it may want to sleep for a shorter time.
            let before = self.now();
            for _ in 0..TURNS {
                tokio::task::yield_now().await;
            }
            // Another sleep may have moved the clock; whoever that woke has its turn too.
            if self.now() == before {
                self.advance_to_next_wake();
            }
        }
        // The sender lives in `self`, so this ends in no other way than by the time.
        let _ = now.wait_for(|now| *now >= sleep.end.0).await;
    }
}

/// How often a sleep lets everybody else go first before the clock moves by itself.
const TURNS: usize = 8;

/// Takes part among the sleepers until it is dropped.
struct Sleep<'a> {
    inner: &'a Inner,
    end: (DateTime<Utc>, u64),
}

impl<'a> Sleep<'a> {
    fn begin(inner: &'a Inner, end: DateTime<Utc>) -> Self {
        let mut sleepers = inner.sleepers();
        sleepers.count += 1;
        let end = (end, sleepers.count);
        sleepers.ends.insert(end);
        drop(sleepers);
        Self { inner, end }
    }
}

impl Drop for Sleep<'_> {
    fn drop(&mut self) {
        self.inner.sleepers().ends.remove(&self.end);
    }
}

fn after(now: DateTime<Utc>, duration: Duration) -> DateTime<Utc> {
    TimeDelta::from_std(duration)
        .ok()
        .and_then(|duration| now.checked_add_signed(duration))
        .unwrap_or(DateTime::<Utc>::MAX_UTC)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use futures::FutureExt;

    use super::*;

    fn start() -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::days(20_000)
    }

    const MINUTE: Duration = Duration::from_secs(60);

    #[tokio::test]
    async fn a_sleep_lasts_until_the_clock_has_been_moved_to_its_end() {
        let clock = ManualClock::at(start());
        let mut sleep = clock.sleep(MINUTE);
        assert!(sleep.as_mut().now_or_never().is_none());
        assert_eq!(clock.next_wake(), Some(start() + MINUTE));
        clock.advance(MINUTE - Duration::from_millis(1));
        assert!(sleep.as_mut().now_or_never().is_none());
        clock.advance(Duration::from_millis(1));
        sleep.await;
        assert_eq!(clock.now(), start() + MINUTE);
        assert_eq!(clock.next_wake(), None);
    }

    #[tokio::test]
    async fn a_moved_clock_wakes_sleepers_on_other_tasks() {
        let clock = ManualClock::at(start());
        let sleeper = tokio::spawn({
            let clock = clock.clone();
            async move { clock.sleep(MINUTE).await }
        });
        while clock.next_wake().is_none() {
            tokio::task::yield_now().await;
        }
        assert!(clock.advance_to_next_wake());
        sleeper.await.unwrap();
        assert!(!clock.advance_to_next_wake());
    }

    #[tokio::test]
    async fn a_dropped_sleep_is_forgotten() {
        let clock = ManualClock::at(start());
        let mut sleep = clock.sleep(MINUTE);
        assert!(sleep.as_mut().now_or_never().is_none());
        drop(sleep);
        assert_eq!(clock.next_wake(), None);
    }

    #[tokio::test]
    async fn a_clock_that_moves_itself_ends_the_earliest_sleep_first() {
        let clock = ManualClock::moving_itself(start());
        let order = Mutex::new(Vec::new());
        let sleeps = [3, 1, 2].map(|minutes| {
            let (clock, order) = (&clock, &order);
            async move {
                clock.sleep(MINUTE * minutes).await;
                order.lock().unwrap().push((minutes, clock.now()));
            }
        });
        futures::future::join_all(sleeps).await;
        let expected: Vec<_> = [1, 2, 3].map(|minutes| (minutes, start() + MINUTE * minutes)).into();
        assert_eq!(*order.lock().unwrap(), expected);
    }

    #[tokio::test]
    async fn a_sleep_that_nobody_polls_stops_no_other() {
        let clock = ManualClock::moving_itself(start());
        let mut idle = clock.sleep(MINUTE);
        assert!(idle.as_mut().now_or_never().is_none());
        clock.sleep(MINUTE * 2).await;
        assert_eq!(clock.now(), start() + MINUTE * 2);
        idle.await;
    }

    #[test]
    fn a_clock_can_be_set_back() {
        let clock = ManualClock::at(start());
        clock.set(start() - MINUTE);
        assert_eq!(clock.now(), start() - MINUTE);
    }
}
