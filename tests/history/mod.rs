//! Histories: what people, providers, products, clocks and crashes do to a tenant, run against the engine and
//! compared with the oracle.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

pub mod cases;
pub mod check;
pub mod clock;
pub mod cloud;
pub mod cloud_edits;
mod deals;
pub mod feed;
pub mod layer;
pub mod life;
pub mod local;
pub mod pools;
pub mod prelude;
pub mod run;
pub mod scene;
pub mod step;
pub mod tally;
pub mod worker;

/// What a history showed to be wrong.
#[derive(Debug)]
pub struct Mismatch {
    /// What was compared, or done.
    pub what: &'static str,
    /// How it differs.
    pub how: String,
}

impl Mismatch {
    pub fn new(what: &'static str, how: impl Into<String>) -> Self {
        Self { what, how: how.into() }
    }
}

impl std::fmt::Display for Mismatch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.what, self.how)
    }
}
