//! A process: one token manager and everything around it.

use std::sync::Arc;

use acquaint::core::env::{Env, Probe};
use acquaint::core::token::{TokenManager, TokenStore};
use acquaint::{ErrorKind, Result, async_trait};
use chrono::TimeDelta;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use super::broken::Defect;
use super::endpoint::Endpoint;
use super::ledger::Rule;
use super::life::Life;
use super::store::Shelf;
use super::world::{Time, World, keys, name};

#[derive(Debug)]
pub(crate) struct Process {
    pub(crate) life: Life,
    pub(crate) tokens: TokenManager,
    callers: Vec<JoinHandle<()>>,
}

impl Process {
    /// A process that `number` names; a `safe` one has no trouble with the store.
    pub(crate) fn start(world: &Arc<World>, number: u32, safe: bool) -> Self {
        let life = Life::new(number);
        let most = i64::try_from(world.mood.skew).unwrap() * 1000;
        let drawn = i64::try_from(world.dice.below(2 * world.mood.skew * 1000 + 1)).unwrap();
        let mut skew = TimeDelta::milliseconds(drawn - most);
        if world.defect == Some(Defect::ClocksMinutesApart) {
            skew = TimeDelta::minutes(3 * i64::from(number % 2));
        }
        let env = Env {
            clock: Arc::new(Time { began: world.began, life: Some(life.clone()), skew }),
            entropy: Arc::new(world.entropy.clone()),
            http: Arc::new(Endpoint { world: Arc::clone(world), life: life.clone() }),
            probe: Arc::new(Trap { world: Arc::clone(world), life: life.clone() }),
        };
        let under: Arc<dyn TokenStore> = Arc::new(world.memory.clone());
        let under = match (world.defect, safe) {
            (Some(defect), false) => defect.over(world, under),
            _ => under,
        };
        let store = Arc::new(Shelf::new(world, &life, under, safe));
        let tokens = TokenManager::new(store, Arc::new(keys()), env);
        world.tell(format_args!("process {number} starts, with a clock {skew} ahead"));
        Self { life, tokens, callers: Vec::new() }
    }

    /// So many tasks want a token, at once or within a moment.
    pub(crate) fn ask(&mut self, world: &Arc<World>, tasks: u64) {
        let together = world.dice.percent(50);
        for _ in 0..tasks {
            let wait = world.dice.millis(0..=if together { 0 } else { 3000 });
            let refuse = world.dice.percent(8);
            let (world, life, tokens) = (Arc::clone(world), self.life.clone(), self.tokens.clone());
            self.callers.push(tokio::spawn(async move {
                sleep(wait).await;
                life.clone().during(call(&world, &life, &tokens, refuse)).await;
            }));
        }
    }

    /// Some callers go away.
    pub(crate) fn drop_callers(&self, world: &World) {
        for caller in self.callers.iter().filter(|caller| !caller.is_finished()) {
            if world.dice.percent(50) {
                world.count("callers dropped");
                caller.abort();
            }
        }
    }

    /// Everybody who asked must have been answered.
    pub(crate) async fn finish(&mut self, world: &World) {
        for caller in self.callers.drain(..) {
            if self.life.is_over() {
                caller.abort();
            } else if !caller.is_finished() {
                let how = format!("process {} still waits", self.life.process);
                world.ledger().wrong(Rule::Caller, how);
                caller.abort();
            }
            if let Err(error) = caller.await
                && error.is_panic()
            {
                std::panic::resume_unwind(error.into_panic());
            }
        }
    }
}

/// One caller: wants a token, and sometimes is told by the provider that it is no good.
async fn call(world: &World, life: &Life, tokens: &TokenManager, refuse: bool) {
    let outcome = match tokens.access(&world.key, &world.auth).await {
        Ok(live) => {
            world.count("tokens handed out");
            world.ledger().handed(life.process, live.secret.expose());
            if !refuse {
                return;
            }
            world.count("token said to be refused");
            world.tell(format_args!("process {}: {} is refused", life.process, name(live.secret.expose())));
            tokens.refused(&world.key, &world.auth, live.stamp).await.map(|_| ())
        }
        Err(error) => Err(error),
    };
    let Err(error) = outcome else { return };
    let explained =
        [ErrorKind::Unavailable, ErrorKind::RateLimited, ErrorKind::Store, ErrorKind::NeedsReauth];
    if !explained.contains(&error.kind()) {
        world.ledger().wrong(Rule::Caller, format!("process {}: {error:?}", life.process));
    }
}

/// Kills the process at named points.
#[derive(Debug)]
struct Trap {
    world: Arc<World>,
    life: Life,
}

#[async_trait]
impl Probe for Trap {
    async fn reach(&self, point: &'static str) -> Result<()> {
        let how = match point {
            "token.leased" => "killed at token.leased",
            "token.answered" => "killed at token.answered",
            "token.saved" => "killed at token.saved",
            _ => return Ok(()),
        };
        if !self.world.is_quiet() && self.world.dice.percent(self.world.mood.points) {
            self.world.kill(&self.life, how);
        }
        self.life.during(async { Ok(()) }).await
    }
}
