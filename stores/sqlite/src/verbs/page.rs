//! Commits of pages, and of records that the product pushes itself.

use acquaint_core::connector::TimeRange;
use acquaint_core::ids::{PartitionKey, RecordKey};
use acquaint_core::store::{Committed, LaneClaim, LaneId, LocalCommit, RecordWrite};
use acquaint_core::{Error, ErrorKind};
use chrono::{DateTime, Utc};
use rusqlite::{Connection, params};

use super::write::{Page, Place};
use super::{key_hints, lanes, tenants};
use crate::fault::Done;
use crate::instant::{count, int, micros};

/// A page commit that owns what it holds, to be sent to the writing thread.
pub(crate) struct PageWork {
    pub(crate) claim: LaneClaim,
    pub(crate) expected: u64,
    pub(crate) progress: String,
    pub(crate) writes: Vec<RecordWrite>,
    pub(crate) settled: Vec<RecordKey>,
    pub(crate) window: Option<TimeRange>,
    pub(crate) now: DateTime<Utc>,
    pub(crate) lease_until: DateTime<Utc>,
}

pub(crate) fn commit(db: &Connection, work: &PageWork) -> Done<Committed> {
    let LaneId { tenant, connection, stream, partition, lane } = &work.claim.lane;
    let held = lanes::held(db, &work.claim)?;
    if held.version != int(work.expected) {
        return Err(Error::new(ErrorKind::Conflict, "the lane has moved on since it was read")
            .with("connection", connection)
            .with("stream", stream)
            .with("lane", lane)
            .with("expected", work.expected)
            .with("found", held.version)
            .into());
    }
    let mut advance = db.prepare_cached(
        "UPDATE lanes SET progress = ?6, version = version + 1, lease_until = ?7
         WHERE tenant = ?1 AND connection = ?2 AND stream = ?3 AND partition = ?4 AND lane = ?5",
    )?;
    advance.execute(params![
        tenant.as_str(),
        connection.as_str(),
        stream.as_str(),
        partition.as_str(),
        lane.as_str(),
        work.progress,
        micros(work.lease_until)
    ])?;
    key_hints::settle(db, &work.claim, &work.settled)?;
    let place = Place { tenant, connection, stream, partition };
    let (seq, changed) = write(db, place, &work.writes, work.window, work.now)?;
    Ok(Committed { seq, changed, version: count(held.version) + 1 })
}

pub(crate) fn commit_local(db: &Connection, commit: &LocalCommit<'_>) -> Done<Committed> {
    let LocalCommit { tenant, connection, stream, writes, now } = commit;
    let place = Place { tenant, connection, stream, partition: &PartitionKey::whole() };
    let (seq, changed) = write(db, place, writes, None, *now)?;
    Ok(Committed { seq, changed, version: 0 })
}

/// Writes records under one new seq, if there are any. Gives the newest seq, and how many records changed.
fn write(
    db: &Connection,
    place: Place<'_>,
    writes: &[RecordWrite],
    window: Option<TimeRange>,
    now: DateTime<Utc>,
) -> Done<(acquaint_core::ids::Seq, usize)> {
    if writes.is_empty() {
        return Ok((tenants::seq(db, place.tenant)?, 0));
    }
    let seq = tenants::take_seq(db, place.tenant)?;
    let mut page = Page::new(db, place, seq, window, now);
    let mut changed: std::collections::BTreeSet<&RecordKey> = std::collections::BTreeSet::new();
    for write in writes {
        if page.write(write)? {
            changed.insert(&write.key);
        }
    }
    page.mark()?;
    Ok((seq, changed.len()))
}
