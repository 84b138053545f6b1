//! Which connection reads a partition that several of them see.
//!
//! A shared calendar is on the lists of many. The connection that is placed best reads it; the others stand by. Who
//! has read it completely goes on until the better placed one has, too, so that nothing is missing in between.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use acquaint_core::Result;
use acquaint_core::ids::{ConnectionId, PartitionKey, SourceName, StreamName, TenantId};
use acquaint_core::store::{Connection, ConnectionStatus, LaneId, LaneState};

use super::lane::{PERSISTENT, Readable, readable};
use crate::engine::Engine;

/// What a connection does about a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// It reads it.
    Reads,
    /// Another connection reads it.
    StandsBy {
        /// Whether what this one holds is not needed any more: because the other has read it completely.
        relieved: bool,
    },
}

type Place<'a> = (&'a SourceName, &'a StreamName, &'a PartitionKey);

#[derive(Debug, Clone, Copy)]
struct Candidate<'a> {
    connection: &'a Connection,
    lane: &'a LaneState,
    able: bool,
}

impl Candidate<'_> {
    fn complete(&self) -> bool {
        self.lane.progress.baselines > 0
    }

    /// The best one is the greatest.
    fn rank(&self) -> impl Ord + use<'_> {
        let works = self.lane.progress.failures < PERSISTENT;
        let oldest = Reverse((self.connection.created, &self.connection.id));
        (works, self.lane.partition.placement, oldest)
    }
}

/// Who reads what, among the connections of a tenant.
#[derive(Debug)]
pub(super) struct Readers<'a> {
    connections: BTreeMap<&'a ConnectionId, &'a Connection>,
    places: BTreeMap<Place<'a>, Vec<Candidate<'a>>>,
}

impl<'a> Readers<'a> {
    pub(super) fn of(engine: &Engine, connections: &'a [Connection], lanes: &'a [LaneState]) -> Result<Self> {
        let connections: BTreeMap<_, _> =
            connections.iter().map(|connection| (&connection.id, connection)).collect();
        let mut places: BTreeMap<Place<'a>, Vec<Candidate<'a>>> = BTreeMap::new();
        for lane in lanes.iter().filter(|lane| lane.partition.placement.is_some()) {
            let Some(connection) = connections.get(&lane.id.connection).copied() else { continue };
            let connector = engine.connector(&connection.connector)?;
            let stream = connector.stream(lane.id.stream.as_str());
            let first = stream.and_then(|stream| stream.spec().lanes.first());
            if first.is_none_or(|first| first.name != lane.id.lane.as_str()) {
                continue;
            }
            let able = connection.status == ConnectionStatus::Active
                && engine.source(connection).is_some()
                && lane.partition.placement > Some(0)
                && readable(engine, connection, lane.id.stream.as_str())? == Readable::Yes;
            let place = (&connection.source, &lane.id.stream, &lane.id.partition);
            places.entry(place).or_default().push(Candidate { connection, lane, able });
        }
        Ok(Self { connections, places })
    }

    /// What the connection of a lane does about the lane's partition.
    pub(super) fn role(&self, id: &LaneId) -> Role {
        let connection = self.connections.get(&id.connection);
        let place = connection.map(|connection| (&connection.source, &id.stream, &id.partition));
        let Some(candidates) = place.and_then(|place| self.places.get(&place)) else { return Role::Reads };
        let own = candidates.iter().find(|candidate| candidate.connection.id == id.connection);
        let best = candidates.iter().filter(|candidate| candidate.able).max_by_key(|one| one.rank());
        match (own, best) {
            (None, _) => Role::Reads,
            (Some(own), Some(best)) if own.connection.id == best.connection.id => Role::Reads,
            (Some(_), Some(best)) if best.complete() => Role::StandsBy { relieved: true },
            // Nobody sees it any more for whom it was kept.
            (Some(own), None) if own.lane.partition.placement == Some(0) => Role::StandsBy { relieved: true },
            // Until the better one has read it all.
            (Some(own), _) if own.able && own.complete() => Role::Reads,
            _ => Role::StandsBy { relieved: false },
        }
    }

    /// The connection that reads the partition of a lane, if another one than the lane's.
    fn other_reader(&self, id: &LaneId) -> Option<&'a Connection> {
        if self.role(id) == Role::Reads {
            return None;
        }
        let connection = self.connections.get(&id.connection)?;
        let candidates = self.places.get(&(&connection.source, &id.stream, &id.partition))?;
        let reads = |other: &&Candidate<'a>| self.role(&other.lane.id) == Role::Reads;
        candidates.iter().find(reads).map(|other| other.connection)
    }

    /// Whether another connection could read a partition in the place of `connection`, but has not yet.
    pub(super) fn awaited(&self, connection: &ConnectionId, stream: &StreamName, key: &PartitionKey) -> bool {
        let source = self.connections.get(connection).map(|connection| &connection.source);
        let candidates = source.and_then(|source| self.places.get(&(source, stream, key)));
        let mut others = candidates.into_iter().flatten();
        let mut others =
            others.by_ref().filter(|other| other.able && other.connection.id != *connection).peekable();
        others.peek().is_some() && !others.any(|other| other.complete())
    }
}

/// The connection that reads the partition of each of `own` lanes, where that is another one than the lane's.
pub(crate) fn other_readers<'a>(
    engine: &Engine,
    connections: &'a [Connection],
    lanes: &'a [LaneState],
    own: &ConnectionId,
) -> Result<BTreeMap<&'a LaneId, &'a Connection>> {
    let readers = Readers::of(engine, connections, lanes)?;
    let own = lanes.iter().filter(|lane| lane.id.connection == *own);
    Ok(own.filter_map(|lane| Some((&lane.id, readers.other_reader(&lane.id)?))).collect())
}

/// Has the other connections look at what one connection shares with them: it has read it completely, or can no
/// longer read it. With `only`, at this partition alone.
pub(crate) async fn wake_others(
    engine: &Engine,
    tenant: &TenantId,
    connection: &ConnectionId,
    only: Option<(&StreamName, &PartitionKey)>,
) -> Result<()> {
    let placed = |lane: &LaneState| lane.partition.placement.is_some();
    let places: BTreeSet<(StreamName, PartitionKey)> = match only {
        Some((stream, key)) => [(stream.clone(), key.clone())].into(),
        None => {
            let lanes = engine.store.lanes(tenant).await?.into_iter();
            let own = lanes.filter(|lane| lane.id.connection == *connection && placed(lane));
            own.map(|lane| (lane.id.stream, lane.id.partition)).collect()
        }
    };
    let lanes = engine.store.lanes_at(tenant, &places.into_iter().collect::<Vec<_>>()).await?;
    let others = lanes.into_iter().filter(|lane| lane.id.connection != *connection && placed(lane));
    engine.store.want(&others.map(|lane| lane.id).collect::<Vec<_>>()).await
}
