//! Which lanes a tenant has, and which of them a sync looks at.

use acquaint_core::ids::{LaneName, PartitionKey, StreamName, TenantId};
use acquaint_core::store::{Connection, ConnectionStatus, LaneId, LaneSeed, LaneState};
use acquaint_core::{ErrorKind, Result};

use chrono::{DateTime, TimeDelta};

use super::discover::{self, DISCOVERY, first_due};
use super::pass::{LATEST, pace};
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
    let mut lanes = engine.store.lanes(tenant).await?;
    if !all {
        lanes = outdated(engine, &active, lanes)?;
        if lanes.is_empty() {
            return Ok(Vec::new());
        }
    }
    let readers = Readers::of(engine, &connections, &lanes)?;
    let (mut wanted, mut waiting) = (Vec::new(), Vec::new());
    for lane in &lanes {
        let Some(connection) = active.iter().find(|connection| connection.id == lane.id.connection) else {
            continue;
        };
        if engine.source(connection).is_none() || !on_demand(engine, connection, lane)? {
            continue;
        }
        let reads = readers.role(&lane.id) == Role::Reads;
        if !reads && (!all || lane.progress.binding.is_none()) {
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

/// Those that go by settings other than the manifest's: whoever changes these must not wait for what they were before.
fn outdated(engine: &Engine, active: &[&Connection], lanes: Vec<LaneState>) -> Result<Vec<LaneState>> {
    let mut outdated = Vec::new();
    for lane in lanes {
        let connection = active.iter().find(|connection| connection.id == lane.id.connection);
        if let Some(connection) = connection
            && is_outdated(engine, connection, &lane)?
        {
            outdated.push(lane);
        }
    }
    Ok(outdated)
}

/// Whether a lane has read under other settings, or is to come back later than it should by now.
fn is_outdated(engine: &Engine, connection: &Connection, lane: &LaneState) -> Result<bool> {
    let connector = &**engine.connector(&connection.connector)?;
    let (Some(source), Some(bound)) = (engine.source(connection), &lane.progress.binding) else {
        return Ok(false);
    };
    let Some(stream) = engine.read_stream(connector, source, lane.id.stream.as_str()) else {
        return Ok(false);
    };
    if lane.id.lane.as_str() == DISCOVERY {
        return Ok(*bound != discover::binding(&source.settings));
    }
    let spec = stream.spec().lane(lane.id.lane.as_str());
    let Some(spec) = spec.filter(|spec| spec.on_demand) else { return Ok(false) };
    let rests = lane.progress.pass.is_none() && lane.progress.error.is_none();
    let latest = TimeDelta::from_std(pace(source, spec).mul_f64(LATEST)).unwrap_or(TimeDelta::MAX);
    let late = rests && lane.due - engine.env.now() > latest;
    Ok(*bound != stream.binding(&source.settings) || late)
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
