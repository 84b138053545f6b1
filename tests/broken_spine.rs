//! The histories can fail: with one defect in what the engine's correctness rests on, some of them turn red.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod broken;
mod history;
mod oracle;

use history::cases::first_red;
use history::run::Bend;

/// Runs histories until one turns red, which must come before `cases`.
fn turns_red<B: Bend + Default + 'static>(cloud: bool, cases: u64) {
    let red = first_red(cloud, cases, 30, || Box::new(B::default()));
    let (case, mismatch) = red.unwrap_or_else(|| panic!("{cases} histories did not find it"));
    println!("history {case} of {cases} found it: {}", mismatch.what);
}

#[test]
fn a_cursor_that_is_ahead_of_its_records_is_found() {
    turns_red::<broken::CursorFirst>(true, 300);
}

#[test]
fn a_mark_that_is_cleared_although_it_moved_is_found() {
    turns_red::<broken::ClearsMovedMarks>(false, 600);
}

#[test]
fn a_directory_older_than_the_marks_is_found() {
    turns_red::<broken::OldDirectory>(false, 600);
}

#[test]
fn a_sweep_after_part_of_a_baseline_is_found() {
    turns_red::<broken::ForgetsItsBeginning>(true, 300);
}

#[test]
fn writing_under_a_stale_fence_is_found() {
    turns_red::<broken::NoFence>(true, 300);
}
