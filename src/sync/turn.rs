//! One lane by itself, and for how long it may be read.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use acquaint_core::Result;
use acquaint_core::store::{ClaimedLane, Connection};
use chrono::{DateTime, Utc};

use super::joins::Joins;
use super::lane::{self, Shared};
use super::{LaneReport, SyncOptions, roles};
use crate::engine::Engine;
use crate::join::Joined;

/// For how long a lane may be read before others have their turn.
#[derive(Debug, Clone)]
pub(crate) struct Turn {
    pub(crate) until: DateTime<Utc>,
    /// Ends it at once.
    pub(crate) stop: Arc<AtomicBool>,
}

impl Turn {
    pub(super) fn is_over(&self, now: DateTime<Utc>) -> bool {
        now >= self.until || self.stop.load(Ordering::Relaxed)
    }
}

/// Runs a claimed lane of any tenant, of which nothing else is known. Errs only if the store does.
pub(crate) async fn run_one(
    engine: &Engine,
    claimed: ClaimedLane,
    turn: Turn,
) -> Result<(LaneReport, Joined)> {
    let tenant = claimed.claim.lane.tenant.clone();
    let connections: Vec<Connection> = engine.store.connections(&tenant).await?;
    let role = roles(engine, &tenant, &connections, std::slice::from_ref(&claimed)).await?;
    let options = SyncOptions { turn: Some(turn), ..SyncOptions::default() };
    let joins = Joins::new(engine, &tenant);
    let shared = Shared { engine, options: &options, joins: &joins };
    let role = role.into_iter().next().unwrap_or(super::Role::Reads);
    let (report, _, _) = lane::run(shared, &connections, claimed, role).await?;
    Ok((report, joins.sum()))
}
