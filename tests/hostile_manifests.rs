//! Texts of any kind in the place of a manifest: none makes the reader panic, take long or take much memory. Judging by a
//! good one takes none.
//!
//! `ACQUAINT_CASES` says how many texts, half of them random bytes and half accidents with good manifests. Memory is
//! bounded by the allocator. Time is printed and not asserted: `ACQUAINT_CASES=100000 cargo test --release --test
//! hostile_manifests -- --nocapture`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "manifest/judging.rs"]
mod judging;
#[path = "manifest/mutants.rs"]
mod mutants;

use std::alloc::System;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use acquaint::{Manifest, Registry};
use cap::Cap;
use mutants::{edited, edits, good};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

#[global_allocator]
static MEMORY: Cap<System> = Cap::new(System, usize::MAX);

/// Held by whoever counts the memory.
static ALONE: Mutex<()> = Mutex::new(());

/// The most that reading one manifest may take, in bytes.
const MOST: usize = 64 << 20;

fn cases() -> usize {
    std::env::var("ACQUAINT_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(2_000)
}

/// Reads the text as far as it goes, and says what is wrong with it in every form.
fn read(text: &str, registry: &Registry) {
    match Manifest::check(text, registry) {
        Ok(manifest) => assert!(!manifest.name().is_empty() || text.contains("name")),
        Err(problems) => {
            assert!(!problems.problems.is_empty());
            assert!(
                !problems.to_string().is_empty()
                    && !problems.diagnosis("any.yaml", text).to_string().is_empty()
            );
        }
    }
}

/// How long reading took. More memory than is allowed ends the process.
fn measured(text: &str, registry: &Registry) -> Duration {
    MEMORY.set_limit(MEMORY.allocated() + MOST).unwrap();
    let start = Instant::now();
    read(text, registry);
    let taken = start.elapsed();
    MEMORY.set_limit(usize::MAX).unwrap();
    taken
}

#[test]
fn no_text_makes_the_reader_panic_or_take_more_than_64_megabytes() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let registry = Registry::bundled().unwrap();
    let good: Vec<String> = good().into_values().collect();
    let mut runner = TestRunner::deterministic();
    let bytes = prop::collection::vec(any::<u8>(), 0..4_000);
    let mutants = (any::<Index>(), edits());
    let (before, probe) = (MEMORY.allocated(), vec![0_u8; 1 << 20]);
    assert!(MEMORY.allocated() >= before + probe.len(), "nobody counts the memory");
    drop(probe);
    let mut longest = Duration::ZERO;
    for case in 0..cases() {
        let text = if case % 2 == 0 {
            let bytes = bytes.new_tree(&mut runner).unwrap().current();
            String::from_utf8_lossy(&bytes).into_owned()
        } else {
            let (which, edits) = mutants.new_tree(&mut runner).unwrap().current();
            edited(&good[which.index(good.len())], &edits)
        };
        longest = longest.max(measured(&text, &registry));
    }
    let most = MEMORY.max_allocated() >> 10;
    println!("{} texts; the slowest took {longest:?} (aim: 100 ms); {most} kB at most in all", cases());
}
