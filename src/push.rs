//! Notifications as they arrive: told apart, believed or not, and noted as hints.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use acquaint_core::Result;
use acquaint_core::connector::{Connector, Hint, Route, Topic};
use acquaint_core::ids::{ConnectorId, LaneName};
use acquaint_core::store::{LaneId, Subscription, SubscriptionStatus};
use bytes::Bytes;
use http::{Response, StatusCode};

use crate::engine::{Engine, PUSH_PATH};
use crate::sync::hinted;

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

/// The connector that a path names at its end: `…/push/CONNECTOR`.
fn addressed<'a>(engine: &'a Engine, path: &str) -> Option<&'a Arc<dyn Connector>> {
    let (before, connector) = path.trim_end_matches('/').rsplit_once('/')?;
    before.rsplit('/').next().filter(|last| *last == PUSH_PATH)?;
    engine.connectors.get(&ConnectorId::from(connector))
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
