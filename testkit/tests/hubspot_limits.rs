//! Limits, failures on demand, and the sandbox on a socket.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod hubspot_support;

use std::sync::Arc;

use acquaint_testkit::sandbox::hubspot::Trouble;
use acquaint_testkit::sandbox::{Fault, Loopback, Sandbox};
use chrono::Duration;
use http::Method;
use hubspot_support::{PORTAL, ids, world, world_with};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

#[test]
fn the_burst_limit_is_a_rolling_window_and_searches_do_not_count() {
    let world = world_with(|config| config.enforce_limits = true);
    let list = || world.get("/crm/objects/2026-03/contacts");
    for n in 1..=110 {
        let answer = list();
        assert_eq!(answer.status, 200, "call {n}");
        assert_eq!(answer.headers["x-hubspot-ratelimit-remaining"], (110 - n).to_string().as_str());
    }
    let refused = list();
    assert_eq!((refused.status, &refused.body["errorType"]), (429, &json!("RATE_LIMIT")));
    assert_eq!(refused.body["policyName"], "TEN_SECONDLY_ROLLING");
    assert_eq!(refused.body["groupName"], format!("publicapi:oauth-api-calls-ten-secondly:3300112:{PORTAL}"));
    assert_eq!(world.post("/crm/objects/2026-03/contacts/search", &json!({})).status, 200);
    world.forward(Duration::milliseconds(9999));
    assert_eq!(list().status, 429);
    world.forward(Duration::milliseconds(1));
    assert_eq!(list().status, 200);
}

#[test]
fn five_searches_a_second_are_shared_by_all_types() {
    let world = world_with(|config| config.enforce_limits = true);
    let search = |kind: &str| world.post(&format!("/crm/objects/2026-03/{kind}/search"), &json!({}));
    for kind in ["contacts", "companies", "contacts", "companies", "deals"] {
        assert_eq!(search(kind).status, 200);
    }
    let refused = search("contacts");
    assert_eq!(refused.status, 429);
    assert_eq!(refused.body["message"], "You have reached your secondly limit.");
    assert!(refused.body.get("policyName").is_none());
    world.forward(Duration::seconds(1));
    assert_eq!(search("contacts").status, 200);
}

#[test]
fn each_app_of_a_portal_has_a_burst_of_its_own() {
    let world = world_with(|config| {
        config.enforce_limits = true;
        config.burst_limit = 2;
    });
    let mine = || world.get("/crm/objects/2026-03/contacts").status;
    assert_eq!([mine(), mine(), mine()], [200, 200, 429]);
    let other = world.hubspot.access_token(PORTAL, &["crm.objects.contacts.read"]).unwrap();
    let theirs = || world.send(Method::GET, "/crm/objects/2026-03/contacts", Some(&other), "");
    assert_eq!(theirs().status, 200);
    // One app's tokens share one burst.
    let again = world.hubspot.access_token(PORTAL, &["crm.objects.contacts.read"]).unwrap();
    assert_eq!(world.send(Method::GET, "/crm/v3/objects/contacts", Some(&again), "").status, 200);
    assert_eq!(theirs().status, 429);
    assert!(theirs().headers.get("x-hubspot-ratelimit-daily").is_none());
}

#[test]
fn a_day_ends_at_midnight_where_the_account_is() {
    let world = world_with(|config| {
        config.enforce_limits = true;
        config.daily_limit = Some(3);
    });
    let list = || world.get("/crm/objects/2026-03/contacts");
    let first = list();
    assert_eq!(first.headers["x-hubspot-ratelimit-daily"], "3");
    assert_eq!(first.headers["x-hubspot-ratelimit-daily-remaining"], "2");
    assert_eq!(world.post("/crm/objects/2026-03/contacts/search", &json!({})).status, 200);
    assert_eq!(list().status, 200);
    let refused = list();
    assert_eq!((refused.status, &refused.body["policyName"]), (429, &json!("DAILY")));
    assert!(refused.body["correlationId"].is_string() && refused.body["requestId"].is_string());
    // It is 08:00 UTC and 10:00 in Berlin.
    world.forward(Duration::hours(14) - Duration::milliseconds(1));
    assert_eq!(list().status, 429);
    world.forward(Duration::milliseconds(1));
    assert_eq!(list().status, 200);
}

#[test]
fn failures_that_are_none_of_hubspots_own_come_as_pages() {
    let world = world();
    let strike = |trouble: Trouble| {
        world.hubspot.inject(Fault::once("", trouble.response()));
        world.get("/crm/v3/objects/contacts")
    };
    for status in [521, 524, 530] {
        let answer = strike(Trouble::ServerError(status));
        assert_eq!((answer.status, answer.body), (status, json!(null)));
        assert!(answer.headers["content-type"].to_str().unwrap().starts_with("text/html"));
    }
    for (trouble, status, category) in [
        (Trouble::ServerError(502), 502, "INTERNAL_ERROR"),
        (Trouble::Locked, 423, "LOCKED"),
        (Trouble::OtherRegion("eu1".to_owned()), 488, "WRONG_HUBLET"),
        (Trouble::MissingScope("tickets".to_owned()), 403, "MISSING_SCOPES"),
        (Trouble::UnknownToken, 401, "INVALID_AUTHENTICATION"),
    ] {
        let answer = strike(trouble);
        assert_eq!((answer.status, &answer.body["category"]), (status, &json!(category)));
        assert!(answer.body["correlationId"].is_string());
    }
}

#[test]
fn a_fault_strikes_matching_requests_as_often_as_told() {
    let world = world();
    let id = world.contact("a@x.example");
    world.hubspot.inject(Fault::once("contacts/search", Trouble::SearchLimit.response()).times(2));
    world.hubspot.inject(Fault::once("/contacts?", Trouble::ServerError(502).response()).after(1));
    let search = || world.post("/crm/objects/2026-03/contacts/search", &json!({})).status;
    let list = || world.get("/crm/objects/2026-03/contacts?limit=5").status;
    assert_eq!([search(), search(), search()], [429, 429, 200]);
    assert_eq!([list(), list(), list()], [200, 502, 200]);
    assert_eq!(world.get(&format!("/crm/v3/objects/contacts/{id}")).status, 200);
    world.hubspot.inject(Fault::once("", Trouble::Migrating(3600).response()));
    let moving = world.get("/account-info/v3/details");
    assert_eq!((moving.status, moving.headers["retry-after"].to_str().unwrap()), (477, "3600"));
    world.hubspot.inject(Fault::once("", Trouble::DailyLimit.response()));
    assert_eq!(world.get("/account-info/v3/details").body["policyName"], "DAILY");
}

#[test]
fn a_lost_reply_still_had_its_effect() {
    let world = world();
    let lost = Fault::once("/contacts", Trouble::ServerError(504).response()).losing_the_reply();
    world.hubspot.inject(lost);
    let body = json!({"properties": {"email": "a@x.example"}});
    assert_eq!(world.post("/crm/v3/objects/contacts", &body).status, 504);
    assert_eq!(world.hubspot.records(PORTAL, "contacts").unwrap().len(), 1);
    assert_eq!(world.post("/crm/v3/objects/contacts", &body).status, 409);
}

#[test]
fn requests_are_counted_by_endpoint_whatever_form_their_path_has() {
    let world = world();
    world.get("/crm/v3/objects/contacts");
    world.get("/crm/objects/2026-03/0-1?archived=true");
    world.post("/crm/v3/objects/companies/search", &json!({}));
    world.get("/nowhere");
    let counted = world.hubspot.requests();
    assert_eq!(
        counted.into_iter().collect::<Vec<_>>(),
        [("list contacts".to_owned(), 2), ("search companies".to_owned(), 1), ("unknown path".to_owned(), 1)]
    );
    assert_eq!(world.hubspot.requests_to("list contacts"), 2);
    world.hubspot.reset_requests();
    assert!(world.hubspot.requests().is_empty());
}

#[tokio::test]
async fn any_http_client_reaches_it_on_a_socket() {
    let world = world();
    let id = world.contact("a@x.example");
    let server = Loopback::start(Arc::clone(&world.hubspot) as Arc<dyn Sandbox>).await.unwrap();
    let mut stream = tokio::net::TcpStream::connect(server.address()).await.unwrap();
    let request = format!(
        "GET /crm/objects/2026-03/contacts?limit=1 HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {}\r\nconnection: \
         close\r\n\r\n",
        server.address(),
        world.token
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut reply = String::new();
    stream.read_to_string(&mut reply).await.unwrap();
    let (head, body) = reply.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    assert!(head.to_lowercase().contains("x-hubspot-ratelimit-remaining: 109"));
    let answer = hubspot_support::Answer {
        status: 200,
        headers: http::HeaderMap::new(),
        body: serde_json::from_str(body).unwrap(),
    };
    assert_eq!(ids(&answer), [id]);
}
