//! Tests: what is asked of a field's value.

use std::time::Duration;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use regex::Regex;
use serde_json::Value;

use super::Clause;
use super::text::Folded;
use crate::manifest::call::Call;
use crate::registry::Predicate;

/// One test of one value. A test on a missing value fails, except [`Test::Exists`]`(false)` and what
/// [`Test::Not`] negates. Of an unknown value every test is unknown.
#[derive(Debug, Clone)]
pub(crate) enum Test {
    /// Equal to any of these. Text compares without regard to case.
    In(Vec<Constant>),
    Contains(Folded),
    StartsWith(Folded),
    EndsWith(Folded),
    Matches(Box<Regex>),
    Exists(bool),
    AtLeast(Bound),
    AtMost(Bound),
    Before(Instant),
    After(Instant),
    /// No further from now than this, on either side.
    Within(Duration),
    /// All of these.
    Every(Vec<Test>),
    /// What the product's own predicate says.
    Call(Call<dyn Predicate>),
    /// Not this.
    Not(Box<Test>),
    /// Of a list: it has so many elements.
    Count {
        least: usize,
        most: usize,
    },
    /// Of a list: some element fulfils the clause.
    SomeOf(Box<Clause>),
    /// Of a list: every element does; an empty list passes.
    EveryOf(Box<Clause>),
    /// Of a list: no element does; an empty list passes.
    NoneOf(Box<Clause>),
}

/// A value to be equal to.
#[derive(Debug, Clone)]
pub(crate) struct Constant {
    /// As the manifest writes it: text, a number or a flag.
    pub(crate) value: Value,
    /// Its text, or the text that it would be.
    pub(super) folded: Folded,
}

impl Constant {
    pub(super) fn new(value: Value) -> Self {
        let folded = value.as_str().map_or_else(|| Folded::new(&value.to_string()), Folded::new);
        Self { value, folded }
    }
}

/// The bound of a comparison.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Bound {
    Number(f64),
    Length(Duration),
}

impl Bound {
    pub(super) fn at_least(self, value: BoundValue) -> bool {
        match (self, value) {
            (Self::Number(bound), BoundValue::Number(value)) => value >= bound,
            (Self::Length(bound), BoundValue::Length(value)) => value >= bound,
            _ => false,
        }
    }

    pub(super) fn at_most(self, value: BoundValue) -> bool {
        match (self, value) {
            (Self::Number(bound), BoundValue::Number(value)) => value <= bound,
            (Self::Length(bound), BoundValue::Length(value)) => value <= bound,
            _ => false,
        }
    }
}

/// A value that has an order.
#[derive(Debug, Clone, Copy)]
pub(super) enum BoundValue {
    Number(f64),
    Length(Duration),
}

/// A point in time: fixed, or so far from now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Instant {
    At(DateTime<Utc>),
    /// Seconds from now; negative is past.
    FromNow(i64),
}

impl Instant {
    pub(crate) fn at(self, now: DateTime<Utc>) -> DateTime<Utc> {
        match self {
            Self::At(at) => at,
            Self::FromNow(seconds) => chrono::TimeDelta::try_seconds(seconds)
                .and_then(|delta| now.checked_add_signed(delta))
                .unwrap_or(now),
        }
    }

    /// Reads `2026-03-01`, `2026-03-01T09:00:00Z`, `now`, `now+30d` or `now-2h`.
    pub(in crate::manifest) fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if let Some(rest) = text.strip_prefix("now") {
            let rest = rest.trim();
            if rest.is_empty() {
                return Ok(Self::FromNow(0));
            }
            let (sign, span) = match rest.split_at_checked(1) {
                Some(("+", span)) => (1, span),
                Some(("-", span)) => (-1, span),
                _ => return Err(unreadable(text)),
            };
            let seconds = crate::manifest::span::parse(span)?.as_secs();
            return Ok(Self::FromNow(sign * i64::try_from(seconds).map_err(|_| unreadable(text))?));
        }
        if let Ok(at) = DateTime::parse_from_rfc3339(text) {
            return Ok(Self::At(at.to_utc()));
        }
        text.parse::<NaiveDate>()
            .map(|day| Self::At(day.and_time(NaiveTime::MIN).and_utc()))
            .map_err(|_| unreadable(text))
    }
}

fn unreadable(text: &str) -> String {
    format!("`{text}` is no point in time; write 2026-03-01, 2026-03-01T09:00:00Z, now, now+30d or now-2h")
}
