//! Hints and back-off.

use std::sync::Arc;

use acquaint_core::store::{LaneId, LaneSeed, Store};

use super::super::{ensure, ensure_eq};
use super::Outcome;
use super::stage::{MANY, Stage, at, claim, lane};

/// A lane that somebody wants is claimed before it is due; unknown lanes are passed over.
pub async fn a_wanted_lane_is_claimed_before_it_is_due(store: Arc<dyn Store>) -> Outcome {
    let tenant = "acme".into();
    let id = lane(&tenant, "p");
    store.ensure_lanes(&[LaneSeed { id: id.clone(), due: at(1_000) }]).await?;
    store.want(&[lane(&tenant, "unknown"), id]).await?;
    let claimed = claim(&store, Some(&tenant), "w1", at(0), MANY).await?;
    ensure_eq!(claimed.len(), 1, "lanes claimed because they were wanted");
    ensure_eq!(store.lanes(&tenant).await?.len(), 1, "lanes after a hint to an unknown one");
    Ok(())
}

/// A hint lifts a back-off.
pub async fn a_want_lifts_a_back_off(store: Arc<dyn Store>) -> Outcome {
    let stage = Stage::open(&store).await?;
    stage.release(|release| (release.due, release.not_before) = (at(0), at(500))).await?;
    ensure!(stage.claimable(at(1)).await?.is_empty(), "a lane that backs off was claimed");
    store.want(std::slice::from_ref(&stage.claim.lane)).await?;
    ensure_eq!(stage.claimable(at(1)).await?.len(), 1, "lanes claimed after a hint");
    Ok(())
}

/// The lanes of several partitions are found, whichever connection's they are, in the order of their ids.
pub async fn lanes_are_found_by_their_places(store: Arc<dyn Store>) -> Outcome {
    let tenant = "acme".into();
    let (here, there) = (lane(&tenant, "here"), lane(&tenant, "there"));
    let other = LaneId { connection: "a connection before".into(), ..here.clone() };
    let lanes = [other, here.clone(), there.clone()];
    store.ensure_lanes(&lanes.clone().map(|id| LaneSeed { id, due: at(0) })).await?;
    let place = |id: &LaneId| (id.stream.clone(), id.partition.clone());
    let found = store.lanes_at(&tenant, &[place(&there), place(&here), place(&here)]).await?;
    ensure_eq!(found.into_iter().map(|lane| lane.id).collect::<Vec<_>>(), lanes.to_vec(), "lanes found");
    Ok(())
}

/// Neither another partition's lanes nor another tenant's are found.
pub async fn lanes_elsewhere_are_not_found(store: Arc<dyn Store>) -> Outcome {
    let tenant = "acme".into();
    let (here, there) = (lane(&tenant, "here"), lane(&tenant, "there"));
    store.ensure_lanes(&[LaneSeed { id: there, due: at(0) }]).await?;
    let place = [(here.stream.clone(), here.partition.clone())];
    let foreign = LaneId { tenant: "globex".into(), ..here };
    store.ensure_lanes(&[LaneSeed { id: foreign, due: at(0) }]).await?;
    ensure_eq!(store.lanes_at(&tenant, &place).await?.len(), 0, "lanes found that are elsewhere");
    Ok(())
}

/// What a provider tells of is no reason to ask it sooner than it allows.
pub async fn a_hint_leaves_a_back_off(store: Arc<dyn Store>) -> Outcome {
    let stage = Stage::open(&store).await?;
    stage.release(|release| (release.due, release.not_before) = (at(900), at(500))).await?;
    store.hint(std::slice::from_ref(&stage.claim.lane)).await?;
    ensure_eq!(stage.lane().await?.not_before, at(500), "the end of a back-off after a hint");
    Ok(())
}

/// A lane of which a provider has told is claimed before it is due; unknown lanes are passed over.
pub async fn a_hinted_lane_is_claimed_before_it_is_due(store: Arc<dyn Store>) -> Outcome {
    let tenant = "acme".into();
    let id = lane(&tenant, "p");
    store.ensure_lanes(&[LaneSeed { id: id.clone(), due: at(1_000) }]).await?;
    store.hint(&[lane(&tenant, "unknown"), id]).await?;
    let claimed = claim(&store, Some(&tenant), "w1", at(0), MANY).await?;
    ensure_eq!(claimed.len(), 1, "lanes claimed because a provider told of them");
    ensure_eq!(store.lanes(&tenant).await?.len(), 1, "lanes after a hint to an unknown one");
    Ok(())
}

/// Hints that were there before a back-off do not shorten it.
pub async fn a_back_off_holds_even_if_hints_wait(store: Arc<dyn Store>) -> Outcome {
    let stage = Stage::open(&store).await?;
    store.want(std::slice::from_ref(&stage.claim.lane)).await?;
    stage
        .release(|release| (release.due, release.not_before, release.hints_done) = (at(0), at(500), false))
        .await?;
    ensure!(stage.claimable(at(499)).await?.is_empty(), "a lane that backs off was claimed for an old hint");
    ensure_eq!(stage.claimable(at(500)).await?.len(), 1, "lanes claimed after the back-off");
    Ok(())
}

/// A release clears the hints that its claim saw, and none that came later.
pub async fn hints_that_arrive_during_a_claim_survive_its_release(store: Arc<dyn Store>) -> Outcome {
    let mut stage = Stage::open(&store).await?;
    store.want(std::slice::from_ref(&stage.claim.lane)).await?;
    stage.release(|_| ()).await?;
    ensure!(stage.lane().await?.wanted, "a hint that arrived during a claim is lost");
    let again = stage.claimable(at(1)).await?;
    ensure_eq!(again.len(), 1, "lanes claimed for a hint that arrived during the last claim");
    for claimed in again {
        stage.claim = claimed.claim;
    }
    stage.release(|_| ()).await?;
    ensure!(!stage.lane().await?.wanted, "a hint that the claim saw was not cleared");
    ensure!(stage.claimable(at(2)).await?.is_empty(), "a lane was claimed for a hint that is dealt with");
    Ok(())
}

/// A release that has not dealt with its hints leaves them.
pub async fn hints_stay_until_they_are_dealt_with(store: Arc<dyn Store>) -> Outcome {
    let mut stage = Stage::open(&store).await?;
    store.want(std::slice::from_ref(&stage.claim.lane)).await?;
    stage.release(|release| release.hints_done = false).await?;
    for claimed in stage.claimable(at(1)).await? {
        stage.claim = claimed.claim;
    }
    stage.release(|release| release.hints_done = false).await?;
    ensure!(stage.lane().await?.wanted, "a hint was cleared that nobody has dealt with");
    ensure_eq!(stage.claimable(at(2)).await?.len(), 1, "lanes claimed for a hint that still waits");
    Ok(())
}
