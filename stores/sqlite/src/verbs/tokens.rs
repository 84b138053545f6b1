//! Sealed credentials.

use acquaint_core::Error;
use acquaint_core::ids::{GrantId, TenantId};
use acquaint_core::token::{Expected, GrantKey, Saved, Scope, Sealed, Versioned};
use rusqlite::{Connection, OptionalExtension, params};

use super::next;
use crate::fault::Done;
use crate::instant::{count, int, rows};

pub(crate) fn load(db: &Connection, key: &GrantKey) -> Done<Option<Versioned<Sealed>>> {
    let mut find = db.prepare_cached("SELECT version, sealed FROM tokens WHERE tenant = ?1 AND id = ?2")?;
    let found = find
        .query_row([key.tenant.as_str(), key.grant.as_str()], |row| {
            let value = Sealed::from_bytes(row.get::<_, Vec<u8>>(1)?);
            Ok(Versioned { value, version: count(row.get(0)?) })
        })
        .optional()?;
    Ok(found)
}

pub(crate) fn save(db: &Connection, key: &GrantKey, value: &Sealed, expected: Expected) -> Done<Saved> {
    let place = (key.tenant.as_str(), key.grant.as_str());
    let mut find = db.prepare_cached("SELECT version FROM tokens WHERE tenant = ?1 AND id = ?2")?;
    let found: Option<i64> = find.query_row(place, |row| row.get(0)).optional()?;
    let expected = match expected {
        Expected::Absent => None,
        Expected::Version(version) => Some(int(version)),
    };
    if found != expected {
        return Ok(Saved::Conflict);
    }
    let version = next(db, "token")?;
    let mut put = db.prepare_cached(
        "INSERT INTO tokens (tenant, id, version, sealed) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (tenant, id) DO UPDATE SET version = excluded.version, sealed = excluded.sealed",
    )?;
    put.execute(params![place.0, place.1, version, value.as_bytes()])?;
    Ok(Saved::Stored(count(version)))
}

pub(crate) fn delete(db: &Connection, key: &GrantKey) -> Done<bool> {
    let mut delete = db.prepare_cached("DELETE FROM tokens WHERE tenant = ?1 AND id = ?2")?;
    Ok(delete.execute([key.tenant.as_str(), key.grant.as_str()])? > 0)
}

pub(crate) fn list(
    db: &Connection,
    scope: &Scope,
    after: Option<&GrantKey>,
    limit: usize,
) -> Done<Vec<GrantKey>> {
    let only = match scope {
        Scope::All => None,
        Scope::Tenant(tenant) => Some(tenant.as_str()),
        _ => return Err(Error::unsupported().into()),
    };
    let mut find = db.prepare_cached(
        "SELECT tenant, id FROM tokens
         WHERE (?1 IS NULL OR tenant = ?1) AND (?2 IS NULL OR (tenant, id) > (?2, ?3))
         ORDER BY tenant, id LIMIT ?4",
    )?;
    let (tenant, grant) = after.map(|key| (key.tenant.as_str(), key.grant.as_str())).unzip();
    let found = find.query_map(params![only, tenant, grant, rows(limit)], |row| {
        Ok(GrantKey {
            tenant: TenantId::from(row.get::<_, String>(0)?),
            grant: GrantId::from(row.get::<_, String>(1)?),
        })
    })?;
    Ok(found.collect::<Result<_, _>>()?)
}
