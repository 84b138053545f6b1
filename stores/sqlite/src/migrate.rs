//! Whose file it is, and which schema it has.

use acquaint_core::Error;
use rusqlite::{Connection, TransactionBehavior};

use crate::fault::Done;

/// Marks the file as this library's: `acqt`.
const APPLICATION: i32 = 0x6163_7174;

/// The schema's versions, the first one first. A released one never changes.
const MIGRATIONS: &[&str] = &[
    include_str!("../migrations/0001_first.sql"),
    include_str!("../migrations/0002_connections.sql"),
    include_str!("../migrations/0003_subscriptions.sql"),
    include_str!("../migrations/0004_key_hints.sql"),
    include_str!("../migrations/0005_revisions.sql"),
    include_str!("../migrations/0006_items.sql"),
    include_str!("../migrations/0007_gathered.sql"),
    include_str!("../migrations/0008_outbox.sql"),
    include_str!("../migrations/0009_privacy.sql"),
];

/// The newest schema that this release knows.
const NEWEST: usize = MIGRATIONS.len();

/// The version of the file's schema; 0 if the file is empty.
///
/// Reads only: a file that is not ours must stay as it is.
pub(crate) fn recognise(db: &Connection) -> Done<usize> {
    let application: i32 = db.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let version: i64 = db.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if application == APPLICATION {
        return match usize::try_from(version) {
            Ok(version) if version <= NEWEST => Ok(version),
            _ => Err(Error::invalid("the database file has a newer schema than this release knows")
                .with("schema", version)
                .with("newest_known", NEWEST)
                .advise("run a release at least as new as the one that wrote it; the file was left as it is")
                .into()),
        };
    }
    let objects: i64 = db.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if application == 0 && version == 0 && objects == 0 {
        return Ok(0);
    }
    Err(Error::invalid("the database file belongs to another program")
        .with("application_id", application)
        .advise("give acquaint a file of its own; this one was left as it is")
        .into())
}

/// Brings the schema up to date, all of it or nothing.
pub(crate) fn migrate(db: &mut Connection) -> Done<()> {
    if recognise(db)? == NEWEST {
        return Ok(());
    }
    let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Another process may have been first.
    let version = recognise(&tx)?;
    for migration in MIGRATIONS.iter().skip(version) {
        tx.execute_batch(migration)?;
    }
    tx.pragma_update(None, "application_id", APPLICATION)?;
    tx.pragma_update(None, "user_version", i64::try_from(NEWEST).unwrap_or(i64::MAX))?;
    tx.commit()?;
    Ok(())
}
