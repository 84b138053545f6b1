//! Finding out which partitions a stream has.

use acquaint_core::Result;
use acquaint_core::connector::{LaneSpec, StreamSpec};
use acquaint_core::ids::LaneName;
use acquaint_core::store::SetPartitions;
use chrono::{DateTime, TimeDelta, Utc};

use super::lane::{Due, Run};
use super::lease::keeping;

/// The lane that asks for a stream's partitions; it lives in the partition that is the whole.
pub(super) const DISCOVERY: &str = "partitions";

/// The most records that one call retires.
const RETIRE: usize = 500;

/// Asks for the partitions and sets them. Returns when to ask again.
pub(super) async fn run(run: &mut Run<'_>) -> Result<Due> {
    let partitions = keeping(run.engine, &run.claim, run.stream.partitions(&run.cx)).await?;
    run.engine.env.reach("partitions.fetched").await?;
    let now = run.engine.env.now();
    let lanes = first_due(run.stream.spec(), now);
    loop {
        let more = run
            .engine
            .store
            .set_partitions(&SetPartitions {
                claim: &run.claim,
                partitions: &partitions,
                lanes: &lanes,
                limit: RETIRE,
                now,
            })
            .await?;
        run.engine.env.reach("partitions.set").await?;
        if !more {
            break;
        }
    }
    run.report.pages += 1;
    let every = run.source.every.unwrap_or(std::time::Duration::from_secs(3_600));
    run.progress.last_run = Some(now);
    run.progress.failures = 0;
    run.progress.error = None;
    run.commit(&[], None, now).await?;
    Ok(Due::at(now + TimeDelta::from_std(every).unwrap_or(TimeDelta::hours(1))))
}

/// The lanes of a partition, and when a new one first falls due: those that keep up at once, the others after
/// their own time, since before the first baseline they have nothing to add.
pub(super) fn first_due(spec: &StreamSpec, now: DateTime<Utc>) -> Vec<(LaneName, DateTime<Utc>)> {
    let due = |lane: &LaneSpec| {
        // Long past: whatever sync is under way takes it along.
        if lane.on_demand {
            DateTime::UNIX_EPOCH
        } else {
            now + TimeDelta::from_std(lane.every).unwrap_or_default()
        }
    };
    spec.lanes.iter().map(|lane| (LaneName::from(lane.name), due(lane))).collect()
}
