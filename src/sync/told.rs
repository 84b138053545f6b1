//! Records that a provider has told of, read again one by one.

use std::collections::BTreeSet;

use acquaint_core::connector::{KeyHint, LaneKind, LaneSpec, StreamSpec};
use acquaint_core::ids::{LaneName, RecordKey};
use acquaint_core::record::{Change, Gone};
use acquaint_core::store::{HintKeys, LaneId};
use acquaint_core::{Error, Result};
use chrono::TimeDelta;

use super::due::Due;
use super::follow;
use super::lane::Run;
use super::lease::keeping;
use super::subscribe::can_be_told;
use crate::engine::Engine;
use crate::manifest::Source;

/// The lane that reads what was told of a partition. It runs when something was, and never else.
pub(crate) const TOLD: &str = "told";

/// How many records of a partition may wait to be read one by one. When an import changes more than that, reading what has
/// changed page by page is cheaper.
const MOST: usize = 1_000;

/// How far away its schedule is.
pub(super) const NEVER: TimeDelta = TimeDelta::days(3_650);

/// Whether notifications are to name the records of a stream.
pub(super) fn wanted(engine: &Engine, source: &Source, spec: &StreamSpec) -> bool {
    spec.told && can_be_told(engine, source)
}

/// Notes what was told of a partition. `lane` is the one of this module.
pub(crate) async fn note(engine: &Engine, spec: &StreamSpec, lane: &LaneId, keys: &[KeyHint]) -> Result<()> {
    let on_demand = |lane: &&LaneSpec| lane.on_demand;
    let named = |lane: &LaneSpec| LaneName::from(lane.name);
    let readers: Vec<LaneName> = spec.lanes.iter().filter(on_demand).map(named).collect();
    if keys.is_empty() {
        let lanes: Vec<_> =
            readers.into_iter().map(|reader| LaneId { lane: reader, ..lane.clone() }).collect();
        return engine.store.hint(&lanes).await;
    }
    // What follows another partition sees only what has changed there, and not what was told here.
    let walks = |lane: &&LaneSpec| lane.kind == LaneKind::Walk;
    let walkers: Vec<LaneName> = spec.lanes.iter().filter(walks).map(named).collect();
    let instead = if spec.follows.is_empty() { [readers.as_slice(), &walkers].concat() } else { walkers };
    engine.store.hint_keys(&HintKeys { lane, keys, most: MOST, instead: &instead }).await
}

/// Reads what was told before the claim. What cannot be read keeps nothing else waiting.
pub(super) async fn run(run: &mut Run<'_>) -> Result<Due> {
    let batch = run.stream.spec().read_batch.max(1);
    let mut unread: BTreeSet<RecordKey> = BTreeSet::new();
    loop {
        let mut told = run.engine.store.hinted_keys(&run.claim, batch + unread.len()).await?;
        told.retain(|hint| !unread.contains(&hint.key));
        let now = run.engine.env.now();
        if told.is_empty() {
            if let Some(first) = unread.first() {
                return Err(Error::unavailable("records that were told of could not be read")
                    .with("record", first)
                    .with("records", unread.len()));
            }
            run.progress.last_run = Some(now);
            run.progress.failures = 0;
            run.progress.error = None;
            run.commit(&[], None, now).await?;
            return Ok(Due::at(now + NEVER));
        }
        let keys: Vec<RecordKey> = told.iter().map(|hint| hint.key.clone()).collect();
        let mut changes = read(run, &keys).await?;
        run.engine.env.reach("page.fetched").await?;
        let answered: BTreeSet<RecordKey> = changes.iter().map(|change| change.key().clone()).collect();
        let (settled, missing): (Vec<_>, Vec<_>) = keys.into_iter().partition(|key| answered.contains(key));
        unread.extend(missing);
        give_reasons(&mut changes, &told);
        let records = u64::try_from(changes.len()).unwrap_or(u64::MAX);
        let writes = run.writes(changes)?;
        run.commit_settling(&writes, &settled, None, run.engine.env.now()).await?;
        run.engine.env.reach("page.committed").await?;
        run.report.pages += 1;
        run.report.records += records;
    }
}

/// Reads records by their keys. In a partition that follows another, what is not there has nothing here.
async fn read(run: &Run<'_>, keys: &[RecordKey]) -> Result<Vec<Change>> {
    let mut changes = Vec::new();
    let mut asked = keys.to_vec();
    if let Some(place) = &run.state.state.partition.follows {
        let mut known = follow::followed(run, place, keys).await?;
        asked.retain(|key| match known.remove(key) {
            Some(None) => true,
            // What is not mirrored yet is read with what it hangs on.
            gone => {
                changes.push(Change::gone(key.clone(), gone.flatten().unwrap_or(Gone::Deleted)));
                false
            }
        });
    }
    if !asked.is_empty() {
        let read = run.stream.read(&run.cx, &run.state.state.partition, &asked);
        changes.extend(keeping(run.engine, &run.claim, read).await?);
    }
    Ok(changes)
}

/// The provider knows best whether a record is there; why it is not, it may have told only once.
fn give_reasons(changes: &mut [Change], told: &[KeyHint]) {
    for change in changes {
        if let Change::Tombstone { key, gone: gone @ Gone::Deleted, .. } = change
            && let Some(why) = told.iter().find(|hint| hint.key == *key).and_then(|hint| hint.gone.clone())
        {
            *gone = why;
        }
    }
}
