//! Defects of the other verbs.

use std::collections::BTreeSet;
use std::time::Duration;

use acquaint_core::connector::KeyHint;
use acquaint_core::depkey::DependencyKey;
use acquaint_core::ids::{
    ConnectionId, ConnectorId, DestinationName, MeetingId, PartitionKey, RecordRef, RevisionId, Seq,
    StreamName, TenantId, WorkerId,
};
use acquaint_core::notice::NoticeEntry;
use acquaint_core::record::Gone;
use acquaint_core::store::{
    ClaimDeliveries, ClaimLanes, ClaimedDelivery, ClaimedLane, Committed, Connection, DeliveryQuery,
    DeliveryRow, DirtyBatch, FeedEntry, GatherQuery, GatheredCommit, GatheredQuery, GatheredRow, Gathering,
    HintKeys, JoinClaim, KeyQuery, LaneClaim, LaneId, LaneSeed, LaneState, LiveQuery, LocalCommit,
    MeetingCommit, MeetingQuery, MeetingRow, OutletState, PageCommit, ProvidedView, Put, PutConnection,
    RecordAt, RecordQuery, Release, RetireConnection, Retired, Revision, SetPartitions, SettleDeliveries,
    Shed, Store, StoredRecord, Subscription, Sweep, SweepCount, Swept, TakenTicket, TenantState,
    TenantUpdate, Ticket,
};
use acquaint_core::{Error, Result, async_trait};
use chrono::{DateTime, TimeDelta, Utc};

use super::{Broken, Defect};

pub(super) const TICK: TimeDelta = TimeDelta::milliseconds(1);

#[async_trait]
impl Store for Broken {
    async fn tenant(&self, tenant: &TenantId) -> Result<Option<TenantState>> {
        self.inner.tenant(tenant).await
    }

    async fn update_tenant(&self, tenant: &TenantId, update: &TenantUpdate) -> Result<TenantState> {
        self.broken_update(tenant, update).await
    }

    async fn put_revision(&self, tenant: &TenantId, revision: &Revision) -> Result<()> {
        self.broken_put_revision(tenant, revision).await
    }

    async fn revision(&self, tenant: &TenantId, id: &RevisionId) -> Result<Option<Revision>> {
        self.broken_revision(tenant, id).await
    }

    async fn revisions(&self, tenant: &TenantId, limit: usize) -> Result<Vec<Revision>> {
        self.broken_revisions(tenant, limit).await
    }

    async fn tenants(&self, after: Option<&TenantId>, limit: usize) -> Result<Vec<TenantId>> {
        if self.is(Defect::TenantsRepeat) {
            let all = self.inner.tenants(None, usize::MAX).await?;
            return Ok(all
                .into_iter()
                .filter(|id| after.is_none_or(|after| id >= after))
                .take(limit)
                .collect());
        }
        self.inner.tenants(after, limit).await
    }

    async fn put_connection(&self, put: &PutConnection<'_>) -> Result<Put> {
        self.broken_put(put).await
    }

    async fn connections(&self, tenant: &TenantId) -> Result<Vec<Connection>> {
        if self.is(Defect::ConnectionsOfAll) {
            let state = self.inner.state();
            return Ok(state
                .tenants
                .values()
                .flat_map(|tenant| tenant.connections.values())
                .cloned()
                .collect());
        }
        let mut connections = self.inner.connections(tenant).await?;
        if self.is(Defect::FirstVersionIsListed) {
            connections.iter_mut().for_each(|connection| connection.version = 1);
        }
        Ok(connections)
    }

    async fn grants_for(
        &self,
        connector: &ConnectorId,
        account: &str,
    ) -> Result<Vec<(TenantId, ConnectionId)>> {
        Ok(self.broken_grants_for(connector, account))
    }

    async fn retire_connection(&self, retire: &RetireConnection<'_>) -> Result<Retired> {
        self.broken_retirement(retire).await
    }

    async fn notices(&self, tenant: &TenantId, after: u64, limit: usize) -> Result<Vec<NoticeEntry>> {
        self.broken_notices(tenant, after, limit).await
    }

    async fn put_ticket(&self, ticket: &Ticket) -> Result<()> {
        self.inner.put_ticket(ticket).await
    }

    async fn take_ticket(&self, id: &str, now: DateTime<Utc>) -> Result<TakenTicket> {
        self.broken_take(id, now).await
    }

    async fn ensure_lanes(&self, seeds: &[LaneSeed]) -> Result<()> {
        self.inner.ensure_lanes(seeds).await?;
        for seed in seeds.iter().filter(|_| self.is(Defect::SeedsResetLanes)) {
            self.with(&seed.id.tenant, |tenant| {
                if let Some(row) = tenant.lanes.get_mut(&seed.id) {
                    row.due = seed.due;
                }
            });
        }
        self.come_back();
        Ok(())
    }

    async fn set_partitions(&self, set: &SetPartitions<'_>) -> Result<bool> {
        self.broken_partitions(set).await
    }

    async fn lanes(&self, tenant: &TenantId) -> Result<Vec<LaneState>> {
        let mut lanes = self.inner.lanes(tenant).await?;
        if self.is(Defect::LanesByDueTime) {
            lanes.sort_by_key(|lane| lane.due);
        }
        Ok(lanes)
    }

    async fn lanes_at(
        &self,
        tenant: &TenantId,
        places: &[(StreamName, PartitionKey)],
    ) -> Result<Vec<LaneState>> {
        match self.defect {
            Defect::LanesAtOnePlace => self.inner.lanes_at(tenant, &places[..places.len().min(1)]).await,
            Defect::LanesAnywhere => self.inner.lanes(tenant).await,
            _ => self.inner.lanes_at(tenant, places).await,
        }
    }

    async fn want(&self, lanes: &[LaneId]) -> Result<()> {
        for lane in lanes {
            let before = self.with(&lane.tenant, |tenant| tenant.lanes.get(lane).map(|row| row.not_before));
            self.inner.want(std::slice::from_ref(lane)).await?;
            self.with(&lane.tenant, |tenant| {
                let Some(row) = tenant.lanes.get_mut(lane) else { return };
                match (self.defect, before) {
                    (Defect::WantForgetsNewLanes, _) if row.fence == 0 => row.hint_seq = 0,
                    (Defect::WantKeepsBackOff, Some(before)) => row.not_before = before,
                    _ => {}
                }
            });
            if self.is(Defect::WantReachesEverybody) {
                let tenants: Vec<TenantId> = self.inner.state().tenants.keys().cloned().collect();
                for tenant in tenants.into_iter().filter(|tenant| *tenant != lane.tenant) {
                    self.inner.want(&[LaneId { tenant, ..lane.clone() }]).await?;
                }
            }
        }
        Ok(())
    }

    async fn hint(&self, lanes: &[LaneId]) -> Result<()> {
        match self.defect {
            Defect::HintLiftsBackOff => self.inner.want(lanes).await,
            Defect::HintIsForgotten => Ok(()),
            _ => self.inner.hint(lanes).await,
        }
    }

    async fn hint_keys(&self, hint: &HintKeys<'_>) -> Result<()> {
        self.broken_hint_keys(hint).await
    }

    async fn hinted_keys(&self, claim: &LaneClaim, limit: usize) -> Result<Vec<KeyHint>> {
        self.broken_hinted_keys(claim, limit).await
    }

    async fn claim_lanes(&self, request: &ClaimLanes<'_>) -> Result<Vec<ClaimedLane>> {
        self.broken_claim_lanes(request).await
    }

    async fn renew_lane(&self, claim: &LaneClaim, now: DateTime<Utc>, lease: Duration) -> Result<()> {
        let claim = self.lane_claim(claim, Defect::RenewUnfenced);
        let until = self
            .with(&claim.lane.tenant, |tenant| tenant.lanes.get(&claim.lane).and_then(|row| row.lease_until));
        if self.is(Defect::LapsedIsFenced) && until.is_some_and(|until| until < now) {
            return Err(Error::fenced());
        }
        self.inner.renew_lane(&claim, now, lease).await?;
        if self.is(Defect::RenewalDoesNothing) {
            self.with(&claim.lane.tenant, |tenant| {
                if let Some(row) = tenant.lanes.get_mut(&claim.lane) {
                    row.lease_until = until;
                }
            });
        }
        Ok(())
    }

    async fn commit_page(&self, commit: &PageCommit<'_>) -> Result<Committed> {
        self.broken_page(commit).await
    }

    async fn count_sweep(&self, sweep: &Sweep<'_>) -> Result<SweepCount> {
        let claim = self.lane_claim(sweep.claim, Defect::CountUnfenced);
        let window = sweep.window.filter(|_| !self.is(Defect::CountIgnoresWindow));
        self.inner.count_sweep(&Sweep { claim: &claim, window, ..sweep.clone() }).await
    }

    async fn sweep(&self, sweep: &Sweep<'_>) -> Result<Swept> {
        let claim = self.lane_claim(sweep.claim, Defect::SweepUnfenced);
        let tenant = &claim.lane.tenant;
        let mut given = Sweep { claim: &claim, ..sweep.clone() };
        match self.defect {
            Defect::SweepSparesTheLastCommit => given.began_seq = Seq(given.began_seq.0.saturating_sub(1)),
            Defect::SweepIgnoresWindow => given.window = None,
            Defect::SweepIgnoresLimit => given.limit = usize::MAX,
            Defect::SweepSparesSpanless if given.window.is_some() => self.with(tenant, |tenant| {
                for row in tenant.mirror.rows.values_mut().filter(|row| row.stored.span.is_none()) {
                    row.stored.touched = Seq(u64::MAX);
                }
            }),
            _ => {}
        }
        let marks = self.marked(tenant);
        let swept = self.inner.sweep(&given).await?;
        match self.defect {
            Defect::SweepMarksNothing => self.unmark(tenant, &marks, |_| true),
            Defect::EmptySweepTakesSeq if swept.removed == 0 => {
                self.with(tenant, |tenant| tenant.take_seq());
            }
            Defect::SweepLeavesPartition => self.with(tenant, |tenant| {
                let rows = tenant.mirror.rows.values().filter(|row| {
                    row.stored.record.partition != claim.lane.partition
                        && row.stored.touched <= given.began_seq
                });
                let records: Vec<RecordRef> = rows.map(|row| row.stored.record.clone()).collect();
                tenant.bury_all(&records, &Gone::Unseen);
            }),
            _ => {}
        }
        Ok(swept)
    }

    async fn release_lane(&self, claim: &LaneClaim, release: &Release) -> Result<()> {
        let mut claim = self.lane_claim(claim, Defect::ReleaseUnfenced);
        let mut given = release.clone();
        match self.defect {
            Defect::ReleaseIsDueLate => given.due += TICK,
            Defect::ReleaseAlwaysClears => given.hints_done = true,
            Defect::ReleaseClearsAllHints => claim.hint_seq = u64::MAX >> 1,
            _ => {}
        }
        self.inner.release_lane(&claim, &given).await?;
        self.with(&claim.lane.tenant, |tenant| {
            if let Some(row) = tenant.lanes.get_mut(&claim.lane) {
                row.done_hint = row.done_hint.min(row.hint_seq);
            }
        });
        Ok(())
    }

    async fn put_subscription(&self, claim: &LaneClaim, subscription: &Subscription) -> Result<()> {
        self.broken_subscription_put(claim, subscription).await
    }

    async fn subscription(&self, id: &str) -> Result<Option<Subscription>> {
        Ok(self.broken_subscription(id))
    }

    async fn subscriptions(&self, tenant: &TenantId, connection: &ConnectionId) -> Result<Vec<Subscription>> {
        self.broken_subscriptions(tenant, connection).await
    }

    async fn remove_subscription(&self, tenant: &TenantId, id: &str) -> Result<()> {
        self.broken_unsubscription(tenant, id).await
    }

    async fn commit_local(&self, commit: &LocalCommit<'_>) -> Result<Committed> {
        let marks = self.marked(commit.tenant);
        let committed = self.inner.commit_local(commit).await?;
        if self.is(Defect::LocalMarksNothing) {
            self.unmark(commit.tenant, &marks, |_| true);
        }
        Ok(committed)
    }

    async fn records(&self, tenant: &TenantId, records: &[RecordRef]) -> Result<Vec<StoredRecord>> {
        let mut found = self.inner.records(tenant, records).await?;
        let state = self.inner.state();
        for record in records {
            if found.iter().any(|found| found.record == *record) {
                continue;
            }
            let tenants = state.tenants.iter();
            let mut rows = tenants.flat_map(|(id, rows)| rows.mirror.rows.values().map(move |row| (id, row)));
            let other = rows.find(|(id, row)| {
                let other = &row.stored.record;
                let near = other.stream == record.stream && other.key == record.key;
                match self.defect {
                    Defect::ReferencesAreLoose => *id == tenant && near,
                    Defect::RecordsCrossTenants => other == record,
                    _ => false,
                }
            });
            found.extend(other.map(|(_, row)| row.stored.clone()));
        }
        Ok(found)
    }

    async fn live_records(&self, query: &LiveQuery<'_>) -> Result<Vec<StoredRecord>> {
        Ok(self.broken_live_records(query))
    }

    async fn shed(&self, shed: &Shed<'_>) -> Result<Committed> {
        self.broken_shed(shed).await
    }

    async fn record_keys(&self, query: &KeyQuery<'_>) -> Result<Vec<RecordAt>> {
        Ok(self.broken_record_keys(query))
    }

    async fn scan(&self, query: &RecordQuery<'_>) -> Result<Vec<StoredRecord>> {
        if let (Defect::ScanRepeats, Some(after)) = (self.defect, query.after) {
            let all = RecordQuery { after: None, limit: usize::MAX, ..query.clone() };
            let all = self.inner.scan(&all).await?.into_iter();
            return Ok(all.filter(|stored| stored.record.key >= *after).take(query.limit).collect());
        }
        self.inner.scan(query).await
    }

    async fn providing(&self, tenant: &TenantId, keys: &[DependencyKey]) -> Result<Vec<ProvidedView>> {
        let mut found = self.inner.providing(tenant, keys).await?;
        if self.is(Defect::ProvidingIsReversed) {
            found.reverse();
        }
        Ok(found)
    }

    async fn claim_join(
        &self,
        tenant: &TenantId,
        worker: &WorkerId,
        now: DateTime<Utc>,
        lease: Duration,
    ) -> Result<Option<JoinClaim>> {
        if self.is(Defect::JoinIsReentrant) {
            self.with(tenant, |tenant| {
                if tenant.join.holder.as_ref() == Some(worker) {
                    tenant.join.lease_until = None;
                }
            });
        }
        self.inner.claim_join(tenant, worker, now, lease).await
    }

    async fn dirty_batch(&self, claim: &JoinClaim, limit: usize, now: DateTime<Utc>) -> Result<DirtyBatch> {
        self.broken_batch(claim, limit, now).await
    }

    async fn meetings_of(&self, tenant: &TenantId, identities: &[String]) -> Result<Vec<MeetingRow>> {
        let mut rows = self.inner.meetings_of(tenant, identities).await?;
        if self.is(Defect::OneMeetingAnIdentity) {
            let mut seen = BTreeSet::new();
            rows.retain(|row| seen.insert(row.meeting.identity.clone()));
        }
        Ok(rows)
    }

    async fn meetings_with(&self, tenant: &TenantId, copies: &[RecordRef]) -> Result<Vec<MeetingRow>> {
        if self.is(Defect::CopiesStay) {
            let ever = self.copies.lock().unwrap();
            let places = copies.iter().filter_map(|copy| ever.get(&(tenant.clone(), copy.clone())));
            let ids: BTreeSet<&MeetingId> = places.flatten().collect();
            let state = self.inner.state();
            return Ok(state.read(tenant, |tenant| {
                ids.into_iter().filter_map(|id| tenant.meetings.row(id).cloned()).collect()
            }));
        }
        self.inner.meetings_with(tenant, copies).await
    }

    async fn commit_meetings(&self, commit: &MeetingCommit<'_>) -> Result<()> {
        self.broken_meetings(commit).await
    }

    async fn gathered_batch(&self, claim: &JoinClaim, query: &GatherQuery) -> Result<Vec<Gathering>> {
        self.broken_gathering(claim, query).await
    }

    async fn commit_gathered(&self, commit: &GatheredCommit<'_>) -> Result<()> {
        self.broken_gathered(commit).await
    }

    async fn undecided(
        &self,
        after: Option<&TenantId>,
        limit: usize,
        now: DateTime<Utc>,
    ) -> Result<Vec<TenantId>> {
        self.broken_undecided(after, limit, now).await
    }

    async fn release_join(&self, claim: &JoinClaim) -> Result<()> {
        self.inner.release_join(&self.join_claim(claim, Defect::JoinReleaseUnfenced)).await
    }

    async fn meetings(&self, tenant: &TenantId, query: &MeetingQuery) -> Result<Vec<MeetingRow>> {
        self.broken_query(tenant, query).await
    }

    async fn meeting(&self, tenant: &TenantId, id: &MeetingId) -> Result<Option<MeetingRow>> {
        let found = self.inner.meeting(tenant, id).await?;
        if self.is(Defect::MeetingCrossesTenants) && found.is_none() {
            let state = self.inner.state();
            return Ok(state.tenants.values().find_map(|tenant| tenant.meetings.row(id).cloned()));
        }
        Ok(found)
    }

    async fn read_set(&self, tenant: &TenantId, id: &MeetingId) -> Result<Vec<DependencyKey>> {
        self.inner.read_set(tenant, id).await
    }

    async fn gathered(&self, tenant: &TenantId, query: &GatheredQuery) -> Result<Vec<GatheredRow>> {
        self.broken_items(tenant, query).await
    }

    async fn feed(&self, tenant: &TenantId, after: u64, limit: usize) -> Result<Vec<FeedEntry>> {
        let after = if self.is(Defect::FeedRepeats) { after.saturating_sub(1) } else { after };
        self.inner.feed(tenant, after, limit).await
    }

    async fn feed_of(&self, tenant: &TenantId, meeting: &MeetingId, limit: usize) -> Result<Vec<FeedEntry>> {
        self.broken_feed_of(tenant, meeting, limit).await
    }

    async fn feed_position(&self, tenant: &TenantId) -> Result<u64> {
        self.inner.feed_position(tenant).await
    }

    async fn claim_deliveries(&self, request: &ClaimDeliveries<'_>) -> Result<Vec<ClaimedDelivery>> {
        self.broken_claim(request).await
    }

    async fn settle_deliveries(&self, settle: &SettleDeliveries<'_>) -> Result<Vec<bool>> {
        self.broken_settle(settle).await
    }

    async fn deliveries(&self, tenant: &TenantId, query: &DeliveryQuery) -> Result<Vec<DeliveryRow>> {
        self.broken_deliveries(tenant, query).await
    }

    async fn outlets(&self, tenant: &TenantId) -> Result<Vec<OutletState>> {
        self.broken_outlets(tenant).await
    }

    async fn offer_again(
        &self,
        tenant: &TenantId,
        destination: &DestinationName,
        now: DateTime<Utc>,
    ) -> Result<u64> {
        self.broken_offer_again(tenant, destination, now).await
    }
}
