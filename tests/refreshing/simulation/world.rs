//! What a round is played with: one grant, its server, its store, and everything random.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use acquaint::core::auth::GrantAuth;
use acquaint::core::env::{Clock, Env, NoProbe};
use acquaint::core::http::{HttpTransport, Request, Response, TransportError};
use acquaint::core::token::{GrantKey, TokenManager};
use acquaint::{Keys, async_trait};
use acquaint_testkit::sandbox::oauth::{OAuthServer, RefreshPolicy};
use acquaint_testkit::{MemoryStore, SeededEntropy};
use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::Instant;

use super::broken::Defect;
use super::dice::Dice;
use super::ledger::Ledger;
use super::life::Life;
use super::tally::Tally;
use crate::provider;

/// The person whose grant it is.
pub(crate) const OWNER: &str = "owner";

/// How bad a round is: so many of a hundred.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mood {
    /// Calls that come to grief.
    pub(crate) calls: u64,
    /// Probe points at which the process is killed.
    pub(crate) points: u64,
    /// Calls of the store that fail.
    pub(crate) store: u64,
    /// Seconds that taking the lease lasts at most.
    pub(crate) slow_lease: u64,
    /// Seconds that a clock is wrong at most. The more, the less time is left for a slow store.
    pub(crate) skew: u64,
}

#[derive(Debug)]
pub(crate) struct World {
    pub(crate) dice: Dice,
    pub(crate) mood: Mood,
    pub(crate) defect: Option<Defect>,
    pub(crate) server: OAuthServer,
    pub(crate) memory: MemoryStore,
    pub(crate) entropy: SeededEntropy,
    pub(crate) auth: GrantAuth,
    pub(crate) key: GrantKey,
    pub(crate) life: TimeDelta,
    pub(crate) began: Instant,
    observer: TokenManager,
    quiet: AtomicBool,
    ledger: Mutex<Ledger>,
    tally: Mutex<Tally>,
    story: Mutex<Vec<String>>,
}

impl World {
    pub(crate) fn new(seed: u64, defect: Option<Defect>) -> Arc<Self> {
        let dice = Dice::new(seed);
        let (slow_lease, skew) = dice.pick(&[(10, 14), (45, 4)]);
        // Defects show where calls fail often.
        let calls = if defect.is_some() { 60 } else { dice.pick(&[15, 35, 60]) };
        let mood =
            Mood { calls, points: dice.pick(&[0, 4, 15]), store: dice.pick(&[0, 3, 12]), slow_lease, skew };
        let policy = match defect {
            Some(Defect::OmittedTokenIsNamed) => RefreshPolicy::KeptSilently,
            None if dice.percent(33) => RefreshPolicy::KeptSilently,
            _ => RefreshPolicy::Rotating,
        };
        let life = TimeDelta::seconds(dice.pick(&[60, 600, 3600]));
        let (began, memory) = (Instant::now(), MemoryStore::new());
        let entropy = SeededEntropy::new(!seed);
        let env = Env {
            clock: Arc::new(AtTheBeginning),
            entropy: Arc::new(entropy.clone()),
            http: Arc::new(Nowhere),
            probe: Arc::new(NoProbe),
        };
        Arc::new(Self {
            observer: TokenManager::new(Arc::new(memory.clone()), Arc::new(keys()), env),
            server: provider::server(
                Arc::new(Time { began, life: None, skew: TimeDelta::zero() }),
                policy,
                life,
            ),
            auth: provider::auth("https://id.example"),
            key: provider::grant("acme", "g1"),
            dice,
            mood,
            defect,
            memory,
            entropy,
            life,
            began,
            quiet: AtomicBool::new(false),
            ledger: Mutex::default(),
            tally: Mutex::default(),
            story: Mutex::default(),
        })
    }

    pub(crate) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn count(&self, what: &'static str) {
        self.tally.lock().unwrap().count(what);
    }

    pub(crate) fn tally(&self) -> Tally {
        self.tally.lock().unwrap().clone()
    }

    /// Notes what happens, to be told when the round fails.
    pub(crate) fn tell(&self, what: impl std::fmt::Display) {
        let line = format!("{:>10.3} {what}", self.began.elapsed().as_secs_f64());
        self.story.lock().unwrap().push(line);
    }

    pub(crate) fn story(&self) -> Vec<String> {
        self.story.lock().unwrap().clone()
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        start() + TimeDelta::from_std(self.began.elapsed()).unwrap()
    }

    /// From now on nothing fails.
    pub(crate) fn calm(&self) {
        self.quiet.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_quiet(&self) -> bool {
        self.quiet.load(Ordering::Relaxed)
    }

    pub(crate) fn kill(&self, life: &Life, how: &'static str) {
        self.count(how);
        self.tell(format_args!("process {} is {how}", life.process));
        life.end();
        self.ledger().killed(life.process);
    }

    /// Looks at what is kept, after a process has changed it.
    pub(crate) async fn look(&self, process: u32) {
        let live = self.observer.access(&self.key, &self.auth).await.ok();
        let status = self.observer.status(&self.key).await.unwrap().unwrap();
        let access = live.as_ref().map(|live| live.secret.expose());
        let shown = access.map_or("no token", name);
        self.tell(format_args!("process {process} has kept {shown}, {:?}", status.state));
        let mut ledger = self.ledger();
        let before = ledger.ended().cloned();
        ledger.kept(process, access, status.state);
        match ledger.ended() {
            Some(reason) if before.is_none() => self.count(match reason {
                acquaint::core::token::ReauthReason::ReplyLost { .. } => "told to authorise again: ReplyLost",
                _ => "told to authorise again: Revoked",
            }),
            _ => {}
        }
    }
}

pub(crate) fn keys() -> Keys {
    Keys::new("k1", [7; 32])
}

/// The beginning of a token, to be told.
pub(crate) fn name(token: &str) -> &str {
    token.get(..9).unwrap_or(token)
}

fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

/// Tokio's time as a process sees it.
#[derive(Debug)]
pub(crate) struct Time {
    pub(crate) began: Instant,
    pub(crate) life: Option<Life>,
    pub(crate) skew: TimeDelta,
}

#[async_trait]
impl Clock for Time {
    fn now(&self) -> DateTime<Utc> {
        start() + TimeDelta::from_std(self.began.elapsed()).unwrap() + self.skew
    }

    async fn sleep(&self, duration: Duration) {
        match &self.life {
            Some(life) => life.during(tokio::time::sleep(duration)).await,
            None => tokio::time::sleep(duration).await,
        }
    }
}

/// The clock of who only looks: to it no token ever grows old.
#[derive(Debug)]
struct AtTheBeginning;

#[async_trait]
impl Clock for AtTheBeginning {
    fn now(&self) -> DateTime<Utc> {
        start() - TimeDelta::days(1)
    }

    async fn sleep(&self, _: Duration) {}
}

#[derive(Debug)]
struct Nowhere;

#[async_trait]
impl HttpTransport for Nowhere {
    async fn send(&self, _: Request) -> Result<Response, TransportError> {
        panic!("who only looks makes no call")
    }
}
