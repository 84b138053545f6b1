//! The content of the store: tenants, and what belongs to no tenant's mirror.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::time::Duration;

use acquaint_core::connector::Partition;
use acquaint_core::depkey::DependencyKey;
use acquaint_core::ids::{ConnectionId, PartitionKey, RevisionId, Seq, StreamName, TenantId};
use acquaint_core::notice::NoticeEntry;
use acquaint_core::store::{Connection, FeedEntry, LaneId, Revision, TenantState};
use chrono::{DateTime, TimeDelta, Utc};

use super::answers::Meetings;
use super::gather::Gathered;
use super::join::{JoinRow, MarkRow};
use super::lanes::LaneRow;
use super::mirror::Mirror;
use super::outbox::Outbox;
use super::subscriptions::Subscriptions;
use super::tickets::Tickets;
use super::tokens::Tokens;

#[derive(Default)]
pub(crate) struct State {
    pub(crate) tenants: BTreeMap<TenantId, Tenant>,
    pub(crate) tickets: Tickets,
    pub(crate) tokens: Tokens,
    pub(crate) subscriptions: Subscriptions,
    /// Raised with every tenant that is served with deliveries.
    pub(crate) served: u64,
}

#[derive(Default)]
pub(crate) struct Tenant {
    /// Whether anything was ever written for it; a claim alone makes no tenant.
    pub(crate) known: bool,
    pub(crate) state: TenantState,
    pub(crate) revisions: BTreeMap<RevisionId, Revision>,
    pub(crate) connections: BTreeMap<ConnectionId, Connection>,
    /// The last versions of erased connections, from which those that are made again under their ids go on.
    pub(crate) erased: BTreeMap<ConnectionId, u64>,
    pub(crate) notices: Vec<NoticeEntry>,
    /// The newest fence. One counter for all lanes, so that a lane which goes and comes back never repeats one.
    pub(crate) fence: u64,
    pub(crate) lanes: BTreeMap<LaneId, LaneRow>,
    pub(crate) partitions: BTreeMap<(ConnectionId, StreamName, PartitionKey), Partition>,
    pub(crate) mirror: Mirror,
    pub(crate) marks: BTreeMap<DependencyKey, MarkRow>,
    pub(crate) join: JoinRow,
    pub(crate) meetings: Meetings,
    pub(crate) gathered: Gathered,
    pub(crate) feed: Vec<FeedEntry>,
    pub(crate) outbox: Outbox,
}

impl State {
    /// The tenant's rows, to be written.
    pub(crate) fn tenant(&mut self, tenant: &TenantId) -> &mut Tenant {
        self.tenants.entry(tenant.clone()).or_default()
    }

    /// What `read` finds in the tenant's rows; of an unknown tenant, what it finds in none.
    pub(crate) fn read<T>(&self, tenant: &TenantId, read: impl FnOnce(&Tenant) -> T) -> T {
        match self.tenants.get(tenant) {
            Some(tenant) => read(tenant),
            None => read(&Tenant::default()),
        }
    }

    pub(crate) fn known_tenants(&self, after: Option<&TenantId>, limit: usize) -> Vec<TenantId> {
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        let rest = self.tenants.range((start, Bound::Unbounded));
        rest.filter(|(_, tenant)| tenant.known).take(limit).map(|(id, _)| id.clone()).collect()
    }

    pub(crate) fn undecided(
        &self,
        after: Option<&TenantId>,
        limit: usize,
        now: DateTime<Utc>,
    ) -> Vec<TenantId> {
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        let undecided = |tenant: &Tenant| {
            !tenant.marks.is_empty()
                || tenant.meetings.run_out(now).next().is_some()
                || tenant.gathered.waits(now)
        };
        let rest = self.tenants.range((start, Bound::Unbounded));
        rest.filter(|(_, tenant)| undecided(tenant)).take(limit).map(|(id, _)| id.clone()).collect()
    }
}

impl Tenant {
    pub(crate) fn take_seq(&mut self) -> Seq {
        self.known = true;
        self.state.seq.0 += 1;
        self.state.seq
    }

    /// Marks keys with a seq of their own: with the present one, a mark that a batch has already taken would
    /// not have moved, and would be cleared with the batch.
    pub(crate) fn mark_anew(&mut self, keys: &[DependencyKey]) {
        if !keys.is_empty() {
            let seq = self.take_seq();
            self.mark(keys, seq);
        }
    }

    pub(crate) fn mark<'a>(&mut self, keys: impl IntoIterator<Item = &'a DependencyKey>, seq: Seq) {
        for key in keys {
            self.marks.insert(key.clone(), MarkRow { seq, reached: None });
        }
    }
}

/// The end of a lease.
pub(crate) fn later(now: DateTime<Utc>, lease: Duration) -> DateTime<Utc> {
    TimeDelta::from_std(lease)
        .ok()
        .and_then(|lease| now.checked_add_signed(lease))
        .unwrap_or(DateTime::<Utc>::MAX_UTC)
}
