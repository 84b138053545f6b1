//! What reading a stream once would cost, from what is mirrored of it.

use std::collections::BTreeSet;

use acquaint_core::Result;
use acquaint_core::connector::StreamSpec;
use acquaint_core::ids::{PartitionKey, StreamName};
use acquaint_core::store::{Connection, KeyOrder, KeyQuery, LaneState, Store};

/// Keys counted at a time.
const PAGE: usize = 10_000;

/// How many live records of a stream the mirror holds, and how many calls it takes to read so many once. `None` if it was
/// never read, or if the connector does not say how many records a call gives.
pub(super) async fn reading_once(
    store: &dyn Store,
    connection: &Connection,
    spec: &StreamSpec,
    lanes: &[LaneState],
) -> Result<(u64, Option<u64>)> {
    let of_stream = |lane: &&LaneState| {
        lane.id.connection == connection.id
            && lane.id.stream.as_str() == spec.name
            && spec.lane(lane.id.lane.as_str()).is_some()
    };
    let own: Vec<&LaneState> = lanes.iter().filter(of_stream).collect();
    let mut partitions = BTreeSet::new();
    let (mut records, mut calls, mut known) = (0, 0, !own.is_empty());
    for lane in &own {
        known &= !leads(spec, lane) || lane.progress.baselines > 0;
        if !partitions.insert(lane.id.partition.clone()) {
            continue;
        }
        let held = count(store, connection, &lane.id.stream, &lane.id.partition).await?;
        records += held;
        // What follows others is asked for by their keys.
        let (asked, each) = match &lane.partition.follows {
            Some((stream, partition)) => {
                (count(store, connection, stream, partition).await?, Some(spec.read_batch))
            }
            None => (held, spec.page),
        };
        match each.and_then(|each| u64::try_from(each).ok()).filter(|each| *each > 0) {
            Some(each) => calls += asked.div_ceil(each).max(1),
            None => known = false,
        }
    }
    Ok((records, known.then_some(calls)))
}

/// Whether it is the lane that a stream is first read by.
fn leads(spec: &StreamSpec, lane: &LaneState) -> bool {
    spec.lanes.first().is_some_and(|head| head.name == lane.id.lane.as_str())
}

async fn count(
    store: &dyn Store,
    connection: &Connection,
    stream: &StreamName,
    partition: &PartitionKey,
) -> Result<u64> {
    let mut found = 0;
    let mut after = None;
    loop {
        let order = KeyOrder::ByKey(after.as_ref());
        let (tenant, connection) = (&connection.tenant, &connection.id);
        let query = KeyQuery { tenant, connection, stream, partition, order, limit: PAGE };
        let page = store.record_keys(&query).await?;
        found += u64::try_from(page.len()).unwrap_or(u64::MAX);
        match page.into_iter().nth(PAGE - 1) {
            Some(last) => after = Some(last.key),
            None => return Ok(found),
        }
    }
}
