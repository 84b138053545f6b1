//! Sync: everything that is due is read, then everything that is dirty is decided.

mod discover;
mod lane;
mod lease;
mod plan;
mod report;
mod sweep;
mod writes;

pub use report::{LaneReport, Progress, Stopped, SyncReport, Totals, Waiting};
pub(crate) use writes::Writer;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use acquaint_core::Result;
use acquaint_core::ids::TenantId;
use acquaint_core::store::{ClaimLanes, Connection, ConnectionStatus, LaneState};
use chrono::{DateTime, Utc};
use futures::StreamExt;
use futures::stream::FuturesUnordered;

use crate::engine::Engine;
use crate::join;

/// How a sync goes about it.
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct SyncOptions {
    /// Agrees to sweeps that the guard would hold.
    pub acknowledge_sweeps: bool,
    progress: Option<Listener>,
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

    /// Calls `progress` while the sync works. It must be quick.
    #[must_use]
    pub fn on_progress(mut self, progress: impl Fn(&Progress) + Send + Sync + 'static) -> Self {
        self.progress = Some(Arc::new(progress));
        self
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
            .finish_non_exhaustive()
    }
}

/// Reads everything that is due or can be read on demand, then decides everything that is dirty.
pub(crate) async fn sync(engine: &Engine, tenant: &TenantId, options: &SyncOptions) -> Result<SyncReport> {
    let mut report = SyncReport { stopped: stopped(engine, tenant).await?, ..SyncReport::default() };
    // What falls due while it works is for the next one, or a large tenant's sync would never end.
    let began = engine.env.now();
    report.waiting = plan::prepare(engine, tenant).await?;
    loop {
        run_lanes(engine, tenant, options, began, &mut report).await?;
        // What another worker holds belongs to this sync too: it is not done before they are.
        if !held_by_others(engine, tenant, began).await? {
            break;
        }
        options.tell(&Progress::Waiting);
        engine.env.clock.sleep(POLL).await;
    }
    options.tell(&Progress::Joining);
    loop {
        let joined = join::join(engine, tenant).await?;
        report.totals.decided += joined.decided;
        report.totals.changes += joined.changes;
        if !joined.busy {
            break;
        }
        options.tell(&Progress::Waiting);
        engine.env.clock.sleep(POLL).await;
    }
    report.pending = join::pending(engine, tenant).await?.iter().map(ToString::to_string).collect();
    Ok(report)
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
    engine: &Engine,
    tenant: &TenantId,
    options: &SyncOptions,
    began: DateTime<Utc>,
    report: &mut SyncReport,
) -> Result<()> {
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
        };
        let claimed = if free > 0 { engine.store.claim_lanes(&request).await? } else { Vec::new() };
        if !claimed.is_empty() {
            // After the claim: a connection is stored before its lanes are.
            let connections: Arc<[Connection]> = engine.store.connections(tenant).await?.into();
            for claimed in claimed {
                let connections = Arc::clone(&connections);
                running.push(async move { lane::run(engine, options, &connections, claimed).await });
            }
        }
        let Some(done) = running.next().await else { return Ok(()) };
        let (lane, requests, received) = done?;
        report.totals.requests += requests;
        report.totals.received += received;
        report.add(lane);
    }
}

async fn held_by_others(engine: &Engine, tenant: &TenantId, began: DateTime<Utc>) -> Result<bool> {
    let now = engine.env.now();
    let held = |lane: &LaneState| lane.leased_until.is_some_and(|until| until > now);
    let concerned = |lane: &LaneState| lane.wanted || lane.due <= began;
    Ok(engine.store.lanes(tenant).await?.iter().any(|lane| held(lane) && concerned(lane)))
}
