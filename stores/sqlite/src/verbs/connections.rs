//! Connections, and authorisations under way.

use acquaint_core::depkey::DependencyKey;
use acquaint_core::ids::TenantId;
use acquaint_core::store::{Connection as Link, Ticket};
use acquaint_core::token::Sealed;
use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, params};

use super::{dirty, tenants};
use crate::fault::{Done, from_json, to_json};
use crate::instant::{instant, micros};

pub(crate) fn put(db: &Connection, link: &Link, keys: &[DependencyKey]) -> Done<()> {
    tenants::know(db, &link.tenant)?;
    let mut put = db.prepare_cached(
        "INSERT INTO connections (tenant, id, connection) VALUES (?1, ?2, ?3)
         ON CONFLICT (tenant, id) DO UPDATE SET connection = excluded.connection",
    )?;
    put.execute(params![link.tenant.as_str(), link.id.as_str(), to_json(link)?])?;
    if !keys.is_empty() {
        dirty::mark_anew(db, &link.tenant, keys)?;
    }
    Ok(())
}

pub(crate) fn list(db: &Connection, tenant: &TenantId) -> Done<Vec<Link>> {
    let mut find = db.prepare_cached("SELECT connection FROM connections WHERE tenant = ?1 ORDER BY id")?;
    let mut found = find.query([tenant.as_str()])?;
    let mut links = Vec::new();
    while let Some(row) = found.next()? {
        links.push(from_json(
            row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?,
            "connections.connection",
        )?);
    }
    Ok(links)
}

pub(crate) fn put_ticket(db: &Connection, ticket: &Ticket) -> Done<()> {
    let mut put = db.prepare_cached(
        "INSERT OR REPLACE INTO tickets (id, tenant, expires, sealed) VALUES (?1, ?2, ?3, ?4)",
    )?;
    let sealed = ticket.sealed.as_bytes();
    put.execute(params![ticket.id, ticket.tenant.as_str(), micros(ticket.expires), sealed])?;
    Ok(())
}

pub(crate) fn take_ticket(db: &Connection, id: &str, now: DateTime<Utc>) -> Done<Option<Ticket>> {
    // Those that nobody came back with go here too.
    let mut clear = db.prepare_cached("DELETE FROM tickets WHERE expires <= ?1")?;
    clear.execute([micros(now)])?;
    let mut take =
        db.prepare_cached("DELETE FROM tickets WHERE id = ?1 RETURNING tenant, expires, sealed")?;
    let taken = take
        .query_row([id], |row| {
            Ok(Ticket {
                id: id.to_owned(),
                tenant: TenantId::from(row.get::<_, String>(0)?),
                expires: instant(row.get(1)?),
                sealed: Sealed::from_bytes(row.get::<_, Vec<u8>>(2)?),
            })
        })
        .optional()?;
    Ok(taken)
}
