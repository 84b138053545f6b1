//! What a keeper remembers, and what becomes of calls that are dropped.

use futures::FutureExt as _;
use futures::future::join_all;

use crate::world::{World, keys, pass, per_account};

#[tokio::test(start_paused = true)]
async fn a_dropped_call_gives_its_slot_back() {
    let world = World::new([per_account(1, 10)]);
    let lane = world.client("ana");
    lane.call().await.unwrap();
    let mut dropped = Box::pin(lane.call());
    assert!(dropped.as_mut().now_or_never().is_none());
    let waiting = join_all([lane.call()]);
    let used = || world.keeper.left(&keys("app", "ana"), &world.policy, world.env.now())[0].used;
    assert_eq!(used(), 2);
    drop(dropped);
    assert_eq!(used(), 1);
    waiting.await.pop().unwrap().unwrap();
    lane.call().await.unwrap();
    assert_eq!(world.asked("ana"), [0., 10., 20.], "nobody waits for a call that is not made");
}

#[tokio::test(start_paused = true)]
async fn calls_that_are_dropped_stop_nobody() {
    let world = World::new([per_account(2, 10)]);
    let lane = world.client("ana");
    let mut calls: Vec<_> = (0..10).map(|_| Box::pin(lane.call())).collect();
    for call in &mut calls {
        let _ = call.as_mut().now_or_never();
    }
    drop(calls);
    for result in join_all((0..4).map(|_| lane.call())).await {
        result.unwrap();
    }
    assert!(world.env.now() <= world.at(20), "{}", world.env.now());
}

#[tokio::test(start_paused = true)]
async fn what_is_full_again_is_forgotten() {
    let world = World::new([per_account(5, 10)]);
    for round in 0..20 {
        for account in 0..100 {
            world.client(&format!("{round}-{account}")).call().await.unwrap();
        }
        pass(11).await;
    }
    assert!(world.keeper.remembered() <= 300, "{} of 2000", world.keeper.remembered());
}

#[tokio::test(start_paused = true)]
async fn who_is_stopped_is_not_forgotten() {
    let world = World::new([]);
    world.refuse("ana", "spent", Some(100_000));
    world.client("ana").call().await.unwrap_err();
    for account in 0..1000 {
        let account = account.to_string();
        world.refuse(&account, "spent", Some(1));
        world.client(&account).call().await.unwrap_err();
        pass(2).await;
    }
    assert!(world.keeper.remembered() <= 300, "{}", world.keeper.remembered());
    world.client("ana").call().await.unwrap_err();
    assert_eq!(world.asked("ana").len(), 1);
}
