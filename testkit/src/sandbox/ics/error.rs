//! What can be wrong with an iCalendar file, and what is merely odd.

use std::fmt;

/// A file that cannot be loaded. Nothing of it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {problem}")]
pub struct IcsError {
    /// The name under which the file was loaded.
    pub file: String,
    /// The line of the problem, from 1.
    pub line: usize,
    /// What is wrong.
    pub problem: IcsProblem,
}

/// What is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IcsProblem {
    /// It does not begin with `BEGIN:VCALENDAR`.
    #[error("not an iCalendar file: BEGIN:VCALENDAR is expected")]
    NotACalendar,
    /// The file ends before a component does.
    #[error("BEGIN:{component} is never closed; the file may have been cut off")]
    Unclosed {
        /// The open component.
        component: String,
    },
    /// An END without its BEGIN.
    #[error("END:{component} without its BEGIN")]
    UnopenedEnd {
        /// What it would close.
        component: String,
    },
    /// An END of another component.
    #[error("END:{found} where END:{component} is expected, which line {opened} began")]
    WrongEnd {
        /// The open component.
        component: String,
        /// Where it began.
        opened: usize,
        /// What was closed instead.
        found: String,
    },
    /// Components inside components without end.
    #[error("components are nested too deep")]
    TooDeep,
    /// A time that an event cannot do without is unreadable.
    #[error(
        "{property} is not a date or time: `{value}`; expected for instance 20260131 or 20260131T090000Z"
    )]
    BadTime {
        /// Which property.
        property: &'static str,
        /// Its value, cut to 40 characters.
        value: String,
    },
}

/// Something odd that did not keep the rest from loading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IcsWarning {
    /// Its line, from 1.
    pub line: usize,
    /// What is odd, and what was made of it.
    pub message: String,
}

impl IcsWarning {
    pub(super) fn new(line: usize, message: impl Into<String>) -> Self {
        Self { line, message: message.into() }
    }
}

impl fmt::Display for IcsWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}
