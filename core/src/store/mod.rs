//! Where everything rests: the mirror, the lanes, the meetings, the feed, the credentials.

mod connection;
mod delivery;
mod gather;
mod join;
mod lane;
mod mirror;
mod revision;
mod shed;
mod subscription;

pub use connection::{
    Connection, ConnectionStatus, Put, PutConnection, RetireConnection, Retired, TakenTicket, TenantState,
    TenantUpdate, Ticket,
};
pub use delivery::{
    ClaimDeliveries, ClaimedDelivery, Delivered, DeliveryClaim, DeliveryOutcome, DeliveryQuery, DeliveryRow,
    DeliveryStatus, Offer, Outlet, OutletSettled, OutletState, SettleDeliveries, Settlement, Trouble,
};
pub use gather::{
    Contribution, GatherQuery, GatheredCommit, GatheredQuery, GatheredRow, GatheredWrite, Gathering, ItemKey,
};
pub use join::{
    ChangeKind, DirtyBatch, FeedEntry, ItemChange, JoinClaim, MEETING, Mark, MeetingCommit, MeetingQuery,
    MeetingRow, MeetingWrite, Told,
};
pub use lane::{
    ClaimLanes, ClaimedLane, HintKeys, LaneClaim, LaneError, LaneId, LaneProgress, LaneSeed, LaneState,
    PassState, PendingSweep, Release, SetPartitions,
};
pub use mirror::{
    Committed, KeyOrder, KeyQuery, LocalCommit, PageCommit, ProvidedView, RecordAt, RecordBody, RecordQuery,
    RecordWrite, StoredRecord, Sweep, SweepCount, Swept,
};
pub use revision::{Announce, InForce, Revision, Standing};
pub use shed::{Left, Live, LiveQuery, Shed, ShedWrite, Shedding};
pub use subscription::{Subscription, SubscriptionStatus};

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::connector::KeyHint;
use crate::depkey::DependencyKey;
use crate::error::Result;
use crate::ids::{
    ConnectionId, ConnectorId, DestinationName, MeetingId, PartitionKey, RecordRef, RevisionId, StreamName,
    TenantId, WorkerId,
};
use crate::notice::NoticeEntry;
use crate::token::TokenStore;

/// One database for everything that must survive.
///
/// Verbs are coarse, so that a backend does each in one transaction. Promises an implementation makes:
/// 1. each verb is atomic and durable: all of it is seen by everyone afterwards, or none of it ever;
/// 2. a verb that takes a claim does nothing but return `Fenced` if the claim's fence is no longer the
///    newest; the check is part of the verb's own transaction;
/// 3. no verb reads or writes another tenant's rows;
/// 4. a record write is refused if what is stored is newer, though it counts as seen; equal or absent versions
///    let the later arrival win; a live record is refused, whatever its version, if what is stored was erased;
/// 5. a commit that changes views marks every dependency key of the old and the new ones dirty with its seq;
///    a rewrite that changes none marks nothing;
/// 6. seqs of a tenant are gap-free and in commit order; so are feed positions;
/// 7. time is what the caller says, never the store's own.
#[async_trait]
pub trait Store: TokenStore {
    // -- tenants and connections -----------------------------------------------------------------------

    /// The tenant's state, or `None` if it has never been updated.
    async fn tenant(&self, tenant: &TenantId) -> Result<Option<TenantState>>;

    /// Makes the tenant if needed, changes what `update` names and marks its keys dirty. Whoever joins the tenant is fenced
    /// off if another revision is put in force or a slot changes: what is decided by the former ones is not committed.
    /// `Conflict`, and nothing is changed, if the tenant stands otherwise than expected. A revision that is kept notes
    /// when it was put in force. With a revision that is put in force, destinations that it does not name lose their outbox.
    async fn update_tenant(&self, tenant: &TenantId, update: &TenantUpdate) -> Result<TenantState>;

    /// Up to `limit` tenants after `after`, in order of their ids.
    async fn tenants(&self, after: Option<&TenantId>, limit: usize) -> Result<Vec<TenantId>>;

    /// Writes a connection, new or changed, by compare-and-swap on its version, marks keys dirty and appends
    /// notices, all together.
    async fn put_connection(&self, put: &PutConnection<'_>) -> Result<Put>;

    /// All connections of a tenant, in order of their ids.
    async fn connections(&self, tenant: &TenantId) -> Result<Vec<Connection>>;

    /// Connections of any tenant that hold a grant ([`Connection::holds_grant`]) for this account of this
    /// connector, ordered by tenant and id. It looks across tenants, so its answer is for the engine's own decisions and
    /// never shown to a tenant.
    async fn grants_for(
        &self,
        connector: &ConnectorId,
        account: &str,
    ) -> Result<Vec<(TenantId, ConnectionId)>>;

    /// Ends the work of a connection: removes its lanes, so that whoever holds one is fenced off, and its
    /// partitions. If it is to be erased, also removes up to `limit` of its records, of whatever state, marking
    /// dirty what they provided (a seq is taken if a record was removed), and, once none is left, the connection itself
    /// with its subscriptions.
    /// The connection's status is not looked at. Repeated, and for a connection that is not there, it does nothing.
    async fn retire_connection(&self, retire: &RetireConnection<'_>) -> Result<Retired>;

    /// Up to `limit` notices after a position, in order.
    async fn notices(&self, tenant: &TenantId, after: u64, limit: usize) -> Result<Vec<NoticeEntry>>;

    /// Keeps an authorisation that is under way.
    async fn put_ticket(&self, ticket: &Ticket) -> Result<()>;

    /// Takes it, once: until it expires, later calls find it used. What it held is gone from the store then.
    async fn take_ticket(&self, id: &str, now: DateTime<Utc>) -> Result<TakenTicket>;

    /// Keeps a revision. One of this id that is kept already stays as it is.
    async fn put_revision(&self, tenant: &TenantId, revision: &Revision) -> Result<()>;

    /// A revision that is kept.
    async fn revision(&self, tenant: &TenantId, id: &RevisionId) -> Result<Option<Revision>>;

    /// Up to `limit` of the revisions that are kept: those last put in force first, then those that never were, the newest
    /// first; of equal times the smaller id first.
    async fn revisions(&self, tenant: &TenantId, limit: usize) -> Result<Vec<Revision>>;

    // -- lanes ---------------------------------------------------------------------------------------------

    /// Makes lanes that do not exist yet. Existing ones stay as they are.
    async fn ensure_lanes(&self, seeds: &[LaneSeed]) -> Result<()>;

    /// Sets the partitions of a stream: makes the lanes of new ones, refreshes the details of known ones, and
    /// retires those that are no longer there: their lanes go and, in at most `limit` records per call,
    /// what they hold becomes tombstones. Returns whether there is more to retire; call again until not.
    async fn set_partitions(&self, set: &SetPartitions<'_>) -> Result<bool>;

    /// All lanes of a tenant, in order of their ids.
    async fn lanes(&self, tenant: &TenantId) -> Result<Vec<LaneState>>;

    /// The lanes of these partitions, whichever connection's, in order of their ids.
    async fn lanes_at(
        &self,
        tenant: &TenantId,
        places: &[(StreamName, PartitionKey)],
    ) -> Result<Vec<LaneState>>;

    /// Notes that these lanes should be looked at: raises their hint numbers and lifts any back-off.
    async fn want(&self, lanes: &[LaneId]) -> Result<()>;

    /// Notes that a provider has told of something for these lanes: raises their hint numbers, and leaves any back-off as
    /// it is. Lanes that are not there are left out.
    async fn hint(&self, lanes: &[LaneId]) -> Result<()>;

    /// Notes records that a provider has told of, for a lane that reads them again, and raises its hint number with each. If
    /// more than `hint.most` without a reason would then be waiting for that lane, those are forgotten, the ones being told
    /// included, and the lanes of `hint.instead` are hinted at in their place. Records with a reason wait on, since nobody
    /// else may tell it, and the lane's hint number is raised if there are any. A lane that is not there is left out, and
    /// so is what is told to it.
    async fn hint_keys(&self, hint: &HintKeys<'_>) -> Result<()>;

    /// Up to `limit` of the records that were told to the claimed lane before it was claimed, in order of their keys.
    async fn hinted_keys(&self, claim: &LaneClaim, limit: usize) -> Result<Vec<KeyHint>>;

    /// Claims lanes that are due or wanted, not held by anybody and not backing off; raises their fences. The first lane of
    /// each tenant comes before the second of any, so that nobody waits for somebody with many; of equals those that
    /// are wanted before they are due, then what has been due for longest. Of one tenant's lanes what has been due for
    /// longest comes first.
    async fn claim_lanes(&self, request: &ClaimLanes<'_>) -> Result<Vec<ClaimedLane>>;

    /// Prolongs a claim.
    async fn renew_lane(&self, claim: &LaneClaim, now: DateTime<Utc>, lease: Duration) -> Result<()>;

    /// Commits a page: records, dirty keys and the lane's progress (by compare-and-swap on its version)
    /// together. The keys of a record that changes are marked, old and new; those that concern all only if the record
    /// appears, goes or has other keys than before. With no writes it only moves the progress and takes no seq.
    async fn commit_page(&self, commit: &PageCommit<'_>) -> Result<Committed>;

    /// How many records a sweep would remove, and how many there are.
    async fn count_sweep(&self, sweep: &Sweep<'_>) -> Result<SweepCount>;

    /// Makes tombstones of up to `sweep.limit` records that the baseline has not seen.
    async fn sweep(&self, sweep: &Sweep<'_>) -> Result<Swept>;

    /// Gives a claim back. Clears only the hints that the claim saw.
    async fn release_lane(&self, claim: &LaneClaim, release: &Release) -> Result<()>;

    // -- push ----------------------------------------------------------------------------------------------

    /// Writes a subscription, new or changed. `claim` is on a lane of its connection. `Conflict` if another tenant has one
    /// of this id, `Bug` if the claim is another connection's.
    async fn put_subscription(&self, claim: &LaneClaim, subscription: &Subscription) -> Result<()>;

    /// The subscription with this id, whoever's it is: a notification does not say. The answer is for the engine's
    /// own decisions and never shown to a tenant.
    async fn subscription(&self, id: &str) -> Result<Option<Subscription>>;

    /// All subscriptions of a connection, in order of their ids.
    async fn subscriptions(&self, tenant: &TenantId, connection: &ConnectionId) -> Result<Vec<Subscription>>;

    /// Removes a subscription; one that is not there, or is another tenant's, is left alone.
    async fn remove_subscription(&self, tenant: &TenantId, id: &str) -> Result<()>;

    // -- the mirror ----------------------------------------------------------------------------------------

    /// Commits records that the product pushes itself.
    async fn commit_local(&self, commit: &LocalCommit<'_>) -> Result<Committed>;

    /// Records by reference; unknown ones are left out.
    async fn records(&self, tenant: &TenantId, records: &[RecordRef]) -> Result<Vec<StoredRecord>>;

    /// The keys of a partition's records, in the order that is asked for.
    async fn record_keys(&self, query: &KeyQuery<'_>) -> Result<Vec<RecordAt>>;

    /// Records of a partition, in key order.
    async fn scan(&self, query: &RecordQuery<'_>) -> Result<Vec<StoredRecord>>;

    /// Live records, in the order that is asked for. What it costs follows what it gives.
    async fn live_records(&self, query: &LiveQuery<'_>) -> Result<Vec<StoredRecord>>;

    /// Leaves of live records what `shed` says, and nothing of what they held besides where the store can help it; marks
    /// the keys, old and new, of those whose views change or that go, as [`Store::commit_page`] does, and notes how far the
    /// mirror has been gone through. A seq is taken if a record is written.
    async fn shed(&self, shed: &Shed<'_>) -> Result<Committed>;

    /// The views of all live records that provide any of `keys`, ordered by key and record.
    async fn providing(&self, tenant: &TenantId, keys: &[DependencyKey]) -> Result<Vec<ProvidedView>>;

    // -- the join ------------------------------------------------------------------------------------------

    /// Claims the join of a tenant, of which there is one at a time; `None` if somebody holds it.
    async fn claim_join(
        &self,
        tenant: &TenantId,
        worker: &WorkerId,
        now: DateTime<Utc>,
        lease: Duration,
    ) -> Result<Option<JoinClaim>>;

    /// Expands dirty keys, oldest first, to at most `limit` meeting identities, adding meetings whose decisions
    /// have run out. Changes nothing: marks are cleared by the commit that decides the meetings.
    async fn dirty_batch(&self, claim: &JoinClaim, limit: usize, now: DateTime<Utc>) -> Result<DirtyBatch>;

    /// Stored meetings of these identities.
    async fn meetings_of(&self, tenant: &TenantId, identities: &[String]) -> Result<Vec<MeetingRow>>;

    /// Stored meetings that had any of these records as a copy.
    async fn meetings_with(&self, tenant: &TenantId, copies: &[RecordRef]) -> Result<Vec<MeetingRow>>;

    /// Commits decided meetings with their read-sets and feed entries ([`MeetingWrite::told`] and, of those that are
    /// removed, [`MeetingRow::withdrawn`]), and clears or advances each mark that
    /// has not moved since the batch was taken. Prolongs the claim.
    ///
    /// Where a write says what gathers the meeting ([`MeetingWrite::gathered`]) that is stored in the place of what did
    /// before, and items are noted to be looked at: those that the meeting has come to or left, and all of either if it
    /// has changed. A meeting that is removed leaves all items.
    async fn commit_meetings(&self, commit: &MeetingCommit<'_>) -> Result<()>;

    /// Items that gather meetings and are to be looked at, with what they gather: those that were noted, in order of
    /// section and key, then those whose rows hold no longer, the longest overdue first. Changes nothing.
    async fn gathered_batch(&self, claim: &JoinClaim, query: &GatherQuery) -> Result<Vec<Gathering>>;

    /// Commits items that were looked at, with their feed entries, whose position is their revision; they are noted no
    /// more. A row that is empty ([`GatheredRow::is_empty`]) is removed. Prolongs the claim.
    async fn commit_gathered(&self, commit: &GatheredCommit<'_>) -> Result<()>;

    /// Up to `limit` tenants after `after` with something to decide, in order of their ids: with dirty keys, with items that
    /// are to be looked at, or with a decision or an item that has run out. Whether somebody is at it is not looked at. It looks across tenants, so its answer is
    /// for the engine's own decisions and never shown to a tenant.
    async fn undecided(
        &self,
        after: Option<&TenantId>,
        limit: usize,
        now: DateTime<Utc>,
    ) -> Result<Vec<TenantId>>;

    /// Gives the join back.
    async fn release_join(&self, claim: &JoinClaim) -> Result<()>;

    // -- answers -------------------------------------------------------------------------------------------

    /// Meetings by time, in order of start and id.
    async fn meetings(&self, tenant: &TenantId, query: &MeetingQuery) -> Result<Vec<MeetingRow>>;

    /// One meeting.
    async fn meeting(&self, tenant: &TenantId, id: &MeetingId) -> Result<Option<MeetingRow>>;

    /// What an outcome read, sorted.
    async fn read_set(&self, tenant: &TenantId, id: &MeetingId) -> Result<Vec<DependencyKey>>;

    /// Items of a section that gather meetings and were told, or cannot be because they are incomplete, in order of their
    /// keys.
    async fn gathered(&self, tenant: &TenantId, query: &GatheredQuery) -> Result<Vec<GatheredRow>>;

    /// Up to `limit` feed entries after a position, in order.
    async fn feed(&self, tenant: &TenantId, after: u64, limit: usize) -> Result<Vec<FeedEntry>>;

    /// Up to `limit` feed entries of one meeting and its items, the newest first.
    async fn feed_of(&self, tenant: &TenantId, meeting: &MeetingId, limit: usize) -> Result<Vec<FeedEntry>>;

    /// The newest feed position; 0 if there is none.
    async fn feed_position(&self, tenant: &TenantId) -> Result<u64>;

    // -- the outbox ----------------------------------------------------------------------------------------

    /// Claims deliveries that are due and held by nobody, and begins an attempt of each ([`DeliveryRow::begin`],
    /// [`Outlet::begin`]). Of several tenants, those that were served longest ago come first, and none gets more than its
    /// share while others wait. Of one tenant, the greatest priority comes first, then what is no backfill, then what has
    /// waited longest by its place, then by subject. Nothing before a destination's [`Outlet::not_before`]; of one that is
    /// down, only the delivery that was attempted least.
    async fn claim_deliveries(&self, request: &ClaimDeliveries<'_>) -> Result<Vec<ClaimedDelivery>>;

    /// Settles attempts ([`DeliveryRow::settle`], [`Outlet::settle`]), gives their claims back, appends the notices that
    /// follow, and offers a destination's dead letters again if it has recovered. Says of each whether it was settled: not
    /// if its claim is no longer the newest, or the destination has lost its outbox; nothing is changed then.
    async fn settle_deliveries(&self, settle: &SettleDeliveries<'_>) -> Result<Vec<bool>>;

    /// Deliveries, in order of destination and subject.
    async fn deliveries(&self, tenant: &TenantId, query: &DeliveryQuery) -> Result<Vec<DeliveryRow>>;

    /// The destinations that anything was ever offered to and that the revision in force names, in order of their names.
    async fn outlets(&self, tenant: &TenantId) -> Result<Vec<OutletState>>;

    /// Offers all dead letters of a destination again, and has it tried at once ([`DeliveryRow::offer_again`],
    /// [`Outlet::offer_again`]). Returns how many there were.
    async fn offer_again(
        &self,
        tenant: &TenantId,
        destination: &DestinationName,
        now: DateTime<Utc>,
    ) -> Result<u64>;
}

/// Something that becomes a store once it is opened: a path with options, or a store itself.
#[async_trait]
pub trait OpenStore: std::fmt::Debug + Send {
    /// Opens it.
    ///
    /// # Errors
    /// Whatever keeps it from being opened.
    async fn open_store(self: Box<Self>) -> Result<Arc<dyn Store>>;
}

#[async_trait]
impl<S: Store> OpenStore for Arc<S> {
    async fn open_store(self: Box<Self>) -> Result<Arc<dyn Store>> {
        let store: Arc<dyn Store> = *self;
        Ok(store)
    }
}

#[async_trait]
impl OpenStore for Arc<dyn Store> {
    async fn open_store(self: Box<Self>) -> Result<Arc<dyn Store>> {
        Ok(*self)
    }
}
