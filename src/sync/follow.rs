//! Partitions that follow others: read by the keys that the mirror holds of what they follow, and not page by page.
//!
//! What has been read there since is known from the mirror's own commits, so that following costs no call while nothing
//! changes.

use std::collections::{BTreeMap, BTreeSet};

use acquaint_core::connector::LaneSpec;
use acquaint_core::cursor::{StoredCursor, SyncCursor};
use acquaint_core::ids::{LaneName, PartitionKey, RecordKey, RecordRef, Seq, StreamName};
use acquaint_core::record::{Change, Gone};
use acquaint_core::store::{KeyOrder, KeyQuery, LaneId, RecordAt};
use acquaint_core::{Error, Result};
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::due::Due;
use super::lane::Run;
use super::lease::keeping;
use super::report::Progress;

/// How long to wait for what is followed, should nobody say that it has been read.
const WAIT: TimeDelta = TimeDelta::hours(1);

/// Where a lane stands that follows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "stage", rename_all = "snake_case")]
enum FollowCursor {
    /// Within a walk through all keys, after this one.
    Walk { after: RecordKey },
    /// All that was committed there up to this place has been read.
    Since { seq: Seq, key: Option<RecordKey> },
}

impl SyncCursor for FollowCursor {
    const KIND: &'static str = "acquaint.follow";
}

/// One pass of a lane whose partition follows `place`.
pub(super) async fn pass(
    run: &mut Run<'_>,
    lane: &LaneSpec,
    place: &(StreamName, PartitionKey),
) -> Result<Due> {
    if !is_read(run, place).await? {
        // Whoever reads it says when it is.
        return Ok(Due::at(run.engine.env.now() + WAIT));
    }
    let binding = run.source.binding(run.stream);
    run.begin(lane, &binding);
    loop {
        let Some(pass) = run.progress.pass.clone() else {
            return Err(Error::bug("a pass ended without being noticed"));
        };
        let cursor = match run.progress.cursor.clone().map(StoredCursor::load::<FollowCursor>).transpose() {
            // A baseline needs no cursor.
            Err(_) => {
                run.restart();
                continue;
            }
            Ok(cursor) => cursor,
        };
        let limit = run.stream.spec().read_batch.max(1);
        let found = keys(run, place, cursor.as_ref(), limit).await?;
        let done = found.len() < limit;
        let next = match (cursor, found.last()) {
            (None | Some(FollowCursor::Walk { .. }), Some(last)) if !done => {
                FollowCursor::Walk { after: last.key.clone() }
            }
            (None | Some(FollowCursor::Walk { .. }), _) => {
                FollowCursor::Since { seq: pass.began_seq, key: None }
            }
            (Some(FollowCursor::Since { .. }), Some(last)) => {
                FollowCursor::Since { seq: last.touched, key: Some(last.key.clone()) }
            }
            (Some(since @ FollowCursor::Since { .. }), None) => since,
        };
        let changes = read(run, found).await?;
        run.engine.env.reach("page.fetched").await?;
        let now = run.engine.env.now();
        let records = u64::try_from(changes.len()).unwrap_or(u64::MAX);
        let writes = run.writes(changes)?;
        if let Some(pass) = &mut run.progress.pass {
            pass.pages += 1;
        }
        run.progress.cursor = Some(StoredCursor::store(&next)?);
        if done {
            run.complete(lane, Some(pass.began), now);
        }
        run.commit(&writes, None, now).await?;
        run.engine.env.reach("page.committed").await?;
        run.report.pages += 1;
        run.report.records += records;
        run.options.tell(&Progress::Page { lane: run.claim.lane.clone(), records });
        if done {
            return Ok(run.next_due(lane, now));
        }
        run.joins.if_due().await?;
        if run.options.turn_is_over(now) {
            return Ok(Due::again(now));
        }
    }
}

/// Has the partitions looked at that follow the one that `run` has just read.
pub(super) async fn wake(run: &Run<'_>) -> Result<()> {
    let own = &run.claim.lane;
    let connector = run.engine.connector(&run.connection.connector)?;
    let follows = |name: &str| {
        let stream = connector.stream(name);
        stream.is_some_and(|stream| stream.spec().follows.contains(&own.stream.as_str()))
    };
    let read = run.progress.baselines > run.state.state.progress.baselines;
    let brought = run.report.records > 0 || run.report.swept > 0 || read;
    if !brought || !connector.streams().iter().any(|stream| follows(stream.spec().name)) {
        return Ok(());
    }
    let place = (own.stream.clone(), own.partition.clone());
    let lanes = run.engine.store.lanes(&own.tenant).await?;
    let followers = lanes.into_iter().filter(|lane| {
        let first = connector.stream(lane.id.stream.as_str()).and_then(|stream| stream.spec().lanes.first());
        lane.id.connection == own.connection
            && lane.partition.follows.as_ref() == Some(&place)
            && first.is_some_and(|first| first.name == lane.id.lane.as_str())
    });
    run.engine.store.hint(&followers.map(|lane| lane.id).collect::<Vec<LaneId>>()).await
}

/// Whether what is followed has been read completely.
async fn is_read(run: &Run<'_>, place: &(StreamName, PartitionKey)) -> Result<bool> {
    let connector = run.engine.connector(&run.connection.connector)?;
    let Some(stream) = connector.stream(place.0.as_str()) else { return Ok(false) };
    let Some(first) = stream.spec().lanes.first().map(|lane| LaneName::from(lane.name)) else {
        return Ok(false);
    };
    let binding = run.source.binding(stream);
    let lanes = run.engine.store.lanes_at(&run.claim.lane.tenant, std::slice::from_ref(place)).await?;
    let mut own =
        lanes.iter().filter(|lane| lane.id.connection == run.connection.id && lane.id.lane == first);
    Ok(own.any(|lane| {
        lane.progress.baselines > 0 && lane.progress.binding.as_deref() == Some(binding.as_str())
    }))
}

async fn keys(
    run: &Run<'_>,
    (stream, partition): &(StreamName, PartitionKey),
    cursor: Option<&FollowCursor>,
    limit: usize,
) -> Result<Vec<RecordAt>> {
    let order = match cursor {
        None => KeyOrder::ByKey(None),
        Some(FollowCursor::Walk { after }) => KeyOrder::ByKey(Some(after)),
        Some(FollowCursor::Since { seq, key }) => KeyOrder::ByCommit(*seq, key.as_ref()),
    };
    let (tenant, connection) = (&run.claim.lane.tenant, &run.connection.id);
    run.engine.store.record_keys(&KeyQuery { tenant, connection, stream, partition, order, limit }).await
}

/// Reads what is there under these keys. What is gone there is gone here, for the same reason.
async fn read(run: &Run<'_>, found: Vec<RecordAt>) -> Result<Vec<Change>> {
    let (mut live, mut changes) = (Vec::new(), Vec::new());
    for record in found {
        match record.gone {
            Some(gone) => changes.push(Change::gone(record.key, gone)),
            None => live.push(record.key),
        }
    }
    if live.is_empty() {
        return Ok(changes);
    }
    // A pass that cannot go on is taken up where it stopped: nothing is passed over.
    let read = run.stream.read(&run.cx, &run.state.state.partition, &live);
    let found = keeping(run.engine, &run.claim, read).await?;
    let answered: BTreeSet<&RecordKey> = found.iter().map(Change::key).collect();
    if let Some(missing) = live.iter().find(|key| !answered.contains(key)) {
        return Err(Error::unavailable("some records could not be read").with("record", missing));
    }
    changes.extend(found);
    Ok(changes)
}

/// What is known of records of the partition that is followed: those that are there, and why the others are not.
pub(super) async fn followed(
    run: &Run<'_>,
    (stream, partition): &(StreamName, PartitionKey),
    keys: &[RecordKey],
) -> Result<BTreeMap<RecordKey, Option<Gone>>> {
    let reference = |key: &RecordKey| RecordRef {
        connection: run.connection.id.clone(),
        stream: stream.clone(),
        partition: partition.clone(),
        key: key.clone(),
    };
    let references: Vec<RecordRef> = keys.iter().map(reference).collect();
    let stored = run.engine.store.records(&run.claim.lane.tenant, &references).await?;
    Ok(stored.into_iter().map(|record| (record.record.key, record.gone)).collect())
}
