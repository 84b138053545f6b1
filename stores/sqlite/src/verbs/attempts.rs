//! Claims on deliveries, and how attempts end.

use acquaint_core::ids::{DestinationName, TenantId};
use acquaint_core::store::{
    ClaimedDelivery, DeliveryClaim, DeliveryOutcome, DeliveryRow, DeliveryStatus, Settlement,
};
use chrono::{DateTime, Utc};
use rusqlite::{Connection, params};

use super::outbox::{held, outlet, put, put_outlet, read, refresh, revive, select_rows};
use super::{next, notices, tenants};
use crate::fault::Done;
use crate::instant::{count, micros, rows};

/// What is asked for, as it is sent to the writing thread.
pub(crate) struct ClaimWork {
    pub(crate) tenant: Option<TenantId>,
    pub(crate) destination: DestinationName,
    pub(crate) now: DateTime<Utc>,
    pub(crate) due_by: DateTime<Utc>,
    pub(crate) until: DateTime<Utc>,
    pub(crate) limit: usize,
}

pub(crate) fn claim(db: &Connection, work: &ClaimWork) -> Done<Vec<ClaimedDelivery>> {
    let waiting = waiting(db, work)?;
    let share = work.limit.div_ceil(waiting.len().max(1));
    let mut claimed = Vec::new();
    // Once around with a share for each, then with what others have left.
    for share in [share, work.limit] {
        for tenant in &waiting {
            let most = share.min(work.limit - claimed.len());
            if most > 0 {
                claimed.extend(take(db, tenant, work, most)?);
            }
        }
    }
    Ok(claimed)
}

/// The tenants for whom something is due, those that were served longest ago first.
fn waiting(db: &Connection, work: &ClaimWork) -> Done<Vec<TenantId>> {
    let mut find = db.prepare_cached(
        "SELECT tenant FROM outlets
         WHERE destination = ?1 AND ready IS NOT NULL AND ready <= ?2 AND not_before <= ?2
           AND (?3 IS NULL OR tenant = ?3)
         ORDER BY served, tenant LIMIT ?4",
    )?;
    let only = work.tenant.as_ref().map(TenantId::as_str);
    let asked = params![work.destination.as_str(), micros(work.due_by), only, rows(work.limit)];
    let found = find.query_map(asked, |row| row.get::<_, String>(0))?;
    Ok(found.map(|tenant| tenant.map(TenantId::from)).collect::<Result<_, _>>()?)
}

fn take(db: &Connection, tenant: &TenantId, work: &ClaimWork, most: usize) -> Done<Vec<ClaimedDelivery>> {
    let destination = &work.destination;
    let Some(mut outlet) = outlet(db, tenant, destination)? else { return Ok(Vec::new()) };
    if outlet.not_before > work.due_by {
        return Ok(Vec::new());
    }
    let due = due(db, tenant, work, if outlet.down { 1 } else { most }, outlet.down)?;
    if due.is_empty() {
        return Ok(Vec::new());
    }
    let mut claimed = Vec::new();
    let mut hold = db.prepare_cached("UPDATE outbox SET fence = ?2, lease_until = ?3 WHERE number = ?1")?;
    let mut last = 0;
    for (number, mut row) in due {
        row.begin(work.now);
        put(db, tenant, &row)?;
        last = next(db, "fence")?;
        hold.execute(params![number, last, micros(work.until)])?;
        let claim = DeliveryClaim {
            tenant: tenant.clone(),
            destination: destination.clone(),
            subject: row.subject.clone(),
            revision: row.revision,
            fence: count(last),
        };
        claimed.push(ClaimedDelivery { claim, row, lease_until: work.until, failures: outlet.failures });
    }
    outlet.begin(work.until);
    put_outlet(db, tenant, &outlet)?;
    let mut serve =
        db.prepare_cached("UPDATE outlets SET served = ?3 WHERE tenant = ?1 AND destination = ?2")?;
    serve.execute(params![tenant.as_str(), destination.as_str(), last])?;
    refresh(db, tenant, destination)?;
    Ok(claimed)
}

/// What is due, in order of its turn, with numbers; by attempts first if what was tried least is asked for.
fn due(
    db: &Connection,
    tenant: &TenantId,
    work: &ClaimWork,
    most: usize,
    least_tried: bool,
) -> Done<Vec<(i64, DeliveryRow)>> {
    let mut find = if least_tried {
        db.prepare_cached(select_rows!(
            "WHERE tenant = ?1 AND destination = ?2 AND status = 'pending' AND ready <= ?3
             ORDER BY attempts, priority DESC, backfill, place, meeting, section, item LIMIT ?4"
        ))?
    } else {
        db.prepare_cached(select_rows!(
            "INDEXED BY outbox_next WHERE tenant = ?1 AND destination = ?2 AND status = 'pending' AND ready <= ?3
             ORDER BY priority DESC, backfill, place, meeting, section, item LIMIT ?4"
        ))?
    };
    let mut found =
        find.query(params![tenant.as_str(), work.destination.as_str(), micros(work.due_by), rows(most)])?;
    let mut due = Vec::new();
    while let Some(row) = found.next()? {
        due.push(read(row)?);
    }
    Ok(due)
}

pub(crate) fn settle(
    db: &Connection,
    settlements: &[Settlement],
    breaker: u32,
    now: DateTime<Utc>,
) -> Done<Vec<bool>> {
    settlements.iter().map(|settlement| settle_one(db, settlement, breaker, now)).collect()
}

fn settle_one(db: &Connection, settlement: &Settlement, breaker: u32, now: DateTime<Utc>) -> Done<bool> {
    let Settlement { claim, outcome } = settlement;
    let DeliveryClaim { tenant, destination, subject, revision, fence } = claim;
    let found = held(db, tenant, destination, subject, *fence)?;
    let (Some((number, mut row)), Some(mut outlet)) = (found, outlet(db, tenant, destination)?) else {
        return Ok(false);
    };
    row.settle(*revision, outcome, now);
    put(db, tenant, &row)?;
    db.prepare_cached("UPDATE outbox SET lease_until = NULL WHERE number = ?1")?.execute([number])?;
    let failed = matches!(outcome, DeliveryOutcome::Failed { .. });
    let dead = failed && row.status == DeliveryStatus::Dead;
    let settled = outlet.settle(subject, outcome, dead, breaker, now);
    put_outlet(db, tenant, &outlet)?;
    if settled.recovered {
        revive(db, tenant, destination, now)?;
    }
    refresh(db, tenant, destination)?;
    if !settled.notices.is_empty() {
        tenants::know(db, tenant)?;
        notices::append(db, tenant, &settled.notices)?;
    }
    Ok(true)
}
