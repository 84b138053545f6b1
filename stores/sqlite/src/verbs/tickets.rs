//! Authorisations under way.

use acquaint_core::ids::TenantId;
use acquaint_core::store::{TakenTicket, Ticket};
use acquaint_core::token::Sealed;
use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, params};

use crate::fault::Done;
use crate::instant::{instant, micros};

pub(crate) fn put(db: &Connection, ticket: &Ticket) -> Done<()> {
    let mut put = db.prepare_cached(
        "INSERT OR REPLACE INTO tickets (id, tenant, expires, sealed) VALUES (?1, ?2, ?3, ?4)",
    )?;
    let sealed = ticket.sealed.as_bytes();
    put.execute(params![ticket.id, ticket.tenant.as_str(), micros(ticket.expires), sealed])?;
    Ok(())
}

pub(crate) fn take(db: &Connection, id: &str, now: DateTime<Utc>) -> Done<TakenTicket> {
    // Those that nobody came back with go here too.
    let mut clear = db.prepare_cached("DELETE FROM tickets WHERE expires <= ?1")?;
    clear.execute([micros(now)])?;
    let mut find = db.prepare_cached("SELECT used, tenant, expires, sealed FROM tickets WHERE id = ?1")?;
    let found = find
        .query_row([id], |row| {
            if row.get(0)? {
                return Ok(TakenTicket::Used);
            }
            Ok(TakenTicket::Taken(Ticket {
                id: id.to_owned(),
                tenant: TenantId::from(row.get::<_, String>(1)?),
                expires: instant(row.get(2)?),
                sealed: Sealed::from_bytes(row.get::<_, Vec<u8>>(3)?),
            }))
        })
        .optional()?;
    if let Some(TakenTicket::Taken(_)) = found {
        let mut mark = db.prepare_cached("UPDATE tickets SET used = 1, sealed = x'' WHERE id = ?1")?;
        mark.execute([id])?;
    }
    Ok(found.unwrap_or(TakenTicket::Unknown))
}
