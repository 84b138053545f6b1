//! What privacy takes out of the mirror again.

use std::collections::BTreeSet;

use acquaint_core::ids::{ConnectionId, PartitionKey, RecordKey, RecordRef, Seq, StreamName, TenantId};
use acquaint_core::store::{Committed, Left, Live, LiveQuery, Shed, ShedWrite, Shedding, StoredRecord};
use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Rows, params};

use super::{dirty, just_after, records, tenants, write};
use crate::fault::{Done, to_json};
use crate::instant::{int, micros, rows};

/// A query that owns what it holds, to be sent to a reading thread.
pub(crate) struct LiveWanted {
    tenant: TenantId,
    which: Which,
    limit: usize,
}

enum Which {
    /// From a partition and key on.
    Of(ConnectionId, StreamName, PartitionKey, String),
    /// The same of those with a problem.
    NotUnderstood(ConnectionId, StreamName, PartitionKey, String),
    EndedBefore(DateTime<Utc>),
}

impl From<&LiveQuery<'_>> for LiveWanted {
    fn from(query: &LiveQuery<'_>) -> Self {
        let from = |after: Option<&RecordRef>| match after {
            Some(RecordRef { partition, key, .. }) => (partition.clone(), just_after(key.as_str())),
            None => (PartitionKey::from(""), String::new()),
        };
        let which = match query.which {
            Live::Of { connection, stream, after } => {
                let (partition, key) = from(after);
                Which::Of(connection.clone(), stream.clone(), partition, key)
            }
            Live::NotUnderstood { connection, stream, after } => {
                let (partition, key) = from(after);
                Which::NotUnderstood(connection.clone(), stream.clone(), partition, key)
            }
            Live::EndedBefore(before) => Which::EndedBefore(before),
        };
        Self { tenant: query.tenant.clone(), which, limit: query.limit }
    }
}

macro_rules! select_live {
    ($which:literal) => {
        concat!(
            "SELECT key, version, changed, touched, seen, gone, problem, views, raw, starts, ends, connection, stream,
                 partition
             FROM records ",
            $which
        )
    };
}

pub(crate) fn live(db: &Connection, query: &LiveWanted) -> Done<Vec<StoredRecord>> {
    let (tenant, limit) = (query.tenant.as_str(), rows(query.limit));
    match &query.which {
        Which::Of(connection, stream, partition, key) => {
            let mut find = db.prepare_cached(select_live!(
                "INDEXED BY records_key
                 WHERE tenant = ?1 AND connection = ?2 AND stream = ?3 AND (partition, key) >= (?4, ?5)
                   AND gone IS NULL
                 ORDER BY partition, key LIMIT ?6"
            ))?;
            let (connection, stream) = (connection.as_str(), stream.as_str());
            read(find.query(params![tenant, connection, stream, partition.as_str(), key, limit])?)
        }
        Which::NotUnderstood(connection, stream, partition, key) => {
            let mut find = db.prepare_cached(select_live!(
                "INDEXED BY records_problem
                 WHERE tenant = ?1 AND connection = ?2 AND stream = ?3 AND (partition, key) >= (?4, ?5)
                   AND gone IS NULL AND problem IS NOT NULL
                 ORDER BY partition, key LIMIT ?6"
            ))?;
            let (connection, stream) = (connection.as_str(), stream.as_str());
            read(find.query(params![tenant, connection, stream, partition.as_str(), key, limit])?)
        }
        Which::EndedBefore(before) => {
            let mut find = db.prepare_cached(select_live!(
                "INDEXED BY records_ended
                 WHERE tenant = ?1 AND gone IS NULL AND ends IS NOT NULL AND ends < ?2
                 ORDER BY ends, connection, stream, partition, key LIMIT ?3"
            ))?;
            read(find.query(params![tenant, micros(*before), limit])?)
        }
    }
}

fn read(mut found: Rows<'_>) -> Done<Vec<StoredRecord>> {
    let mut stored = Vec::new();
    while let Some(row) = found.next()? {
        let connection = ConnectionId::from(row.get::<_, String>(11)?);
        let stream = StreamName::from(row.get::<_, String>(12)?);
        let partition = PartitionKey::from(row.get::<_, String>(13)?);
        stored.push(records::read(row, &connection, &stream, &partition)?);
    }
    Ok(stored)
}

/// A shedding that owns what it holds, to be sent to the writing thread.
pub(crate) struct ShedWork {
    tenant: TenantId,
    writes: Vec<ShedWrite>,
    reached: Option<Shedding>,
}

impl From<&Shed<'_>> for ShedWork {
    fn from(shed: &Shed<'_>) -> Self {
        Self { tenant: shed.tenant.clone(), writes: shed.writes.to_vec(), reached: shed.reached.cloned() }
    }
}

pub(crate) fn shed(db: &Connection, work: &ShedWork) -> Done<Committed> {
    let tenant = &work.tenant;
    if let Some(reached) = &work.reached {
        tenants::know(db, tenant)?;
        let mut note = db.prepare_cached("UPDATE tenants SET shedding = ?2 WHERE tenant = ?1")?;
        note.execute(params![tenant.as_str(), to_json(reached)?])?;
    }
    let mut stand = Vec::new();
    for write in &work.writes {
        stand.extend(find(db, tenant, write)?.map(|id| (id, &write.left)));
    }
    if stand.is_empty() {
        return Ok(Committed { seq: tenants::seq(db, tenant)?, changed: 0, version: 0 });
    }
    let seq = tenants::take_seq(db, tenant)?;
    let (mut marked, mut changed) = (BTreeSet::new(), 0);
    for (id, left) in stand {
        match left {
            Left::Nothing(gone) => {
                marked.extend(write::bury(db, tenant, id, gone, seq)?);
                changed += 1;
            }
            Left::Part { raw, views, keys, problem } => {
                let part = write::Part { raw, views, keys, problem: problem.as_deref() };
                let dirty = write::leave(db, tenant, id, &part, seq)?;
                changed += usize::from(dirty.is_some());
                marked.extend(dirty.into_iter().flatten());
            }
        }
    }
    dirty::mark(db, tenant, &marked, seq)?;
    Ok(Committed { seq, changed, version: 0 })
}

/// The record, if nobody has brought or taken it since it was read.
fn find(db: &Connection, tenant: &TenantId, write: &ShedWrite) -> Done<Option<i64>> {
    let mut find = db.prepare_cached(
        "SELECT id FROM records
         WHERE tenant = ?1 AND connection = ?2 AND stream = ?3 AND partition = ?4 AND key = ?5
           AND gone IS NULL AND touched = ?6",
    )?;
    let RecordRef { connection, stream, partition, key } = &write.record;
    let (connection, stream, key): (_, _, &RecordKey) = (connection.as_str(), stream.as_str(), key);
    let Seq(touched) = write.touched;
    let place = params![tenant.as_str(), connection, stream, partition.as_str(), key.as_str(), int(touched)];
    Ok(find.query_row(place, |row| row.get(0)).optional()?)
}
