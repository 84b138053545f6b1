//! Single records: what a write makes of what is stored.

use std::collections::BTreeSet;

use acquaint_core::connector::TimeRange;
use acquaint_core::depkey::DependencyKey;
use acquaint_core::ids::{ConnectionId, PartitionKey, RecordKey, Seq, StreamName, TenantId};
use acquaint_core::record::Gone;
use acquaint_core::store::{RecordBody, RecordWrite};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, params};

use super::dirty;
use crate::fault::{Done, from_json, to_json};
use crate::instant::{instant, int, micros};

/// Where a commit's records lie.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) tenant: &'a TenantId,
    pub(super) connection: &'a ConnectionId,
    pub(super) stream: &'a StreamName,
    pub(super) partition: &'a PartitionKey,
}

/// One commit's writes.
pub(super) struct Page<'a> {
    db: &'a Connection,
    place: Place<'a>,
    seq: Seq,
    window: Option<TimeRange>,
    now: i64,
    /// Keys to mark dirty, each once.
    marked: BTreeSet<DependencyKey>,
}

/// A record as a write finds it.
struct Found {
    id: i64,
    version: Option<i64>,
    gone: bool,
    erased: bool,
    span: Option<(i64, i64)>,
    /// Dependency keys as JSON, sorted.
    keys: String,
    same_views: bool,
}

/// What a live write carries.
struct Live<'a> {
    version: Option<i64>,
    raw: &'a Bytes,
    views: &'a Bytes,
    keys: BTreeSet<&'a str>,
    starts: Option<i64>,
    ends: Option<i64>,
    problem: Option<&'a str>,
}

impl<'a> Page<'a> {
    pub(super) fn new(
        db: &'a Connection,
        place: Place<'a>,
        seq: Seq,
        window: Option<TimeRange>,
        now: DateTime<Utc>,
    ) -> Self {
        Self { db, place, seq, window, now: micros(now), marked: BTreeSet::new() }
    }

    /// Writes one record and says whether it changed, appeared or went.
    pub(super) fn write(&mut self, write: &RecordWrite) -> Done<bool> {
        let version = write.version.map(|version| version.0);
        let views: &[u8] = match &write.body {
            RecordBody::Live { views, .. } => views,
            RecordBody::Gone(_) => &[],
        };
        let found = self.find(&write.key, views)?;
        // A lagging index may show it after its erasure was told. That is no sight of it: nothing is touched.
        if let (RecordBody::Live { .. }, Some(Found { erased: true, .. })) = (&write.body, &found) {
            return Ok(false);
        }
        if let Some(stored) = found.as_ref().and_then(|found| found.version)
            && version.is_some_and(|version| stored > version)
        {
            return self.refuse(&write.body, found.as_ref());
        }
        match (&write.body, found) {
            (RecordBody::Live { raw, views, keys, span, problem }, found) => {
                let live = Live {
                    version,
                    raw,
                    views,
                    keys: keys.iter().map(DependencyKey::as_str).collect(),
                    starts: span.map(|(start, _)| micros(start)),
                    ends: span.map(|(_, end)| micros(end)),
                    problem: problem.as_deref(),
                };
                self.live(&write.key, &live, found)
            }
            (RecordBody::Gone(gone), Some(found)) => self.gone(gone, version, &found),
            // What the mirror does not hold may still come, in a page that was read before.
            (RecordBody::Gone(Gone::Erased), None) => self.keep_out(&write.key, version),
            (RecordBody::Gone(_), None) => Ok(false),
        }
    }

    /// An old state is no news, but who shows it still sees the record: no sweep may take it.
    fn refuse(&self, body: &RecordBody, found: Option<&Found>) -> Done<bool> {
        if let (RecordBody::Live { .. }, Some(Found { id, gone: false, .. })) = (body, found) {
            let mut touch =
                self.db.prepare_cached("UPDATE records SET touched = ?2, seen = ?3 WHERE id = ?1")?;
            touch.execute(params![id, int(self.seq.0), self.now])?;
        }
        Ok(false)
    }

    /// Marks what the writes have touched.
    pub(super) fn mark(self) -> Done<()> {
        dirty::mark(self.db, self.place.tenant, &self.marked, self.seq)
    }

    fn find(&self, key: &RecordKey, views: &[u8]) -> Done<Option<Found>> {
        let Place { tenant, connection, stream, partition } = self.place;
        let mut find = self.db.prepare_cached(
            "SELECT id, version, gone IS NOT NULL, gone IS ?6, starts, ends, keys, views FROM records
             WHERE tenant = ?1 AND connection = ?2 AND stream = ?3 AND partition = ?4 AND key = ?5",
        )?;
        let place = params![
            tenant.as_str(),
            connection.as_str(),
            stream.as_str(),
            partition.as_str(),
            key.as_str(),
            to_json(&Gone::Erased)?
        ];
        let found = find.query_row(place, |row| {
            let starts: Option<i64> = row.get(4)?;
            Ok(Found {
                id: row.get(0)?,
                version: row.get(1)?,
                gone: row.get(2)?,
                erased: row.get(3)?,
                span: starts.zip(row.get(5)?),
                keys: row.get(6)?,
                same_views: row.get_ref(7)?.as_blob()? == views,
            })
        });
        Ok(found.optional()?)
    }

    fn live(&mut self, key: &RecordKey, live: &Live<'_>, found: Option<Found>) -> Done<bool> {
        let keys = to_json(&live.keys)?;
        let Some(found) = found else {
            let id = self.insert(key, live, &keys)?;
            provide(self.db, self.place.tenant, id, live.keys.iter().copied())?;
            self.dirty(live.keys.iter().copied());
            return Ok(true);
        };
        if !found.gone && found.same_views && found.keys == keys {
            let mut touch = self.db.prepare_cached(
                "UPDATE records SET version = ?2, touched = ?3, seen = ?4, starts = ?5, ends = ?6,
                     problem = ?7, raw = ?8
                 WHERE id = ?1",
            )?;
            touch.execute(params![
                found.id,
                live.version,
                int(self.seq.0),
                self.now,
                live.starts,
                live.ends,
                live.problem,
                &live.raw[..]
            ])?;
            return Ok(false);
        }
        let mut replace = self.db.prepare_cached(
            "UPDATE records SET version = ?2, changed = ?3, touched = ?3, seen = ?4, starts = ?5, ends = ?6,
                 gone = NULL, problem = ?7, keys = ?8, views = ?9, raw = ?10
             WHERE id = ?1",
        )?;
        replace.execute(params![
            found.id,
            live.version,
            int(self.seq.0),
            self.now,
            live.starts,
            live.ends,
            live.problem,
            keys,
            &live.views[..],
            &live.raw[..]
        ])?;
        let old: Vec<String> = from_json(&found.keys, "records.keys")?;
        let old: BTreeSet<&str> = old.iter().map(String::as_str).collect();
        withdraw(self.db, self.place.tenant, found.id, old.difference(&live.keys).copied())?;
        provide(self.db, self.place.tenant, found.id, live.keys.difference(&old).copied())?;
        // With the same keys nothing has changed of that which concerns all.
        let same = old == live.keys;
        let concerned = |key: &&str| !same || !DependencyKey::from_stored(*key).concerns_all();
        self.dirty(old.union(&live.keys).copied().filter(concerned));
        Ok(true)
    }

    fn gone(&mut self, gone: &Gone, version: Option<i64>, found: &Found) -> Done<bool> {
        if let (false, Gone::MovedOutOfWindow, Some(window), Some((starts, ends))) =
            (found.gone, gone, self.window, found.span)
            && !window.overlaps(instant(starts), instant(ends))
        {
            return Ok(false);
        }
        // A deletion often comes without a version; the last known one still keeps older states out.
        let mut see = self
            .db
            .prepare_cached("UPDATE records SET seen = ?2, version = coalesce(?3, version) WHERE id = ?1")?;
        see.execute(params![found.id, self.now, version])?;
        if !found.gone {
            for key in bury(self.db, self.place.tenant, found.id, gone, self.seq)? {
                self.marked.insert(key);
            }
        } else if *gone == Gone::Erased && !found.erased {
            let mut erase =
                self.db.prepare_cached("UPDATE records SET gone = ?2, touched = ?3 WHERE id = ?1")?;
            erase.execute(params![found.id, to_json(gone)?, int(self.seq.0)])?;
        }
        Ok(!found.gone)
    }

    /// Makes a tombstone of a record that was never there, which changes nothing that can be seen.
    fn keep_out(&self, key: &RecordKey, version: Option<i64>) -> Done<bool> {
        let Place { tenant, connection, stream, partition } = self.place;
        let mut insert = self.db.prepare_cached(
            "INSERT INTO records (tenant, connection, stream, partition, key, version, changed, touched, seen,
                 gone, keys, views, raw)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, ?8, ?9, '[]', x'', x'')",
        )?;
        insert.execute(params![
            tenant.as_str(),
            connection.as_str(),
            stream.as_str(),
            partition.as_str(),
            key.as_str(),
            version,
            int(self.seq.0),
            self.now,
            to_json(&Gone::Erased)?
        ])?;
        Ok(false)
    }

    fn insert(&self, key: &RecordKey, live: &Live<'_>, keys: &str) -> Done<i64> {
        let Place { tenant, connection, stream, partition } = self.place;
        let mut insert = self.db.prepare_cached(
            "INSERT INTO records (tenant, connection, stream, partition, key, version, changed, touched, seen,
                 starts, ends, problem, keys, views, raw)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
        )?;
        Ok(insert.insert(params![
            tenant.as_str(),
            connection.as_str(),
            stream.as_str(),
            partition.as_str(),
            key.as_str(),
            live.version,
            int(self.seq.0),
            self.now,
            live.starts,
            live.ends,
            live.problem,
            keys,
            &live.views[..],
            &live.raw[..]
        ])?)
    }

    fn dirty<'k>(&mut self, keys: impl Iterator<Item = &'k str>) {
        self.marked.extend(keys.map(DependencyKey::from_stored));
    }
}

/// What is left of a live record.
pub(super) struct Part<'a> {
    pub(super) raw: &'a Bytes,
    pub(super) views: &'a Bytes,
    pub(super) keys: &'a [DependencyKey],
    pub(super) problem: Option<&'a str>,
}

/// Leaves a part of a live record. Gives the keys that are to be marked, if its views have changed.
pub(super) fn leave(
    db: &Connection,
    tenant: &TenantId,
    record: i64,
    part: &Part<'_>,
    seq: Seq,
) -> Done<Option<Vec<DependencyKey>>> {
    let mut find = db.prepare_cached("SELECT keys, views FROM records WHERE id = ?1 AND tenant = ?2")?;
    let (old, same_views): (String, bool) = find.query_row(params![record, tenant.as_str()], |row| {
        Ok((row.get(0)?, row.get_ref(1)?.as_blob()? == &part.views[..]))
    })?;
    let keys: BTreeSet<&str> = part.keys.iter().map(DependencyKey::as_str).collect();
    let new = to_json(&keys)?;
    let changed = !same_views || old != new;
    let mut put = db.prepare_cached(
        "UPDATE records SET changed = iif(?2, ?3, changed), problem = ?4, keys = ?5, views = ?6, raw = ?7
         WHERE id = ?1",
    )?;
    let (views, raw) = (&part.views[..], &part.raw[..]);
    put.execute(params![record, changed, int(seq.0), part.problem, new, views, raw])?;
    if !changed {
        return Ok(None);
    }
    let old: Vec<String> = from_json(&old, "records.keys")?;
    let old: BTreeSet<&str> = old.iter().map(String::as_str).collect();
    withdraw(db, tenant, record, old.difference(&keys).copied())?;
    provide(db, tenant, record, keys.difference(&old).copied())?;
    // With the same keys nothing has changed of that which concerns all.
    let marked = old.union(&keys).map(|key| DependencyKey::from_stored(*key));
    Ok(Some(marked.filter(|key| old != keys || !key.concerns_all()).collect()))
}

/// Makes a tombstone of a live record. Gives the keys that it provided, which are to be marked.
pub(super) fn bury(
    db: &Connection,
    tenant: &TenantId,
    record: i64,
    gone: &Gone,
    seq: Seq,
) -> Done<Vec<DependencyKey>> {
    let mut find = db.prepare_cached("SELECT keys FROM records WHERE id = ?1 AND tenant = ?2")?;
    let keys: String = find.query_row(params![record, tenant.as_str()], |row| row.get(0))?;
    let keys: Vec<String> = from_json(&keys, "records.keys")?;
    let mut clear = db.prepare_cached(
        "UPDATE records SET changed = ?2, touched = ?2, gone = ?3, problem = NULL, keys = '[]', views = x'', raw = x''
         WHERE id = ?1",
    )?;
    clear.execute(params![record, int(seq.0), to_json(gone)?])?;
    withdraw(db, tenant, record, keys.iter().map(String::as_str))?;
    Ok(keys.into_iter().map(DependencyKey::from_stored).collect())
}

/// Removes a record, live or not. Gives the keys that it provided, which are to be marked.
pub(super) fn remove(db: &Connection, tenant: &TenantId, record: i64) -> Done<Vec<DependencyKey>> {
    let mut remove = db.prepare_cached("DELETE FROM records WHERE id = ?1 AND tenant = ?2 RETURNING keys")?;
    let keys: String = remove.query_row(params![record, tenant.as_str()], |row| row.get(0))?;
    let keys: Vec<String> = from_json(&keys, "records.keys")?;
    withdraw(db, tenant, record, keys.iter().map(String::as_str))?;
    Ok(keys.into_iter().map(DependencyKey::from_stored).collect())
}

fn provide<'k>(
    db: &Connection,
    tenant: &TenantId,
    record: i64,
    keys: impl Iterator<Item = &'k str>,
) -> Done<()> {
    let mut put = db.prepare_cached("INSERT INTO provides (tenant, key, record) VALUES (?1, ?2, ?3)")?;
    for key in keys {
        put.execute(params![tenant.as_str(), key, record])?;
    }
    Ok(())
}

fn withdraw<'k>(
    db: &Connection,
    tenant: &TenantId,
    record: i64,
    keys: impl Iterator<Item = &'k str>,
) -> Done<()> {
    let mut remove =
        db.prepare_cached("DELETE FROM provides WHERE tenant = ?1 AND key = ?2 AND record = ?3")?;
    for key in keys {
        remove.execute(params![tenant.as_str(), key, record])?;
    }
    Ok(())
}
