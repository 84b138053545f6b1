//! Stores that are opened again, or twice at one time, as by a restart and by two processes.

use std::future::Future;
use std::sync::Arc;

use acquaint_core::connector::Partition;
use acquaint_core::store::{LaneId, SetPartitions, Store, SubscriptionStatus};

use super::super::{Failure, ensure, ensure_eq, opener};
use super::key_hints::{tell, told};
use super::partitions::discover;
use super::stage::{MANY, Stage, at, connection};
use super::{Outcome, Subject};

/// Opens the stores of one place, which is empty before the first.
pub type Opener = opener::Opener<dyn Store>;

impl Opener {
    /// An opener that calls `open` each time.
    pub fn new<F, Fut>(open: F) -> Self
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output: Subject + Send + 'static> + Send + 'static,
    {
        Self::calling(open, Subject::store)
    }
}

/// The same subscriptions are there when the store is opened again.
pub async fn subscriptions_are_there_after_reopening(opener: Opener) -> Outcome {
    let opened = opener.open().await;
    let stage = Stage::open(&opened.store).await?;
    let mut changed = stage.subscribe("s1").await?;
    changed.status = SubscriptionStatus::Live;
    opened.store.put_subscription(&stage.claim, &changed).await?;
    for id in ["s2", "s3"] {
        stage.subscribe(id).await?;
    }
    opened.store.remove_subscription(&stage.tenant, "s2").await?;
    let tenant = stage.tenant.clone();
    let listed = opened.store.subscriptions(&tenant, &connection()).await?;
    let mut found = Vec::new();
    for id in ["s1", "s2", "s3"] {
        found.push(opened.store.subscription(id).await?);
    }
    ensure!(found.iter().flatten().count() > 1, "subscriptions that were written were not found");
    drop((stage, opened));

    let store = opener.open().await.store;
    for (id, before) in ["s1", "s2", "s3"].into_iter().zip(found) {
        ensure_eq!(store.subscription(id).await?, before, "the subscription {id} after reopening");
    }
    let after = store.subscriptions(&tenant, &connection()).await?;
    ensure_eq!(after, listed, "the subscriptions of the connection after reopening");
    Ok(())
}

/// What one opening writes, changes or removes, the other finds so at once: a notification goes to whichever process
/// the web server chooses.
pub async fn a_subscription_is_seen_by_another_opening(opener: Opener) -> Outcome {
    let (one, other) = (opener.open().await.store, opener.open().await.store);
    let stage = Stage::open(&one).await?;
    ensure_eq!(other.subscription("s1").await?, None, "a subscription that was never written");
    let mut subscription = stage.subscribe("s1").await?;
    ensure_eq!(other.subscription("s1").await?.as_ref(), Some(&subscription), "what another opening wrote");
    subscription.status = SubscriptionStatus::Live;
    one.put_subscription(&stage.claim, &subscription).await?;
    ensure_eq!(
        other.subscription("s1").await?,
        one.subscription("s1").await?,
        "what another opening changed"
    );
    one.remove_subscription(&stage.tenant, "s1").await?;
    ensure_eq!(
        other.subscription("s1").await?,
        one.subscription("s1").await?,
        "what another opening removed"
    );
    Ok(())
}

/// The records that a lane was told of, and their numbers, are there when the store is opened again.
pub async fn told_records_are_there_after_reopening(opener: Opener) -> Outcome {
    let opened = opener.open().await;
    let mut stage = Stage::open(&opened.store).await?;
    tell(&opened.store, &stage.claim.lane, ["a", "b"]).await?;
    stage.reclaim().await?;
    tell(&opened.store, &stage.claim.lane, ["b", "c"]).await?;
    let (claim, before) = (stage.claim.clone(), told(&opened.store, &stage.claim).await?);
    ensure!(!before.is_empty(), "a record that was told was not found");
    drop((stage, opened));
    let store = opener.open().await.store;
    ensure_eq!(told(&store, &claim).await?, before, "the records that a lane was told of after reopening");
    Ok(())
}

/// What a partition follows is there when the store is opened again.
pub async fn what_a_partition_follows_is_there_after_reopening(opener: Opener) -> Outcome {
    let opened = opener.open().await;
    let stage = discover(&opened.store).await?;
    let set = SetPartitions {
        claim: &stage.claim,
        partitions: &[Partition::new("p", "Ana").following("contacts", "q")],
        lanes: &[("head".into(), at(0))],
        limit: MANY,
        now: at(1),
    };
    opened.store.set_partitions(&set).await?;
    let own = LaneId { partition: "p".into(), ..stage.claim.lane.clone() };
    let follows = async |store: &Arc<dyn Store>| -> Result<_, Failure> {
        let lanes = store.lanes(&own.tenant).await?;
        Ok(lanes.into_iter().find(|lane| lane.id == own).map(|lane| lane.partition.follows))
    };
    let before = follows(&opened.store).await?;
    drop((stage, opened));
    let after = follows(&opener.open().await.store).await?;
    ensure_eq!(after, before, "what the partition follows after reopening");
    Ok(())
}
