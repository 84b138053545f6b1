//! Refusals that came all the same.

use acquaint_core::error::ErrorKind;
use acquaint_core::http::{Anonymous, HttpClient};
use futures::future::join_all;
use std::sync::Arc;

use crate::world::{Lane, World, keys, pass, per_account, turned_away};

const HOUR: i64 = 60 * 60;

#[tokio::test(start_paused = true)]
async fn a_refusal_makes_the_other_lanes_of_the_account_wait_as_long_as_it_says() {
    let world = World::new([]);
    world.refuse("ana", "slow", Some(30));
    let (ana, ben) = (world.client("ana"), world.client("ben"));
    let other = async {
        pass(1).await;
        assert_eq!(world.keeper.blocked_until(&keys("app", "ana"), world.env.now()), Some(world.at(30)));
        ben.call().await.unwrap();
        for result in join_all((0..3).map(|_| ana.call())).await {
            result.unwrap();
        }
    };
    let (refused, ()) = tokio::join!(ana.call(), other);
    refused.unwrap();
    let asked = world.asked("ana");
    assert_eq!(asked[..4], [0., 30., 30., 30.], "not before the time, and not longer");
    assert_eq!(asked.len(), 5);
    assert_eq!(world.asked("ben"), [1.], "another account is not concerned");
    assert_eq!(world.keeper.blocked_until(&keys("app", "ana"), world.env.now()), None);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_for_longer_than_anybody_waits_is_handed_to_the_other_lanes_too() {
    let world = World::new([]);
    world.refuse("ana", "slow", Some(600));
    let ana = world.client("ana");
    turned_away(ana.call().await, ErrorKind::RateLimited, world.at(600));
    pass(2).await;
    let error = turned_away(ana.call().await, ErrorKind::RateLimited, world.at(600));
    assert!(error.advice().unwrap().contains("was not asked"), "{error}");
    assert_eq!(world.asked("ana"), [0.]);
    pass(598).await;
    ana.call().await.unwrap();
    assert_eq!(world.asked("ana"), [0., 600.]);
}

#[tokio::test(start_paused = true)]
async fn a_slot_ahead_is_of_no_use_to_an_account_that_is_refused_meanwhile() {
    let world = World::new([per_account(2, 10)]);
    let ana = world.client("ana");
    ana.call().await.unwrap();
    world.refuse("ana", "slow", Some(30));
    let waiting = join_all((0..2).map(|_| ana.call()));
    for result in waiting.await {
        result.unwrap();
    }
    let asked = world.asked("ana");
    assert_eq!(asked[..2], [0., 0.]);
    assert!(asked[2..].iter().all(|at| *at >= 30.), "{asked:?}");
    assert_eq!(asked.len(), 4);
}

#[tokio::test(start_paused = true)]
async fn exhaustion_stops_the_account_until_the_reset_and_then_it_goes_again() {
    let mut world = World::new([]);
    world.policy.resets = Some(world.time_of_day(2 * HOUR));
    world.refuse("ana", "spent", None);
    let (ana, ben) = (world.client("ana"), world.client("ben"));
    turned_away(ana.call().await, ErrorKind::QuotaExhausted, world.at(2 * HOUR));
    for _ in 0..3 {
        pass(60).await;
        turned_away(ana.call().await, ErrorKind::QuotaExhausted, world.at(2 * HOUR));
    }
    turned_away(world.client("ana").call().await, ErrorKind::QuotaExhausted, world.at(2 * HOUR));
    ben.call().await.unwrap();
    assert_eq!((world.asked("ana"), world.asked("ben")), (vec![0.], vec![180.]));
    pass(7200 - 180).await;
    ana.call().await.unwrap();
    assert_eq!(world.asked("ana"), [0., 7200.]);
}

#[tokio::test(start_paused = true)]
async fn exhaustion_lasts_as_long_as_the_answer_says_or_an_hour() {
    let world = World::new([]);
    for (account, retry_after, seconds) in [("ana", Some(900), 900), ("ben", None, HOUR)] {
        world.refuse(account, "spent", retry_after);
        let lane = world.client(account);
        turned_away(lane.call().await, ErrorKind::QuotaExhausted, world.at(seconds));
        turned_away(lane.call().await, ErrorKind::QuotaExhausted, world.at(seconds));
        assert_eq!(world.asked(account).len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_refusal_of_the_app_stops_all_its_accounts_and_no_other_app() {
    for (reason, kind) in [("app_spent", ErrorKind::QuotaExhausted), ("app_slow", ErrorKind::RateLimited)] {
        let world = World::new([]);
        world.refuse("ana", reason, Some(900));
        turned_away(world.client("ana").call().await, kind, world.at(900));
        let error = turned_away(world.client("ben").call().await, kind, world.at(900));
        assert_eq!(error.context("scope"), Some("app"));
        world.client_of("their own app", "cem").call().await.unwrap();
        assert_eq!(world.all().len(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn a_shorter_word_does_not_end_a_longer_one() {
    let world = World::new([]);
    world.refuse("ana", "spent", Some(900));
    world.refuse("ana", "slow", Some(100));
    let ana = world.client("ana");
    // Both are on their way before either is answered.
    let _ = tokio::join!(ana.call(), ana.call());
    turned_away(ana.call().await, ErrorKind::QuotaExhausted, world.at(900));
}

#[tokio::test(start_paused = true)]
async fn without_a_keeper_a_refusal_is_a_matter_of_the_one_call() {
    let world = World::new([per_account(1, 10)]);
    world.refuse("ana", "spent", None);
    let http = HttpClient::new(world.env.clone(), Arc::new(Anonymous), Arc::new(world.policy.clone()));
    let lane = Lane { http, account: "ana".to_owned() };
    turned_away(lane.call().await, ErrorKind::QuotaExhausted, world.at(HOUR));
    lane.call().await.unwrap();
    lane.call().await.unwrap();
    assert_eq!(world.asked("ana"), [0., 0., 0.]);
}
