//! What is near comes first.

use bytes::Bytes;

use crate::Product;
use crate::network::Answer;
use crate::support::ANA;

fn unavailable() -> Answer {
    Answer::Says(http::Response::builder().status(400).body(Bytes::new()).unwrap())
}

async fn product() -> Product {
    let product = Product::new().await;
    for (id, start) in [
        ("long0ago", "2026-01-05T10:00:00Z"),
        ("tomorrow", "2026-03-03T10:00:00Z"),
        ("in0ten0days", "2026-03-12T10:00:00Z"),
        ("in0a0month", "2026-04-02T10:00:00Z"),
    ] {
        product.insert(ANA, id, start);
    }
    product.connect(ANA).await;
    product
}

fn titles(ids: &[&str]) -> Vec<String> {
    ids.iter().map(|id| format!("{id} on {ANA}")).collect()
}

#[tokio::test]
async fn the_next_two_weeks_are_decided_and_told_before_the_past_is_read() {
    let product = product().await;
    // The window begins in the year before.
    product.network.fail("timeMin=2025", unavailable());
    let report = product.sync().await;
    assert_eq!(report.lanes.iter().filter(|lane| lane.error.is_some()).count(), 1);
    assert_eq!(product.titles().await, titles(&["in0ten0days", "tomorrow"]));
    assert_eq!(crate::support::told(&product.tenant, 0).await.len(), 2);

    product.network.heal();
    product.world.minutes(5);
    product.sync_well().await;
    assert_eq!(product.titles().await, titles(&["in0a0month", "in0ten0days", "long0ago", "tomorrow"]));
    assert_eq!(crate::support::told(&product.tenant, 0).await.len(), 4, "nothing is told twice");
}

#[tokio::test]
async fn it_is_read_once_and_costs_nothing_later() {
    let product = product().await;
    product.sync_well().await;
    assert_eq!(product.network.sent("timeMin=2026"), 1);
    product.world.minutes(8 * 24 * 60);
    product.sync_well().await;
    product.sync_well().await;
    assert_eq!(product.network.sent("timeMin=2026"), 2, "the baseline after a week begins in January");
    assert_eq!(product.network.sent("timeMin=2026-03"), 1);
}

#[tokio::test]
async fn whatever_comes_of_it_the_rest_is_read_by_the_same_sync() {
    let product = product().await;
    product.network.fail("timeMin=2026", unavailable());
    let report = product.sync().await;
    let failed: Vec<&str> =
        report.lanes.iter().filter(|lane| lane.error.is_some()).map(|lane| lane.lane.lane.as_str()).collect();
    assert_eq!(failed, ["upcoming"]);
    assert_eq!(product.titles().await.len(), 4);
}

#[tokio::test]
async fn a_window_is_brought_forward_before_its_end_is_reached() {
    let manifest = crate::MANIFEST.replace("future: 120d", "future: 4d").replace("weekly", "30d");
    let product = Product::of(&manifest, |builder| builder).await;
    product.connect(ANA).await;
    // One meeting a day, as known from the beginning; nothing ever changes.
    for day in 3..28 {
        product.insert(ANA, &format!("day{day}"), &format!("2026-03-{day:02}T10:00:00Z"));
    }
    for _ in 0..20 {
        product.sync_well().await;
        let now = product.world.env().now();
        let tomorrow = now + chrono::TimeDelta::days(1);
        let near = product.tenant.meetings().all().await.unwrap();
        assert!(near.iter().any(|meeting| meeting.start.instant().date_naive() == tomorrow.date_naive()));
        product.world.minutes(24 * 60);
    }
    // What has aged is frozen, not withdrawn.
    assert!(
        crate::support::told(&product.tenant, 0)
            .await
            .iter()
            .all(|(change, _)| { *change == acquaint::ChangeKind::Added })
    );
}
