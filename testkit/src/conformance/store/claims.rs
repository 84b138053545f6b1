//! Lanes: who may claim which, when, for how long.

use std::sync::Arc;

use acquaint_core::ids::TenantId;
use acquaint_core::store::{ClaimLanes, ClaimedLane, LaneProgress, LaneSeed, LaneState, PageCommit, Store};

use super::super::{Failure, ensure, ensure_eq};
use super::Outcome;
use super::stage::{LEASE, MANY, Stage, at, claim, full_progress, lane, live, millis};

/// Makes the lanes of some partitions, each due at its second.
async fn seed(store: &Arc<dyn Store>, tenant: &str, lanes: &[(&str, i64)]) -> Result<TenantId, Failure> {
    let tenant = TenantId::from(tenant);
    let seeds = lanes.iter().map(|(partition, due)| LaneSeed { id: lane(&tenant, partition), due: at(*due) });
    store.ensure_lanes(&seeds.collect::<Vec<_>>()).await?;
    Ok(tenant)
}

fn partitions(claimed: &[ClaimedLane]) -> Vec<&str> {
    claimed.iter().map(|claimed| claimed.claim.lane.partition.as_str()).collect()
}

/// Making a lane that exists leaves it as it is.
pub async fn a_lane_that_exists_stays_as_it_is(store: Arc<dyn Store>) -> Outcome {
    let tenant = seed(&store, "acme", &[("p", 10)]).await?;
    seed(&store, "acme", &[("p", 0), ("q", 20)]).await?;
    let lanes = store.lanes(&tenant).await?;
    let dues: Vec<_> = lanes.iter().map(|lane| (lane.id.partition.as_str(), lane.due)).collect();
    ensure_eq!(dues, [("p", at(10)), ("q", at(20))], "when the lanes fall due");
    Ok(())
}

/// Lanes are listed in the order of their ids.
pub async fn lanes_are_listed_in_order(store: Arc<dyn Store>) -> Outcome {
    let tenant = seed(&store, "acme", &[("q", 0), ("p", 1), ("r", 0), ("", 2)]).await?;
    let lanes = store.lanes(&tenant).await?;
    let found: Vec<_> = lanes.iter().map(|lane| lane.id.partition.as_str()).collect();
    ensure_eq!(found, ["", "p", "q", "r"], "the partitions of the lanes");
    Ok(())
}

/// A lane is claimed when it is due, and not a millisecond before.
pub async fn a_lane_is_claimed_when_it_is_due(store: Arc<dyn Store>) -> Outcome {
    let tenant = seed(&store, "acme", &[("p", 10)]).await?;
    let early = claim(&store, Some(&tenant), "w1", millis(9_999), MANY).await?;
    ensure!(early.is_empty(), "a lane was claimed before it was due");
    let due = claim(&store, Some(&tenant), "w1", at(10), MANY).await?;
    ensure_eq!(partitions(&due), ["p"], "lanes claimed when they were due");
    Ok(())
}

/// A claim for work that has begun leaves what has fallen due since.
pub async fn a_claim_leaves_what_fell_due_after_its_work_began(store: Arc<dyn Store>) -> Outcome {
    let tenant = seed(&store, "acme", &[("before", 5), ("later", 15)]).await?;
    let worker = "w1".into();
    let (tenant, now, due_by) = (Some(&tenant), at(20), at(10));
    let request =
        ClaimLanes { tenant, worker: &worker, now, due_by, lease: LEASE, limit: MANY, each: usize::MAX };
    let claimed = store.claim_lanes(&request).await?;
    ensure_eq!(partitions(&claimed), ["before"], "lanes claimed for work that began before");
    Ok(())
}

/// What has been due for longest is claimed first; of equals the smallest id.
pub async fn claims_come_in_order_of_due_time_and_id(store: Arc<dyn Store>) -> Outcome {
    let tenant = seed(&store, "acme", &[("a", 3), ("b", 1), ("d", 2), ("c", 2)]).await?;
    let claimed = claim(&store, Some(&tenant), "w1", at(10), MANY).await?;
    ensure_eq!(partitions(&claimed), ["b", "c", "d", "a"], "the order of claims");
    Ok(())
}

/// No more lanes are claimed than were asked for, and the rest stay free.
pub async fn no_more_lanes_are_claimed_than_asked(store: Arc<dyn Store>) -> Outcome {
    let tenant = seed(&store, "acme", &[("a", 1), ("b", 2), ("c", 3)]).await?;
    let first = claim(&store, Some(&tenant), "w1", at(10), 2).await?;
    ensure_eq!(first.len(), 2, "the lanes of a claim of two");
    let rest = claim(&store, Some(&tenant), "w2", at(10), 2).await?;
    ensure_eq!(partitions(&rest), ["c"], "the lanes that were left");
    Ok(())
}

/// A claim for one tenant takes no other's lanes; a claim for all takes everybody's.
pub async fn a_claim_for_one_tenant_takes_no_other_lanes(store: Arc<dyn Store>) -> Outcome {
    let acme = seed(&store, "acme", &[("p", 0)]).await?;
    seed(&store, "globex", &[("p", 0)]).await?;
    seed(&store, "initech", &[("p", 0)]).await?;
    let ours = claim(&store, Some(&acme), "w1", at(1), MANY).await?;
    ensure!(ours.len() == 1 && ours.iter().all(|lane| lane.claim.lane.tenant == acme), "claimed: {ours:?}");
    let others = claim(&store, None, "w1", at(1), MANY).await?;
    ensure_eq!(others.len(), 2, "lanes claimed for all tenants");
    Ok(())
}

/// Nobody claims a lane that is held, not even its holder; when the lease is over the next claim has a greater
/// fence.
pub async fn a_held_lane_is_claimed_by_nobody_else(store: Arc<dyn Store>) -> Outcome {
    let stage = Stage::open(&store).await?;
    ensure_eq!(stage.lane().await?.leased_until, Some(at(60)), "until when a claimed lane is held");
    for worker in ["w1", "w2"] {
        let held = claim(&store, Some(&stage.tenant), worker, millis(59_999), MANY).await?;
        ensure!(held.is_empty(), "{worker} claimed a lane that is held");
    }
    let next = stage.claimable(at(60)).await?;
    let greater = next.first().is_some_and(|next| next.claim.fence > stage.claim.fence);
    ensure!(greater, "no claim with a greater fence after the lease: {next:?}");
    Ok(())
}

/// A claim whose lease is over, but which nobody took, is still good.
pub async fn a_lapsed_claim_that_nobody_took_still_works(store: Arc<dyn Store>) -> Outcome {
    let stage = Stage::open(&store).await?;
    let progress = LaneProgress::default();
    let writes = [live("a", "a", &[])];
    let page = PageCommit { now: at(1_000), lease_until: at(1_060), ..stage.page_of(&progress, &writes) };
    store.commit_page(&page).await?;
    store.renew_lane(&stage.claim, at(2_000), LEASE).await?;
    stage.release(|_| ()).await
}

/// A renewed lease runs from the renewal.
pub async fn a_renewal_prolongs_the_lease(store: Arc<dyn Store>) -> Outcome {
    let stage = Stage::open(&store).await?;
    store.renew_lane(&stage.claim, at(50), LEASE).await?;
    ensure!(stage.claimable(at(100)).await?.is_empty(), "a lane was claimed under a renewed lease");
    ensure_eq!(stage.claimable(at(110)).await?.len(), 1, "lanes claimed after the renewed lease");
    Ok(())
}

/// A page prolongs the lease.
pub async fn a_page_prolongs_the_lease(store: Arc<dyn Store>) -> Outcome {
    let stage = Stage::open(&store).await?;
    let progress = LaneProgress::default();
    store.commit_page(&PageCommit { lease_until: at(200), ..stage.page_of(&progress, &[]) }).await?;
    ensure!(stage.claimable(at(150)).await?.is_empty(), "a lane was claimed under a prolonged lease");
    ensure_eq!(stage.claimable(at(200)).await?.len(), 1, "lanes claimed after the prolonged lease");
    Ok(())
}

/// A released lane is free, and falls due when the release says.
pub async fn a_released_lane_is_free_and_falls_due_again(store: Arc<dyn Store>) -> Outcome {
    let stage = Stage::open(&store).await?;
    stage.release(|release| release.due = at(30)).await?;
    let LaneState { leased_until, due, .. } = stage.lane().await?;
    ensure_eq!((leased_until, due), (None, at(30)), "lease and due time of a released lane");
    ensure!(stage.claimable(at(29)).await?.is_empty(), "a released lane was claimed before it was due");
    ensure_eq!(stage.claimable(at(30)).await?.len(), 1, "lanes claimed when they were due again");
    Ok(())
}

/// A lane's progress comes back as it was committed, with the version of the commit.
pub async fn progress_comes_back_as_it_was_committed(store: Arc<dyn Store>) -> Outcome {
    let stage = Stage::open(&store).await?;
    let progress = full_progress();
    let committed = store.commit_page(&stage.page_of(&progress, &[])).await?;
    let state = stage.lane().await?;
    ensure_eq!(state.progress, progress, "the progress of a listed lane");
    ensure_eq!(state.version, committed.version, "the version of a listed lane");
    let claimed = stage.claimable(at(61)).await?;
    let found = claimed.first().map(|claimed| (&claimed.state.progress, claimed.state.version));
    ensure_eq!(found, Some((&progress, committed.version)), "the progress of a claimed lane");
    Ok(())
}

/// A claim names the tenant's newest commit.
pub async fn a_claim_names_the_newest_commit(store: Arc<dyn Store>) -> Outcome {
    let mut stage = Stage::open(&store).await?;
    stage.page(&[live("a", "a", &[])]).await?;
    let newest = stage.page(&[live("b", "b", &[])]).await?.seq;
    let claimed = stage.claimable(at(61)).await?;
    ensure_eq!(claimed.first().map(|claimed| claimed.seq), Some(newest), "the seq of a claim");
    Ok(())
}
