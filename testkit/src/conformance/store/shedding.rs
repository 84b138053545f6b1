//! What privacy takes out of the mirror again.

use std::sync::Arc;

use acquaint_core::ids::{RecordRef, Seq};
use acquaint_core::record::{Gone, Version};
use acquaint_core::store::{
    Committed, LaneId, Left, Live, LiveQuery, RecordBody, Shed, ShedWrite, Shedding, Store, StoredRecord,
};
use bytes::Bytes;

use super::super::{Failure, ensure, ensure_eq};
use super::Outcome;
use super::stage::{
    MANY, Stage, at, connection, gone, keys, live, marked, record, spanning, stream, versioned,
};

impl Stage {
    async fn live(&self, which: Live<'_>, limit: usize) -> Result<Vec<StoredRecord>, Failure> {
        let found = self.store.live_records(&LiveQuery { tenant: &self.tenant, which, limit }).await?;
        ensure!(found.len() <= limit, "{} live records where {limit} were asked for", found.len());
        Ok(found)
    }

    /// Leaves of a record of the partition `p` what is said, as it stood at a commit.
    async fn leave(&self, key: &str, touched: Seq, left: Left) -> Result<Committed, Failure> {
        let writes = [ShedWrite { record: record("p", key), touched, left }];
        let shed = Shed { tenant: &self.tenant, writes: &writes, reached: None };
        Ok(self.store.shed(&shed).await?)
    }
}

fn part(views: &str, provided: &[&str]) -> Left {
    Left::Part {
        raw: Bytes::from(format!("part {views}")),
        views: Bytes::from(views.to_owned()),
        keys: keys(provided),
        problem: None,
    }
}

fn places(found: &[StoredRecord]) -> Vec<(&str, &str)> {
    found.iter().map(|one| (one.record.partition.as_str(), one.record.key.as_str())).collect()
}

/// Live records of a stream come by partition and key, page by page, with all that is stored of them and none of another
/// stream, connection or tenant.
pub async fn live_records_of_a_stream_come_by_partition_and_key(store: Arc<dyn Store>) -> Outcome {
    let mut stage = Stage::open(&store).await?;
    stage.page(&["b", "a", "gone", "a\u{0}"].map(|key| live(key, key, &[]))).await?;
    stage.page(&[gone("gone", Gone::Deleted)]).await?;
    stage.beside("o").await?.page(&[live("z", "z", &[])]).await?;
    stage.beside("q").await?.page(&[live("a", "a", &[])]).await?;
    let own = stage.claim.lane.clone();
    for (name, id) in [
        ("of another stream", LaneId { stream: "contacts".into(), ..own.clone() }),
        ("of another connection", LaneId { connection: "c2".into(), ..own.clone() }),
        ("of another tenant", LaneId { tenant: "globex".into(), ..own }),
    ] {
        Stage::on(&store, id, at(0)).await?.page(&[live(name, name, &[])]).await?;
    }
    let (connection, stream) = (connection(), stream());
    let mut found: Vec<StoredRecord> = Vec::new();
    for _ in 0..5 {
        let after: Option<RecordRef> = found.last().map(|last| last.record.clone());
        let which = Live::Of { connection: &connection, stream: &stream, after: after.as_ref() };
        found.extend(stage.live(which, 2).await?);
    }
    let expected = [("o", "z"), ("p", "a"), ("p", "a\u{0}"), ("p", "b"), ("q", "a")];
    ensure_eq!(places(&found), expected, "the live records, by pages of two");
    ensure_eq!(Some(&found[1]), stage.stored("a").await?.as_ref(), "a record, as it is stored");
    Ok(())
}

/// Of what ended before an instant the longest ago comes first. What has no span never ended.
pub async fn what_ended_the_longest_ago_comes_first(store: Arc<dyn Store>) -> Outcome {
    let mut stage = Stage::open(&store).await?;
    let ended = |key: &str, end: i64| spanning(live(key, key, &[]), 0, end);
    stage.page(&[ended("a", 30), ended("c", 10), ended("b", 20), ended("later", 40)]).await?;
    stage.page(&[ended("gone", 5), live("spanless", "s", &[])]).await?;
    stage.page(&[gone("gone", Gone::Deleted)]).await?;
    stage.beside("q").await?.page(&[ended("b", 20)]).await?;
    let mut other = Stage::of(&store, "globex", "p").await?;
    other.page(&[ended("of another tenant", 1)]).await?;
    let all = [("p", "c"), ("p", "b"), ("q", "b"), ("p", "a")];
    let found = stage.live(Live::EndedBefore(at(40)), MANY).await?;
    ensure_eq!(places(&found), all, "what ended before 40 seconds");
    ensure_eq!(found.first(), stage.stored("c").await?.as_ref(), "a record, as it is stored");
    let found = stage.live(Live::EndedBefore(at(40)), 2).await?;
    ensure_eq!(places(&found), all[..2], "the first two of them");
    Ok(())
}

/// Live records that could not be viewed are found by partition and key, page by page, and no others.
pub async fn records_that_could_not_be_viewed_are_found(store: Arc<dyn Store>) -> Outcome {
    let mut stage = Stage::open(&store).await?;
    let broken = |key: &str| {
        let mut write = live(key, "", &[]);
        if let RecordBody::Live { problem, .. } = &mut write.body {
            *problem = Some("start is not a date".to_owned());
        }
        write
    };
    stage.page(&[broken("b"), broken("a"), broken("gone"), broken("mended"), live("well", "w", &[])]).await?;
    stage.page(&[gone("gone", Gone::Deleted), live("mended", "m", &[])]).await?;
    stage.beside("q").await?.page(&[broken("a")]).await?;
    let other = LaneId { connection: "c2".into(), ..stage.claim.lane.clone() };
    Stage::on(&store, other, at(0)).await?.page(&[broken("of another connection")]).await?;
    let (connection, stream) = (connection(), stream());
    let mut found: Vec<StoredRecord> = Vec::new();
    for _ in 0..3 {
        let after: Option<RecordRef> = found.last().map(|last| last.record.clone());
        let which = Live::NotUnderstood { connection: &connection, stream: &stream, after: after.as_ref() };
        found.extend(stage.live(which, 2).await?);
    }
    ensure_eq!(places(&found), [("p", "a"), ("p", "b"), ("q", "a")], "the records, by pages of two");
    ensure!(found.iter().all(|one| one.problem.is_some()), "the reason is missing");
    Ok(())
}

/// What is left of a record takes the place of what was there: it is found under its new keys alone, the old and new ones
/// are marked, and when it was brought, its version and its span stay as they were.
pub async fn what_is_left_takes_the_place_of_what_was_there(store: Arc<dyn Store>) -> Outcome {
    let mut stage = Stage::open(&store).await?;
    let whole = live("a", "whole", &["domain:old.com", "domain:both.com"]);
    stage.page(&[versioned(spanning(whole, 1, 2), 7)]).await?;
    stage.settle().await?;
    let left = part("left", &["domain:both.com", "domain:new.com"]);
    let committed = stage.leave("a", Seq(1), left).await?;
    let seq = Seq(2);
    ensure_eq!(committed, Committed { seq, changed: 1, version: 0 }, "what was done");
    let stored = stage.stored("a").await?.ok_or_else(|| Failure::new("the record is not there"))?;
    ensure_eq!(
        (&stored.raw[..], &stored.views[..]),
        (&b"part left"[..], &b"left"[..]),
        "the bytes of what is left"
    );
    let times = (stored.touched, stored.seen, stored.version, stored.span);
    let expected = (Seq(1), at(1), Some(Version(7)), Some((at(1), at(2))));
    ensure_eq!(times, expected, "the commit that brought it, when, its version and its span");
    ensure_eq!(stored.changed, seq, "the commit that changed it");
    for (key, found) in [("domain:old.com", 0), ("domain:both.com", 1), ("domain:new.com", 1)] {
        let provided = store.providing(&stage.tenant, &keys(&[key])).await?;
        ensure_eq!(provided.len(), found, "the records that provide {key}");
    }
    let batch = stage.batch().await?;
    ensure_eq!(marked(&batch), ["domain:both.com", "domain:new.com", "domain:old.com"], "the dirty keys");
    Ok(())
}

/// A part that shows the same changes and marks nothing.
pub async fn a_part_that_shows_the_same_marks_nothing(store: Arc<dyn Store>) -> Outcome {
    let mut stage = Stage::open(&store).await?;
    stage.page(&[live("a", "same", &["domain:a.com"])]).await?;
    stage.settle().await?;
    let committed = stage.leave("a", Seq(1), part("same", &["domain:a.com"])).await?;
    ensure_eq!(committed.changed, 0, "records that changed");
    let stored = stage.stored("a").await?.map(|stored| (stored.raw, stored.changed));
    ensure_eq!(stored, Some((Bytes::from("part same"), Seq(1))), "what is left, and since when");
    ensure!(stage.batch().await?.is_empty(), "something is dirty");
    Ok(())
}

/// A record of which nothing is left becomes a tombstone with the reason, and what it provided is marked.
pub async fn a_record_of_which_nothing_is_left_is_gone(store: Arc<dyn Store>) -> Outcome {
    let mut stage = Stage::open(&store).await?;
    stage.page(&[spanning(live("a", "a", &["domain:a.com"]), 1, 2)]).await?;
    stage.settle().await?;
    let committed = stage.leave("a", Seq(1), Left::Nothing(Gone::PastRetention)).await?;
    ensure_eq!(committed.changed, 1, "records that changed");
    let stored = stage.stored("a").await?.ok_or_else(|| Failure::new("there is no tombstone"))?;
    ensure_eq!(stored.gone, Some(Gone::PastRetention), "why it is gone");
    ensure_eq!((stored.raw.len(), stored.views.len()), (0, 0), "its bytes");
    ensure_eq!(marked(&stage.batch().await?), ["domain:a.com"], "the dirty keys");
    ensure!(stage.live(Live::EndedBefore(at(9)), MANY).await?.is_empty(), "it ended, and is live");
    Ok(())
}

/// What was brought again or taken since it was read stays as it is.
pub async fn what_has_moved_since_it_was_read_is_not_shed(store: Arc<dyn Store>) -> Outcome {
    let mut stage = Stage::open(&store).await?;
    stage.page(&["a", "b"].map(|key| live(key, key, &[]))).await?;
    stage.page(&[live("a", "changed", &[]), gone("b", Gone::Deleted)]).await?;
    for key in ["a", "b", "unknown"] {
        let before = stage.stored(key).await?;
        let committed = stage.leave(key, Seq(1), part("left", &[])).await?;
        ensure_eq!(committed, Committed { seq: Seq(2), changed: 0, version: 0 }, "what was done of {key}");
        ensure_eq!(stage.stored(key).await?, before, "the record {key}");
    }
    Ok(())
}

/// How far the mirror was gone through is kept with what was shed, and stays until it is said anew.
pub async fn how_far_the_mirror_was_gone_through_is_kept(store: Arc<dyn Store>) -> Outcome {
    let stage = Stage::open(&store).await?;
    let reached = Shedding::done("nothing").after(record("p", "a"));
    let shedding = async || {
        let state = store.tenant(&stage.tenant).await?;
        Ok::<_, Failure>(state.and_then(|state| state.shedding))
    };
    ensure_eq!(shedding().await?, None, "how far it was gone through before it ever was");
    store.shed(&Shed { tenant: &stage.tenant, writes: &[], reached: Some(&reached) }).await?;
    ensure_eq!(shedding().await?, Some(reached), "how far it was gone through");
    let done = Shedding::done("titles");
    store.shed(&Shed { tenant: &stage.tenant, writes: &[], reached: Some(&done) }).await?;
    store.shed(&Shed { tenant: &stage.tenant, writes: &[], reached: None }).await?;
    ensure_eq!(shedding().await?, Some(done), "how far it was gone through in the end");
    Ok(())
}
