//! Daily quotas.

use acquaint_core::error::ErrorKind;
use acquaint_core::http::{Quota, QuotaScope};

use crate::world::{World, keys, pass, turned_away};

const HOUR: i64 = 60 * 60;

/// Twice a day, which begins in an hour.
fn world() -> World {
    let mut world = World::new([]);
    world.policy.quotas.push(Quota::daily("a_day", QuotaScope::App, 2, world.time_of_day(HOUR)));
    world
}

#[tokio::test(start_paused = true)]
async fn a_budget_that_is_spent_parks_until_its_reset_without_a_request() {
    let world = world();
    let (ana, ben) = (world.client("ana"), world.client("ben"));
    ana.call().await.unwrap();
    ben.call().await.unwrap();
    for lane in [&ana, &ben] {
        let error = turned_away(lane.call().await, ErrorKind::QuotaExhausted, world.at(HOUR));
        assert_eq!((error.context("quota"), error.context("scope")), (Some("a_day"), Some("app")));
    }
    assert_eq!((world.all().len(), world.env.now()), (2, world.at(0)), "nobody slept or was asked");
    pass(3600).await;
    ana.call().await.unwrap();
    ben.call().await.unwrap();
    turned_away(ana.call().await, ErrorKind::QuotaExhausted, world.at(25 * HOUR));
}

#[tokio::test(start_paused = true)]
async fn a_reset_that_is_near_is_waited_for() {
    let world = world();
    let lane = world.client("ana");
    pass(3590).await;
    for _ in 0..3 {
        lane.call().await.unwrap();
    }
    assert_eq!(world.asked("ana"), [3590., 3590., 3600.]);
}

#[tokio::test(start_paused = true)]
async fn what_is_left_of_a_day_can_be_seen() {
    let world = world();
    world.client("ana").call().await.unwrap();
    let left = world.keeper.left(&keys("app", "anybody"), &world.policy, world.env.now());
    assert_eq!((left[0].used, left[0].calls(), left[0].full_at), (1, 1, world.at(HOUR)));
    world.client("ben").call().await.unwrap();
    let left = world.keeper.left(&keys("app", "anybody"), &world.policy, world.env.now());
    assert_eq!((left[0].used, left[0].room_at), (2, world.at(HOUR)));
}
