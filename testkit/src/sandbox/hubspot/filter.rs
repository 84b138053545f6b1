//! The filters of a search: what each operator says of one record.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;
use serde_json::Value;

use super::definitions::ValueType;
use super::kinds::Kind;
use super::params;
use super::portal::Portal;
use super::record::{Record, Version};
use super::reply::Reply;

/// A filter as it was sent.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RawFilter {
    property_name: String,
    operator: String,
    value: Option<Value>,
    high_value: Option<Value>,
    values: Option<Vec<Value>>,
}

/// A value that can be compared with others of its property.
#[derive(Debug, Clone, PartialEq, PartialOrd)]
pub(super) enum Key {
    Number(f64),
    Time(i64),
    Text(String),
}

#[derive(Debug)]
enum Test {
    Equal(Key),
    NotEqual(Key),
    Less(Key),
    LessOrEqual(Key),
    Greater(Key),
    GreaterOrEqual(Key),
    Between(Key, Key),
    In(Vec<String>),
    NotIn(Vec<String>),
    Has,
    HasNot,
    Token(String),
    NoToken(String),
}

/// A checked filter.
#[derive(Debug)]
pub(super) struct Filter {
    property: String,
    value_type: ValueType,
    /// Whether the type has the property (still): a name that it does not have is absent in every record.
    known: bool,
    test: Test,
    /// For the pseudo-property `associations.{type}`.
    associated: Option<Kind>,
}

impl Filter {
    pub(super) fn check(portal: &Portal, kind: &Kind, raw: &RawFilter) -> Result<Self, Reply> {
        let name = raw.property_name.as_str();
        let associated = name.strip_prefix("associations.").and_then(|text| portal.kind(text));
        // A name that the type does not have matches nothing, and is no error.
        let value_type = portal.definitions.value_type(kind, name);
        let (known, value_type) = (value_type.is_some(), value_type.unwrap_or(ValueType::Text));
        let value_type = if associated.is_some() { ValueType::Number } else { value_type };
        let lacks =
            |what: &str| Reply::invalid(format!("operator {} of {name} needs a {what}", raw.operator));
        let text = |value: &Option<Value>, what: &str| {
            value.as_ref().and_then(params::text).filter(|text| !text.is_empty()).ok_or_else(|| lacks(what))
        };
        let parse = |text: String| {
            let parsed = key(value_type, &text);
            if value_type == ValueType::DateTime && parsed == Some(Key::Time(0)) {
                // Known to break HubSpot's search.
                return Err(Reply::error(500, "INTERNAL_ERROR", "internal error"));
            }
            parsed.ok_or_else(|| Reply::invalid(format!("{text} is no value of {name}")))
        };
        let one = || text(&raw.value, "value").and_then(parse);
        let many = || -> Result<Vec<String>, Reply> {
            let values: Option<Vec<String>> = raw.values.iter().flatten().map(params::text).collect();
            values.filter(|values| !values.is_empty()).ok_or_else(|| lacks("list of values"))
        };
        let test = match raw.operator.as_str() {
            "EQ" => Test::Equal(one()?),
            "NEQ" => Test::NotEqual(one()?),
            "LT" => Test::Less(one()?),
            "LTE" => Test::LessOrEqual(one()?),
            "GT" => Test::Greater(one()?),
            "GTE" => Test::GreaterOrEqual(one()?),
            "BETWEEN" => Test::Between(one()?, parse(text(&raw.high_value, "highValue")?)?),
            "IN" => Test::In(many()?),
            "NOT_IN" => Test::NotIn(many()?),
            "HAS_PROPERTY" => Test::Has,
            "NOT_HAS_PROPERTY" => Test::HasNot,
            "CONTAINS_TOKEN" => Test::Token(text(&raw.value, "value")?.to_lowercase()),
            "NOT_CONTAINS_TOKEN" => Test::NoToken(text(&raw.value, "value")?.to_lowercase()),
            other => return Err(Reply::invalid(format!("{other} is no operator of a search"))),
        };
        Ok(Self { property: name.to_owned(), value_type, known, test, associated })
    }

    /// Whether a record passes, as search sees it. An absent value passes `NOT_HAS_PROPERTY` alone.
    pub(super) fn passes(&self, portal: &Portal, kind: &Kind, record: &Record, seen: &Version) -> bool {
        if let Some(to) = &self.associated {
            let from = (kind.clone(), record.id);
            let targets: BTreeSet<u64> = portal.linked(&from, to).map(|(id, _)| id).collect();
            return match &self.test {
                Test::HasNot => targets.is_empty(),
                Test::Has => !targets.is_empty(),
                test => targets.iter().any(|id| self.holds(test, &id.to_string(), None)),
            };
        }
        let value = seen.properties.get(&self.property).map(String::as_str).filter(|_| self.known);
        match (&self.test, value) {
            (Test::HasNot, value) => value.is_none(),
            (_, None) => false,
            (Test::Has, Some(_)) => true,
            (test, Some(value)) => self.holds(test, value, known_key(kind, &self.property, record, seen)),
        }
    }

    fn holds(&self, test: &Test, value: &str, known: Option<Key>) -> bool {
        let own = || known.clone().or_else(|| key(self.value_type, value));
        let compare = |bound: &Key, holds: fn(std::cmp::Ordering) -> bool| {
            own().and_then(|own| own.partial_cmp(bound)).is_some_and(holds)
        };
        match test {
            Test::Equal(bound) => compare(bound, std::cmp::Ordering::is_eq),
            Test::NotEqual(bound) => compare(bound, std::cmp::Ordering::is_ne),
            Test::Less(bound) => compare(bound, std::cmp::Ordering::is_lt),
            Test::LessOrEqual(bound) => compare(bound, std::cmp::Ordering::is_le),
            Test::Greater(bound) => compare(bound, std::cmp::Ordering::is_gt),
            Test::GreaterOrEqual(bound) => compare(bound, std::cmp::Ordering::is_ge),
            Test::Between(low, high) => {
                compare(low, std::cmp::Ordering::is_ge) && compare(high, std::cmp::Ordering::is_le)
            }
            Test::In(values) => self.is_in(value, values),
            Test::NotIn(values) => !self.is_in(value, values),
            Test::Token(token) => has_token(value, token),
            Test::NoToken(token) => !has_token(value, token),
            Test::Has => true,
            Test::HasNot => false,
        }
    }

    /// Text is compared with lower-case values alone, enumerations as they are, the rest by value.
    fn is_in(&self, value: &str, values: &[String]) -> bool {
        match self.value_type {
            ValueType::Text | ValueType::Phone | ValueType::Json | ValueType::Coordinates => {
                values.contains(&value.to_lowercase())
            }
            ValueType::Enumeration | ValueType::Bool => values.iter().any(|other| other == value),
            other => {
                let own = key(other, value);
                own.is_some() && values.iter().any(|value| key(other, value) == own)
            }
        }
    }
}

/// The value of the properties that every incremental read asks about, without parsing them again.
pub(super) fn known_key(kind: &Kind, name: &str, record: &Record, seen: &Version) -> Option<Key> {
    if name == kind.modified() {
        return Some(Key::Time(seen.updated.timestamp_millis()));
    }
    #[expect(clippy::cast_precision_loss, reason = "record ids are far below 2^53")]
    let id = || Key::Number(record.id as f64);
    (name == "hs_object_id").then(id)
}

/// The comparable value of a text; `None` if it is none of that type.
pub(super) fn key(value_type: ValueType, text: &str) -> Option<Key> {
    match value_type {
        ValueType::Number => {
            text.trim().parse().ok().filter(|number: &f64| !number.is_nan()).map(Key::Number)
        }
        ValueType::Date | ValueType::DateTime => instant(text.trim()).map(Key::Time),
        ValueType::Enumeration | ValueType::Bool => Some(Key::Text(text.to_owned())),
        ValueType::Text | ValueType::Phone | ValueType::Json | ValueType::Coordinates => {
            Some(Key::Text(text.to_lowercase()))
        }
    }
}

/// Milliseconds since 1970, from such a number, an ISO 8601 instant or a date.
fn instant(text: &str) -> Option<i64> {
    if let Ok(millis) = text.parse() {
        return Some(millis);
    }
    if let Ok(at) = text.parse::<DateTime<Utc>>() {
        return Some(at.timestamp_millis());
    }
    let day: NaiveDate = text.parse().ok()?;
    Some(day.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_millis())
}

/// Whether a value has a word, or is as a whole, like `token`, in which `*` stands for anything.
fn has_token(value: &str, token: &str) -> bool {
    let value = value.to_lowercase();
    like(&value, token)
        || value.split(|c: char| !c.is_alphanumeric()).any(|word| !word.is_empty() && like(word, token))
}

fn like(text: &str, pattern: &str) -> bool {
    match pattern.split_once('*') {
        None => text == pattern,
        Some((head, rest)) => text.strip_prefix(head).is_some_and(|tail| {
            let ends = tail.char_indices().map(|(at, _)| at).chain([tail.len()]);
            ends.into_iter().any(|at| like(&tail[at..], rest))
        }),
    }
}
