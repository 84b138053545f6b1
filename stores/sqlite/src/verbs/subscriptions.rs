//! What providers were asked to tell.

use acquaint_core::ids::{ConnectionId, TenantId};
use acquaint_core::store::{LaneClaim, Subscription};
use acquaint_core::{Error, ErrorKind};
use rusqlite::{Connection, OptionalExtension, params};

use super::lanes;
use crate::fault::{Done, from_json, to_json};

pub(crate) fn put(db: &Connection, claim: &LaneClaim, subscription: &Subscription) -> Done<()> {
    lanes::held(db, claim)?;
    let Subscription { id, tenant, connection, .. } = subscription;
    if (tenant, connection) != (&claim.lane.tenant, &claim.lane.connection) {
        return Err(Error::bug("a claim of one connection was used for a subscription of another").into());
    }
    let mut put = db.prepare_cached(
        "INSERT INTO subscriptions (id, tenant, connection, subscription) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (id) DO UPDATE SET connection = excluded.connection, subscription = excluded.subscription
         WHERE subscriptions.tenant = excluded.tenant",
    )?;
    let json = to_json(subscription)?;
    if put.execute(params![id, tenant.as_str(), connection.as_str(), json])? == 0 {
        return Err(Error::new(ErrorKind::Conflict, "the id of a subscription is another tenant's already")
            .with("connection", connection)
            .advise("make a new id for each subscription")
            .into());
    }
    Ok(())
}

pub(crate) fn one(db: &Connection, id: &str) -> Done<Option<Subscription>> {
    let mut find = db.prepare_cached("SELECT subscription FROM subscriptions WHERE id = ?1")?;
    let found: Option<String> = find.query_row([id], |row| row.get(0)).optional()?;
    found.map(|json| read(&json)).transpose()
}

pub(crate) fn list(db: &Connection, tenant: &TenantId, connection: &ConnectionId) -> Done<Vec<Subscription>> {
    let mut find = db.prepare_cached(
        "SELECT subscription FROM subscriptions WHERE tenant = ?1 AND connection = ?2 ORDER BY id",
    )?;
    let mut found = find.query([tenant.as_str(), connection.as_str()])?;
    let mut subscriptions = Vec::new();
    while let Some(row) = found.next()? {
        subscriptions.push(read(row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?)?);
    }
    Ok(subscriptions)
}

pub(crate) fn remove(db: &Connection, tenant: &TenantId, id: &str) -> Done<()> {
    let mut remove = db.prepare_cached("DELETE FROM subscriptions WHERE id = ?1 AND tenant = ?2")?;
    remove.execute([id, tenant.as_str()])?;
    Ok(())
}

/// Removes all subscriptions of a connection.
pub(super) fn erase(db: &Connection, tenant: &TenantId, connection: &ConnectionId) -> Done<()> {
    let mut erase = db.prepare_cached("DELETE FROM subscriptions WHERE tenant = ?1 AND connection = ?2")?;
    erase.execute([tenant.as_str(), connection.as_str()])?;
    Ok(())
}

fn read(json: &str) -> Done<Subscription> {
    from_json(json, "subscriptions.subscription")
}
