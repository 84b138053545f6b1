//! What Google's refusals mean, by the bodies that Google sends.
#![allow(clippy::unwrap_used)]

mod common;

use acquaint_core::connector::Connector as _;
use acquaint_core::http::Verdict;
use acquaint_core::{Error, ErrorKind};
use acquaint_google_calendar::GoogleCalendar;
use common::payload;

fn judge(status: u16, body: &str) -> (Verdict, Error) {
    let response = http::Response::builder().status(status).body(body.to_owned().into()).unwrap();
    let refusal = GoogleCalendar::default().info().http.errors.judge(&response);
    (refusal.verdict, refusal.into_error(None))
}

fn reason(reason: &str) -> String {
    format!(r#"{{"error":{{"errors":[{{"domain":"calendar","reason":"{reason}"}}],"code":0,"message":""}}}}"#)
}

#[test]
fn the_reason_decides_what_a_refusal_means() {
    let throttled = Verdict::SlowDown(5);
    let table = [
        (400, reason("timeRangeEmpty"), Verdict::Invalid),
        (400, reason("invalid"), Verdict::Invalid),
        (400, reason("badRequest"), Verdict::Invalid),
        (400, reason("required"), Verdict::Invalid),
        (400, payload("g11_410_full_sync_required"), Verdict::Invalid),
        // What these mean to whoever opens a channel is in `push.rs`.
        (400, payload("g21_400_push_not_supported"), Verdict::Invalid),
        (400, reason("channelIdNotUnique"), Verdict::Invalid),
        (400, reason("push.webhookUrlNotHttps"), Verdict::Invalid),
        (401, payload("g15_401_invalid_credentials"), Verdict::Unauthorized),
        (401, reason("required"), Verdict::Unauthorized),
        (401, String::new(), Verdict::Unauthorized),
        // Another access token would be refused too.
        (401, reason("push.webhookUrlUnauthorized"), Verdict::Misconfigured),
        (403, payload("g13_403_rate_limit"), throttled),
        (403, payload("g14_403_quota_metric"), throttled),
        (403, reason("userRateLimitExceeded"), throttled),
        (403, reason("quotaExceeded"), Verdict::QuotaExhausted),
        (403, reason("dailyLimitExceeded"), Verdict::QuotaExhausted),
        (403, reason("insufficientPermissions"), Verdict::Forbidden),
        (403, reason("ACCESS_TOKEN_SCOPE_INSUFFICIENT"), Verdict::Forbidden),
        (403, reason("accessNotConfigured"), Verdict::Misconfigured),
        (403, reason("SERVICE_DISABLED"), Verdict::Misconfigured),
        (403, reason("forbidden"), Verdict::Forbidden),
        (403, reason("forbiddenForNonOrganizer"), Verdict::Forbidden),
        (403, reason("requiredAccessLevel"), Verdict::Forbidden),
        (403, reason("somethingNew"), Verdict::Forbidden),
        (403, "<html>".to_owned(), Verdict::Forbidden),
        (404, payload("g16_404_calendar"), Verdict::NotFound),
        (409, reason("duplicate"), Verdict::Invalid),
        (409, reason("conflict"), Verdict::Invalid),
        (410, payload("g11_410_full_sync_required"), Verdict::CursorExpired),
        (410, payload("g12_410_updated_min_too_long_ago"), Verdict::Invalid),
        (410, reason("deleted"), Verdict::NotFound),
        (410, String::new(), Verdict::NotFound),
        (412, reason("conditionNotMet"), Verdict::Invalid),
        (429, payload("g13_403_rate_limit"), throttled),
        (429, reason("userRateLimitExceeded"), throttled),
        (429, String::new(), throttled),
        (429, reason("quotaExceeded"), Verdict::QuotaExhausted),
        (429, reason("dailyLimitExceeded"), Verdict::QuotaExhausted),
        (500, reason("backendError"), Verdict::Unavailable),
        (502, "<html>".to_owned(), Verdict::Unavailable),
        (503, String::new(), Verdict::Unavailable),
        (504, reason("backendError"), Verdict::Unavailable),
    ];
    for (status, body, verdict) in table {
        assert_eq!(judge(status, &body).0, verdict, "{status} {body}");
    }
}

#[test]
fn a_reason_is_found_in_the_newer_form_of_an_error_too() {
    let disabled = r#"{"error":{"code":403,"status":"PERMISSION_DENIED","details":[
        {"@type":"type.googleapis.com/google.rpc.Help","links":[{"description":"Console","url":"https://x.test"}]},
        {"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"SERVICE_DISABLED"}]}}"#;
    let (verdict, error) = judge(403, disabled);
    assert_eq!(verdict, Verdict::Misconfigured);
    assert!(error.advice().unwrap().contains("enable the Google Calendar API"));

    let scope = r#"{"error":{"code":403,"errors":[{"reason":"insufficientPermissions"}],
        "details":[{"reason":"ACCESS_TOKEN_SCOPE_INSUFFICIENT"}]}}"#;
    let (_, error) = judge(403, scope);
    assert_eq!(error.kind(), ErrorKind::Forbidden);
    assert!(error.advice().unwrap().contains("connect again"));
    // A disabled API must not look like a missing permission of the person, whichever list it is in.
    let both = r#"{"error":{"errors":[{"reason":"forbidden"}],"details":[{"reason":"SERVICE_DISABLED"}]}}"#;
    assert_eq!(judge(403, both).0, Verdict::Misconfigured);
}
