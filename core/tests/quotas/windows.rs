//! Over random arrivals: in no window are there more calls than its quota allows, and nobody waits without need.
//!
//! A window is as long as its quota says, its end not included.

use std::time::Duration;

use futures::future::join_all;
use proptest::prelude::*;

use crate::world::{World, per_account, per_app};

/// When, in milliseconds, and for which of three accounts; some callers lose patience.
fn arrivals() -> impl Strategy<Value = Vec<(u64, usize, Option<u64>)>> {
    let impatient = prop::option::weighted(0.2, 0..5_000u64);
    prop::collection::vec((0..30_000u64, 0..3usize, impatient), 1..80)
}

/// Whether some window holds more than `most`: `most` + 1 calls in a row less than its length apart.
fn exceeds(times: &[Duration], most: u32, seconds: u64) -> bool {
    let mut times = times.to_vec();
    times.sort();
    times.windows(most as usize + 1).any(|row| row[most as usize] - row[0] < Duration::from_secs(seconds))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_window_ever_holds_more_than_its_quota(
        arrivals in arrivals(),
        (of_account, account_window) in (1..6u32, 1..15u64),
        (of_app, app_window) in (1..9u32, 1..15u64),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let world = World::new([per_account(of_account, account_window), per_app(of_app, app_window)]);
            let accounts = ["ana", "ben", "cem"];
            let tasks = arrivals.into_iter().map(|(at, account, patience)| {
                let lane = world.client(accounts[account]);
                tokio::spawn(async move {
                    tokio::time::sleep(Duration::from_millis(at)).await;
                    match patience {
                        Some(patience) => {
                            let _ = tokio::time::timeout(Duration::from_millis(patience), lane.call()).await;
                        }
                        None => {
                            let _ = lane.call().await;
                        }
                    }
                })
            });
            for task in join_all(tasks.collect::<Vec<_>>()).await {
                task.unwrap();
            }
            prop_assert!(!exceeds(&world.all(), of_app, app_window), "app: {:?}", world.all());
            for account in accounts {
                let times: Vec<_> = world.asked(account).into_iter().map(Duration::from_secs_f64).collect();
                prop_assert!(!exceeds(&times, of_account, account_window), "{account}: {times:?}");
            }
            Ok(())
        })?;
    }

    /// Against the plainest way to find the earliest instant: each arrival in turn, each candidate instant tried.
    #[test]
    fn each_goes_at_the_first_instant_that_its_quota_allows(
        mut arrivals in prop::collection::vec(0..10_000u64, 1..30),
        most in 1..5u32,
        window in 1..6u64,
    ) {
        arrivals.sort_unstable();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let asked = runtime.block_on(async {
            let mut world = World::new([per_account(most, window)]);
            world.policy.retry.budget = Duration::from_secs(3600);
            let lane = world.client("ana");
            join_all(arrivals.iter().map(|at| {
                let lane = lane.clone();
                async move {
                    tokio::time::sleep(Duration::from_millis(*at)).await;
                    lane.call().await.unwrap();
                }
            })).await;
            world.all()
        });
        let mut expected: Vec<u64> = Vec::new();
        for at in arrivals {
            let free = expected.len().checked_sub(most as usize).map_or(0, |index| expected[index] + window * 1000);
            expected.push(at.max(free));
        }
        let asked: Vec<u64> = asked.iter().map(|at| u64::try_from(at.as_millis()).unwrap()).collect();
        prop_assert_eq!(asked, expected);
    }
}
