//! Notifications: channels on the events of a calendar, and on the list of calendars.
//! <https://developers.google.com/workspace/calendar/api/guides/push>.
//!
//! A notification has no body and no signature. What it proves is that its sender knows the channel's token, and all
//! that it says is that something has changed.

use std::time::Duration;

use acquaint_core::connector::{Context, Hint, Order, Push, Route, Subscribed, Subscription, Topic};
use acquaint_core::ids::PartitionKey;
use acquaint_core::{Error, ErrorKind, Result, async_trait};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{Method, Request, Response, StatusCode};
use serde_json::Value;
use url::Url;

use crate::client::Api;
use crate::error::refused_watch;
use crate::events::STREAM;
use crate::model::{Channel, ChannelParams};

const CHANNEL: &str = "x-goog-channel-id";
const TOKEN: &str = "x-goog-channel-token";
const RESOURCE: &str = "x-goog-resource-id";
const STATE: &str = "x-goog-resource-state";

/// What Google calls that which is watched, as it is remembered.
const RESOURCE_ID: &str = "resourceId";

/// How long a channel lasts if nobody says otherwise. <https://developers.google.com/workspace/calendar/api/v3/reference/events/watch>.
const USUAL_LIFE: Duration = Duration::from_secs(604_800);

/// Google's channels.
#[derive(Debug)]
pub(crate) struct Channels {
    api_base: Url,
}

impl Channels {
    pub(crate) fn new(api_base: Url) -> Self {
        Self { api_base }
    }
}

#[async_trait]
impl Push for Channels {
    /// Google counts any answer but a few of success as a message that failed for good, so what is answered here
    /// ends the matter.
    fn route(&self, request: &Request<Bytes>) -> Route {
        if request.method() != Method::POST {
            return answer(StatusCode::METHOD_NOT_ALLOWED);
        }
        match header(request, CHANNEL) {
            Some(id) if !id.is_empty() => Route::Channel(id.to_owned()),
            _ => answer(StatusCode::BAD_REQUEST),
        }
    }

    /// The first message may come before the answer that tells what Google calls the resource; from then on its name
    /// must be right as well.
    fn verify(
        &self,
        request: &Request<Bytes>,
        subscription: &Subscription<'_>,
        _now: DateTime<Utc>,
    ) -> Result<Hint> {
        let proven = header(request, TOKEN).is_some_and(|token| subscription.proof.fits(token));
        let known = subscription.remote.get(RESOURCE_ID).and_then(Value::as_str);
        if !proven || known.is_some_and(|known| header(request, RESOURCE) != Some(known)) {
            return Err(Error::new(ErrorKind::Forbidden, "this notification is not from Google"));
        }
        // Google documents `exists` for every change; whatever else it may say, looking costs one request.
        Ok(if header(request, STATE) == Some("sync") { Hint::Begun } else { Hint::Look })
    }

    async fn subscribe(&self, cx: &Context, topic: &Topic, order: &Order) -> Result<Subscribed> {
        if topic.stream.as_str() != STREAM {
            return Err(Error::unsupported().operation("watch"));
        }
        let calendar = (topic.partition != PartitionKey::whole()).then(|| topic.partition.as_str());
        let channel = Channel {
            id: &order.id,
            r#type: "web_hook",
            address: order.address.as_str(),
            token: order.secret.expose(),
            params: ChannelParams { ttl: order.life.as_secs().to_string() },
        };
        let api = Api::new(&cx.http, &self.api_base);
        let watched = api.watch(calendar, &channel).await.map_err(refused_watch)?;
        // Google may cut a life short, and a channel whose end is not known must not be taken for an endless one.
        let end = watched.expiration.and_then(|at| at.instant());
        let end = end.unwrap_or_else(|| cx.env.now() + order.life.min(USUAL_LIFE));
        let subscribed = Subscribed::new().expires(end);
        Ok(match watched.resource_id {
            Some(resource) => subscribed.remote(RESOURCE_ID, resource),
            None => subscribed,
        })
    }

    async fn stop(&self, cx: &Context, subscription: &Subscription<'_>) -> Result<()> {
        let Some(resource) = subscription.remote.get(RESOURCE_ID).and_then(Value::as_str) else {
            // Google has never answered, so there is nothing to name; should there be a channel, it runs out.
            return Ok(());
        };
        match Api::new(&cx.http, &self.api_base).stop(subscription.id, resource).await {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            stopped => stopped,
        }
    }
}

fn header<'a>(request: &'a Request<Bytes>, name: &str) -> Option<&'a str> {
    request.headers().get(name)?.to_str().ok()
}

fn answer(status: StatusCode) -> Route {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = status;
    Route::Answer(response)
}
