//! The revisions of manifests that are kept.

use acquaint_core::ids::{RevisionId, TenantId};
use acquaint_core::store::{InForce, Revision};
use rusqlite::{Connection, Row, params};

use super::tenants;
use crate::fault::{Done, from_json, to_json};
use crate::instant::{instant, micros, rows};

pub(crate) fn put(db: &Connection, tenant: &TenantId, revision: &Revision) -> Done<()> {
    tenants::know(db, tenant)?;
    let mut put = db.prepare_cached(
        "INSERT INTO revisions (tenant, id, name, kept, in_force, content) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT DO NOTHING",
    )?;
    let Revision { id, name, kept, in_force, content, .. } = revision;
    let (kept, in_force) = (micros(*kept), in_force.map(micros));
    put.execute(params![tenant.as_str(), id.as_str(), name, kept, in_force, to_json(content)?])?;
    Ok(())
}

pub(crate) fn find(db: &Connection, tenant: &TenantId, id: &RevisionId) -> Done<Option<Revision>> {
    let mut find = db.prepare_cached(
        "SELECT id, name, kept, in_force, content FROM revisions WHERE tenant = ?1 AND id = ?2",
    )?;
    let mut found = find.query([tenant.as_str(), id.as_str()])?;
    found.next()?.map(read).transpose()
}

pub(crate) fn list(db: &Connection, tenant: &TenantId, limit: usize) -> Done<Vec<Revision>> {
    let mut find = db.prepare_cached(
        "SELECT id, name, kept, in_force, content FROM revisions WHERE tenant = ?1
         ORDER BY in_force DESC NULLS LAST, kept DESC, id LIMIT ?2",
    )?;
    let mut found = find.query(params![tenant.as_str(), rows(limit)])?;
    let mut revisions = Vec::new();
    while let Some(row) = found.next()? {
        revisions.push(read(row)?);
    }
    Ok(revisions)
}

/// Notes when a revision that is kept was put in force.
pub(super) fn note_in_force(db: &Connection, tenant: &TenantId, in_force: &InForce) -> Done<()> {
    let mut note = db.prepare_cached("UPDATE revisions SET in_force = ?3 WHERE tenant = ?1 AND id = ?2")?;
    note.execute(params![tenant.as_str(), in_force.revision.as_str(), micros(in_force.since)])?;
    Ok(())
}

fn read(row: &Row<'_>) -> Done<Revision> {
    let (id, content): (String, String) = (row.get(0)?, row.get(4)?);
    let content = from_json(&content, "revisions.content")?;
    let mut revision = Revision::new(id.into(), row.get::<_, String>(1)?, content, instant(row.get(2)?));
    revision.in_force = row.get::<_, Option<i64>>(3)?.map(instant);
    Ok(revision)
}
