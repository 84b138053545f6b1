//! Output: which of a meeting's values a destination gets, and under which names.

use acquaint_core::meeting::Meeting;
use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use super::call::{self, Call};
use super::node::{Body, Node};
use super::reader::Reader;
use super::rules::{Clause, Evaluation, Field, Fields, Scope, Subject, compile, evaluate};
use super::rules::{FieldType, compile_path, read, to_json};
use crate::registry::Transform;

/// The output of one meeting: names and where their values come from, in the manifest's order.
#[derive(Debug, Clone)]
pub(crate) struct Output(pub(super) Vec<(String, Mapping)>);

/// Where one value comes from.
#[derive(Debug, Clone)]
pub(super) enum Mapping {
    /// One value, perhaps exchanged by a table.
    Value { from: Field, values: Map<String, Value>, default: Value, call: Option<Call<dyn Transform>> },
    /// A list of maps.
    Each { of: Field, only: Option<Clause>, take: Vec<(String, Mapping)> },
}

impl Output {
    /// What is delivered if the manifest names no output.
    pub(super) fn standard(reader: &Reader, fields: &Fields<'_>) -> Self {
        const TEXT: &str = "\
title: title
starts_at: start
ends_at: end
account: main_account.name
people: { each: attendees, where: { external: true }, take: { email: email, name: name, account: account.name } }
";
        // The text is a constant that the tests read.
        super::node::parse(TEXT)
            .map_or_else(|_| Self(Vec::new()), |node| Self::compile(reader, fields, &node))
    }

    pub(super) fn compile(reader: &Reader, fields: &Fields<'_>, node: &Node) -> Self {
        Self(mappings(reader, fields, Scope::Meeting, node))
    }

    pub(super) fn mappings(&self) -> &[(String, Mapping)] {
        &self.0
    }

    /// The names under which values are delivered.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    /// The output for `meeting`. Missing values are `null`.
    pub(crate) fn map(&self, meeting: &Meeting, now: DateTime<Utc>, evaluation: &mut Evaluation) -> Value {
        Value::Object(apply(&self.0, Subject::Meeting(meeting), now, evaluation))
    }
}

/// What a list of the output says.
pub(super) const LIST: &[&str] = &["each", "where", "take"];
/// What a value of the output says, or else a list.
pub(super) const VALUE: &[&str] = &["from", "values", "default", "call"];

fn mappings(reader: &Reader, fields: &Fields<'_>, scope: Scope, node: &Node) -> Vec<(String, Mapping)> {
    reader
        .map(node, "output")
        .iter()
        .filter_map(|entry| {
            let mapping = mapping(reader, fields, scope, &entry.value)?;
            Some((entry.key.clone(), mapping))
        })
        .collect()
}

fn mapping(reader: &Reader, fields: &Fields<'_>, scope: Scope, node: &Node) -> Option<Mapping> {
    let Body::Map(entries) = &node.body else {
        let from = compile_path(reader, fields, scope, node)?;
        return Some(Mapping::Value { from, values: Map::new(), default: Value::Null, call: None });
    };
    if let Some(each) = entries.iter().find(|entry| entry.key == "each") {
        let of = compile_path(reader, fields, scope, &each.value)?;
        let inner = match of.kind() {
            FieldType::People => Scope::Attendee,
            FieldType::Entities => Scope::Account,
            _ => {
                reader.say(each.value.place, "`each` takes a list: attendees or accounts");
                return None;
            }
        };
        let (mut only, mut take) = (None, Vec::new());
        for entry in entries {
            match entry.key.as_str() {
                "each" => {}
                "where" => only = Some(compile(reader, fields, inner, &entry.value, "where")),
                "take" => take = mappings(reader, fields, inner, &entry.value),
                _ => reader.unknown(entry, "a list of the output", LIST),
            }
        }
        if take.is_empty() {
            reader.say(node.place, "a list needs `take`: which values of each element");
        }
        return Some(Mapping::Each { of, only, take });
    }
    let (mut from, mut values, mut default, mut call) = (None, Map::new(), Value::Null, None);
    for entry in entries {
        match entry.key.as_str() {
            "from" => from = compile_path(reader, fields, scope, &entry.value),
            "values" => {
                for line in reader.map(&entry.value, "`values`") {
                    if values.insert(line.key.to_lowercase(), line.value.to_json()).is_some() {
                        reader.say(
                            line.place,
                            format!("`{}` is given twice; case makes no difference", line.key),
                        );
                    }
                }
            }
            "default" => default = entry.value.to_json(),
            "call" => call = call::transform(reader, fields.registry.transforms(), &entry.value),
            _ => reader.unknown(entry, "a value of the output", &[VALUE, LIST].concat()),
        }
    }
    if from.is_none() && !entries.iter().any(|entry| entry.key == "from") {
        reader.say(node.place, "a value needs `from`: the path that it is read from");
    }
    Some(Mapping::Value { from: from?, values, default, call })
}

fn apply(
    mappings: &[(String, Mapping)],
    subject: Subject<'_>,
    now: DateTime<Utc>,
    evaluation: &mut Evaluation,
) -> Map<String, Value> {
    let mut content = Map::new();
    for (name, mapping) in mappings {
        let value = match mapping {
            Mapping::Value { from, values, default, call } => {
                let value = to_json(&read(from, subject));
                let value = match (&value, values.is_empty()) {
                    (Value::Null, _) => default.clone(),
                    (_, true) => value,
                    (Value::String(text), false) => {
                        values.get(&text.to_lowercase()).unwrap_or(default).clone()
                    }
                    (other, false) => values.get(&other.to_string()).unwrap_or(default).clone(),
                };
                match call {
                    Some(call) if !value.is_null() => call.callee.apply(&value, &call.settings),
                    _ => value,
                }
            }
            Mapping::Each { of, only, take } => {
                let mut list = Vec::new();
                for element in super::rules::elements(&read(of, subject)) {
                    let wanted =
                        only.as_ref().is_none_or(|clause| evaluate(clause, element, now, evaluation));
                    if wanted {
                        list.push(Value::Object(apply(take, element, now, evaluation)));
                    }
                }
                Value::Array(list)
            }
        };
        content.insert(name.clone(), value);
    }
    content
}
