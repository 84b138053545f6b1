//! The outbox: what is still to be told to whom.

use std::collections::BTreeMap;

use acquaint_core::delivery::Subject;
use acquaint_core::ids::{DestinationName, TenantId};
use acquaint_core::store::{
    ClaimDeliveries, ClaimedDelivery, DeliveryClaim, DeliveryOutcome, DeliveryQuery, DeliveryRow,
    DeliveryStatus, Offer, Outlet, OutletState, SettleDeliveries, Settlement,
};
use chrono::{DateTime, Utc};

use super::state::{State, Tenant, later};

/// The bound of a query that names none.
const LIMIT: usize = 1_000;

#[derive(Default, Clone)]
pub(crate) struct Outbox {
    pub(crate) rows: BTreeMap<(DestinationName, Subject), Waiting>,
    pub(crate) outlets: BTreeMap<DestinationName, OutletRow>,
}

/// A delivery, and who is at it.
#[derive(Clone)]
pub(crate) struct Waiting {
    pub(crate) row: DeliveryRow,
    pub(crate) fence: u64,
    pub(crate) lease_until: Option<DateTime<Utc>>,
}

/// A destination, and when it was last served.
#[derive(Clone)]
pub(crate) struct OutletRow {
    pub(crate) outlet: Outlet,
    pub(crate) served: u64,
}

impl Waiting {
    fn is_due(&self, by: DateTime<Utc>) -> bool {
        self.row.status == DeliveryStatus::Pending
            && self.row.due <= by
            && self.lease_until.is_none_or(|until| until <= by)
    }
}

impl Outbox {
    /// Keeps what is for these destinations, and nothing else.
    pub(crate) fn keep(&mut self, destinations: &[DestinationName]) {
        self.rows.retain(|(destination, _), _| destinations.contains(destination));
        self.outlets.retain(|destination, _| destinations.contains(destination));
    }

    /// Offers what is told to every destination, and what stands to those that know nothing of it.
    pub(crate) fn fill(&mut self, destinations: &[DestinationName], told: &[Offer], stands: &[Offer]) {
        for destination in destinations {
            for offer in told {
                self.offer(destination, offer, true);
            }
            for offer in stands {
                self.offer(destination, offer, false);
            }
        }
    }

    fn offer(&mut self, destination: &DestinationName, offer: &Offer, news: bool) {
        let place = (destination.clone(), offer.subject.clone());
        match self.rows.get_mut(&place) {
            Some(known) if news => known.row = known.row.clone().superseded(offer.clone()),
            Some(_) => {}
            // Whoever knows nothing of it need not hear that it is gone.
            None if offer.change == acquaint_core::store::ChangeKind::Removed => {}
            None => {
                let row = DeliveryRow::new(destination.clone(), offer.clone());
                self.rows.insert(place, Waiting { row, fence: 0, lease_until: None });
                let outlet = || OutletRow { outlet: Outlet::new(destination.clone()), served: 0 };
                self.outlets.entry(destination.clone()).or_insert_with(outlet);
            }
        }
    }

    fn of(&self, destination: &DestinationName) -> impl Iterator<Item = &Waiting> {
        self.rows.values().filter(move |waiting| waiting.row.destination == *destination)
    }

    fn of_mut(&mut self, destination: &DestinationName) -> impl Iterator<Item = &mut Waiting> {
        self.rows.values_mut().filter(move |waiting| waiting.row.destination == *destination)
    }

    /// Whether anything can be claimed for a destination.
    fn has_due(&self, destination: &DestinationName, by: DateTime<Utc>) -> bool {
        self.outlets.get(destination).is_some_and(|row| row.outlet.not_before <= by)
            && self.of(destination).any(|waiting| waiting.is_due(by))
    }

    /// Offers all dead letters of a destination again.
    pub(crate) fn revive(&mut self, destination: &DestinationName, now: DateTime<Utc>) -> u64 {
        let dead = self.of_mut(destination).filter(|waiting| waiting.row.status == DeliveryStatus::Dead);
        dead.map(|waiting| waiting.row.offer_again(now)).count() as u64
    }

    pub(crate) fn query(&self, query: &DeliveryQuery) -> Vec<DeliveryRow> {
        let asked = |row: &DeliveryRow| {
            query.destination.as_ref().is_none_or(|destination| row.destination == *destination)
                && query.status.is_none_or(|status| row.status == status)
                && query.meeting.as_ref().is_none_or(|meeting| row.subject.meeting == *meeting)
        };
        let after =
            |place: &(DestinationName, Subject)| query.after.as_ref().is_none_or(|after| place > after);
        let limit = if query.limit == 0 { LIMIT } else { query.limit };
        let rows = self.rows.iter().filter(|(place, _)| after(place)).map(|(_, waiting)| &waiting.row);
        rows.filter(|row| asked(row)).take(limit).cloned().collect()
    }

    pub(crate) fn states(&self) -> Vec<OutletState> {
        let state = |known: &OutletRow| {
            let mut state = OutletState::new(known.outlet.clone());
            for waiting in self.of(&known.outlet.destination) {
                match waiting.row.status {
                    DeliveryStatus::Delivered => state.delivered += 1,
                    DeliveryStatus::Dead => state.dead += 1,
                    _ => state.pending += 1,
                }
            }
            state
        };
        self.outlets.values().map(state).collect()
    }
}

impl State {
    pub(crate) fn claim_deliveries(&mut self, request: &ClaimDeliveries<'_>) -> Vec<ClaimedDelivery> {
        let (destination, by) = (request.destination, request.due_by);
        let asked = |tenant: &TenantId| request.tenant.is_none_or(|only| only == tenant);
        let mut waiting: Vec<(u64, TenantId)> = self
            .tenants
            .iter()
            .filter(|(id, tenant)| asked(id) && tenant.outbox.has_due(destination, by))
            .map(|(id, tenant)| (tenant.outbox.outlets[destination].served, id.clone()))
            .collect();
        waiting.sort();
        let share = request.limit.div_ceil(waiting.len().max(1));
        let mut claimed = Vec::new();
        // Once around with a share for each, then with what others have left.
        for share in [share, request.limit] {
            for (_, id) in &waiting {
                let most = share.min(request.limit - claimed.len());
                if most > 0 {
                    let tenant = self.tenants.entry(id.clone()).or_default();
                    let found = tenant.claim_deliveries(id, request, most);
                    if !found.is_empty() {
                        self.served += 1;
                        let outlet = tenant.outbox.outlets.get_mut(destination);
                        outlet.into_iter().for_each(|row| row.served = self.served);
                    }
                    claimed.extend(found);
                }
            }
        }
        claimed
    }

    pub(crate) fn settle_deliveries(&mut self, settle: &SettleDeliveries<'_>) -> Vec<bool> {
        let one = |settlement: &Settlement| {
            let tenant = self.tenants.get_mut(&settlement.claim.tenant);
            tenant.is_some_and(|tenant| tenant.settle_delivery(settlement, settle.breaker, settle.now))
        };
        settle.settlements.iter().map(one).collect()
    }

    pub(crate) fn offer_again(
        &mut self,
        tenant: &TenantId,
        destination: &DestinationName,
        now: DateTime<Utc>,
    ) -> u64 {
        let Some(tenant) = self.tenants.get_mut(tenant) else { return 0 };
        if let Some(known) = tenant.outbox.outlets.get_mut(destination) {
            known.outlet.offer_again(now);
        }
        tenant.outbox.revive(destination, now)
    }
}

impl Tenant {
    fn claim_deliveries(
        &mut self,
        id: &TenantId,
        request: &ClaimDeliveries<'_>,
        limit: usize,
    ) -> Vec<ClaimedDelivery> {
        let (destination, by) = (request.destination, request.due_by);
        let until = later(request.now, request.lease);
        if !self.outbox.has_due(destination, by) {
            return Vec::new();
        }
        let Some(known) = self.outbox.outlets.get_mut(destination) else { return Vec::new() };
        let (failures, down) = (known.outlet.failures, known.outlet.down);
        known.outlet.begin(until);
        let mut due: Vec<&mut Waiting> =
            self.outbox.of_mut(destination).filter(|waiting| waiting.is_due(by)).collect();
        due.sort_by(|a, b| {
            let (a, b) = (&a.row, &b.row);
            let tried = if down { a.attempts.cmp(&b.attempts) } else { std::cmp::Ordering::Equal };
            let turn = (a.backfill, a.place, &a.subject).cmp(&(b.backfill, b.place, &b.subject));
            tried.then(b.priority.cmp(&a.priority)).then(turn)
        });
        let claim = |waiting: &mut Waiting| {
            self.fence += 1;
            waiting.fence = self.fence;
            waiting.lease_until = Some(until);
            waiting.row.begin(request.now);
            let (destination, subject) = (destination.clone(), waiting.row.subject.clone());
            let (revision, fence) = (waiting.row.revision, waiting.fence);
            let claim = DeliveryClaim { tenant: id.clone(), destination, subject, revision, fence };
            ClaimedDelivery { claim, row: waiting.row.clone(), lease_until: until, failures }
        };
        due.into_iter().take(if down { 1 } else { limit }).map(claim).collect()
    }

    fn settle_delivery(&mut self, settlement: &Settlement, breaker: u32, now: DateTime<Utc>) -> bool {
        let Settlement { claim, outcome } = settlement;
        let place = (claim.destination.clone(), claim.subject.clone());
        let waiting = self.outbox.rows.get_mut(&place).filter(|waiting| waiting.fence == claim.fence);
        let known = self.outbox.outlets.get_mut(&claim.destination);
        let (Some(waiting), Some(known)) = (waiting, known) else { return false };
        if waiting.lease_until.is_none() {
            return false;
        }
        waiting.lease_until = None;
        waiting.row.settle(claim.revision, outcome, now);
        let failed = matches!(outcome, DeliveryOutcome::Failed { .. });
        let dead = failed && waiting.row.status == DeliveryStatus::Dead;
        let settled = known.outlet.settle(&claim.subject, outcome, dead, breaker, now);
        if settled.recovered {
            self.outbox.revive(&claim.destination, now);
        }
        self.notify(&settled.notices);
        true
    }
}
