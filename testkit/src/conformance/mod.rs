//! Conformance suites: what every implementation of a seam must pass, ours or a stranger's.

mod opener;
pub mod store;
pub mod token_store;

pub use opener::{Opened, Opener};

use std::fmt;
use std::panic::Location;

/// What a check gives.
pub type Outcome = Result<(), Failure>;

/// What a check found to be otherwise than promised.
pub struct Failure(String);

impl Failure {
    /// A failure, with the place of the check that found it.
    #[track_caller]
    pub fn new(message: impl fmt::Display) -> Self {
        let at = Location::caller();
        Self(format!("{message} ({}:{})", at.file(), at.line()))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Failure {}

impl From<acquaint_core::Error> for Failure {
    fn from(error: acquaint_core::Error) -> Self {
        Self(format!("a call that should succeed gave {error:?}"))
    }
}

/// Fails the check unless the condition holds.
macro_rules! ensure {
    ($condition:expr, $($why:tt)+) => {
        if !$condition {
            return Err($crate::conformance::Failure::new(format_args!($($why)+)));
        }
    };
}

/// Fails the check unless what was found is what was expected.
macro_rules! ensure_eq {
    ($found:expr, $expected:expr, $($why:tt)+) => {
        match (&$found, &$expected) {
            (found, expected) => {
                if *found != *expected {
                    let why = format!($($why)+);
                    return Err($crate::conformance::Failure::new(format_args!(
                        "{why}: found {found:?}, expected {expected:?}"
                    )));
                }
            }
        }
    };
}

use {ensure, ensure_eq};
