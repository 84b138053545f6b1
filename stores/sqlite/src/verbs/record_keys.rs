//! The keys of a partition's records, in their orders.

use acquaint_core::ids::{ConnectionId, PartitionKey, RecordKey, Seq, StreamName, TenantId};
use acquaint_core::store::{KeyOrder, KeyQuery, RecordAt};
use rusqlite::{Connection, Row, params};

use super::just_after;
use crate::fault::{Done, from_json};
use crate::instant::{count, int, rows};

/// A query that owns what it holds, to be sent to a reading thread.
pub(crate) struct KeysWanted {
    tenant: TenantId,
    connection: ConnectionId,
    stream: StreamName,
    partition: PartitionKey,
    from: Start,
    limit: usize,
}

/// The first place in an order that is wanted.
enum Start {
    Key(String),
    Commit(Seq, String),
}

impl From<&KeyQuery<'_>> for KeysWanted {
    fn from(query: &KeyQuery<'_>) -> Self {
        let next = |key: &RecordKey| just_after(key.as_str());
        Self {
            tenant: query.tenant.clone(),
            connection: query.connection.clone(),
            stream: query.stream.clone(),
            partition: query.partition.clone(),
            from: match query.order {
                KeyOrder::ByKey(after) => Start::Key(after.map(next).unwrap_or_default()),
                KeyOrder::ByCommit(seq, Some(key)) => Start::Commit(seq, next(key)),
                KeyOrder::ByCommit(seq, None) => Start::Commit(Seq(seq.0.saturating_add(1)), String::new()),
            },
            limit: query.limit,
        }
    }
}

// Both parts come in order from their indexes, and are merged as far as the limit goes.
const BY_COMMIT: &str = "
    SELECT key, touched, NULL AS gone FROM records INDEXED BY records_live
    WHERE tenant = ?1 AND connection = ?2 AND stream = ?3 AND partition = ?4 AND gone IS NULL
      AND (touched, key) >= (?5, ?6)
    UNION ALL
    SELECT key, touched, gone FROM records INDEXED BY records_gone
    WHERE tenant = ?1 AND connection = ?2 AND stream = ?3 AND partition = ?4 AND gone IS NOT NULL
      AND (touched, key) >= (?5, ?6)
    ORDER BY touched, key LIMIT ?7";

pub(crate) fn list(db: &Connection, query: &KeysWanted) -> Done<Vec<RecordAt>> {
    let (tenant, connection) = (query.tenant.as_str(), query.connection.as_str());
    let (stream, partition, limit) = (query.stream.as_str(), query.partition.as_str(), rows(query.limit));
    match &query.from {
        Start::Key(key) => {
            let mut find = db.prepare_cached(
                "SELECT key, touched, gone FROM records INDEXED BY records_key
                 WHERE tenant = ?1 AND connection = ?2 AND stream = ?3 AND partition = ?4 AND key >= ?5
                   AND gone IS NULL
                 ORDER BY key LIMIT ?6",
            )?;
            read(find.query(params![tenant, connection, stream, partition, key, limit])?)
        }
        Start::Commit(seq, key) => {
            let mut find = db.prepare_cached(BY_COMMIT)?;
            read(find.query(params![tenant, connection, stream, partition, int(seq.0), key, limit])?)
        }
    }
}

fn read(mut found: rusqlite::Rows<'_>) -> Done<Vec<RecordAt>> {
    let mut records = Vec::new();
    while let Some(row) = found.next()? {
        records.push(at(row)?);
    }
    Ok(records)
}

fn at(row: &Row<'_>) -> Done<RecordAt> {
    let gone: Option<String> = row.get(2)?;
    Ok(RecordAt {
        key: RecordKey::from(row.get::<_, String>(0)?),
        touched: Seq(count(row.get(1)?)),
        gone: gone.map(|gone| from_json(&gone, "records.gone")).transpose()?,
    })
}
