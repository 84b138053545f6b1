//! Defects of claims on lanes: who comes first.

use std::collections::BTreeMap;

use acquaint_core::Result;
use acquaint_core::store::{ClaimLanes, ClaimedLane, Store};

use super::Broken;

impl Broken {
    /// All lanes of the first tenant, then those of the next.
    pub(super) async fn claim_tenant_by_tenant(&self, given: &ClaimLanes<'_>) -> Result<Vec<ClaimedLane>> {
        let tenants: Vec<_> = self.inner.state().tenants.keys().cloned().collect();
        let mut claimed = Vec::new();
        for tenant in &tenants {
            let limit = given.limit.saturating_sub(claimed.len());
            let request = ClaimLanes { tenant: Some(tenant), limit, ..given.clone() };
            claimed.extend(self.inner.claim_lanes(&request).await?);
        }
        Ok(claimed)
    }

    /// As if nobody wanted what is due anyway.
    pub(super) async fn claim_unhinted(&self, given: &ClaimLanes<'_>) -> Result<Vec<ClaimedLane>> {
        let mut hints = BTreeMap::new();
        for tenant in self.inner.state().tenants.values_mut() {
            for (id, row) in tenant.lanes.iter_mut().filter(|(_, row)| row.due <= given.due_by) {
                hints.insert(id.clone(), std::mem::replace(&mut row.hint_seq, row.done_hint));
            }
        }
        let mut claimed = self.inner.claim_lanes(given).await?;
        for tenant in self.inner.state().tenants.values_mut() {
            for (id, row) in &mut tenant.lanes {
                row.hint_seq = hints.get(id).copied().unwrap_or(row.hint_seq);
            }
        }
        for one in &mut claimed {
            let hinted = hints.get(&one.claim.lane).copied();
            one.claim.hint_seq = hinted.unwrap_or(one.claim.hint_seq);
            one.state.wanted |= hinted.is_some_and(|hinted| hinted > 0);
        }
        Ok(claimed)
    }
}
