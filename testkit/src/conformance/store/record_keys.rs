//! The keys of a partition's records, in their orders.

use std::sync::Arc;

use acquaint_core::ids::{RecordKey, Seq};
use acquaint_core::record::Gone;
use acquaint_core::store::{KeyOrder, KeyQuery, LaneId, RecordAt, Store};

use super::super::{Failure, ensure, ensure_eq};
use super::Outcome;
use super::partitions::discover;
use super::stage::{MANY, Stage, at, gone, live};

impl Stage {
    async fn keys(&self, order: KeyOrder<'_>, limit: usize) -> Result<Vec<RecordAt>, Failure> {
        let LaneId { tenant, connection, stream, partition, .. } = &self.claim.lane;
        let query = KeyQuery { tenant, connection, stream, partition, order, limit };
        let found = self.store.record_keys(&query).await?;
        ensure!(found.len() <= limit, "a page of {} keys where {limit} were asked for", found.len());
        Ok(found)
    }
}

/// Keys, each with the commit where it lies.
fn places(found: &[RecordAt]) -> Vec<(u64, &str)> {
    found.iter().map(|at| (at.touched.0, at.key.as_str())).collect()
}

/// In the order of keys there are live records alone, page by page.
pub async fn keys_by_key_are_of_live_records(store: Arc<dyn Store>) -> Outcome {
    let mut stage = Stage::open(&store).await?;
    stage.page(&["e", "b", "d", "a", "c", "b\u{0}"].map(|key| live(key, key, &[]))).await?;
    stage.page(&[gone("c", Gone::Deleted)]).await?;
    let mut keys: Vec<RecordKey> = Vec::new();
    for _ in 0..6 {
        let page = stage.keys(KeyOrder::ByKey(keys.last()), 2).await?;
        ensure!(page.iter().all(|at| at.touched == Seq(1)), "records of another commit: {page:?}");
        keys.extend(page.into_iter().map(|at| at.key));
    }
    ensure_eq!(keys, ["a", "b", "b\u{0}", "d", "e"].map(RecordKey::from), "the keys, by pages of two");
    Ok(())
}

/// In the order of commits a page begins after a commit, or after a record of it, and nothing is skipped between pages
/// however many records a commit has.
pub async fn keys_by_commit_go_on_where_a_page_ended(store: Arc<dyn Store>) -> Outcome {
    let mut stage = Stage::open(&store).await?;
    stage.page(&["e", "c", "a", "b", "d"].map(|key| live(key, key, &[]))).await?;
    stage.page(&[live("f", "f", &[])]).await?;
    stage.page(&[live("a", "changed", &[]), live("0", "0", &[])]).await?;
    let all = [(1, "b"), (1, "c"), (1, "d"), (1, "e"), (2, "f"), (3, "0"), (3, "a")];
    let mut found: Vec<RecordAt> = Vec::new();
    for _ in 0..5 {
        let last = found.last().map_or((Seq(0), None), |at| (at.touched, Some(at.key.clone())));
        let page = stage.keys(KeyOrder::ByCommit(last.0, last.1.as_ref()), 2).await?;
        found.extend(page);
    }
    ensure_eq!(places(&found), all, "the records by commit, by pages of two");
    for (seq, rest) in [(0, &all[..]), (1, &all[4..]), (2, &all[5..]), (3, &[]), (u64::MAX, &[])] {
        let found = stage.keys(KeyOrder::ByCommit(Seq(seq), None), MANY).await?;
        ensure_eq!(places(&found), rest, "the records of later commits than {seq}");
    }
    Ok(())
}

/// In the order of commits there are gone records too, each with the reason.
pub async fn keys_by_commit_are_of_gone_records_too(store: Arc<dyn Store>) -> Outcome {
    let mut stage = Stage::open(&store).await?;
    let merged = Gone::MergedInto("c".into());
    stage.page(&["c", "b", "a"].map(|key| live(key, key, &[]))).await?;
    stage.page(&[gone("b", Gone::Deleted), gone("a", merged.clone())]).await?;
    stage.page(&[live("c", "changed", &[])]).await?;
    let found = stage.keys(KeyOrder::ByCommit(Seq(0), None), MANY).await?;
    let found: Vec<_> = found.into_iter().map(|at| (at.touched.0, at.key, at.gone)).collect();
    let expected = [(2, "a", Some(merged)), (2, "b", Some(Gone::Deleted)), (3, "c", None)];
    let expected = expected.map(|(seq, key, gone)| (seq, RecordKey::from(key), gone));
    ensure_eq!(found, expected, "the records by commit, with why they are gone");
    Ok(())
}

/// A record lies at the commit that last brought it, changed or not.
pub async fn keys_by_commit_lie_where_they_were_last_brought(store: Arc<dyn Store>) -> Outcome {
    let mut stage = Stage::open(&store).await?;
    stage.page(&[live("a", "a", &[]), live("b", "b", &[])]).await?;
    stage.page(&[live("a", "a", &[])]).await?;
    for at in stage.keys(KeyOrder::ByCommit(Seq(0), None), MANY).await? {
        let stored = stage.stored(at.key.as_str()).await?.map(|stored| stored.touched);
        ensure_eq!(Some(at.touched), stored, "the commit of the record {}", at.key);
    }
    Ok(())
}

/// A record that a sweep or the end of its partition has taken lies at the commit that took it.
pub async fn keys_that_were_swept_lie_at_the_sweep(store: Arc<dyn Store>) -> Outcome {
    let stage = discover(&store).await?;
    let mut part = stage.beside("p").await?;
    stage.set(&["p"], MANY).await?;
    part.page(&[live("a", "a", &[])]).await?;
    let began = part.page(&[live("b", "b", &[])]).await?.seq;
    let last = part.page(&[live("b", "changed", &[])]).await?.seq;
    store.sweep(&part.sweep_of(began)).await?;
    stage.set(&[], MANY).await?;
    let found = part.keys(KeyOrder::ByCommit(Seq(0), None), MANY).await?;
    let expected = [(last.0 + 1, "a"), (last.0 + 2, "b")];
    ensure_eq!(places(&found), expected, "the records of a sweep and of the end of a partition");
    Ok(())
}

/// No keys of another partition, stream, connection or tenant are found, in whatever order.
pub async fn keys_are_of_one_partition_alone(store: Arc<dyn Store>) -> Outcome {
    let mut stage = Stage::open(&store).await?;
    let own = stage.claim.lane.clone();
    stage.page(&[live("own", "own", &[])]).await?;
    for (name, id) in [
        ("of another partition", LaneId { partition: "q".into(), ..own.clone() }),
        ("of another stream", LaneId { stream: "contacts".into(), ..own.clone() }),
        ("of another connection", LaneId { connection: "c2".into(), ..own.clone() }),
        ("of another tenant", LaneId { tenant: "globex".into(), ..own }),
    ] {
        Stage::on(&store, id, at(0)).await?.page(&[live(name, name, &[])]).await?;
    }
    for order in [KeyOrder::ByKey(None), KeyOrder::ByCommit(Seq(0), None)] {
        let found = stage.keys(order, MANY).await?;
        ensure_eq!(places(&found), [(1, "own")], "the keys in the order {order:?}");
    }
    Ok(())
}
