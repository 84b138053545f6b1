//! The end of a connection: its work stops, and what it mirrored may go.

use std::collections::BTreeSet;

use acquaint_core::ids::{ConnectionId, TenantId};
use acquaint_core::store::Retired;
use rusqlite::{Connection, params};

use super::{connections, dirty, key_hints, subscriptions, tenants, write};
use crate::fault::Done;
use crate::instant::rows;

pub(crate) fn retire(
    db: &Connection,
    tenant: &TenantId,
    connection: &ConnectionId,
    erase: bool,
    limit: usize,
) -> Done<Retired> {
    let place = [tenant.as_str(), connection.as_str()];
    let mut lanes = db.prepare_cached("DELETE FROM lanes WHERE tenant = ?1 AND connection = ?2")?;
    lanes.execute(place)?;
    key_hints::erase(db, tenant, connection)?;
    let mut partitions = db.prepare_cached("DELETE FROM partitions WHERE tenant = ?1 AND connection = ?2")?;
    partitions.execute(place)?;
    if !erase {
        return Ok(Retired::default());
    }

    let mut find = db.prepare_cached(
        "SELECT id FROM records INDEXED BY records_key WHERE tenant = ?1 AND connection = ?2 LIMIT ?3",
    )?;
    let found =
        find.query_map(params![place[0], place[1], rows(limit.saturating_add(1))], |row| row.get(0))?;
    let mut records: Vec<i64> = found.collect::<Result<_, _>>()?;
    let more = records.len() > limit;
    records.truncate(limit);
    if !records.is_empty() {
        let seq = tenants::take_seq(db, tenant)?;
        let mut keys = BTreeSet::new();
        for record in &records {
            keys.extend(write::remove(db, tenant, *record)?);
        }
        dirty::mark(db, tenant, &keys, seq)?;
    }
    if !more {
        connections::erase(db, tenant, connection)?;
        subscriptions::erase(db, tenant, connection)?;
    }
    Ok(Retired { records: u64::try_from(records.len()).unwrap_or(u64::MAX), more })
}
