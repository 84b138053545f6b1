//! Pages of 250 records, committed by the store, beside the same rows inserted by prepared statements alone.
//!
//! The limits have no claims, versions, comparisons or queues: one connection, one transaction, one prepared
//! statement per table, rows in the order of their keys. All run on files of the same directory with the same
//! settings, each sample on a new one. After criterion's own figures comes a comparison in rounds, so that
//! whatever else the machine does falls on all alike.
#![allow(clippy::unwrap_used, missing_docs)]

use std::path::Path;
use std::time::{Duration, Instant};

use acquaint_core::depkey::DependencyKey;
use acquaint_core::ids::{TenantId, WorkerId};
use acquaint_core::store::{
    ClaimLanes, LaneClaim, LaneId, LaneProgress, LaneSeed, PageCommit, RecordBody, RecordWrite, Store,
};
use acquaint_sqlite::Sqlite;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use criterion::{Criterion, SamplingMode};
use rusqlite::{Connection, params};

const RECORDS: u64 = 250;
const KEYS: u64 = 6;
const RAW: usize = 2_000;
const VIEWS: usize = 700;

/// A page: records that no other page has, unless the number comes again.
fn page(number: u64, edition: u64) -> Vec<RecordWrite> {
    (number * RECORDS..(number + 1) * RECORDS)
        .map(|n| {
            // Provider ids are not in order; a multiplication by an odd number keeps them apart.
            let id = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let body = RecordBody::Live {
                raw: Bytes::from(format!("{id:016x}{edition:08}").repeat(RAW / 24)),
                views: Bytes::from(format!("{edition:08}{id:016x}").repeat(VIEWS / 24)),
                keys: (0..KEYS)
                    .map(|k| DependencyKey::from_stored(format!("email:{id:016x}.{k}@example.com")))
                    .collect(),
                span: None,
                problem: None,
            };
            RecordWrite { key: format!("{id:016x}").into(), version: None, body }
        })
        .collect()
}

struct Bench {
    runtime: tokio::runtime::Runtime,
    store: Sqlite,
    claim: LaneClaim,
    version: u64,
}

impl Bench {
    fn new(path: &Path) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let now = DateTime::<Utc>::UNIX_EPOCH;
        let (store, claim) = runtime.block_on(async {
            let store = Sqlite::at(path).open().await.unwrap();
            let id = LaneId {
                tenant: TenantId::from("acme"),
                connection: "con_0123456789abcdef".into(),
                stream: "contacts".into(),
                partition: "".into(),
                lane: "head".into(),
            };
            store.ensure_lanes(&[LaneSeed { id, due: now }]).await.unwrap();
            let worker = WorkerId::from("bench");
            let request = ClaimLanes {
                tenant: None,
                worker: &worker,
                now,
                due_by: now,
                lease: Duration::from_secs(60),
                limit: 1,
                each: usize::MAX,
            };
            let claim = store.claim_lanes(&request).await.unwrap().remove(0).claim;
            (store, claim)
        });
        Self { runtime, store, claim, version: 0 }
    }

    fn commit(&mut self, writes: &[RecordWrite]) -> usize {
        let now = DateTime::<Utc>::UNIX_EPOCH;
        let commit = PageCommit {
            claim: &self.claim,
            expected: self.version,
            progress: &LaneProgress::default(),
            writes,
            settled: &[],
            window: None,
            now,
            lease_until: now,
        };
        let committed = self.runtime.block_on(self.store.commit_page(&commit)).unwrap();
        self.version = committed.version;
        committed.changed
    }
}

/// The same rows without anything around them.
fn limit(db: &mut Connection, writes: &[RecordWrite], all: bool) {
    let tx = db.transaction().unwrap();
    {
        let mut record = tx.prepare_cached("INSERT INTO r VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)").unwrap();
        let mut provide = tx.prepare_cached("INSERT INTO p VALUES (?1, ?2, ?3)").unwrap();
        let mut mark = tx.prepare_cached("INSERT INTO d VALUES (?1, ?2, ?3)").unwrap();
        let mut marks = Vec::new();
        for write in writes {
            let RecordBody::Live { raw, views, keys, .. } = &write.body else { continue };
            let place = ("acme", "con_0123456789abcdef", "contacts", "");
            let values =
                params![place.0, place.1, place.2, place.3, write.key.as_str(), &views[..], &raw[..]];
            let id = record.insert(values).unwrap();
            if all {
                marks.extend(keys.iter().map(DependencyKey::as_str));
                for key in keys {
                    provide.execute(params![place.0, key.as_str(), id]).unwrap();
                }
            }
        }
        marks.sort_unstable();
        for key in marks {
            mark.execute(params!["acme", key, 1]).unwrap();
        }
    }
    tx.commit().unwrap();
}

fn plain(path: &Path) -> Connection {
    let db = Connection::open(path).unwrap();
    db.pragma_update(None, "journal_mode", "WAL").unwrap();
    db.pragma_update(None, "synchronous", "NORMAL").unwrap();
    db.pragma_update(None, "cache_size", -65_536).unwrap();
    db.pragma_update(None, "wal_autocheckpoint", 4_000).unwrap();
    db.execute_batch(
        "CREATE TABLE r (tenant TEXT, connection TEXT, stream TEXT, partition TEXT, key TEXT, views BLOB, raw BLOB);
         CREATE UNIQUE INDEX r_key ON r (tenant, connection, stream, partition, key);
         CREATE TABLE p (tenant TEXT, key TEXT, record INTEGER, PRIMARY KEY (tenant, key, record)) WITHOUT ROWID;
         CREATE TABLE d (tenant TEXT, key TEXT, seq INTEGER, PRIMARY KEY (tenant, key)) WITHOUT ROWID;",
    )
    .unwrap();
    db
}

/// What is measured.
#[derive(Clone, Copy, PartialEq)]
enum Subject {
    RecordsAlone,
    AllRows,
    New,
    Unchanged,
    Changed,
}

use Subject::{AllRows, Changed, New, RecordsAlone, Unchanged};

const SUBJECTS: [(Subject, &str); 5] = [
    (RecordsAlone, "limit: records alone"),
    (AllRows, "limit: records, keys, marks"),
    (New, "store: new records"),
    (Unchanged, "store: unchanged records"),
    (Changed, "store: changed records, same keys"),
];

impl Subject {
    /// The time that some pages take on a new file. Pages are made outside of it.
    fn run(self, pages: u64) -> Duration {
        // Beside the build, not in the system's temporary directory: that may be memory.
        let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let path = directory.path().join("bench.db");
        let page_of = |number| page(number, if self == Changed { 2 } else { 1 });
        if matches!(self, RecordsAlone | AllRows) {
            let mut db = plain(&path);
            return timed(pages, page_of, |writes| limit(&mut db, writes, self == AllRows));
        }
        let mut bench = Bench::new(&path);
        if self != New {
            for number in 0..pages {
                bench.commit(&page(number, 1));
            }
        }
        let changes = if self == Unchanged { 0 } else { RECORDS as usize };
        timed(pages, page_of, |writes| assert_eq!(bench.commit(writes), changes))
    }
}

fn timed(
    pages: u64,
    page: impl Fn(u64) -> Vec<RecordWrite>,
    mut commit: impl FnMut(&[RecordWrite]),
) -> Duration {
    let mut total = Duration::ZERO;
    for number in 0..pages {
        let writes = page(number);
        let begin = Instant::now();
        commit(&writes);
        total += begin.elapsed();
    }
    total
}

/// Rounds of 40 pages; the median of five.
fn compare() {
    const ROUNDS: usize = 5;
    const PAGES: u64 = 40;
    let mut rounds = [[0.0; ROUNDS]; SUBJECTS.len()];
    for round in 0..ROUNDS {
        for (times, (subject, _)) in rounds.iter_mut().zip(SUBJECTS) {
            times[round] = subject.run(PAGES).as_secs_f64() / PAGES as f64;
        }
    }
    let medians = rounds.map(|mut times| {
        times.sort_by(f64::total_cmp);
        times[ROUNDS / 2]
    });
    println!("\npages of {RECORDS} records with {KEYS} keys each; the time as a multiple of the limits'");
    println!("{:34} {:>9} {:>9} {:>10} {:>10}", "", "ms a page", "pages/s", "records", "all rows");
    for ((_, name), time) in SUBJECTS.iter().zip(medians) {
        let (records, all) = (time / medians[0], time / medians[1]);
        println!("{name:34} {:>9.2} {:>9.1} {records:>10.2} {all:>10.2}", time * 1e3, 1.0 / time);
    }
}

fn main() {
    let mut criterion = Criterion::default().sample_size(10).configure_from_args();
    let mut group = criterion.benchmark_group("page commit");
    group.sampling_mode(SamplingMode::Flat).warm_up_time(Duration::from_millis(500));
    for (subject, name) in SUBJECTS {
        group.bench_function(name, |bencher| bencher.iter_custom(|pages| subject.run(pages)));
    }
    group.finish();
    criterion.final_summary();
    // Without `--bench` it is `cargo test`, which wants to know only whether it runs.
    if std::env::args().any(|argument| argument == "--bench") {
        compare();
    }
}
