//! A store with a defect, and what it remembers.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use acquaint_core::ids::{MeetingId, RecordRef, TenantId};
use acquaint_core::store::{JoinClaim, LaneClaim, LaneId, Subscription};

use super::{Defect, key_hints};
use crate::MemoryStore;

/// A memory store with one defect.
#[derive(Debug)]
pub(super) struct Broken {
    pub(super) inner: MemoryStore,
    pub(super) defect: Defect,
    /// All copies that a meeting ever had.
    pub(super) copies: Mutex<BTreeMap<(TenantId, RecordRef), BTreeSet<MeetingId>>>,
    /// The subscriptions that this opening has seen.
    pub(super) seen: Mutex<BTreeMap<String, Subscription>>,
    /// What lanes were told that went.
    pub(super) left: Mutex<BTreeMap<LaneId, key_hints::Told>>,
}

impl Broken {
    pub(super) fn new(defect: Defect) -> Self {
        Self::open(&MemoryStore::new(), defect)
    }

    /// A store in a place; the place is a memory store without a defect.
    pub(super) fn open(place: &MemoryStore, defect: Defect) -> Self {
        let seen = Mutex::new(place.state().subscriptions.rows.clone());
        Self { inner: place.clone(), defect, copies: Mutex::default(), seen, left: Mutex::default() }
    }

    pub(super) fn is(&self, defect: Defect) -> bool {
        self.defect == defect
    }

    /// The claim, or with the defect the newest one where that followed it.
    pub(super) fn lane_claim(&self, claim: &LaneClaim, defect: Defect) -> LaneClaim {
        let state = self.inner.state();
        let fence =
            state.read(&claim.lane.tenant, |tenant| tenant.lanes.get(&claim.lane).map(|row| row.fence));
        match fence {
            Some(fence) if self.is(defect) && fence == claim.fence + 1 => {
                LaneClaim { fence, ..claim.clone() }
            }
            _ => claim.clone(),
        }
    }

    /// The claim, or with the defect the newest one.
    pub(super) fn join_claim(&self, claim: &JoinClaim, defect: Defect) -> JoinClaim {
        let fence = self.inner.state().read(&claim.tenant, |tenant| tenant.join.fence);
        JoinClaim { fence: if self.is(defect) { fence } else { claim.fence }, ..claim.clone() }
    }
}

impl Drop for Broken {
    fn drop(&mut self) {
        let mut state = self.inner.state();
        let state = &mut *state;
        match self.defect {
            Defect::SubscriptionsAreForgotten => state.subscriptions.rows.clear(),
            Defect::ToldIsForgotten => {
                let lanes = state.tenants.values_mut().flat_map(|tenant| tenant.lanes.values_mut());
                lanes.for_each(|row| row.told.clear());
            }
            Defect::DeliveriesAreForgotten => {
                state
                    .tenants
                    .values_mut()
                    .for_each(|tenant| tenant.outbox = crate::memory::Outbox::default());
            }
            Defect::FollowsIsForgotten => {
                let parts = state.tenants.values_mut().flat_map(|tenant| tenant.partitions.values_mut());
                parts.for_each(|part| part.follows = None);
            }
            _ => {}
        }
    }
}
