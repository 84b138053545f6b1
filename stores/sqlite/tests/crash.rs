//! A process killed in the middle of its commits leaves a file in which everything belongs together.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use acquaint_core::ids::WorkerId;
use acquaint_core::store::{RecordQuery, Store};
use acquaint_sqlite::Sqlite;
use support::{at, claim, commit, ensure, lane, live, number, tenant};

const FILE: &str = "ACQUAINT_CRASH_TEST_FILE";
const RECORDS: usize = 60;

/// Record `n` of every page; the views say which page wrote them.
fn page(of: u64) -> Vec<acquaint_core::store::RecordWrite> {
    (0..RECORDS).map(|n| live(&format!("e{n:03}"), &format!("page {of}"))).collect()
}

/// Runs in the child only: commits pages until it is killed, and says so after each.
#[tokio::test]
async fn commit_until_killed() {
    let Ok(path) = std::env::var(FILE) else { return };
    let store = Sqlite::at(path).open().await.unwrap();
    ensure(&store, &["head"]).await;
    // Pages are committed with a lease that ends long before.
    let claimed = claim(&store, "child", 1_000, 1).await.remove(0);
    let mut version = claimed.state.version;
    loop {
        version = commit(&store, &claimed.claim, version, &page(version + 1)).await.unwrap().version;
        println!("committed {version}");
    }
}

/// Starts the child, and kills it once it has said that some pages are in.
fn kill_after(path: &Path, pages: usize) -> u64 {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "commit_until_killed", "--nocapture", "--test-threads=1"])
        .env(FILE, path)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let said = lines.filter_map(|line| line.unwrap().split("committed ").nth(1)?.parse().ok());
    let answered: Vec<u64> = said.take(pages).collect();
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(answered.len(), pages, "the child ended by itself");
    answered[pages - 1]
}

#[tokio::test]
async fn a_killed_process_leaves_records_cursor_and_marks_together() {
    if std::env::var(FILE).is_ok() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("acquaint.db");
    for pages in [1, 2, 3, 5, 8, 13, 2, 7] {
        let answered = kill_after(&path, pages);
        let store = Sqlite::at(&path).open().await.unwrap();
        let state = store.lanes(&tenant()).await.unwrap().remove(0);
        let last = number(&state.progress);
        assert!(last >= answered, "page {answered} was answered and is lost: {last}");
        assert_eq!(state.version, last);
        assert_eq!(store.tenant(&tenant()).await.unwrap().unwrap().seq.0, last);

        let id = lane("head");
        let query = RecordQuery {
            tenant: &id.tenant,
            connection: &id.connection,
            stream: &id.stream,
            partition: &id.partition,
            after: None,
            limit: usize::MAX,
        };
        let records = store.scan(&query).await.unwrap();
        assert_eq!(records.len(), RECORDS);
        for record in records {
            assert_eq!(record.views, format!("page {last}"));
            assert_eq!((record.changed.0, record.touched.0), (last, last));
        }

        let lease = std::time::Duration::ZERO;
        let join = store.claim_join(&tenant(), &WorkerId::from("w"), at(0), lease).await.unwrap().unwrap();
        let batch = store.dirty_batch(&join, usize::MAX, at(0)).await.unwrap();
        let mut marked = BTreeMap::<u64, usize>::new();
        for mark in batch.marks {
            *marked.entry(mark.seq.0).or_default() += 1;
        }
        assert_eq!(marked, BTreeMap::from([(last, RECORDS)]));
        drop(store);

        let db = rusqlite::Connection::open(&path).unwrap();
        let verdict: String = db.pragma_query_value(None, "integrity_check", |row| row.get(0)).unwrap();
        assert_eq!(verdict, "ok");
    }
}
