//! The sandbox as Google's own client sees it: the Python library, unchanged but for its root address.
//!
//! It needs the interpreter of an environment that has `official/requirements.txt`, named by `ACQUAINT_PYTHON`. Without
//! it the test says so and passes, unless `ACQUAINT_REQUIRE_SERVERS=1` is set. `CONTRIBUTING.md` says how to run it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod google_support;
mod official_support;

use std::sync::{Arc, Mutex};

use acquaint_core::http::ReqwestTransport;
use acquaint_testkit::sandbox::google::Courier;
use acquaint_testkit::sandbox::{Loopback, Sandbox};
use bytes::Bytes;
use chrono_tz::Tz;
use google_support::{ALL, PRIYA, world};
use http::{Method, Request, Response};
use official_support::{python, steps_of};
use serde_json::{Map, Value};

const OTHER: &str = "visits@group.calendar.google.com";

/// What the script says, in this order.
const STEPS: &[&str] = &[
    "a token is refreshed",
    "a dead token is renewed by a 401",
    "calendars are listed page by page",
    "events are inserted",
    "events are listed page by page",
    "answers are compressed",
    "an event is patched",
    "an event is updated only on the version that is named",
    "a known version is not sent again",
    "an event is moved to another calendar",
    "an event is deleted once",
    "an event is imported",
    "a series shows its instances",
    "changes come since the sync token",
    "a dead sync token is gone",
    "fields are selected",
    "busy times, settings and colours are read",
    "a channel says that it is open",
    "a channel tells of a change",
    "a stopped channel is silent",
];

/// Keeps the headers of every notification that is posted, and shows them to whoever asks.
#[derive(Debug, Default)]
struct Receiver(Mutex<Vec<Value>>);

impl Sandbox for Receiver {
    fn handle(&self, request: &Request<Bytes>) -> Response<Bytes> {
        let mut seen = self.0.lock().unwrap();
        if request.method() == Method::GET {
            return Response::new(serde_json::to_vec(&*seen).unwrap().into());
        }
        assert!(request.body().is_empty());
        let headers = request.headers().iter();
        let headers = headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().into()));
        seen.push(Value::Object(headers.collect::<Map<String, Value>>()));
        Response::default()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn googles_own_client_works_unchanged() {
    let Some(python) = python("Google") else { return };
    let world = world();
    world.google.configure(|config| config.http_callbacks = true);
    world.google.add_calendar(PRIYA, OTHER, "Visits", Tz::Europe__Berlin);
    world.weekly();
    let account = world.google.oauth().accounts().into_iter().find(|one| one.id == PRIYA).unwrap();
    let grant = world.google.oauth().grant("app", &account, ALL);

    let server = Loopback::start(world.google.clone()).await.unwrap();
    let hook = Loopback::start(Arc::new(Receiver::default())).await.unwrap();
    let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
    let transport = ReqwestTransport::from_client(client.build().unwrap());
    let _courier = Courier::start(Arc::clone(&world.google), Arc::new(transport));

    let steps = steps_of(
        &python,
        "google.py",
        &[
            ("ROOT", server.url()),
            ("HOOK", format!("{}/hook", hook.url())),
            ("OTHER", OTHER.to_owned()),
            ("CLIENT_ID", "app".to_owned()),
            ("CLIENT_SECRET", "secret".to_owned()),
            ("REFRESH_TOKEN", grant.refresh_token.unwrap()),
        ],
    )
    .await;
    assert_eq!(steps, STEPS);
    // The client answers by itself for what it may send.
    assert_eq!(world.google.refused(), 0);
}
