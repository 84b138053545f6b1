//! What became of a case.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::manifest::problem::{Place, Problem};

/// What became of a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CaseOutcome {
    /// Its number, from 1.
    pub number: usize,
    /// Its name, if it has one.
    pub name: Option<String>,
    /// Where it begins.
    pub place: Place,
    /// The title of its meeting.
    pub title: String,
    /// Whether the meeting is kept.
    pub kept: bool,
    /// The clause that dropped it.
    pub because: Option<String>,
    /// The expectations that are not met, each at its place.
    pub problems: Vec<Problem>,
}

impl CaseOutcome {
    /// Whether everything came out as expected.
    pub fn passed(&self) -> bool {
        self.problems.is_empty()
    }
}

impl fmt::Display for CaseOutcome {
    /// `ok 3 keep.title: Hold: QBR`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = if self.passed() { "ok" } else { "failed" };
        let came = if self.kept { "kept" } else { self.because.as_deref().unwrap_or("dropped") };
        let called = self.name.as_deref().unwrap_or(&self.title);
        write!(f, "{word} {} {came}", self.number)?;
        if called.is_empty() { Ok(()) } else { write!(f, ": {called}") }
    }
}
