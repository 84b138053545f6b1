//! Items that gather meetings: what gathers which, and what is to be looked at.

use std::collections::BTreeSet;

use acquaint_core::ids::TenantId;
use acquaint_core::meeting::Meeting;
use acquaint_core::store::{
    Contribution, GatherQuery, GatheredQuery, GatheredRow, GatheredWrite, Gathering, ItemKey, JoinClaim,
    Offer, Told,
};
use chrono::{DateTime, Utc};
use rusqlite::{Connection, Params, Row, params};

use super::{join, outbox, tenants};
use crate::fault::{Done, from_json, to_json};
use crate::instant::{count, instant, int, micros, rows};

/// Items that own what they hold, to be sent to the writing thread.
pub(crate) struct GatheredWork {
    pub(crate) claim: JoinClaim,
    pub(crate) writes: Vec<GatheredWrite>,
    pub(crate) now: DateTime<Utc>,
    pub(crate) lease_until: DateTime<Utc>,
}

/// Takes over what gathers a stored meeting from now on.
pub(super) fn contribute(
    db: &Connection,
    tenant: &TenantId,
    (number, meeting): (i64, &Meeting),
    contribution: &Contribution,
) -> Done<()> {
    let now: BTreeSet<&ItemKey> = contribution.items.iter().collect();
    let starts = micros(meeting.start.instant());
    let before = of(db, tenant, number)?;
    let stays = |(item, at): &(ItemKey, i64)| *at == starts && now.contains(item);
    let mut remove = db.prepare_cached(
        "DELETE FROM gathers WHERE tenant = ?1 AND section = ?2 AND key = ?3 AND starts = ?4 AND id = ?5",
    )?;
    for (ItemKey { section, key }, starts) in before.iter().filter(|known| !stays(known)) {
        remove.execute(params![tenant.as_str(), section, key, starts, meeting.id.as_str()])?;
    }
    let mut put = db.prepare_cached(
        "INSERT OR IGNORE INTO gathers (tenant, section, key, starts, id, meeting)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    for ItemKey { section, key } in &now {
        put.execute(params![tenant.as_str(), section, key, starts, meeting.id.as_str(), number])?;
    }
    let before: BTreeSet<&ItemKey> = before.iter().map(|(item, _)| item).collect();
    let noted = if contribution.moved { 2 } else { 1 };
    if contribution.changed {
        note(db, tenant, before.union(&now).copied(), noted)
    } else {
        note(db, tenant, before.symmetric_difference(&now).copied(), noted)
    }
}

/// Takes a meeting that goes out of all items.
pub(super) fn leave(db: &Connection, tenant: &TenantId, number: i64) -> Done<()> {
    let before = of(db, tenant, number)?;
    let mut remove = db.prepare_cached("DELETE FROM gathers WHERE tenant = ?1 AND meeting = ?2")?;
    remove.execute(params![tenant.as_str(), number])?;
    note(db, tenant, before.iter().map(|(item, _)| item), 1)
}

/// What gathers a meeting, and at which start.
fn of(db: &Connection, tenant: &TenantId, number: i64) -> Done<Vec<(ItemKey, i64)>> {
    let mut find =
        db.prepare_cached("SELECT section, key, starts FROM gathers WHERE tenant = ?1 AND meeting = ?2")?;
    let found = find.query_map(params![tenant.as_str(), number], |row| {
        Ok((ItemKey::new(row.get::<_, String>(0)?, row.get::<_, String>(1)?), row.get(2)?))
    })?;
    Ok(found.collect::<Result<_, _>>()?)
}

fn note<'a>(
    db: &Connection,
    tenant: &TenantId,
    items: impl Iterator<Item = &'a ItemKey>,
    noted: i64,
) -> Done<()> {
    let mut put = db.prepare_cached(
        "INSERT INTO gathered (tenant, section, key, noted) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (tenant, section, key) DO UPDATE SET noted = max(noted, excluded.noted)",
    )?;
    for ItemKey { section, key } in items {
        put.execute(params![tenant.as_str(), section, key, noted])?;
    }
    Ok(())
}

const ROW: &str = "section, key, revision, valid_until, incomplete, announced, noted";

pub(crate) fn batch(db: &Connection, claim: &JoinClaim, query: &GatherQuery) -> Done<Vec<Gathering>> {
    let tenant = &claim.tenant;
    join::held(db, claim)?;
    let noted =
        format!("SELECT {ROW} FROM gathered WHERE tenant = ?1 AND noted > 0 ORDER BY section, key LIMIT ?2");
    let mut found = all(db, &noted, params![tenant.as_str(), rows(query.limit)])?;
    if found.len() < query.limit {
        let overdue = format!(
            "SELECT {ROW} FROM gathered WHERE tenant = ?1 AND valid_until <= ?2 AND noted = 0
             ORDER BY valid_until, section, key LIMIT ?3"
        );
        let left = rows(query.limit - found.len());
        found.extend(all(db, &overdue, params![tenant.as_str(), micros(query.now), left])?);
    }
    found.into_iter().map(|(row, noted)| gathering(db, tenant, row, noted > 1, query)).collect()
}

fn all(db: &Connection, sql: &str, place: impl Params) -> Done<Vec<(GatheredRow, i64)>> {
    let mut find = db.prepare_cached(sql)?;
    let mut found = find.query(place)?;
    let mut items = Vec::new();
    while let Some(row) = found.next()? {
        items.push((read(row)?, row.get(6)?));
    }
    Ok(items)
}

fn read(row: &Row<'_>) -> Done<GatheredRow> {
    let mut item = GatheredRow::new(ItemKey::new(row.get::<_, String>(0)?, row.get::<_, String>(1)?));
    item.revision = count(row.get(2)?);
    item.valid_until = row.get::<_, Option<i64>>(3)?.map(instant);
    let incomplete: Option<String> = row.get(4)?;
    item.incomplete =
        incomplete.map(|json| from_json(&json, "gathered.incomplete")).transpose()?.unwrap_or_default();
    let announced: Option<String> = row.get(5)?;
    item.announced = announced.map(|json| from_json(&json, "gathered.announced")).transpose()?;
    Ok(item)
}

fn gathering(
    db: &Connection,
    tenant: &TenantId,
    row: GatheredRow,
    moved: bool,
    query: &GatherQuery,
) -> Done<Gathering> {
    let ItemKey { section, key } = &row.item;
    let mut number =
        db.prepare_cached("SELECT count(*) FROM gathers WHERE tenant = ?1 AND section = ?2 AND key = ?3")?;
    let total = count(number.query_row(params![tenant.as_str(), section, key], |row| row.get(0))?);
    let mut gathering = Gathering::new(row.clone());
    (gathering.moved, gathering.count) = (moved, total);
    if total == 0 {
        return Ok(gathering);
    }
    let (now, most) = (micros(query.now), rows(query.around));
    let meetings = |side: &str, at: i64, limit: i64| -> Done<Vec<Meeting>> {
        let mut find = db.prepare_cached(&format!(
            "SELECT m.meeting FROM gathers g CROSS JOIN meetings m ON m.number = g.meeting
             WHERE g.tenant = ?1 AND g.section = ?2 AND g.key = ?3 AND g.starts {side} LIMIT ?5"
        ))?;
        let mut found = find.query(params![tenant.as_str(), section, key, at, limit])?;
        let mut meetings = Vec::new();
        while let Some(row) = found.next()? {
            meetings.push(from_json(&row.get::<_, String>(0)?, "meetings.meeting")?);
        }
        Ok(meetings)
    };
    const FORWARD: &str = "ORDER BY g.starts, g.id";
    const BACK: &str = "ORDER BY g.starts DESC, g.id DESC";
    gathering.first = meetings(&format!(">= ?4 {FORWARD}"), i64::MIN, 1)?.pop();
    gathering.latest = meetings(&format!("<= ?4 {BACK}"), i64::MAX, 1)?.pop();
    gathering.past = meetings(&format!("<= ?4 {BACK}"), now, most)?;
    gathering.past.reverse();
    gathering.ahead = meetings(&format!("> ?4 {FORWARD}"), now, most)?;
    Ok(gathering)
}

pub(crate) fn commit(db: &Connection, work: &GatheredWork) -> Done<()> {
    let tenant = &work.claim.tenant;
    let mut position = join::held(db, &work.claim)?;
    let mut remove =
        db.prepare_cached("DELETE FROM gathered WHERE tenant = ?1 AND section = ?2 AND key = ?3")?;
    let mut put = db.prepare_cached(
        "INSERT INTO gathered (tenant, section, key, noted, revision, valid_until, incomplete, announced)
         VALUES (?1, ?2, ?3, 0, ?4, ?5, ?6, ?7)
         ON CONFLICT (tenant, section, key) DO UPDATE
         SET noted = 0, revision = excluded.revision, valid_until = excluded.valid_until,
             incomplete = excluded.incomplete, announced = excluded.announced",
    )?;
    let state = tenants::state(db, tenant)?.unwrap_or_default();
    let destinations = state.in_force.map(|known| known.destinations).unwrap_or_default();
    let first = state.synced.is_none();
    for write in &work.writes {
        let mut revision = write.row.revision;
        let told = write.told(count(position + 1));
        if let Some(told) = &told {
            position += 1;
            revision = told.revision;
            tell(db, tenant, told, work.now)?;
        }
        let offer = |told, backfill| Offer::gathering(&told, backfill, work.now);
        let stands = write.standing(revision).map(|told| offer(told, true));
        let told = told.map(|told| offer(told, write.backfill || first));
        outbox::fill(db, tenant, &destinations, told.as_slice(), stands.as_slice())?;
        let row = &write.row;
        let ItemKey { section, key } = &row.item;
        if row.is_empty() {
            remove.execute(params![tenant.as_str(), section, key])?;
            continue;
        }
        let incomplete =
            Some(&row.incomplete).filter(|missing| !missing.is_empty()).map(to_json).transpose()?;
        let announced = row.announced.as_ref().map(to_json).transpose()?;
        let valid_until = row.valid_until.map(micros);
        put.execute(params![
            tenant.as_str(),
            section,
            key,
            int(revision),
            valid_until,
            incomplete,
            announced
        ])?;
    }
    let mut prolong =
        db.prepare_cached("UPDATE joins SET lease_until = ?2, position = ?3 WHERE tenant = ?1")?;
    prolong.execute(params![tenant.as_str(), micros(work.lease_until), position])?;
    Ok(())
}

/// Puts into the feed what is told at the position that is its revision.
fn tell(db: &Connection, tenant: &TenantId, told: &Told<'_>, now: DateTime<Utc>) -> Done<()> {
    let Told { section, key, revision, change, content } = told;
    let mut put = db.prepare_cached(
        "INSERT INTO feed (tenant, position, meeting, section, item, revision, change, at, content)
         VALUES (?1, ?2, '', ?3, ?4, ?2, ?5, ?6, ?7)",
    )?;
    let (change, content) = (join::word(*change), to_json(content)?);
    put.execute(params![tenant.as_str(), int(*revision), section, key, change, micros(now), content])?;
    Ok(())
}

pub(crate) fn query(db: &Connection, tenant: &TenantId, query: &GatheredQuery) -> Done<Vec<GatheredRow>> {
    let sql = format!(
        "SELECT {ROW} FROM gathered
         WHERE tenant = ?1 AND section = ?2 AND key >= ?3 AND (announced IS NOT NULL OR incomplete IS NOT NULL)
         ORDER BY key LIMIT ?4"
    );
    let after = query.after.as_deref().map(super::just_after).unwrap_or_default();
    let found = all(db, &sql, params![tenant.as_str(), query.section, after, rows(query.limit)])?;
    Ok(found.into_iter().map(|(row, _)| row).collect())
}
