//! Measures how often answers on each ground are right, and prints the table that `src/score.rs` holds.
//!
//! `cargo run --release -p acquaint-matcher --features worlds --example calibrate` takes generated worlds whose truth is
//! known; `-- SEED..=SEED COMPANIES ATTENDEES` names others. The worlds that `accuracy` reports on are not among them.
#![allow(clippy::expect_used)]

use std::collections::BTreeMap;
use std::process::ExitCode;

use acquaint_matcher::worlds::{Size, World};
use acquaint_matcher::{Attendee, Evidence, Ground, Loss, Matcher, Outcome, RecordId, Verdict};

/// The tie-breaks that are told apart, in the order of the table's columns.
const TIES: [&str; 5] = ["none", "primary", "hierarchy", "contacts", "age or id"];

/// No answer is given a better score, since a world is not life.
const MOST: f64 = 998.0;

#[derive(Clone, Copy, Default)]
struct Count {
    right: u32,
    all: u32,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (seeds, companies, attendees) = match arguments.as_slice() {
        [] => (101..=110, 10_000, 40_000),
        [seeds, companies, attendees] => {
            let parsed = (|| {
                let (first, last) = seeds.split_once("..=")?;
                let seeds = first.parse().ok()?..=last.parse().ok()?;
                Some((seeds, companies.parse().ok()?, attendees.parse().ok()?))
            })();
            let Some(parsed) = parsed else { return usage() };
            parsed
        }
        _ => return usage(),
    };
    let mut counts: BTreeMap<(Ground, usize), Count> = BTreeMap::new();
    for seed in seeds {
        let size = Size { companies, attendees, ..Size::default() };
        add(&World::generate(seed, size), &mut counts);
    }
    print(&counts);
    ExitCode::SUCCESS
}

fn usage() -> ExitCode {
    eprintln!("usage: calibrate [FIRST..=LAST COMPANIES ATTENDEES], for example 101..=110 10000 40000");
    ExitCode::from(2)
}

fn add(world: &World, counts: &mut BTreeMap<(Ground, usize), Count>) {
    let (directory, matcher) = (world.directory(), Matcher::default().with_classifier(world.classifier()));
    let attendees: Vec<Attendee> = world.cases().iter().map(|case| case.attendee.clone()).collect();
    let look = directory.lookup();
    for (case, found) in world.cases().iter().zip(matcher.resolve(&attendees, &look)) {
        let truth = &case.truth;
        let mut note = |id: Option<&RecordId>, by: Option<&str>, right: &[RecordId]| {
            let (Some(id), Some(by)) = (id, by) else { return };
            let is_it = |one: &&Evidence| one.strategy == by && one.verdict == Verdict::Found;
            let Some(evidence) = found.evidence.iter().find(is_it) else { return };
            let Some(ground) = evidence.ground else { return };
            let count = counts.entry((ground, tie(evidence))).or_default();
            count.all += 1;
            count.right += u32::from(right.contains(id));
        };
        note(found.contact.as_ref(), found.contact_by.as_deref(), &truth.contacts);
        note(found.account.as_ref(), found.account_by.as_deref(), &truth.accounts);
    }
}

/// By which tie-break the second lost.
fn tie(evidence: &Evidence) -> usize {
    let second = evidence.candidates.get(1).map(|second| second.outcome);
    match second {
        Some(Outcome::Lost(loss)) if evidence.ambiguous => match loss {
            Loss::Additional => 1,
            Loss::Child => 2,
            Loss::FewerContacts => 3,
            _ => 4,
        },
        _ => 0,
    }
}

fn print(counts: &BTreeMap<(Ground, usize), Count>) {
    println!("thousandths of right answers, with the number of answers; decided by");
    print!("{:<18}", "");
    TIES.iter().for_each(|tie| print!(" {tie:>16}"));
    println!();
    let mut grounds: Vec<Ground> = counts.keys().map(|key| key.0).collect();
    grounds.dedup();
    for ground in grounds {
        print!("{:<18}", format!("{ground:?}"));
        for tie in 0..TIES.len() {
            match counts.get(&(ground, tie)) {
                // One that is wrong and one that is right are added, so that a handful proves nothing.
                Some(count) => {
                    let share = (f64::from(count.right) + 1.0) / (f64::from(count.all) + 2.0);
                    print!(" {:>8.0} {:>7}", (share * 1000.0).floor().min(MOST), count.all);
                }
                None => print!(" {:>16}", "-"),
            }
        }
        println!();
    }
}
