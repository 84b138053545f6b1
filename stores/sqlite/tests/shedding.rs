//! What privacy takes out of the mirror is taken out of the file.
#![allow(clippy::unwrap_used)]

mod support;

use std::path::Path;

use acquaint_core::ids::{ConnectionId, PartitionKey, RecordKey, RecordRef, StreamName};
use acquaint_core::record::Gone;
use acquaint_core::store::{Left, LocalCommit, RecordBody, RecordWrite, Shed, ShedWrite, Store};
use acquaint_sqlite::Sqlite;
use bytes::Bytes;
use support::{at, tenant};

/// Whether a file holds these bytes.
fn holds(file: &Path, text: &str) -> bool {
    std::fs::read(file).unwrap().windows(text.len()).any(|window| window == text.as_bytes())
}

#[tokio::test]
async fn what_is_shed_is_gone_from_the_file_once_its_log_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("acquaint.db");
    let store = Sqlite::at(&path).open().await.unwrap();
    let (tenant, connection, stream) = (tenant(), ConnectionId::from("c1"), StreamName::from("events"));
    // More than a page of the file, so that some of it lies on pages of its own.
    let secret = |what: &str| format!("planted {what}").repeat(1_000);
    let write = |key: &str| RecordWrite {
        key: key.into(),
        version: None,
        body: RecordBody::Live {
            raw: Bytes::from(secret(key)),
            views: Bytes::from(secret(key)),
            keys: Vec::new(),
            span: None,
            problem: None,
        },
    };
    let writes = ["title", "event", "rest"].map(write);
    let (tenant, connection, stream) = (&tenant, &connection, &stream);
    let commit = LocalCommit { tenant, connection, stream, writes: &writes, now: at(0) };
    let seq = store.commit_local(&commit).await.unwrap().seq;
    let place = |key: &str| RecordRef {
        connection: connection.clone(),
        stream: stream.clone(),
        partition: PartitionKey::whole(),
        key: RecordKey::from(key),
    };
    let part = Left::Part {
        raw: Bytes::from("times"),
        views: Bytes::from("times"),
        keys: Vec::new(),
        problem: None,
    };
    let writes = [
        ShedWrite { record: place("title"), touched: seq, left: part },
        ShedWrite { record: place("event"), touched: seq, left: Left::Nothing(Gone::PastRetention) },
    ];
    store.shed(&Shed { tenant, writes: &writes, reached: None }).await.unwrap();
    drop(store);
    let db = rusqlite::Connection::open(&path).unwrap();
    db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    assert!(holds(&path, "planted rest"));
    for planted in ["planted title", "planted event"] {
        assert!(!holds(&path, planted), "{planted}");
    }
}
