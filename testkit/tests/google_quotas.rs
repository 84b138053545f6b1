//! How the sandbox limits its clients, and what it says to those who call too often.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod google_support;

use acquaint_testkit::sandbox::Sandbox as _;
use acquaint_testkit::sandbox::google::{GoogleQuotas, QuotaAnswer};
use acquaint_testkit::sandbox::oauth::Client;
use bytes::Bytes;
use chrono::Duration;
use google_support::{ALL, PRIYA, SAM, World, at, world};
use serde_json::json;

fn limit(world: &World, change: impl FnOnce(&mut GoogleQuotas)) {
    world.google.configure(|config| change(&mut config.quotas));
}

#[test]
fn without_quotas_nobody_is_refused() {
    let world = world();
    for _ in 0..2000 {
        assert_eq!(world.get("calendars/primary").0, 200);
    }
    assert_eq!(world.google.refused(), 0);
}

#[test]
fn a_minute_of_a_project_slides() {
    let world = world();
    limit(&world, |quotas| quotas.per_minute_project = Some(3));
    let get = || world.reason("").0;
    assert_eq!((get(), get()), (200, 200));
    world.wait(Duration::seconds(40));
    assert_eq!((get(), get()), (200, 403));
    world.wait(Duration::seconds(20));
    // The first two are a minute old, the third is not.
    assert_eq!((get(), get(), get()), (200, 200, 403));
    assert_eq!(world.google.refused(), 2);
    let (code, body) = world.get("calendars/primary/events");
    let expected = json!({ "error": {
        "errors": [
            { "domain": "usageLimits", "reason": "rateLimitExceeded", "message": "Rate Limit Exceeded" }
        ],
        "code": 403,
        "message": "Rate Limit Exceeded"
    } });
    assert_eq!((code, body), (403, expected));
    // Another project has its own.
    world.google.oauth().add_client(Client::new("another", "secret"));
    let account = world.google.oauth().accounts().into_iter().find(|one| one.id == PRIYA).unwrap();
    let grant = world.google.oauth().grant("another", &account, ALL);
    let bearer = format!("Bearer {}", grant.access_token);
    let another = World { clock: world.clock.clone(), google: world.google.clone(), bearer };
    assert_eq!(another.reason("").0, 200);
}

#[test]
fn each_user_has_a_minute_of_their_own() {
    let world = world();
    let sam = world.as_account(SAM, ALL);
    limit(&world, |quotas| quotas.per_minute_user = Some(1));
    world.google.configure(|config| config.quota_answer = QuotaAnswer::Reason(429));
    assert_eq!(world.reason(""), (200, String::new()));
    assert_eq!(world.reason(""), (429, "userRateLimitExceeded".to_owned()));
    assert_eq!(sam.reason("").0, 200);
    // Whoever names a user is counted as that one.
    assert_eq!(world.reason("quotaUser=tenant-7").0, 200);
    assert_eq!(world.reason("quotaUser=tenant-7").0, 429);
    assert_eq!(sam.reason("quotaUser=tenant-7").0, 429);
}

#[test]
fn newer_answers_name_the_metric() {
    let world = world();
    limit(&world, |quotas| quotas.per_minute_user = Some(0));
    world.google.configure(|config| config.quota_answer = QuotaAnswer::Metric(403));
    let message = "Quota exceeded for quota metric 'Queries' and limit 'Queries per minute per user' of service \
                   'calendar-json.googleapis.com' for consumer 'project_number:000000000000'.";
    let expected = json!({ "error": {
        "code": 403,
        "message": message,
        "errors": [{ "message": message, "domain": "usageLimits", "reason": "rateLimitExceeded" }],
        "status": "PERMISSION_DENIED",
        "details": [{
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": "RATE_LIMIT_EXCEEDED",
            "domain": "googleapis.com",
            "metadata": {
                "service": "calendar-json.googleapis.com",
                "quota_limit": "defaultPerMinutePerUser"
            }
        }]
    } });
    assert_eq!(world.get("calendars/primary"), (403, expected));
}

#[test]
fn a_day_begins_at_midnight_in_los_angeles() {
    let world = world();
    limit(&world, |quotas| quotas.per_day_project = Some(2));
    assert_eq!((world.reason("").0, world.reason("").0), (200, 200));
    assert_eq!(world.reason(""), (403, "dailyLimitExceeded".to_owned()));
    world.google.configure(|config| config.quota_answer = QuotaAnswer::Metric(429));
    assert_eq!(world.reason(""), (403, "quotaExceeded".to_owned()));
    // In October midnight there is 07:00 UTC.
    world.clock.set(at("2026-10-10T06:59:59Z"));
    let world = world.as_account(PRIYA, ALL);
    assert_eq!(world.reason("").0, 403);
    world.clock.set(at("2026-10-10T07:00:00Z"));
    assert_eq!(world.reason("").0, 200);
    assert_eq!(world.google.refused(), 3);
}

#[test]
fn a_refusal_says_when_to_come_back_only_if_configured() {
    let world = world();
    limit(&world, |quotas| quotas.per_minute_project = Some(0));
    let retry_after = || {
        let request = http::Request::get("/calendar/v3/calendars/primary")
            .header("authorization", &world.bearer)
            .body(Bytes::new())
            .unwrap();
        world.google.handle(&request).headers().get("retry-after").cloned()
    };
    assert_eq!(retry_after(), None);
    world.google.configure(|config| config.retry_after = Some(Duration::seconds(17)));
    assert_eq!(retry_after().unwrap(), "17");
}
