//! The worker: reads what falls due, decides what is dirty and delivers what is told, for all tenants, until it is told to stop.
//!
//! Workers in any number of processes share the work through the store alone: a lane or a join is worked on by whoever has
//! claimed it.

mod chores;
mod jobs;
mod options;

pub use options::WorkOptions;

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use acquaint_core::Result;
use acquaint_core::ids::{DestinationName, TenantId};
use acquaint_core::store::ClaimLanes;
use chrono::{DateTime, TimeDelta, Utc};
use tokio::task::{Id, JoinError, JoinSet};

use crate::engine::Engine;
use jobs::{Done, Joining};

/// How long a tenant whose decisions have to wait is left alone, unless something is read for it.
const PENDING: TimeDelta = TimeDelta::minutes(1);

/// What a worker did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Worked {
    /// Runs of lanes.
    pub lanes: u64,
    /// Runs that failed. Each lane says in `Tenant::status` why, and is tried again later.
    pub failed: u64,
    /// Changes that providers reported.
    pub records: u64,
    /// Records whose views changed, appeared or went.
    pub changed: u64,
    /// Meetings that were decided anew.
    pub decided: u64,
    /// Entries put into the feeds.
    pub changes: u64,
    /// What destinations have taken.
    pub delivered: u64,
    /// Pieces of work that were given up because the time to finish them had run out. Whoever works next goes on with them.
    pub abandoned: u64,
}

/// Works until `shutdown` completes, and then finishes what can be finished in time.
pub(crate) async fn run(
    engine: &Engine,
    options: &WorkOptions,
    shutdown: impl Future<Output = ()>,
) -> Worked {
    let mut worker = Worker::new(engine, options);
    tokio::pin!(shutdown);
    loop {
        worker.begin().await;
        let look = (worker.look_at - engine.env.now()).to_std().unwrap_or_default();
        tokio::select! {
            biased;
            () = engine.stirred.notified() => worker.look_at = DateTime::UNIX_EPOCH,
            () = engine.env.clock.sleep(look) => {}
            () = &mut shutdown => break,
            Some(done) = worker.tasks.join_next_with_id() => worker.note(done),
        }
    }
    worker.drain().await
}

/// A piece of work that is under way.
#[derive(Debug, Clone)]
enum Job {
    Lane,
    Join(TenantId),
    Delivery(DestinationName),
    Chores,
}

struct Worker<'a> {
    engine: &'a Engine,
    options: &'a WorkOptions,
    tasks: JoinSet<Done>,
    jobs: HashMap<Id, Job>,
    lanes: usize,
    joining: BTreeSet<TenantId>,
    /// Destinations that are being served; each is on its own, so that none waits for another.
    serving: BTreeSet<DestinationName>,
    /// Whether something was decided that is to be delivered at once.
    news: bool,
    /// Tenants with something to decide, in their order.
    dirty: VecDeque<TenantId>,
    /// The same, to be found.
    queued: BTreeSet<TenantId>,
    /// Tenants whose decisions have to wait for something to be read, and until when they are left alone.
    pending: BTreeMap<TenantId, DateTime<Utc>>,
    /// Tells whoever works to come to an end.
    stop: Arc<AtomicBool>,
    look_at: DateTime<Utc>,
    scan_at: DateTime<Utc>,
    chores: chores::Due,
    /// Whether the last claim got as many lanes as it had asked for.
    more: bool,
    worked: Worked,
}

impl<'a> Worker<'a> {
    fn new(engine: &'a Engine, options: &'a WorkOptions) -> Self {
        Self {
            engine,
            options,
            tasks: JoinSet::new(),
            jobs: HashMap::new(),
            lanes: 0,
            joining: BTreeSet::new(),
            serving: BTreeSet::new(),
            news: false,
            dirty: VecDeque::new(),
            queued: BTreeSet::new(),
            pending: BTreeMap::new(),
            stop: Arc::default(),
            look_at: DateTime::UNIX_EPOCH,
            scan_at: DateTime::UNIX_EPOCH,
            chores: chores::Due::default(),
            more: false,
            worked: Worked::default(),
        }
    }

    /// Begins whatever there is to do and room for. A store that fails is asked again at the next look.
    async fn begin(&mut self) {
        let now = self.engine.env.now();
        let looks = now >= self.look_at;
        if looks {
            self.look_at = now + self.options.between_looks();
        }
        let free = self.options.lanes.saturating_sub(self.lanes);
        // While much waits, lanes are claimed by the dozen.
        if looks || free > 0 && (!self.more || free >= self.options.lanes.div_ceil(4)) {
            self.claim(now, free).await.unwrap_or_else(|error| {
                tracing::warn!(%error, "no work could be claimed");
                self.more = false;
            });
        }
        if now >= self.scan_at {
            self.scan_at = now + self.options.between_looks() * 10;
            self.scan(now)
                .await
                .unwrap_or_else(|error| tracing::warn!(%error, "no dirty tenants could be found"));
        }
        self.join();
        if looks || std::mem::take(&mut self.news) {
            self.deliver();
        }
        if let Some(chores) = self.chores.take(now) {
            self.spawn(Job::Chores, chores::run(self.engine.clone(), chores));
        }
    }

    /// Claims lanes; the last quarter of the room is kept for those that somebody wants.
    async fn claim(&mut self, now: DateTime<Utc>, free: usize) -> Result<()> {
        let kept = self.options.lanes / 4;
        let (limit, due_by) = match free.saturating_sub(kept) {
            0 => (free, DateTime::<Utc>::MIN_UTC),
            limit => (limit, now),
        };
        if limit == 0 {
            return Ok(());
        }
        let request = ClaimLanes {
            tenant: None,
            worker: &self.engine.worker,
            now,
            due_by,
            lease: self.engine.lease,
            limit,
            each: self.engine.concurrency,
        };
        let claimed = self.engine.store.claim_lanes(&request).await?;
        self.more = claimed.len() == limit;
        for claimed in claimed {
            let turn = self.options.turn_from(now, &self.stop);
            self.lanes += 1;
            self.spawn(Job::Lane, jobs::lane(self.engine.clone(), claimed, turn));
        }
        Ok(())
    }

    /// Finds tenants with something to decide: what a crash or another process has left, and what has run out.
    async fn scan(&mut self, now: DateTime<Utc>) -> Result<()> {
        self.pending.retain(|_, until| *until > now);
        let mut after = None;
        loop {
            let found = self.engine.store.undecided(after.as_ref(), PAGE, now).await?;
            let last = found.last().cloned();
            let ended = found.len() < PAGE;
            for tenant in found {
                if !self.pending.contains_key(&tenant) {
                    self.dirtied(tenant);
                }
            }
            if ended {
                return Ok(());
            }
            after = last;
        }
    }

    fn dirtied(&mut self, tenant: TenantId) {
        if self.queued.insert(tenant.clone()) {
            self.dirty.push_back(tenant);
        }
    }

    /// Begins to decide for as many tenants as there is room for. Those for which it decides already come again: what has
    /// changed meanwhile may be behind what that has seen.
    fn join(&mut self) {
        for _ in 0..self.dirty.len() {
            if self.joining.len() >= self.options.joins {
                return;
            }
            let Some(tenant) = self.dirty.pop_front() else { return };
            if self.joining.contains(&tenant) {
                self.dirty.push_back(tenant);
                continue;
            }
            self.queued.remove(&tenant);
            self.joining.insert(tenant.clone());
            self.spawn(Job::Join(tenant.clone()), jobs::join(self.engine.clone(), tenant));
        }
    }

    /// Serves every destination that is not being served.
    fn deliver(&mut self) {
        let engine = self.engine;
        for destination in engine.destinations.keys() {
            if self.serving.insert(destination.clone()) {
                let stop = Arc::clone(&self.stop);
                let work = jobs::deliver(engine.clone(), destination.clone(), stop);
                self.spawn(Job::Delivery(destination.clone()), work);
            }
        }
    }

    fn spawn(&mut self, job: Job, work: impl Future<Output = Done> + Send + 'static) {
        let id = self.tasks.spawn(work).id();
        self.jobs.insert(id, job);
    }

    /// Notes what became of a piece of work.
    fn note(&mut self, done: Result<(Id, Done), JoinError>) {
        let (id, done) = match done {
            Ok((id, done)) => (id, done),
            Err(error) => {
                // What it had claimed is free again when its lease is over.
                tracing::error!(panicked = error.is_panic(), "a piece of work ended without an answer");
                self.worked.failed += 1;
                (error.id(), Done::Nothing)
            }
        };
        match self.jobs.remove(&id) {
            Some(Job::Lane) => self.lanes = self.lanes.saturating_sub(1),
            Some(Job::Join(tenant)) => _ = self.joining.remove(&tenant),
            Some(Job::Delivery(destination)) => _ = self.serving.remove(&destination),
            Some(Job::Chores) => self.chores.end(self.engine.env.now()),
            None => {}
        }
        match done {
            Done::Nothing => {}
            Done::Lane { tenant, read, decides } => {
                self.worked.add(read);
                self.news |= read.changes > 0;
                if decides {
                    self.pending.remove(&tenant);
                    self.dirtied(tenant);
                }
            }
            Done::Join { tenant, joining } => match joining {
                Joining::Decided { decided, changes, more } => {
                    self.worked.decided += decided;
                    self.worked.changes += changes;
                    self.news |= changes > 0;
                    if more {
                        self.dirtied(tenant);
                    }
                }
                Joining::Pending => _ = self.pending.insert(tenant, self.engine.env.now() + PENDING),
                Joining::Failed => {}
            },
            Done::Delivery { delivered, more } => {
                self.worked.delivered += delivered;
                self.news |= more;
            }
            Done::Tended(revisions) => self.chores.note(revisions),
        }
    }

    /// Lets what is under way come to an end, and gives up what has not when the time is over.
    async fn drain(mut self) -> Worked {
        self.stop.store(true, Ordering::Relaxed);
        let over = self.engine.env.clock.sleep(self.options.drain);
        tokio::pin!(over);
        loop {
            tokio::select! {
                biased;
                done = self.tasks.join_next_with_id() => match done {
                    Some(done) => self.note(done),
                    None => break,
                },
                () = &mut over => {
                    self.worked.abandoned = u64::try_from(self.tasks.len()).unwrap_or(u64::MAX);
                    self.tasks.shutdown().await;
                    break;
                }
            }
        }
        self.worked
    }
}

/// Tenants found at a time.
const PAGE: usize = 100;

impl Worked {
    fn add(&mut self, read: Self) {
        self.lanes += read.lanes;
        self.failed += read.failed;
        self.records += read.records;
        self.changed += read.changed;
        self.decided += read.decided;
        self.changes += read.changes;
    }
}
