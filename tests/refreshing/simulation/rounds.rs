//! How many rounds are played, from which seed, and how a failure is told.

use std::num::NonZero;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

use super::broken::Defect;
use super::ledger::Rule;
use super::round::{Played, play};
use super::tally::Tally;

/// Enough rounds that each thing that can happen has.
const ENOUGH: u64 = 300;

fn number(name: &str, default: u64) -> u64 {
    match std::env::var(name) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{name} must be a number, and is {text:?}")),
        Err(_) => default,
    }
}

fn told(played: &Played) -> String {
    let wrong: Vec<_> =
        played.violations.iter().map(|wrong| format!("{:?}: {}", wrong.rule, wrong.how)).collect();
    format!("{}\nafter\n{}", wrong.join("\n"), played.story.join("\n"))
}

/// Plays all rounds, as many at once as there are processors, and gives what they came to or the failed one that
/// comes first.
fn all(seeds: Range<u64>) -> Result<Tally, (u64, Played)> {
    let next = AtomicU64::new(seeds.start);
    let work = || {
        let mut tally = Tally::default();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds.end {
                return Ok(tally);
            }
            let played = play(seed, None);
            if !played.violations.is_empty() {
                next.store(seeds.end, Ordering::Relaxed);
                return Err((seed, played));
            }
            tally.add(&played.tally);
        }
    };
    let workers = std::thread::available_parallelism().map_or(1, NonZero::get);
    let outcomes: Vec<_> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        workers.into_iter().map(|worker| worker.join().unwrap()).collect()
    });
    let mut all = Tally::default();
    let mut failed = Vec::new();
    for outcome in outcomes {
        match outcome {
            Ok(tally) => all.add(&tally),
            Err(failure) => failed.push(failure),
        }
    }
    failed.into_iter().min_by_key(|(seed, _)| *seed).map_or(Ok(all), Err)
}

#[test]
fn a_thousand_rounds_of_trouble() {
    let (cases, first) = (number("ACQUAINT_CASES", 1000), number("ACQUAINT_SEED", 1));
    let name = "a_thousand_rounds_of_trouble";
    match all(first..first + cases) {
        Ok(tally) => {
            println!("{cases} rounds from seed {first}:\n{tally}");
            if cases >= ENOUGH {
                tally.assert_worth_it();
            }
        }
        Err((seed, played)) => panic!(
            "the round of seed {seed}: {}\nto repeat it: ACQUAINT_SEED={seed} ACQUAINT_CASES=1 cargo test --test refreshing {name}",
            told(&played),
        ),
    }
}

#[test]
fn a_seed_always_tells_the_same_story() {
    for seed in 1..=20 {
        let (one, other) = (play(seed, None), play(seed, None));
        assert!(one.story.len() > 10);
        assert_eq!(one.story, other.story, "seed {seed}");
    }
}

/// Plays rounds until one breaks `rule`, which must come before `cases`. Without the defect it holds.
fn is_found(defect: Defect, rule: Rule, cases: u64) {
    let first = number("ACQUAINT_SEED", 1);
    let seed = (first..first + cases)
        .find(|seed| play(*seed, Some(defect)).violations.iter().any(|wrong| wrong.rule == rule))
        .unwrap_or_else(|| panic!("{cases} rounds did not find it"));
    println!("round {} of {cases} found it", seed - first + 1);
    let straight = play(seed, None);
    assert!(straight.violations.is_empty(), "it fails without the defect too: {}", told(&straight));
}

#[test]
fn a_store_that_ignores_versions_so_that_there_is_no_lease_is_found() {
    is_found(Defect::StoreIgnoresVersions, Rule::TwoAtOnce, 100);
}

#[test]
fn clocks_minutes_apart_so_that_the_lease_is_shorter_than_the_call_are_found() {
    is_found(Defect::ClocksMinutesApart, Rule::TwoAtOnce, 100);
}

#[test]
fn a_store_that_answers_before_it_has_written_so_that_an_unsaved_token_is_handed_out_is_found() {
    is_found(Defect::StoreAnswersBeforeItHasWritten, Rule::HandedUnsaved, 100);
}

#[test]
fn a_store_that_loses_saves_so_that_a_dead_refresh_token_is_sent_is_found() {
    is_found(Defect::StoreLosesSaves, Rule::KnownFate, 100);
}

#[test]
fn a_server_that_names_an_omitted_token_so_that_nothing_replaces_the_old_one_is_found() {
    is_found(Defect::OmittedTokenIsNamed, Rule::WrongReason, 100);
}

#[test]
fn a_transport_that_hides_lost_answers_so_that_they_count_as_revocations_is_found() {
    is_found(Defect::BrokenConnectionsCountAsRefused, Rule::WrongReason, 100);
}
