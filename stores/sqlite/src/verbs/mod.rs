//! What the verbs do inside their transactions, by subject.

pub(crate) mod attempts;
pub(crate) mod connections;
pub(crate) mod dirty;
pub(crate) mod gather;
pub(crate) mod join;
pub(crate) mod key_hints;
pub(crate) mod lanes;
pub(crate) mod meetings;
pub(crate) mod notices;
pub(crate) mod outbox;
pub(crate) mod page;
pub(crate) mod partitions;
pub(crate) mod record_keys;
pub(crate) mod records;
pub(crate) mod retire;
pub(crate) mod revisions;
pub(crate) mod shed;
pub(crate) mod subscriptions;
pub(crate) mod sweep;
pub(crate) mod tenants;
pub(crate) mod tickets;
pub(crate) mod tokens;
mod write;

use rusqlite::Connection;

use crate::fault::Done;

/// The next value of a counter that never goes back.
fn next(db: &Connection, counter: &str) -> Done<i64> {
    let mut raise =
        db.prepare_cached("UPDATE counters SET value = value + 1 WHERE name = ?1 RETURNING value")?;
    Ok(raise.query_row([counter], |row| row.get(0))?)
}

/// The smallest text that comes after this one in byte order.
fn just_after(text: &str) -> String {
    format!("{text}\0")
}
