//! A store that notes every verb that is called on behalf of another tenant than the one that acts.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use acquaint::core::connector::KeyHint;
use acquaint::core::depkey::DependencyKey;
use acquaint::core::ids::{
    ConnectionId, ConnectorId, DestinationName, MeetingId, PartitionKey, RecordRef, RevisionId, StreamName,
    TenantId, WorkerId,
};
use acquaint::core::notice::NoticeEntry;
use acquaint::core::store::{
    ClaimDeliveries, ClaimLanes, ClaimedDelivery, ClaimedLane, Committed, Connection, DeliveryQuery,
    DeliveryRow, DirtyBatch, FeedEntry, GatherQuery, GatheredCommit, GatheredQuery, GatheredRow, Gathering,
    HintKeys, JoinClaim, KeyQuery, LaneClaim, LaneId, LaneSeed, LaneState, LiveQuery, LocalCommit,
    MeetingCommit, MeetingQuery, MeetingRow, OutletState, PageCommit, ProvidedView, Put, PutConnection,
    RecordAt, RecordQuery, Release, RetireConnection, Retired, Revision, SetPartitions, SettleDeliveries,
    Shed, Store, StoredRecord, Subscription, Sweep, SweepCount, Swept, TakenTicket, TenantState,
    TenantUpdate, Ticket,
};
use acquaint::core::token::{Expected, GrantKey, Saved, Scope, Sealed, TokenStore, Versioned};
use acquaint::{Result, async_trait};
use chrono::{DateTime, Utc};

/// Hands every verb on.
#[derive(Debug)]
pub(crate) struct Watched {
    inner: Arc<dyn Store>,
    notes: Mutex<Notes>,
}

#[derive(Debug, Default)]
struct Notes {
    acting: Option<TenantId>,
    verbs: u64,
    foreign: Vec<String>,
}

impl Watched {
    pub(crate) fn new(inner: Arc<dyn Store>) -> Self {
        Self { inner, notes: Mutex::default() }
    }

    /// Who acts from now on.
    pub(crate) fn act_as(&self, tenant: &TenantId) {
        self.notes.lock().unwrap().acting = Some(tenant.clone());
    }

    /// How many verbs were called, and those that were not the acting tenant's.
    pub(crate) fn notes(&self) -> (u64, Vec<String>) {
        let notes = self.notes.lock().unwrap();
        (notes.verbs, notes.foreign.clone())
    }

    fn note(&self, verb: &str, tenant: Option<&TenantId>) {
        let mut notes = self.notes.lock().unwrap();
        notes.verbs += 1;
        // A verb that names no tenant reaches all of them.
        if tenant != notes.acting.as_ref() {
            let line = format!("{verb} for {tenant:?} while {:?} acts", notes.acting);
            notes.foreign.push(line);
        }
    }
}

#[async_trait]
impl TokenStore for Watched {
    async fn load(&self, key: &GrantKey) -> Result<Option<Versioned<Sealed>>> {
        self.note("load", Some(&key.tenant));
        self.inner.load(key).await
    }

    async fn save(&self, key: &GrantKey, value: &Sealed, expected: Expected) -> Result<Saved> {
        self.note("save", Some(&key.tenant));
        self.inner.save(key, value, expected).await
    }

    async fn delete(&self, key: &GrantKey) -> Result<bool> {
        self.note("delete", Some(&key.tenant));
        self.inner.delete(key).await
    }

    async fn list(&self, scope: Scope, after: Option<&GrantKey>, limit: usize) -> Result<Vec<GrantKey>> {
        let tenant = if let Scope::Tenant(tenant) = &scope { Some(tenant) } else { None };
        self.note("list", tenant);
        self.inner.list(scope.clone(), after, limit).await
    }
}

#[async_trait]
impl Store for Watched {
    async fn tenant(&self, tenant: &TenantId) -> Result<Option<TenantState>> {
        self.note("tenant", Some(tenant));
        self.inner.tenant(tenant).await
    }

    async fn update_tenant(&self, tenant: &TenantId, update: &TenantUpdate) -> Result<TenantState> {
        self.note("update_tenant", Some(tenant));
        self.inner.update_tenant(tenant, update).await
    }

    async fn put_revision(&self, tenant: &TenantId, revision: &Revision) -> Result<()> {
        self.note("put_revision", Some(tenant));
        self.inner.put_revision(tenant, revision).await
    }

    async fn revision(&self, tenant: &TenantId, id: &RevisionId) -> Result<Option<Revision>> {
        self.note("revision", Some(tenant));
        self.inner.revision(tenant, id).await
    }

    async fn revisions(&self, tenant: &TenantId, limit: usize) -> Result<Vec<Revision>> {
        self.note("revisions", Some(tenant));
        self.inner.revisions(tenant, limit).await
    }

    async fn tenants(&self, after: Option<&TenantId>, limit: usize) -> Result<Vec<TenantId>> {
        self.note("tenants", None);
        self.inner.tenants(after, limit).await
    }

    async fn put_connection(&self, put: &PutConnection<'_>) -> Result<Put> {
        self.note("put_connection", Some(&put.connection.tenant));
        self.inner.put_connection(put).await
    }

    async fn grants_for(
        &self,
        connector: &ConnectorId,
        account: &str,
    ) -> Result<Vec<(TenantId, ConnectionId)>> {
        // It looks across tenants, for the engine's own decisions.
        self.notes.lock().unwrap().verbs += 1;
        self.inner.grants_for(connector, account).await
    }

    async fn retire_connection(&self, retire: &RetireConnection<'_>) -> Result<Retired> {
        self.note("retire_connection", Some(retire.tenant));
        self.inner.retire_connection(retire).await
    }

    async fn notices(&self, tenant: &TenantId, after: u64, limit: usize) -> Result<Vec<NoticeEntry>> {
        self.note("notices", Some(tenant));
        self.inner.notices(tenant, after, limit).await
    }

    async fn connections(&self, tenant: &TenantId) -> Result<Vec<Connection>> {
        self.note("connections", Some(tenant));
        self.inner.connections(tenant).await
    }

    async fn put_ticket(&self, ticket: &Ticket) -> Result<()> {
        self.note("put_ticket", Some(&ticket.tenant));
        self.inner.put_ticket(ticket).await
    }

    async fn take_ticket(&self, id: &str, now: DateTime<Utc>) -> Result<TakenTicket> {
        // Whose it is shows only once it was found: its id cannot be guessed.
        let ticket = self.inner.take_ticket(id, now).await?;
        if let TakenTicket::Taken(ticket) = &ticket {
            self.note("take_ticket", Some(&ticket.tenant));
        }
        Ok(ticket)
    }

    async fn ensure_lanes(&self, seeds: &[LaneSeed]) -> Result<()> {
        seeds.iter().for_each(|seed| self.note("ensure_lanes", Some(&seed.id.tenant)));
        self.inner.ensure_lanes(seeds).await
    }

    async fn set_partitions(&self, set: &SetPartitions<'_>) -> Result<bool> {
        self.note("set_partitions", Some(&set.claim.lane.tenant));
        self.inner.set_partitions(set).await
    }

    async fn lanes(&self, tenant: &TenantId) -> Result<Vec<LaneState>> {
        self.note("lanes", Some(tenant));
        self.inner.lanes(tenant).await
    }

    async fn lanes_at(
        &self,
        tenant: &TenantId,
        places: &[(StreamName, PartitionKey)],
    ) -> Result<Vec<LaneState>> {
        self.note("lanes_at", Some(tenant));
        self.inner.lanes_at(tenant, places).await
    }

    async fn want(&self, lanes: &[LaneId]) -> Result<()> {
        lanes.iter().for_each(|lane| self.note("want", Some(&lane.tenant)));
        self.inner.want(lanes).await
    }

    async fn hint(&self, lanes: &[LaneId]) -> Result<()> {
        lanes.iter().for_each(|lane| self.note("hint", Some(&lane.tenant)));
        self.inner.hint(lanes).await
    }

    async fn hint_keys(&self, hint: &HintKeys<'_>) -> Result<()> {
        self.note("hint_keys", Some(&hint.lane.tenant));
        self.inner.hint_keys(hint).await
    }

    async fn hinted_keys(&self, claim: &LaneClaim, limit: usize) -> Result<Vec<KeyHint>> {
        self.note("hinted_keys", Some(&claim.lane.tenant));
        self.inner.hinted_keys(claim, limit).await
    }

    async fn record_keys(&self, query: &KeyQuery<'_>) -> Result<Vec<RecordAt>> {
        self.note("record_keys", Some(query.tenant));
        self.inner.record_keys(query).await
    }

    async fn live_records(&self, query: &LiveQuery<'_>) -> Result<Vec<StoredRecord>> {
        self.note("live_records", Some(query.tenant));
        self.inner.live_records(query).await
    }

    async fn shed(&self, shed: &Shed<'_>) -> Result<Committed> {
        self.note("shed", Some(shed.tenant));
        self.inner.shed(shed).await
    }

    async fn claim_lanes(&self, request: &ClaimLanes<'_>) -> Result<Vec<ClaimedLane>> {
        self.note("claim_lanes", request.tenant);
        self.inner.claim_lanes(request).await
    }

    async fn renew_lane(&self, claim: &LaneClaim, now: DateTime<Utc>, lease: Duration) -> Result<()> {
        self.note("renew_lane", Some(&claim.lane.tenant));
        self.inner.renew_lane(claim, now, lease).await
    }

    async fn commit_page(&self, commit: &PageCommit<'_>) -> Result<Committed> {
        self.note("commit_page", Some(&commit.claim.lane.tenant));
        self.inner.commit_page(commit).await
    }

    async fn count_sweep(&self, sweep: &Sweep<'_>) -> Result<SweepCount> {
        self.note("count_sweep", Some(&sweep.claim.lane.tenant));
        self.inner.count_sweep(sweep).await
    }

    async fn sweep(&self, sweep: &Sweep<'_>) -> Result<Swept> {
        self.note("sweep", Some(&sweep.claim.lane.tenant));
        self.inner.sweep(sweep).await
    }

    async fn release_lane(&self, claim: &LaneClaim, release: &Release) -> Result<()> {
        self.note("release_lane", Some(&claim.lane.tenant));
        self.inner.release_lane(claim, release).await
    }

    async fn put_subscription(&self, claim: &LaneClaim, subscription: &Subscription) -> Result<()> {
        self.note("put_subscription", Some(&claim.lane.tenant));
        self.note("put_subscription", Some(&subscription.tenant));
        self.inner.put_subscription(claim, subscription).await
    }

    async fn subscription(&self, id: &str) -> Result<Option<Subscription>> {
        // Whose it is shows only once it was found, and the engine goes on as that tenant.
        self.notes.lock().unwrap().verbs += 1;
        self.inner.subscription(id).await
    }

    async fn subscriptions(&self, tenant: &TenantId, connection: &ConnectionId) -> Result<Vec<Subscription>> {
        self.note("subscriptions", Some(tenant));
        self.inner.subscriptions(tenant, connection).await
    }

    async fn remove_subscription(&self, tenant: &TenantId, id: &str) -> Result<()> {
        self.note("remove_subscription", Some(tenant));
        self.inner.remove_subscription(tenant, id).await
    }

    async fn commit_local(&self, commit: &LocalCommit<'_>) -> Result<Committed> {
        self.note("commit_local", Some(commit.tenant));
        self.inner.commit_local(commit).await
    }

    async fn records(&self, tenant: &TenantId, records: &[RecordRef]) -> Result<Vec<StoredRecord>> {
        self.note("records", Some(tenant));
        self.inner.records(tenant, records).await
    }

    async fn scan(&self, query: &RecordQuery<'_>) -> Result<Vec<StoredRecord>> {
        self.note("scan", Some(query.tenant));
        self.inner.scan(query).await
    }

    async fn providing(&self, tenant: &TenantId, keys: &[DependencyKey]) -> Result<Vec<ProvidedView>> {
        self.note("providing", Some(tenant));
        self.inner.providing(tenant, keys).await
    }

    async fn claim_join(
        &self,
        tenant: &TenantId,
        worker: &WorkerId,
        now: DateTime<Utc>,
        lease: Duration,
    ) -> Result<Option<JoinClaim>> {
        self.note("claim_join", Some(tenant));
        self.inner.claim_join(tenant, worker, now, lease).await
    }

    async fn dirty_batch(&self, claim: &JoinClaim, limit: usize, now: DateTime<Utc>) -> Result<DirtyBatch> {
        self.note("dirty_batch", Some(&claim.tenant));
        self.inner.dirty_batch(claim, limit, now).await
    }

    async fn meetings_of(&self, tenant: &TenantId, identities: &[String]) -> Result<Vec<MeetingRow>> {
        self.note("meetings_of", Some(tenant));
        self.inner.meetings_of(tenant, identities).await
    }

    async fn meetings_with(&self, tenant: &TenantId, copies: &[RecordRef]) -> Result<Vec<MeetingRow>> {
        self.note("meetings_with", Some(tenant));
        self.inner.meetings_with(tenant, copies).await
    }

    async fn commit_meetings(&self, commit: &MeetingCommit<'_>) -> Result<()> {
        self.note("commit_meetings", Some(&commit.claim.tenant));
        self.inner.commit_meetings(commit).await
    }

    async fn gathered_batch(&self, claim: &JoinClaim, query: &GatherQuery) -> Result<Vec<Gathering>> {
        self.note("gathered_batch", Some(&claim.tenant));
        self.inner.gathered_batch(claim, query).await
    }

    async fn commit_gathered(&self, commit: &GatheredCommit<'_>) -> Result<()> {
        self.note("commit_gathered", Some(&commit.claim.tenant));
        self.inner.commit_gathered(commit).await
    }

    async fn undecided(
        &self,
        after: Option<&TenantId>,
        limit: usize,
        now: DateTime<Utc>,
    ) -> Result<Vec<TenantId>> {
        self.note("undecided", None);
        self.inner.undecided(after, limit, now).await
    }

    async fn release_join(&self, claim: &JoinClaim) -> Result<()> {
        self.note("release_join", Some(&claim.tenant));
        self.inner.release_join(claim).await
    }

    async fn meetings(&self, tenant: &TenantId, query: &MeetingQuery) -> Result<Vec<MeetingRow>> {
        self.note("meetings", Some(tenant));
        self.inner.meetings(tenant, query).await
    }

    async fn meeting(&self, tenant: &TenantId, id: &MeetingId) -> Result<Option<MeetingRow>> {
        self.note("meeting", Some(tenant));
        self.inner.meeting(tenant, id).await
    }

    async fn read_set(&self, tenant: &TenantId, id: &MeetingId) -> Result<Vec<DependencyKey>> {
        self.note("read_set", Some(tenant));
        self.inner.read_set(tenant, id).await
    }

    async fn gathered(&self, tenant: &TenantId, query: &GatheredQuery) -> Result<Vec<GatheredRow>> {
        self.note("gathered", Some(tenant));
        self.inner.gathered(tenant, query).await
    }

    async fn feed(&self, tenant: &TenantId, after: u64, limit: usize) -> Result<Vec<FeedEntry>> {
        self.note("feed", Some(tenant));
        self.inner.feed(tenant, after, limit).await
    }

    async fn feed_of(&self, tenant: &TenantId, meeting: &MeetingId, limit: usize) -> Result<Vec<FeedEntry>> {
        self.note("feed_of", Some(tenant));
        self.inner.feed_of(tenant, meeting, limit).await
    }

    async fn feed_position(&self, tenant: &TenantId) -> Result<u64> {
        self.note("feed_position", Some(tenant));
        self.inner.feed_position(tenant).await
    }

    async fn claim_deliveries(&self, request: &ClaimDeliveries<'_>) -> Result<Vec<ClaimedDelivery>> {
        self.note("claim_deliveries", request.tenant);
        self.inner.claim_deliveries(request).await
    }

    async fn settle_deliveries(&self, settle: &SettleDeliveries<'_>) -> Result<Vec<bool>> {
        for settlement in settle.settlements {
            self.note("settle_deliveries", Some(&settlement.claim.tenant));
        }
        self.inner.settle_deliveries(settle).await
    }

    async fn deliveries(&self, tenant: &TenantId, query: &DeliveryQuery) -> Result<Vec<DeliveryRow>> {
        self.note("deliveries", Some(tenant));
        self.inner.deliveries(tenant, query).await
    }

    async fn outlets(&self, tenant: &TenantId) -> Result<Vec<OutletState>> {
        self.note("outlets", Some(tenant));
        self.inner.outlets(tenant).await
    }

    async fn offer_again(
        &self,
        tenant: &TenantId,
        destination: &DestinationName,
        now: DateTime<Utc>,
    ) -> Result<u64> {
        self.note("offer_again", Some(tenant));
        self.inner.offer_again(tenant, destination, now).await
    }
}
