//! Running a history.

use std::fmt::Debug;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use acquaint::core::env::Clock;
use acquaint::core::store::{LaneState, Store};
use acquaint::{ErrorKind, SyncReport, Tenant};
use acquaint_testkit::ManualClock;
use acquaint_testkit::sandbox::InProcess;

use super::Mismatch;
use super::check::{self, Depth};
use super::clock::{LEASE, Time};
use super::life::Death;
use super::scene::{Edit, Scene};
use super::step::{History, Meanwhile, POINTS, Step};
use super::tally::Tally;
use super::worker::{Hiring, Worker};
use crate::oracle::{CLOUD_RULES, LOCAL_RULES, Rules};

/// What stands between the engines of one history and their store.
pub trait Bend: Debug {
    fn over(&self, store: Arc<dyn Store>) -> Arc<dyn Store>;
}

/// Nothing does.
#[derive(Debug)]
pub struct Straight;

impl Bend for Straight {
    fn over(&self, store: Arc<dyn Store>) -> Arc<dyn Store> {
        store
    }
}

/// How a sync ended.
#[derive(Debug)]
enum Ended {
    Well(SyncReport),
    /// Decisions wait for a baseline.
    Pending,
    /// Somebody else took over, or a provider was in trouble.
    Cut,
    Died,
}

struct Story<'a> {
    store: Arc<dyn Store>,
    bend: &'a dyn Bend,
    scene: Arc<Scene>,
    rules: &'static Rules,
    hiring: Hiring,
    product: Tenant,
    workers: Vec<Worker>,
    hired: u64,
    tally: Tally,
}

/// Runs `history` on an empty `store`. `turns` lets workers run at once, which repeats exactly only on a store
/// that answers at once.
pub async fn run(
    history: &History,
    store: Arc<dyn Store>,
    bend: &dyn Bend,
    turns: bool,
) -> Result<Tally, Mismatch> {
    let clock = Time(ManualClock::at("2026-03-02T08:00:00Z".parse().unwrap()));
    let scene = Scene::new(clock.clone(), history.cloud);
    let [one, other] = if history.cloud { CLOUD_RULES } else { LOCAL_RULES };
    let mut rules = if history.rules == 0 { one } else { other };
    if let Some(random) = &history.random {
        rules = rules.with(random.clone());
    }
    let rules: &Rules = Box::leak(Box::new(rules));
    let network = scene.cloud.as_ref().map_or_else(InProcess::new, |cloud| cloud.network());
    let hiring = Hiring { manifest: check::manifest(rules), clock, network, seed: history.seed, turns };
    let product = Worker::hire(&hiring, 0, Arc::clone(&store), |store| store).await;
    let mut story = Story {
        store,
        bend,
        scene,
        rules,
        hiring,
        product: product.tenant(),
        workers: Vec::new(),
        hired: 0,
        tally: Tally::default(),
    };
    // The source is there from the beginning, so that nobody is taken for not connected.
    let first = Edit::Local(super::local::LocalEdit::PutUser(0, 0));
    story.scene.edit(&story.product, &first).await?;
    if let Some(cloud) = &story.scene.cloud {
        cloud.connect(&product.acquaint, super::worker::TENANT).await;
    }
    for edit in super::prelude::edits(history.cloud).iter().filter(|_| history.peopled) {
        story.scene.edit(&story.product, edit).await?;
    }
    for _ in 0..2 {
        let worker = story.hire().await;
        story.workers.push(worker);
    }
    for step in &history.steps {
        story.step(step).await?;
    }
    story.end().await?;
    story.tally.told = usize::try_from(story.product.position().await.unwrap()).unwrap();
    Ok(story.tally)
}

impl Story<'_> {
    async fn hire(&mut self) -> Worker {
        self.hired += 1;
        Worker::hire(&self.hiring, self.hired, Arc::clone(&self.store), |store| self.bend.over(store)).await
    }

    fn wait(&self, time: Duration) {
        self.hiring.clock.0.advance(time);
    }

    async fn step(&mut self, step: &Step) -> Result<(), Mismatch> {
        match step {
            Step::Edit(edit) => self.scene.edit(&self.product, edit).await,
            Step::Wait(minutes) => {
                self.wait(Duration::from_secs(minutes.unsigned_abs() * 60));
                Ok(())
            }
            Step::Sync(index) => {
                // A pass that was cut short goes on from where it was: what came since is for the next one.
                let fresh = self.no_pass_under_way().await;
                let ended = sync(&self.workers[*index]).await?;
                self.note(&ended);
                if matches!(ended, Ended::Well(_)) && fresh {
                    self.check(Depth::Increments).await?;
                }
                Ok(())
            }
            Step::Crash(death) => {
                let worker = &self.workers[0];
                match *death {
                    Death::AtPoint(nth) => worker.script.crash_when_any(nth),
                    Death::BeforeVerb(nth) => worker.life.end_at_verb(nth, false),
                    Death::AfterVerb(nth) => worker.life.end_at_verb(nth, true),
                }
                let ended = sync(worker).await?;
                self.note(&ended);
                self.workers[0] = self.hire().await;
                Ok(())
            }
            Step::During { point, nth, meanwhile } => self.during(POINTS[*point], *nth, meanwhile).await,
            Step::Together => {
                let (one, other) = if self.hiring.turns {
                    tokio::join!(sync(&self.workers[0]), sync(&self.workers[1]))
                } else {
                    (sync(&self.workers[0]).await, sync(&self.workers[1]).await)
                };
                self.note(&one?);
                self.note(&other?);
                Ok(())
            }
        }
    }

    async fn during(&mut self, point: &str, nth: usize, meanwhile: &Meanwhile) -> Result<(), Mismatch> {
        let (edits, other) = match meanwhile {
            Meanwhile::OtherSync => (Vec::new(), true),
            Meanwhile::Edits(edits) => (edits.clone(), false),
            Meanwhile::Both(edits) => (edits.clone(), true),
        };
        let wrong: Arc<Mutex<Option<Mismatch>>> = Arc::default();
        let reached = Arc::new(AtomicUsize::new(0));
        let (scene, product) = (Arc::clone(&self.scene), self.product.clone());
        let (second, said, came) = (self.workers[1].clone(), Arc::clone(&wrong), Arc::clone(&reached));
        self.workers[0].script.interleave(point, nth, move || async move {
            came.fetch_add(1, Ordering::Relaxed);
            let work = async {
                for edit in &edits {
                    scene.edit(&product, edit).await?;
                }
                if other {
                    sync(&second).await?;
                }
                Ok(())
            };
            if let Err(mismatch) = work.await {
                *said.lock().unwrap() = Some(mismatch);
            }
            Ok(())
        });
        let ended = sync(&self.workers[0]).await?;
        self.note(&ended);
        self.tally.held_up += reached.load(Ordering::Relaxed);
        // What was not come to must not wait for a later sync.
        self.workers[0] = self.hire().await;
        let wrong = wrong.lock().unwrap().take();
        wrong.map_or(Ok(()), Err)
    }

    async fn no_pass_under_way(&self) -> bool {
        self.product.lanes().await.unwrap().iter().all(|lane| lane.progress.pass.is_none())
    }

    async fn check(&mut self, depth: Depth) -> Result<(), Mismatch> {
        let now = self.hiring.clock.now();
        self.tally += check::all(&*self.store, &self.product, &self.scene, self.rules, depth, now).await?;
        Ok(())
    }

    fn note(&mut self, ended: &Ended) {
        match ended {
            Ended::Died => self.tally.died += 1,
            Ended::Cut => self.tally.cut += 1,
            Ended::Well(_) | Ended::Pending => {}
        }
    }

    /// Quiet: nobody edits any more, every cadence falls due, and syncs go on until nothing changes.
    async fn end(&mut self) -> Result<(), Mismatch> {
        self.workers[0] = self.hire().await;
        self.wait(LEASE * 2);
        // Whatever trouble is left is met and over.
        for _ in 0..12 {
            if matches!(sync(&self.workers[0]).await?, Ended::Well(_)) && self.no_pass_under_way().await {
                break;
            }
            self.wait(Duration::from_secs(3_600));
        }
        self.wait(Duration::from_secs(9 * 24 * 3_600));
        let quiet = self.hiring.clock.now();
        for round in 0.. {
            let ended = sync(&self.workers[0]).await?;
            let lanes = self.product.lanes().await.unwrap();
            let reconciles = |other: &LaneState| other.id.lane.as_str() == "reconcile";
            let baselines = lanes.iter().all(|lane| {
                let stands_by = lane.progress.binding.is_none() && !reconciles(lane);
                let reconciled =
                    lanes.iter().any(|other| reconciles(other) && other.id.stream == lane.id.stream);
                let reads_all = reconciles(lane) || (lane.id.lane.as_str() == "head" && !reconciled);
                !reads_all || stands_by || lane.progress.last_baseline.is_some_and(|at| at >= quiet)
            });
            if let Ended::Well(report) = &ended
                && report.totals.changed + report.totals.changes == 0
                && baselines
            {
                break;
            }
            if round == 10 {
                return Err(Mismatch::new("quiet", format!("it never comes: {ended:?}")));
            }
            self.wait(Duration::from_secs(7_200));
        }
        // Decisions that depend on the clock are made at its last instant.
        sync(&self.workers[0]).await?;
        self.check(Depth::Baselines).await?;
        self.nothing_more().await
    }

    /// One more sync changes nothing and tells nobody.
    async fn nothing_more(&self) -> Result<(), Mismatch> {
        let state = async || {
            let meetings = self.product.meetings().all().await.unwrap();
            (meetings, self.product.position().await.unwrap())
        };
        let before = state().await;
        let ended = sync(&self.workers[1]).await?;
        if !matches!(&ended, Ended::Well(report) if report.totals.changed + report.totals.changes == 0) {
            return Err(Mismatch::new("one more sync", format!("it did something: {ended:?}")));
        }
        if state().await != before {
            return Err(Mismatch::new("one more sync", "it changed meetings or told of them"));
        }
        Ok(())
    }
}

/// A sync of one worker, whose failures must have a cause.
async fn sync(worker: &Worker) -> Result<Ended, Mismatch> {
    let overtaken = |kind: ErrorKind| matches!(kind, ErrorKind::Fenced | ErrorKind::Conflict);
    // A calendar may go from a list while it is read.
    let gone = |kind: ErrorKind| kind == ErrorKind::NotFound;
    let outcome = worker.tenant().sync().await;
    if worker.life.is_over() {
        return Ok(Ended::Died);
    }
    let report = match outcome {
        Ok(report) => report,
        Err(error) if overtaken(error.kind()) => return Ok(Ended::Cut),
        Err(error) => return Err(Mismatch::new("a sync failed", format!("{error:?}"))),
    };
    let mut cut = report.lanes.iter().any(|lane| lane.fenced);
    for lane in &report.lanes {
        match &lane.error {
            None => {}
            Some(error) if overtaken(error.kind()) || gone(error.kind()) || error.is_transient() => {
                cut = true
            }
            Some(error) => return Err(Mismatch::new("a lane failed", format!("{}: {error:?}", lane.lane))),
        }
    }
    Ok(match (cut, report.pending.is_empty()) {
        (true, _) => Ended::Cut,
        (false, false) => Ended::Pending,
        (false, true) => Ended::Well(report),
    })
}
