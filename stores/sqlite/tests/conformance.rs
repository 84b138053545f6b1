//! The store conformance suite, on a file and in memory.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use acquaint_sqlite::Sqlite;

mod on_a_file {
    use super::*;

    async fn fresh() -> (Arc<Sqlite>, tempfile::TempDir) {
        let directory = tempfile::tempdir().unwrap();
        let store = Sqlite::at(directory.path().join("acquaint.db")).open().await.unwrap();
        (Arc::new(store), directory)
    }

    acquaint_testkit::store_conformance!(fresh);
}

mod in_memory {
    use super::*;

    async fn fresh() -> Arc<Sqlite> {
        Arc::new(Sqlite::in_memory().await.unwrap())
    }

    acquaint_testkit::store_conformance!(fresh);
}
