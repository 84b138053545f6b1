//! A manifest's text as a tree in which everything knows its line and column.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use serde_saphyr::Spanned;

use super::problem::{Place, Problem};

/// A value with its place.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) place: Place,
    pub(super) body: Body,
}

/// What stands there.
#[derive(Debug, Clone)]
pub(super) enum Body {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// One line of a map.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) place: Place,
    pub(super) value: Node,
}

/// Reads YAML 1.2 text, bounded in size, depth and aliases.
pub(super) fn parse(text: &str) -> Result<Node, Problem> {
    let mut budget = serde_saphyr::Budget::default();
    budget.max_events = 50_000;
    budget.max_nodes = 20_000;
    // Twice what rules come to; reading and compiling recurse, on stacks that may be small.
    budget.max_depth = 24;
    budget.max_aliases = 64;
    budget.max_anchors = 64;
    let mut options = serde_saphyr::Options::default();
    options.budget = Some(budget);
    // `no` is Norway, not false.
    options.strict_booleans = true;
    if text.len() > MAX_BYTES {
        return Err(Problem::new(Place::START, "the manifest is larger than 256 KiB"));
    }
    serde_saphyr::from_str_with_options::<Spanned<Raw>>(text, options).map(Node::from).map_err(|error| {
        let place = error.location().map_or(Place::START, Place::from);
        let message = error.without_snippet().to_string();
        Problem::new(place, in_our_words(&message))
    })
}

/// The library's places are known already, and its advice is for those who call it.
fn in_our_words(message: &str) -> String {
    let message = message.lines().next().unwrap_or_default();
    if message.starts_with("budget breached") {
        return "the manifest is nested too deeply, or too large with its aliases written out".to_owned();
    }
    if message.starts_with("multiple YAML documents") {
        return "a manifest is one YAML document, and another one begins here".to_owned();
    }
    let end = [", set ", " at line "].iter().filter_map(|tail| message.find(tail)).min();
    message[..end.unwrap_or(message.len())].to_owned()
}

const MAX_BYTES: usize = 256 << 10;

impl Node {
    /// What kind of value it is, for errors.
    pub(super) fn kind(&self) -> &'static str {
        match self.body {
            Body::Null => "nothing",
            Body::Bool(_) => "true or false",
            Body::Int(_) | Body::Float(_) => "a number",
            Body::Text(_) => "text",
            Body::List(_) => "a list",
            Body::Map(_) => "a map",
        }
    }

    /// The value as JSON, places dropped.
    pub(super) fn to_json(&self) -> Value {
        match &self.body {
            Body::Null => Value::Null,
            Body::Bool(value) => Value::from(*value),
            Body::Int(value) => Value::from(*value),
            Body::Float(value) => Value::from(*value),
            Body::Text(value) => Value::from(value.as_str()),
            Body::List(items) => items.iter().map(Self::to_json).collect(),
            Body::Map(entries) => {
                entries.iter().map(|entry| (entry.key.clone(), entry.value.to_json())).collect()
            }
        }
    }
}

/// The form in which serde delivers the tree.
struct Raw(RawBody);

enum RawBody {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
    List(Vec<Spanned<Raw>>),
    Map(Vec<(Spanned<String>, Spanned<Raw>)>),
}

impl From<Spanned<Raw>> for Node {
    fn from(spanned: Spanned<Raw>) -> Self {
        let body = match spanned.value.0 {
            RawBody::Null => Body::Null,
            RawBody::Bool(value) => Body::Bool(value),
            RawBody::Int(value) => Body::Int(value),
            RawBody::Float(value) => Body::Float(value),
            RawBody::Text(value) => Body::Text(value),
            RawBody::List(items) => Body::List(items.into_iter().map(Self::from).collect()),
            RawBody::Map(entries) => Body::Map(
                entries
                    .into_iter()
                    .map(|(key, value)| Entry {
                        place: Place::from(key.referenced),
                        key: key.value,
                        value: Self::from(value),
                    })
                    .collect(),
            ),
        };
        Self { place: Place::from(spanned.referenced), body }
    }
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Raw, E> {
        Ok(Raw(RawBody::Null))
    }

    fn visit_none<E>(self) -> Result<Raw, E> {
        Ok(Raw(RawBody::Null))
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Raw, D::Error> {
        Raw::deserialize(deserializer)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Raw, E> {
        Ok(Raw(RawBody::Bool(value)))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Raw, E> {
        Ok(Raw(RawBody::Int(value)))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Raw, E> {
        i64::try_from(value)
            .map(|value| Raw(RawBody::Int(value)))
            .map_err(|_| E::custom("this number is too large"))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Raw, E> {
        Ok(Raw(RawBody::Float(value)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Raw, E> {
        Ok(Raw(RawBody::Text(value.to_owned())))
    }

    fn visit_string<E>(self, value: String) -> Result<Raw, E> {
        Ok(Raw(RawBody::Text(value)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Raw, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Raw(RawBody::List(list)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Raw, A::Error> {
        let mut map = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            map.push(entry);
        }
        Ok(Raw(RawBody::Map(map)))
    }
}
