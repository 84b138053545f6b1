//! What rounds came to, so that none of them can pass by doing nothing.

use std::collections::BTreeMap;

/// How often each thing happened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Tally(BTreeMap<&'static str, usize>);

/// What a thousand rounds must have seen.
const EXPECTED: &[&str] = &[
    "sent",
    "renewed and rotated",
    "renewed and kept",
    "refused by the server",
    "carried out although the client had gone",
    "answer: prompt",
    "answer: slow",
    "answer: slower than the call's time-out",
    "answer: slower than the lease",
    "answer: 5xx",
    "answer: 5xx from a gateway after it was carried out",
    "answer: 429",
    "answer: HTML",
    "answer: HTML with 200 after it was carried out",
    "answer: connection refused",
    "answer: lost before it was carried out",
    "answer: lost after it was carried out",
    "store: slow",
    "store: failed",
    "store: carried out and failed",
    "killed at token.leased",
    "killed at token.answered",
    "killed at token.saved",
    "killed at an instant",
    "callers dropped",
    "tokens handed out",
    "told to authorise again: Revoked",
    "told to authorise again: ReplyLost",
    "authorised again",
    "token said to be refused",
    "revoked at the provider",
    "ended alive",
    "ended for a lost reply",
];

impl Tally {
    pub(crate) fn count(&mut self, what: &'static str) {
        assert!(EXPECTED.contains(&what), "{what:?} is not expected");
        *self.0.entry(what).or_default() += 1;
    }

    pub(crate) fn add(&mut self, other: &Self) {
        for (what, count) in &other.0 {
            *self.0.entry(what).or_default() += count;
        }
    }

    /// Panics unless everything that rounds are for has happened.
    pub(crate) fn assert_worth_it(&self) {
        let missing: Vec<_> = EXPECTED.iter().filter(|what| !self.0.contains_key(*what)).collect();
        assert!(missing.is_empty(), "these rounds prove little: {missing:?} never happened");
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|(what, count)| writeln!(f, "{count:>8} {what}"))
    }
}
