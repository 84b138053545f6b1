//! The store conformance suite, on a file and in memory.
#![allow(clippy::unwrap_used)]

use std::future::{Ready, ready};
use std::sync::Arc;

use acquaint_sqlite::Sqlite;
use tempfile::TempDir;

mod on_a_file {
    use super::*;

    fn place() -> Ready<TempDir> {
        ready(tempfile::tempdir().unwrap())
    }

    async fn open(place: &TempDir) -> Arc<Sqlite> {
        Arc::new(Sqlite::at(place.path().join("acquaint.db")).open().await.unwrap())
    }

    acquaint_testkit::store_conformance!(place, open);
}

mod in_memory {
    use super::*;

    async fn fresh() -> Arc<Sqlite> {
        Arc::new(Sqlite::in_memory().await.unwrap())
    }

    acquaint_testkit::store_conformance!(fresh);
}
