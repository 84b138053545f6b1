//! Rates.

use acquaint_core::error::ErrorKind;
use acquaint_core::http::QuotaKeeper;
use futures::future::join_all;

use crate::world::{World, keys, pass, per_account, per_app, turned_away};

#[tokio::test(start_paused = true)]
async fn a_burst_goes_as_far_as_the_quota_and_the_rest_as_room_comes() {
    let world = World::new([per_account(3, 10)]);
    let lane = world.client("ana");
    for result in join_all((0..8).map(|_| lane.call())).await {
        result.unwrap();
    }
    assert_eq!(world.asked("ana"), [0., 0., 0., 10., 10., 10., 20., 20.]);
}

#[tokio::test(start_paused = true)]
async fn room_comes_when_each_call_leaves_the_window_and_not_all_at_once() {
    let world = World::new([per_account(2, 10)]);
    let lane = world.client("ana");
    lane.call().await.unwrap();
    pass(6).await;
    for result in join_all((0..4).map(|_| lane.call())).await {
        result.unwrap();
    }
    assert_eq!(world.asked("ana"), [0., 6., 10., 16., 20.]);
}

#[tokio::test(start_paused = true)]
async fn who_would_wait_longer_than_it_may_is_told_when_to_come_back_and_takes_no_slot() {
    let world = World::new([per_account(1, 40)]);
    let lane = world.client("ana");
    let calls = join_all((0..3).map(|_| lane.call())).await;
    let [first, second, third] = <[_; 3]>::try_from(calls).unwrap();
    first.unwrap();
    second.unwrap();
    let error = turned_away(third, ErrorKind::RateLimited, world.at(80));
    assert_eq!((error.context("quota"), error.context("scope")), (Some("per_account"), Some("account")));
    assert!(error.advice().unwrap().contains("was not asked"), "{error}");
    assert!(error.to_string().starts_with("list: "), "{error}");
    assert_eq!(world.asked("ana"), [0., 40.]);
    lane.call().await.unwrap();
    assert_eq!(world.asked("ana"), [0., 40., 80.], "what was turned away is not counted");
}

#[tokio::test(start_paused = true)]
async fn two_accounts_do_not_slow_each_other() {
    let world = World::new([per_account(1, 30)]);
    let (ana, ben) = (world.client("ana"), world.client("ben"));
    for result in join_all([ana.call(), ana.call(), ben.call(), ben.call()]).await {
        result.unwrap();
    }
    assert_eq!((world.asked("ana"), world.asked("ben")), (vec![0., 30.], vec![0., 30.]));
}

#[tokio::test(start_paused = true)]
async fn clients_of_one_account_share_and_those_of_another_app_do_not() {
    let world = World::new([per_account(2, 30)]);
    let (one, other) = (world.client("ana"), world.client("ana"));
    for result in join_all([one.call(), other.call(), one.call()]).await {
        result.unwrap();
    }
    assert_eq!(world.asked("ana"), [0., 0., 30.]);
    world.client_of("their own app", "ana").call().await.unwrap();
    assert_eq!(world.asked("ana"), [0., 0., 30., 30.]);
}

#[tokio::test(start_paused = true)]
async fn the_quota_of_an_app_is_shared_by_its_accounts() {
    let world = World::new([per_app(2, 30), per_account(9, 30)]);
    let lanes = ["ana", "ben", "cem"].map(|account| world.client(account));
    for result in join_all(lanes.iter().map(|lane| lane.call())).await {
        result.unwrap();
    }
    assert_eq!(world.all().iter().map(|at| at.as_secs()).collect::<Vec<_>>(), [0, 0, 30]);
    world.client_of("their own app", "dan").call().await.unwrap();
    assert_eq!(world.asked("dan"), [30.]);
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_one_quota_keeps_nobody_from_another() {
    // Ana's second call has a slot ahead, in the app's quota too. Until then that has room.
    let world = World::new([per_app(3, 10), per_account(1, 30)]);
    let (ana, ben, cem) = (world.client("ana"), world.client("ben"), world.client("cem"));
    for result in join_all([ana.call(), ana.call(), ben.call(), cem.call()]).await {
        result.unwrap();
    }
    assert_eq!((world.asked("ben"), world.asked("cem")), (vec![0.], vec![0.]));
    assert_eq!(world.asked("ana"), [0., 30.]);
}

#[tokio::test(start_paused = true)]
async fn operations_are_counted_apart() {
    let world = World::new([per_account(2, 10).except(&["search"]), {
        let mut search = per_account(1, 20).only(&["search"]);
        search.name = "search";
        search
    }]);
    let lane = world.client("ana");
    let calls = ["search", "list", "list", "search", "list"];
    for result in join_all(calls.iter().map(|name| lane.named(name))).await {
        result.unwrap();
    }
    assert_eq!(world.asked("ana"), [0., 0., 0., 10., 20.]);
}

#[tokio::test(start_paused = true)]
async fn a_repeat_is_counted_as_the_call_was() {
    let world = World::new([per_account(2, 10)]);
    world.refuse("ana", "slow", Some(1));
    let lane = world.client("ana");
    lane.call().await.unwrap();
    lane.call().await.unwrap();
    let asked = world.asked("ana");
    assert_eq!((asked.len(), asked[0], asked[2]), (3, 0., 10.), "{asked:?}");
}

#[tokio::test(start_paused = true)]
async fn what_is_left_can_be_seen() {
    let world = World::new([per_app(100, 60), per_account(2, 10)]);
    let left = |account| world.keeper.left(&keys("app", account), &world.policy, world.env.now());
    let lane = world.client("ana");
    lane.call().await.unwrap();
    pass(4).await;
    lane.call().await.unwrap();
    let [app, account] = <[_; 2]>::try_from(left("ana")).unwrap();
    assert_eq!((app.name, app.used, app.calls(), app.room_at), ("per_app", 2, 98, world.at(4)));
    assert_eq!((account.used, account.calls(), account.limit.calls()), (2, 0, 2));
    assert_eq!((account.room_at, account.full_at), (world.at(10), world.at(14)));
    let untouched = &left("ben")[1];
    assert_eq!((untouched.used, untouched.room_at, untouched.full_at), (0, world.at(4), world.at(4)));
}

#[tokio::test(start_paused = true)]
async fn several_processes_keep_a_share_each() {
    let mut world = World::new([per_account(10, 30)]);
    world.keeper = QuotaKeeper::new().share(0.25).into();
    let lane = world.client("ana");
    for result in join_all((0..3).map(|_| lane.call())).await {
        result.unwrap();
    }
    assert_eq!(world.asked("ana"), [0., 0., 30.]);
    world.keeper = QuotaKeeper::new().share(0.01).into();
    world.client("ben").call().await.unwrap();
    assert_eq!(world.asked("ben"), [30.], "one call is left of any share");
    for odd in [0.0, -3.0, f64::NAN] {
        world.keeper = QuotaKeeper::new().share(odd).into();
        world.client("cem").call().await.unwrap();
    }
    world.keeper = QuotaKeeper::new().share(7.0).into();
    let left = world.keeper.left(&keys("app", "dan"), &world.policy, world.env.now());
    assert_eq!(left[0].calls(), 10, "nobody has more than all");
}
