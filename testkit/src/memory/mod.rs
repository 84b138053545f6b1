//! A store in memory: the reference for what the verbs of [`Store`] mean, and the store of simulations.

mod answers;
mod connections;
mod gather;
mod join;
mod key_hints;
mod lanes;
mod mirror;
mod outbox;
mod partitions;
mod shed;
mod state;
mod subscriptions;
mod sweep;
mod tenants;
mod tickets;
mod tokens;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use acquaint_core::connector::KeyHint;
use acquaint_core::depkey::DependencyKey;
use acquaint_core::ids::{
    ConnectionId, ConnectorId, DestinationName, MeetingId, PartitionKey, RecordRef, RevisionId, StreamName,
    TenantId, WorkerId,
};
use acquaint_core::notice::NoticeEntry;
use acquaint_core::store::{
    ClaimDeliveries, ClaimLanes, ClaimedDelivery, ClaimedLane, Committed, Connection, DeliveryQuery,
    DeliveryRow, DirtyBatch, FeedEntry, GatherQuery, GatheredCommit, GatheredQuery, GatheredRow, Gathering,
    HintKeys, JoinClaim, KeyQuery, LaneClaim, LaneId, LaneSeed, LaneState, LiveQuery, LocalCommit,
    MeetingCommit, MeetingQuery, MeetingRow, OpenStore, OutletState, PageCommit, ProvidedView, Put,
    PutConnection, RecordAt, RecordQuery, Release, RetireConnection, Retired, Revision, SetPartitions,
    SettleDeliveries, Shed, Store, StoredRecord, Subscription, Sweep, SweepCount, Swept, TakenTicket,
    TenantState, TenantUpdate, Ticket,
};
use acquaint_core::token::{Expected, GrantKey, Saved, Scope, Sealed, TokenStore, Versioned};
use acquaint_core::{Result, async_trait};
use chrono::{DateTime, Utc};

use state::State;
#[cfg(test)]
pub(crate) use {
    join::MarkRow,
    key_hints::ToldRow,
    mirror::RecordRow,
    outbox::{Outbox, OutletRow},
    state::Tenant,
};

/// Keeps everything in memory, as long as a clone of it lives.
///
/// It is deterministic: the same calls in the same order give the same answers. Clones share one content, so a
/// simulated restart is a new engine on a clone. No verb waits for anything.
#[derive(Clone, Default)]
pub struct MemoryStore {
    state: Arc<Mutex<State>>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// A verb validates everything before it changes anything, so what a panic elsewhere left is whole.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore").finish_non_exhaustive()
    }
}

#[async_trait]
impl OpenStore for MemoryStore {
    async fn open_store(self: Box<Self>) -> Result<Arc<dyn Store>> {
        Ok(Arc::new(*self))
    }
}

#[async_trait]
impl TokenStore for MemoryStore {
    async fn load(&self, key: &GrantKey) -> Result<Option<Versioned<Sealed>>> {
        Ok(self.state().tokens.load(key))
    }

    async fn save(&self, key: &GrantKey, value: &Sealed, expected: Expected) -> Result<Saved> {
        Ok(self.state().tokens.save(key, value, expected))
    }

    async fn delete(&self, key: &GrantKey) -> Result<bool> {
        Ok(self.state().tokens.delete(key))
    }

    async fn list(&self, scope: Scope, after: Option<&GrantKey>, limit: usize) -> Result<Vec<GrantKey>> {
        self.state().tokens.list(&scope, after, limit)
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn tenant(&self, tenant: &TenantId) -> Result<Option<TenantState>> {
        Ok(self.state().tenants.get(tenant).filter(|tenant| tenant.known).map(|tenant| tenant.state.clone()))
    }

    async fn update_tenant(&self, tenant: &TenantId, update: &TenantUpdate) -> Result<TenantState> {
        self.state().tenant(tenant).update(update)
    }

    async fn tenants(&self, after: Option<&TenantId>, limit: usize) -> Result<Vec<TenantId>> {
        Ok(self.state().known_tenants(after, limit))
    }

    async fn put_connection(&self, put: &PutConnection<'_>) -> Result<Put> {
        Ok(self.state().put_connection(put))
    }

    async fn connections(&self, tenant: &TenantId) -> Result<Vec<Connection>> {
        Ok(self.state().read(tenant, |tenant| tenant.connections.values().cloned().collect()))
    }

    async fn grants_for(
        &self,
        connector: &ConnectorId,
        account: &str,
    ) -> Result<Vec<(TenantId, ConnectionId)>> {
        Ok(self.state().grants_for(connector, account))
    }

    async fn retire_connection(&self, retire: &RetireConnection<'_>) -> Result<Retired> {
        Ok(self.state().retire_connection(retire))
    }

    async fn notices(&self, tenant: &TenantId, after: u64, limit: usize) -> Result<Vec<NoticeEntry>> {
        Ok(self.state().read(tenant, |tenant| {
            tenant.notices.iter().filter(|entry| entry.position > after).take(limit).cloned().collect()
        }))
    }

    async fn put_ticket(&self, ticket: &Ticket) -> Result<()> {
        self.state().tickets.put(ticket);
        Ok(())
    }

    async fn take_ticket(&self, id: &str, now: DateTime<Utc>) -> Result<TakenTicket> {
        Ok(self.state().tickets.take(id, now))
    }

    async fn put_revision(&self, tenant: &TenantId, revision: &Revision) -> Result<()> {
        self.state().tenant(tenant).put_revision(revision);
        Ok(())
    }

    async fn revision(&self, tenant: &TenantId, id: &RevisionId) -> Result<Option<Revision>> {
        Ok(self.state().read(tenant, |tenant| tenant.revisions.get(id).cloned()))
    }

    async fn revisions(&self, tenant: &TenantId, limit: usize) -> Result<Vec<Revision>> {
        Ok(self.state().read(tenant, |tenant| tenant.listed_revisions(limit)))
    }

    async fn ensure_lanes(&self, seeds: &[LaneSeed]) -> Result<()> {
        self.state().ensure_lanes(seeds);
        Ok(())
    }

    async fn set_partitions(&self, set: &SetPartitions<'_>) -> Result<bool> {
        Ok(self.state().fenced(set.claim)?.set_partitions(set))
    }

    async fn lanes(&self, tenant: &TenantId) -> Result<Vec<LaneState>> {
        Ok(self.state().read(tenant, |tenant| tenant.lane_states(|_| true)))
    }

    async fn lanes_at(
        &self,
        tenant: &TenantId,
        places: &[(StreamName, PartitionKey)],
    ) -> Result<Vec<LaneState>> {
        let there = |id: &LaneId| {
            places.iter().any(|(stream, partition)| (&id.stream, &id.partition) == (stream, partition))
        };
        Ok(self.state().read(tenant, |tenant| tenant.lane_states(there)))
    }

    async fn want(&self, lanes: &[LaneId]) -> Result<()> {
        self.state().want(lanes, true);
        Ok(())
    }

    async fn hint(&self, lanes: &[LaneId]) -> Result<()> {
        self.state().want(lanes, false);
        Ok(())
    }

    async fn hint_keys(&self, hint: &HintKeys<'_>) -> Result<()> {
        self.state().hint_keys(hint);
        Ok(())
    }

    async fn hinted_keys(&self, claim: &LaneClaim, limit: usize) -> Result<Vec<KeyHint>> {
        Ok(self.state().fenced(claim)?.hinted_keys(claim, limit))
    }

    async fn claim_lanes(&self, request: &ClaimLanes<'_>) -> Result<Vec<ClaimedLane>> {
        Ok(self.state().claim_lanes(request))
    }

    async fn renew_lane(&self, claim: &LaneClaim, now: DateTime<Utc>, lease: Duration) -> Result<()> {
        self.state().fenced(claim)?.renew_lane(claim, state::later(now, lease));
        Ok(())
    }

    async fn commit_page(&self, commit: &PageCommit<'_>) -> Result<Committed> {
        self.state().fenced(commit.claim)?.commit_page(commit)
    }

    async fn count_sweep(&self, sweep: &Sweep<'_>) -> Result<SweepCount> {
        Ok(self.state().fenced(sweep.claim)?.count_sweep(sweep))
    }

    async fn sweep(&self, sweep: &Sweep<'_>) -> Result<Swept> {
        Ok(self.state().fenced(sweep.claim)?.sweep(sweep))
    }

    async fn release_lane(&self, claim: &LaneClaim, release: &Release) -> Result<()> {
        self.state().fenced(claim)?.release_lane(claim, release);
        Ok(())
    }

    async fn put_subscription(&self, claim: &LaneClaim, subscription: &Subscription) -> Result<()> {
        self.state().put_subscription(claim, subscription)
    }

    async fn subscription(&self, id: &str) -> Result<Option<Subscription>> {
        Ok(self.state().subscriptions.rows.get(id).cloned())
    }

    async fn subscriptions(&self, tenant: &TenantId, connection: &ConnectionId) -> Result<Vec<Subscription>> {
        Ok(self.state().subscriptions.of(tenant, connection))
    }

    async fn remove_subscription(&self, tenant: &TenantId, id: &str) -> Result<()> {
        self.state().subscriptions.remove(tenant, id);
        Ok(())
    }

    async fn commit_local(&self, commit: &LocalCommit<'_>) -> Result<Committed> {
        Ok(self.state().tenant(commit.tenant).commit_local(commit))
    }

    async fn records(&self, tenant: &TenantId, records: &[RecordRef]) -> Result<Vec<StoredRecord>> {
        Ok(self.state().read(tenant, |tenant| tenant.mirror.records(records)))
    }

    async fn record_keys(&self, query: &KeyQuery<'_>) -> Result<Vec<RecordAt>> {
        Ok(self.state().read(query.tenant, |tenant| tenant.mirror.record_keys(query)))
    }

    async fn scan(&self, query: &RecordQuery<'_>) -> Result<Vec<StoredRecord>> {
        Ok(self.state().read(query.tenant, |tenant| tenant.mirror.scan(query)))
    }

    async fn live_records(&self, query: &LiveQuery<'_>) -> Result<Vec<StoredRecord>> {
        Ok(self.state().read(query.tenant, |tenant| tenant.mirror.live_records(query)))
    }

    async fn shed(&self, shed: &Shed<'_>) -> Result<Committed> {
        Ok(self.state().tenant(shed.tenant).shed(shed))
    }

    async fn providing(&self, tenant: &TenantId, keys: &[DependencyKey]) -> Result<Vec<ProvidedView>> {
        Ok(self.state().read(tenant, |tenant| tenant.mirror.providing(keys)))
    }

    async fn claim_join(
        &self,
        tenant: &TenantId,
        worker: &WorkerId,
        now: DateTime<Utc>,
        lease: Duration,
    ) -> Result<Option<JoinClaim>> {
        let fence = self.state().tenant(tenant).claim_join(worker, now, lease);
        Ok(fence.map(|fence| JoinClaim { tenant: tenant.clone(), fence }))
    }

    async fn dirty_batch(&self, claim: &JoinClaim, limit: usize, now: DateTime<Utc>) -> Result<DirtyBatch> {
        Ok(self.state().joining(claim)?.dirty_batch(limit, now))
    }

    async fn meetings_of(&self, tenant: &TenantId, identities: &[String]) -> Result<Vec<MeetingRow>> {
        Ok(self.state().read(tenant, |tenant| tenant.meetings.of(identities)))
    }

    async fn meetings_with(&self, tenant: &TenantId, copies: &[RecordRef]) -> Result<Vec<MeetingRow>> {
        Ok(self.state().read(tenant, |tenant| tenant.meetings.with(copies)))
    }

    async fn commit_meetings(&self, commit: &MeetingCommit<'_>) -> Result<()> {
        self.state().joining(commit.claim)?.commit_meetings(commit);
        Ok(())
    }

    async fn gathered_batch(&self, claim: &JoinClaim, query: &GatherQuery) -> Result<Vec<Gathering>> {
        let mut state = self.state();
        let tenant = state.joining(claim)?;
        Ok(tenant.gathered.batch(&tenant.meetings, query))
    }

    async fn commit_gathered(&self, commit: &GatheredCommit<'_>) -> Result<()> {
        self.state().joining(commit.claim)?.commit_gathered(commit);
        Ok(())
    }

    async fn undecided(
        &self,
        after: Option<&TenantId>,
        limit: usize,
        now: DateTime<Utc>,
    ) -> Result<Vec<TenantId>> {
        Ok(self.state().undecided(after, limit, now))
    }

    async fn release_join(&self, claim: &JoinClaim) -> Result<()> {
        self.state().joining(claim)?.join.lease_until = None;
        Ok(())
    }

    async fn meetings(&self, tenant: &TenantId, query: &MeetingQuery) -> Result<Vec<MeetingRow>> {
        Ok(self.state().read(tenant, |tenant| tenant.meetings.query(query)))
    }

    async fn meeting(&self, tenant: &TenantId, id: &MeetingId) -> Result<Option<MeetingRow>> {
        Ok(self.state().read(tenant, |tenant| tenant.meetings.row(id).cloned()))
    }

    async fn read_set(&self, tenant: &TenantId, id: &MeetingId) -> Result<Vec<DependencyKey>> {
        Ok(self.state().read(tenant, |tenant| tenant.meetings.read_set(id)))
    }

    async fn gathered(&self, tenant: &TenantId, query: &GatheredQuery) -> Result<Vec<GatheredRow>> {
        Ok(self.state().read(tenant, |tenant| tenant.gathered.query(query)))
    }

    async fn feed(&self, tenant: &TenantId, after: u64, limit: usize) -> Result<Vec<FeedEntry>> {
        Ok(self.state().read(tenant, |tenant| {
            tenant.feed.iter().filter(|entry| entry.position > after).take(limit).cloned().collect()
        }))
    }

    async fn feed_of(&self, tenant: &TenantId, meeting: &MeetingId, limit: usize) -> Result<Vec<FeedEntry>> {
        Ok(self.state().read(tenant, |tenant| {
            let own = tenant.feed.iter().rev().filter(|entry| entry.meeting == *meeting);
            own.take(limit).cloned().collect()
        }))
    }

    async fn feed_position(&self, tenant: &TenantId) -> Result<u64> {
        Ok(self.state().read(tenant, |tenant| tenant.feed.last().map_or(0, |entry| entry.position)))
    }

    async fn claim_deliveries(&self, request: &ClaimDeliveries<'_>) -> Result<Vec<ClaimedDelivery>> {
        Ok(self.state().claim_deliveries(request))
    }

    async fn settle_deliveries(&self, settle: &SettleDeliveries<'_>) -> Result<Vec<bool>> {
        Ok(self.state().settle_deliveries(settle))
    }

    async fn deliveries(&self, tenant: &TenantId, query: &DeliveryQuery) -> Result<Vec<DeliveryRow>> {
        Ok(self.state().read(tenant, |tenant| tenant.outbox.query(query)))
    }

    async fn outlets(&self, tenant: &TenantId) -> Result<Vec<OutletState>> {
        Ok(self.state().read(tenant, |tenant| tenant.outbox.states()))
    }

    async fn offer_again(
        &self,
        tenant: &TenantId,
        destination: &DestinationName,
        now: DateTime<Utc>,
    ) -> Result<u64> {
        Ok(self.state().offer_again(tenant, destination, now))
    }
}
