//! Random histories: whatever people edit, providers do and processes suffer, in the end the mirror is the truth
//! and the meetings are what a naive evaluation says.
//!
//! `ACQUAINT_CASES` sets the number of histories, `ACQUAINT_SEED` which ones.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod history;
mod oracle;

use history::cases::{Backend, all_hold};

#[test]
fn meetings_equal_the_evaluation_of_what_was_pushed() {
    all_hold("meetings_equal_the_evaluation_of_what_was_pushed", Backend::Memory, false, 300, 30);
}

#[test]
fn meetings_equal_the_evaluation_of_calendars_and_crm() {
    all_hold("meetings_equal_the_evaluation_of_calendars_and_crm", Backend::Memory, true, 100, 30);
}

#[test]
fn meetings_equal_the_evaluation_of_what_was_pushed_on_sqlite() {
    all_hold("meetings_equal_the_evaluation_of_what_was_pushed_on_sqlite", Backend::Sqlite, false, 40, 30);
}

#[test]
fn meetings_equal_the_evaluation_of_calendars_and_crm_on_sqlite() {
    all_hold("meetings_equal_the_evaluation_of_calendars_and_crm_on_sqlite", Backend::Sqlite, true, 16, 30);
}
