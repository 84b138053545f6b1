//! A calendar that several people see is read once.

use acquaint::Mirrored;
use acquaint::core::store::ConnectionStatus;
use acquaint_testkit::sandbox::google::AccessRole;
use chrono_tz::Tz;

use crate::network::Answer;
use crate::support::{ANA, BEN};
use crate::{Product, TEAM};

/// Ana owns a calendar that Ben may read; both are connected, and everything is read.
async fn both() -> Product {
    let product = Product::new().await;
    product.world.google.add_calendar(ANA, TEAM, "Team", Tz::UTC);
    product.world.google.share_calendar(TEAM, BEN, AccessRole::Reader).unwrap();
    for day in 10..16 {
        product.insert(TEAM, &format!("team{day}"), &format!("2026-03-{day}T10:00:00Z"));
    }
    product.connect(ANA).await;
    product.connect(BEN).await;
    product.sync_well().await;
    product.sync_well().await;
    assert_eq!((product.held(ANA, TEAM).await, product.held(BEN, TEAM).await), (6, 0));
    product
}

/// The meetings are there, and nobody was ever told that one is not.
async fn assert_steady(product: &Product, position: u64, meetings: usize) {
    assert_eq!(product.titles().await.len(), meetings);
    assert_eq!(crate::support::told(&product.tenant, position).await, []);
}

#[tokio::test]
async fn the_best_placed_connection_reads_and_the_other_costs_nothing() {
    let product = both().await;
    let before = product.lists(TEAM);
    for _ in 0..3 {
        product.sync_well().await;
    }
    assert_eq!(product.lists(TEAM), before + 3, "one request a sync");
    product.insert(TEAM, "late", "2026-03-20T10:00:00Z");
    product.sync_well().await;
    assert_eq!(product.titles().await.len(), 7);
}

#[tokio::test]
async fn who_can_read_no_longer_is_followed_by_the_next_and_nobody_notices() {
    let product = both().await;
    let position = product.tenant.position().await.unwrap();
    product.world.google.oauth().revoke_account(ANA);
    for _ in 0..4 {
        product.world.minutes(60);
        let _ = product.sync().await;
    }
    assert!(matches!(product.connection(ANA).await.status, ConnectionStatus::NeedsReauth { .. }));
    assert_eq!((product.held(ANA, TEAM).await, product.held(BEN, TEAM).await), (0, 6));
    assert_steady(&product, position, 6).await;
    product.world.google.cancel_event(TEAM, "team10").unwrap();
    let _ = product.sync().await;
    assert_eq!(product.titles().await.len(), 5);

    // Back again, she is the better placed one.
    let position = product.tenant.position().await.unwrap();
    product.connect(ANA).await;
    for _ in 0..3 {
        product.sync_well().await;
    }
    assert_eq!((product.held(ANA, TEAM).await, product.held(BEN, TEAM).await), (5, 0));
    assert_steady(&product, position, 5).await;
}

#[tokio::test]
async fn who_is_disconnected_is_followed_by_the_next() {
    let product = both().await;
    let ana = product.connection(ANA).await;
    let _ = product.tenant.disconnect(&ana.id, Mirrored::Erase).await.unwrap();
    product.sync_well().await;
    assert_eq!(product.held(BEN, TEAM).await, 6);
    assert_eq!(product.titles().await.len(), 6);
}

#[tokio::test]
async fn who_loses_the_calendar_is_followed_by_the_next_and_nobody_notices() {
    let product = Product::new().await;
    product.world.google.add_account("eve@us.example", Tz::UTC);
    product.world.google.add_calendar("eve@us.example", TEAM, "Team", Tz::UTC);
    product.world.google.share_calendar(TEAM, ANA, AccessRole::Writer).unwrap();
    product.world.google.share_calendar(TEAM, BEN, AccessRole::Reader).unwrap();
    product.insert(TEAM, "first", "2026-03-10T10:00:00Z");
    product.insert(TEAM, "past", "2026-02-10T10:00:00Z");
    product.connect(ANA).await;
    product.connect(BEN).await;
    product.sync_well().await;
    product.sync_well().await;
    assert_eq!((product.held(ANA, TEAM).await, product.held(BEN, TEAM).await), (2, 0));
    let position = product.tenant.position().await.unwrap();
    product.world.google.unshare_calendar(TEAM, ANA);
    for _ in 0..3 {
        product.sync_well().await;
    }
    assert_eq!((product.held(ANA, TEAM).await, product.held(BEN, TEAM).await), (0, 2));
    assert_steady(&product, position, 2).await;
    product.world.minutes(25 * 60);
    product.sync_well().await;
    assert!(product.lane(ANA, TEAM, "head").await.is_none());
    // The last one to see it loses it, too.
    product.world.google.unshare_calendar(TEAM, BEN);
    product.sync_well().await;
    assert_eq!(product.titles().await, [""; 0]);
}

#[tokio::test]
async fn who_is_better_placed_takes_over_and_nobody_notices() {
    let product = Product::new().await;
    product.world.google.add_calendar(ANA, TEAM, "Team", Tz::UTC);
    product.world.google.share_calendar(TEAM, BEN, AccessRole::Reader).unwrap();
    product.insert(TEAM, "first", "2026-03-10T10:00:00Z");
    product.connect(BEN).await;
    product.sync_well().await;
    assert_eq!(product.held(BEN, TEAM).await, 1);
    let position = product.tenant.position().await.unwrap();
    product.connect(ANA).await;
    product.sync_well().await;
    product.sync_well().await;
    assert_eq!((product.held(ANA, TEAM).await, product.held(BEN, TEAM).await), (1, 0));
    assert_steady(&product, position, 1).await;
}

#[tokio::test]
async fn who_keeps_failing_is_relieved() {
    let product = both().await;
    let position = product.tenant.position().await.unwrap();
    // Whatever Ana asks of this calendar is refused; what Ben asks is not.
    let forbidden = http::Response::builder().status(403).body(bytes::Bytes::new()).unwrap();
    let google = std::sync::Arc::clone(&product.world.google);
    let of_ana = move |request: &acquaint::core::http::Request| {
        let bearer = request.headers().get("authorization").map(|value| value.to_str().unwrap());
        let of = bearer.and_then(|bearer| google.oauth().inspect(bearer.trim_start_matches("Bearer ")));
        request.uri().path().contains(TEAM) && of.is_some_and(|token| token.account.id == ANA)
    };
    product.network.fail_where(of_ana, Answer::Says(forbidden));
    for _ in 0..6 {
        product.world.minutes(30);
        let _ = product.sync().await;
    }
    assert_eq!((product.held(ANA, TEAM).await, product.held(BEN, TEAM).await), (0, 6));
    assert_steady(&product, position, 6).await;
    // After a day she is tried again.
    product.network.heal();
    product.world.minutes(25 * 60);
    for _ in 0..3 {
        product.sync_well().await;
    }
    assert_eq!((product.held(ANA, TEAM).await, product.held(BEN, TEAM).await), (6, 0));
    assert_steady(&product, position, 6).await;
}
