//! Notifications: what HubSpot sends to the one address of an app, for every account that has installed it.
//! <https://developers.hubspot.com/docs/api-reference/latest/webhooks/guide>.
//!
//! A notification names records, in no order, sometimes twice, and is believed if it is signed with the app's secret. What it
//! says of a record is not used: the record is read.

mod decode;
mod event;
mod signature;

use std::collections::BTreeMap;

use acquaint_core::connector::{KeyHint, Push, Route, Told};
use acquaint_core::record::Gone;
use acquaint_core::secret::Secret;
use acquaint_core::{Error, ErrorKind, Result, async_trait};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{Method, Request, Response, StatusCode};
use serde_json::Value;
use url::Url;

use self::event::Event;

/// HubSpot sends up to a hundred events at a time. What has several times as many is not from there.
const MOST: usize = 500;

/// HubSpot's notifications.
#[derive(Debug)]
pub(crate) struct Webhooks {
    /// Whether a signature of the first or second version is enough where there is none of the third.
    pub(crate) older_signatures: bool,
}

#[async_trait]
impl Push for Webhooks {
    /// HubSpot repeats for a day whatever is answered with an error, so that only what it never sends gets one. Events that
    /// mean nothing here are passed over.
    fn route(&self, request: &Request<Bytes>) -> Route {
        if request.method() != Method::POST {
            return answer(StatusCode::METHOD_NOT_ALLOWED);
        }
        let Ok(events) = serde_json::from_slice::<Vec<Value>>(request.body()) else {
            return answer(StatusCode::BAD_REQUEST);
        };
        if events.len() > MOST {
            return answer(StatusCode::PAYLOAD_TOO_LARGE);
        }
        Route::Accounts(told(events))
    }

    fn signed(
        &self,
        request: &Request<Bytes>,
        address: &Url,
        secret: &Secret,
        now: DateTime<Utc>,
    ) -> Result<()> {
        if signature::holds(request, address, secret, now, self.older_signatures) {
            return Ok(());
        }
        Err(Error::new(ErrorKind::Forbidden, "this notification is not signed by HubSpot, or too long ago").advise(
            "check that the client secret is the app's, that the address is the very one that HubSpot calls, and that \
             this host's clock is right",
        ))
    }
}

/// What events tell, for each account, stream and partition, each record once.
fn told(events: Vec<Value>) -> Vec<Told> {
    let mut all: BTreeMap<(String, &'static str, String), BTreeMap<String, Option<Gone>>> = BTreeMap::new();
    for event in events.iter().filter_map(Event::of) {
        for hint in event.hints() {
            let place = (event.account.clone(), hint.stream, hint.partition);
            let gone = all.entry(place).or_default().entry(hint.key).or_default();
            // That it was erased is told once, among other deletions of the same record, in any order.
            *gone = gone.take().or(hint.gone);
        }
    }
    let told = |((account, stream, partition), keys): ((_, &str, String), BTreeMap<_, _>)| {
        let hint = |(key, gone): (String, Option<Gone>)| {
            let hint = KeyHint::new(key);
            match gone {
                Some(gone) => hint.gone(gone),
                None => hint,
            }
        };
        keys.into_iter().map(hint).fold(Told::new(account, stream, partition), |told, hint| told.key(hint))
    };
    all.into_iter().map(told).collect()
}

fn answer(status: StatusCode) -> Route {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = status;
    Route::Answer(response)
}
