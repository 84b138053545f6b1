//! Lanes: claims, leases, fences and hints.

use acquaint_core::Error;
use acquaint_core::connector::Partition;
use acquaint_core::ids::{ConnectionId, LaneName, PartitionKey, StreamName, TenantId, WorkerId};
use acquaint_core::store::{ClaimedLane, LaneClaim, LaneId, LaneProgress, LaneSeed, LaneState, Release};
use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{next, tenants};
use crate::fault::{Done, from_json, to_json};
use crate::instant::{count, instant, int, micros, rows};

/// A claim that was checked.
pub(super) struct Held {
    /// The version of the lane's progress.
    pub(super) version: i64,
}

/// Checks that a claim is still the newest on its lane.
pub(super) fn held(db: &Connection, claim: &LaneClaim) -> Done<Held> {
    let LaneId { tenant, connection, stream, partition, lane } = &claim.lane;
    let mut find = db.prepare_cached(
        "SELECT version FROM lanes
         WHERE tenant = ?1 AND connection = ?2 AND stream = ?3 AND partition = ?4 AND lane = ?5 AND fence = ?6",
    )?;
    let place = params![
        tenant.as_str(),
        connection.as_str(),
        stream.as_str(),
        partition.as_str(),
        lane.as_str(),
        int(claim.fence)
    ];
    let version = find.query_row(place, |row| row.get(0)).optional()?;
    // A partition's key may be somebody's address, so it is not in the error.
    let fenced = || Error::fenced().with("connection", connection).with("stream", stream).with("lane", lane);
    Ok(version.map(|version| Held { version }).ok_or_else(fenced)?)
}

pub(crate) fn ensure(db: &Connection, seeds: &[LaneSeed]) -> Done<()> {
    let mut put = db.prepare_cached(
        "INSERT INTO lanes (tenant, connection, stream, partition, lane, due, not_before, progress)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO NOTHING",
    )?;
    let progress = to_json(&LaneProgress::default())?;
    for LaneSeed { id, due } in seeds {
        put.execute(params![
            id.tenant.as_str(),
            id.connection.as_str(),
            id.stream.as_str(),
            id.partition.as_str(),
            id.lane.as_str(),
            micros(*due),
            micros(DateTime::<Utc>::MIN_UTC),
            progress
        ])?;
    }
    Ok(())
}

/// Raises the hint numbers; with `now`, also lifts back-offs.
pub(crate) fn want(db: &Connection, lanes: &[LaneId], now: bool) -> Done<()> {
    let mut hint = db.prepare_cached(
        "UPDATE lanes SET hint_seq = hint_seq + 1, not_before = iif(?7, ?6, not_before)
         WHERE tenant = ?1 AND connection = ?2 AND stream = ?3 AND partition = ?4 AND lane = ?5",
    )?;
    for id in lanes {
        hint.execute(params![
            id.tenant.as_str(),
            id.connection.as_str(),
            id.stream.as_str(),
            id.partition.as_str(),
            id.lane.as_str(),
            micros(DateTime::<Utc>::MIN_UTC),
            now
        ])?;
    }
    Ok(())
}

macro_rules! select_lanes {
    ($which:literal) => {
        concat!(
            "SELECT l.tenant, l.connection, l.stream, l.partition, l.lane, l.progress, l.version, l.due,
                 l.not_before, l.hint_seq, l.done_hint, l.lease_until, p.label, p.details,
                 p.placement, p.follows
             FROM lanes l LEFT JOIN partitions p USING (tenant, connection, stream, partition) ",
            $which
        )
    };
}

pub(crate) fn list(db: &Connection, tenant: &TenantId) -> Done<Vec<LaneState>> {
    let mut find = db.prepare_cached(select_lanes!(
        "WHERE l.tenant = ?1 ORDER BY l.connection, l.stream, l.partition, l.lane"
    ))?;
    let mut found = find.query([tenant.as_str()])?;
    let mut lanes = Vec::new();
    while let Some(row) = found.next()? {
        lanes.push(read(row)?.0);
    }
    Ok(lanes)
}

pub(crate) fn at(
    db: &Connection,
    tenant: &TenantId,
    places: &[(StreamName, PartitionKey)],
) -> Done<Vec<LaneState>> {
    let mut find =
        db.prepare_cached(select_lanes!("WHERE l.tenant = ?1 AND l.stream = ?2 AND l.partition = ?3"))?;
    let mut lanes = Vec::new();
    for (stream, partition) in places {
        let mut found = find.query([tenant.as_str(), stream.as_str(), partition.as_str()])?;
        while let Some(row) = found.next()? {
            lanes.push(read(row)?.0);
        }
    }
    lanes.sort_by(|a, b| a.id.cmp(&b.id));
    lanes.dedup_by(|a, b| a.id == b.id);
    Ok(lanes)
}

/// What is asked for of a claim.
pub(crate) struct Wanted {
    pub(crate) tenant: Option<TenantId>,
    pub(crate) worker: WorkerId,
    pub(crate) now: DateTime<Utc>,
    pub(crate) due_by: DateTime<Utc>,
    pub(crate) until: DateTime<Utc>,
    pub(crate) limit: usize,
    pub(crate) each: usize,
}

/// Claims lanes, each with a fence of its own.
pub(crate) fn claim(db: &Connection, wanted: &Wanted) -> Done<Vec<ClaimedLane>> {
    let mut ready = Vec::new();
    let (now, due_by) = (micros(wanted.now), micros(wanted.due_by));
    let (limit, each) = (rows(wanted.limit), rows(wanted.each));
    if let Some(tenant) = &wanted.tenant {
        let mut find = db.prepare_cached(select_lanes!(
            "WHERE l.tenant = ?1 AND +l.ready <= ?2 AND (l.due <= ?4 OR l.hint_seq > l.done_hint)
             ORDER BY l.due, l.connection, l.stream, l.partition, l.lane
             LIMIT max(0, min(?3, ?5 - (SELECT count(*) FROM lanes WHERE tenant = ?1 AND lease_until > ?2)))"
        ))?;
        let mut found = find.query(params![tenant.as_str(), now, limit, due_by, each])?;
        while let Some(row) = found.next()? {
            ready.push(read(row)?);
        }
    } else {
        let mut find = db.prepare_cached(concat!(
            "WITH ranked AS MATERIALIZED (
                 SELECT tenant, connection, stream, partition, lane,
                     row_number() OVER (
                         PARTITION BY tenant ORDER BY due, connection, stream, partition, lane
                     ) AS nth
                 FROM lanes WHERE ready <= ?1 AND (due <= ?3 OR hint_seq > done_hint)
             ) ",
            select_lanes!(
                "JOIN ranked r USING (tenant, connection, stream, partition, lane)
                 WHERE r.nth <= ?4 AND r.nth <= ?4 - (
                     SELECT count(*) FROM lanes held WHERE held.tenant = r.tenant AND held.lease_until > ?1
                 )
                 ORDER BY r.nth, l.due <= ?3, l.due,
                     l.tenant, l.connection, l.stream, l.partition, l.lane
                 LIMIT ?2"
            )
        ))?;
        let mut found = find.query(params![now, limit, due_by, each])?;
        while let Some(row) = found.next()? {
            ready.push(read(row)?);
        }
    }
    let (worker, until) = (wanted.worker.as_str(), micros(wanted.until));
    let mut take = db.prepare_cached(
        "UPDATE lanes SET fence = ?6, holder = ?7, lease_until = ?8
         WHERE tenant = ?1 AND connection = ?2 AND stream = ?3 AND partition = ?4 AND lane = ?5",
    )?;
    let mut claimed = Vec::with_capacity(ready.len());
    for (mut state, hint_seq) in ready {
        let fence = next(db, "fence")?;
        take.execute(params![
            state.id.tenant.as_str(),
            state.id.connection.as_str(),
            state.id.stream.as_str(),
            state.id.partition.as_str(),
            state.id.lane.as_str(),
            fence,
            worker,
            until
        ])?;
        state.leased_until = Some(instant(until));
        let seq = tenants::seq(db, &state.id.tenant)?;
        let claim = LaneClaim { lane: state.id.clone(), fence: count(fence), hint_seq };
        claimed.push(ClaimedLane { claim, state, seq });
    }
    Ok(claimed)
}

pub(crate) fn renew(db: &Connection, claim: &LaneClaim, until: DateTime<Utc>) -> Done<()> {
    held(db, claim)?;
    let LaneId { tenant, connection, stream, partition, lane } = &claim.lane;
    let mut prolong = db.prepare_cached(
        "UPDATE lanes SET lease_until = ?6
         WHERE tenant = ?1 AND connection = ?2 AND stream = ?3 AND partition = ?4 AND lane = ?5",
    )?;
    prolong.execute(params![
        tenant.as_str(),
        connection.as_str(),
        stream.as_str(),
        partition.as_str(),
        lane.as_str(),
        micros(until)
    ])?;
    Ok(())
}

pub(crate) fn release(db: &Connection, claim: &LaneClaim, release: &Release) -> Done<()> {
    held(db, claim)?;
    let LaneId { tenant, connection, stream, partition, lane } = &claim.lane;
    let mut free = db.prepare_cached(
        "UPDATE lanes SET due = ?6, not_before = ?7, done_hint = max(done_hint, ?8),
             holder = NULL, lease_until = NULL
         WHERE tenant = ?1 AND connection = ?2 AND stream = ?3 AND partition = ?4 AND lane = ?5",
    )?;
    free.execute(params![
        tenant.as_str(),
        connection.as_str(),
        stream.as_str(),
        partition.as_str(),
        lane.as_str(),
        micros(release.due),
        micros(release.not_before),
        if release.hints_done { int(claim.hint_seq) } else { 0 }
    ])?;
    Ok(())
}

/// A lane, and its newest hint.
fn read(row: &Row<'_>) -> Done<(LaneState, u64)> {
    let text = |column| row.get::<_, String>(column);
    let partition = PartitionKey::from(text(3)?);
    let mut details =
        Partition::new(partition.clone(), row.get::<_, Option<String>>(12)?.unwrap_or_default());
    if let Some(json) = row.get::<_, Option<String>>(13)? {
        details.details = from_json(&json, "partitions.details")?;
    }
    details.placement = row.get(14)?;
    if let Some(json) = row.get::<_, Option<String>>(15)? {
        details.follows = from_json(&json, "partitions.follows")?;
    }
    let (hint_seq, done_hint): (i64, i64) = (row.get(9)?, row.get(10)?);
    let state = LaneState {
        id: LaneId {
            tenant: TenantId::from(text(0)?),
            connection: ConnectionId::from(text(1)?),
            stream: StreamName::from(text(2)?),
            partition,
            lane: LaneName::from(text(4)?),
        },
        partition: details,
        progress: from_json(&text(5)?, "lanes.progress")?,
        version: count(row.get(6)?),
        due: instant(row.get(7)?),
        not_before: instant(row.get(8)?),
        wanted: hint_seq > done_hint,
        leased_until: row.get::<_, Option<i64>>(11)?.map(instant),
    };
    Ok((state, count(hint_seq)))
}
