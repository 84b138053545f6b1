//! Reads of the mirror.

use std::collections::BTreeSet;

use acquaint_core::depkey::DependencyKey;
use acquaint_core::ids::{ConnectionId, PartitionKey, RecordKey, RecordRef, Seq, StreamName, TenantId};
use acquaint_core::record::Version;
use acquaint_core::store::{ProvidedView, StoredRecord};
use bytes::Bytes;
use rusqlite::{Connection, Row, params};

use super::just_after;
use crate::fault::{Done, from_json};
use crate::instant::{count, instant, rows};

macro_rules! select_records {
    ($which:literal) => {
        concat!(
            "SELECT key, version, changed, touched, seen, gone, problem, views, raw, starts, ends FROM records
             WHERE tenant = ?1 AND connection = ?2 AND stream = ?3 AND partition = ?4 ",
            $which
        )
    };
}

pub(crate) fn named(db: &Connection, tenant: &TenantId, records: &[RecordRef]) -> Done<Vec<StoredRecord>> {
    let mut find = db.prepare_cached(select_records!("AND key = ?5"))?;
    let mut stored = Vec::with_capacity(records.len());
    for record in records {
        let RecordRef { connection, stream, partition, key } = record;
        let place = [tenant.as_str(), connection.as_str(), stream.as_str(), partition.as_str(), key.as_str()];
        let mut found = find.query(place)?;
        if let Some(row) = found.next()? {
            stored.push(read(row, connection, stream, partition)?);
        }
    }
    Ok(stored)
}

pub(crate) fn scan(
    db: &Connection,
    tenant: &TenantId,
    connection: &ConnectionId,
    stream: &StreamName,
    partition: &PartitionKey,
    after: Option<&RecordKey>,
    limit: usize,
) -> Done<Vec<StoredRecord>> {
    let mut find = db.prepare_cached(select_records!("AND key >= ?5 ORDER BY key LIMIT ?6"))?;
    let from = after.map(|key| just_after(key.as_str())).unwrap_or_default();
    let (tenant, limit) = (tenant.as_str(), rows(limit));
    let place = params![tenant, connection.as_str(), stream.as_str(), partition.as_str(), from, limit];
    let mut found = find.query(place)?;
    let mut stored = Vec::new();
    while let Some(row) = found.next()? {
        stored.push(read(row, connection, stream, partition)?);
    }
    Ok(stored)
}

pub(crate) fn providing(
    db: &Connection,
    tenant: &TenantId,
    keys: &[DependencyKey],
) -> Done<Vec<ProvidedView>> {
    let mut find = db.prepare_cached(
        "SELECT r.connection, r.stream, r.partition, r.key, r.views
         FROM provides p CROSS JOIN records r ON r.id = p.record
         WHERE p.tenant = ?1 AND p.key = ?2
         ORDER BY r.connection, r.stream, r.partition, r.key",
    )?;
    let mut views = Vec::new();
    for key in keys.iter().collect::<BTreeSet<_>>() {
        let mut found = find.query([tenant.as_str(), key.as_str()])?;
        while let Some(row) = found.next()? {
            let record = RecordRef {
                connection: ConnectionId::from(row.get::<_, String>(0)?),
                stream: StreamName::from(row.get::<_, String>(1)?),
                partition: PartitionKey::from(row.get::<_, String>(2)?),
                key: RecordKey::from(row.get::<_, String>(3)?),
            };
            let bytes = Bytes::from(row.get::<_, Vec<u8>>(4)?);
            views.push(ProvidedView { key: key.clone(), record, views: bytes });
        }
    }
    Ok(views)
}

/// The record of a row that begins with the columns of `select_records`.
pub(super) fn read(
    row: &Row<'_>,
    connection: &ConnectionId,
    stream: &StreamName,
    partition: &PartitionKey,
) -> Done<StoredRecord> {
    let gone: Option<String> = row.get(5)?;
    let (starts, ends): (Option<i64>, Option<i64>) = (row.get(9)?, row.get(10)?);
    Ok(StoredRecord {
        record: RecordRef {
            connection: connection.clone(),
            stream: stream.clone(),
            partition: partition.clone(),
            key: RecordKey::from(row.get::<_, String>(0)?),
        },
        version: row.get::<_, Option<i64>>(1)?.map(Version),
        changed: Seq(count(row.get(2)?)),
        touched: Seq(count(row.get(3)?)),
        seen: instant(row.get(4)?),
        span: starts.zip(ends).map(|(start, end)| (instant(start), instant(end))),
        gone: gone.map(|gone| from_json(&gone, "records.gone")).transpose()?,
        problem: row.get(6)?,
        views: Bytes::from(row.get::<_, Vec<u8>>(7)?),
        raw: Bytes::from(row.get::<_, Vec<u8>>(8)?),
    })
}
