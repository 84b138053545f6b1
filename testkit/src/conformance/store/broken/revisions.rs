//! Defects of revisions and of what is in force.

use acquaint_core::Result;
use acquaint_core::depkey::DependencyKey;
use acquaint_core::ids::{RevisionId, TenantId};
use acquaint_core::store::{Announce, Revision, Store, TenantState, TenantUpdate};
use serde_json::Value;

use super::{Broken, Defect};

impl Broken {
    pub(super) async fn broken_update(
        &self,
        tenant: &TenantId,
        update: &TenantUpdate,
    ) -> Result<TenantState> {
        let mut given = update.clone();
        match self.defect {
            Defect::UpdateDropsTheRevisionKey => {
                given.dirty.retain(|key| *key != DependencyKey::revision());
            }
            Defect::ExpectedIsIgnored => given.expected = None,
            Defect::SeqIsNotExpected => {
                given.expected.iter_mut().for_each(|expected| expected.seq = None);
            }
            Defect::AnnounceIsLost => {
                given.in_force.iter_mut().for_each(|in_force| in_force.announce = Announce::All);
            }
            Defect::HoldIsLost => given.in_force.iter_mut().for_each(|in_force| in_force.held = false),
            _ => {}
        }
        let (before, fence, lease) =
            self.with(tenant, |tenant| (tenant.state.clone(), tenant.join.fence, tenant.join.lease_until));
        let kept = self.with(tenant, |tenant| tenant.revisions.clone());
        let outbox = self.with(tenant, |tenant| tenant.outbox.clone());
        let updated = self.inner.update_tenant(tenant, &given).await;
        if self.is(Defect::DroppedIsKept) {
            self.with(tenant, |tenant| tenant.outbox = outbox);
        }
        if updated.is_err() && self.is(Defect::UnexpectedMarks) {
            self.with(tenant, |tenant| tenant.mark(&given.dirty, before.seq));
        }
        updated?;
        if let Some(in_force) = &given.in_force
            && self.is(Defect::InForceIsNotedForAll)
        {
            let mut state = self.inner.state();
            let all =
                state.tenants.values_mut().flat_map(|tenant| tenant.revisions.get_mut(&in_force.revision));
            all.for_each(|revision| revision.in_force = Some(in_force.since));
        }
        self.with(tenant, |tenant| {
            let revision_only = tenant.state.slots == before.slots;
            let fences_nobody = match self.defect {
                Defect::RevisionsFenceNobody => revision_only,
                Defect::SlotsFenceNobody => !revision_only,
                _ => false,
            };
            if fences_nobody {
                (tenant.join.fence, tenant.join.lease_until) = (fence, lease);
            }
            match self.defect {
                // It can be claimed, but by a fence that was there before.
                Defect::FencesRepeat if tenant.join.fence > fence => {
                    tenant.join.fence = fence.saturating_sub(1)
                }
                Defect::EveryUpdateFences => {
                    tenant.join.fence = fence + 1;
                    tenant.join.lease_until = None;
                }
                Defect::InForceIsNotNoted => tenant.revisions = kept,
                Defect::NullFillsSlot => {
                    let nulls = given.slots.iter().filter(|(_, value)| value.is_null());
                    tenant.state.slots.extend(nulls.map(|(slot, _)| (slot.clone(), Value::Null)));
                }
                Defect::UpdateTakesNoSeq => {
                    tenant.mark(&given.dirty, before.seq);
                    tenant.state.seq = before.seq;
                }
                _ => {}
            }
            Ok(tenant.state.clone())
        })
    }

    pub(super) async fn broken_put_revision(&self, tenant: &TenantId, revision: &Revision) -> Result<()> {
        if self.is(Defect::RevisionIsOverwritten) {
            self.with(tenant, |tenant| tenant.revisions.remove(&revision.id));
        }
        self.inner.put_revision(tenant, revision).await
    }

    pub(super) async fn broken_revision(
        &self,
        tenant: &TenantId,
        id: &RevisionId,
    ) -> Result<Option<Revision>> {
        if self.is(Defect::RevisionsOfAll) {
            let state = self.inner.state();
            return Ok(state.tenants.values().find_map(|tenant| tenant.revisions.get(id).cloned()));
        }
        self.inner.revision(tenant, id).await
    }

    pub(super) async fn broken_revisions(&self, tenant: &TenantId, limit: usize) -> Result<Vec<Revision>> {
        match self.defect {
            Defect::RevisionsById => {
                let all = self.with(tenant, |tenant| tenant.revisions.values().cloned().collect::<Vec<_>>());
                Ok(all.into_iter().take(limit).collect())
            }
            Defect::RevisionsPastLimit => self.inner.revisions(tenant, usize::MAX).await,
            _ => self.inner.revisions(tenant, limit).await,
        }
    }
}
