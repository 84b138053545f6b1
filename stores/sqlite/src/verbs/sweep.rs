//! Sweeps: what a baseline has not seen becomes a tombstone.

use std::collections::BTreeSet;

use acquaint_core::connector::TimeRange;
use acquaint_core::ids::{Seq, TenantId};
use acquaint_core::record::Gone;
use acquaint_core::store::{LaneClaim, SweepCount, Swept};
use rusqlite::{Connection, params};

use super::{dirty, lanes, tenants, write};
use crate::fault::Done;
use crate::instant::{count as natural, int, micros, rows};

// Live records of a partition that overlap a window, as `TimeRange::overlaps` has it. One without a span always
// does: nothing says that it lies outside. Without a window the bounds are null.
macro_rules! sweepable {
    ($what:literal, $and:literal) => {
        concat!(
            "SELECT ",
            $what,
            " FROM records INDEXED BY records_live
             WHERE tenant = ?1 AND connection = ?2 AND stream = ?3 AND partition = ?4 AND gone IS NULL
               AND (?6 IS NULL OR starts IS NULL
                   OR ((ends > ?6 OR (starts = ends AND starts >= ?6)) AND starts < ?7)) ",
            $and
        )
    };
}

pub(crate) fn count(
    db: &Connection,
    claim: &LaneClaim,
    began: Seq,
    window: Option<TimeRange>,
) -> Done<SweepCount> {
    lanes::held(db, claim)?;
    let mut find = db.prepare_cached(sweepable!("count(*) FILTER (WHERE touched <= ?5), count(*)", ""))?;
    let own = &claim.lane;
    let place = params![
        own.tenant.as_str(),
        own.connection.as_str(),
        own.stream.as_str(),
        own.partition.as_str(),
        int(began.0),
        window.map(|window| micros(window.from)),
        window.map(|window| micros(window.to))
    ];
    Ok(find.query_row(place, |row| {
        Ok(SweepCount { unseen: natural(row.get(0)?), live: natural(row.get(1)?) })
    })?)
}

pub(crate) fn sweep(
    db: &Connection,
    claim: &LaneClaim,
    began: Seq,
    window: Option<TimeRange>,
    limit: usize,
) -> Done<Swept> {
    lanes::held(db, claim)?;
    let mut find = db.prepare_cached(sweepable!("id", "AND touched <= ?5 ORDER BY touched, key LIMIT ?8"))?;
    let own = &claim.lane;
    let place = params![
        own.tenant.as_str(),
        own.connection.as_str(),
        own.stream.as_str(),
        own.partition.as_str(),
        int(began.0),
        window.map(|window| micros(window.from)),
        window.map(|window| micros(window.to)),
        rows(limit.saturating_add(1))
    ];
    let mut unseen: Vec<i64> = find.query_map(place, |row| row.get(0))?.collect::<Result<_, _>>()?;
    let more = unseen.len() > limit;
    unseen.truncate(limit);
    bury_all(db, &own.tenant, &unseen, &Gone::Unseen)?;
    Ok(Swept { removed: unseen.len(), more })
}

/// Makes tombstones under one new seq, if there are any.
pub(super) fn bury_all(db: &Connection, tenant: &TenantId, records: &[i64], gone: &Gone) -> Done<()> {
    if records.is_empty() {
        return Ok(());
    }
    let seq = tenants::take_seq(db, tenant)?;
    let mut keys = BTreeSet::new();
    for record in records {
        keys.extend(write::bury(db, tenant, *record, gone, seq)?);
    }
    dirty::mark(db, tenant, &keys, seq)
}
