//! What the client promises every connector.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use acquaint_core::async_trait;
use acquaint_core::env::{Clock, Env};
use acquaint_core::error::{ErrorKind, Retry};
use acquaint_core::http::{
    Authenticator, ErrorTable, HttpClient, HttpPolicy, HttpTransport, Request, Response, Stamp,
    TransportError, Verdict,
};
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use url::Url;

/// Time that moves only by sleeping.
#[derive(Debug)]
struct Sleeper(Mutex<DateTime<Utc>>);

#[async_trait]
impl Clock for Sleeper {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap()
    }

    async fn sleep(&self, duration: Duration) {
        *self.0.lock().unwrap() += TimeDelta::from_std(duration).unwrap();
    }
}

/// Answers from a script; says what it was asked.
#[derive(Debug, Default)]
struct Scripted {
    answers: Mutex<VecDeque<Result<Response, TransportError>>>,
    asked: Mutex<Vec<(String, Option<String>)>>,
}

#[async_trait]
impl HttpTransport for Scripted {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let token = request.headers().get("authorization").map(|value| value.to_str().unwrap().to_owned());
        self.asked.lock().unwrap().push((request.uri().to_string(), token));
        self.answers.lock().unwrap().pop_front().expect("more calls than answers")
    }
}

/// A credential that can be renewed so often.
#[derive(Debug)]
struct Renewable {
    stamp: AtomicU64,
    left: AtomicU64,
}

#[async_trait]
impl Authenticator for Renewable {
    async fn authenticate(&self, request: &mut Request) -> acquaint_core::Result<Stamp> {
        let stamp = self.stamp.load(Ordering::SeqCst);
        request.headers_mut().insert("authorization", format!("token {stamp}").parse().unwrap());
        Ok(Stamp(stamp))
    }

    async fn refused(&self, stamp: Stamp) -> acquaint_core::Result<bool> {
        let left = self.left.load(Ordering::SeqCst);
        if left == 0 || stamp.0 != self.stamp.load(Ordering::SeqCst) {
            return Ok(false);
        }
        self.left.store(left - 1, Ordering::SeqCst);
        self.stamp.fetch_add(1, Ordering::SeqCst);
        Ok(true)
    }
}

fn start() -> DateTime<Utc> {
    "2026-11-20T12:00:00Z".parse().unwrap()
}

struct World {
    transport: Arc<Scripted>,
    env: Env,
    client: HttpClient,
}

fn world(renewals: u64, answers: impl IntoIterator<Item = Result<Response, TransportError>>) -> World {
    let transport = Arc::new(Scripted::default());
    transport.answers.lock().unwrap().extend(answers);
    let mut env = Env::new(transport.clone());
    env.clock = Arc::new(Sleeper(Mutex::new(start())));
    let auth = Arc::new(Renewable { stamp: AtomicU64::new(1), left: AtomicU64::new(renewals) });
    let errors = ErrorTable::default()
        .reasons_at(["/error/reason"])
        .correlated_by("/correlationId")
        .correlated_by_header("x-correlation-id")
        .on(403, "slow", Verdict::SlowDown(2))
        .on(403, "daily", Verdict::QuotaExhausted)
        .on(410, "full", Verdict::CursorExpired);
    let policy = Arc::new(HttpPolicy::new([&url("https://api.example/")], errors));
    World { transport, client: HttpClient::new(env.clone(), auth, policy), env }
}

fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

fn answer(status: u16, body: &str) -> Result<Response, TransportError> {
    Ok(http::Response::builder().status(status).body(Bytes::from(body.to_owned())).unwrap())
}

fn wait_for(status: u16, retry_after: &str) -> Result<Response, TransportError> {
    Ok(http::Response::builder()
        .status(status)
        .header("retry-after", retry_after)
        .body(Bytes::new())
        .unwrap())
}

impl World {
    async fn get(&self) -> acquaint_core::Result<serde_json::Value> {
        self.client.get(url("https://api.example/things?secret=1")).operation("things.list").receive().await
    }

    fn calls(&self) -> usize {
        self.transport.asked.lock().unwrap().len()
    }

    fn waited(&self) -> TimeDelta {
        self.env.now() - start()
    }
}

#[tokio::test]
async fn a_passing_failure_is_repeated_and_counted() {
    let world = world(0, [Err(TransportError::Broken), answer(503, "<html>"), answer(200, "{\"a\":1}")]);
    assert_eq!(world.get().await.unwrap()["a"], 1);
    assert_eq!((world.calls(), world.client.stats().requests()), (3, 3));
    assert!(world.waited() <= TimeDelta::milliseconds(1_500), "{}", world.waited());
}

#[tokio::test]
async fn nothing_is_repeated_before_the_provider_says() {
    for header in ["7", "Fri, 20 Nov 2026 12:00:07 GMT"] {
        let world = world(0, [wait_for(429, header), answer(200, "{}")]);
        world.get().await.unwrap();
        assert!(world.waited() >= TimeDelta::seconds(7), "{header}: {}", world.waited());
        assert!(world.waited() <= TimeDelta::seconds(14), "{header}: {}", world.waited());
    }
}

#[tokio::test]
async fn a_wait_beyond_patience_is_handed_back_with_its_end() {
    let world = world(0, [wait_for(429, "3600")]);
    let error = world.get().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    assert_eq!(error.retry_verdict(), Retry::At(start() + TimeDelta::hours(1)));
    assert_eq!((world.calls(), world.waited()), (1, TimeDelta::zero()), "nobody sleeps an hour on a call");
}

#[tokio::test]
async fn patience_ends() {
    let world = world(0, (0..5).map(|_| answer(500, "")));
    assert_eq!(world.get().await.unwrap_err().kind(), ErrorKind::Unavailable);
    assert_eq!(world.calls(), 5);
}

#[tokio::test]
async fn a_refused_credential_is_renewed_once_and_the_call_repeated_once() {
    let renewed = world(9, [answer(401, ""), answer(200, "{}")]);
    renewed.get().await.unwrap();
    let tokens: Vec<_> =
        renewed.transport.asked.lock().unwrap().iter().filter_map(|(_, token)| token.clone()).collect();
    assert_eq!(tokens, ["token 1", "token 2"]);

    let hopeless = world(9, [answer(401, ""), answer(401, "")]);
    assert_eq!(hopeless.get().await.unwrap_err().kind(), ErrorKind::NeedsReauth);
    assert_eq!(hopeless.calls(), 2, "a second refusal ends it");
}

#[tokio::test]
async fn a_refusal_means_what_the_table_says_of_its_reason() {
    let table = [
        (403, r#"{"error":{"reason":"daily"}}"#, ErrorKind::QuotaExhausted),
        (403, r#"{"error":{"reason":"other"}}"#, ErrorKind::Forbidden),
        (403, "not json", ErrorKind::Forbidden),
        (410, r#"{"error":{"reason":"full"}}"#, ErrorKind::CursorExpired),
        (410, "{}", ErrorKind::NotFound),
        (404, "", ErrorKind::NotFound),
        (400, "", ErrorKind::Invalid),
    ];
    for (status, body, kind) in table {
        let world = world(0, [answer(status, body)]);
        assert_eq!(world.get().await.unwrap_err().kind(), kind, "{status} {body}");
        assert_eq!(world.calls(), 1, "{status} {body}: it stays as it is");
    }
    let slow = world(0, [answer(403, r#"{"error":{"reason":"slow"}}"#), answer(200, "{}")]);
    slow.get().await.unwrap();
    assert!(slow.waited() >= TimeDelta::seconds(2));
}

#[tokio::test]
async fn a_credential_never_leaves_for_another_host() {
    let world = world(0, []);
    for elsewhere in [
        "https://evil.example/",
        "http://api.example/",
        "https://api.example:8443/",
        "https://api.example.evil.example/",
    ] {
        let error = world.client.get(url(elsewhere)).send().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{elsewhere}");
    }
    assert_eq!(world.calls(), 0);
}

#[tokio::test]
async fn errors_show_no_query_and_no_body() {
    let world = world(0, [answer(400, r#"{"error":{"reason":"jane@acme.example said"},"token":"hunter2"}"#)]);
    let error = world.get().await.unwrap_err();
    for text in [error.to_string(), format!("{error:?}")] {
        assert!(text.contains("things.list"), "{text}");
        for secret in ["secret=1", "jane", "hunter2", "token 1"] {
            assert!(!text.contains(secret), "{text}");
        }
    }
    let world = self::world(0, [answer(200, "{\"jane\": tru")]);
    let error = world.get().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Malformed);
    assert!(!format!("{error:?}").contains("jane"));
}

#[tokio::test]
async fn a_call_that_must_not_be_repeated_is_sent_once() {
    let world = world(0, [Err(TransportError::Timeout)]);
    let call = world.client.post(url("https://api.example/things")).json(&serde_json::json!({})).once();
    assert!(call.send().await.is_err());
    assert_eq!(world.calls(), 1);
}

const ID: &str = "8a1c2f30-55d7-4c0e-9a2f-1b7f0c9d1234";

#[tokio::test]
async fn an_error_keeps_the_id_under_which_the_provider_has_logged_it() {
    let said = answer(400, &format!(r#"{{"correlationId":"{ID}"}}"#));
    let carried = http::Response::builder().status(404).header("X-Correlation-Id", ID).body(Bytes::new());
    let neither = answer(400, r#"{"correlationId":"pat-na1-8a1c2f30-55d7-4c0e-9a2f-1b7f0c9d1234"}"#);
    let world = world(0, [said, Ok(carried.unwrap()), neither]);
    for expected in [Some(ID), Some(ID), None] {
        let error = world.get().await.unwrap_err();
        assert_eq!(error.context("correlation_id"), expected, "{error}");
    }
}

#[tokio::test]
async fn what_was_sent_is_no_id_of_the_providers() {
    let repeated = || answer(400, &format!(r#"{{"correlationId":"{}"}}"#, ID.to_uppercase()));
    let world = world(0, [repeated(), repeated(), repeated()]);
    let there = url("https://api.example/things");
    let header = (http::header::HeaderName::from_static("x-key"), ID.parse().unwrap());
    for call in [
        world.client.get(url(&format!("{there}?key={ID}"))),
        world.client.get(there.clone()).header(header.0, header.1),
        world.client.post(there).json(&serde_json::json!({ "key": ID })),
    ] {
        let error = call.send().await.unwrap_err();
        assert_eq!((error.kind(), error.context("correlation_id")), (ErrorKind::Invalid, None));
    }
}

#[tokio::test]
async fn the_providers_clock_is_read_from_its_answers() {
    let dated = |status: u16, date: &str| {
        let answer = http::Response::builder().status(status).header("date", date);
        Ok(answer.body(Bytes::from("{}")).unwrap())
    };
    let world = world(
        0,
        [
            answer(200, "{}"),
            dated(200, "Fri, 20 Nov 2026 12:05:00 GMT"),
            dated(404, "Fri, 20 Nov 2026 11:59:00 GMT"),
            dated(200, "yesterday"),
        ],
    );
    for expected in [None, Some(300), Some(-60), Some(-60)] {
        let _ = world.get().await;
        assert_eq!(world.client.stats().skew(), expected.map(TimeDelta::seconds));
    }
}
