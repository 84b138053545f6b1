//! A store over another one, in which single verbs can be bent.

use std::fmt::Debug;
use std::sync::Arc;
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

macro_rules! layer {
    (
        tokens { $($token:ident [$($token_sig:tt)*] [$($token_arg:ident),*] $token_done:ty;)* }
        verbs { $($verb:ident [$($sig:tt)*] [$($arg:ident),*] $done:ty;)* }
    ) => {
        /// What lies over a store. Every verb goes through unless it is overridden.
        #[async_trait]
        pub trait Layer: Debug + Send + Sync + 'static {
            /// The store below.
            fn under(&self) -> &dyn Store;

            /// Called before each verb; an error is what the verb answers instead.
            fn enter(&self, _verb: &'static str) -> Result<()> {
                Ok(())
            }

            /// Called after each verb; an error takes the place of its answer.
            fn leave(&self, _verb: &'static str) -> Result<()> {
                Ok(())
            }

            $(async fn $token(&self, $($token_sig)*) -> Result<$token_done> {
                TokenStore::$token(self.under(), $($token_arg),*).await
            })*
            $(async fn $verb(&self, $($sig)*) -> Result<$done> {
                Store::$verb(self.under(), $($arg),*).await
            })*
        }

        #[async_trait]
        impl<L: Layer> TokenStore for Over<L> {
            $(async fn $token(&self, $($token_sig)*) -> Result<$token_done> {
                self.0.enter(stringify!($token))?;
                let done = Layer::$token(&self.0, $($token_arg),*).await;
                self.0.leave(stringify!($token))?;
                done
            })*
        }

        #[async_trait]
        impl<L: Layer> Store for Over<L> {
            $(async fn $verb(&self, $($sig)*) -> Result<$done> {
                self.0.enter(stringify!($verb))?;
                let done = Layer::$verb(&self.0, $($arg),*).await;
                self.0.leave(stringify!($verb))?;
                done
            })*
        }
    };
}

/// A layer as a store.
#[derive(Debug)]
pub struct Over<L>(pub L);

impl<L: Layer> Over<L> {
    #[allow(dead_code, reason = "not every test file puts the layer below an engine at once")]
    pub fn store(layer: L) -> Arc<dyn Store> {
        Arc::new(Self(layer))
    }
}

layer! {
    tokens {
        load [key: &GrantKey] [key] Option<Versioned<Sealed>>;
        save [key: &GrantKey, value: &Sealed, expected: Expected] [key, value, expected] Saved;
        delete [key: &GrantKey] [key] bool;
        list [scope: Scope, after: Option<&GrantKey>, limit: usize] [scope, after, limit] Vec<GrantKey>;
    }
    verbs {
        tenant [tenant: &TenantId] [tenant] Option<TenantState>;
        update_tenant [tenant: &TenantId, update: &TenantUpdate] [tenant, update] TenantState;
        put_revision [tenant: &TenantId, revision: &Revision] [tenant, revision] ();
        revision [tenant: &TenantId, id: &RevisionId] [tenant, id] Option<Revision>;
        revisions [tenant: &TenantId, limit: usize] [tenant, limit] Vec<Revision>;
        tenants [after: Option<&TenantId>, limit: usize] [after, limit] Vec<TenantId>;
        put_connection [put: &PutConnection<'_>] [put] Put;
        grants_for [connector: &ConnectorId, account: &str] [connector, account] Vec<(TenantId, ConnectionId)>;
        retire_connection [retire: &RetireConnection<'_>] [retire] Retired;
        notices [tenant: &TenantId, after: u64, limit: usize] [tenant, after, limit] Vec<NoticeEntry>;
        connections [tenant: &TenantId] [tenant] Vec<Connection>;
        put_ticket [ticket: &Ticket] [ticket] ();
        take_ticket [id: &str, now: DateTime<Utc>] [id, now] TakenTicket;
        ensure_lanes [seeds: &[LaneSeed]] [seeds] ();
        set_partitions [set: &SetPartitions<'_>] [set] bool;
        lanes [tenant: &TenantId] [tenant] Vec<LaneState>;
        lanes_at [tenant: &TenantId, places: &[(StreamName, PartitionKey)]] [tenant, places] Vec<LaneState>;
        want [lanes: &[LaneId]] [lanes] ();
        hint [lanes: &[LaneId]] [lanes] ();
        hint_keys [hint: &HintKeys<'_>] [hint] ();
        hinted_keys [claim: &LaneClaim, limit: usize] [claim, limit] Vec<KeyHint>;
        record_keys [query: &KeyQuery<'_>] [query] Vec<RecordAt>;
        claim_lanes [request: &ClaimLanes<'_>] [request] Vec<ClaimedLane>;
        renew_lane [claim: &LaneClaim, now: DateTime<Utc>, lease: Duration] [claim, now, lease] ();
        commit_page [commit: &PageCommit<'_>] [commit] Committed;
        count_sweep [sweep: &Sweep<'_>] [sweep] SweepCount;
        sweep [sweep: &Sweep<'_>] [sweep] Swept;
        release_lane [claim: &LaneClaim, release: &Release] [claim, release] ();
        put_subscription [claim: &LaneClaim, subscription: &Subscription] [claim, subscription] ();
        subscription [id: &str] [id] Option<Subscription>;
        subscriptions [tenant: &TenantId, connection: &ConnectionId] [tenant, connection] Vec<Subscription>;
        remove_subscription [tenant: &TenantId, id: &str] [tenant, id] ();
        commit_local [commit: &LocalCommit<'_>] [commit] Committed;
        records [tenant: &TenantId, records: &[RecordRef]] [tenant, records] Vec<StoredRecord>;
        scan [query: &RecordQuery<'_>] [query] Vec<StoredRecord>;
        live_records [query: &LiveQuery<'_>] [query] Vec<StoredRecord>;
        shed [shed: &Shed<'_>] [shed] Committed;
        providing [tenant: &TenantId, keys: &[DependencyKey]] [tenant, keys] Vec<ProvidedView>;
        claim_join [tenant: &TenantId, worker: &WorkerId, now: DateTime<Utc>, lease: Duration]
            [tenant, worker, now, lease] Option<JoinClaim>;
        dirty_batch [claim: &JoinClaim, limit: usize, now: DateTime<Utc>] [claim, limit, now] DirtyBatch;
        meetings_of [tenant: &TenantId, identities: &[String]] [tenant, identities] Vec<MeetingRow>;
        meetings_with [tenant: &TenantId, copies: &[RecordRef]] [tenant, copies] Vec<MeetingRow>;
        commit_meetings [commit: &MeetingCommit<'_>] [commit] ();
        gathered_batch [claim: &JoinClaim, query: &GatherQuery] [claim, query] Vec<Gathering>;
        commit_gathered [commit: &GatheredCommit<'_>] [commit] ();
        release_join [claim: &JoinClaim] [claim] ();
        undecided [after: Option<&TenantId>, limit: usize, now: DateTime<Utc>] [after, limit, now] Vec<TenantId>;
        meetings [tenant: &TenantId, query: &MeetingQuery] [tenant, query] Vec<MeetingRow>;
        meeting [tenant: &TenantId, id: &MeetingId] [tenant, id] Option<MeetingRow>;
        read_set [tenant: &TenantId, id: &MeetingId] [tenant, id] Vec<DependencyKey>;
        gathered [tenant: &TenantId, query: &GatheredQuery] [tenant, query] Vec<GatheredRow>;
        feed [tenant: &TenantId, after: u64, limit: usize] [tenant, after, limit] Vec<FeedEntry>;
        feed_of [tenant: &TenantId, meeting: &MeetingId, limit: usize] [tenant, meeting, limit] Vec<FeedEntry>;
        feed_position [tenant: &TenantId] [tenant] u64;
        claim_deliveries [request: &ClaimDeliveries<'_>] [request] Vec<ClaimedDelivery>;
        settle_deliveries [settle: &SettleDeliveries<'_>] [settle] Vec<bool>;
        deliveries [tenant: &TenantId, query: &DeliveryQuery] [tenant, query] Vec<DeliveryRow>;
        outlets [tenant: &TenantId] [tenant] Vec<OutletState>;
        offer_again [tenant: &TenantId, destination: &DestinationName, now: DateTime<Utc>]
            [tenant, destination, now] u64;
    }
}
