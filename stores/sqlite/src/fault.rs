//! What can go wrong with a file, as typed errors.

use acquaint_core::error::Retry;
use acquaint_core::{Error, ErrorKind};
use rusqlite::ErrorCode;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A failure inside a verb, before it knows which verb.
#[derive(Debug)]
pub(crate) enum Fault {
    /// SQLite's own.
    Sqlite(rusqlite::Error),
    /// One that is typed already.
    Typed(Error),
}

/// What a verb's work gives.
pub(crate) type Done<T> = Result<T, Fault>;

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Typed(error)
    }
}

impl Fault {
    /// The error for the caller of `operation`.
    pub(crate) fn into_error(self, operation: &'static str) -> Error {
        match self {
            Self::Typed(error) => error,
            Self::Sqlite(error) => explain(error),
        }
        .operation(operation)
    }

    /// Whether another process stood in the way.
    pub(crate) fn is_busy(&self) -> bool {
        matches!(self, Self::Sqlite(error) if is_busy(error))
    }
}

fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

fn explain(error: rusqlite::Error) -> Error {
    let (message, retry, advice) = match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::FileLockingProtocolFailed) => (
            "the database file is locked by another process",
            Retry::Backoff,
            "try again, end long transactions of other programs on this file, or raise the busy time-out",
        ),
        Some(ErrorCode::DiskFull) => (
            "the disk is full; nothing of this call was kept",
            Retry::Backoff,
            "free space on the volume of the database file, then try again",
        ),
        Some(ErrorCode::SystemIoFailure) => (
            "the disk failed to read or write; nothing of this call was kept",
            Retry::Backoff,
            "look into the system's log for the volume of the database file",
        ),
        Some(ErrorCode::DatabaseCorrupt) => (
            "the database file is damaged",
            Retry::Never,
            "stop every process on the file, keep a copy of it with its -wal file, and restore a backup",
        ),
        Some(ErrorCode::NotADatabase) => {
            return Error::invalid("this is no SQLite database")
                .with_source(error)
                .advise("name another path; the file was left as it is");
        }
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => (
            "the database file may not be written",
            Retry::Never,
            "let this process write the file and its directory, where the -wal and -shm files are made",
        ),
        Some(ErrorCode::CannotOpen) => (
            "the database file cannot be opened",
            Retry::Never,
            "check that its directory exists and that this process may write there",
        ),
        Some(ErrorCode::TooBig) => (
            "a value is larger than SQLite can keep in one row",
            Retry::Never,
            "leave large fields out of what is mirrored",
        ),
        Some(ErrorCode::OutOfMemory) => {
            ("SQLite has no memory left", Retry::Backoff, "lower the cache size, or give the process more")
        }
        Some(_) => (
            "SQLite refused a statement",
            Retry::Never,
            "check that no other program has altered the schema of this file",
        ),
        None => (
            "a stored value has another form than this release writes",
            Retry::Never,
            "check that no other program writes to this file, and restore a backup",
        ),
    };
    let refused = Error::new(ErrorKind::Store, message).retry(retry).advise(advice);
    match error.sqlite_error() {
        Some(code) => refused.with("sqlite", code.extended_code).with_source(error),
        // What failed to convert may be named in such an error.
        None => refused,
    }
}

/// A value as JSON text.
pub(crate) fn to_json<T: Serialize + ?Sized>(value: &T) -> Done<String> {
    serde_json::to_string(value)
        .map_err(|_| Error::bug("a value that is to be stored does not serialise").into())
}

/// A stored JSON value. The error says which column it is, and nothing of the content.
pub(crate) fn from_json<T: DeserializeOwned>(text: &str, column: &'static str) -> Done<T> {
    serde_json::from_str(text).map_err(|error| {
        Error::new(ErrorKind::Store, "a stored value cannot be read")
            .with("column", column)
            .with("line", error.line())
            .with("place", error.column())
            .advise("check that no other program writes to this file, and restore a backup")
            .into()
    })
}
