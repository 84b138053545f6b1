//! Connections to a file: how they are opened and set up.

use std::path::Path;
use std::time::Duration;

use acquaint_core::Error;
use rusqlite::{Connection, OpenFlags};

use crate::fault::{Done, Fault};
use crate::migrate;
use crate::options::{SqliteOptions, Synchronous};

/// How long to wait between two attempts to switch a file to write-ahead logging.
const PAUSE: Duration = Duration::from_millis(10);

/// Statements kept prepared per connection; there are fewer in this crate.
const STATEMENTS: usize = 128;

/// The connection that writes, on a file of the newest schema.
pub(crate) fn writer(options: &SqliteOptions) -> Done<Connection> {
    let path = &options.path;
    if path.as_os_str().is_empty() || path.as_os_str() == ":memory:" {
        return Err(Error::invalid("the path names no file")
            .advise("use `Sqlite::in_memory` for a store without one")
            .into());
    }
    create(path)?;
    let mut db = connection(options, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    // Before anything is changed, for the file may be somebody else's.
    migrate::recognise(&db)?;
    write_ahead(&db, options.busy_timeout)?;
    db.pragma_update(None, "synchronous", word(options.synchronous))?;
    db.pragma_update(None, "cache_size", -i64::from(options.cache_kib))?;
    // A page of records is some hundred pages of log: SQLite's own bound of 1,000 would mean a checkpoint every
    // few commits. The second bound gives back what a long read has made the log grow to.
    db.pragma_update(None, "wal_autocheckpoint", 4_000)?;
    db.pragma_update(None, "journal_size_limit", 64 << 20)?;
    // What privacy takes out, and whom somebody has erased, is to be gone from the file and not only from its tables. It
    // must be so from the start: rows that are moved leave copies behind otherwise.
    db.pragma_update_and_check(None, "secure_delete", true, |_| Ok(()))?;
    migrate::migrate(&mut db)?;
    Ok(db)
}

/// A connection that reads.
pub(crate) fn reader(options: &SqliteOptions) -> Done<Connection> {
    // Opened for writing, as the first reader after a crash has to put the log's index in order.
    let db = connection(options, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    db.pragma_update(None, "query_only", true)?;
    db.pragma_update(None, "cache_size", -i64::from(options.cache_kib / 4))?;
    Ok(db)
}

/// A database without a file.
pub(crate) fn memory() -> Done<Connection> {
    let mut db = Connection::open_in_memory()?;
    db.set_prepared_statement_cache_capacity(STATEMENTS);
    migrate::migrate(&mut db)?;
    Ok(db)
}

/// Whether commits wait for the disk from now on.
pub(crate) fn synchronous(db: &Connection, synchronous: Synchronous) -> Done<()> {
    Ok(db.pragma_update(None, "synchronous", word(synchronous))?)
}

fn word(synchronous: Synchronous) -> &'static str {
    match synchronous {
        Synchronous::Normal => "NORMAL",
        Synchronous::Full => "FULL",
    }
}

fn connection(options: &SqliteOptions, flags: OpenFlags) -> Done<Connection> {
    let db = Connection::open_with_flags(&options.path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    db.busy_timeout(options.busy_timeout)?;
    db.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(db)
}

/// Makes the file if there is none; SQLite gives its log the same permissions.
fn create(path: &Path) -> Done<()> {
    let mut file = std::fs::OpenOptions::new();
    file.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut file, 0o600);
    match file.open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(Error::new(acquaint_core::ErrorKind::Store, "the database file cannot be made")
            .with_source(error)
            .advise("check that its directory exists and that this process may write there")
            .into()),
    }
}

/// Switches to write-ahead logging. SQLite does not always wait for other processes here, so this does.
fn write_ahead(db: &Connection, timeout: Duration) -> Done<()> {
    let mut attempts = timeout.as_millis() / PAUSE.as_millis();
    let mode: String = loop {
        match db.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0)).map_err(Fault::from) {
            Ok(mode) => break mode,
            Err(fault) if fault.is_busy() && attempts > 0 => {
                attempts -= 1;
                std::thread::sleep(PAUSE);
            }
            Err(fault) => return Err(fault),
        }
    };
    if mode == "wal" {
        return Ok(());
    }
    Err(Error::invalid("write-ahead logging does not work here")
        .with("journal_mode", mode)
        .advise("put the file on a local disk; network file systems do not do")
        .into())
}
