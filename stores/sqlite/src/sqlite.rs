//! The store's handle.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use acquaint_core::store::{OpenStore, Store};
use acquaint_core::{Result, async_trait};
use rusqlite::{Connection, TransactionBehavior};

use crate::connect;
use crate::fault::{Done, Fault};
use crate::options::{SqliteOptions, Synchronous};
use crate::worker::{Line, Queue};

/// A store in one SQLite file, or in memory. Cheap to clone; the threads end with the last clone.
///
/// Every verb is one transaction. A call whose future is dropped is still done whole or not at all.
#[derive(Clone)]
pub struct Sqlite {
    shared: Arc<Shared>,
}

struct Shared {
    path: Option<PathBuf>,
    synchronous: Synchronous,
    writer: Arc<Queue>,
    /// `None` if the writing thread reads too.
    readers: Option<Arc<Queue>>,
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.writer.close();
        if let Some(readers) = &self.readers {
            readers.close();
        }
    }
}

impl fmt::Debug for Sqlite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sqlite").field("path", &self.shared.path).finish_non_exhaustive()
    }
}

impl Sqlite {
    /// A store in the file at `path`, to be opened.
    pub fn at(path: impl Into<PathBuf>) -> SqliteOptions {
        SqliteOptions::new(path.into())
    }

    /// A store in memory, for tests: gone with its last clone.
    ///
    /// # Errors
    /// `Store` if a thread or the memory for it cannot be had.
    pub async fn in_memory() -> Result<Self> {
        let options = SqliteOptions::new(PathBuf::new());
        let writer = Queue::new(options.queue);
        // A second connection would see another database, so one thread does everything.
        let shared =
            Shared { path: None, synchronous: Synchronous::Full, writer: Arc::clone(&writer), readers: None };
        let store = Self { shared: Arc::new(shared) };
        writer.serve(connect::memory).await.map_err(|fault| fault.into_error("open"))?;
        Ok(store)
    }

    pub(crate) async fn open(options: SqliteOptions) -> Result<Self> {
        let (writer, readers) = (Queue::new(options.queue), Queue::new(options.queue));
        let shared = Shared {
            path: Some(options.path.clone()),
            synchronous: options.synchronous,
            writer: Arc::clone(&writer),
            readers: Some(Arc::clone(&readers)),
        };
        // Made first: if anything below fails, its end lets the threads end.
        let store = Self { shared: Arc::new(shared) };
        let fail = |fault: Fault| fault.into_error("open").with("path", options.path.display());
        let own = options.clone();
        writer.serve(move || connect::writer(&own)).await.map_err(fail)?;
        for _ in 0..options.readers {
            let own = options.clone();
            readers.serve(move || connect::reader(&own)).await.map_err(fail)?;
        }
        Ok(store)
    }

    /// Reads, all of it from one state of the database.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        operation: &'static str,
        line: Line,
        work: impl FnOnce(&Connection) -> Done<T> + Send + 'static,
    ) -> Result<T> {
        let queue = self.shared.readers.as_ref().unwrap_or(&self.shared.writer);
        let done = queue.call(line, move |db| within(db, TransactionBehavior::Deferred, work)).await;
        done.map_err(|fault| fault.into_error(operation))
    }

    /// Writes, all or nothing.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        operation: &'static str,
        line: Line,
        work: impl FnOnce(&Connection) -> Done<T> + Send + 'static,
    ) -> Result<T> {
        let writer = &self.shared.writer;
        let done = writer.call(line, move |db| within(db, TransactionBehavior::Immediate, work)).await;
        done.map_err(|fault| fault.into_error(operation))
    }

    /// Writes, and answers only once it is on the disk.
    pub(crate) async fn write_through<T: Send + 'static>(
        &self,
        operation: &'static str,
        work: impl FnOnce(&Connection) -> Done<T> + Send + 'static,
    ) -> Result<T> {
        let usual = self.shared.synchronous;
        let work = move |db: &mut Connection| {
            if usual == Synchronous::Full {
                return within(db, TransactionBehavior::Immediate, work);
            }
            connect::synchronous(db, Synchronous::Full)?;
            let done = within(db, TransactionBehavior::Immediate, work);
            // Should it stay as it is, commits are only slower.
            let _ = connect::synchronous(db, usual);
            done
        };
        let done = self.shared.writer.call(Line::Fast, work).await;
        done.map_err(|fault| fault.into_error(operation))
    }
}

#[async_trait]
impl OpenStore for Sqlite {
    async fn open_store(self: Box<Self>) -> Result<Arc<dyn Store>> {
        Ok(Arc::new(*self))
    }
}

#[async_trait]
impl OpenStore for SqliteOptions {
    async fn open_store(self: Box<Self>) -> Result<Arc<dyn Store>> {
        Ok(Arc::new(self.open().await?))
    }
}

fn within<T>(
    db: &mut Connection,
    behavior: TransactionBehavior,
    work: impl FnOnce(&Connection) -> Done<T>,
) -> Done<T> {
    // Dropped on the way out of an error or a panic, it rolls back.
    let tx = db.transaction_with_behavior(behavior)?;
    let done = work(&tx)?;
    tx.commit()?;
    Ok(done)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use acquaint_core::ErrorKind;
    use acquaint_core::store::TenantUpdate;

    use super::*;

    #[tokio::test]
    async fn a_full_disk_is_a_transient_error_and_keeps_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let store = Sqlite::at(directory.path().join("acquaint.db")).open().await.unwrap();
        let bound = |pages: i64| {
            store.write("bound", Line::Fast, move |db| {
                Ok(db.pragma_update_and_check(None, "max_page_count", pages, |row| row.get::<_, i64>(0))?)
            })
        };
        // SQLite raises a bound that is too low to the size of the file.
        bound(1).await.unwrap();
        let mut update = TenantUpdate::default();
        update.slots.insert("large".to_owned(), "x".repeat(1 << 20).into());
        let error = store.update_tenant(&"acme".into(), &update).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Store);
        assert!(error.is_transient() && error.message().contains("disk is full"), "{error}");
        assert!(store.tenant(&"acme".into()).await.unwrap().is_none());

        bound(1 << 20).await.unwrap();
        store.update_tenant(&"acme".into(), &update).await.unwrap();
    }

    #[tokio::test]
    async fn an_error_never_shows_what_was_stored() {
        let store = Sqlite::in_memory().await.unwrap();
        store.update_tenant(&"acme".into(), &TenantUpdate::default()).await.unwrap();
        let spoil = |slots: &'static str| {
            store.write("spoil", Line::Fast, move |db| {
                Ok(db.execute("UPDATE tenants SET slots = ?1", [slots])?)
            })
        };
        for slots in ["\"jane@globex.com\"", "{\"jane@globex.com\": "] {
            spoil(slots).await.unwrap();
            let error = store.tenant(&"acme".into()).await.unwrap_err();
            assert_eq!((error.kind(), error.context("column")), (ErrorKind::Store, Some("tenants.slots")));
            assert!(!format!("{error:?}").contains("jane"), "{error:?}");
        }
    }

    #[tokio::test]
    async fn saved_credentials_are_on_the_disk_before_the_answer() {
        let directory = tempfile::tempdir().unwrap();
        let store = Sqlite::at(directory.path().join("acquaint.db")).open().await.unwrap();
        let level =
            |db: &Connection| Ok(db.pragma_query_value(None, "synchronous", |row| row.get::<_, i64>(0))?);
        let (normal, full) = (1, 2);
        assert_eq!(store.write("commit", Line::Slow, level).await.unwrap(), normal);
        assert_eq!(store.write_through("save", level).await.unwrap(), full);
        assert_eq!(store.write("commit", Line::Slow, level).await.unwrap(), normal);
    }
}
