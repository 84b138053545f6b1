//! Pages: records, marks and progress in one commit.

use std::sync::Arc;

use acquaint_core::ErrorKind;
use acquaint_core::ids::Seq;
use acquaint_core::record::{Gone, Version};
use acquaint_core::store::{LaneProgress, PageCommit, RecordBody, RecordWrite, Store, StoredRecord};
use bytes::Bytes;

use super::super::{ensure, ensure_eq};
use super::Outcome;
use super::stage::{Stage, at, gone, key, live, marked, record, some_progress, spanning, versioned};

/// A page's records, marks and progress are there after its commit, as they were given.
pub async fn a_page_commits_records_marks_and_progress(store: Arc<dyn Store>) -> Outcome {
    let mut stage = Stage::open(&store).await?;
    let first = versioned(live("a", "views", &["domain:a.com", "domain:b.com"]), 5);
    let mut first = spanning(first, 7, 8);
    let bytes = Bytes::from_static(b" {\"x\": 1}\n\0\xff ");
    if let RecordBody::Live { raw, .. } = &mut first.body {
        *raw = bytes.clone();
    }
    let progress = some_progress();
    let writes = [first, live("b", "", &[])];
    let committed = store.commit_page(&stage.page_of(&progress, &writes)).await?;
    ensure_eq!((committed.seq, committed.changed), (Seq(1), 2), "seq and count of the first page");
    ensure!(committed.version != stage.version, "the version of the progress stayed");
    stage.version = committed.version;

    let expected = StoredRecord {
        record: record("p", "a"),
        version: Some(Version(5)),
        raw: bytes,
        views: Bytes::from_static(b"views"),
        span: Some((at(7), at(8))),
        gone: None,
        problem: None,
        changed: Seq(1),
        touched: Seq(1),
        seen: at(1),
    };
    ensure_eq!(stage.stored("a").await?, Some(expected), "a record of the page");
    ensure!(stage.stored("b").await?.is_some(), "the second record of the page is not stored");
    let state = stage.lane().await?;
    ensure_eq!((state.version, state.progress), (stage.version, progress), "where the lane stands");
    let batch = stage.batch().await?;
    ensure_eq!(marked(&batch), ["domain:a.com", "domain:b.com"], "the marks of the page");
    ensure!(batch.marks.iter().all(|mark| mark.seq == Seq(1)), "marks with another seq: {:?}", batch.marks);
    Ok(())
}

/// A page that follows another version than the present one is a conflict and changes nothing.
pub async fn a_page_that_follows_another_version_changes_nothing(store: Arc<dyn Store>) -> Outcome {
    let mut stage = Stage::open(&store).await?;
    let before = stage.version;
    stage.page(&[live("a", "a", &["domain:a.com"])]).await?;
    stage.settle().await?;
    let (progress, writes) = (some_progress(), [live("a", "x", &["domain:x.com"]), live("b", "b", &[])]);
    for expected in [before, stage.version + 1] {
        let page = PageCommit { expected, ..stage.page_of(&progress, &writes) };
        let kind = store.commit_page(&page).await.map_err(|error| error.kind()).err();
        ensure_eq!(kind, Some(ErrorKind::Conflict), "a page that follows version {expected}");
    }
    let views = stage.stored("a").await?.map(|stored| stored.views);
    ensure_eq!(views, Some(Bytes::from_static(b"a")), "the views of a record that a refused page wrote");
    ensure_eq!(stage.stored("b").await?, None, "a record that only a refused page wrote");
    let state = stage.lane().await?;
    ensure_eq!(state.version, stage.version, "the lane's version after a refused page");
    ensure_eq!(state.progress, LaneProgress::default(), "the lane's progress after a refused page");
    ensure_eq!(stage.seq().await?, Seq(1), "the newest seq after a refused page");
    ensure!(stage.batch().await?.marks.is_empty(), "a refused page marked keys");
    Ok(())
}

async fn views_of(stage: &Stage, key: &str) -> Result<Option<Bytes>, super::super::Failure> {
    Ok(stage.stored(key).await?.map(|stored| stored.views))
}

/// A write that is older than what is stored is refused, be it a record or a tombstone.
pub async fn an_older_version_is_refused(store: Arc<dyn Store>) -> Outcome {
    let mut stage = Stage::open(&store).await?;
    stage.page(&[versioned(live("a", "new", &["domain:new.com"]), 5)]).await?;
    stage.settle().await?;
    let older = versioned(live("a", "old", &["domain:old.com"]), 4);
    let tombstone = versioned(gone("a", Gone::Deleted), 4);
    for write in [older, tombstone] {
        let committed = stage.page(&[write]).await?;
        ensure_eq!(committed.changed, 0, "records changed by an older write");
    }
    ensure_eq!(views_of(&stage, "a").await?, Some(Bytes::from_static(b"new")), "views after an older write");
    ensure_eq!(stage.gone("a").await?, None, "why a record is gone after an older tombstone");
    ensure!(stage.batch().await?.marks.is_empty(), "an older write marked keys");
    Ok(())
}

/// A refused record has been seen all the same: a baseline that shows an old state of it does not sweep it.
pub async fn a_refused_record_counts_as_seen(store: Arc<dyn Store>) -> Outcome {
    let mut stage = Stage::open(&store).await?;
    let first = stage.page(&[versioned(live("a", "new", &[]), 5)]).await?;
    stage.page(&[versioned(live("a", "old", &[]), 4)]).await?;
    let touched = stage.stored("a").await?.map(|stored| stored.touched);
    ensure!(touched > Some(first.seq), "a record shown in an old state was not touched: {touched:?}");
    Ok(())
}

/// Of equal versions, or where one is absent, the later arrival wins.
pub async fn of_equal_or_absent_versions_the_later_wins(store: Arc<dyn Store>) -> Outcome {
    let mut stage = Stage::open(&store).await?;
    let versions = [Some(5), Some(5), None, Some(1), Some(1)];
    for (index, version) in versions.into_iter().enumerate() {
        let views = format!("state {index}");
        let write = RecordWrite { version: version.map(Version), ..live("a", &views, &[]) };
        stage.page(&[write]).await?;
        ensure_eq!(views_of(&stage, "a").await?, Some(Bytes::from(views)), "the views of state {index}");
    }
    Ok(())
}

/// A rewrite that changes no view takes in the new bytes and version, and marks nothing.
pub async fn an_unchanged_rewrite_marks_nothing(store: Arc<dyn Store>) -> Outcome {
    let mut stage = Stage::open(&store).await?;
    let first = stage.page(&[versioned(live("a", "a", &["domain:a.com"]), 1)]).await?;
    stage.settle().await?;
    let mut again = versioned(live("a", "a", &["domain:a.com"]), 2);
    if let RecordBody::Live { raw, .. } = &mut again.body {
        *raw = Bytes::from_static(b"other bytes");
    }
    let second = stage.page(&[again]).await?;
    ensure_eq!(second.changed, 0, "records changed by a rewrite of equal views");
    ensure!(stage.batch().await?.marks.is_empty(), "a rewrite of equal views marked keys");
    let stored = stage.stored("a").await?;
    let found = stored.map(|stored| (stored.raw, stored.version, stored.changed));
    let expected = (Bytes::from_static(b"other bytes"), Some(Version(2)), first.seq);
    ensure_eq!(found, Some(expected), "bytes, version and last change after a rewrite");
    Ok(())
}

/// A change marks the keys of the old views and of the new ones.
pub async fn a_change_marks_old_and_new_keys(store: Arc<dyn Store>) -> Outcome {
    let mut stage = Stage::open(&store).await?;
    stage.page(&[live("a", "a", &["domain:a.com", "domain:b.com"])]).await?;
    stage.settle().await?;
    let changed = stage.page(&[live("a", "b", &["domain:b.com", "domain:c.com"])]).await?;
    ensure_eq!(changed.changed, 1, "records that changed");
    let batch = stage.batch().await?;
    ensure_eq!(marked(&batch), ["domain:a.com", "domain:b.com", "domain:c.com"], "marks of a change");
    ensure!(batch.marks.iter().all(|mark| mark.seq == changed.seq), "marks with another seq: {batch:?}");
    let stored = stage.stored("a").await?;
    ensure_eq!(stored.map(|stored| stored.changed), Some(changed.seq), "the last change of the record");
    Ok(())
}

/// Other keys with equal views are a change too.
pub async fn other_keys_alone_are_a_change(store: Arc<dyn Store>) -> Outcome {
    let mut stage = Stage::open(&store).await?;
    stage.page(&[live("a", "a", &["domain:a.com"])]).await?;
    stage.settle().await?;
    let changed = stage.page(&[live("a", "a", &["domain:a.com", "domain:b.com"])]).await?;
    ensure_eq!(changed.changed, 1, "records changed by other keys");
    let batch = stage.batch().await?;
    ensure!(batch.marks.iter().any(|mark| mark.key == key("domain:b.com")), "a new key is not marked");
    Ok(())
}

/// Of several writes of one record in a page the last one stands.
pub async fn the_later_write_of_a_page_wins(store: Arc<dyn Store>) -> Outcome {
    let mut stage = Stage::open(&store).await?;
    stage.page(&[live("a", "first", &[]), live("b", "b", &[]), live("a", "second", &[])]).await?;
    ensure_eq!(views_of(&stage, "a").await?, Some(Bytes::from_static(b"second")), "views of the last write");
    Ok(())
}

/// A page without writes moves the progress and takes no seq.
pub async fn a_page_without_writes_takes_no_seq(store: Arc<dyn Store>) -> Outcome {
    let mut stage = Stage::open(&store).await?;
    stage.page(&[live("a", "a", &[])]).await?;
    let progress = some_progress();
    let committed = store.commit_page(&stage.page_of(&progress, &[])).await?;
    ensure_eq!((committed.seq, committed.changed), (Seq(1), 0), "seq and count of an empty page");
    ensure_eq!(stage.seq().await?, Seq(1), "the newest seq after an empty page");
    let state = stage.lane().await?;
    ensure_eq!((state.version, state.progress), (committed.version, progress), "where the lane stands");
    ensure!(committed.version != stage.version, "the version of the progress stayed");
    Ok(())
}

/// Every page with writes takes the next seq, changed or not.
pub async fn seqs_are_gap_free(store: Arc<dyn Store>) -> Outcome {
    let mut stage = Stage::open(&store).await?;
    let pages =
        [live("a", "a", &[]), live("a", "a", &[]), gone("unknown", Gone::Deleted), live("b", "b", &[])];
    for (expected, write) in (1..).zip(pages) {
        ensure_eq!(stage.page(&[write]).await?.seq, Seq(expected), "the seq of page {expected}");
        ensure_eq!(stage.seq().await?, Seq(expected), "the newest seq after page {expected}");
    }
    ensure_eq!(stage.local(&[live("a", "a", &[])]).await?.seq, Seq(5), "the seq of a local commit");
    Ok(())
}

/// A record that could not be viewed is kept, with the reason.
pub async fn a_record_without_views_is_kept_with_the_reason(store: Arc<dyn Store>) -> Outcome {
    let mut stage = Stage::open(&store).await?;
    let mut write = live("a", "", &[]);
    if let RecordBody::Live { problem, .. } = &mut write.body {
        *problem = Some("start is not a date".to_owned());
    }
    stage.page(&[write]).await?;
    let stored = stage.stored("a").await?.and_then(|stored| stored.problem);
    ensure_eq!(stored.as_deref(), Some("start is not a date"), "why the record has no views");
    stage.page(&[live("a", "a", &[])]).await?;
    let stored = stage.stored("a").await?.and_then(|stored| stored.problem);
    ensure_eq!(stored, None, "the reason after the record could be viewed");
    Ok(())
}

/// Records that the product pushes itself are in the whole partition of their stream, and mark their keys.
pub async fn local_records_are_committed_like_a_page(store: Arc<dyn Store>) -> Outcome {
    let stage = Stage::open(&store).await?;
    let committed = stage.local(&[versioned(live("a", "a", &["domain:a.com"]), 5)]).await?;
    ensure_eq!((committed.seq, committed.changed, committed.version), (Seq(1), 1, 0), "what was committed");
    let mut place = record("", "a");
    place.stream = "local".into();
    let stored = store.records(&stage.tenant, &[place]).await?;
    ensure_eq!(stored.len(), 1, "local records under the whole partition");
    ensure_eq!(marked(&stage.batch().await?), ["domain:a.com"], "marks of a local commit");
    stage.settle().await?;
    let older = stage.local(&[versioned(live("a", "old", &["domain:a.com"]), 4)]).await?;
    ensure_eq!(older.changed, 0, "local records changed by an older write");
    ensure_eq!(stage.local(&[]).await?.seq, Seq(2), "the seq of a local commit without writes");
    Ok(())
}
