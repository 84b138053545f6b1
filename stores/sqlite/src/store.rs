//! The verbs of [`Store`]: each sends what it needs to a thread and waits for the answer.

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
    MeetingCommit, MeetingQuery, MeetingRow, OutletState, PageCommit, ProvidedView, Put, PutConnection,
    RecordAt, RecordQuery, Release, RetireConnection, Retired, Revision, SetPartitions, SettleDeliveries,
    Shed, Store, StoredRecord, Subscription, Sweep, SweepCount, Swept, TakenTicket, TenantState,
    TenantUpdate, Ticket,
};
use acquaint_core::{Result, async_trait};
use chrono::{DateTime, Utc};

use crate::Sqlite;
use crate::fault::to_json;
use crate::instant::later;
use crate::verbs::attempts::ClaimWork;
use crate::verbs::gather::GatheredWork;
use crate::verbs::join::MeetingWork;
use crate::verbs::page::PageWork;
use crate::verbs::record_keys::KeysWanted;
use crate::verbs::shed::{LiveWanted, ShedWork};
use crate::verbs::{
    attempts, connections, dirty, gather, join, key_hints, lanes, meetings, notices, outbox, page,
    partitions, record_keys, records, retire, revisions, shed, subscriptions, sweep, tenants, tickets,
};
use crate::worker::Line::{Fast, Slow};

#[async_trait]
impl Store for Sqlite {
    async fn tenant(&self, tenant: &TenantId) -> Result<Option<TenantState>> {
        let tenant = tenant.clone();
        self.read("tenant", Slow, move |db| tenants::state(db, &tenant)).await
    }

    async fn update_tenant(&self, tenant: &TenantId, update: &TenantUpdate) -> Result<TenantState> {
        let (tenant, update) = (tenant.clone(), update.clone());
        self.write("update_tenant", Slow, move |db| tenants::update(db, &tenant, &update)).await
    }

    async fn tenants(&self, after: Option<&TenantId>, limit: usize) -> Result<Vec<TenantId>> {
        let after = after.cloned();
        self.read("tenants", Slow, move |db| tenants::list(db, after.as_ref(), limit)).await
    }

    async fn put_connection(&self, put: &PutConnection<'_>) -> Result<Put> {
        let (connection, alone) = (put.connection.clone(), put.alone);
        let (dirty, notices) = (put.dirty.to_vec(), put.notices.to_vec());
        self.write("put_connection", Slow, move |db| {
            let put = PutConnection::new(&connection).dirty(&dirty).notices(&notices).alone(alone);
            connections::put(db, &put)
        })
        .await
    }

    async fn connections(&self, tenant: &TenantId) -> Result<Vec<Connection>> {
        let tenant = tenant.clone();
        self.read("connections", Slow, move |db| connections::list(db, &tenant)).await
    }

    async fn grants_for(
        &self,
        connector: &ConnectorId,
        account: &str,
    ) -> Result<Vec<(TenantId, ConnectionId)>> {
        let (connector, account) = (connector.clone(), account.to_owned());
        self.read("grants_for", Slow, move |db| connections::grants_for(db, &connector, &account)).await
    }

    async fn retire_connection(&self, retire: &RetireConnection<'_>) -> Result<Retired> {
        let (tenant, connection) = (retire.tenant.clone(), retire.connection.clone());
        let (erase, limit) = (retire.erase, retire.limit);
        self.write("retire_connection", Slow, move |db| {
            retire::retire(db, &tenant, &connection, erase, limit)
        })
        .await
    }

    async fn notices(&self, tenant: &TenantId, after: u64, limit: usize) -> Result<Vec<NoticeEntry>> {
        let tenant = tenant.clone();
        self.read("notices", Slow, move |db| notices::list(db, &tenant, after, limit)).await
    }

    async fn put_ticket(&self, ticket: &Ticket) -> Result<()> {
        let ticket = ticket.clone();
        self.write("put_ticket", Fast, move |db| tickets::put(db, &ticket)).await
    }

    async fn take_ticket(&self, id: &str, now: DateTime<Utc>) -> Result<TakenTicket> {
        let id = id.to_owned();
        self.write("take_ticket", Fast, move |db| tickets::take(db, &id, now)).await
    }

    async fn put_revision(&self, tenant: &TenantId, revision: &Revision) -> Result<()> {
        let (tenant, revision) = (tenant.clone(), revision.clone());
        self.write("put_revision", Slow, move |db| revisions::put(db, &tenant, &revision)).await
    }

    async fn revision(&self, tenant: &TenantId, id: &RevisionId) -> Result<Option<Revision>> {
        let (tenant, id) = (tenant.clone(), id.clone());
        self.read("revision", Slow, move |db| revisions::find(db, &tenant, &id)).await
    }

    async fn revisions(&self, tenant: &TenantId, limit: usize) -> Result<Vec<Revision>> {
        let tenant = tenant.clone();
        self.read("revisions", Slow, move |db| revisions::list(db, &tenant, limit)).await
    }

    async fn ensure_lanes(&self, seeds: &[LaneSeed]) -> Result<()> {
        let seeds = seeds.to_vec();
        self.write("ensure_lanes", Slow, move |db| lanes::ensure(db, &seeds)).await
    }

    async fn set_partitions(&self, set: &SetPartitions<'_>) -> Result<bool> {
        let (claim, parts, seeds) = (set.claim.clone(), set.partitions.to_vec(), set.lanes.to_vec());
        let limit = set.limit;
        self.write("set_partitions", Slow, move |db| partitions::set(db, &claim, &parts, &seeds, limit)).await
    }

    async fn lanes(&self, tenant: &TenantId) -> Result<Vec<LaneState>> {
        let tenant = tenant.clone();
        self.read("lanes", Slow, move |db| lanes::list(db, &tenant)).await
    }

    async fn lanes_at(
        &self,
        tenant: &TenantId,
        places: &[(StreamName, PartitionKey)],
    ) -> Result<Vec<LaneState>> {
        let (tenant, places) = (tenant.clone(), places.to_vec());
        self.read("lanes_at", Fast, move |db| lanes::at(db, &tenant, &places)).await
    }

    async fn want(&self, lanes: &[LaneId]) -> Result<()> {
        let lanes = lanes.to_vec();
        self.write("want", Fast, move |db| lanes::want(db, &lanes, true)).await
    }

    async fn hint(&self, lanes: &[LaneId]) -> Result<()> {
        let lanes = lanes.to_vec();
        self.write("hint", Fast, move |db| lanes::want(db, &lanes, false)).await
    }

    async fn hint_keys(&self, hint: &HintKeys<'_>) -> Result<()> {
        let (lane, keys, most) = (hint.lane.clone(), hint.keys.to_vec(), hint.most);
        let instead = hint.instead.to_vec();
        self.write("hint_keys", Fast, move |db| key_hints::put(db, &lane, &keys, most, &instead)).await
    }

    async fn hinted_keys(&self, claim: &LaneClaim, limit: usize) -> Result<Vec<KeyHint>> {
        let claim = claim.clone();
        self.read("hinted_keys", Slow, move |db| key_hints::list(db, &claim, limit)).await
    }

    async fn claim_lanes(&self, request: &ClaimLanes<'_>) -> Result<Vec<ClaimedLane>> {
        let wanted = lanes::Wanted {
            tenant: request.tenant.cloned(),
            worker: request.worker.clone(),
            now: request.now,
            due_by: request.due_by,
            until: later(request.now, request.lease),
            limit: request.limit,
            each: request.each,
        };
        self.write("claim_lanes", Fast, move |db| lanes::claim(db, &wanted)).await
    }

    async fn renew_lane(&self, claim: &LaneClaim, now: DateTime<Utc>, lease: Duration) -> Result<()> {
        let claim = claim.clone();
        self.write("renew_lane", Fast, move |db| lanes::renew(db, &claim, later(now, lease))).await
    }

    async fn commit_page(&self, commit: &PageCommit<'_>) -> Result<Committed> {
        let progress = to_json(commit.progress).map_err(|fault| fault.into_error("commit_page"))?;
        let work = PageWork {
            claim: commit.claim.clone(),
            expected: commit.expected,
            progress,
            writes: commit.writes.to_vec(),
            settled: commit.settled.to_vec(),
            window: commit.window,
            now: commit.now,
            lease_until: commit.lease_until,
        };
        self.write("commit_page", Slow, move |db| page::commit(db, &work)).await
    }

    async fn count_sweep(&self, sweep: &Sweep<'_>) -> Result<SweepCount> {
        let (claim, began, window) = (sweep.claim.clone(), sweep.began_seq, sweep.window);
        self.read("count_sweep", Slow, move |db| sweep::count(db, &claim, began, window)).await
    }

    async fn sweep(&self, sweep: &Sweep<'_>) -> Result<Swept> {
        let (claim, began, window) = (sweep.claim.clone(), sweep.began_seq, sweep.window);
        let limit = sweep.limit;
        self.write("sweep", Slow, move |db| sweep::sweep(db, &claim, began, window, limit)).await
    }

    async fn release_lane(&self, claim: &LaneClaim, release: &Release) -> Result<()> {
        let (claim, release) = (claim.clone(), release.clone());
        self.write("release_lane", Fast, move |db| lanes::release(db, &claim, &release)).await
    }

    async fn put_subscription(&self, claim: &LaneClaim, subscription: &Subscription) -> Result<()> {
        let (claim, subscription) = (claim.clone(), subscription.clone());
        self.write("put_subscription", Fast, move |db| subscriptions::put(db, &claim, &subscription)).await
    }

    async fn subscription(&self, id: &str) -> Result<Option<Subscription>> {
        let id = id.to_owned();
        self.read("subscription", Fast, move |db| subscriptions::one(db, &id)).await
    }

    async fn subscriptions(&self, tenant: &TenantId, connection: &ConnectionId) -> Result<Vec<Subscription>> {
        let (tenant, connection) = (tenant.clone(), connection.clone());
        self.read("subscriptions", Slow, move |db| subscriptions::list(db, &tenant, &connection)).await
    }

    async fn remove_subscription(&self, tenant: &TenantId, id: &str) -> Result<()> {
        let (tenant, id) = (tenant.clone(), id.to_owned());
        self.write("remove_subscription", Fast, move |db| subscriptions::remove(db, &tenant, &id)).await
    }

    async fn commit_local(&self, commit: &LocalCommit<'_>) -> Result<Committed> {
        let (tenant, connection) = (commit.tenant.clone(), commit.connection.clone());
        let (stream, writes, now) = (commit.stream.clone(), commit.writes.to_vec(), commit.now);
        self.write("commit_local", Slow, move |db| {
            let (tenant, connection, stream) = (&tenant, &connection, &stream);
            page::commit_local(db, &LocalCommit { tenant, connection, stream, writes: &writes, now })
        })
        .await
    }

    async fn records(&self, tenant: &TenantId, records: &[RecordRef]) -> Result<Vec<StoredRecord>> {
        let (tenant, records) = (tenant.clone(), records.to_vec());
        self.read("records", Slow, move |db| records::named(db, &tenant, &records)).await
    }

    async fn record_keys(&self, query: &KeyQuery<'_>) -> Result<Vec<RecordAt>> {
        let query = KeysWanted::from(query);
        self.read("record_keys", Slow, move |db| record_keys::list(db, &query)).await
    }

    async fn scan(&self, query: &RecordQuery<'_>) -> Result<Vec<StoredRecord>> {
        let (tenant, connection) = (query.tenant.clone(), query.connection.clone());
        let (stream, partition) = (query.stream.clone(), query.partition.clone());
        let (after, limit) = (query.after.cloned(), query.limit);
        self.read("scan", Slow, move |db| {
            records::scan(db, &tenant, &connection, &stream, &partition, after.as_ref(), limit)
        })
        .await
    }

    async fn live_records(&self, query: &LiveQuery<'_>) -> Result<Vec<StoredRecord>> {
        let query = LiveWanted::from(query);
        self.read("live_records", Slow, move |db| shed::live(db, &query)).await
    }

    async fn shed(&self, shed: &Shed<'_>) -> Result<Committed> {
        let work = ShedWork::from(shed);
        self.write("shed", Slow, move |db| shed::shed(db, &work)).await
    }

    async fn providing(&self, tenant: &TenantId, keys: &[DependencyKey]) -> Result<Vec<ProvidedView>> {
        let (tenant, keys) = (tenant.clone(), keys.to_vec());
        self.read("providing", Slow, move |db| records::providing(db, &tenant, &keys)).await
    }

    async fn claim_join(
        &self,
        tenant: &TenantId,
        worker: &WorkerId,
        now: DateTime<Utc>,
        lease: Duration,
    ) -> Result<Option<JoinClaim>> {
        let (tenant, worker, until) = (tenant.clone(), worker.clone(), later(now, lease));
        self.write("claim_join", Fast, move |db| join::claim(db, &tenant, &worker, now, until)).await
    }

    async fn dirty_batch(&self, claim: &JoinClaim, limit: usize, now: DateTime<Utc>) -> Result<DirtyBatch> {
        let claim = claim.clone();
        self.read("dirty_batch", Slow, move |db| dirty::batch(db, &claim, limit, now)).await
    }

    async fn meetings_of(&self, tenant: &TenantId, identities: &[String]) -> Result<Vec<MeetingRow>> {
        let (tenant, identities) = (tenant.clone(), identities.to_vec());
        self.read("meetings_of", Slow, move |db| meetings::of(db, &tenant, &identities)).await
    }

    async fn meetings_with(&self, tenant: &TenantId, copies: &[RecordRef]) -> Result<Vec<MeetingRow>> {
        let (tenant, copies) = (tenant.clone(), copies.to_vec());
        self.read("meetings_with", Slow, move |db| meetings::with(db, &tenant, &copies)).await
    }

    async fn commit_meetings(&self, commit: &MeetingCommit<'_>) -> Result<()> {
        let work = MeetingWork {
            claim: commit.claim.clone(),
            marks: commit.marks.to_vec(),
            writes: commit.writes.to_vec(),
            removed: commit.removed.to_vec(),
            now: commit.now,
            lease_until: commit.lease_until,
        };
        self.write("commit_meetings", Slow, move |db| join::commit(db, &work)).await
    }

    async fn gathered_batch(&self, claim: &JoinClaim, query: &GatherQuery) -> Result<Vec<Gathering>> {
        let (claim, query) = (claim.clone(), *query);
        self.read("gathered_batch", Slow, move |db| gather::batch(db, &claim, &query)).await
    }

    async fn commit_gathered(&self, commit: &GatheredCommit<'_>) -> Result<()> {
        let work = GatheredWork {
            claim: commit.claim.clone(),
            writes: commit.writes.to_vec(),
            now: commit.now,
            lease_until: commit.lease_until,
        };
        self.write("commit_gathered", Slow, move |db| gather::commit(db, &work)).await
    }

    async fn undecided(
        &self,
        after: Option<&TenantId>,
        limit: usize,
        now: DateTime<Utc>,
    ) -> Result<Vec<TenantId>> {
        let after = after.cloned();
        self.read("undecided", Slow, move |db| tenants::undecided(db, after.as_ref(), limit, now)).await
    }

    async fn release_join(&self, claim: &JoinClaim) -> Result<()> {
        let claim = claim.clone();
        self.write("release_join", Fast, move |db| join::release(db, &claim)).await
    }

    async fn meetings(&self, tenant: &TenantId, query: &MeetingQuery) -> Result<Vec<MeetingRow>> {
        let (tenant, query) = (tenant.clone(), query.clone());
        self.read("meetings", Slow, move |db| meetings::query(db, &tenant, &query)).await
    }

    async fn meeting(&self, tenant: &TenantId, id: &MeetingId) -> Result<Option<MeetingRow>> {
        let (tenant, id) = (tenant.clone(), id.clone());
        self.read("meeting", Slow, move |db| meetings::one(db, &tenant, &id)).await
    }

    async fn read_set(&self, tenant: &TenantId, id: &MeetingId) -> Result<Vec<DependencyKey>> {
        let (tenant, id) = (tenant.clone(), id.clone());
        self.read("read_set", Slow, move |db| meetings::read_set(db, &tenant, &id)).await
    }

    async fn gathered(&self, tenant: &TenantId, query: &GatheredQuery) -> Result<Vec<GatheredRow>> {
        let (tenant, query) = (tenant.clone(), query.clone());
        self.read("gathered", Slow, move |db| gather::query(db, &tenant, &query)).await
    }

    async fn feed(&self, tenant: &TenantId, after: u64, limit: usize) -> Result<Vec<FeedEntry>> {
        let tenant = tenant.clone();
        self.read("feed", Slow, move |db| meetings::feed(db, &tenant, after, limit)).await
    }

    async fn feed_of(&self, tenant: &TenantId, meeting: &MeetingId, limit: usize) -> Result<Vec<FeedEntry>> {
        let (tenant, meeting) = (tenant.clone(), meeting.clone());
        self.read("feed_of", Slow, move |db| meetings::feed_of(db, &tenant, &meeting, limit)).await
    }

    async fn feed_position(&self, tenant: &TenantId) -> Result<u64> {
        let tenant = tenant.clone();
        self.read("feed_position", Slow, move |db| meetings::feed_position(db, &tenant)).await
    }

    async fn claim_deliveries(&self, request: &ClaimDeliveries<'_>) -> Result<Vec<ClaimedDelivery>> {
        let work = ClaimWork {
            tenant: request.tenant.cloned(),
            destination: request.destination.clone(),
            now: request.now,
            due_by: request.due_by,
            until: later(request.now, request.lease),
            limit: request.limit,
        };
        self.write("claim_deliveries", Fast, move |db| attempts::claim(db, &work)).await
    }

    async fn settle_deliveries(&self, settle: &SettleDeliveries<'_>) -> Result<Vec<bool>> {
        let (settlements, breaker, now) = (settle.settlements.to_vec(), settle.breaker, settle.now);
        self.write("settle_deliveries", Fast, move |db| attempts::settle(db, &settlements, breaker, now))
            .await
    }

    async fn deliveries(&self, tenant: &TenantId, query: &DeliveryQuery) -> Result<Vec<DeliveryRow>> {
        let (tenant, query) = (tenant.clone(), query.clone());
        self.read("deliveries", Slow, move |db| outbox::list(db, &tenant, &query)).await
    }

    async fn outlets(&self, tenant: &TenantId) -> Result<Vec<OutletState>> {
        let tenant = tenant.clone();
        self.read("outlets", Slow, move |db| outbox::outlets(db, &tenant)).await
    }

    async fn offer_again(
        &self,
        tenant: &TenantId,
        destination: &DestinationName,
        now: DateTime<Utc>,
    ) -> Result<u64> {
        let (tenant, destination) = (tenant.clone(), destination.clone());
        self.write("offer_again", Slow, move |db| outbox::offer_again(db, &tenant, &destination, now)).await
    }
}
