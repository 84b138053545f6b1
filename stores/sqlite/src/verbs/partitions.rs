//! The partitions of a stream: new ones get lanes, those that went are retired.

use std::collections::BTreeSet;

use acquaint_core::connector::Partition;
use acquaint_core::ids::{LaneName, PartitionKey};
use acquaint_core::record::Gone;
use acquaint_core::store::{LaneClaim, LaneId, LaneSeed};
use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, params};

use super::{lanes, sweep};
use crate::fault::{Done, to_json};
use crate::instant::rows;

/// Returns whether there are more records to retire.
pub(crate) fn set(
    db: &Connection,
    claim: &LaneClaim,
    partitions: &[Partition],
    seeds: &[(LaneName, DateTime<Utc>)],
    limit: usize,
) -> Done<bool> {
    lanes::held(db, claim)?;
    put(db, claim, partitions, seeds)?;

    // The whole holds the lane that discovers the parts.
    let whole = PartitionKey::whole();
    let mut known: BTreeSet<&str> = partitions.iter().map(|partition| partition.key.as_str()).collect();
    known.insert(whole.as_str());
    forget(db, claim, &known)?;
    retire(db, claim, &known, limit)
}

fn put(
    db: &Connection,
    claim: &LaneClaim,
    partitions: &[Partition],
    seeds: &[(LaneName, DateTime<Utc>)],
) -> Done<()> {
    let own = &claim.lane;
    let mut put = db.prepare_cached(
        "INSERT INTO partitions (tenant, connection, stream, partition, label, details, placement, follows)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
         ON CONFLICT (tenant, connection, stream, partition)
         DO UPDATE SET label = excluded.label, details = excluded.details, placement = excluded.placement,
             follows = excluded.follows",
    )?;
    for partition in partitions {
        let (tenant, connection) = (own.tenant.as_str(), own.connection.as_str());
        let details = to_json(&partition.details)?;
        let follows = partition.follows.as_ref().map(to_json).transpose()?;
        let key = partition.key.as_str();
        put.execute(params![
            tenant,
            connection,
            own.stream.as_str(),
            key,
            partition.label,
            details,
            partition.placement,
            follows
        ])?;
        let new = seeds.iter().map(|(lane, due)| LaneSeed {
            id: LaneId { partition: partition.key.clone(), lane: lane.clone(), ..own.clone() },
            due: *due,
        });
        lanes::ensure(db, &new.collect::<Vec<_>>())?;
    }
    Ok(())
}

/// Removes the partitions that are not known any more, and their lanes with what these were told.
fn forget(db: &Connection, claim: &LaneClaim, known: &BTreeSet<&str>) -> Done<()> {
    let own = &claim.lane;
    let stream = params![own.tenant.as_str(), own.connection.as_str(), own.stream.as_str()];
    let mut find = db.prepare_cached(
        "SELECT partition FROM partitions WHERE tenant = ?1 AND connection = ?2 AND stream = ?3
         UNION SELECT partition FROM lanes WHERE tenant = ?1 AND connection = ?2 AND stream = ?3",
    )?;
    let stored: Vec<String> = find.query_map(stream, |row| row.get(0))?.collect::<Result<_, _>>()?;
    let mut lanes = db.prepare_cached(
        "DELETE FROM lanes WHERE tenant = ?1 AND connection = ?2 AND stream = ?3 AND partition = ?4",
    )?;
    let mut hints = db.prepare_cached(
        "DELETE FROM key_hints WHERE tenant = ?1 AND connection = ?2 AND stream = ?3 AND partition = ?4",
    )?;
    let mut partitions = db.prepare_cached(
        "DELETE FROM partitions WHERE tenant = ?1 AND connection = ?2 AND stream = ?3 AND partition = ?4",
    )?;
    for gone in stored.iter().filter(|partition| !known.contains(partition.as_str())) {
        let place = [own.tenant.as_str(), own.connection.as_str(), own.stream.as_str(), gone.as_str()];
        lanes.execute(place)?;
        hints.execute(place)?;
        partitions.execute(place)?;
    }
    Ok(())
}

/// Makes tombstones of up to `limit` live records of partitions that are not known any more.
fn retire(db: &Connection, claim: &LaneClaim, known: &BTreeSet<&str>, limit: usize) -> Done<bool> {
    let own = &claim.lane;
    let (tenant, connection, stream) = (own.tenant.as_str(), own.connection.as_str(), own.stream.as_str());
    // From one partition with live records to the next, whatever they hold.
    let mut next = db.prepare_cached(
        "SELECT partition FROM records INDEXED BY records_live
         WHERE tenant = ?1 AND connection = ?2 AND stream = ?3 AND partition > ?4 AND gone IS NULL
         ORDER BY partition LIMIT 1",
    )?;
    let mut find = db.prepare_cached(
        "SELECT id FROM records INDEXED BY records_live
         WHERE tenant = ?1 AND connection = ?2 AND stream = ?3 AND partition = ?4 AND gone IS NULL LIMIT ?5",
    )?;
    // The whole has the empty key, which is the smallest and always known.
    let mut partition = PartitionKey::whole().as_str().to_owned();
    let mut orphans: Vec<i64> = Vec::new();
    let wanted = limit.saturating_add(1);
    while orphans.len() < wanted {
        let found = next.query_row([tenant, connection, stream, partition.as_str()], |row| row.get(0));
        let Some(found) = found.optional()? else { break };
        partition = found;
        if known.contains(partition.as_str()) {
            continue;
        }
        let rest = rows(wanted - orphans.len());
        let ids = find.query_map(params![tenant, connection, stream, partition, rest], |row| row.get(0))?;
        for id in ids {
            orphans.push(id?);
        }
    }
    let more = orphans.len() > limit;
    orphans.truncate(limit);
    sweep::bury_all(db, &own.tenant, &orphans, &Gone::LostAccess)?;
    Ok(more)
}
