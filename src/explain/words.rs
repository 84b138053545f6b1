//! Small things in words.

use acquaint_core::view::EventTime;
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;

/// A serde name in words: `free_mail` as `free mail`, with what it carries behind.
pub(super) fn word(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(word)) => word.replace('_', " "),
        Ok(Value::Object(map)) => map
            .iter()
            .map(|(name, value)| match value {
                Value::String(text) => format!("{}: {text}", name.replace('_', " ")),
                other => format!("{}: {other}", name.replace('_', " ")),
            })
            .collect::<Vec<_>>()
            .join(", "),
        Ok(other) => other.to_string(),
        Err(_) => String::new(),
    }
}

/// To the minute.
pub(super) fn time(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M UTC").to_string()
}

/// When something begins: a day, or to the minute.
pub(super) fn begins(at: EventTime) -> String {
    match at {
        EventTime::At(at) => time(at),
        other => other.to_string(),
    }
}

/// `a, b and c`.
pub(super) fn list(items: &[impl AsRef<str>]) -> String {
    match items {
        [] => "nobody".to_owned(),
        [one] => one.as_ref().to_owned(),
        [most @ .., last] => {
            let most: Vec<&str> = most.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", most.join(", "), last.as_ref())
        }
    }
}

/// `1 meeting`, `2 meetings`.
pub(super) fn count(number: usize, one: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {one}s") }
}
