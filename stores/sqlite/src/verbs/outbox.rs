//! The outbox: what is still to be told to whom.

use acquaint_core::delivery::Subject;
use acquaint_core::ids::{DestinationName, TenantId};
use acquaint_core::store::{
    ChangeKind, Delivered, DeliveryQuery, DeliveryRow, DeliveryStatus, MEETING, Offer, Outlet, OutletState,
};
use acquaint_core::{Error, ErrorKind};
use chrono::{DateTime, Utc};
use rusqlite::types::Null;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::join::word;
use super::meetings::change;
use crate::fault::{Done, from_json, to_json};
use crate::instant::{count, instant, int, micros, rows};

/// The bound of a query that names none.
const LIMIT: usize = 1_000;

/// The columns of a row, as [`read`] takes them.
macro_rules! select_rows {
    ($which:literal) => {
        concat!(
            "SELECT number, destination, meeting, section, item, revision, position, change, priority, backfill,
                 made, status, place, due, attempts, first_attempt, last_attempt, delivered, delivered_at, error,
                 content
             FROM outbox ",
            $which
        )
    };
}
pub(super) use select_rows;

/// Takes out what is for other destinations than these.
pub(super) fn keep(db: &Connection, tenant: &TenantId, destinations: &[DestinationName]) -> Done<()> {
    let kept = to_json(&destinations)?;
    for clear in [
        "DELETE FROM outbox WHERE tenant = ?1 AND destination NOT IN (SELECT value FROM json_each(?2))",
        "DELETE FROM outlets WHERE tenant = ?1 AND destination NOT IN (SELECT value FROM json_each(?2))",
    ] {
        db.prepare_cached(clear)?.execute(params![tenant.as_str(), kept])?;
    }
    Ok(())
}

/// Offers what is told to every destination, and what stands to those that know nothing of it.
pub(super) fn fill(
    db: &Connection,
    tenant: &TenantId,
    destinations: &[DestinationName],
    told: &[Offer],
    stands: &[Offer],
) -> Done<()> {
    for destination in destinations {
        let mut filled = false;
        for (offer, news) in told.iter().map(|offer| (offer, true)).chain(stands.iter().map(|o| (o, false))) {
            let row = match find(db, tenant, destination, &offer.subject)? {
                Some((_, known)) if news => known.superseded(offer.clone()),
                // Whoever knows nothing of it need not hear that it is gone.
                None if offer.change != ChangeKind::Removed => {
                    DeliveryRow::new(destination.clone(), offer.clone())
                }
                _ => continue,
            };
            put(db, tenant, &row)?;
            filled = true;
        }
        if filled {
            let mut make = db.prepare_cached(
                "INSERT INTO outlets (tenant, destination) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
            )?;
            make.execute([tenant.as_str(), destination.as_str()])?;
            refresh(db, tenant, destination)?;
        }
    }
    Ok(())
}

/// Notes when the next of a destination's deliveries can be claimed.
pub(super) fn refresh(db: &Connection, tenant: &TenantId, destination: &DestinationName) -> Done<()> {
    let mut note = db.prepare_cached(
        "UPDATE outlets SET ready = (
             SELECT min(ready) FROM outbox WHERE tenant = ?1 AND destination = ?2 AND status = 'pending'
         )
         WHERE tenant = ?1 AND destination = ?2",
    )?;
    note.execute([tenant.as_str(), destination.as_str()])?;
    Ok(())
}

/// A row by its subject, with its number.
fn find(
    db: &Connection,
    tenant: &TenantId,
    destination: &DestinationName,
    subject: &Subject,
) -> Done<Option<(i64, DeliveryRow)>> {
    let mut find = db.prepare_cached(select_rows!(
        "WHERE tenant = ?1 AND destination = ?2 AND meeting = ?3 AND section = ?4 AND item = ?5"
    ))?;
    let item = subject.key.as_deref().unwrap_or_default();
    let place = [tenant.as_str(), destination.as_str(), subject.meeting.as_str(), &subject.section, item];
    let mut found = find.query(place)?;
    found.next()?.map(read).transpose()
}

/// The row of a claim that is still the newest, with its number.
pub(super) fn held(
    db: &Connection,
    tenant: &TenantId,
    destination: &DestinationName,
    subject: &Subject,
    fence: u64,
) -> Done<Option<(i64, DeliveryRow)>> {
    let Some((number, row)) = find(db, tenant, destination, subject)? else { return Ok(None) };
    let mut check = db.prepare_cached(
        "SELECT 1 FROM outbox WHERE number = ?1 AND fence = ?2 AND lease_until IS NOT NULL",
    )?;
    Ok(check.exists(params![number, int(fence)])?.then_some((number, row)))
}

/// Writes a row as it then is; who is at it stays.
pub(super) fn put(db: &Connection, tenant: &TenantId, row: &DeliveryRow) -> Done<()> {
    let mut put = db.prepare_cached(
        "INSERT INTO outbox (tenant, destination, meeting, section, item, revision, position, change, priority,
             backfill, made, status, place, due, attempts, first_attempt, last_attempt, delivered, delivered_at,
             error, content)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21)
         ON CONFLICT (tenant, destination, meeting, section, item) DO UPDATE
         SET revision = excluded.revision, position = excluded.position, change = excluded.change,
             priority = excluded.priority, backfill = excluded.backfill, made = excluded.made,
             status = excluded.status, place = excluded.place, due = excluded.due, attempts = excluded.attempts,
             first_attempt = excluded.first_attempt, last_attempt = excluded.last_attempt,
             delivered = excluded.delivered, delivered_at = excluded.delivered_at, error = excluded.error,
             content = excluded.content",
    )?;
    put.execute(params![
        tenant.as_str(),
        row.destination.as_str(),
        row.subject.meeting.as_str(),
        row.subject.section,
        row.subject.key.as_deref().unwrap_or_default(),
        int(row.revision),
        int(row.position),
        word(row.change),
        row.priority,
        row.backfill,
        micros(row.made),
        status_word(row.status),
        int(row.place),
        micros(row.due),
        row.attempts,
        row.first_attempt.map(micros),
        row.last_attempt.map(micros),
        row.delivered.map(|delivered| int(delivered.revision)),
        row.delivered.map(|delivered| micros(delivered.at)),
        row.error,
        to_json(&row.content)?
    ])?;
    Ok(())
}

/// A row with its number.
pub(super) fn read(row: &Row<'_>) -> Done<(i64, DeliveryRow)> {
    let meeting = row.get::<_, String>(2)?.into();
    let section: String = row.get(3)?;
    let subject = if section == MEETING {
        Subject::meeting(meeting)
    } else {
        Subject::item(meeting, section, row.get::<_, String>(4)?)
    };
    let (made, happened) = (instant(row.get(10)?), change(&row.get::<_, String>(7)?)?);
    let offer = Offer {
        subject,
        revision: count(row.get(5)?),
        position: count(row.get(6)?),
        change: happened,
        content: from_json(&row.get::<_, String>(20)?, "outbox.content")?,
        priority: row.get(8)?,
        backfill: row.get(9)?,
        made,
    };
    let mut found = DeliveryRow::new(row.get::<_, String>(1)?.into(), offer);
    found.change = happened;
    found.status = status(&row.get::<_, String>(11)?)?;
    found.place = count(row.get(12)?);
    found.due = instant(row.get(13)?);
    found.attempts = row.get(14)?;
    found.first_attempt = row.get::<_, Option<i64>>(15)?.map(instant);
    found.last_attempt = row.get::<_, Option<i64>>(16)?.map(instant);
    let revision: Option<i64> = row.get(17)?;
    let at: Option<i64> = row.get(18)?;
    found.delivered =
        revision.zip(at).map(|(revision, at)| Delivered { revision: count(revision), at: instant(at) });
    found.error = row.get(19)?;
    Ok((row.get(0)?, found))
}

pub(crate) fn list(db: &Connection, tenant: &TenantId, query: &DeliveryQuery) -> Done<Vec<DeliveryRow>> {
    // A meeting's rows are few, and have an index of their own.
    let mut find = if query.meeting.is_some() {
        db.prepare_cached(select_rows!(
            "INDEXED BY outbox_meeting WHERE tenant = ?1 AND meeting = ?4
               AND (?2 IS NULL OR destination = ?2) AND (?3 IS NULL OR status = ?3)
               AND (destination, meeting, section, item) > (?5, ?6, ?7, ?8)
             ORDER BY destination, meeting, section, item LIMIT ?9"
        ))?
    } else {
        db.prepare_cached(select_rows!(
            "WHERE tenant = ?1 AND destination >= ?5 AND (destination, meeting, section, item) > (?5, ?6, ?7, ?8)
               AND (?2 IS NULL OR destination = ?2) AND (?3 IS NULL OR status = ?3) AND ?4 IS NULL
             ORDER BY destination, meeting, section, item LIMIT ?9"
        ))?
    };
    let after = query.after.as_ref();
    let mut found = find.query(params![
        tenant.as_str(),
        query.destination.as_ref().map(DestinationName::as_str),
        query.status.map(status_word),
        query.meeting.as_ref().map(|meeting| meeting.as_str()),
        after.map_or("", |(destination, _)| destination.as_str()),
        after.map_or("", |(_, subject)| subject.meeting.as_str()),
        after.map_or("", |(_, subject)| subject.section.as_str()),
        after.map_or("", |(_, subject)| subject.key.as_deref().unwrap_or_default()),
        rows(if query.limit == 0 { LIMIT } else { query.limit })
    ])?;
    let mut deliveries = Vec::new();
    while let Some(row) = found.next()? {
        deliveries.push(read(row)?.1);
    }
    Ok(deliveries)
}

pub(super) fn outlet(
    db: &Connection,
    tenant: &TenantId,
    destination: &DestinationName,
) -> Done<Option<Outlet>> {
    let mut find = db.prepare_cached(
        "SELECT destination, failures, down, not_before, dead_told FROM outlets
         WHERE tenant = ?1 AND destination = ?2",
    )?;
    let place = [tenant.as_str(), destination.as_str()];
    Ok(find.query_row(place, read_outlet).optional()?)
}

fn read_outlet(row: &Row<'_>) -> rusqlite::Result<Outlet> {
    let mut outlet = Outlet::new(row.get::<_, String>(0)?.into());
    outlet.failures = row.get(1)?;
    outlet.down = row.get(2)?;
    outlet.not_before = instant(row.get(3)?);
    outlet.dead_told = row.get(4)?;
    Ok(outlet)
}

pub(super) fn put_outlet(db: &Connection, tenant: &TenantId, outlet: &Outlet) -> Done<()> {
    let mut put = db.prepare_cached(
        "UPDATE outlets SET failures = ?3, down = ?4, not_before = ?5, dead_told = ?6
         WHERE tenant = ?1 AND destination = ?2",
    )?;
    let Outlet { destination, failures, down, not_before, dead_told, .. } = outlet;
    put.execute(params![
        tenant.as_str(),
        destination.as_str(),
        failures,
        down,
        micros(*not_before),
        dead_told
    ])?;
    Ok(())
}

pub(crate) fn outlets(db: &Connection, tenant: &TenantId) -> Done<Vec<OutletState>> {
    let mut find = db.prepare_cached(
        "SELECT destination, failures, down, not_before, dead_told FROM outlets
         WHERE tenant = ?1 ORDER BY destination",
    )?;
    let found = find.query_map([tenant.as_str()], read_outlet)?.collect::<Result<Vec<_>, _>>()?;
    let mut tally = db.prepare_cached(
        "SELECT status, count(*) FROM outbox WHERE tenant = ?1 AND destination = ?2 GROUP BY status",
    )?;
    let mut states = Vec::new();
    for outlet in found {
        let place = [tenant.as_str().to_owned(), outlet.destination.as_str().to_owned()];
        let mut state = OutletState::new(outlet);
        let mut counts = tally.query(place)?;
        while let Some(row) = counts.next()? {
            let number = count(row.get(1)?);
            match status(&row.get::<_, String>(0)?)? {
                DeliveryStatus::Delivered => state.delivered = number,
                DeliveryStatus::Dead => state.dead = number,
                _ => state.pending = number,
            }
        }
        states.push(state);
    }
    Ok(states)
}

pub(crate) fn offer_again(
    db: &Connection,
    tenant: &TenantId,
    destination: &DestinationName,
    now: DateTime<Utc>,
) -> Done<u64> {
    if let Some(mut outlet) = outlet(db, tenant, destination)? {
        outlet.offer_again(now);
        put_outlet(db, tenant, &outlet)?;
    }
    revive(db, tenant, destination, now)
}

/// Offers all dead letters of a destination again: [`DeliveryRow::offer_again`] of each.
pub(super) fn revive(
    db: &Connection,
    tenant: &TenantId,
    destination: &DestinationName,
    now: DateTime<Utc>,
) -> Done<u64> {
    let mut offer = db.prepare_cached(
        "UPDATE outbox SET status = 'pending', due = ?3, attempts = 0, first_attempt = ?4
         WHERE tenant = ?1 AND destination = ?2 AND status = 'dead'",
    )?;
    let offered = offer.execute(params![tenant.as_str(), destination.as_str(), micros(now), Null])?;
    refresh(db, tenant, destination)?;
    Ok(u64::try_from(offered).unwrap_or(u64::MAX))
}

fn status_word(status: DeliveryStatus) -> &'static str {
    match status {
        DeliveryStatus::Delivered => "delivered",
        DeliveryStatus::Dead => "dead",
        _ => "pending",
    }
}

fn status(word: &str) -> Done<DeliveryStatus> {
    match word {
        "pending" => Ok(DeliveryStatus::Pending),
        "delivered" => Ok(DeliveryStatus::Delivered),
        "dead" => Ok(DeliveryStatus::Dead),
        _ => Err(Error::new(ErrorKind::Malformed, "a delivery stands in no known way").into()),
    }
}
