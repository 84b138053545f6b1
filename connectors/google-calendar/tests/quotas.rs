//! What the connector declares of Google's quotas, and whom a refusal concerns.
#![allow(clippy::unwrap_used)]

mod common;

use std::time::Duration;

use acquaint_core::connector::Connector as _;
use acquaint_core::http::{HttpPolicy, QuotaLimit, QuotaScope, Verdict};
use acquaint_google_calendar::{GoogleCalendar, GoogleCalendarConfig};
use chrono::NaiveTime;
use common::payload;

fn policy(config: GoogleCalendarConfig) -> HttpPolicy {
    HttpPolicy::clone(&GoogleCalendar::new(config).info().http)
}

fn declared(config: GoogleCalendarConfig) -> Vec<(&'static str, QuotaScope, QuotaLimit)> {
    policy(config).quotas.iter().map(|quota| (quota.name, quota.scope, quota.limit)).collect()
}

fn per_minute(calls: u32) -> QuotaLimit {
    QuotaLimit::Rate { calls, per: Duration::from_secs(60) }
}

fn eight() -> NaiveTime {
    NaiveTime::from_hms_opt(8, 0, 0).unwrap()
}

#[test]
fn what_google_publishes_is_what_is_kept() {
    let config = GoogleCalendarConfig::default();
    assert_eq!(
        declared(config),
        [
            ("project_per_minute", QuotaScope::App, per_minute(10_000)),
            ("user_per_minute", QuotaScope::Account, per_minute(600)),
        ]
    );
}

#[test]
fn what_a_console_shows_can_be_set_and_nothing_kept_at_all() {
    let config = GoogleCalendarConfig::default()
        .project_per_minute(60_000)
        .user_per_minute(None)
        .project_per_day(1_000_000);
    assert_eq!(
        declared(config),
        [
            ("project_per_minute", QuotaScope::App, per_minute(60_000)),
            ("project_per_day", QuotaScope::App, QuotaLimit::Daily { calls: 1_000_000, resets: eight() }),
        ]
    );
    assert!(
        declared(GoogleCalendarConfig::default().project_per_minute(None).user_per_minute(None)).is_empty()
    );
}

#[test]
fn a_sandbox_is_asked_as_often_as_a_test_likes() {
    let sandbox = GoogleCalendarConfig::at(&"http://127.0.0.1:4000/".parse().unwrap());
    assert!(declared(sandbox.clone()).is_empty());
    assert_eq!(
        declared(sandbox.user_per_minute(2)),
        [("user_per_minute", QuotaScope::Account, per_minute(2))]
    );
}

#[test]
fn every_operation_counts() {
    for quota in policy(GoogleCalendarConfig::default()).quotas {
        for operation in ["calendarList.get", "calendarList.list", "events.list", "events.get"] {
            assert!(quota.counts(operation), "{} {operation}", quota.name);
        }
    }
}

#[test]
fn nobody_comes_before_midnight_in_california() {
    assert_eq!(policy(GoogleCalendarConfig::default()).resets, Some(eight()));
}

fn metric(unit: &str, limit: &str) -> String {
    payload("g14_403_quota_metric").replace(
        r#""quota_limit": "defaultPerMinutePerUser""#,
        &format!(r#""quota_unit": "{unit}", "quota_limit": "{limit}""#),
    )
}

fn plain(reason: &str) -> String {
    format!(r#"{{"error":{{"errors":[{{"domain":"usageLimits","reason":"{reason}"}}],"code":403}}}}"#)
}

#[test]
fn a_refusal_concerns_the_user_or_the_project_as_google_says() {
    let slow = Verdict::SlowDown(5);
    let table = [
        (payload("g13_403_rate_limit"), slow, QuotaScope::Account),
        (payload("g14_403_quota_metric"), slow, QuotaScope::Account),
        (metric("1/min/{project}/{user}", "defaultPerMinutePerUser"), slow, QuotaScope::Account),
        (metric("1/min/{project}", "anyName"), slow, QuotaScope::App),
        (metric("", "defaultPerMinutePerProject"), slow, QuotaScope::App),
        (metric("1/d/{project}", "anyName"), Verdict::QuotaExhausted, QuotaScope::App),
        (plain("userRateLimitExceeded"), slow, QuotaScope::Account),
        (plain("quotaExceeded"), Verdict::QuotaExhausted, QuotaScope::Account),
        (plain("dailyLimitExceeded"), Verdict::QuotaExhausted, QuotaScope::App),
    ];
    let errors = policy(GoogleCalendarConfig::default()).errors;
    for (body, verdict, blocks) in table {
        for status in [403, 429] {
            let response = http::Response::builder().status(status).body(body.clone().into()).unwrap();
            let refusal = errors.judge(&response);
            assert_eq!((refusal.verdict, refusal.blocks), (verdict, blocks), "{status} {body}");
            assert!(refusal.reason.unwrap().ends_with("Exceeded"));
        }
    }
}
