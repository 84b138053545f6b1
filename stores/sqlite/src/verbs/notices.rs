//! What the product is told.

use acquaint_core::ids::TenantId;
use acquaint_core::notice::{Notice, NoticeEntry};
use rusqlite::{Connection, params};

use crate::fault::{Done, from_json, to_json};
use crate::instant::{count, int, rows};

/// Appends notices of a tenant that is known.
pub(super) fn append(db: &Connection, tenant: &TenantId, notices: &[Notice]) -> Done<()> {
    let mut next =
        db.prepare_cached("UPDATE tenants SET notice = notice + 1 WHERE tenant = ?1 RETURNING notice")?;
    let mut put = db.prepare_cached("INSERT INTO notices (tenant, position, notice) VALUES (?1, ?2, ?3)")?;
    for notice in notices {
        let position: i64 = next.query_row([tenant.as_str()], |row| row.get(0))?;
        put.execute(params![tenant.as_str(), position, to_json(notice)?])?;
    }
    Ok(())
}

pub(crate) fn list(db: &Connection, tenant: &TenantId, after: u64, limit: usize) -> Done<Vec<NoticeEntry>> {
    let mut find = db.prepare_cached(
        "SELECT position, notice FROM notices WHERE tenant = ?1 AND position > ?2 ORDER BY position LIMIT ?3",
    )?;
    let mut found = find.query(params![tenant.as_str(), int(after), rows(limit)])?;
    let mut notices = Vec::new();
    while let Some(row) = found.next()? {
        let text = row.get_ref(1)?;
        let notice = from_json(text.as_str().map_err(rusqlite::Error::from)?, "notices.notice")?;
        notices.push(NoticeEntry { position: count(row.get(0)?), notice });
    }
    Ok(notices)
}
