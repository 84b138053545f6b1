//! What is known of a connection, put together.

use std::collections::{BTreeMap, BTreeSet};

use acquaint_core::connector::AnyStream;
use acquaint_core::ids::{ConnectionId, PartitionKey};
use acquaint_core::store::{Connection, ConnectionStatus, LaneId, LaneState};
use acquaint_core::{Error, Result};

use super::super::copies::name;
use super::super::lane::LaneExplained;
use super::super::problems;
use super::{
    ConnectionExplained, PartitionExplained, QuotaExplained, Reads, StreamExplained, SubscriptionExplained,
    text,
};
use crate::connect::{Access, lacks};
use crate::engine::Engine;
use crate::sync;
use crate::tenant::Tenant;

/// Explains a connection of the tenant.
pub(crate) async fn explain(tenant: &Tenant, id: &ConnectionId) -> Result<ConnectionExplained> {
    let (engine, store) = (&*tenant.engine, &tenant.engine.store);
    let (connections, lanes) = (store.connections(&tenant.id).await?, store.lanes(&tenant.id).await?);
    let connection = connections
        .iter()
        .find(|known| known.id == *id)
        .ok_or_else(|| Error::not_found("there is no such connection").with("connection", id))?;
    let source = engine.source(connection);
    let access = source.map(|source| Access::of(engine, connection, source)).transpose()?;
    let readers = sync::other_readers(engine, &connections, &lanes, id)?;
    let seen = Seen { engine, connection, lanes: &lanes, readers };
    let streams = engine.connector(&connection.connector)?.streams().iter();
    let mut streams = streams.map(|stream| seen.stream(&**stream)).collect::<Result<Vec<_>>>()?;
    for stream in &mut streams {
        (stream.problems, stream.more_problems) = problems::of(tenant, (id, &stream.stream), None).await?;
    }
    let subscriptions = store.subscriptions(&tenant.id, id).await?.into_iter().map(|known| {
        let (stream, partition) = (known.stream, known.partition);
        SubscriptionExplained { stream, partition, status: known.status, expires: known.expires }
    });
    let mut explained = ConnectionExplained {
        connection: id.clone(),
        source: connection.source.clone(),
        in_manifest: source.is_some(),
        connector: connection.connector.clone(),
        account: name(connection),
        made_by: connection.user.clone(),
        made: connection.created,
        status: connection.status.clone(),
        sentence: String::new(),
        next: Vec::new(),
        access,
        streams,
        subscriptions: subscriptions.collect(),
        quotas: quotas(engine, connection).await,
    };
    explained.next = text::next(&explained);
    explained.sentence = text::sentence(&explained);
    Ok(explained)
}

/// Without an app nothing is known of them, and nothing else depends on it.
async fn quotas(engine: &Engine, connection: &Connection) -> Vec<QuotaExplained> {
    if matches!(connection.status, ConnectionStatus::Disconnected { .. }) {
        return Vec::new();
    }
    let left = engine.quotas_left(connection).await.unwrap_or_default();
    let explained = left.into_iter().map(|quota| QuotaExplained {
        name: quota.name.to_owned(),
        left: quota.calls(),
        limit: quota.limit.calls(),
        room_at: quota.room_at,
    });
    explained.collect()
}

struct Seen<'a> {
    engine: &'a Engine,
    connection: &'a Connection,
    lanes: &'a [LaneState],
    readers: BTreeMap<&'a LaneId, &'a Connection>,
}

impl Seen<'_> {
    fn stream(&self, stream: &dyn AnyStream) -> Result<StreamExplained> {
        let spec = stream.spec();
        let own: Vec<&LaneState> = self
            .lanes
            .iter()
            .filter(|lane| lane.id.connection == self.connection.id && lane.id.stream.as_str() == spec.name)
            .collect();
        let looks = own.iter().find(|lane| lane.id.lane.as_str() == sync::DISCOVERY);
        let mut reads = self.reads(stream)?;
        let keys: BTreeSet<&PartitionKey> = own
            .iter()
            .filter(|lane| spec.lanes.iter().any(|known| known.name == lane.id.lane.as_str()))
            .map(|lane| &lane.id.partition)
            .collect();
        let partitions: Vec<PartitionExplained> =
            keys.into_iter().map(|key| self.partition(stream, key, &own, &reads)).collect();
        if reads == Reads::Yes && partitions.is_empty() {
            reads = Reads::NothingFound;
        }
        Ok(StreamExplained {
            stream: spec.name.into(),
            reads,
            optional: spec.optional,
            partitions,
            problems: Vec::new(),
            more_problems: false,
            looks: looks.map(|lane| LaneExplained::of(lane)),
        })
    }

    /// Whether a stream is read, whatever its partitions.
    fn reads(&self, stream: &dyn AnyStream) -> Result<Reads> {
        let (engine, connection) = (self.engine, self.connection);
        let connector = engine.connector(&connection.connector)?;
        Ok(match &connection.status {
            ConnectionStatus::NeedsReauth { .. } => Reads::NeedsReauth,
            ConnectionStatus::Disconnected { .. } => Reads::Disconnected,
            _ => match engine.source(connection) {
                None => Reads::SourceGone,
                Some(source) if engine.read_stream(&**connector, source, stream.spec().name).is_none() => {
                    Reads::NotUsed
                }
                Some(_) => match lacks(engine, connection, stream)? {
                    missing if !missing.is_empty() => {
                        Reads::Lacks { scopes: missing.into_iter().map(str::to_owned).collect() }
                    }
                    _ if stream.spec().lanes.is_empty() => Reads::Pushed,
                    _ => Reads::Yes,
                },
            },
        })
    }

    fn partition(
        &self,
        stream: &dyn AnyStream,
        key: &PartitionKey,
        own: &[&LaneState],
        reads: &Reads,
    ) -> PartitionExplained {
        let lanes: Vec<&LaneState> = own
            .iter()
            .copied()
            .filter(|lane| lane.id.partition == *key && lane.id.lane.as_str() != sync::DISCOVERY)
            .collect();
        let first = stream.spec().lanes.first();
        let head = lanes.iter().find(|lane| first.is_some_and(|first| first.name == lane.id.lane.as_str()));
        let bound = self.engine.source(self.connection).map(|source| source.binding(stream));
        let complete = head.is_some_and(|head| head.progress.baselines > 0 && head.progress.binding == bound);
        let reader = lanes.iter().find_map(|lane| self.readers.get(&lane.id));
        let reads = match reader {
            Some(reader) if *reads == Reads::Yes => {
                Reads::StandsBy { reader: reader.id.clone(), account: name(reader) }
            }
            _ => reads.clone(),
        };
        PartitionExplained {
            partition: key.clone(),
            label: lanes.first().map(|lane| lane.partition.label.clone()).unwrap_or_default(),
            reads,
            complete,
            covers: head.and_then(|head| head.progress.covers),
            lanes: lanes.iter().map(|lane| LaneExplained::of(lane)).collect(),
        }
    }
}
