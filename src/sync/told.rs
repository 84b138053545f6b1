//! Records that a provider has told of, read again one by one.

use acquaint_core::connector::{KeyHint, StreamSpec};
use acquaint_core::ids::RecordKey;
use acquaint_core::record::{Change, Gone};
use acquaint_core::store::{HintKeys, LaneId};
use acquaint_core::{Error, Result};
use chrono::TimeDelta;

use super::lane::{Due, Run};
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
    let readers: Vec<_> =
        spec.lanes.iter().filter(|lane| lane.on_demand).map(|lane| lane.name.into()).collect();
    if keys.is_empty() {
        let lanes: Vec<_> =
            readers.into_iter().map(|reader| LaneId { lane: reader, ..lane.clone() }).collect();
        return engine.store.hint(&lanes).await;
    }
    engine.store.hint_keys(&HintKeys { lane, keys, most: MOST, instead: &readers }).await
}

/// Reads what was told before the claim.
pub(super) async fn run(run: &mut Run<'_>) -> Result<Due> {
    let batch = run.stream.spec().read_batch.max(1);
    loop {
        let told = run.engine.store.hinted_keys(&run.claim, batch).await?;
        let now = run.engine.env.now();
        run.progress.last_run = Some(now);
        run.progress.failures = 0;
        run.progress.error = None;
        if told.is_empty() {
            run.commit(&[], None, now).await?;
            return Ok(Due::at(now + NEVER));
        }
        let keys: Vec<RecordKey> = told.iter().map(|hint| hint.key.clone()).collect();
        let read = run.stream.read(&run.cx, &run.state.state.partition, &keys);
        let mut changes = keeping(run.engine, &run.claim, read).await?;
        run.engine.env.reach("page.fetched").await?;
        if let Some(missing) = keys.iter().find(|key| !changes.iter().any(|change| change.key() == *key)) {
            return Err(
                Error::unavailable("a record that was told of could not be read").with("record", missing)
            );
        }
        give_reasons(&mut changes, &told);
        let records = u64::try_from(changes.len()).unwrap_or(u64::MAX);
        let writes = run.writes(changes)?;
        run.commit_settling(&writes, &keys, None, run.engine.env.now()).await?;
        run.engine.env.reach("page.committed").await?;
        run.report.pages += 1;
        run.report.records += records;
    }
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
