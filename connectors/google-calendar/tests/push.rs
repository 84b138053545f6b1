//! Channels: what is asked of Google, what it agrees to, and which notifications are believed.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use std::time::Duration;

use acquaint_core::connector::{Hint, Order, Proof, Route, Subscription, Topic};
use acquaint_core::ids::PartitionKey;
use acquaint_core::secret::Secret;
use acquaint_core::{ErrorKind, connector::Subscribed};
use bytes::Bytes;
use common::pages::{ME, refusal};
use common::{Bench, payload, time};
use http::Request;
use serde_json::{Map, Value, json};
use url::Url;

const ID: &str = "9b2f5c1e6c0a4a558f5a2f1f0c9d7e11";
const SECRET: &str = "5d0f5c1e6c0a4a558f5a2f1f0c9d7e115d0f5c1e6c0a4a558f5a2f1f0c9d7e11";
const DAY: Duration = Duration::from_secs(86_400);

fn topic(partition: &str) -> Topic {
    Topic { stream: "events".into(), partition: PartitionKey::from(partition) }
}

fn order() -> Order {
    let address = Url::parse("https://hooks.example.com/acquaint/google").unwrap();
    Order::new(ID, Secret::new(SECRET), address, 6 * DAY)
}

async fn subscribe(status: u16, body: &str) -> acquaint_core::Result<Subscribed> {
    let (bench, script) = Bench::scripted(50);
    script.answer(status, body);
    bench.push().subscribe(&bench.cx, &topic(ME), &order()).await
}

#[tokio::test]
async fn a_calendar_and_the_list_of_calendars_are_watched_with_a_token_of_their_own() {
    let (bench, script) = Bench::scripted(50);
    let body = json!({ "id": ID, "type": "web_hook", "address": "https://hooks.example.com/acquaint/google",
        "token": SECRET, "params": { "ttl": "518400" } });
    let holidays = "en.x#holiday@group.v.calendar.google.com";
    for (partition, path) in [
        (ME, format!("/calendar/v3/calendars/{ME}/events/watch")),
        (holidays, "/calendar/v3/calendars/en.x%23holiday@group.v.calendar.google.com/events/watch".into()),
        ("", "/calendar/v3/users/me/calendarList/watch".into()),
    ] {
        script.answer(200, payload("g18_watch_response"));
        let agreed = bench.push().subscribe(&bench.cx, &topic(partition), &order()).await.unwrap();
        assert_eq!(script.last_sent(), (format!("POST {path}"), body.clone()));
        assert!(script.last_query().is_empty());
        assert_eq!(agreed.remote["resourceId"], "o3hgv1538sdjfh0example");
        assert!(!agreed.remote.contains_key("token"), "no secret is kept");
    }
    let other = Topic { stream: "contacts".into(), partition: PartitionKey::from("") };
    let error = bench.push().subscribe(&bench.cx, &other, &order()).await.unwrap_err();
    assert_eq!((error.kind(), script.asked().len()), (ErrorKind::Unsupported, 3));
}

#[tokio::test]
async fn the_end_that_google_names_counts_whatever_its_form() {
    for expiration in [json!("1791200000000"), json!(1_791_200_000_000_i64)] {
        let body = json!({ "id": ID, "resourceId": "r", "expiration": expiration }).to_string();
        let agreed = subscribe(200, &body).await.unwrap();
        assert_eq!(agreed.expires, Some(time("2026-10-05T11:33:20Z")), "{expiration}");
    }
    // A channel whose end is not known must not be taken for an endless one.
    for body in [json!({ "resourceId": "r" }), json!({ "expiration": "soon" })] {
        let agreed = subscribe(200, &body.to_string()).await.unwrap();
        assert_eq!(agreed.expires, Some(time("2026-10-15T08:00:00Z")), "{body}");
    }
}

#[tokio::test]
async fn refusals_to_watch_are_told_apart() {
    let table = [
        (400, "pushNotSupportedForRequestedResource", ErrorKind::Unsupported),
        (403, "pushNotSupportedForRequestedResource", ErrorKind::Unsupported),
        (400, "channelIdNotUnique", ErrorKind::Conflict),
        (400, "push.channelIdNotUnique", ErrorKind::Conflict),
        (400, "push.webhookUrlNotHttps", ErrorKind::Misconfigured),
        (400, "push.webhookUrlUnauthorized", ErrorKind::Misconfigured),
        (401, "push.webhookUrlUnauthorized", ErrorKind::Misconfigured),
        (403, "push.webhookUrlTooLong", ErrorKind::Misconfigured),
        (403, "accessNotConfigured", ErrorKind::Misconfigured),
        (403, "insufficientPermissions", ErrorKind::Forbidden),
        (404, "notFound", ErrorKind::NotFound),
        (400, "badRequest", ErrorKind::Invalid),
    ];
    for (status, reason, kind) in table {
        let error = subscribe(status, &refusal(status, reason)).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{status} {reason}");
        assert_eq!(error.is_transient(), kind == ErrorKind::Conflict, "{status} {reason}");
        let address = error.advice().is_some_and(|advice| advice.contains("public HTTPS address"));
        assert_eq!(address, reason.contains("webhookUrl"), "{status} {reason}");
        assert!(!format!("{error:?}").contains(SECRET));
    }
    let holidays = subscribe(400, &payload("g21_400_push_not_supported")).await.unwrap_err();
    assert_eq!(holidays.kind(), ErrorKind::Unsupported);
}

fn request(headers: &Value) -> Request<Bytes> {
    let mut request = Request::builder().method("POST").uri("/acquaint/google");
    for (name, value) in headers.as_object().unwrap() {
        request = request.header(name, value.as_str().unwrap());
    }
    request.body(Bytes::new()).unwrap()
}

/// A notification as Google sends it, with other headers in place of its own.
fn notification(name: &str, other: &[(&str, &str)]) -> Request<Bytes> {
    let mut headers: Value = serde_json::from_str(&payload(name)).unwrap();
    headers["X-Goog-Channel-ID"] = ID.into();
    headers["X-Goog-Channel-Token"] = SECRET.into();
    for (header, value) in other {
        headers[*header] = (*value).into();
    }
    request(&headers)
}

fn known() -> Map<String, Value> {
    json!({ "resourceId": "o3hgv1538sdjfh0example" }).as_object().unwrap().clone()
}

fn hint(request: &Request<Bytes>, remote: &Map<String, Value>) -> acquaint_core::Result<Hint> {
    let (bench, _) = Bench::scripted(50);
    let proof = Proof::of(&Secret::new(SECRET));
    bench.push().verify(request, &Subscription::new(ID, &proof, remote), time("2026-10-09T08:00:00Z"))
}

#[test]
fn a_notification_finds_its_channel_by_id() {
    let (bench, _) = Bench::scripted(50);
    let Route::Channel(id) = bench.push().route(&notification("g20_notification_headers_exists", &[])) else {
        panic!("not routed");
    };
    assert_eq!(id, ID);
    for (request, status) in [
        (request(&json!({})), 400),
        (request(&json!({ "X-Goog-Channel-ID": "" })), 400),
        (Request::get("/").header("X-Goog-Channel-ID", ID).body(Bytes::new()).unwrap(), 405),
    ] {
        let Route::Answer(answer) = bench.push().route(&request) else { panic!("routed: {request:?}") };
        assert_eq!(answer.status(), status);
    }
}

#[test]
fn sync_begins_a_channel_and_any_other_state_says_look() {
    let (known, not_yet) = (known(), Map::new());
    // The first message may come before the answer to the request that asked for it.
    for remote in [&known, &not_yet] {
        assert_eq!(hint(&notification("g19_notification_headers_sync", &[]), remote).unwrap(), Hint::Begun);
        assert_eq!(hint(&notification("g20_notification_headers_exists", &[]), remote).unwrap(), Hint::Look);
    }
    for state in ["not_exists", "update", ""] {
        let told = notification("g20_notification_headers_exists", &[("X-Goog-Resource-State", state)]);
        assert_eq!(hint(&told, &known).unwrap(), Hint::Look, "{state}");
    }
    // Numbers grow without being a sequence, and a body says nothing.
    let mut late = notification("g20_notification_headers_exists", &[("X-Goog-Message-Number", "-7")]);
    *late.body_mut() = Bytes::from_static(b"{\"unexpected\":true}");
    assert_eq!(hint(&late, &known).unwrap(), Hint::Look);
}

#[test]
fn a_notification_without_the_token_or_of_another_resource_is_not_believed() {
    let known = known();
    let exists = "g20_notification_headers_exists";
    let forged = [
        notification(exists, &[("X-Goog-Channel-Token", "")]),
        notification(exists, &[("X-Goog-Channel-Token", &SECRET[1..])]),
        notification(exists, &[("X-Goog-Channel-Token", &SECRET.to_uppercase())]),
        notification(exists, &[("X-Goog-Resource-ID", "another")]),
        request(&json!({ "X-Goog-Channel-ID": ID })),
        request(&json!({ "X-Goog-Channel-ID": ID, "X-Goog-Channel-Token": SECRET })),
    ];
    for request in forged {
        let error = hint(&request, &known).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Forbidden, "{request:?}");
        assert!(!format!("{error:?}").contains(SECRET));
    }
}

#[tokio::test]
async fn stopping_names_both_ids_and_what_is_gone_counts_as_stopped() {
    let (bench, script) = Bench::scripted(50);
    let (proof, known, not_yet) = (Proof::of(&Secret::new(SECRET)), known(), Map::new());
    let subscription = Subscription::new(ID, &proof, &known);
    let body = json!({ "id": ID, "resourceId": "o3hgv1538sdjfh0example" });
    script.answer(204, "");
    bench.push().stop(&bench.cx, &subscription).await.unwrap();
    assert_eq!(script.last_sent(), ("POST /calendar/v3/channels/stop".to_owned(), body));
    script.answer(404, refusal(404, "notFound"));
    bench.push().stop(&bench.cx, &subscription).await.unwrap();
    script.answer(403, refusal(403, "forbidden"));
    let error = bench.push().stop(&bench.cx, &subscription).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Forbidden);
    // Google has never answered: there is nothing that could be named.
    bench.push().stop(&bench.cx, &Subscription::new(ID, &proof, &not_yet)).await.unwrap();
    assert_eq!(script.asked().len(), 3);
}
