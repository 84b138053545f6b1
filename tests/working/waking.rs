//! What wakes a worker before the time.

use acquaint::core::env::Clock;

use super::support::{ANA, PORTAL, meeting};
use super::{MINUTE, Product, SECOND};

#[tokio::test]
async fn what_is_asked_for_is_read_at_once() {
    let product = Product::new().await;
    product.world.fill();
    product.connect_all().await;
    let _ = product.work(MINUTE).await;
    let took = product
        .work_until(async {
            product.world.clock.sleep(SECOND * 2).await;
            let event = meeting("new", "Globex again", "2026-03-20T10:00:00Z", &[ANA, "jane@globex.com"]);
            product.world.google.insert_event(ANA, event).unwrap();
            let edited = product.world.clock.now();
            let position = product.tenant.position().await.unwrap();
            product.tenant.sync_now().await.unwrap();
            while product.tenant.position().await.unwrap() == position {
                product.world.clock.sleep(SECOND / 20).await;
                assert!(
                    product.world.clock.now() - edited < chrono::TimeDelta::minutes(4),
                    "it was not told"
                );
            }
            product.world.clock.now() - edited
        })
        .await;
    assert!(took < chrono::TimeDelta::seconds(1), "it took {took}");
}

#[tokio::test]
async fn what_somebody_connects_elsewhere_is_read_within_a_second() {
    let product = Product::new().await;
    product.world.fill();
    let elsewhere = product.beside().await;
    let took = product
        .work_until(async {
            product.world.clock.sleep(MINUTE).await;
            let tenant = elsewhere.tenant("acme");
            Box::pin(product.world.connect(&elsewhere, &tenant, "calendar", ANA)).await.unwrap();
            Box::pin(product.world.connect(&elsewhere, &tenant, "crm", &PORTAL.to_string())).await.unwrap();
            let connected = product.world.clock.now();
            while product.tenant.meetings().kept().all().await.unwrap().is_empty() {
                product.world.clock.sleep(SECOND / 20).await;
                assert!(
                    product.world.clock.now() - connected < chrono::TimeDelta::minutes(4),
                    "it was not read"
                );
            }
            product.world.clock.now() - connected
        })
        .await;
    assert!(took <= chrono::TimeDelta::seconds(2), "it took {took}");
}

#[tokio::test]
async fn a_decision_that_runs_out_is_decided_when_it_does() {
    let manifest = super::MANIFEST.replace("keep:\n  all:\n", "keep:\n  all:\n    - start: { within: 7d }\n");
    let product = Product::of(&manifest, |builder| builder).await;
    product.world.fill();
    product.connect_all().await;
    let _ = product.work(MINUTE).await;
    // The first of the weekly meetings, of 10 March 15:00, comes within a week on the 3rd.
    let kept =
        |meetings: Vec<acquaint::Meeting>| meetings.iter().filter(|one| one.title == "Globex weekly").count();
    assert_eq!(kept(product.tenant.meetings().kept().all().await.unwrap()), 0);
    let flips = super::support::at("2026-03-03T15:00:00Z");
    let before = (flips - product.world.clock.now()).to_std().unwrap();
    product
        .work_until(async {
            product.world.clock.sleep(before - SECOND).await;
            assert_eq!(kept(product.tenant.meetings().kept().all().await.unwrap()), 0);
            product.world.clock.sleep(SECOND * 10).await;
            assert_eq!(kept(product.tenant.meetings().kept().all().await.unwrap()), 1);
        })
        .await;
}

#[tokio::test]
async fn what_is_retained_no_longer_goes_though_nobody_asks() {
    let manifest = super::MANIFEST.replace("privacy:\n", "privacy:\n  retain: 180d\n");
    assert_ne!(manifest, super::MANIFEST);
    let product = Product::of(&manifest, |builder| builder).await;
    product.world.fill();
    let old = meeting("old", "Globex long ago", "2025-09-03T10:00:00Z", &[ANA, "jane@globex.com"]);
    product.world.google.insert_event(ANA, old).unwrap();
    product.connect_all().await;
    let _ = product.work(MINUTE).await;
    let there = async || {
        let meetings = product.tenant.meetings().all().await.unwrap();
        meetings.iter().any(|meeting| meeting.title == "Globex long ago")
    };
    assert!(there().await);
    // It ended 180 days before the second of March, before noon.
    let _ = product.work(MINUTE * 60 * 5).await;
    assert!(!there().await);
}
