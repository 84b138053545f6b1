//! Subscriptions to a provider's notifications: asked for, renewed before they end, and given up.
//!
//! Each partition has a lane for it, so that one worker at a time does it and a crash loses nothing: a subscription is
//! stored before the provider is asked, since its first notification may come before the provider's answer.

use acquaint_core::connector::{Order, Partition, Proof, Push, StreamSpec, Topic};
use acquaint_core::ids::{ConnectionId, PartitionKey, TenantId};
use acquaint_core::secret::Secret;
use acquaint_core::store::{LaneState, Subscription, SubscriptionStatus};
use acquaint_core::{ErrorKind, Result};
use chrono::{DateTime, TimeDelta, Utc};
use std::time::Duration;

use super::discover::DISCOVERY;
use super::due::Due;
use super::lane::Run;
use super::lease::keeping;
use crate::engine::Engine;
use crate::manifest::Source;

/// The lane that keeps a partition's subscription.
pub(super) const PUSH: &str = "push";

/// How long a subscription is asked for. Providers cut it short.
const LIFE: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// How long before its end, at the latest, a subscription is renewed.
const OVERLAP: TimeDelta = TimeDelta::days(1);
/// How long a provider's word that it sends no notifications is taken for granted.
const REFUSED: TimeDelta = TimeDelta::days(7);

/// Whether changes of a stream are to be told: the connector can, the manifest wants it, and the provider can reach
/// the product.
pub(super) fn wanted(engine: &Engine, source: &Source, spec: &StreamSpec) -> bool {
    spec.pushed && can_be_told(engine, source)
}

/// Whether the provider of a source can tell the product anything, and may.
pub(super) fn can_be_told(engine: &Engine, source: &Source) -> bool {
    let can = || {
        engine.registry.connectors.get(&source.connector).is_some_and(|connector| connector.push().is_some())
    };
    source.push && engine.public_url.is_some() && can()
}

/// Keeps the subscription of a partition. Returns when to look again.
pub(super) async fn run(run: &mut Run<'_>, reads: bool) -> Result<Due> {
    let connector = std::sync::Arc::clone(run.engine.connector(&run.connection.connector)?);
    let Some(push) = connector.push() else { return Ok(Due::at(never(run.engine.env.now()))) };
    let lane = run.claim.lane.clone();
    let about = |known: &Subscription| known.stream == lane.stream && known.partition == lane.partition;
    let mut own = run.engine.store.subscriptions(&lane.tenant, &lane.connection).await?;
    own.retain(about);
    own.sort_by_key(|known| known.expires);
    let now = run.engine.env.now();
    let keeps = reads && wanted(run.engine, run.source, run.stream.spec());
    let newest = own.iter().rposition(|known| known.status == SubscriptionStatus::Live && keeps);
    let fresh = newest.map(|at| own.remove(at)).filter(|known| renew_at(known, now) > now);
    let (live, due) = match fresh {
        Some(known) => {
            let due = renew_at(&known, now);
            (Some(known), due)
        }
        None if keeps => match ask(run, push).await {
            Ok(known) => {
                if newest.is_none() {
                    look_again(run).await?;
                }
                let due = renew_at(&known, now);
                (Some(known), due)
            }
            // It is polled, as everything is.
            Err(error) if error.kind() == ErrorKind::Unsupported => {
                tracing::info!(lane = %lane, "the provider sends no notifications of this");
                (None, now + REFUSED)
            }
            // Discovery will find that it is gone.
            Err(error) if error.kind() == ErrorKind::NotFound => (None, now + TimeDelta::days(1)),
            Err(error) => return Err(error),
        },
        None => (None, never(now)),
    };
    // Both run side by side until here, so that nothing is told to neither.
    let mut others = run.engine.store.subscriptions(&lane.tenant, &lane.connection).await?;
    others.retain(|known| about(known) && live.as_ref().is_none_or(|live| live.id != known.id));
    let mut unheard = None;
    for old in others {
        unheard = end(run, push, old).await.err().or(unheard);
    }
    run.progress.last_run = Some(now);
    run.progress.failures = 0;
    run.progress.error = None;
    run.commit(&[], None, now).await?;
    unheard.map_or(Ok(Due::at(due)), Err)
}

/// What has changed since it was last read, and before notifications began, nobody has told.
async fn look_again(run: &Run<'_>) -> Result<()> {
    let lane = &run.claim.lane;
    let place = (lane.stream.clone(), lane.partition.clone());
    let lanes = run.engine.store.lanes_at(&lane.tenant, &[place]).await?;
    let told =
        hinted(run.stream.spec(), &Topic { stream: lane.stream.clone(), partition: lane.partition.clone() });
    let begun = lanes.iter().filter(|known| {
        known.id.connection == lane.connection
            && told.contains(&known.id.lane.as_str())
            && (known.progress.pass.is_some() || known.progress.cursor.is_some())
    });
    run.engine.store.hint(&begun.map(|known| known.id.clone()).collect::<Vec<_>>()).await
}

/// The lanes that read what a topic is about.
pub(crate) fn hinted<'a>(spec: &'a StreamSpec, topic: &Topic) -> Vec<&'a str> {
    if spec.partitioned && topic.partition == PartitionKey::whole() {
        return vec![DISCOVERY];
    }
    spec.lanes.iter().filter(|lane| lane.on_demand).map(|lane| lane.name).collect()
}

/// Long before it ends, and at different times for those that began together.
fn renew_at(known: &Subscription, now: DateTime<Utc>) -> DateTime<Utc> {
    let Some(expires) = known.expires else { return never(now) };
    let life = (expires - known.created).max(TimeDelta::zero());
    let overlap = OVERLAP.min(life / 4);
    // Ids are drawn at random, so that their last digits spread evenly.
    let spread = i32::from(known.id.bytes().last().unwrap_or_default() % 16);
    expires - overlap - overlap / 16 * spread
}

fn never(now: DateTime<Utc>) -> DateTime<Utc> {
    now + TimeDelta::days(365)
}

async fn ask(run: &mut Run<'_>, push: &dyn Push) -> Result<Subscription> {
    let (engine, lane) = (run.engine, run.claim.lane.clone());
    let (id, secret) = (engine.env.id("channel"), Secret::new(engine.env.id("secret")));
    let topic = Topic { stream: lane.stream.clone(), partition: lane.partition.clone() };
    let (proof, now) = (Proof::of(&secret), engine.env.now());
    let mut known = Subscription::new(&id, lane.tenant, lane.connection, topic.clone(), proof, now);
    engine.store.put_subscription(&run.claim, &known).await?;
    engine.env.reach("push.stored").await?;
    let order = Order::new(id, secret, engine.push_url(&run.connection.connector)?, LIFE);
    let asked = keeping(engine, &run.claim, push.subscribe(&run.cx, &topic, &order)).await;
    engine.env.reach("push.asked").await?;
    run.report.pages += 1;
    let agreed = match asked {
        Ok(agreed) => agreed,
        Err(error) => {
            // It may have agreed all the same. Nobody can stop what has no name, but nobody believes it either.
            engine.store.remove_subscription(&known.tenant, &known.id).await?;
            return Err(error);
        }
    };
    known.remote = agreed.remote;
    known.expires = agreed.expires;
    known.status = SubscriptionStatus::Live;
    engine.store.put_subscription(&run.claim, &known).await?;
    Ok(known)
}

/// Tells the provider to stop, and forgets the subscription. It is believed no longer even if the provider cannot be
/// told now.
pub(super) async fn end(run: &Run<'_>, push: &dyn Push, mut known: Subscription) -> Result<()> {
    let engine = run.engine;
    let over = known.expires.is_some_and(|at| at <= engine.env.now());
    if known.status != SubscriptionStatus::Asked && !over {
        if known.status != SubscriptionStatus::Ending {
            known.status = SubscriptionStatus::Ending;
            engine.store.put_subscription(&run.claim, &known).await?;
        }
        keeping(engine, &run.claim, push.stop(&run.cx, &known.seen())).await?;
        engine.env.reach("push.stopped").await?;
    }
    engine.store.remove_subscription(&known.tenant, &known.id).await
}

/// Ends the subscriptions of a connection's partitions that are read no more.
pub(super) async fn end_lost(run: &Run<'_>, partitions: &[Partition]) -> Result<()> {
    let connector = run.engine.connector(&run.connection.connector)?;
    let Some(push) = connector.push() else { return Ok(()) };
    let lane = &run.claim.lane;
    for known in run.engine.store.subscriptions(&lane.tenant, &lane.connection).await? {
        let listed = partitions.iter().any(|partition| partition.key == known.partition);
        if known.stream == lane.stream && known.partition != lane.partition && !listed {
            // What is lost cannot always be stopped, and is ignored in any case.
            let id = known.id.clone();
            if let Err(error) = end(run, push, known).await {
                if error.kind() == ErrorKind::Fenced {
                    return Err(error);
                }
                tracing::info!(%error, "a subscription could not be stopped");
                run.engine.store.remove_subscription(&lane.tenant, &id).await?;
            }
        }
    }
    Ok(())
}

/// Forgets the subscriptions of a partition whose connection can tell its provider nothing.
pub(super) async fn forget(engine: &Engine, lane: &LaneState) -> Result<()> {
    let id = &lane.id;
    for known in engine.store.subscriptions(&id.tenant, &id.connection).await? {
        if known.stream == id.stream && known.partition == id.partition {
            engine.store.remove_subscription(&id.tenant, &known.id).await?;
        }
    }
    Ok(())
}

/// Ends all subscriptions of a connection that is about to lose its grant, as far as the provider can be told.
pub(crate) async fn end_all(engine: &Engine, tenant: &TenantId, connection: &ConnectionId) -> Result<()> {
    let subscriptions = engine.store.subscriptions(tenant, connection).await?;
    if subscriptions.is_empty() {
        return Ok(());
    }
    let told = tell_all(engine, tenant, connection, &subscriptions).await;
    if let Err(error) = told {
        tracing::info!(%connection, %error, "subscriptions could not be stopped; they end by themselves");
    }
    for known in subscriptions {
        engine.store.remove_subscription(tenant, &known.id).await?;
    }
    Ok(())
}

async fn tell_all(
    engine: &Engine,
    tenant: &TenantId,
    connection: &ConnectionId,
    subscriptions: &[Subscription],
) -> Result<()> {
    let connections = engine.store.connections(tenant).await?;
    let Some(connection) = connections.iter().find(|known| known.id == *connection) else { return Ok(()) };
    let connector = engine.connector(&connection.connector)?;
    let (Some(push), Some(source)) = (connector.push(), engine.source(connection)) else { return Ok(()) };
    let cx = engine.context_of(&**connector, connection, source).await?;
    let mut unheard = Ok(());
    for known in subscriptions.iter().filter(|known| known.status != SubscriptionStatus::Asked) {
        unheard = unheard.and(push.stop(&cx, &known.seen()).await);
    }
    unheard
}
