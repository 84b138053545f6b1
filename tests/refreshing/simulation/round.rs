//! One round: some processes want a token, everything happens to them, and then all must be well.

use std::sync::Arc;
use std::time::Duration;

use acquaint::ErrorKind;
use acquaint::core::http::Stamp;
use acquaint::core::token::{GrantState, ReauthReason};
use chrono::TimeDelta;
use tokio::time::sleep;

use super::broken::Defect;
use super::ledger::{Rule, Violation};
use super::process::Process;
use super::tally::Tally;
use super::world::{OWNER, World};
use crate::provider::{accepts, authorise};

#[derive(Debug)]
pub(crate) struct Played {
    pub(crate) violations: Vec<Violation>,
    pub(crate) story: Vec<String>,
    pub(crate) tally: Tally,
}

/// Plays the round of a seed, with a defect if there is to be one.
pub(crate) fn play(seed: u64, defect: Option<Defect>) -> Played {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let world = World::new(seed, defect);
        let mut round = Round::begin(world.clone()).await;
        round.trouble().await;
        round.end().await;
        let violations = std::mem::take(&mut world.ledger().violations);
        Played { violations, story: world.story(), tally: world.tally() }
    })
}

/// Longer than any lease, pause and call.
const LONG: Duration = Duration::from_secs(900);

struct Round {
    world: Arc<World>,
    /// Where the product keeps what a person has authorised.
    product: Process,
    processes: Vec<Process>,
    /// How many there ever were: their numbers are never used again.
    started: u32,
}

impl Round {
    async fn begin(world: Arc<World>) -> Self {
        let product = Process::start(&world, 0, true);
        let mut round = Self { world, product, processes: Vec::new(), started: 0 };
        round.authorise().await;
        for _ in 0..round.world.dice.within(2..=4) {
            let process = round.start();
            round.processes.push(process);
        }
        round
    }

    fn start(&mut self) -> Process {
        self.started += 1;
        Process::start(&self.world, self.started, false)
    }

    async fn authorise(&self) {
        let world = &self.world;
        world.tell("the person authorises");
        world.ledger().authorised();
        let tokens = authorise(&world.server, OWNER, world.now());
        self.product.tokens.save_new(&world.key, tokens).await.unwrap();
    }

    /// The place of a process that lives: a dead one is started again first.
    async fn pick(&mut self) -> usize {
        let place = usize::try_from(self.world.dice.below(self.processes.len() as u64)).unwrap();
        if self.processes[place].life.is_over() {
            let fresh = self.start();
            let mut dead = std::mem::replace(&mut self.processes[place], fresh);
            dead.finish(&self.world).await;
        }
        place
    }

    async fn trouble(&mut self) {
        let world = Arc::clone(&self.world);
        let dice = &world.dice;
        let life = u64::try_from(world.life.num_milliseconds()).unwrap();
        for _ in 0..dice.within(8..=20) {
            let longest = dice.pick(&[0, 300, 5_000, 60_000, life]);
            sleep(dice.millis(0..=longest)).await;
            let place = self.pick().await;
            match dice.below(20) {
                0..=8 => self.processes[place].ask(&world, dice.within(1..=5)),
                9..=11 => {
                    for process in &mut self.processes {
                        process.ask(&world, dice.within(1..=3));
                    }
                }
                12..=13 => {
                    for process in &self.processes {
                        process.drop_callers(&world);
                    }
                }
                14 => world.kill(&self.processes[place].life, "killed at an instant"),
                15..=16 => sleep(Duration::from_millis(life)).await,
                17 if dice.percent(10) => {
                    world.count("revoked at the provider");
                    world.tell("the person ends the grant at the provider");
                    world.ledger().revoked = true;
                    world.server.revoke_account(OWNER);
                }
                _ => {}
            }
            if world.ledger().ended().is_some() && dice.percent(40) {
                world.count("authorised again");
                self.authorise().await;
            }
        }
    }

    async fn end(&mut self) {
        let world = Arc::clone(&self.world);
        world.tell("all trouble is over");
        world.calm();
        sleep(LONG).await;
        for process in &mut self.processes {
            process.finish(&world).await;
        }
        let place = self.pick().await;
        self.first_token(place).await;
        // Once more with a token that is surely too old.
        sleep(LONG + world.life.to_std().unwrap()).await;
        let place = self.pick().await;
        self.last_token(place).await;
        self.all_is_well_after_authorising_again().await;
    }

    fn wrong(&self, rule: Rule, how: impl Into<String>) {
        self.world.ledger().wrong(rule, how);
    }

    /// What is handed out works, unless the grant is dead and nobody could know.
    async fn first_token(&self, place: usize) {
        let world = &self.world;
        match self.processes[place].tokens.access(&world.key, &world.auth).await {
            Ok(live) => {
                world.ledger().handed(self.processes[place].life.process, live.secret.expose());
                let (revoked, lost) = world.ledger().dead();
                if !revoked && !lost && !self.is_good(live.secret.expose()) {
                    self.wrong(Rule::NoToken, "after all trouble, the server does not accept the token");
                }
            }
            Err(error) if error.kind() == ErrorKind::NeedsReauth => {}
            Err(error) => self.wrong(Rule::NoToken, format!("after all trouble: {error:?}")),
        }
    }

    /// Whether the server accepts the token, or would by a clock as slow as processes have.
    fn is_good(&self, access: &str) -> bool {
        let world = &self.world;
        let skew = TimeDelta::seconds(i64::try_from(world.mood.skew).unwrap());
        let expired = world.server.inspect(access).unwrap().expires_at.unwrap();
        accepts(&world.server, access) || (expired <= world.now() && expired > world.now() - skew)
    }

    /// A grant that works is renewed; one that does not says why.
    async fn last_token(&self, place: usize) {
        let world = &self.world;
        let process = &self.processes[place];
        let outcome = process.tokens.access(&world.key, &world.auth).await;
        let state = process.tokens.status(&world.key).await.unwrap().unwrap().state;
        let (revoked, lost) = world.ledger().dead();
        match (outcome, state) {
            (Ok(live), GrantState::Live) => {
                world.ledger().handed(process.life.process, live.secret.expose());
                if revoked || lost {
                    self.wrong(Rule::NotNoticed, format!("revoked: {revoked}, reply lost: {lost}"));
                } else if accepts(&world.server, live.secret.expose()) {
                    world.count("ended alive");
                } else {
                    self.wrong(Rule::NoToken, "in the end, the server does not accept the token");
                }
            }
            (Err(error), GrantState::NeedsReauth { reason, .. })
                if error.kind() == ErrorKind::NeedsReauth =>
            {
                if lost {
                    world.count("ended for a lost reply");
                }
                if !revoked && !lost {
                    self.wrong(Rule::NoToken, format!("in the end, without cause: {reason:?}"));
                }
                if lost && !matches!(reason, ReauthReason::ReplyLost { .. }) {
                    self.wrong(Rule::WrongReason, format!("a reply was lost, and it says {reason:?}"));
                }
            }
            (outcome, state) => self.wrong(Rule::NoToken, format!("in the end: {outcome:?}, {state:?}")),
        }
    }

    /// As long as a person is needed nobody is asked; afterwards everybody is served.
    async fn all_is_well_after_authorising_again(&mut self) {
        let world = Arc::clone(&self.world);
        if world.ledger().ended().is_none() {
            return;
        }
        for process in self.processes.iter().filter(|process| !process.life.is_over()) {
            let outcomes = [
                process.tokens.access(&world.key, &world.auth).await.err(),
                process.tokens.refused(&world.key, &world.auth, Stamp(0)).await.err(),
            ];
            for error in outcomes {
                if error.as_ref().is_none_or(|error| error.kind() != ErrorKind::NeedsReauth) {
                    self.wrong(Rule::NotNoticed, format!("a person is needed, and not asked: {error:?}"));
                }
            }
        }
        self.authorise().await;
        sleep(LONG + world.life.to_std().unwrap()).await;
        for _ in 0..3 {
            let place = self.pick().await;
            let outcome = self.processes[place].tokens.access(&world.key, &world.auth).await;
            if !outcome.as_ref().is_ok_and(|live| accepts(&world.server, live.secret.expose())) {
                self.wrong(Rule::NoToken, format!("after authorising again: {outcome:?}"));
            }
        }
    }
}
