//! What a tenant's meetings ought to be, computed from nothing but its facts and an instant.
//!
//! Written to be obviously right, and slow: it walks every record for every question, keeps nothing from one
//! evaluation to the next, and has its own address and domain rules, its own matcher and its own rules. It
//! shares the data types of `acquaint-core` with the engine and no code that decides.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod copies;
mod facts;
mod internal;
mod linked;
mod meeting;
mod people;
mod random;
mod resolve;
mod rules;
mod text;

pub use facts::Facts;
pub use random::{Random, random};
pub use rules::{CLOUD_RULES, LOCAL_RULES, Rules};

use acquaint::Meeting;
use chrono::{DateTime, Utc};

/// A meeting as it ought to be. Its id and the decision's bookkeeping are the engine's own business.
#[derive(Debug, Clone, PartialEq)]
pub struct Expected {
    pub meeting: Meeting,
    /// The clause that failed, where the rules say which one.
    pub because: Option<&'static str>,
}

/// All meetings under `rules` at `now`, by their copies.
pub fn evaluate(rules: &Rules, facts: &Facts, now: DateTime<Utc>) -> Vec<Expected> {
    let internal = internal::Internal::of(rules, facts);
    let mut meetings: Vec<Expected> = copies::groups(facts)
        .into_iter()
        .map(|group| meeting::expected(rules, facts, &internal, &group, now))
        .collect();
    meetings.sort_by(|a, b| a.meeting.copies.cmp(&b.meeting.copies));
    meetings
}
