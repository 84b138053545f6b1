//! Quotas across a product's connections.

use acquaint::core::env::Clock as _;
use acquaint::core::error::Retry;
use acquaint::google_calendar::{GoogleCalendar, GoogleCalendarConfig};
use acquaint::{ErrorKind, LaneReport, Sqlite};
use acquaint_testkit::sandbox::Fault;
use chrono::TimeDelta;
use serde_json::json;

use super::Product;
use super::support::{ANA, World, at, counts, since};

#[tokio::test]
async fn a_spent_day_stops_every_lane_of_the_app_until_its_reset_and_no_other_source() {
    let world = World::on_loopback(at("2026-03-02T08:00:00Z")).await;
    world.fill();
    let product = Product::of(world, |builder| builder.concurrency(1)).await;
    let Product { world, tenant, .. } = &product;
    let _ = product.sync().await;

    let body = json!({"error": {"code": 403, "errors": [
        {"domain": "usageLimits", "reason": "dailyLimitExceeded", "message": "Daily Limit Exceeded"}]}});
    let refusal = http::Response::builder().status(403).body(body.to_string().into()).unwrap();
    world.google.inject(Fault::once("/calendars/", refusal));
    world.minutes(1);
    let before = counts(world);
    let report = tenant.sync().await.unwrap();
    assert!(
        since(world, &before).get("events.list").copied().unwrap_or(0) <= 1,
        "{:?}",
        since(world, &before)
    );
    let failed: Vec<&LaneReport> = report.lanes.iter().filter(|lane| lane.error.is_some()).collect();
    assert!(failed.len() >= 2, "{report:?}");
    let reset = at("2026-03-03T08:00:00Z");
    for lane in &failed {
        let error = lane.error.as_ref().unwrap();
        let (kind, verdict) = (error.kind(), error.retry_verdict());
        assert_eq!((kind, verdict), (ErrorKind::QuotaExhausted, Retry::At(reset)), "{error}");
        assert_eq!(lane.lane.stream.as_str(), "events", "the CRM goes on");
    }

    world.minutes(60);
    let before = counts(world);
    let _ = tenant.sync().await.unwrap();
    let asked = since(world, &before);
    assert!(!asked.keys().any(|name| name.starts_with("events.")), "{asked:?}");

    world.clock.set(reset + TimeDelta::minutes(5));
    let before = counts(world);
    let _ = product.sync().await;
    assert!(since(world, &before)["events.list"] >= 2);
}

/// A product that keeps what Google publishes, though a sandbox has no limits.
async fn counting(share: f64) -> Product {
    let world = World::on_loopback(at("2026-03-02T08:00:00Z")).await;
    world.fill();
    let google = GoogleCalendarConfig::at(&world.google_url).project_per_minute(10_000).user_per_minute(600);
    Product::of(world, |builder| builder.connector(GoogleCalendar::new(google)).quota_share(share)).await
}

#[tokio::test]
async fn what_is_left_for_a_connection_can_be_shown() {
    let product = counting(1.0).await;
    let _ = product.sync().await;
    let left = product.tenant.quotas(&product.connection(ANA).await.id).await.unwrap();
    assert_eq!(
        left.iter().map(|left| left.name).collect::<Vec<_>>(),
        ["project_per_minute", "user_per_minute"]
    );
    let (project, user) = (&left[0], &left[1]);
    assert!(user.used >= 2, "{user:?}");
    assert!(project.used > user.used, "others count with the app: {project:?}");
    assert_eq!(user.room_at, product.world.clock.now());
}

#[tokio::test]
async fn a_share_of_quotas_is_more_than_none_and_no_more_than_all() {
    let world = World::in_process();
    let folder = tempfile::tempdir().unwrap();
    for share in [0.0, -0.5, 1.5, f64::NAN] {
        let builder = world.builder().store(Sqlite::at(folder.path().join("acquaint.db")));
        let error = builder.quota_share(share).build().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{share}");
    }
    let product = counting(0.25).await;
    let left = product.tenant.quotas(&product.connection(ANA).await.id).await.unwrap();
    assert_eq!(left.iter().map(|left| left.limit.calls()).collect::<Vec<_>>(), [2500, 150]);
}
