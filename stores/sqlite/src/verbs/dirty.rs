//! Dirty keys: how they are marked, and how they are expanded to meetings.

use std::collections::BTreeSet;

use acquaint_core::depkey::DependencyKey;
use acquaint_core::ids::{Seq, TenantId};
use acquaint_core::store::{DirtyBatch, JoinClaim, Mark};
use chrono::{DateTime, Utc};
use rusqlite::{CachedStatement, Connection, Rows, params};

use super::{join, just_after, tenants};
use crate::fault::Done;
use crate::instant::{count, int, micros, rows};

/// The most marks in one batch. Most keys of a first sync concern no meeting at all, so that a bound on
/// meetings alone would make the batch, and the commit that clears it, as long as the mirror.
const MARKS: usize = 4_096;

/// Marks keys with a commit's seq.
pub(super) fn mark(db: &Connection, tenant: &TenantId, keys: &BTreeSet<DependencyKey>, seq: Seq) -> Done<()> {
    let mut put = db.prepare_cached(
        "INSERT INTO dirty (tenant, key, seq) VALUES (?1, ?2, ?3)
         ON CONFLICT (tenant, key) DO UPDATE SET seq = excluded.seq, reached = NULL",
    )?;
    let seq = int(seq.0);
    for key in keys {
        put.execute(params![tenant.as_str(), key.as_str(), seq])?;
    }
    Ok(())
}

/// Marks keys with a seq of their own: with the present one, a mark that a batch has already taken would not
/// have moved, and would be cleared with the batch.
pub(super) fn mark_anew(db: &Connection, tenant: &TenantId, keys: &[DependencyKey]) -> Done<Seq> {
    let seq = tenants::take_seq(db, tenant)?;
    mark(db, tenant, &keys.iter().cloned().collect(), seq)?;
    Ok(seq)
}

pub(crate) fn batch(
    db: &Connection,
    claim: &JoinClaim,
    limit: usize,
    now: DateTime<Utc>,
) -> Done<DirtyBatch> {
    let tenant = &claim.tenant;
    join::held(db, claim)?;
    let mut batch = DirtyBatch { seq: tenants::seq(db, tenant)?, ..DirtyBatch::default() };
    let mut identities = BTreeSet::new();
    let mut find = db
        .prepare_cached("SELECT key, seq, reached FROM dirty WHERE tenant = ?1 ORDER BY seq, key LIMIT ?2")?;
    let mut marks = find.query(params![tenant.as_str(), rows(MARKS)])?;
    while identities.len() < limit
        && let Some(row) = marks.next()?
    {
        let key = DependencyKey::from_stored(row.get::<_, String>(0)?);
        let reached: Option<String> = row.get(2)?;
        let reached = expand(db, tenant, &key, reached.as_deref(), limit, &mut identities)?;
        batch.marks.push(Mark { key, seq: Seq(count(row.get(1)?)), reached });
    }
    let mut find = db.prepare_cached(
        "SELECT identity FROM meetings WHERE tenant = ?1 AND valid_until <= ?2 ORDER BY valid_until, identity",
    )?;
    let mut expired = find.query(params![tenant.as_str(), micros(now)])?;
    while identities.len() < limit
        && let Some(row) = expired.next()?
    {
        identities.insert(row.get(0)?);
    }
    batch.identities = identities.into_iter().collect();
    Ok(batch)
}

/// Adds the identities that a key concerns, from where it was left. Gives how far it came if there was no room
/// for all.
fn expand(
    db: &Connection,
    tenant: &TenantId,
    key: &DependencyKey,
    reached: Option<&str>,
    limit: usize,
    identities: &mut BTreeSet<String>,
) -> Done<Option<String>> {
    if let Some(identity) = key.meeting_identity() {
        identities.insert(identity.to_owned());
        return Ok(None);
    }
    let from = reached.map(just_after).unwrap_or_default();
    let mut find: CachedStatement<'_>;
    let mut found: Rows<'_>;
    if key.concerns_all() {
        find = db.prepare_cached(
            "SELECT DISTINCT identity FROM meetings WHERE tenant = ?1 AND identity >= ?2 ORDER BY identity",
        )?;
        found = find.query(params![tenant.as_str(), from])?;
    } else {
        find = db.prepare_cached(
            "SELECT DISTINCT m.identity FROM reads r CROSS JOIN meetings m ON m.number = r.meeting
             WHERE r.tenant = ?1 AND r.key = ?2 AND m.identity >= ?3 ORDER BY m.identity",
        )?;
        found = find.query(params![tenant.as_str(), key.as_str(), from])?;
    }
    let mut last = None;
    while let Some(row) = found.next()? {
        let identity: String = row.get(0)?;
        if identities.len() >= limit && !identities.contains(&identity) {
            return Ok(last);
        }
        identities.insert(identity.clone());
        last = Some(identity);
    }
    Ok(None)
}
