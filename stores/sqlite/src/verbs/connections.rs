//! Connections, and who else holds a grant for an account.

use acquaint_core::ids::{ConnectionId, ConnectorId, TenantId};
use acquaint_core::store::{Connection as Link, Put, PutConnection};
use rusqlite::{Connection, OptionalExtension, params};

use super::{dirty, notices, tenants};
use crate::fault::{Done, from_json, to_json};
use crate::instant::{count, int};

pub(crate) fn put(db: &Connection, put: &PutConnection<'_>) -> Done<Put> {
    let link = put.connection;
    let place = [link.tenant.as_str(), link.id.as_str()];
    let mut find = db.prepare_cached("SELECT version FROM connections WHERE tenant = ?1 AND id = ?2")?;
    let found: Option<i64> = find.query_row(place, |row| row.get(0)).optional()?;
    if found.map_or(0, count) != link.version {
        return Ok(Put::Conflict);
    }
    if put.alone && is_shared(db, link)? {
        return Ok(Put::Taken);
    }
    tenants::know(db, &link.tenant)?;
    let last = match found {
        Some(version) => version,
        None => revive(db, link)?,
    };
    let version = count(last) + 1;
    let mut write = db.prepare_cached(
        "INSERT INTO connections (tenant, id, version, connector, account, holds_grant, connection)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (tenant, id) DO UPDATE SET version = excluded.version, connector = excluded.connector,
             account = excluded.account, holds_grant = excluded.holds_grant, connection = excluded.connection",
    )?;
    write.execute(params![
        place[0],
        place[1],
        int(version),
        link.connector.as_str(),
        link.account,
        link.holds_grant(),
        to_json(link)?
    ])?;
    if !put.dirty.is_empty() {
        dirty::mark_anew(db, &link.tenant, put.dirty)?;
    }
    notices::append(db, &link.tenant, put.notices)?;
    Ok(Put::Stored(version))
}

/// Whether a connection of another tenant holds a grant for the account.
fn is_shared(db: &Connection, link: &Link) -> Done<bool> {
    let mut find = db.prepare_cached(
        "SELECT 1 FROM connections INDEXED BY connections_account
         WHERE connector = ?1 AND account = ?2 AND holds_grant AND tenant <> ?3 LIMIT 1",
    )?;
    let found = find.exists([link.connector.as_str(), link.account.as_str(), link.tenant.as_str()])?;
    Ok(found)
}

/// The last version of a connection that was erased under this id, which has to be remembered no longer; 0 if
/// there was none.
fn revive(db: &Connection, link: &Link) -> Done<i64> {
    let mut take =
        db.prepare_cached("DELETE FROM erased_connections WHERE tenant = ?1 AND id = ?2 RETURNING version")?;
    let last = take.query_row([link.tenant.as_str(), link.id.as_str()], |row| row.get(0)).optional()?;
    Ok(last.unwrap_or(0))
}

/// Removes a connection, if it is there, and remembers its version.
pub(super) fn erase(db: &Connection, tenant: &TenantId, id: &ConnectionId) -> Done<()> {
    let place = [tenant.as_str(), id.as_str()];
    let mut remove =
        db.prepare_cached("DELETE FROM connections WHERE tenant = ?1 AND id = ?2 RETURNING version")?;
    let version: Option<i64> = remove.query_row(place, |row| row.get(0)).optional()?;
    if let Some(version) = version {
        let mut keep =
            db.prepare_cached("INSERT INTO erased_connections (tenant, id, version) VALUES (?1, ?2, ?3)")?;
        keep.execute(params![place[0], place[1], version])?;
    }
    Ok(())
}

pub(crate) fn list(db: &Connection, tenant: &TenantId) -> Done<Vec<Link>> {
    let mut find =
        db.prepare_cached("SELECT connection, version FROM connections WHERE tenant = ?1 ORDER BY id")?;
    let mut found = find.query([tenant.as_str()])?;
    let mut links = Vec::new();
    while let Some(row) = found.next()? {
        let text = row.get_ref(0)?;
        let mut link: Link =
            from_json(text.as_str().map_err(rusqlite::Error::from)?, "connections.connection")?;
        link.version = count(row.get(1)?);
        links.push(link);
    }
    Ok(links)
}

pub(crate) fn grants_for(
    db: &Connection,
    connector: &ConnectorId,
    account: &str,
) -> Done<Vec<(TenantId, ConnectionId)>> {
    let mut find = db.prepare_cached(
        "SELECT tenant, id FROM connections INDEXED BY connections_account
         WHERE connector = ?1 AND account = ?2 AND holds_grant ORDER BY tenant, id",
    )?;
    let found = find.query_map([connector.as_str(), account], |row| {
        Ok((TenantId::from(row.get::<_, String>(0)?), ConnectionId::from(row.get::<_, String>(1)?)))
    })?;
    Ok(found.collect::<Result<_, _>>()?)
}
