//! Two stores on one file, as two processes have them.
#![allow(clippy::unwrap_used)]

mod support;

use std::collections::BTreeSet;

use acquaint_core::ErrorKind;
use acquaint_core::store::{Connection as Link, Put, PutConnection, Store};
use acquaint_core::token::{Expected, GrantKey, Saved, Sealed, TokenStore};
use acquaint_sqlite::Sqlite;
use support::{at, claim, commit, ensure, live, tenant};

async fn two() -> (Sqlite, Sqlite, tempfile::TempDir) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("acquaint.db");
    let (one, other) = (Sqlite::at(&path).open().await.unwrap(), Sqlite::at(&path).open().await.unwrap());
    (one, other, directory)
}

#[tokio::test(flavor = "multi_thread")]
async fn no_lane_is_claimed_by_two_processes() {
    let (one, other, _directory) = two().await;
    let names: Vec<String> = (0..60).map(|number| format!("lane-{number:02}")).collect();
    ensure(&one, &names.iter().map(String::as_str).collect::<Vec<_>>()).await;

    let workers: Vec<_> = [one.clone(), other.clone(), one.clone(), other.clone()]
        .into_iter()
        .enumerate()
        .map(|(number, store)| {
            tokio::spawn(async move {
                let mut mine = Vec::new();
                loop {
                    let claimed = claim(&store, &format!("w{number}"), 0, 1).await;
                    if claimed.is_empty() {
                        break mine;
                    }
                    mine.extend(claimed);
                }
            })
        })
        .collect();
    let mut claims = Vec::new();
    for worker in workers {
        claims.extend(worker.await.unwrap());
    }
    assert_eq!(claims.len(), 60);
    assert_eq!(claims.iter().map(|claimed| &claimed.claim.lane).collect::<BTreeSet<_>>().len(), 60);
    assert_eq!(claims.iter().map(|claimed| claimed.claim.fence).collect::<BTreeSet<_>>().len(), 60);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_that_another_process_took_over_is_fenced() {
    let (one, other, _directory) = two().await;
    ensure(&one, &["head"]).await;
    let first = claim(&one, "w1", 0, 1).await.remove(0);
    assert!(claim(&other, "w2", 59, 1).await.is_empty());
    let second = claim(&other, "w2", 60, 1).await.remove(0);

    let error = commit(&one, &first.claim, 0, &[live("e1", "stale")]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Fenced);
    commit(&other, &second.claim, 0, &[live("e1", "fresh")]).await.unwrap();
    assert_eq!(one.tenant(&tenant()).await.unwrap().unwrap().seq.0, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_saves_by_two_processes_one_wins_each_round() {
    let (one, other, _directory) = two().await;
    let key = GrantKey { tenant: tenant(), grant: "g1".into() };
    let mut expected = Expected::Absent;
    for round in 0..20u8 {
        let savers: Vec<_> = [&one, &other, &one, &other]
            .into_iter()
            .enumerate()
            .map(|(number, store)| {
                let (store, key) = (store.clone(), key.clone());
                let value = Sealed::from_bytes([round, u8::try_from(number).unwrap()]);
                tokio::spawn(async move { (store.save(&key, &value, expected).await.unwrap(), value) })
            })
            .collect();
        let mut stored = Vec::new();
        for saver in savers {
            if let (Saved::Stored(version), value) = saver.await.unwrap() {
                stored.push((version, value));
            }
        }
        assert_eq!(stored.len(), 1, "round {round}");
        let (version, value) = stored.remove(0);
        let found = other.load(&key).await.unwrap().unwrap();
        assert_eq!((found.version, found.value), (version, value));
        expected = Expected::Version(version);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_tenants_that_connect_an_account_in_two_processes_one_is_alone() {
    let (one, other, _directory) = two().await;
    for round in 0..20 {
        let account = format!("account {round}");
        let putters: Vec<_> = [("acme", &one), ("globex", &other), ("initech", &one), ("hooli", &other)]
            .into_iter()
            .map(|(tenant, store)| {
                let (store, id, source) = (store.clone(), account.as_str().into(), "crm".into());
                let mut link =
                    Link::new(tenant.into(), id, source, "hubspot".into(), "u1".into(), &*account, at(0));
                link.grant = Some("g1".into());
                tokio::spawn(async move {
                    store.put_connection(&PutConnection::new(&link).alone(true)).await.unwrap()
                })
            })
            .collect();
        let mut puts = Vec::new();
        for putter in putters {
            puts.push(putter.await.unwrap());
        }
        puts.sort_by_key(|put| matches!(put, Put::Taken));
        assert_eq!(puts, [Put::Stored(1), Put::Taken, Put::Taken, Put::Taken], "round {round}");
        assert_eq!(one.grants_for(&"hubspot".into(), &account).await.unwrap().len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn seqs_stay_gap_free_when_two_processes_commit() {
    let (one, other, _directory) = two().await;
    ensure(&one, &["a", "b"]).await;
    let claims = claim(&one, "w", 0, 2).await;
    let committers: Vec<_> = [one.clone(), other.clone()]
        .into_iter()
        .zip(claims)
        .map(|(store, claimed)| {
            tokio::spawn(async move {
                let mut seqs = Vec::new();
                for version in 0..25 {
                    let write = live(&format!("{}-{version}", claimed.claim.lane.lane), "x");
                    seqs.push(commit(&store, &claimed.claim, version, &[write]).await.unwrap().seq.0);
                }
                seqs
            })
        })
        .collect();
    let mut seqs = Vec::new();
    for committer in committers {
        let own = committer.await.unwrap();
        assert!(own.is_sorted());
        seqs.extend(own);
    }
    seqs.sort_unstable();
    assert_eq!(seqs, (1..=50).collect::<Vec<_>>());
}
