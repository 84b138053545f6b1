//! Finding out which partitions a stream has.

use std::collections::{BTreeMap, BTreeSet};

use acquaint_core::connector::{LaneKind, LaneSpec, Partition, Partitions, SourceSettings, StreamSpec};
use acquaint_core::ids::{LaneName, PartitionKey};
use acquaint_core::store::{Connection, LaneState, SetPartitions};
use acquaint_core::{ErrorKind, Result};
use chrono::{DateTime, TimeDelta, Utc};

use super::due::Due;
use super::lane::Run;
use super::lease::keeping;
use super::pass::pace;
use super::readers::{Readers, wake_others};
use super::subscribe::{self, PUSH};
use super::told::{self, TOLD};
use crate::engine::Engine;
use crate::manifest::Source;

/// The lane that asks for a stream's partitions; it lives in the partition that is the whole.
pub(crate) const DISCOVERY: &str = "partitions";

/// The least time between two looks that nobody asked for: partitions come and go seldom.
const LOOK: TimeDelta = TimeDelta::hours(1);

/// The most records that one call retires.
const RETIRE: usize = 500;

/// How long the lanes of a new partition wait for the one that leads, should it not come to an end.
const PATIENCE: TimeDelta = TimeDelta::minutes(5);

/// Asks for the partitions and sets them. Returns when to ask again.
pub(super) async fn run(run: &mut Run<'_>) -> Result<Due> {
    let binding = binding(&run.cx.settings);
    let since = run.progress.cursor.clone().filter(|_| goes_on(run, &binding));
    let mut found = keeping(run.engine, &run.claim, run.stream.discover(&run.cx, since.clone())).await;
    if since.is_some() && found.as_ref().is_err_and(|error| error.kind() == ErrorKind::CursorExpired) {
        found = keeping(run.engine, &run.claim, run.stream.discover(&run.cx, None)).await;
    }
    let found = found?;
    run.engine.env.reach("partitions.fetched").await?;
    let now = run.engine.env.now();
    let whole = matches!(found.partitions, Partitions::All(_));
    let same =
        matches!(&found.partitions, Partitions::Changed { now, gone } if now.is_empty() && gone.is_empty());
    if !same {
        set(run, found.partitions, now).await?;
    }
    run.report.pages += 1;
    if whole {
        run.progress.baselines += 1;
        run.progress.last_baseline = Some(now);
    }
    run.progress.cursor = found.cursor;
    run.progress.binding = Some(binding);
    run.progress.last_run = Some(now);
    run.progress.failures = 0;
    run.progress.error = None;
    run.commit(&[], None, now).await?;
    let every = run.source.every.and_then(|every| TimeDelta::from_std(every).ok());
    Ok(Due::at(now + every.unwrap_or(LOOK).max(LOOK)))
}

/// What of the settings a look is bound to.
fn binding(settings: &SourceSettings) -> String {
    let options = serde_json::Value::Object(settings.options.clone());
    match settings.follow.is_empty() {
        true => options.to_string(),
        false => serde_json::json!([options, settings.follow]).to_string(),
    }
}

/// Whether the partitions of a stream are known as far as rules follow them. Without that a new partition, such as the
/// links of deals that have not been followed before, would be missed.
pub(crate) fn is_discovered(
    source: &Source,
    lanes: &[LaneState],
    connection: &Connection,
    spec: &StreamSpec,
) -> bool {
    let looks = |lane: &&LaneState| {
        lane.id.connection == connection.id
            && lane.id.stream.as_str() == spec.name
            && lane.id.lane.as_str() == DISCOVERY
    };
    let bound = binding(&source.settings);
    source.settings.follow.is_empty()
        || lanes.iter().find(looks).is_some_and(|lane| lane.progress.binding.as_ref() == Some(&bound))
}

/// Whether what has changed since the last look is enough to know.
fn goes_on(run: &Run<'_>, binding: &str) -> bool {
    let relist = TimeDelta::from_std(run.stream.spec().relist_every).unwrap_or(TimeDelta::MAX);
    let recent = run.progress.last_baseline.is_some_and(|last| run.engine.env.now() - last < relist);
    recent && run.progress.binding.as_deref() == Some(binding)
}

async fn set(run: &mut Run<'_>, found: Partitions, now: DateTime<Utc>) -> Result<()> {
    let lane = run.claim.lane.clone();
    let lanes = run.engine.store.lanes(&lane.tenant).await?;
    let own = lanes.iter().filter(|known| {
        known.id.connection == lane.connection
            && known.id.stream == lane.stream
            && known.id.partition != lane.partition
    });
    let known: BTreeMap<&PartitionKey, &Partition> =
        own.map(|known| (&known.id.partition, &known.partition)).collect();
    let mut partitions: BTreeMap<PartitionKey, Partition> = match &found {
        Partitions::Changed { .. } => {
            known.iter().map(|(key, partition)| ((*key).clone(), (*partition).clone())).collect()
        }
        _ => BTreeMap::new(),
    };
    match found {
        Partitions::Changed { now, gone } => {
            partitions.extend(now.into_iter().map(|partition| (partition.key.clone(), partition)));
            gone.iter().for_each(|key| drop(partitions.remove(key)));
        }
        Partitions::All(all) => {
            partitions.extend(all.into_iter().map(|partition| (partition.key.clone(), partition)));
        }
        _ => return Err(acquaint_core::Error::bug("partitions of a kind that this release does not know")),
    }
    // What another connection still has to read is let go once it has.
    let connections = run.engine.store.connections(&lane.tenant).await?;
    let readers = Readers::of(run.engine, &connections, &lanes)?;
    let mut lost = BTreeSet::new();
    for (key, partition) in known {
        if partitions.contains_key(key) || partition.placement.is_none() {
            continue;
        }
        lost.insert(key);
        if readers.awaited(&lane.connection, &lane.stream, key) {
            let mut kept = partition.clone();
            kept.placement = Some(0);
            partitions.insert(key.clone(), kept);
        }
    }
    let partitions: Vec<Partition> = partitions.into_values().collect();
    let seeds = first_due(run.engine, run.source, run.stream.spec(), now);
    loop {
        let more = run
            .engine
            .store
            .set_partitions(&SetPartitions {
                claim: &run.claim,
                partitions: &partitions,
                lanes: &seeds,
                limit: RETIRE,
                now,
            })
            .await?;
        run.engine.env.reach("partitions.set").await?;
        if !more {
            break;
        }
    }
    for key in lost {
        wake_others(run.engine, &lane.tenant, &lane.connection, Some((&lane.stream, key))).await?;
    }
    subscribe::end_lost(run, &partitions).await
}

/// The lanes of a partition, and when a new one first falls due: the one that leads at once, those that keep up when
/// it has run, the others after their own time, since before the first baseline they have nothing to add.
pub(super) fn first_due(
    engine: &Engine,
    source: &Source,
    spec: &StreamSpec,
    now: DateTime<Utc>,
) -> Vec<(LaneName, DateTime<Utc>)> {
    let led = spec.lanes.iter().any(|lane| lane.leads);
    let due = |lane: &LaneSpec| {
        // A lane that goes on from a cursor of its own must begin when the first one does.
        let begins = lane.kind == LaneKind::Incremental && !lane.on_demand;
        if lane.leads || begins || (lane.on_demand && !led) {
            // Long past: whatever sync is under way takes it along.
            DateTime::UNIX_EPOCH
        } else if lane.on_demand {
            now + PATIENCE
        } else {
            now + TimeDelta::from_std(pace(source, lane)).unwrap_or_default()
        }
    };
    let mut lanes: Vec<_> = spec.lanes.iter().map(|lane| (LaneName::from(lane.name), due(lane))).collect();
    if told::wanted(engine, source, spec) {
        lanes.push((LaneName::from(TOLD), now + told::NEVER));
    }
    if subscribe::wanted(engine, source, spec) {
        // Before those that read: what changes after they have read is told then.
        lanes.push((LaneName::from(PUSH), DateTime::UNIX_EPOCH - TimeDelta::seconds(1)));
    }
    lanes
}
