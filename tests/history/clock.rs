//! A clock on which short sleeps pass by themselves.

use std::time::Duration;

use acquaint::async_trait;
use acquaint::core::env::Clock;
use acquaint_testkit::ManualClock;
use chrono::{DateTime, Utc};

/// How long a claim holds in a history.
pub const LEASE: Duration = Duration::from_secs(90);

/// Sleeps that are shorter are waits for something; longer ones keep claims alive, or give up on somebody.
const SHORT: Duration = Duration::from_secs(LEASE.as_secs() / 3);

/// A short sleep lasts this long at least, as on a busy machine, so that a claim of the dead is soon waited for.
const AT_LEAST: Duration = Duration::from_secs(10);

/// How often others get a turn before a short sleep has passed.
const TURNS: usize = 4;

/// Time that moves when somebody waits a little, and else only when a history moves it.
#[derive(Debug, Clone)]
pub struct Time(pub ManualClock);

#[async_trait]
impl Clock for Time {
    fn now(&self) -> DateTime<Utc> {
        self.0.now()
    }

    async fn sleep(&self, duration: Duration) {
        if duration >= SHORT {
            return self.0.sleep(duration).await;
        }
        for _ in 0..TURNS {
            tokio::task::yield_now().await;
        }
        self.0.advance(duration.max(AT_LEAST));
    }
}
