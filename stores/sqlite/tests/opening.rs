//! Whose file it is, which schema it has, and what opening it does.
#![allow(clippy::unwrap_used)]

mod support;

use std::path::Path;

use acquaint_core::ErrorKind;
use acquaint_core::store::{OpenStore, Store};
use acquaint_sqlite::{Sqlite, Synchronous};
use rusqlite::Connection;
use support::{claim, commit, ensure, live, tenant};

async fn refused(path: &Path) -> acquaint_core::Error {
    let before = std::fs::read(path).unwrap();
    let error = Sqlite::at(path).open().await.unwrap_err();
    assert_eq!(std::fs::read(path).unwrap(), before, "a refused file stays as it is");
    assert!(!path.with_extension("db-wal").exists());
    error
}

#[tokio::test]
async fn a_file_opened_again_has_what_was_written() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("acquaint.db");
    let store = Sqlite::at(&path).open().await.unwrap();
    ensure(&store, &["head"]).await;
    let claimed = claim(&store, "w", 0, 1).await.remove(0);
    commit(&store, &claimed.claim, 0, &[live("e1", "one")]).await.unwrap();
    drop(store);

    let store = Sqlite::at(&path).synchronous(Synchronous::Full).readers(1).open().await.unwrap();
    assert_eq!(store.tenant(&tenant()).await.unwrap().unwrap().seq.0, 1);
    let lanes = store.lanes(&tenant()).await.unwrap();
    assert_eq!((lanes.len(), lanes[0].version, support::number(&lanes[0].progress)), (1, 1, 1));
}

#[tokio::test]
async fn a_newer_schema_is_refused_and_left_as_it_is() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("acquaint.db");
    drop(Sqlite::at(&path).open().await.unwrap());
    let newer = directory.path().join("newer.db");
    let db = Connection::open(&path).unwrap();
    db.execute("VACUUM INTO ?1", [newer.to_str().unwrap()]).unwrap();
    let db = Connection::open(&newer).unwrap();
    db.pragma_update(None, "user_version", 7_000).unwrap();
    drop(db);

    let error = refused(&newer).await;
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert_eq!((error.context("schema"), error.context("newest_known")), (Some("7000"), Some("9")));
}

#[tokio::test]
async fn a_database_of_another_program_is_refused_and_left_as_it_is() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("theirs.db");
    let db = Connection::open(&path).unwrap();
    db.execute_batch("CREATE TABLE invoices (id INTEGER PRIMARY KEY)").unwrap();
    drop(db);

    let error = refused(&path).await;
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert!(error.message().contains("another program"), "{error}");
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused_and_left_as_it_is() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("notes.db");
    std::fs::write(&path, "long enough to be read as the header of a database. ".repeat(9)).unwrap();

    let error = refused(&path).await;
    assert_eq!(error.kind(), ErrorKind::Invalid);
}

#[tokio::test]
async fn a_directory_that_does_not_exist_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("missing").join("acquaint.db");
    let error = Sqlite::at(&path).open().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Store);
    assert!(!error.is_transient());
    assert!(error.to_string().contains("missing"), "{error}");
}

#[tokio::test]
async fn a_path_that_names_no_file_is_refused() {
    for path in ["", ":memory:"] {
        assert_eq!(Sqlite::at(path).open().await.unwrap_err().kind(), ErrorKind::Invalid);
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_new_file_is_readable_by_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;

    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("acquaint.db");
    let store = Sqlite::at(&path).open().await.unwrap();
    for file in [path.clone(), path.with_extension("db-wal")] {
        assert_eq!(
            std::fs::metadata(&file).unwrap().permissions().mode() & 0o777,
            0o600,
            "{}",
            file.display()
        );
    }
    drop(store);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_may_open_one_new_file_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("acquaint.db");
    let opening: Vec<_> = (0..8).map(|_| tokio::spawn(Sqlite::at(&path).readers(1).open())).collect();
    for store in opening {
        ensure(&store.await.unwrap().unwrap(), &["head"]).await;
    }
}

#[tokio::test]
async fn options_open_as_a_store() {
    let directory = tempfile::tempdir().unwrap();
    let options: Box<dyn OpenStore> = Box::new(Sqlite::at(directory.path().join("acquaint.db")));
    let store = options.open_store().await.unwrap();
    assert_eq!(store.tenant(&tenant()).await.unwrap(), None);
}

#[tokio::test]
async fn a_lock_held_too_long_is_a_transient_error() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("acquaint.db");
    let store = Sqlite::at(&path).busy_timeout(std::time::Duration::ZERO).open().await.unwrap();
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();

    let error = store.update_tenant(&tenant(), &Default::default()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Store);
    assert!(error.is_transient());
    assert!(error.to_string().starts_with("update_tenant: "), "{error}");
    // Those who read wait for nobody.
    assert_eq!(store.tenant(&tenant()).await.unwrap(), None);

    other.execute_batch("ROLLBACK").unwrap();
    store.update_tenant(&tenant(), &Default::default()).await.unwrap();
}

#[tokio::test]
async fn a_damaged_file_is_named_as_such() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("acquaint.db");
    let store = Sqlite::at(&path).open().await.unwrap();
    ensure(&store, &["head"]).await;
    let damaged = directory.path().join("damaged.db");
    let db = Connection::open(&path).unwrap();
    db.execute("VACUUM INTO ?1", [damaged.to_str().unwrap()]).unwrap();
    let copy = Connection::open(&damaged).unwrap();
    let page: u32 = copy
        .query_row("SELECT rootpage FROM sqlite_schema WHERE name = 'lanes' AND type = 'table'", [], |row| {
            row.get(0)
        })
        .unwrap();
    drop(copy);
    let mut bytes = std::fs::read(&damaged).unwrap();
    let start = usize::try_from(page - 1).unwrap() * 4_096;
    bytes[start..start + 4_096].fill(0xa5);
    std::fs::write(&damaged, bytes).unwrap();

    let store = Sqlite::at(&damaged).open().await.unwrap();
    let error = store.lanes(&tenant()).await.unwrap_err();
    assert_eq!((error.kind(), error.is_transient()), (ErrorKind::Store, false));
    assert!(error.message().contains("damaged") && error.advice().is_some(), "{error}");
}
