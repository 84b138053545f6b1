//! One question with its right answer.

use crate::{Attendee, Class, RecordId};

use super::Cause;

/// An attendee, and what the right answer is.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Case {
    /// The attendee, as a calendar has it.
    pub attendee: Attendee,
    /// What is peculiar about it.
    pub cause: Cause,
    /// What it really is.
    pub truth: Truth,
}

/// What an attendee really is, in terms of the CRM's records.
///
/// Acceptable records are live ones: neither archived nor merged into others.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Truth {
    /// What it is to the tenant.
    pub class: Class,
    /// The contacts that are this person. With none, every contact is a wrong answer.
    pub contacts: Vec<RecordId>,
    /// The accounts that are right. With none, every account is a wrong answer.
    pub accounts: Vec<RecordId>,
    /// Whether calendar and CRM hold enough to find one of `contacts`, so that finding none counts against a matcher.
    pub contact_resolvable: bool,
    /// Whether calendar and CRM hold enough to find one of `accounts`.
    pub account_resolvable: bool,
}

impl Truth {
    /// Whether calendar and CRM hold enough to find anything.
    pub fn resolvable(&self) -> bool {
        self.contact_resolvable || self.account_resolvable
    }
}
