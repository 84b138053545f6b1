//! Tenants, and their seqs.

use acquaint_core::ids::{Seq, TenantId};
use acquaint_core::store::{TenantState, TenantUpdate};
use acquaint_core::{Error, ErrorKind};
use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, params};

use super::{dirty, join, just_after, outbox, revisions};
use crate::fault::{Done, from_json, to_json};
use crate::instant::{count, instant, micros, rows};

pub(crate) fn state(db: &Connection, tenant: &TenantId) -> Done<Option<TenantState>> {
    let mut find =
        db.prepare_cached("SELECT seq, in_force, slots, shedding, synced FROM tenants WHERE tenant = ?1")?;
    let found = find
        .query_row([tenant.as_str()], |row| {
            let (in_force, shedding): (Option<String>, Option<String>) = (row.get(1)?, row.get(3)?);
            let synced: Option<i64> = row.get(4)?;
            Ok((row.get(0)?, in_force, row.get::<_, String>(2)?, shedding, synced))
        })
        .optional()?;
    let Some((seq, in_force, slots, shedding, synced)) = found else { return Ok(None) };
    let mut state = TenantState::default();
    state.seq = Seq(count(seq));
    state.in_force = in_force.map(|text| from_json(&text, "tenants.in_force")).transpose()?;
    state.slots = from_json(&slots, "tenants.slots")?;
    state.shedding = shedding.map(|text| from_json(&text, "tenants.shedding")).transpose()?;
    state.synced = synced.map(instant);
    Ok(Some(state))
}

pub(crate) fn update(db: &Connection, tenant: &TenantId, update: &TenantUpdate) -> Done<TenantState> {
    let before = state(db, tenant)?.unwrap_or_default();
    if update.expected.as_ref().is_some_and(|expected| !expected.is_of(&before)) {
        let error = Error::new(ErrorKind::Conflict, "the tenant has moved on meanwhile");
        return Err(error.with("tenant", tenant).into());
    }
    let mut state = before.clone();
    if let Some(in_force) = &update.in_force {
        revisions::note_in_force(db, tenant, in_force)?;
        outbox::keep(db, tenant, &in_force.destinations)?;
        state.in_force = Some(in_force.clone());
    }
    for (slot, value) in &update.slots {
        if value.is_null() {
            state.slots.remove(slot);
        } else {
            state.slots.insert(slot.clone(), value.clone());
        }
    }
    let mut put = db.prepare_cached(
        "INSERT INTO tenants (tenant, in_force, slots, synced) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (tenant) DO UPDATE
         SET in_force = excluded.in_force, slots = excluded.slots, synced = excluded.synced",
    )?;
    state.synced = state.synced.or(update.synced);
    let in_force = state.in_force.as_ref().map(to_json).transpose()?;
    put.execute(params![tenant.as_str(), in_force, to_json(&state.slots)?, state.synced.map(micros)])?;
    if (before.revision(), &before.slots) != (state.revision(), &state.slots) {
        join::fence_off(db, tenant)?;
    }
    if !update.dirty.is_empty() {
        state.seq = dirty::mark_anew(db, tenant, &update.dirty)?;
    }
    Ok(state)
}

pub(crate) fn list(db: &Connection, after: Option<&TenantId>, limit: usize) -> Done<Vec<TenantId>> {
    let mut find =
        db.prepare_cached("SELECT tenant FROM tenants WHERE tenant >= ?1 ORDER BY tenant LIMIT ?2")?;
    let from = after.map(|tenant| just_after(tenant.as_str())).unwrap_or_default();
    let found = find.query_map(params![from, rows(limit)], |row| row.get::<_, String>(0))?;
    Ok(found.map(|tenant| tenant.map(TenantId::from)).collect::<Result<_, _>>()?)
}

/// Tenants with dirty keys, or with decisions that have run out.
pub(crate) fn undecided(
    db: &Connection,
    after: Option<&TenantId>,
    limit: usize,
    now: DateTime<Utc>,
) -> Done<Vec<TenantId>> {
    let mut find = db.prepare_cached(
        "SELECT tenant FROM tenants t
         WHERE tenant >= ?1
             AND (EXISTS (SELECT 1 FROM dirty d WHERE d.tenant = t.tenant)
                 OR EXISTS (SELECT 1 FROM meetings m WHERE m.tenant = t.tenant AND m.valid_until <= ?3)
                 OR EXISTS (SELECT 1 FROM gathered g WHERE g.tenant = t.tenant AND g.noted > 0)
                 OR EXISTS (SELECT 1 FROM gathered g WHERE g.tenant = t.tenant AND g.valid_until <= ?3))
         ORDER BY tenant LIMIT ?2",
    )?;
    let from = after.map(|tenant| just_after(tenant.as_str())).unwrap_or_default();
    let found = find.query_map(params![from, rows(limit), micros(now)], |row| row.get::<_, String>(0))?;
    Ok(found.map(|tenant| tenant.map(TenantId::from)).collect::<Result<_, _>>()?)
}

/// Makes the tenant if it is not known yet.
pub(super) fn know(db: &Connection, tenant: &TenantId) -> Done<()> {
    let mut put = db.prepare_cached("INSERT INTO tenants (tenant) VALUES (?1) ON CONFLICT DO NOTHING")?;
    put.execute([tenant.as_str()])?;
    Ok(())
}

/// The tenant's newest seq.
pub(super) fn seq(db: &Connection, tenant: &TenantId) -> Done<Seq> {
    let mut find = db.prepare_cached("SELECT seq FROM tenants WHERE tenant = ?1")?;
    let found: Option<i64> = find.query_row([tenant.as_str()], |row| row.get(0)).optional()?;
    Ok(Seq(found.map_or(0, count)))
}

/// Takes the tenant's next seq.
pub(super) fn take_seq(db: &Connection, tenant: &TenantId) -> Done<Seq> {
    let mut raise = db.prepare_cached(
        "INSERT INTO tenants (tenant, seq) VALUES (?1, 1)
         ON CONFLICT (tenant) DO UPDATE SET seq = seq + 1 RETURNING seq",
    )?;
    Ok(Seq(count(raise.query_row([tenant.as_str()], |row| row.get(0))?)))
}
