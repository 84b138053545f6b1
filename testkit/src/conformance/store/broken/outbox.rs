//! Defects of the outbox.

use acquaint_core::Result;
use acquaint_core::ids::{DestinationName, TenantId};
use acquaint_core::notice::NoticeKind;
use acquaint_core::store::{
    ChangeKind, ClaimDeliveries, ClaimedDelivery, DeliveryOutcome, DeliveryQuery, DeliveryRow,
    DeliveryStatus, MeetingCommit, Offer, OutletState, SettleDeliveries, Store,
};
use chrono::{DateTime, Utc};

use super::{Broken, Defect};
use crate::memory::{Outbox, Tenant};

impl Broken {
    /// What a commit of meetings, done or refused, leaves in the outbox. `before` is what was there.
    pub(super) fn break_outbox(&self, commit: &MeetingCommit<'_>, before: &Outbox, done: bool) {
        self.with(&commit.claim.tenant, |tenant| {
            if !done {
                if self.is(Defect::DeliversBeforeCommit) {
                    deliver_anyway(tenant, commit);
                }
                return;
            }
            let silent = commit.writes.iter().all(|write| write.change.is_none() && write.items.is_empty());
            if self.is(Defect::StandingIsNotOffered) && silent && commit.removed.is_empty() {
                tenant.outbox.rows.clone_from(&before.rows);
            }
            if self.is(Defect::OneDestinationIsServed) {
                tenant.outbox.rows.retain(|(destination, _), _| destination.as_str() != "mirror");
            }
            for (place, waiting) in &mut tenant.outbox.rows {
                let old = before.rows.get(place);
                match self.defect {
                    Defect::NothingIsSuperseded => match old {
                        Some(old)
                            if old.lease_until.is_none()
                                && old.row.status == DeliveryStatus::Pending
                                && old.row.change == ChangeKind::Added =>
                        {
                            *waiting = old.clone();
                        }
                        _ => {}
                    },
                    Defect::SupersessionFreesLease
                        if old.is_some_and(|old| old.row.revision != waiting.row.revision) =>
                    {
                        waiting.lease_until = None;
                    }
                    Defect::SupersessionLosesItsTurn => waiting.row.place = waiting.row.position,
                    Defect::ChangesAreAdditions if waiting.row.change == ChangeKind::Changed => {
                        waiting.row.change = ChangeKind::Added;
                    }
                    Defect::PriorityIsLost => waiting.row.priority = 0,
                    Defect::FirstSyncIsNews => {
                        let said = |write: &&acquaint_core::store::MeetingWrite| {
                            write.row.meeting.id == waiting.row.subject.meeting
                        };
                        if let Some(write) = commit.writes.iter().find(said) {
                            waiting.row.backfill = write.backfill;
                        }
                    }
                    _ => {}
                }
            }
        });
    }

    pub(super) async fn broken_claim(&self, request: &ClaimDeliveries<'_>) -> Result<Vec<ClaimedDelivery>> {
        let mut given = request.clone();
        match self.defect {
            Defect::ClaimsForAnyTenant => given.tenant = None,
            Defect::ClaimsPastDeliveries if request.limit == 3 => given.limit = usize::MAX / 2,
            Defect::FirstTenantFirst if request.tenant.is_none() => {
                let tenants: Vec<TenantId> = self.inner.state().tenants.keys().cloned().collect();
                let mut claimed = Vec::new();
                for tenant in &tenants {
                    let limit = request.limit - claimed.len();
                    let given = ClaimDeliveries { tenant: Some(tenant), limit, ..request.clone() };
                    claimed.extend(self.inner.claim_deliveries(&given).await?);
                }
                return Ok(claimed);
            }
            Defect::FlightsAreClaimed => self.each(|tenant| {
                let flying = tenant.outbox.rows.values_mut().filter(|waiting| waiting.row.attempts > 0);
                flying.for_each(|waiting| waiting.lease_until = waiting.lease_until.and(Some(request.now)));
            }),
            _ => {}
        }
        let claimed = self.inner.claim_deliveries(&given).await?;
        for claimed in &claimed {
            let place = (claimed.claim.destination.clone(), claimed.claim.subject.clone());
            self.with(&claimed.claim.tenant, |tenant| {
                match self.defect {
                    Defect::LostOnCrash if request.tenant.is_none() => {
                        tenant.outbox.rows.get_mut(&place).unwrap().row.status = DeliveryStatus::Delivered;
                    }
                    Defect::ProbesTogether => {
                        let known = tenant.outbox.outlets.get_mut(&place.0).unwrap();
                        known.outlet.not_before = known.outlet.not_before.min(request.now);
                    }
                    _ => {}
                };
            });
        }
        Ok(claimed)
    }

    pub(super) async fn broken_settle(&self, settle: &SettleDeliveries<'_>) -> Result<Vec<bool>> {
        let mut settlements = settle.settlements.to_vec();
        let mut breaker = settle.breaker;
        for settlement in &mut settlements {
            let claim = &mut settlement.claim;
            let place = (claim.destination.clone(), claim.subject.clone());
            let found = self.with(&claim.tenant, |tenant| {
                tenant.outbox.rows.get(&place).map(|waiting| (waiting.row.revision, waiting.fence))
            });
            match (self.defect, found, &mut settlement.outcome) {
                (Defect::NewestIsSettled, Some((revision, _)), _) => claim.revision = revision,
                (Defect::DeliveryUnfenced, Some((_, fence)), _) => claim.fence = fence,
                (Defect::RetriesAtOnce, _, DeliveryOutcome::Failed { retry: Some(retry), .. }) => {
                    *retry = settle.now;
                }
                (Defect::DeadIsTriedOn, _, DeliveryOutcome::Failed { retry, .. }) => {
                    *retry = Some(retry.unwrap_or(settle.now));
                }
                _ => {}
            }
        }
        if self.is(Defect::NothingFalls) && breaker > 1 {
            breaker = u32::MAX;
        }
        let dead = |tenant: &Tenant| {
            let rows = tenant.outbox.rows.iter();
            let dead = rows.filter(|(_, waiting)| waiting.row.status == DeliveryStatus::Dead);
            dead.map(|(place, _)| place.clone()).collect::<Vec<_>>()
        };
        let tenant = settlements.first().map(|settlement| settlement.claim.tenant.clone());
        let before = tenant.as_ref().map(|tenant| self.with(tenant, |tenant| dead(tenant)));
        let given = SettleDeliveries { settlements: &settlements, breaker, now: settle.now };
        let settled = self.inner.settle_deliveries(&given).await?;
        if let (Some(tenant), Some(before)) = (tenant, before) {
            self.with(&tenant, |tenant| {
                match self.defect {
                    Defect::RecoveryForgetsTheDead => {
                        for place in before {
                            tenant.outbox.rows.get_mut(&place).unwrap().row.status = DeliveryStatus::Dead;
                        }
                    }
                    Defect::RecoveryIsSilent => tenant.notices.retain(|entry| {
                        !matches!(entry.notice.kind, NoticeKind::DestinationRecovered { .. })
                    }),
                    Defect::BusyIsIgnored => {
                        let busy = |known: &&mut crate::memory::OutletRow| !known.outlet.down;
                        for known in tenant.outbox.outlets.values_mut().filter(busy) {
                            known.outlet.not_before = DateTime::<Utc>::UNIX_EPOCH;
                        }
                    }
                    _ => {}
                };
            });
        }
        Ok(settled)
    }

    pub(super) async fn broken_deliveries(
        &self,
        tenant: &TenantId,
        query: &DeliveryQuery,
    ) -> Result<Vec<DeliveryRow>> {
        let mut given = query.clone();
        if self.is(Defect::DeliveriesRepeat) {
            given.after = None;
        }
        self.inner.deliveries(tenant, &given).await
    }

    pub(super) async fn broken_outlets(&self, tenant: &TenantId) -> Result<Vec<OutletState>> {
        let mut states = self.inner.outlets(tenant).await?;
        if self.is(Defect::DeliveredIsPending) {
            for state in &mut states {
                state.pending += std::mem::take(&mut state.delivered);
            }
        }
        Ok(states)
    }

    pub(super) async fn broken_offer_again(
        &self,
        tenant: &TenantId,
        destination: &DestinationName,
        now: DateTime<Utc>,
    ) -> Result<u64> {
        if self.is(Defect::DeadStayDead) {
            return Ok(0);
        }
        self.inner.offer_again(tenant, destination, now).await
    }

    fn each(&self, change: impl Fn(&mut Tenant)) {
        self.inner.state().tenants.values_mut().for_each(change);
    }
}

/// What a commit that was refused would have put into the outbox.
fn deliver_anyway(tenant: &mut Tenant, commit: &MeetingCommit<'_>) {
    let known = tenant.state.in_force.as_ref();
    let destinations = known.map(|known| known.destinations.clone()).unwrap_or_default();
    for write in commit.writes {
        let told = write.told();
        let offers: Vec<Offer> =
            told.iter().map(|told| Offer::telling(1, &write.row, told, false, commit.now)).collect();
        tenant.outbox.fill(&destinations, &offers, &[]);
    }
}
