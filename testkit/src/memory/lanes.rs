//! Lanes: claims, leases, fences and hints.

use std::collections::BTreeMap;

use acquaint_core::connector::Partition;
use acquaint_core::ids::{RecordKey, TenantId, WorkerId};
use acquaint_core::store::{
    ClaimLanes, ClaimedLane, Committed, LaneClaim, LaneId, LaneProgress, LaneSeed, LaneState, PageCommit,
    Release,
};
use acquaint_core::{Error, ErrorKind, Result};
use chrono::{DateTime, Utc};

use super::key_hints::ToldRow;
use super::state::{State, Tenant, later};

pub(crate) struct LaneRow {
    pub(crate) progress: LaneProgress,
    pub(crate) version: u64,
    pub(crate) due: DateTime<Utc>,
    pub(crate) not_before: DateTime<Utc>,
    /// The newest hint, and the newest that is dealt with.
    pub(crate) hint_seq: u64,
    pub(crate) done_hint: u64,
    pub(crate) fence: u64,
    pub(crate) holder: Option<WorkerId>,
    pub(crate) lease_until: Option<DateTime<Utc>>,
    /// The records that it was told of.
    pub(crate) told: BTreeMap<RecordKey, ToldRow>,
}

impl LaneRow {
    pub(crate) fn new(due: DateTime<Utc>) -> Self {
        Self {
            progress: LaneProgress::default(),
            version: 0,
            due,
            not_before: DateTime::<Utc>::MIN_UTC,
            hint_seq: 0,
            done_hint: 0,
            fence: 0,
            holder: None,
            lease_until: None,
            told: BTreeMap::new(),
        }
    }

    fn wanted(&self) -> bool {
        self.hint_seq > self.done_hint
    }

    fn held(&self, now: DateTime<Utc>) -> bool {
        self.lease_until.is_some_and(|until| until > now)
    }

    fn claimable(&self, request: &ClaimLanes<'_>) -> bool {
        !self.held(request.now)
            && self.not_before <= request.now
            && (self.due <= request.due_by || self.wanted())
    }
}

impl State {
    pub(crate) fn ensure_lanes(&mut self, seeds: &[LaneSeed]) {
        for seed in seeds {
            let lanes = &mut self.tenant(&seed.id.tenant).lanes;
            lanes.entry(seed.id.clone()).or_insert_with(|| LaneRow::new(seed.due));
        }
    }

    /// Raises the hint numbers; with `now`, also lifts back-offs.
    pub(crate) fn want(&mut self, lanes: &[LaneId], now: bool) {
        for id in lanes {
            let tenant = self.tenants.get_mut(&id.tenant);
            if let Some(row) = tenant.and_then(|tenant| tenant.lanes.get_mut(id)) {
                row.hint_seq += 1;
                if now {
                    row.not_before = DateTime::<Utc>::MIN_UTC;
                }
            }
        }
    }

    pub(crate) fn claim_lanes(&mut self, request: &ClaimLanes<'_>) -> Vec<ClaimedLane> {
        let asked = |id: &TenantId| request.tenant.is_none_or(|tenant| id == tenant);
        let mut found = Vec::new();
        for (_, tenant) in self.tenants.iter().filter(|(id, _)| asked(id)) {
            let claimable = tenant.lanes.iter().filter(|(_, row)| row.claimable(request));
            let mut ready: Vec<_> = claimable.map(|(id, row)| (row.due, id, row.wanted())).collect();
            ready.sort();
            let held = tenant.lanes.values().filter(|row| row.held(request.now)).count();
            ready.truncate(request.each.saturating_sub(held));
            let ranked = ready.into_iter().enumerate();
            found
                .extend(ranked.map(|(nth, (due, id, wanted))| {
                    (nth, !wanted || due <= request.due_by, due, id.clone())
                }));
        }
        found.sort();
        found.truncate(request.limit);
        let until = later(request.now, request.lease);
        found.into_iter().filter_map(|(.., id)| self.claim_lane(&id, request.worker, until)).collect()
    }

    fn claim_lane(&mut self, id: &LaneId, worker: &WorkerId, until: DateTime<Utc>) -> Option<ClaimedLane> {
        let tenant = self.tenants.get_mut(&id.tenant)?;
        let row = tenant.lanes.get_mut(id)?;
        tenant.fence += 1;
        row.fence = tenant.fence;
        row.holder = Some(worker.clone());
        row.lease_until = Some(until);
        let claim = LaneClaim { lane: id.clone(), fence: row.fence, hint_seq: row.hint_seq };
        Some(ClaimedLane { claim, state: tenant.lane_state(id)?, seq: tenant.state.seq })
    }

    /// The tenant of a claim, if the claim is still the newest on its lane.
    pub(crate) fn fenced(&mut self, claim: &LaneClaim) -> Result<&mut Tenant> {
        let holds =
            |tenant: &&mut Tenant| tenant.lanes.get(&claim.lane).is_some_and(|row| row.fence == claim.fence);
        let tenant = self.tenants.get_mut(&claim.lane.tenant).filter(holds);
        tenant.ok_or_else(|| Error::fenced().with("lane", &claim.lane))
    }
}

impl Tenant {
    pub(crate) fn lane_states(&self, which: impl Fn(&LaneId) -> bool) -> Vec<LaneState> {
        self.lanes.keys().filter(|id| which(id)).filter_map(|id| self.lane_state(id)).collect()
    }

    fn lane_state(&self, id: &LaneId) -> Option<LaneState> {
        let row = self.lanes.get(id)?;
        let part = (id.connection.clone(), id.stream.clone(), id.partition.clone());
        let partition = self.partitions.get(&part).cloned();
        Some(LaneState {
            id: id.clone(),
            partition: partition.unwrap_or_else(|| Partition::new(id.partition.clone(), "")),
            progress: row.progress.clone(),
            version: row.version,
            due: row.due,
            not_before: row.not_before,
            wanted: row.wanted(),
            leased_until: row.lease_until,
        })
    }

    pub(crate) fn renew_lane(&mut self, claim: &LaneClaim, until: DateTime<Utc>) {
        if let Some(row) = self.lanes.get_mut(&claim.lane) {
            row.lease_until = Some(until);
        }
    }

    pub(crate) fn release_lane(&mut self, claim: &LaneClaim, release: &Release) {
        if let Some(row) = self.lanes.get_mut(&claim.lane) {
            row.due = release.due;
            row.not_before = release.not_before;
            if release.hints_done {
                row.done_hint = row.done_hint.max(claim.hint_seq);
            }
            row.holder = None;
            row.lease_until = None;
        }
    }

    pub(crate) fn commit_page(&mut self, commit: &PageCommit<'_>) -> Result<Committed> {
        let lane = &commit.claim.lane;
        let Some(row) = self.lanes.get_mut(lane) else {
            return Err(Error::fenced().with("lane", lane));
        };
        if row.version != commit.expected {
            return Err(Error::new(ErrorKind::Conflict, "the lane has moved on since it was read")
                .with("lane", lane)
                .with("expected", commit.expected)
                .with("found", row.version));
        }
        row.progress = commit.progress.clone();
        row.version += 1;
        row.lease_until = Some(commit.lease_until);
        row.settle(commit);
        let version = row.version;
        let place = (&lane.connection, &lane.stream, &lane.partition);
        let changed = self.write_records(place, commit.writes, commit.window, commit.now);
        Ok(Committed { seq: self.state.seq, changed, version })
    }
}
