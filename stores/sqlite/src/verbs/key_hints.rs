//! Records that a provider has told of, by the lane that reads them.

use acquaint_core::connector::KeyHint;
use acquaint_core::ids::{ConnectionId, LaneName, RecordKey, TenantId};
use acquaint_core::store::{LaneClaim, LaneId};
use rusqlite::{Connection, OptionalExtension, params};

use super::lanes;
use crate::fault::{Done, from_json, to_json};
use crate::instant::{int, rows};

pub(crate) fn put(
    db: &Connection,
    lane: &LaneId,
    keys: &[KeyHint],
    most: usize,
    instead: &[LaneName],
) -> Done<()> {
    if keys.is_empty() {
        return Ok(());
    }
    let place = place(lane);
    let mut find = db.prepare_cached(
        "SELECT hint_seq + 1 FROM lanes
         WHERE tenant = ?1 AND connection = ?2 AND stream = ?3 AND partition = ?4 AND lane = ?5",
    )?;
    let Some(hint) = find.query_row(place, |row| row.get::<_, i64>(0)).optional()? else { return Ok(()) };
    let mut put = db.prepare_cached(
        "INSERT INTO key_hints (tenant, connection, stream, partition, lane, key, hint, gone)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
         ON CONFLICT DO UPDATE SET hint = excluded.hint, gone = coalesce(excluded.gone, gone)",
    )?;
    let [tenant, connection, stream, partition, name] = place;
    for KeyHint { key, gone, .. } in keys {
        let gone = gone.as_ref().map(to_json).transpose()?;
        put.execute(params![tenant, connection, stream, partition, name, key.as_str(), hint, gone])?;
    }
    let mut count = db.prepare_cached(
        "SELECT count(*) FILTER (WHERE gone IS NULL), count(gone) FROM key_hints
         WHERE tenant = ?1 AND connection = ?2 AND stream = ?3 AND partition = ?4 AND lane = ?5",
    )?;
    let counts = count.query_row(place, |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)))?;
    let (without_reason, with_reason) = counts;
    let overflows = without_reason > rows(most);
    if !overflows || with_reason > 0 {
        lanes::want(db, std::slice::from_ref(lane), false)?;
    }
    if !overflows {
        return Ok(());
    }
    let mut forget = db.prepare_cached(
        "DELETE FROM key_hints
         WHERE tenant = ?1 AND connection = ?2 AND stream = ?3 AND partition = ?4 AND lane = ?5 AND gone IS NULL",
    )?;
    forget.execute(place)?;
    let instead = instead.iter().map(|name| LaneId { lane: name.clone(), ..lane.clone() });
    lanes::want(db, &instead.collect::<Vec<_>>(), false)
}

pub(crate) fn list(db: &Connection, claim: &LaneClaim, limit: usize) -> Done<Vec<KeyHint>> {
    lanes::held(db, claim)?;
    let mut find = db.prepare_cached(
        "SELECT key, gone FROM key_hints
         WHERE tenant = ?1 AND connection = ?2 AND stream = ?3 AND partition = ?4 AND lane = ?5 AND hint <= ?6
         ORDER BY key LIMIT ?7",
    )?;
    let [tenant, connection, stream, partition, lane] = place(&claim.lane);
    let seen = int(claim.hint_seq);
    let mut found = find.query(params![tenant, connection, stream, partition, lane, seen, rows(limit)])?;
    let mut hints = Vec::new();
    while let Some(row) = found.next()? {
        let mut hint = KeyHint::new(row.get::<_, String>(0)?);
        let gone: Option<String> = row.get(1)?;
        hint.gone = gone.map(|gone| from_json(&gone, "key_hints.gone")).transpose()?;
        hints.push(hint);
    }
    Ok(hints)
}

/// Forgets what a page has dealt with, but for what was told anew since the claim. The claim was checked.
pub(super) fn settle(db: &Connection, claim: &LaneClaim, settled: &[RecordKey]) -> Done<()> {
    if settled.is_empty() {
        return Ok(());
    }
    let mut forget = db.prepare_cached(
        "DELETE FROM key_hints
         WHERE tenant = ?1 AND connection = ?2 AND stream = ?3 AND partition = ?4 AND lane = ?5 AND key = ?6
           AND hint <= ?7",
    )?;
    let [tenant, connection, stream, partition, lane] = place(&claim.lane);
    for key in settled {
        let key = key.as_str();
        forget.execute(params![tenant, connection, stream, partition, lane, key, int(claim.hint_seq)])?;
    }
    Ok(())
}

/// Forgets what the lanes of a connection were told.
pub(super) fn erase(db: &Connection, tenant: &TenantId, connection: &ConnectionId) -> Done<()> {
    let mut erase = db.prepare_cached("DELETE FROM key_hints WHERE tenant = ?1 AND connection = ?2")?;
    erase.execute([tenant.as_str(), connection.as_str()])?;
    Ok(())
}

fn place(lane: &LaneId) -> [&str; 5] {
    let LaneId { tenant, connection, stream, partition, lane } = lane;
    [tenant.as_str(), connection.as_str(), stream.as_str(), partition.as_str(), lane.as_str()]
}
