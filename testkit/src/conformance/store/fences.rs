//! A worker whose work somebody else has taken changes nothing any more.

use std::sync::Arc;

use acquaint_core::connector::Partition;
use acquaint_core::store::{
    JoinClaim, LaneProgress, MeetingCommit, PageCommit, Release, SetPartitions, Store, SubscriptionStatus,
};

use super::super::{Failure, ensure, ensure_eq};
use super::Outcome;
use super::key_hints::{tell, told};
use super::partitions::discover;
use super::stage::{LEASE, MANY, Stage, at, ensure_fenced, ids, live, marked, meeting, reading};

/// A fenced worker cannot prolong its lease.
pub async fn a_fenced_worker_renews_nothing(store: Arc<dyn Store>) -> Outcome {
    let stage = Stage::open(&store).await?;
    let newer = stage.take_over().await?;
    ensure_fenced(store.renew_lane(&stage.claim, at(1_000), LEASE).await, "renew_lane")?;
    ensure_eq!(stage.lane().await?.leased_until, Some(at(121)), "the lease of the new holder");
    Ok(store.renew_lane(&newer, at(70), LEASE).await?)
}

/// A fenced worker's page leaves records, marks, progress, seq and what the lane was told as they are.
pub async fn a_fenced_worker_commits_no_page(store: Arc<dyn Store>) -> Outcome {
    let mut stage = Stage::open(&store).await?;
    tell(&store, &stage.claim.lane, ["t"]).await?;
    stage.reclaim().await?;
    let newer = stage.take_over().await?;
    let (progress, writes) = (LaneProgress::default(), [live("a", "a", &["domain:a.com"])]);
    let page = PageCommit { settled: &["t".into()], ..stage.page_of(&progress, &writes) };
    ensure_fenced(store.commit_page(&page).await, "commit_page")?;
    ensure_eq!(stage.stored("a").await?, None, "a record of a fenced page");
    ensure_eq!(stage.lane().await?.version, 0, "the lane's version after a fenced page");
    ensure_eq!(stage.seq().await?.0, 0, "the newest seq after a fenced page");
    ensure!(stage.batch().await?.marks.is_empty(), "a fenced page marked keys");
    ensure_eq!(told(&store, &newer).await?.len(), 1, "records that the lane was told of after a fenced page");
    store.commit_page(&PageCommit { claim: &newer, ..page }).await?;
    Ok(())
}

/// A fenced worker counts nothing.
pub async fn a_fenced_worker_counts_no_sweep(store: Arc<dyn Store>) -> Outcome {
    let mut stage = Stage::open(&store).await?;
    let began = stage.page(&[live("a", "a", &[])]).await?.seq;
    stage.take_over().await?;
    ensure_fenced(store.count_sweep(&stage.sweep_of(began)).await, "count_sweep")
}

/// A fenced worker sweeps nothing.
pub async fn a_fenced_worker_sweeps_nothing(store: Arc<dyn Store>) -> Outcome {
    let mut stage = Stage::open(&store).await?;
    let began = stage.page(&[live("a", "a", &[])]).await?.seq;
    stage.take_over().await?;
    ensure_fenced(store.sweep(&stage.sweep_of(began)).await, "sweep")?;
    ensure_eq!(stage.gone("a").await?, None, "why a record is gone after a fenced sweep");
    Ok(())
}

/// A fenced worker's release leaves the lane with its new holder.
pub async fn a_fenced_worker_releases_nothing(store: Arc<dyn Store>) -> Outcome {
    let stage = Stage::open(&store).await?;
    stage.take_over().await?;
    let release = Release { due: at(0), not_before: at(0), hints_done: true };
    ensure_fenced(store.release_lane(&stage.claim, &release).await, "release_lane")?;
    ensure!(stage.claimable(at(62)).await?.is_empty(), "a fenced release freed the lane");
    Ok(())
}

/// A fenced worker's discovery changes no partition.
pub async fn a_fenced_worker_sets_no_partitions(store: Arc<dyn Store>) -> Outcome {
    let stage = discover(&store).await?;
    stage.set(&["p"], MANY).await?;
    stage.take_over().await?;
    let set = SetPartitions {
        claim: &stage.claim,
        partitions: &[Partition::new("q", "q")],
        lanes: &[("head".into(), at(0))],
        limit: MANY,
        now: at(62),
    };
    ensure_fenced(store.set_partitions(&set).await, "set_partitions")?;
    let lanes = store.lanes(&stage.tenant).await?;
    let found: Vec<_> = lanes.iter().map(|lane| lane.id.partition.as_str()).collect();
    ensure_eq!(found, ["", "p"], "the partitions after a fenced discovery");
    Ok(())
}

/// A fenced worker writes no subscription and changes none.
pub async fn a_fenced_worker_writes_no_subscription(store: Arc<dyn Store>) -> Outcome {
    let stage = Stage::open(&store).await?;
    let first = stage.subscribe("s1").await?;
    let newer = stage.take_over().await?;
    let mut changed = first.clone();
    changed.status = SubscriptionStatus::Live;
    for late in [&changed, &stage.subscription("s2")] {
        ensure_fenced(store.put_subscription(&stage.claim, late).await, "put_subscription")?;
    }
    ensure_eq!(store.subscription("s1").await?, Some(first), "a subscription after a fenced change");
    ensure_eq!(store.subscription("s2").await?, None, "a subscription that a fenced worker wrote");
    Ok(store.put_subscription(&newer, &stage.subscription("s3")).await?)
}

/// The lanes of a partition that went fence their claims, and so they stay when the partition comes back.
pub async fn claims_on_a_lane_that_went_stay_fenced(store: Arc<dyn Store>) -> Outcome {
    let stage = discover(&store).await?;
    let mut old = stage.beside("p").await?;
    stage.set(&["p"], MANY).await?;
    old.page(&[live("a", "a", &[])]).await?;
    stage.set(&[], MANY).await?;
    ensure_fenced(store.renew_lane(&old.claim, at(2), LEASE).await, "renew_lane on a lane that went")?;
    let (progress, writes) = (LaneProgress::default(), [live("b", "b", &[])]);
    ensure_fenced(
        store.commit_page(&old.page_of(&progress, &writes)).await,
        "commit_page on a lane that went",
    )?;

    stage.set(&["p"], MANY).await?;
    let new = Stage::on(&store, old.claim.lane.clone(), at(3_600)).await?;
    let stale = PageCommit { expected: new.version, ..old.page_of(&progress, &writes) };
    ensure_fenced(store.commit_page(&stale).await, "commit_page on a lane that came back")?;
    ensure!(new.claim.fence > old.claim.fence, "a lane that came back gave out an old fence again");
    Ok(())
}

/// Claims the join, lets the lease run out, and claims it for another.
async fn joins(stage: &Stage) -> Result<(JoinClaim, JoinClaim), Failure> {
    let old = stage.join().await?;
    let new = stage.store.claim_join(&stage.tenant, &"w2".into(), at(61), LEASE).await?;
    let new = new.ok_or_else(|| Failure::new("a join whose lease has run out could not be claimed"))?;
    ensure!(new.fence > old.fence, "the second claim of the join has no greater fence");
    Ok((old, new))
}

/// A fenced join gets no batch.
pub async fn a_fenced_join_gets_no_batch(store: Arc<dyn Store>) -> Outcome {
    let mut stage = Stage::open(&store).await?;
    stage.page(&[live("a", "a", &["domain:a.com"])]).await?;
    let (old, new) = joins(&stage).await?;
    ensure_fenced(store.dirty_batch(&old, MANY, at(62)).await, "dirty_batch")?;
    store.dirty_batch(&new, MANY, at(62)).await?;
    Ok(())
}

/// A fenced join commits no meetings and clears no marks.
pub async fn a_fenced_join_commits_nothing(store: Arc<dyn Store>) -> Outcome {
    let mut stage = Stage::open(&store).await?;
    stage.page(&[live("a", "a", &["domain:a.com", "domain:b.com"])]).await?;
    let (old, new) = joins(&stage).await?;
    let batch = store.dirty_batch(&new, MANY, at(62)).await?;
    let writes = [reading(meeting("m1", "i1", 0), &[])];
    let commit = MeetingCommit {
        claim: &old,
        marks: &batch.marks,
        writes: &writes,
        removed: &[],
        now: at(62),
        lease_until: at(500),
    };
    ensure_fenced(store.commit_meetings(&commit).await, "commit_meetings")?;
    ensure_eq!(ids(&store.meetings_of(&stage.tenant, &["i1".to_owned()]).await?).len(), 0, "meetings");
    let after = store.dirty_batch(&new, MANY, at(62)).await?;
    ensure_eq!(marked(&after), ["domain:a.com", "domain:b.com"], "marks after a fenced commit");
    Ok(store.commit_meetings(&MeetingCommit { claim: &new, ..commit }).await?)
}

/// A fenced join's release leaves the join with its new holder.
pub async fn a_fenced_join_releases_nothing(store: Arc<dyn Store>) -> Outcome {
    let stage = Stage::open(&store).await?;
    let (old, _) = joins(&stage).await?;
    ensure_fenced(store.release_join(&old).await, "release_join")?;
    let third = store.claim_join(&stage.tenant, &"w3".into(), at(62), LEASE).await?;
    ensure_eq!(third, None, "a claim of a join that is held");
    Ok(())
}
