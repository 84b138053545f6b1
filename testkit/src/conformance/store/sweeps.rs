//! Sweeps after a baseline.

use std::sync::Arc;

use acquaint_core::ids::Seq;
use acquaint_core::record::Gone;
use acquaint_core::store::{Store, Sweep, SweepCount, Swept};

use super::super::{Failure, ensure, ensure_eq};
use super::Outcome;
use super::stage::{Stage, gone, live, marked, range, spanning};

impl Stage {
    /// A commit that touches no record, after which a baseline begins.
    async fn begin_baseline(&mut self) -> Result<Seq, Failure> {
        Ok(self.page(&[gone("unknown", Gone::Deleted)]).await?.seq)
    }
}

/// A sweep removes what was last touched when the baseline began or before, and nothing that was seen since.
pub async fn a_sweep_removes_what_the_baseline_has_not_seen(store: Arc<dyn Store>) -> Outcome {
    let mut stage = Stage::open(&store).await?;
    stage.page(&[live("a", "a", &[]), live("b", "b", &[])]).await?;
    let began = stage.page(&[live("c", "c", &[])]).await?.seq;
    stage.page(&[live("b", "changed", &[]), live("d", "d", &[])]).await?;
    let swept = store.sweep(&stage.sweep_of(began)).await?;
    ensure_eq!(swept, Swept { removed: 2, more: false }, "what the sweep did");
    for (key, expected) in [("a", Some(Gone::Unseen)), ("b", None), ("c", Some(Gone::Unseen)), ("d", None)] {
        ensure_eq!(stage.gone(key).await?, expected, "why the record {key} is gone");
    }
    Ok(())
}

/// A record that the baseline brought as it was has been seen.
pub async fn an_unchanged_record_that_was_seen_is_not_swept(store: Arc<dyn Store>) -> Outcome {
    let mut stage = Stage::open(&store).await?;
    stage.page(&[live("a", "a", &[])]).await?;
    let began = stage.begin_baseline().await?;
    let page = stage.page(&[live("a", "a", &[])]).await?;
    let touched = stage.stored("a").await?.map(|stored| stored.touched);
    ensure_eq!(touched, Some(page.seq), "the commit that last brought the record");
    ensure_eq!(store.sweep(&stage.sweep_of(began)).await?, Swept::default(), "what the sweep did");
    Ok(())
}

/// Swept records are tombstones without bytes, and their keys are marked with a seq of the sweep's own.
pub async fn swept_records_are_tombstones_and_mark_their_keys(store: Arc<dyn Store>) -> Outcome {
    let mut stage = Stage::open(&store).await?;
    stage.page(&[live("a", "a", &["domain:a.com"])]).await?;
    let began = stage.begin_baseline().await?;
    stage.settle().await?;
    store.sweep(&stage.sweep_of(began)).await?;
    let seq = Seq(began.0 + 1);
    let stored = stage.stored("a").await?;
    let found = stored.map(|stored| (stored.raw.len(), stored.views.len(), stored.changed));
    ensure_eq!(found, Some((0, 0, seq)), "bytes and last change of a swept record");
    let batch = stage.batch().await?;
    ensure_eq!(marked(&batch), ["domain:a.com"], "marks of a sweep");
    ensure!(batch.marks.iter().all(|mark| mark.seq == seq), "marks with another seq: {:?}", batch.marks);
    Ok(())
}

/// With a window, only records that overlap it are swept.
pub async fn a_sweep_stays_in_its_window(store: Arc<dyn Store>) -> Outcome {
    let mut stage = Stage::open(&store).await?;
    let spans = [("before", 0, 100), ("across", 50, 101), ("inside", 110, 120), ("after", 200, 210)];
    stage.page(&spans.map(|(key, from, to)| spanning(live(key, key, &[]), from, to))).await?;
    let began = stage.begin_baseline().await?;
    let window = Some(range(100, 200));
    store.sweep(&Sweep { window, ..stage.sweep_of(began) }).await?;
    for (key, _, _) in spans {
        let expected = matches!(key, "across" | "inside").then_some(Gone::Unseen);
        ensure_eq!(stage.gone(key).await?, expected, "why the record {key} is gone");
    }
    Ok(())
}

/// A record without a span is in every window.
pub async fn a_record_without_a_span_is_in_every_window(store: Arc<dyn Store>) -> Outcome {
    let mut stage = Stage::open(&store).await?;
    stage.page(&[live("a", "a", &[])]).await?;
    let began = stage.begin_baseline().await?;
    let window = Some(range(100, 200));
    store.sweep(&Sweep { window, ..stage.sweep_of(began) }).await?;
    ensure_eq!(stage.gone("a").await?, Some(Gone::Unseen), "why a record without a span is gone");
    Ok(())
}

/// A sweep removes no more than it is asked to, and says whether more is left.
pub async fn a_sweep_comes_in_batches(store: Arc<dyn Store>) -> Outcome {
    let mut stage = Stage::open(&store).await?;
    stage.page(&["a", "b", "c", "d", "e"].map(|key| live(key, key, &[]))).await?;
    let began = stage.begin_baseline().await?;
    for (removed, more) in [(2, true), (2, true), (1, false)] {
        let swept = store.sweep(&Sweep { limit: 2, ..stage.sweep_of(began) }).await?;
        ensure_eq!(swept.removed, removed, "records that a batch of two removed");
        // A store may have to look again to see that nothing is left, but must not stop too early.
        ensure!(swept.more || !more, "a sweep says that nothing is left, but something is");
    }
    let swept = store.sweep(&Sweep { limit: 2, ..stage.sweep_of(began) }).await?;
    ensure_eq!(swept, Swept::default(), "a sweep of nothing");
    Ok(())
}

/// A sweep stays in the partition of its claim.
pub async fn a_sweep_stays_in_its_partition(store: Arc<dyn Store>) -> Outcome {
    let mut stage = Stage::open(&store).await?;
    let mut other = stage.beside("q").await?;
    stage.page(&[live("a", "a", &[])]).await?;
    other.page(&[live("a", "a", &[])]).await?;
    let began = stage.begin_baseline().await?;
    store.sweep(&stage.sweep_of(began)).await?;
    ensure_eq!(stage.gone("a").await?, Some(Gone::Unseen), "why a record of the partition is gone");
    ensure_eq!(other.gone("a").await?, None, "why a record of another partition is gone");
    Ok(())
}

/// A sweep that removes nothing takes no seq.
pub async fn a_sweep_of_nothing_takes_no_seq(store: Arc<dyn Store>) -> Outcome {
    let mut stage = Stage::open(&store).await?;
    let began = stage.begin_baseline().await?;
    stage.page(&[live("a", "a", &[])]).await?;
    let before = stage.seq().await?;
    store.sweep(&stage.sweep_of(began)).await?;
    ensure_eq!(stage.seq().await?, before, "the newest seq after a sweep of nothing");
    Ok(())
}

/// A count says what a sweep would remove, of how many live records of the window, and changes nothing.
pub async fn a_count_says_what_a_sweep_would_do(store: Arc<dyn Store>) -> Outcome {
    let mut stage = Stage::open(&store).await?;
    let unseen = ["a", "b"].map(|key| spanning(live(key, key, &[]), 100, 110));
    stage.page(&unseen).await?;
    stage.page(&[spanning(live("outside", "x", &[]), 0, 10), live("gone", "x", &[])]).await?;
    stage.page(&[gone("gone", Gone::Deleted)]).await?;
    let began = stage.begin_baseline().await?;
    stage.page(&[spanning(live("seen", "x", &[]), 100, 110)]).await?;
    let before = stage.seq().await?;
    let sweep = Sweep { window: Some(range(100, 200)), limit: 1, ..stage.sweep_of(began) };
    let count = store.count_sweep(&sweep).await?;
    ensure_eq!(count, SweepCount { unseen: 2, live: 3 }, "what the sweep would do");
    ensure_eq!(stage.gone("a").await?, None, "why a record is gone after a count");
    ensure_eq!(stage.seq().await?, before, "the newest seq after a count");
    Ok(())
}
