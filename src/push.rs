//! Notifications as they arrive: told apart, believed or not, and noted as hints.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use acquaint_core::Result;
use acquaint_core::connector::{Connector, Hint, Push, Route, Told, Topic};
use acquaint_core::ids::{ConnectionId, ConnectorId, LaneName, TenantId};
use acquaint_core::secret::Secret;
use acquaint_core::store::{LaneId, Subscription, SubscriptionStatus};
use bytes::Bytes;
use http::{Response, StatusCode};

use crate::engine::{Engine, PUSH_PATH};
use crate::sync::{TOLD, hinted, note_told};

/// The largest notification that is looked at, in bytes.
const LARGEST: usize = 1 << 20;

/// What became of the notifications that one engine received.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Received {
    /// Believed, and noted as hints.
    pub hints: u64,
    /// Believed, with nothing to look at.
    pub idle: u64,
    /// For subscriptions that there are not, or not any more. Providers go on for a while after a subscription has ended.
    pub unknown: u64,
    /// Not believed.
    pub forged: u64,
    /// Not for any connector, too large, or not what its provider sends.
    pub misdirected: u64,
}

/// The counters behind [`Received`].
#[derive(Debug, Default)]
pub(crate) struct Counters {
    hints: AtomicU64,
    idle: AtomicU64,
    unknown: AtomicU64,
    forged: AtomicU64,
    misdirected: AtomicU64,
}

impl Counters {
    pub(crate) fn read(&self) -> Received {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Received {
            hints: read(&self.hints),
            idle: read(&self.idle),
            unknown: read(&self.unknown),
            forged: read(&self.forged),
            misdirected: read(&self.misdirected),
        }
    }
}

/// Takes a notification and answers it. What it tells of is noted durably before the answer.
pub(crate) async fn receive(engine: &Engine, request: &http::Request<Bytes>) -> Response<Bytes> {
    let count = |counter: &AtomicU64| counter.fetch_add(1, Ordering::Relaxed);
    let Some(connector) = addressed(engine, request.uri().path()) else {
        count(&engine.received.misdirected);
        return answer(StatusCode::NOT_FOUND);
    };
    if request.body().len() > LARGEST {
        count(&engine.received.misdirected);
        return answer(StatusCode::PAYLOAD_TOO_LARGE);
    }
    let Some(push) = connector.push() else {
        count(&engine.received.misdirected);
        return answer(StatusCode::NOT_FOUND);
    };
    let id = match push.route(request) {
        Route::Channel(id) => id,
        Route::Accounts(told) => return accounts(engine, &**connector, push, request, told).await,
        Route::Answer(answer) => {
            count(&engine.received.misdirected);
            return answer;
        }
        _ => return answer(StatusCode::NOT_FOUND),
    };
    let known = match engine.store.subscription(&id).await {
        Ok(known) => known.filter(|known| known.status != SubscriptionStatus::Ending),
        Err(error) => return again_later(&error),
    };
    let Some(known) = known else {
        // Whoever sends it would only repeat it if it were refused.
        count(&engine.received.unknown);
        return answer(StatusCode::OK);
    };
    match push.verify(request, &known.seen(), engine.env.now()) {
        Ok(Hint::Begun) => {
            count(&engine.received.idle);
            answer(StatusCode::OK)
        }
        Ok(_) => match note(engine, &**connector, &known).await {
            Ok(()) => {
                count(&engine.received.hints);
                engine.stirred.notify_one();
                answer(StatusCode::OK)
            }
            Err(error) => again_later(&error),
        },
        Err(error) => {
            tracing::warn!(connector = %connector.info().id, %error, "a notification is not believed");
            count(&engine.received.forged);
            answer(StatusCode::FORBIDDEN)
        }
    }
}

/// Takes a notification that its provider sends for a whole app. Each connection that it concerns believes it if its own
/// app has signed it.
async fn accounts(
    engine: &Engine,
    connector: &dyn Connector,
    push: &dyn Push,
    request: &http::Request<Bytes>,
    told: Vec<Told>,
) -> Response<Bytes> {
    let count = |counter: &AtomicU64| counter.fetch_add(1, Ordering::Relaxed);
    match believe(engine, connector, push, request, told).await {
        Ok(Believed { connections: 0, hints: _ }) => {
            // Whoever sends it would only repeat it if it were refused.
            count(&engine.received.unknown);
            answer(StatusCode::OK)
        }
        Ok(Believed { hints: Some(0), .. }) => {
            count(&engine.received.idle);
            answer(StatusCode::OK)
        }
        Ok(Believed { hints: Some(_), .. }) => {
            count(&engine.received.hints);
            engine.stirred.notify_one();
            answer(StatusCode::OK)
        }
        Ok(Believed { hints: None, .. }) => {
            tracing::warn!(connector = %connector.info().id, "no app has signed a notification");
            count(&engine.received.forged);
            answer(StatusCode::FORBIDDEN)
        }
        Err(error) => again_later(&error),
    }
}

/// What became of a notification for a whole app.
struct Believed {
    /// How many connections it concerns.
    connections: usize,
    /// How much was noted for those whose app has signed it; `None` if there are none.
    hints: Option<usize>,
}

async fn believe(
    engine: &Engine,
    connector: &dyn Connector,
    push: &dyn Push,
    request: &http::Request<Bytes>,
    told: Vec<Told>,
) -> Result<Believed> {
    let id = &connector.info().id;
    let address = engine.push_url(id)?;
    let mut accounts: BTreeMap<String, Vec<Told>> = BTreeMap::new();
    for told in told {
        accounts.entry(told.account.clone()).or_default().push(told);
    }
    let (now, mut believed) = (engine.env.now(), Believed { connections: 0, hints: None });
    // By tenant, since each may have an app of its own.
    let mut signed: BTreeMap<TenantId, bool> = BTreeMap::new();
    let mut failed = None;
    for (account, told) in accounts {
        for (tenant, connection) in engine.store.grants_for(id, &account).await? {
            believed.connections += 1;
            if !signed.contains_key(&tenant) {
                match engine.apps.app(&tenant, id).await {
                    Ok(app) => {
                        let fits = |secret: &Secret| push.signed(request, &address, secret, now).is_ok();
                        signed.insert(tenant.clone(), app.is_some_and(|app| app.has_secret(fits)));
                    }
                    // The others are told all the same; the provider tells this one again.
                    Err(error) => failed = Some(error),
                }
            }
            if signed.get(&tenant).is_some_and(|trusted| *trusted) {
                let noted = note_for(engine, connector, &tenant, &connection, &told).await?;
                believed.hints = Some(believed.hints.unwrap_or(0) + noted);
            }
        }
    }
    failed.map_or(Ok(believed), Err)
}

/// Notes for one connection what was told of its account. Returns how much concerns what is read.
async fn note_for(
    engine: &Engine,
    connector: &dyn Connector,
    tenant: &TenantId,
    connection: &ConnectionId,
    told: &[Told],
) -> Result<usize> {
    let engine = &*engine.of(tenant).await?;
    let connections = engine.store.connections(tenant).await?;
    let known = connections.iter().find(|known| known.id == *connection);
    let Some(source) = known.and_then(|known| engine.source(known)).filter(|source| source.push) else {
        return Ok(0);
    };
    let mut noted = 0;
    for told in told {
        let stream = engine.read_stream(connector, source, told.stream.as_str());
        let Some(stream) = stream.filter(|stream| stream.spec().told) else { continue };
        let lane = LaneId {
            tenant: tenant.clone(),
            connection: connection.clone(),
            stream: told.stream.clone(),
            partition: told.partition.clone(),
            lane: LaneName::from(TOLD),
        };
        note_told(engine, stream.spec(), &lane, &told.keys).await?;
        noted += 1;
    }
    Ok(noted)
}

/// The connector that a path names at its end: `…/push/CONNECTOR`.
fn addressed<'a>(engine: &'a Engine, path: &str) -> Option<&'a Arc<dyn Connector>> {
    let (before, connector) = path.trim_end_matches('/').rsplit_once('/')?;
    before.rsplit('/').next().filter(|last| *last == PUSH_PATH)?;
    engine.registry.connectors.get(&ConnectorId::from(connector))
}

/// Has the lanes looked at that a subscription is about.
async fn note(engine: &Engine, connector: &dyn Connector, known: &Subscription) -> Result<()> {
    let Some(stream) = connector.stream(known.stream.as_str()) else { return Ok(()) };
    let topic = Topic { stream: known.stream.clone(), partition: known.partition.clone() };
    let lane = |name: &str| LaneId {
        tenant: known.tenant.clone(),
        connection: known.connection.clone(),
        stream: known.stream.clone(),
        partition: known.partition.clone(),
        lane: LaneName::from(name),
    };
    let lanes: Vec<LaneId> = hinted(stream.spec(), &topic).into_iter().map(lane).collect();
    engine.store.hint(&lanes).await
}

fn answer(status: StatusCode) -> Response<Bytes> {
    let mut answer = Response::new(Bytes::new());
    *answer.status_mut() = status;
    answer
}

/// Providers repeat what was answered so.
fn again_later(error: &acquaint_core::Error) -> Response<Bytes> {
    tracing::warn!(%error, "a notification could not be noted");
    answer(StatusCode::SERVICE_UNAVAILABLE)
}
