//! Sync: everything that is due is read, then everything that is dirty is decided.

mod discover;
mod due;
mod follow;
mod joins;
mod lane;
mod lease;
mod pass;
mod plan;
mod readers;
mod report;
mod standby;
mod subscribe;
mod sweep;
mod told;
mod turn;
mod writes;

pub(crate) use discover::{DISCOVERY, is_discovered};
pub(crate) use readers::{other_readers, wake_others};
pub use report::{LaneReport, Progress, Stopped, SyncReport, Totals, Waiting};
pub(crate) use subscribe::{end_all as end_subscriptions, hinted};
pub(crate) use told::{TOLD, note as note_told};
pub(crate) use turn::{Turn, run_one};
pub(crate) use writes::Writer;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use acquaint_core::Result;
use acquaint_core::ids::TenantId;
use acquaint_core::store::{ClaimLanes, ClaimedLane, Connection, ConnectionStatus, LaneState};
use chrono::{DateTime, Utc};
use futures::StreamExt;
use futures::stream::FuturesUnordered;

use crate::engine::Engine;
use crate::{join, privacy};
use joins::Joins;
use lane::Shared;
use readers::{Readers, Role};

/// How a sync goes about it.
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct SyncOptions {
    /// Agrees to sweeps that the guard would hold.
    pub acknowledge_sweeps: bool,
    /// Reads only what has fallen due or what a notification has told of, and not all that can be read on demand.
    pub due_only: bool,
    progress: Option<Listener>,
    turn: Option<Turn>,
}

type Listener = Arc<dyn Fn(&Progress) + Send + Sync>;

impl SyncOptions {
    /// The usual way.
    pub fn new() -> Self {
        Self::default()
    }

    /// Agrees to sweeps that the guard would hold.
    #[must_use]
    pub fn acknowledge_sweeps(mut self) -> Self {
        self.acknowledge_sweeps = true;
        self
    }

    /// Reads only what has fallen due or what a notification has told of: for a scheduler, which calls often.
    #[must_use]
    pub fn due_only(mut self) -> Self {
        self.due_only = true;
        self
    }

    /// Calls `progress` while the sync works. It must be quick.
    #[must_use]
    pub fn on_progress(mut self, progress: impl Fn(&Progress) + Send + Sync + 'static) -> Self {
        self.progress = Some(Arc::new(progress));
        self
    }

    fn turn_is_over(&self, now: DateTime<Utc>) -> bool {
        self.turn.as_ref().is_some_and(|turn| turn.is_over(now))
    }

    fn tell(&self, progress: &Progress) {
        if let Some(listener) = &self.progress {
            listener(progress);
        }
    }
}

impl fmt::Debug for SyncOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SyncOptions")
            .field("acknowledge_sweeps", &self.acknowledge_sweeps)
            .field("due_only", &self.due_only)
            .finish_non_exhaustive()
    }
}

/// Reads everything that is due or can be read on demand, and decides everything that is dirty: in the end, and on the
/// way where waiting would be long.
pub(crate) async fn sync(engine: &Engine, tenant: &TenantId, options: &SyncOptions) -> Result<SyncReport> {
    let mut report = SyncReport { stopped: stopped(engine, tenant).await?, ..SyncReport::default() };
    // What falls due while it works is for the next one, or a large tenant's sync would never end.
    let began = engine.env.now();
    privacy::upkeep(engine, tenant).await?;
    report.waiting = plan::prepare(engine, tenant, !options.due_only).await?;
    let joins = Joins::new(engine, tenant);
    let shared = Shared { engine, options, joins: &joins };
    loop {
        run_lanes(shared, tenant, began, &mut report).await?;
        // What another worker holds belongs to this sync too: it is not done before they are.
        if !held_by_others(engine, tenant, began).await? {
            break;
        }
        options.tell(&Progress::Waiting);
        engine.env.clock.sleep(POLL).await;
    }
    options.tell(&Progress::Joining);
    loop {
        if !joins.now().await? {
            break;
        }
        options.tell(&Progress::Waiting);
        engine.env.clock.sleep(POLL).await;
    }
    report.totals.decided += joins.sum().decided;
    report.totals.changes += joins.sum().changes;
    report.pending = join::pending(engine, tenant).await?.iter().map(ToString::to_string).collect();
    Ok(report)
}

/// Wants all lanes of a tenant that can be read on demand.
pub(crate) async fn want_all(engine: &Engine, tenant: &TenantId) -> Result<()> {
    plan::prepare(engine, tenant, true).await.map(drop)
}

/// Makes the lanes of all connections of a tenant that are not there yet.
pub(crate) async fn make_lanes(engine: &Engine, tenant: &TenantId) -> Result<()> {
    plan::prepare(engine, tenant, false).await.map(drop)
}

/// Connections that must be authorised again before anything is read for them.
async fn stopped(engine: &Engine, tenant: &TenantId) -> Result<Vec<Stopped>> {
    let connections = engine.store.connections(tenant).await?;
    Ok(connections
        .into_iter()
        .filter(|connection| engine.source(connection).is_some())
        .filter_map(|connection| match connection.status {
            ConnectionStatus::NeedsReauth { reason } => Some(Stopped { connection: connection.id, reason }),
            _ => None,
        })
        .collect())
}

/// How often to look whether another worker is done.
const POLL: Duration = Duration::from_millis(250);

async fn run_lanes(
    shared: Shared<'_>,
    tenant: &TenantId,
    began: DateTime<Utc>,
    report: &mut SyncReport,
) -> Result<()> {
    let engine = shared.engine;
    let mut running = FuturesUnordered::new();
    loop {
        let free = engine.concurrency.saturating_sub(running.len());
        let request = ClaimLanes {
            tenant: Some(tenant),
            worker: &engine.worker,
            now: engine.env.now(),
            due_by: began,
            lease: engine.lease,
            limit: free,
            each: usize::MAX,
        };
        let claimed = if free > 0 { engine.store.claim_lanes(&request).await? } else { Vec::new() };
        if !claimed.is_empty() {
            // After the claim: a connection is stored before its lanes are.
            let connections: Arc<[Connection]> = engine.store.connections(tenant).await?.into();
            let roles = roles(engine, tenant, &connections, &claimed).await?;
            for (claimed, role) in claimed.into_iter().zip(roles) {
                let connections = Arc::clone(&connections);
                running.push(async move { lane::run(shared, &connections, claimed, role).await });
            }
        }
        let Some(done) = running.next().await else { return Ok(()) };
        let (lane, requests, received) = done?;
        report.totals.requests += requests;
        report.totals.received += received;
        report.add(lane);
    }
}

/// What each claimed lane is to do about its partition.
async fn roles(
    engine: &Engine,
    tenant: &TenantId,
    connections: &[Connection],
    claimed: &[ClaimedLane],
) -> Result<Vec<Role>> {
    if claimed.iter().all(|claimed| claimed.state.partition.placement.is_none()) {
        return Ok(vec![Role::Reads; claimed.len()]);
    }
    let placed = claimed.iter().filter(|claimed| claimed.state.partition.placement.is_some());
    let places: Vec<_> =
        placed.map(|claimed| (claimed.state.id.stream.clone(), claimed.state.id.partition.clone())).collect();
    let lanes = engine.store.lanes_at(tenant, &places).await?;
    let readers = Readers::of(engine, connections, &lanes)?;
    Ok(claimed.iter().map(|claimed| readers.role(&claimed.claim.lane)).collect())
}

async fn held_by_others(engine: &Engine, tenant: &TenantId, began: DateTime<Utc>) -> Result<bool> {
    let now = engine.env.now();
    let held = |lane: &LaneState| lane.leased_until.is_some_and(|until| until > now);
    let concerned = |lane: &LaneState| lane.wanted || lane.due <= began;
    Ok(engine.store.lanes(tenant).await?.iter().any(|lane| held(lane) && concerned(lane)))
}
