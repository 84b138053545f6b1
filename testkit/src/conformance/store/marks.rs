//! Dirty keys: when they are cleared, and when not.

use std::sync::Arc;

use acquaint_core::store::{MeetingCommit, Store};

use super::super::{ensure, ensure_eq};
use super::Outcome;
use super::stage::{LEASE, MANY, Stage, at, live, marked, meeting, reading};

/// One worker at a time has the join of a tenant: the next gets it after a release or when the lease is over,
/// with a greater fence.
pub async fn one_worker_at_a_time_joins_a_tenant(store: Arc<dyn Store>) -> Outcome {
    let stage = Stage::open(&store).await?;
    let claim = |worker: &'static str, now| {
        let (store, tenant) = (store.clone(), stage.tenant.clone());
        async move { store.claim_join(&tenant, &worker.into(), at(now), LEASE).await }
    };
    let first = stage.join().await?;
    for worker in ["w1", "w2"] {
        ensure_eq!(claim(worker, 59).await?, None, "a claim of a join that is held");
    }
    let other = store.claim_join(&"globex".into(), &"w2".into(), at(1), LEASE).await?;
    ensure!(other.is_some(), "one tenant's join holds up another's");
    let second = claim("w2", 60).await?;
    ensure!(second.as_ref().is_some_and(|second| second.fence > first.fence), "after the lease: {second:?}");
    if let Some(second) = &second {
        store.release_join(second).await?;
    }
    let third = claim("w3", 61).await?;
    let greater = third.zip(second).is_some_and(|(third, second)| third.fence > second.fence);
    ensure!(greater, "a released join could not be claimed with a greater fence");
    Ok(())
}

/// A commit of meetings prolongs the claim of the join.
pub async fn a_commit_of_meetings_prolongs_the_join(store: Arc<dyn Store>) -> Outcome {
    let stage = Stage::open(&store).await?;
    let claim = stage.join().await?;
    let commit = MeetingCommit {
        claim: &claim,
        marks: &[],
        writes: &[],
        removed: &[],
        now: at(50),
        lease_until: at(200),
    };
    store.commit_meetings(&commit).await?;
    let early = store.claim_join(&stage.tenant, &"w2".into(), at(150), LEASE).await?;
    ensure_eq!(early, None, "a claim of a join under a prolonged lease");
    let late = store.claim_join(&stage.tenant, &"w2".into(), at(200), LEASE).await?;
    ensure!(late.is_some(), "a join could not be claimed after its prolonged lease");
    Ok(())
}

/// Taking a batch changes nothing: the next one is the same.
pub async fn a_batch_changes_nothing(store: Arc<dyn Store>) -> Outcome {
    let mut stage = Stage::open(&store).await?;
    stage.page(&[live("a", "a", &["domain:a.com"])]).await?;
    let first = stage.batch().await?;
    ensure_eq!(marked(&first), ["domain:a.com"], "the marks of the first batch");
    ensure_eq!(stage.batch().await?, first, "the second batch");
    Ok(())
}

/// A mark is cleared by the commit that answers it, and it alone.
pub async fn an_answered_mark_is_cleared(store: Arc<dyn Store>) -> Outcome {
    let mut stage = Stage::open(&store).await?;
    stage.page(&[live("a", "a", &["domain:a.com", "domain:b.com"])]).await?;
    let mut batch = stage.batch().await?;
    batch.marks.retain(|mark| mark.key.as_str() == "domain:a.com");
    stage.decide(&batch.marks, &[], &[]).await?;
    ensure_eq!(marked(&stage.batch().await?), ["domain:b.com"], "marks after one was answered");
    Ok(())
}

/// A mark that has moved since the batch was taken is not cleared by the batch's commit.
pub async fn a_mark_that_moved_is_not_cleared(store: Arc<dyn Store>) -> Outcome {
    let mut stage = Stage::open(&store).await?;
    stage.page(&[live("a", "a", &["domain:a.com"])]).await?;
    let batch = stage.batch().await?;
    let newer = stage.page(&[live("a", "b", &["domain:a.com"])]).await?;
    stage.decide(&batch.marks, &[], &[]).await?;
    let after = stage.batch().await?;
    ensure_eq!(marked(&after), ["domain:a.com"], "marks after a commit that answers an older state");
    ensure!(after.marks.iter().all(|mark| mark.seq == newer.seq), "the mark has not moved: {after:?}");
    Ok(())
}

/// A mark that was partly expanded and then moved is expanded from the start again.
pub async fn a_mark_that_moved_is_expanded_from_the_start(store: Arc<dyn Store>) -> Outcome {
    let mut stage = Stage::open(&store).await?;
    stage.page(&[live("a", "a", &["account:c1/a"])]).await?;
    stage.settle().await?;
    let writes =
        ["i1", "i2", "i3"].map(|identity| reading(meeting(identity, identity, 0), &["account:c1/a"]));
    stage.decide(&[], &writes, &[]).await?;
    stage.page(&[live("a", "b", &["account:c1/a"])]).await?;
    let batch = stage.batch_at(at(0), 2).await?;
    ensure_eq!(batch.identities, ["i1", "i2"], "the first batch of two");
    stage.decide(&batch.marks, &[], &[]).await?;
    stage.page(&[live("a", "c", &["account:c1/a"])]).await?;
    ensure_eq!(stage.batch().await?.identities, ["i1", "i2", "i3"], "the batch after the mark moved");
    Ok(())
}

/// A batch names the tenant's newest commit, with marks or without.
pub async fn a_batch_names_the_newest_commit(store: Arc<dyn Store>) -> Outcome {
    let mut stage = Stage::open(&store).await?;
    stage.page(&[live("a", "a", &["domain:a.com"])]).await?;
    let newest = stage.page(&[live("b", "b", &[])]).await?.seq;
    ensure_eq!(stage.batch_at(at(0), MANY).await?.seq, newest, "the seq of a batch");
    stage.settle().await?;
    let empty = stage.batch().await?;
    ensure!(empty.is_empty(), "a batch after everything was answered: {empty:?}");
    ensure_eq!(empty.seq, newest, "the seq of an empty batch");
    Ok(())
}
