//! Records that go, and that come back.

use std::sync::Arc;

use acquaint_core::record::Gone;
use acquaint_core::store::{LaneProgress, PageCommit, Store};

use super::super::{ensure, ensure_eq};
use super::Outcome;
use super::stage::{Stage, at, gone, keys, live, marked, range, spanning, versioned};

/// A tombstone keeps the reason and the span, and neither bytes nor keys.
pub async fn a_tombstone_keeps_neither_bytes_nor_keys(store: Arc<dyn Store>) -> Outcome {
    let mut stage = Stage::open(&store).await?;
    stage.page(&[spanning(live("a", "a", &["domain:a.com"]), 7, 8)]).await?;
    stage.settle().await?;
    let reason = Gone::MergedInto("b".into());
    let committed = stage.page(&[gone("a", reason.clone())]).await?;
    ensure_eq!(committed.changed, 1, "records that changed");
    ensure_eq!(stage.gone("a").await?, Some(reason), "why the record is gone");
    let stored = stage.stored("a").await?;
    let found = stored.map(|stored| (stored.raw.len(), stored.views.len(), stored.changed, stored.touched));
    ensure_eq!(found, Some((0, 0, committed.seq, committed.seq)), "bytes, change and touch of a tombstone");
    let span = stage.stored("a").await?.and_then(|stored| stored.span);
    ensure_eq!(span, Some((at(7), at(8))), "the last known span of a tombstone");
    let providing = store.providing(&stage.tenant, &keys(&["domain:a.com"])).await?;
    ensure!(providing.is_empty(), "a tombstone still provides a key");
    ensure_eq!(marked(&stage.batch().await?), ["domain:a.com"], "marks of a tombstone");
    Ok(())
}

/// A tombstone of a record that is not in the mirror leaves nothing behind.
pub async fn a_tombstone_of_an_unknown_record_leaves_nothing(store: Arc<dyn Store>) -> Outcome {
    let mut stage = Stage::open(&store).await?;
    ensure_eq!(stage.page(&[gone("a", Gone::Deleted)]).await?.changed, 0, "records that changed");
    ensure_eq!(stage.stored("a").await?, None, "the record after its tombstone");
    ensure!(stage.batch().await?.marks.is_empty(), "the tombstone of an unknown record marked keys");
    Ok(())
}

/// A tombstone that comes again changes nothing and leaves the record at the commit that took it.
pub async fn a_repeated_tombstone_changes_nothing(store: Arc<dyn Store>) -> Outcome {
    let mut stage = Stage::open(&store).await?;
    stage.page(&[live("a", "a", &["domain:a.com"])]).await?;
    let first = stage.page(&[gone("a", Gone::Archived)]).await?;
    stage.settle().await?;
    let again = stage.page(&[gone("a", Gone::Deleted)]).await?;
    ensure_eq!(again.changed, 0, "records that changed");
    ensure!(stage.batch().await?.marks.is_empty(), "a repeated tombstone marked keys");
    let stored = stage.stored("a").await?;
    let found = stored.map(|stored| (stored.gone, stored.changed, stored.touched));
    let expected = (Some(Gone::Archived), first.seq, first.seq);
    ensure_eq!(found, Some(expected), "reason, change and touch of a repeated tombstone");
    Ok(())
}

/// A record that was erased is not written again, whatever its version, and is not even touched.
pub async fn what_was_erased_stays_erased(store: Arc<dyn Store>) -> Outcome {
    let mut stage = Stage::open(&store).await?;
    stage.page(&[versioned(live("a", "a", &["domain:a.com"]), 5)]).await?;
    stage.page(&[gone("a", Gone::Erased)]).await?;
    stage.settle().await?;
    let erased = stage.stored("a").await?;
    let shown = live("a", "again", &["domain:a.com"]);
    for write in
        [versioned(shown.clone(), 4), versioned(shown.clone(), 5), shown.clone(), versioned(shown, 9)]
    {
        let version = write.version;
        let progress = LaneProgress::default();
        let writes = [write];
        let page = PageCommit { now: at(9), ..stage.page_of(&progress, &writes) };
        let committed = store.commit_page(&page).await?;
        stage.version = committed.version;
        ensure_eq!(committed.changed, 0, "records changed by what was erased, at the version {version:?}");
        ensure_eq!(stage.stored("a").await?, erased, "what was erased, shown at the version {version:?}");
    }
    let providing = store.providing(&stage.tenant, &keys(&["domain:a.com"])).await?;
    ensure!(providing.is_empty(), "an erased record provides a key");
    ensure!(stage.batch().await?.marks.is_empty(), "a record that was erased before marked keys");
    Ok(())
}

/// An erasure takes the place of any other reason, and no other takes its place.
pub async fn an_erasure_overwrites_any_other_reason(store: Arc<dyn Store>) -> Outcome {
    let mut stage = Stage::open(&store).await?;
    for reason in [
        Gone::Deleted,
        Gone::Archived,
        Gone::MergedInto("b".into()),
        Gone::LostAccess,
        Gone::MovedOutOfWindow,
        Gone::Deselected,
        Gone::Unseen,
    ] {
        let key = format!("{reason:?}");
        stage.page(&[live(&key, "a", &["domain:a.com"])]).await?;
        stage.page(&[gone(&key, reason.clone())]).await?;
        stage.settle().await?;
        let erased = stage.page(&[gone(&key, Gone::Erased)]).await?;
        ensure_eq!(erased.changed, 0, "records changed by an erasure of what was gone");
        for again in [None, Some(reason), Some(Gone::Erased)] {
            if let Some(again) = &again {
                stage.page(&[gone(&key, again.clone())]).await?;
            }
            let found = stage.stored(&key).await?.map(|stored| (stored.gone, stored.touched));
            let expected = Some((Some(Gone::Erased), erased.seq));
            ensure_eq!(found, expected, "reason and touch of {key}, erased and then {again:?}");
        }
        ensure!(stage.batch().await?.marks.is_empty(), "an erasure of what was gone marked keys");
    }
    Ok(())
}

/// The erasure of a record that is not in the mirror keeps it out, should a late page still bring it.
pub async fn an_erasure_of_an_unknown_record_keeps_it_out(store: Arc<dyn Store>) -> Outcome {
    let mut stage = Stage::open(&store).await?;
    let erased = stage.page(&[gone("a", Gone::Erased)]).await?;
    ensure_eq!(erased.changed, 0, "records changed by an erasure of what was never there");
    let stored = stage.stored("a").await?;
    let empty = stored.as_ref().map(|stored| (stored.raw.is_empty(), stored.views.is_empty(), stored.span));
    ensure_eq!(empty, Some((true, true, None)), "bytes and span of what was never there");
    let places = stored.map(|stored| (stored.changed, stored.touched));
    ensure_eq!(places, Some((erased.seq, erased.seq)), "change and touch of what was never there");
    stage.page(&[versioned(live("a", "a", &["domain:a.com"]), 9)]).await?;
    ensure_eq!(stage.gone("a").await?, Some(Gone::Erased), "why the record is gone after a late page");
    ensure!(stage.batch().await?.marks.is_empty(), "what was erased before it came marked keys");
    Ok(())
}

/// A tombstone without a version keeps out what is older than the record was.
pub async fn a_tombstone_without_a_version_keeps_older_states_out(store: Arc<dyn Store>) -> Outcome {
    let mut stage = Stage::open(&store).await?;
    stage.page(&[versioned(live("a", "a", &[]), 5)]).await?;
    stage.page(&[gone("a", Gone::Deleted)]).await?;
    stage.page(&[versioned(live("a", "older", &[]), 4)]).await?;
    ensure_eq!(stage.gone("a").await?, Some(Gone::Deleted), "why the record is gone after an older state");
    stage.page(&[versioned(live("a", "newer", &[]), 6)]).await?;
    ensure_eq!(stage.gone("a").await?, None, "why the record is gone after a newer state");
    Ok(())
}

/// A later tombstone of a record that is gone keeps out states older than itself.
pub async fn a_later_tombstone_keeps_out_what_is_older_than_it(store: Arc<dyn Store>) -> Outcome {
    let mut stage = Stage::open(&store).await?;
    stage.page(&[versioned(live("a", "a", &[]), 5)]).await?;
    stage.page(&[versioned(gone("a", Gone::Archived), 5)]).await?;
    stage.page(&[versioned(gone("a", Gone::Archived), 8)]).await?;
    stage.page(&[versioned(live("a", "older", &[]), 6)]).await?;
    ensure_eq!(stage.gone("a").await?, Some(Gone::Archived), "why the record is gone after an older state");
    Ok(())
}

/// A record that comes back, even as it was, is live again and marks its keys.
pub async fn a_record_that_comes_back_is_live_again(store: Arc<dyn Store>) -> Outcome {
    let mut stage = Stage::open(&store).await?;
    stage.page(&[live("a", "a", &["domain:a.com"])]).await?;
    stage.page(&[gone("a", Gone::Archived)]).await?;
    stage.settle().await?;
    let back = stage.page(&[live("a", "a", &["domain:a.com"])]).await?;
    ensure_eq!(back.changed, 1, "records that changed");
    ensure_eq!(stage.gone("a").await?, None, "why the record is gone");
    let providing = store.providing(&stage.tenant, &keys(&["domain:a.com"])).await?;
    ensure_eq!(providing.len(), 1, "records that provide the key");
    ensure_eq!(marked(&stage.batch().await?), ["domain:a.com"], "marks of a record that came back");
    Ok(())
}

/// A live record that has aged past the window is frozen: a move out of the window leaves it alone. Its
/// deletion does not.
pub async fn an_aged_record_is_frozen(store: Arc<dyn Store>) -> Outcome {
    let mut stage = Stage::open(&store).await?;
    stage.page(&[spanning(live("a", "a", &["domain:a.com"]), 0, 100)]).await?;
    stage.settle().await?;
    let window = Some(range(100, 200));
    let moved = stage.windowed_page(&[gone("a", Gone::MovedOutOfWindow)], window).await?;
    ensure_eq!(moved.changed, 0, "records changed by a move out of the window");
    ensure_eq!(stage.gone("a").await?, None, "why an aged record is gone");
    ensure!(stage.batch().await?.marks.is_empty(), "a frozen record marked keys");
    stage.windowed_page(&[gone("a", Gone::Deleted)], window).await?;
    ensure_eq!(stage.gone("a").await?, Some(Gone::Deleted), "why a deleted aged record is gone");
    Ok(())
}

/// A record inside the window that is moved out of it is gone; so is one without a span, and any if the pass
/// has no window.
pub async fn a_record_that_is_moved_out_of_the_window_goes(store: Arc<dyn Store>) -> Outcome {
    let mut stage = Stage::open(&store).await?;
    let inside = spanning(live("inside", "a", &["domain:a.com"]), 0, 101);
    stage.page(&[inside, live("spanless", "b", &[]), spanning(live("aged", "c", &[]), 0, 1)]).await?;
    stage.settle().await?;
    let moves = ["inside", "spanless"].map(|key| gone(key, Gone::MovedOutOfWindow));
    let moved = stage.windowed_page(&moves, Some(range(100, 200))).await?;
    ensure_eq!(moved.changed, 2, "records that changed");
    stage.windowed_page(&[gone("aged", Gone::MovedOutOfWindow)], None).await?;
    for key in ["inside", "spanless", "aged"] {
        ensure_eq!(stage.gone(key).await?, Some(Gone::MovedOutOfWindow), "why the record {key} is gone");
    }
    ensure_eq!(marked(&stage.batch().await?), ["domain:a.com"], "marks of a move out of the window");
    Ok(())
}
