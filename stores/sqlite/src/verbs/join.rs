//! The join's claim, and the commit of decided meetings.

use std::collections::BTreeSet;

use acquaint_core::Error;
use acquaint_core::ids::{MeetingId, RecordRef, TenantId, WorkerId};
use acquaint_core::store::{ChangeKind, JoinClaim, Mark, MeetingRow, MeetingWrite, Offer, Told};
use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, params};

use super::{gather, outbox, tenants};
use crate::fault::{Done, from_json, to_json};
use crate::instant::{count, int, micros};

/// Decided meetings that own what they hold, to be sent to the writing thread.
pub(crate) struct MeetingWork {
    pub(crate) claim: JoinClaim,
    pub(crate) marks: Vec<Mark>,
    pub(crate) writes: Vec<MeetingWrite>,
    pub(crate) removed: Vec<MeetingRow>,
    pub(crate) now: DateTime<Utc>,
    pub(crate) lease_until: DateTime<Utc>,
}

pub(crate) fn claim(
    db: &Connection,
    tenant: &TenantId,
    worker: &WorkerId,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Done<Option<JoinClaim>> {
    let mut take = db.prepare_cached(
        "INSERT INTO joins (tenant, fence, holder, lease_until) VALUES (?1, 1, ?2, ?4)
         ON CONFLICT (tenant) DO UPDATE
         SET fence = fence + 1, holder = excluded.holder, lease_until = excluded.lease_until
         WHERE lease_until IS NULL OR lease_until <= ?3
         RETURNING fence",
    )?;
    let place = params![tenant.as_str(), worker.as_str(), micros(now), micros(until)];
    let fence: Option<i64> = take.query_row(place, |row| row.get(0)).optional()?;
    Ok(fence.map(|fence| JoinClaim { tenant: tenant.clone(), fence: count(fence) }))
}

/// Checks that a claim is still the newest on its join. Gives the newest feed position.
pub(super) fn held(db: &Connection, claim: &JoinClaim) -> Done<i64> {
    let mut find = db.prepare_cached("SELECT position FROM joins WHERE tenant = ?1 AND fence = ?2")?;
    let place = params![claim.tenant.as_str(), int(claim.fence)];
    let position = find.query_row(place, |row| row.get(0)).optional()?;
    Ok(position.ok_or_else(|| Error::fenced().with("tenant", &claim.tenant))?)
}

pub(crate) fn release(db: &Connection, claim: &JoinClaim) -> Done<()> {
    held(db, claim)?;
    let mut free =
        db.prepare_cached("UPDATE joins SET holder = NULL, lease_until = NULL WHERE tenant = ?1")?;
    free.execute([claim.tenant.as_str()])?;
    Ok(())
}

/// Takes the join from whoever holds it.
pub(super) fn fence_off(db: &Connection, tenant: &TenantId) -> Done<()> {
    let mut fence = db.prepare_cached(
        "UPDATE joins SET fence = fence + 1, holder = NULL, lease_until = NULL WHERE tenant = ?1",
    )?;
    fence.execute([tenant.as_str()])?;
    Ok(())
}

pub(crate) fn commit(db: &Connection, work: &MeetingWork) -> Done<()> {
    let tenant = &work.claim.tenant;
    let mut position = held(db, &work.claim)?;
    clear(db, tenant, &work.marks)?;
    let state = tenants::state(db, tenant)?.unwrap_or_default();
    let destinations = state.in_force.map(|known| known.destinations).unwrap_or_default();
    let first = state.synced.is_none();
    for write in &work.writes {
        put(db, tenant, write)?;
        let backfill = write.backfill || first;
        let told = announce(db, tenant, &write.row, &write.told(), (&mut position, backfill), work.now)?;
        let stands = write.row.standing();
        let last = count(position);
        let stands = stands.iter().map(|told| Offer::telling(last, &write.row, told, true, work.now));
        outbox::fill(db, tenant, &destinations, &told, &stands.collect::<Vec<_>>())?;
    }
    for row in &work.removed {
        if remove(db, tenant, &row.meeting.id)? {
            let told = announce(db, tenant, row, &row.withdrawn(), (&mut position, first), work.now)?;
            outbox::fill(db, tenant, &destinations, &told, &[])?;
        }
    }
    let mut prolong =
        db.prepare_cached("UPDATE joins SET lease_until = ?2, position = ?3 WHERE tenant = ?1")?;
    prolong.execute(params![tenant.as_str(), micros(work.lease_until), position])?;
    Ok(())
}

/// Puts what is told into the feed, behind `position`, and gives what is to be delivered of it.
fn announce(
    db: &Connection,
    tenant: &TenantId,
    row: &MeetingRow,
    told: &[Told<'_>],
    (position, backfill): (&mut i64, bool),
    now: DateTime<Utc>,
) -> Done<Vec<Offer>> {
    let mut put = db.prepare_cached(
        "INSERT INTO feed (tenant, position, meeting, section, item, revision, change, at, content)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?;
    let mut offers = Vec::new();
    for told in told {
        *position += 1;
        let Told { section, key, revision, change, content } = told;
        let (tenant, id, change) = (tenant.as_str(), row.meeting.id.as_str(), word(*change));
        let (revision, at, content) = (int(*revision), micros(now), to_json(content)?);
        put.execute(params![tenant, *position, id, section, key, revision, change, at, content])?;
        offers.push(Offer::telling(count(*position), row, told, backfill, now));
    }
    Ok(offers)
}

/// Clears or advances the marks that have not moved since the batch was taken.
fn clear(db: &Connection, tenant: &TenantId, marks: &[Mark]) -> Done<()> {
    let mut done = db.prepare_cached("DELETE FROM dirty WHERE tenant = ?1 AND key = ?2 AND seq = ?3")?;
    let mut advance =
        db.prepare_cached("UPDATE dirty SET reached = ?4 WHERE tenant = ?1 AND key = ?2 AND seq = ?3")?;
    for Mark { key, seq, reached } in marks {
        match reached {
            None => done.execute(params![tenant.as_str(), key.as_str(), int(seq.0)])?,
            Some(reached) => advance.execute(params![tenant.as_str(), key.as_str(), int(seq.0), reached])?,
        };
    }
    Ok(())
}

/// Writes a meeting with what leads to it. What its last decision read is rewritten only where it differs.
fn put(db: &Connection, tenant: &TenantId, write: &MeetingWrite) -> Done<()> {
    let MeetingWrite { row, reads, .. } = write;
    let meeting = &row.meeting;
    let reads: BTreeSet<&str> = reads.iter().map(acquaint_core::depkey::DependencyKey::as_str).collect();
    let old = find(db, tenant, &meeting.id)?;
    let mut put = db.prepare_cached(
        "INSERT INTO meetings
             (tenant, id, identity, starts, ends, kept, valid_until, revision, reads, announced, meeting,
              announced_items)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
         ON CONFLICT (tenant, id) DO UPDATE
         SET identity = excluded.identity, starts = excluded.starts, ends = excluded.ends,
             kept = excluded.kept, valid_until = excluded.valid_until, revision = excluded.revision,
             reads = excluded.reads, announced = excluded.announced, meeting = excluded.meeting,
             announced_items = excluded.announced_items
         RETURNING number",
    )?;
    let values = params![
        tenant.as_str(),
        meeting.id.as_str(),
        meeting.identity,
        micros(meeting.start.instant()),
        micros(meeting.end.instant()),
        meeting.decision.kept,
        meeting.decision.valid_until.map(micros),
        int(row.revision),
        to_json(&reads)?,
        row.announced.as_ref().map(to_json).transpose()?,
        to_json(meeting)?,
        Some(&row.announced_items).filter(|items| !items.is_empty()).map(to_json).transpose()?
    ];
    let number: i64 = put.query_row(values, |row| row.get(0))?;
    let old = old.map(|(_, reads)| reads).unwrap_or_default();
    let old: BTreeSet<&str> = old.iter().map(String::as_str).collect();
    unread(db, tenant, number, old.difference(&reads).copied())?;
    let mut read = db.prepare_cached("INSERT INTO reads (tenant, key, meeting) VALUES (?1, ?2, ?3)")?;
    for key in reads.difference(&old) {
        read.execute(params![tenant.as_str(), key, number])?;
    }
    if let Some(contribution) = &write.gathered {
        gather::contribute(db, tenant, (number, meeting), contribution)?;
    }
    put_copies(db, tenant, number, &meeting.copies)
}

fn put_copies(db: &Connection, tenant: &TenantId, number: i64, copies: &[RecordRef]) -> Done<()> {
    let mut clear = db.prepare_cached("DELETE FROM copies WHERE tenant = ?1 AND meeting = ?2")?;
    clear.execute(params![tenant.as_str(), number])?;
    let mut put = db.prepare_cached(
        "INSERT OR IGNORE INTO copies (tenant, connection, stream, partition, key, meeting)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    for RecordRef { connection, stream, partition, key } in copies {
        let (connection, stream) = (connection.as_str(), stream.as_str());
        put.execute(params![tenant.as_str(), connection, stream, partition.as_str(), key.as_str(), number])?;
    }
    Ok(())
}

/// Takes a meeting out with all that leads to it; false if there was none.
fn remove(db: &Connection, tenant: &TenantId, id: &MeetingId) -> Done<bool> {
    let Some((number, reads)) = find(db, tenant, id)? else { return Ok(false) };
    unread(db, tenant, number, reads.iter().map(String::as_str))?;
    put_copies(db, tenant, number, &[])?;
    gather::leave(db, tenant, number)?;
    let mut delete = db.prepare_cached("DELETE FROM meetings WHERE tenant = ?1 AND number = ?2")?;
    delete.execute(params![tenant.as_str(), number])?;
    Ok(true)
}

/// A stored meeting's number, and what its decision read.
fn find(db: &Connection, tenant: &TenantId, id: &MeetingId) -> Done<Option<(i64, Vec<String>)>> {
    let mut find = db.prepare_cached("SELECT number, reads FROM meetings WHERE tenant = ?1 AND id = ?2")?;
    let found: Option<(i64, String)> =
        find.query_row([tenant.as_str(), id.as_str()], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    found.map(|(number, reads)| Ok((number, from_json(&reads, "meetings.reads")?))).transpose()
}

fn unread<'k>(
    db: &Connection,
    tenant: &TenantId,
    number: i64,
    keys: impl Iterator<Item = &'k str>,
) -> Done<()> {
    let mut remove =
        db.prepare_cached("DELETE FROM reads WHERE tenant = ?1 AND key = ?2 AND meeting = ?3")?;
    for key in keys {
        remove.execute(params![tenant.as_str(), key, number])?;
    }
    Ok(())
}

pub(super) fn word(change: ChangeKind) -> &'static str {
    match change {
        ChangeKind::Added => "added",
        ChangeKind::Changed => "changed",
        ChangeKind::Removed => "removed",
    }
}
