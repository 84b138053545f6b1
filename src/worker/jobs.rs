//! Pieces of work: one lane, one tenant's decisions.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use acquaint_core::Result;
use acquaint_core::ids::{DestinationName, RevisionId, TenantId};
use acquaint_core::store::ClaimedLane;

use super::Worked;
use crate::deliver::{self, DeliverOptions};
use crate::engine::Engine;
use crate::join;
use crate::revisions;
use crate::sync::{self, LaneReport, Turn};

/// The most batches of decisions that one tenant has before the others have their turn.
const BATCHES: usize = 25;

/// What became of a piece of work.
#[derive(Debug)]
pub(super) enum Done {
    Nothing,
    Lane {
        tenant: TenantId,
        read: Worked,
        decides: bool,
    },
    Join {
        tenant: TenantId,
        joining: Joining,
    },
    Delivery {
        delivered: u64,
        /// Whether there is more to deliver.
        more: bool,
    },
    /// All tenants have been looked after under these manifests.
    Tended(Vec<RevisionId>),
}

/// What became of a tenant's decisions.
#[derive(Debug)]
pub(super) enum Joining {
    Decided {
        decided: u64,
        changes: u64,
        /// Whether there is more to decide.
        more: bool,
    },
    /// They have to wait for something to be read.
    Pending,
    Failed,
}

/// Reads a claimed lane.
pub(super) async fn lane(engine: Engine, claimed: ClaimedLane, turn: Turn) -> Done {
    let tenant = claimed.claim.lane.tenant.clone();
    let lane = claimed.claim.lane.clone();
    let run = async {
        let engine = in_force(&engine, &tenant).await?;
        sync::run_one(&engine, claimed, turn).await
    };
    match run.await {
        Ok((report, joined)) => {
            let mut read = worked(&report);
            (read.decided, read.changes) = (joined.decided, joined.changes);
            let decides = report.changed > 0 || report.swept > 0 || report.first_baseline;
            Done::Lane { tenant, read, decides }
        }
        Err(error) => {
            // The claim is free again when its lease is over.
            tracing::warn!(%lane, %error, "a lane could not be run");
            Done::Lane { tenant, read: Worked { lanes: 1, failed: 1, ..Worked::default() }, decides: false }
        }
    }
}

fn worked(report: &LaneReport) -> Worked {
    Worked {
        lanes: 1,
        failed: u64::from(report.error.is_some()),
        records: report.records,
        changed: report.changed + report.swept,
        ..Worked::default()
    }
}

/// Decides for a tenant, until nothing is dirty or its turn is over.
pub(super) async fn join(engine: Engine, tenant: TenantId) -> Done {
    let run = async {
        let engine = in_force(&engine, &tenant).await?;
        if !join::pending(&engine, &tenant).await?.is_empty() {
            return Ok(Joining::Pending);
        }
        let joined = join::join_ready(&engine, &tenant, BATCHES).await?;
        if !joined.more && !joined.busy {
            sync::note_synced(&engine, &tenant).await?;
        }
        Ok(Joining::Decided { decided: joined.decided, changes: joined.changes, more: joined.more })
    };
    let joining = run.await.unwrap_or_else(|error: acquaint_core::Error| {
        tracing::warn!(%tenant, %error, "a tenant's meetings could not be decided");
        Joining::Failed
    });
    Done::Join { tenant, joining }
}

/// Delivers what is due at one destination.
pub(super) async fn deliver(engine: Engine, destination: DestinationName, stop: Arc<AtomicBool>) -> Done {
    let options = DeliverOptions::new().to(destination.clone());
    match deliver::deliver(&engine, None, &options, Some(&stop)).await {
        Ok(report) => Done::Delivery { delivered: report.total().delivered, more: report.more },
        Err(error) => {
            tracing::warn!(%destination, %error, "nothing could be delivered");
            Done::Nothing
        }
    }
}

async fn in_force(engine: &Engine, tenant: &TenantId) -> Result<std::sync::Arc<Engine>> {
    revisions::adopt(engine, tenant).await?;
    engine.of(tenant).await
}
