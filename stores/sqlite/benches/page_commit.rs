//! Pages of 250 records, committed by the store, beside the same rows inserted by prepared statements alone.
//!
//! The limit has no claims, versions, comparisons or queues: one connection, one transaction, one prepared
//! statement per table. Both run on files of the same directory with the same settings.
#![allow(clippy::unwrap_used, missing_docs)]

use std::cell::RefCell;
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
use criterion::{Criterion, criterion_group};
use rusqlite::{Connection, params};

const RECORDS: u64 = 250;
const KEYS: u64 = 6;
const RAW: usize = 2_000;
const VIEWS: usize = 700;

thread_local! {
    static MEASURED: RefCell<Vec<(&'static str, Vec<f64>)>> = const { RefCell::new(Vec::new()) };
}

/// A page: records that no other page has, unless the number comes again.
fn page(number: u64, edition: u64) -> Vec<RecordWrite> {
    (number * RECORDS..(number + 1) * RECORDS)
        .map(|n| {
            // Provider ids are not in order; a multiplication by an odd number keeps them apart.
            let id = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let body = RecordBody::Live {
                raw: Bytes::from(format!("{id:016x}{edition:08}").repeat(RAW / 24)),
                views: Bytes::from(format!("{edition:08}{id:016x}").repeat(VIEWS / 24)),
                keys: (0..KEYS).map(|k| DependencyKey::email(&format!("{id:016x}.{k}@example.com"))).collect(),
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
            let request =
                ClaimLanes { tenant: None, worker: &worker, now, lease: Duration::from_secs(60), limit: 1 };
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
        for write in writes {
            let RecordBody::Live { raw, views, keys, .. } = &write.body else { continue };
            let place = ("acme", "con_0123456789abcdef", "contacts", "");
            let values = params![place.0, place.1, place.2, place.3, write.key.as_str(), &views[..], &raw[..]];
            let id = record.insert(values).unwrap();
            if all {
                for key in keys {
                    provide.execute(params![place.0, key.as_str(), id]).unwrap();
                    mark.execute(params![place.0, key.as_str(), 1]).unwrap();
                }
            }
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

/// Measures a commit; pages are made outside the time that counts.
fn measure(
    criterion: &mut Criterion,
    name: &'static str,
    mut page: impl FnMut() -> Vec<RecordWrite>,
    mut commit: impl FnMut(&[RecordWrite]),
) {
    MEASURED.with_borrow_mut(|measured| measured.push((name, Vec::new())));
    criterion.bench_function(name, |bencher| {
        bencher.iter_custom(|iterations| {
            let mut total = Duration::ZERO;
            for _ in 0..iterations {
                let writes = page();
                let begin = Instant::now();
                commit(&writes);
                let took = begin.elapsed();
                total += took;
                MEASURED.with_borrow_mut(|measured| {
                    if let Some((_, times)) = measured.last_mut() {
                        times.push(took.as_secs_f64());
                    }
                });
            }
            total
        });
    });
}

fn commits(criterion: &mut Criterion) {
    // Beside the build, not in the system's temporary directory: that may be memory.
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();

    let mut db = plain(&directory.path().join("records.db"));
    let mut number = 0;
    let mut fresh = move || {
        number += 1;
        page(number, 1)
    };
    measure(criterion, "limit: records alone", &mut fresh, |writes| limit(&mut db, writes, false));

    let mut db = plain(&directory.path().join("all.db"));
    let mut number = 0;
    let mut fresh = move || {
        number += 1;
        page(number, 1)
    };
    measure(criterion, "limit: records, keys, marks", &mut fresh, |writes| limit(&mut db, writes, true));

    let mut bench = Bench::new(&directory.path().join("acquaint.db"));
    let mut number = 0;
    let mut fresh = move || {
        number += 1;
        page(number, 1)
    };
    measure(criterion, "store: new records", &mut fresh, |writes| {
        assert_eq!(bench.commit(writes), writes.len());
    });

    let mut bench = Bench::new(&directory.path().join("again.db"));
    let stored = 40;
    for number in 0..stored {
        bench.commit(&page(number, 1));
    }
    let mut number = 0;
    let mut again = || {
        number += 1;
        page(number % stored, 1)
    };
    measure(criterion, "store: unchanged records", &mut again, |writes| assert_eq!(bench.commit(writes), 0));
    let mut number = 0;
    let mut changed = || {
        number += 1;
        page(number % stored, 1 + number)
    };
    measure(criterion, "store: changed records, same keys", &mut changed, |writes| {
        assert_eq!(bench.commit(writes), writes.len());
    });
}

/// Medians, and how they compare.
fn compare() {
    let medians: Vec<(&str, f64)> = MEASURED.with_borrow(|measured| {
        let median = |times: &[f64]| {
            let mut times = times.to_vec();
            times.sort_by(f64::total_cmp);
            times.get(times.len() / 2).copied()
        };
        measured.iter().filter_map(|(name, times)| Some((*name, median(times)?))).collect()
    });
    let [(_, records), (_, all), store @ ..] = &medians[..] else { return };
    println!("\npage of {RECORDS} records, {KEYS} keys each: median, pages a second, times the limits' time");
    for (name, time) in &medians {
        println!("{name:<34} {:>7.2} ms {:>7.1}/s", time * 1e3, 1.0 / time);
    }
    for (name, time) in store {
        println!("{name:<34} {:.2} x records alone, {:.2} x records, keys and marks", time / records, time / all);
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(10).warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(5));
    targets = commits
}

fn main() {
    benches();
    Criterion::default().configure_from_args().final_summary();
    compare();
}
