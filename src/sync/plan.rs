//! Which lanes a tenant has, and which of them a sync looks at.

use acquaint_core::ids::{LaneName, PartitionKey, StreamName, TenantId};
use acquaint_core::store::{Connection, ConnectionStatus, LaneId, LaneSeed, LaneState};
use acquaint_core::{ErrorKind, Result};

use chrono::DateTime;

use super::discover::{DISCOVERY, first_due};
use super::readers::{Readers, Role};
use super::report::Waiting;
use super::subscribe::{self, PUSH};
use crate::engine::Engine;

/// Makes the lanes of all connections and, if `all` is to be read, wants those that can be read on demand. Returns those
/// that would be but for the provider's word that it is too early.
pub(super) async fn prepare(engine: &Engine, tenant: &TenantId, all: bool) -> Result<Vec<Waiting>> {
    let connections: Vec<Connection> = engine.store.connections(tenant).await?;
    let active: Vec<&Connection> =
        connections.iter().filter(|connection| connection.status == ConnectionStatus::Active).collect();
    let mut seeds = Vec::new();
    for connection in &active {
        seeds.extend(seeds_of(engine, connection)?);
    }
    engine.store.ensure_lanes(&seeds).await?;
    if !all {
        return Ok(Vec::new());
    }
    let lanes = engine.store.lanes(tenant).await?;
    let readers = Readers::of(engine, &connections, &lanes)?;
    let (mut wanted, mut waiting) = (Vec::new(), Vec::new());
    for lane in &lanes {
        let Some(connection) = active.iter().find(|connection| connection.id == lane.id.connection) else {
            continue;
        };
        if engine.source(connection).is_none() || !on_demand(engine, connection, lane)? {
            continue;
        }
        if readers.role(&lane.id) != Role::Reads && lane.progress.binding.is_none() {
            continue;
        }
        if must_wait(engine, lane) {
            waiting.push(Waiting { lane: lane.id.clone(), until: lane.not_before });
        } else {
            wanted.push(lane.id.clone());
        }
    }
    engine.store.want(&wanted).await?;
    Ok(waiting)
}

/// Wanting a lane lifts its back-off: somebody asks now. Not where the provider itself has set the time.
fn must_wait(engine: &Engine, lane: &LaneState) -> bool {
    let asked_to = [ErrorKind::RateLimited, ErrorKind::QuotaExhausted].map(|kind| format!("{kind:?}"));
    let by_provider = lane.progress.error.as_ref().is_none_or(|error| asked_to.contains(&error.kind));
    by_provider && lane.not_before > engine.env.now()
}

fn on_demand(engine: &Engine, connection: &Connection, lane: &LaneState) -> Result<bool> {
    let connector = &**engine.connector(&connection.connector)?;
    let Some(source) = engine.source(connection) else { return Ok(false) };
    let stream = engine.read_stream(connector, source, lane.id.stream.as_str());
    if lane.id.lane.as_str() == DISCOVERY {
        return Ok(stream.is_some());
    }
    Ok(stream.and_then(|stream| stream.spec().lane(lane.id.lane.as_str())).is_some_and(|lane| lane.on_demand))
}

fn seeds_of(engine: &Engine, connection: &Connection) -> Result<Vec<LaneSeed>> {
    let now = engine.env.now();
    let mut seeds = Vec::new();
    let Some(source) = engine.source(connection) else { return Ok(seeds) };
    for stream in engine.reads(&**engine.connector(&connection.connector)?, source) {
        let spec = stream.spec();
        let id = |lane: LaneName| LaneId {
            tenant: connection.tenant.clone(),
            connection: connection.id.clone(),
            stream: StreamName::from(spec.name),
            partition: PartitionKey::whole(),
            lane,
        };
        if spec.partitioned {
            if subscribe::wanted(engine, source, spec) {
                seeds.push(LaneSeed { id: id(LaneName::from(PUSH)), due: DateTime::UNIX_EPOCH });
            }
            seeds.push(LaneSeed { id: id(LaneName::from(DISCOVERY)), due: now });
        } else {
            let lanes = first_due(engine, source, spec, now).into_iter();
            seeds.extend(lanes.map(|(lane, due)| LaneSeed { id: id(lane), due }));
        }
    }
    Ok(seeds)
}
