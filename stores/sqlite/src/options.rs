//! How a database file is opened.

use std::path::PathBuf;
use std::time::Duration;

use acquaint_core::Result;

use crate::Sqlite;

/// When SQLite waits for the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Synchronous {
    /// At checkpoints, and whenever a credential is saved. A crash of the process loses nothing. A power cut or
    /// a crash of the operating system may take back the newest commits, all of a commit or nothing, never
    /// one without those before it. Records and cursors go back together, so what was lost is read again;
    /// whoever keeps a feed position elsewhere may then be ahead of the feed.
    #[default]
    Normal,
    /// At every commit: a power cut loses nothing that was answered.
    Full,
}

/// Options of a store on one database file; made by [`Sqlite::at`].
#[derive(Debug, Clone)]
#[must_use = "nothing is opened before `open`"]
pub struct SqliteOptions {
    pub(crate) path: PathBuf,
    pub(crate) busy_timeout: Duration,
    pub(crate) synchronous: Synchronous,
    pub(crate) readers: usize,
    pub(crate) queue: usize,
    pub(crate) cache_kib: u32,
}

impl SqliteOptions {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self {
            path,
            busy_timeout: Duration::from_secs(10),
            synchronous: Synchronous::default(),
            readers: 4,
            queue: 64,
            cache_kib: 65_536,
        }
    }

    /// How long a verb waits for another process's transaction before it fails with a transient error; 10
    /// seconds unless set.
    pub fn busy_timeout(mut self, timeout: Duration) -> Self {
        self.busy_timeout = timeout;
        self
    }

    /// When SQLite waits for the disk; [`Synchronous::Normal`] unless set.
    pub fn synchronous(mut self, synchronous: Synchronous) -> Self {
        self.synchronous = synchronous;
        self
    }

    /// Threads that read, each with a connection of its own; 4 unless set, 1 at least.
    pub fn readers(mut self, readers: usize) -> Self {
        self.readers = readers.max(1);
        self
    }

    /// How many calls of each kind may wait in line before further ones wait to get in; 64 unless set, 1 at
    /// least.
    pub fn queue(mut self, calls: usize) -> Self {
        self.queue = calls.clamp(1, 1 << 16);
        self
    }

    /// The page cache of the writing connection in KiB; 65,536 unless set. Readers have a quarter of it each.
    pub fn cache_kib(mut self, kib: u32) -> Self {
        self.cache_kib = kib;
        self
    }

    /// Opens the file, makes it if there is none (on Unix readable by its owner alone), and brings its schema
    /// up to date. Several processes may do so at once.
    ///
    /// # Errors
    /// `Invalid` if the file is no database, not this library's, or of a newer schema: it is left as it is.
    /// `Store` if it cannot be opened or written.
    pub async fn open(self) -> Result<Sqlite> {
        Sqlite::open(self).await
    }
}
