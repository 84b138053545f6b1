//! What providers were asked to tell.

use std::sync::Arc;

use acquaint_core::ErrorKind;
use acquaint_core::connector::{Proof, Topic};
use acquaint_core::ids::{ConnectionId, TenantId};
use acquaint_core::secret::Secret;
use acquaint_core::store::{LaneId, Store, Subscription, SubscriptionStatus};

use super::super::{Failure, ensure, ensure_eq};
use super::Outcome;
use super::stage::{Stage, at, connection, lane, millis};

impl Stage {
    /// A subscription on the stage's partition that the provider is about to be asked for.
    pub(super) fn subscription(&self, id: &str) -> Subscription {
        let LaneId { tenant, connection, stream, partition, .. } = self.claim.lane.clone();
        let proof = Proof::of(&Secret::new(format!("the secret of {id}")));
        Subscription::new(id, tenant, connection, Topic { stream, partition }, proof, at(0))
    }

    /// Writes one.
    pub(super) async fn subscribe(&self, id: &str) -> Result<Subscription, Failure> {
        let subscription = self.subscription(id);
        self.store.put_subscription(&self.claim, &subscription).await?;
        Ok(subscription)
    }
}

/// The ids of a connection's subscriptions, as they are listed.
pub(super) async fn subscribed(
    store: &Arc<dyn Store>,
    tenant: &TenantId,
    connection: &ConnectionId,
) -> Result<Vec<String>, Failure> {
    let subscriptions = store.subscriptions(tenant, connection).await?;
    Ok(subscriptions.into_iter().map(|subscription| subscription.id).collect())
}

/// A stage on a connection of a tenant.
async fn of(store: &Arc<dyn Store>, tenant: &str, connection: &str) -> Result<Stage, Failure> {
    let id = LaneId { connection: connection.into(), ..lane(&tenant.into(), "p") };
    Stage::on(store, id, at(0)).await
}

/// A subscription is found by its id, whoever's it is, with all that was written.
pub async fn a_subscription_is_found_by_its_id_alone(store: Arc<dyn Store>) -> Outcome {
    let (acme, globex) = (of(&store, "acme", "c1").await?, of(&store, "globex", "c1").await?);
    acme.subscribe("s1").await?;
    for (stage, id) in [(&acme, "s2"), (&globex, "s3")] {
        let mut full = stage.subscription(id);
        full.remote.insert("resourceId".to_owned(), "ä\u{0}b".into());
        full.remote.insert("expiration".to_owned(), 1_728_000_000_001_u64.into());
        (full.status, full.created) = (SubscriptionStatus::Ending, millis(-1_001));
        full.expires = Some(millis(604_800_001));
        store.put_subscription(&stage.claim, &full).await?;
        ensure_eq!(store.subscription(id).await?, Some(full), "the subscription {id}");
    }
    ensure_eq!(store.subscription("s1").await?, Some(acme.subscription("s1")), "the subscription s1");
    for unknown in ["", "s", "s11"] {
        ensure_eq!(store.subscription(unknown).await?, None, "the subscription {unknown:?}, never written");
    }
    Ok(())
}

/// A subscription written again is the later one, and still one.
pub async fn a_subscription_written_again_replaces_the_first(store: Arc<dyn Store>) -> Outcome {
    let stage = Stage::open(&store).await?;
    let mut subscription = stage.subscribe("s1").await?;
    for status in [SubscriptionStatus::Live, SubscriptionStatus::Ending, SubscriptionStatus::Asked] {
        subscription.status = status;
        store.put_subscription(&stage.claim, &subscription).await?;
        ensure_eq!(store.subscription("s1").await?.as_ref(), Some(&subscription), "what was written last");
        let listed = store.subscriptions(&stage.tenant, &connection()).await?;
        ensure_eq!(listed, std::slice::from_ref(&subscription), "the subscriptions of the connection");
    }
    Ok(())
}

/// A connection's subscriptions are listed in order of their ids, on whatever partition, and no others.
pub async fn subscriptions_are_listed_by_connection_in_order(store: Arc<dyn Store>) -> Outcome {
    let (one, other) = (of(&store, "acme", "c1").await?, of(&store, "acme", "c2").await?);
    let beside = one.beside("q").await?;
    for (stage, id) in [(&one, "s3"), (&other, "s2"), (&beside, "s10"), (&one, "s1")] {
        stage.subscribe(id).await?;
    }
    for (connection, expected) in [("c1", &["s1", "s10", "s3"][..]), ("c2", &["s2"]), ("c3", &[])] {
        let found = subscribed(&store, &one.tenant, &connection.into()).await?;
        ensure_eq!(found, expected, "the subscriptions of {connection}");
    }
    Ok(())
}

/// Tenants whose connections have equal ids list their own subscriptions alone.
pub async fn subscriptions_of_tenants_stay_apart(store: Arc<dyn Store>) -> Outcome {
    for (tenant, id) in [("acme", "s1"), ("globex", "s2")] {
        of(&store, tenant, "c1").await?.subscribe(id).await?;
    }
    for (tenant, expected) in [("acme", &["s1"][..]), ("globex", &["s2"]), ("initech", &[])] {
        let found = subscribed(&store, &tenant.into(), &connection()).await?;
        ensure_eq!(found, expected, "the subscriptions of {tenant}");
    }
    Ok(())
}

/// An id that another tenant's subscription has is refused, and that one stays as it is.
pub async fn an_id_of_another_tenant_is_never_overwritten(store: Arc<dyn Store>) -> Outcome {
    let (acme, globex) = (of(&store, "acme", "c1").await?, of(&store, "globex", "c1").await?);
    let theirs = acme.subscribe("s1").await?;
    let taken = store.put_subscription(&globex.claim, &globex.subscription("s1")).await;
    let kind = taken.map_err(|error| error.kind()).err();
    ensure_eq!(kind, Some(ErrorKind::Conflict), "what a put under another tenant's id gave");
    ensure_eq!(store.subscription("s1").await?, Some(theirs), "the other tenant's subscription");
    let mut own = store.subscriptions(&globex.tenant, &connection()).await?;
    own.retain(|subscription| subscription.tenant == globex.tenant);
    ensure!(own.is_empty(), "the tenant that was refused has {own:?}");
    Ok(())
}

/// A claim writes no subscription of another connection, nor of another tenant.
pub async fn a_claim_writes_no_subscription_of_another_connection(store: Arc<dyn Store>) -> Outcome {
    let stage = of(&store, "acme", "c1").await?;
    for (tenant, connection) in [("acme", "c2"), ("globex", "c1")] {
        let other = of(&store, tenant, connection).await?;
        let written = store.put_subscription(&stage.claim, &other.subscription("s1")).await;
        ensure!(written.is_err(), "a claim on c1 of acme wrote a subscription of {connection} of {tenant}");
        ensure_eq!(store.subscription("s1").await?, None, "a subscription that was refused");
    }
    Ok(())
}

/// A subscription that was removed is found no more; removing it again, or what never was, does nothing.
pub async fn removing_a_subscription_again_does_nothing(store: Arc<dyn Store>) -> Outcome {
    let stage = Stage::open(&store).await?;
    for id in ["s1", "s2"] {
        stage.subscribe(id).await?;
    }
    for id in ["s1", "s1", "unknown"] {
        store.remove_subscription(&stage.tenant, id).await?;
        ensure_eq!(store.subscription("s1").await?, None, "a subscription that was removed");
        let left = subscribed(&store, &stage.tenant, &connection()).await?;
        ensure_eq!(left, ["s2"], "the subscriptions that are left");
    }
    Ok(())
}

/// A tenant removes no subscription of another.
pub async fn a_subscription_of_another_tenant_is_not_removed(store: Arc<dyn Store>) -> Outcome {
    let stage = Stage::open(&store).await?;
    let subscription = stage.subscribe("s1").await?;
    store.remove_subscription(&"globex".into(), "s1").await?;
    ensure_eq!(store.subscription("s1").await?, Some(subscription), "another tenant's subscription");
    Ok(())
}
