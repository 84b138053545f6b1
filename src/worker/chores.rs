//! What a worker does besides: it looks for another manifest, has lanes made, takes out what privacy keeps out, and keeps
//! grants alive.

use acquaint_core::Result;
use acquaint_core::ids::{RevisionId, TenantId};
use chrono::{DateTime, TimeDelta, Utc};

use super::jobs::Done;
use crate::engine::Engine;
use crate::{privacy, revisions, sync, upkeep};

/// How often to look whether there is another manifest.
const LOOK: TimeDelta = TimeDelta::seconds(30);

/// How often to look after every tenant though nothing has changed.
const TEND: TimeDelta = TimeDelta::minutes(30);

/// How often to look whether a grant has rested for too long.
const GRANTS: TimeDelta = TimeDelta::days(1);

/// Tenants at a time.
const PAGE: usize = 100;

/// When what falls due.
#[derive(Debug, Default)]
pub(super) struct Due {
    under_way: bool,
    look: DateTime<Utc>,
    tend: DateTime<Utc>,
    grants: DateTime<Utc>,
    /// The manifest under which every tenant was last looked after.
    tended: Option<RevisionId>,
}

/// What is to be done now.
#[derive(Debug)]
pub(super) struct Chores {
    /// The manifest under which the tenants need not be looked after again.
    tended: Option<RevisionId>,
    grants: bool,
}

impl Due {
    /// What is to be done now, if anything is; one at a time.
    pub(super) fn take(&mut self, now: DateTime<Utc>) -> Option<Chores> {
        if self.under_way || now < self.look {
            return None;
        }
        self.under_way = true;
        let (tends, grants) = (now >= self.tend, now >= self.grants);
        if tends {
            self.tend = now + TEND;
        }
        if grants {
            self.grants = now + GRANTS;
        }
        Some(Chores { tended: self.tended.clone().filter(|_| !tends), grants })
    }

    pub(super) fn end(&mut self, now: DateTime<Utc>) {
        self.under_way = false;
        self.look = now + LOOK;
    }

    pub(super) fn note(&mut self, tended: RevisionId) {
        self.tended = Some(tended);
    }
}

/// Does them. What fails is tried again the next time.
pub(super) async fn run(engine: Engine, chores: Chores) -> Done {
    engine.refresh_if_old().await;
    let newest = engine.newest().manifest.revision().clone();
    if chores.tended.as_ref() != Some(&newest)
        && let Err(error) = tend(&engine).await
    {
        tracing::warn!(%error, "not all tenants could be looked after");
        return Done::Nothing;
    }
    if chores.grants {
        match upkeep::keep_alive(&engine).await {
            Ok(upkeep) => {
                for (tenant, connection, error) in &upkeep.failed {
                    tracing::warn!(%tenant, %connection, %error, "a grant could not be renewed");
                }
            }
            Err(error) => tracing::warn!(%error, "grants could not be looked after"),
        }
    }
    Done::Tended(newest)
}

/// Sees to the privacy of all tenants and makes their lanes, under the manifest that is in force for each.
async fn tend(engine: &Engine) -> Result<()> {
    let mut after = None;
    loop {
        let tenants = engine.store.tenants(after.as_ref(), PAGE).await?;
        let Some(last) = tenants.last().cloned() else { return Ok(()) };
        for tenant in &tenants {
            if let Err(error) = tend_one(engine, tenant).await {
                tracing::warn!(%tenant, %error, "a tenant could not be looked after");
            }
        }
        after = Some(last);
    }
}

async fn tend_one(engine: &Engine, tenant: &TenantId) -> Result<()> {
    revisions::adopt(engine, tenant).await?;
    let engine = engine.of(tenant).await?;
    privacy::upkeep(&engine, tenant).await?;
    sync::make_lanes(&engine, tenant).await
}
