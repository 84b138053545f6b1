//! Nobody asks whether a claim still holds: whoever was held up writes on as if nothing had happened.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use acquaint::core::ids::{TenantId, WorkerId};
use acquaint::core::store::{
    ClaimLanes, ClaimedLane, Committed, DirtyBatch, JoinClaim, LaneClaim, LaneId, MeetingCommit, PageCommit,
    Release, Store, Sweep, SweepCount, Swept,
};
use acquaint::{Error, Result, async_trait};
use chrono::{DateTime, Utc};

use crate::history::layer::{Layer, Over};
use crate::history::run::Bend;

/// The newest fences, of all workers of a history.
#[derive(Debug, Default)]
pub struct NoFence(Arc<Fences>);

#[derive(Debug, Default)]
struct Fences {
    lanes: Mutex<BTreeMap<LaneId, u64>>,
    join: Mutex<u64>,
}

impl Bend for NoFence {
    fn over(&self, store: Arc<dyn Store>) -> Arc<dyn Store> {
        Over::store(Bent { under: store, fences: Arc::clone(&self.0) })
    }
}

#[derive(Debug)]
struct Bent {
    under: Arc<dyn Store>,
    fences: Arc<Fences>,
}

impl Bent {
    fn lane(&self, claim: &LaneClaim) -> LaneClaim {
        let fence = self.fences.lanes.lock().unwrap().get(&claim.lane).copied();
        LaneClaim { fence: fence.unwrap_or(claim.fence), ..claim.clone() }
    }

    fn join(&self, claim: &JoinClaim) -> JoinClaim {
        JoinClaim { fence: *self.fences.join.lock().unwrap(), ..claim.clone() }
    }
}

#[async_trait]
impl Layer for Bent {
    fn under(&self) -> &dyn Store {
        &*self.under
    }

    async fn claim_lanes(&self, request: &ClaimLanes<'_>) -> Result<Vec<ClaimedLane>> {
        let claimed = self.under.claim_lanes(request).await?;
        let mut fences = self.fences.lanes.lock().unwrap();
        fences.extend(claimed.iter().map(|one| (one.claim.lane.clone(), one.claim.fence)));
        Ok(claimed)
    }

    async fn commit_page(&self, commit: &PageCommit<'_>) -> Result<Committed> {
        let claim = self.lane(commit.claim);
        let lanes = self.under.lanes(&claim.lane.tenant).await?;
        let lane = lanes.iter().find(|lane| lane.id == claim.lane).ok_or_else(Error::fenced)?;
        self.under.commit_page(&PageCommit { claim: &claim, expected: lane.version, ..commit.clone() }).await
    }

    async fn count_sweep(&self, sweep: &Sweep<'_>) -> Result<SweepCount> {
        self.under.count_sweep(&Sweep { claim: &self.lane(sweep.claim), ..sweep.clone() }).await
    }

    async fn sweep(&self, sweep: &Sweep<'_>) -> Result<Swept> {
        self.under.sweep(&Sweep { claim: &self.lane(sweep.claim), ..sweep.clone() }).await
    }

    async fn release_lane(&self, claim: &LaneClaim, release: &Release) -> Result<()> {
        self.under.release_lane(&self.lane(claim), release).await
    }

    async fn claim_join(
        &self,
        tenant: &TenantId,
        worker: &WorkerId,
        now: DateTime<Utc>,
        lease: Duration,
    ) -> Result<Option<JoinClaim>> {
        let claim = self.under.claim_join(tenant, worker, now, lease).await?;
        if let Some(claim) = &claim {
            *self.fences.join.lock().unwrap() = claim.fence;
        }
        Ok(claim)
    }

    async fn dirty_batch(&self, claim: &JoinClaim, limit: usize, now: DateTime<Utc>) -> Result<DirtyBatch> {
        self.under.dirty_batch(&self.join(claim), limit, now).await
    }

    async fn commit_meetings(&self, commit: &MeetingCommit<'_>) -> Result<()> {
        self.under.commit_meetings(&MeetingCommit { claim: &self.join(commit.claim), ..commit.clone() }).await
    }

    async fn release_join(&self, claim: &JoinClaim) -> Result<()> {
        self.under.release_join(&self.join(claim)).await
    }
}
