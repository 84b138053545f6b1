//! The store, as one process reaches it: sometimes slow, sometimes failing, sometimes failing after the deed.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use acquaint::core::token::{Expected, GrantKey, Saved, Scope, Sealed, TokenStore, Versioned};
use acquaint::{Error, Result, async_trait};
use tokio::time::sleep;

use super::life::Life;
use super::world::World;

/// So often in a row, at most, fails what a process must keep. Longer trouble than the lease has time for costs
/// the answer, and a person must authorise again.
const MOST_FAILURES: u32 = 4;

#[derive(Debug)]
pub(crate) struct Shelf {
    world: Arc<World>,
    life: Life,
    under: Arc<dyn TokenStore>,
    failures: AtomicU32,
    /// Whether nothing ever happens to it.
    safe: bool,
}

impl Shelf {
    pub(crate) fn new(world: &Arc<World>, life: &Life, under: Arc<dyn TokenStore>, safe: bool) -> Self {
        Self { world: Arc::clone(world), life: life.clone(), under, failures: AtomicU32::new(0), safe }
    }

    fn is_calm(&self) -> bool {
        self.safe || self.world.is_quiet()
    }

    fn fails(&self) -> bool {
        let fails = !self.is_calm()
            && self.world.dice.percent(self.world.mood.store)
            && self.failures.fetch_add(1, Ordering::Relaxed) < MOST_FAILURES;
        if !fails {
            self.failures.store(0, Ordering::Relaxed);
        }
        fails
    }

    /// `longest` is for calls that nothing depends on.
    async fn delay(&self, longest: Duration) {
        if self.is_calm() {
            return;
        }
        let dice = &self.world.dice;
        let owes = self.world.ledger().owes(self.life.process);
        let longest = if owes { Duration::from_secs(1) } else { longest };
        if dice.percent(self.world.mood.store) {
            self.world.count("store: slow");
            sleep(longest.mul_f64(dice.below(1001) as f64 / 1000.0)).await;
        } else {
            sleep(dice.millis(0..=15)).await;
        }
    }

    fn failed(&self, what: &'static str) -> Error {
        self.world.count(what);
        self.world.ledger().disturbed = true;
        self.world.tell(format_args!("process {}, {what}", self.life.process));
        Error::store("the disk is full")
    }

    async fn save_now(&self, key: &GrantKey, value: &Sealed, expected: Expected) -> Result<Saved> {
        let slow = Duration::from_secs(self.world.mood.slow_lease);
        let late = self.world.dice.percent(50);
        if late {
            self.delay(slow).await;
        }
        if self.fails() {
            return Err(self.failed("store: failed"));
        }
        let saved = self.under.save(key, value, expected).await?;
        if let Saved::Stored(_) = saved {
            self.world.look(self.life.process).await;
        }
        if !late {
            self.delay(slow).await;
        }
        if self.fails() {
            return Err(self.failed("store: carried out and failed"));
        }
        Ok(saved)
    }
}

#[async_trait]
impl TokenStore for Shelf {
    async fn load(&self, key: &GrantKey) -> Result<Option<Versioned<Sealed>>> {
        self.life
            .during(async {
                self.delay(Duration::from_secs(3)).await;
                if self.fails() {
                    return Err(self.failed("store: failed"));
                }
                let found = self.under.load(key).await;
                self.delay(Duration::from_secs(3)).await;
                found
            })
            .await
    }

    async fn save(&self, key: &GrantKey, value: &Sealed, expected: Expected) -> Result<Saved> {
        self.life.during(self.save_now(key, value, expected)).await
    }

    async fn delete(&self, key: &GrantKey) -> Result<bool> {
        self.under.delete(key).await
    }

    async fn list(&self, scope: Scope, after: Option<&GrantKey>, limit: usize) -> Result<Vec<GrantKey>> {
        self.under.list(scope, after, limit).await
    }
}
