//! Defects of claims on lanes: who comes first.

use std::collections::BTreeMap;

use acquaint_core::Result;
use acquaint_core::ids::Seq;
use acquaint_core::store::{ClaimLanes, ClaimedLane, Store};

use super::store::TICK;
use super::{Broken, Defect};

impl Broken {
    pub(super) async fn broken_claim_lanes(&self, request: &ClaimLanes<'_>) -> Result<Vec<ClaimedLane>> {
        let now = request.now;
        for row in self.inner.state().tenants.values_mut().flat_map(|tenant| tenant.lanes.values_mut()) {
            match self.defect {
                Defect::ClaimsEarly if row.due <= now + TICK => row.due = row.due.min(now),
                Defect::LeasesEndEarly if row.lease_until.is_some_and(|until| until <= now + TICK) => {
                    row.lease_until = None;
                }
                Defect::HintsBreakBackOff if row.hint_seq > row.done_hint => row.not_before = now,
                _ => {}
            }
        }
        let mut given = request.clone();
        match self.defect {
            Defect::ClaimIgnoresTenant => given.tenant = None,
            Defect::ClaimsWhateverIsDue => given.due_by = given.due_by.max(given.now),
            Defect::ClaimsPastLimit if given.tenant.is_some() => given.limit = given.limit.saturating_add(1),
            Defect::EachIsIgnored => given.each = usize::MAX,
            Defect::HeldLanesDoNotCount => {
                let mut state = self.inner.state();
                let lanes = state.tenants.values_mut().flat_map(|tenant| tenant.lanes.values_mut());
                let held = lanes.filter(|row| row.lease_until.is_some_and(|until| until > now)).count();
                given.each = given.each.saturating_add(held);
            }
            _ => {}
        }
        let mut claimed = match self.defect {
            Defect::LargeTenantsFirst if given.tenant.is_none() => {
                self.claim_tenant_by_tenant(&given).await?
            }
            Defect::WantedWaits => self.claim_unhinted(&given).await?,
            _ => self.inner.claim_lanes(&given).await?,
        };
        match self.defect {
            Defect::ClaimsReversed if given.tenant.is_some() => claimed.reverse(),
            Defect::ClaimForgetsPlacement => {
                claimed.iter_mut().for_each(|claimed| claimed.state.partition.placement = None);
            }
            Defect::ClaimForgetsFollows => {
                claimed.iter_mut().for_each(|claimed| claimed.state.partition.follows = None);
            }
            Defect::ClaimNamesNoCommit => claimed.iter_mut().for_each(|claimed| claimed.seq = Seq(0)),
            _ => {}
        }
        Ok(claimed)
    }

    /// All lanes of the first tenant, then those of the next.
    async fn claim_tenant_by_tenant(&self, given: &ClaimLanes<'_>) -> Result<Vec<ClaimedLane>> {
        let tenants: Vec<_> = self.inner.state().tenants.keys().cloned().collect();
        let mut claimed = Vec::new();
        for tenant in &tenants {
            let limit = given.limit.saturating_sub(claimed.len());
            let request = ClaimLanes { tenant: Some(tenant), limit, ..given.clone() };
            claimed.extend(self.inner.claim_lanes(&request).await?);
        }
        Ok(claimed)
    }

    /// What is wanted before it is due comes last of equals.
    async fn claim_unhinted(&self, given: &ClaimLanes<'_>) -> Result<Vec<ClaimedLane>> {
        let mut dues = BTreeMap::new();
        for tenant in self.inner.state().tenants.values_mut() {
            for (id, row) in tenant.lanes.iter_mut().filter(|(_, row)| row.hint_seq > row.done_hint) {
                if row.due > given.due_by {
                    dues.insert(id.clone(), std::mem::replace(&mut row.due, given.due_by));
                }
            }
        }
        let mut claimed = self.inner.claim_lanes(given).await?;
        for tenant in self.inner.state().tenants.values_mut() {
            for (id, row) in &mut tenant.lanes {
                row.due = dues.get(id).copied().unwrap_or(row.due);
            }
        }
        for one in &mut claimed {
            one.state.due = dues.get(&one.claim.lane).copied().unwrap_or(one.state.due);
        }
        Ok(claimed)
    }
}
