//! Sealed credentials.

use acquaint_core::Error;
use acquaint_core::ids::{GrantId, TenantId};
use acquaint_core::token::{Expected, GrantKey, Saved, Scope, Sealed, Versioned};
use rusqlite::{Connection, OptionalExtension, params};

use super::{just_after, next};
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
    // The first place that comes into question.
    let mut from = after.map_or_else(Default::default, |key| {
        (key.tenant.as_str().to_owned(), just_after(key.grant.as_str()))
    });
    let to = match scope {
        Scope::All => None,
        Scope::Tenant(tenant) => {
            if from.0.as_str() < tenant.as_str() {
                from = (tenant.as_str().to_owned(), String::new());
            }
            Some(tenant.as_str())
        }
        _ => return Err(Error::unsupported().into()),
    };
    let mut find = db.prepare_cached(
        "SELECT tenant, id FROM tokens WHERE (tenant, id) >= (?1, ?2) AND (?3 IS NULL OR tenant <= ?3)
         ORDER BY tenant, id LIMIT ?4",
    )?;
    let found = find.query_map(params![from.0, from.1, to, rows(limit)], |row| {
        Ok(GrantKey {
            tenant: TenantId::from(row.get::<_, String>(0)?),
            grant: GrantId::from(row.get::<_, String>(1)?),
        })
    })?;
    Ok(found.collect::<Result<_, _>>()?)
}
