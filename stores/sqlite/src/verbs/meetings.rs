//! Reads of meetings and of the feed.

use std::collections::BTreeMap;

use acquaint_core::depkey::DependencyKey;
use acquaint_core::ids::{MeetingId, RecordRef, TenantId};
use acquaint_core::meeting::Meeting;
use acquaint_core::store::{ChangeKind, FeedEntry, MeetingQuery, MeetingRow};
use acquaint_core::{Error, ErrorKind};
use rusqlite::{CachedStatement, Connection, OptionalExtension, Params, Row, Rows, params};

use crate::fault::{Done, from_json};
use crate::instant::{count, instant, int, micros, rows};

/// The bound of a query that names none.
const LIMIT: usize = 1_000;

pub(crate) fn of(db: &Connection, tenant: &TenantId, identities: &[String]) -> Done<Vec<MeetingRow>> {
    let mut find = db.prepare_cached(
        "SELECT meeting, revision, announced, announced_items FROM meetings WHERE tenant = ?1 AND identity = ?2",
    )?;
    let mut meetings = BTreeMap::new();
    for identity in identities {
        for row in all(&mut find, [tenant.as_str(), identity.as_str()])? {
            meetings.insert(row.meeting.id.clone(), row);
        }
    }
    Ok(meetings.into_values().collect())
}

pub(crate) fn with(db: &Connection, tenant: &TenantId, copies: &[RecordRef]) -> Done<Vec<MeetingRow>> {
    let mut find = db.prepare_cached(
        "SELECT m.meeting, m.revision, m.announced, m.announced_items
         FROM copies c CROSS JOIN meetings m ON m.number = c.meeting
         WHERE c.tenant = ?1 AND c.connection = ?2 AND c.stream = ?3 AND c.partition = ?4 AND c.key = ?5",
    )?;
    let mut meetings = BTreeMap::new();
    for RecordRef { connection, stream, partition, key } in copies {
        let place = [tenant.as_str(), connection.as_str(), stream.as_str(), partition.as_str(), key.as_str()];
        for row in all(&mut find, place)? {
            meetings.insert(row.meeting.id.clone(), row);
        }
    }
    Ok(meetings.into_values().collect())
}

pub(crate) fn query(db: &Connection, tenant: &TenantId, query: &MeetingQuery) -> Done<Vec<MeetingRow>> {
    let mut find = db.prepare_cached(
        "SELECT meeting, revision, announced, announced_items FROM meetings
         WHERE tenant = ?1 AND starts >= ?2 AND starts < ?3 AND (starts, id) > (?2, ?4) AND ends > ?5
           AND kept BETWEEN ?6 AND ?7
         ORDER BY starts, id LIMIT ?8",
    )?;
    // Without a place to go on from: the one before every meeting.
    let (after, id) = query.after.as_ref().map_or((i64::MIN, ""), |(at, id)| (micros(*at), id.as_str()));
    let limit = rows(if query.limit == 0 { LIMIT } else { query.limit });
    all(
        &mut find,
        params![
            tenant.as_str(),
            after,
            query.to.map_or(i64::MAX, micros),
            id,
            query.from.map_or(i64::MIN, micros),
            query.kept.unwrap_or(false),
            query.kept.unwrap_or(true),
            limit
        ],
    )
}

pub(crate) fn one(db: &Connection, tenant: &TenantId, id: &MeetingId) -> Done<Option<MeetingRow>> {
    let mut find = db.prepare_cached(
        "SELECT meeting, revision, announced, announced_items FROM meetings WHERE tenant = ?1 AND id = ?2",
    )?;
    Ok(all(&mut find, [tenant.as_str(), id.as_str()])?.pop())
}

pub(crate) fn read_set(db: &Connection, tenant: &TenantId, id: &MeetingId) -> Done<Vec<DependencyKey>> {
    let mut find = db.prepare_cached("SELECT reads FROM meetings WHERE tenant = ?1 AND id = ?2")?;
    let found: Option<String> =
        find.query_row([tenant.as_str(), id.as_str()], |row| row.get(0)).optional()?;
    found.map_or_else(|| Ok(Vec::new()), |reads| from_json(&reads, "meetings.reads"))
}

pub(crate) fn feed(db: &Connection, tenant: &TenantId, after: u64, limit: usize) -> Done<Vec<FeedEntry>> {
    let mut find = db.prepare_cached(
        "SELECT position, meeting, revision, change, content, at, section, item FROM feed
         WHERE tenant = ?1 AND position > ?2 ORDER BY position LIMIT ?3",
    )?;
    entries(find.query(params![tenant.as_str(), int(after), rows(limit)])?)
}

pub(crate) fn feed_of(
    db: &Connection,
    tenant: &TenantId,
    meeting: &MeetingId,
    limit: usize,
) -> Done<Vec<FeedEntry>> {
    let mut find = db.prepare_cached(
        "SELECT position, meeting, revision, change, content, at, section, item FROM feed INDEXED BY feed_meeting
         WHERE tenant = ?1 AND meeting = ?2 ORDER BY position DESC LIMIT ?3",
    )?;
    entries(find.query(params![tenant.as_str(), meeting.as_str(), rows(limit)])?)
}

fn entries(mut found: Rows<'_>) -> Done<Vec<FeedEntry>> {
    let mut entries = Vec::new();
    while let Some(row) = found.next()? {
        let entry = FeedEntry::new(
            count(row.get(0)?),
            MeetingId::from(row.get::<_, String>(1)?),
            count(row.get(2)?),
            change(&row.get::<_, String>(3)?)?,
            from_json(&row.get::<_, String>(4)?, "feed.content")?,
            instant(row.get(5)?),
        );
        entries.push(match row.get::<_, Option<String>>(7)? {
            Some(key) => entry.of_item(row.get::<_, String>(6)?, key),
            None => entry,
        });
    }
    Ok(entries)
}

pub(crate) fn feed_position(db: &Connection, tenant: &TenantId) -> Done<u64> {
    let mut find = db.prepare_cached("SELECT position FROM joins WHERE tenant = ?1")?;
    let position: Option<i64> = find.query_row([tenant.as_str()], |row| row.get(0)).optional()?;
    Ok(position.map_or(0, count))
}

fn change(word: &str) -> Done<ChangeKind> {
    match word {
        "added" => Ok(ChangeKind::Added),
        "changed" => Ok(ChangeKind::Changed),
        "removed" => Ok(ChangeKind::Removed),
        _ => Err(Error::new(ErrorKind::Store, "a stored value cannot be read")
            .with("column", "feed.change")
            .advise("check that no other program writes to this file, and restore a backup")
            .into()),
    }
}

fn all(find: &mut CachedStatement<'_>, place: impl Params) -> Done<Vec<MeetingRow>> {
    let mut found = find.query(place)?;
    let mut meetings = Vec::new();
    while let Some(row) = found.next()? {
        meetings.push(read(row)?);
    }
    Ok(meetings)
}

fn read(row: &Row<'_>) -> Done<MeetingRow> {
    let meeting: Meeting = from_json(&row.get::<_, String>(0)?, "meetings.meeting")?;
    let mut stored = MeetingRow::new(meeting);
    stored.revision = count(row.get(1)?);
    let announced: Option<String> = row.get(2)?;
    stored.announced = announced.map(|json| from_json(&json, "meetings.announced")).transpose()?;
    let items: Option<String> = row.get(3)?;
    stored.announced_items =
        items.map(|json| from_json(&json, "meetings.announced_items")).transpose()?.unwrap_or_default();
    Ok(stored)
}
