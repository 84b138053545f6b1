//! From nodes to typed rules.

use regex::RegexBuilder;

use super::field::{Field, FieldType, Fields, compile_field};
use super::test::{Bound, Constant, Instant, Test};
use super::text::Folded;
use super::{Clause, Predicate};
use crate::manifest::call;
use crate::manifest::node::{Body, Node};
use crate::manifest::problem::Problem;
use crate::manifest::reader::Reader;
use crate::manifest::span;

/// What a predicate is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::manifest) enum Scope {
    Meeting,
    Attendee,
    Account,
    Deal,
    /// An account that gathers meetings.
    AccountItem,
    /// A contact that does.
    ContactItem,
}

/// Compiles a predicate: `all`, `any`, `not`, or a map from path to test, all of which must hold.
pub(in crate::manifest) fn compile(
    reader: &Reader,
    fields: &Fields<'_>,
    scope: Scope,
    node: &Node,
    name: &str,
) -> Clause {
    let mut clauses = Vec::new();
    for entry in reader.map(node, "a rule") {
        let inner = format!("{name}.{}", entry.key);
        let predicate = match entry.key.as_str() {
            "all" => Some(Predicate::All(several(reader, fields, scope, &entry.value, &inner))),
            "any" => Some(Predicate::Any(several(reader, fields, scope, &entry.value, &inner))),
            "not" => Some(Predicate::Not(Box::new(compile(reader, fields, scope, &entry.value, &inner)))),
            path => compile_field(reader, fields, scope, path, entry.place).and_then(|field| {
                let test = compile_test(reader, fields, &field, &entry.value, &inner)?;
                Some(Predicate::Field(field, test))
            }),
        };
        if let Some(predicate) = predicate {
            clauses.push(Clause { name: inner.into(), predicate });
        }
    }
    if clauses.len() == 1 {
        return clauses.remove(0);
    }
    if matches!(&node.body, Body::Null) || matches!(&node.body, Body::Map(entries) if entries.is_empty()) {
        reader.say(node.place, format!("`{name}` is empty: write what must hold, or leave it out"));
    }
    Clause { name: name.into(), predicate: Predicate::All(clauses) }
}

fn several(reader: &Reader, fields: &Fields<'_>, scope: Scope, node: &Node, name: &str) -> Vec<Clause> {
    let Body::List(items) = &node.body else {
        reader.say(node.place, format!("`{name}` must be a list of rules, not {}", node.kind()));
        return Vec::new();
    };
    items
        .iter()
        .enumerate()
        .map(|(index, item)| compile(reader, fields, scope, item, &format!("{name}[{index}]")))
        .collect()
}

/// The tests.
const TESTS: &[&str] = &[
    "is",
    "in",
    "contains",
    "starts_with",
    "ends_with",
    "matches",
    "exists",
    "at_least",
    "at_most",
    "before",
    "after",
    "within",
    "call",
    "not",
    "some",
    "every",
    "none",
    "count",
];

/// So many of them, the last ones, are about the elements of a list.
const OF_LISTS: usize = 4;

/// The tests that make sense for a type.
pub(in crate::manifest) fn allowed(kind: FieldType) -> &'static [&'static str] {
    match kind {
        FieldType::Text => {
            &["is", "in", "contains", "starts_with", "ends_with", "matches", "exists", "call", "not"]
        }
        FieldType::Flag => &["is", "exists", "call", "not"],
        FieldType::Instant => &["before", "after", "within", "call", "not"],
        FieldType::OptionalInstant => &["exists", "before", "after", "within", "call", "not"],
        FieldType::Duration => &["is", "at_least", "at_most", "call", "not"],
        FieldType::Number => &["is", "in", "exists", "at_least", "at_most", "call", "not"],
        FieldType::People | FieldType::Entities | FieldType::Deals => {
            &["exists", "some", "every", "none", "count", "call", "not"]
        }
        FieldType::Meetings => &[],
        FieldType::Entity => &["exists", "call", "not"],
        FieldType::Open => &TESTS[..TESTS.len() - OF_LISTS],
    }
}

fn compile_test(
    reader: &Reader,
    fields: &Fields<'_>,
    field: &Field,
    node: &Node,
    name: &str,
) -> Option<Test> {
    let kind = field.kind();
    if kind == FieldType::Meetings {
        reader.say(
            node.place,
            "`meetings` holds those around now alone: ask for meeting_count, or for first., last. or next.",
        );
        return None;
    }
    let Body::Map(entries) = &node.body else {
        return is(reader, field, node);
    };
    if entries.is_empty() {
        reader.say(node.place, format!("`{name}` is empty: write a test, such as {{ exists: true }}"));
    }
    let mut tests = Vec::new();
    for entry in entries {
        let word = entry.key.as_str();
        if !TESTS.contains(&word) {
            reader.unknown(entry, "a test", TESTS);
            continue;
        }
        if !allowed(kind).contains(&word) {
            reader.note(Problem::new(
                entry.place,
                format!("`{word}` cannot be asked of this field; it takes {}", allowed(kind).join(", ")),
            ));
            continue;
        }
        let value = &entry.value;
        let inner = format!("{name}.{word}");
        let test = match word {
            "is" => is(reader, field, value),
            "in" => within_list(reader, field, value),
            "contains" => folded(reader, value, "`contains`").map(Test::Contains),
            "starts_with" => folded(reader, value, "`starts_with`").map(Test::StartsWith),
            "ends_with" => folded(reader, value, "`ends_with`").map(Test::EndsWith),
            "matches" => pattern(reader, value),
            "exists" => reader.flag(value, "`exists`").map(Test::Exists),
            "at_least" => bound(reader, kind, value).map(Test::AtLeast),
            "at_most" => bound(reader, kind, value).map(Test::AtMost),
            "before" => instant(reader, value).map(Test::Before),
            "after" => instant(reader, value).map(Test::After),
            "within" => reader.duration(value, "`within`").map(Test::Within),
            "call" => call::predicate(reader, fields.registry.predicates(), value).map(Test::Call),
            "not" => compile_test(reader, fields, field, value, &inner).map(|test| Test::Not(Box::new(test))),
            "count" => count(reader, value),
            _ => {
                let scope = kind.element().unwrap_or(Scope::Account);
                let clause = Box::new(compile(reader, fields, scope, value, &inner));
                Some(match word {
                    "some" => Test::SomeOf(clause),
                    "every" => Test::EveryOf(clause),
                    _ => Test::NoneOf(clause),
                })
            }
        };
        tests.extend(test);
    }
    if tests.len() == 1 { tests.pop() } else { Some(Test::Every(tests)) }
}

/// A scalar: equality of the field's own type.
fn is(reader: &Reader, field: &Field, node: &Node) -> Option<Test> {
    let fits = match (field.kind(), &node.body) {
        (FieldType::Text, Body::Text(_)) | (FieldType::Flag, Body::Bool(_)) => true,
        (FieldType::Open, Body::Text(_) | Body::Bool(_) | Body::Int(_) | Body::Float(_)) => true,
        (FieldType::Number, Body::Int(_) | Body::Float(_)) => true,
        (FieldType::Duration, Body::Text(text)) => {
            return match span::parse(text) {
                Ok(length) => {
                    let bound = Bound::Length(length);
                    Some(Test::Every(vec![Test::AtLeast(bound), Test::AtMost(bound)]))
                }
                Err(message) => {
                    reader.say(node.place, message);
                    None
                }
            };
        }
        _ => false,
    };
    if !fits {
        let expected = match field.kind() {
            FieldType::Text | FieldType::Open => "text",
            FieldType::Flag => "true or false",
            FieldType::Duration => "a duration such as 10m",
            FieldType::Number => "a number",
            _ => "a test such as { exists: true }",
        };
        reader.say(node.place, format!("expected {expected}, not {}", node.kind()));
        return None;
    }
    if let (Some(words), Body::Text(text)) = (field.words(), &node.body)
        && !words.contains(&text.to_lowercase().as_str())
    {
        reader.note(
            Problem::new(
                node.place,
                format!("`{text}` is never the value; it is one of {}", words.join(", ")),
            )
            .closest(text, words.iter().copied()),
        );
        return None;
    }
    Some(Test::In(vec![Constant::new(node.to_json())]))
}

fn within_list(reader: &Reader, field: &Field, node: &Node) -> Option<Test> {
    let Body::List(items) = &node.body else {
        reader.say(node.place, format!("`in` must be a list, not {}", node.kind()));
        return None;
    };
    let tests = items.iter().filter_map(|item| is(reader, field, item));
    let values = tests.flat_map(|test| if let Test::In(values) = test { values } else { Vec::new() });
    Some(Test::In(values.collect()))
}

fn folded(reader: &Reader, node: &Node, what: &str) -> Option<Folded> {
    reader.text(node, what).map(Folded::new)
}

fn pattern(reader: &Reader, node: &Node) -> Option<Test> {
    let text = reader.text(node, "`matches`")?;
    match RegexBuilder::new(text).size_limit(1 << 20).nest_limit(50).build() {
        Ok(regex) => Some(Test::Matches(Box::new(regex))),
        Err(error) => {
            let reason = error.to_string();
            let reason = reason.lines().last().unwrap_or("it is too large").trim().to_owned();
            reader.say(node.place, format!("this is no regular expression: {reason}"));
            None
        }
    }
}

/// A number of elements, or `at_least` and `at_most`.
/// The bounds of a number of elements.
pub(in crate::manifest) const COUNT: &[&str] = &["at_least", "at_most"];

fn count(reader: &Reader, node: &Node) -> Option<Test> {
    let number = |node: &Node| match node.body {
        Body::Int(number) => usize::try_from(number).ok(),
        _ => None,
    };
    let wrong = |place| {
        reader.say(place, "`count` takes a whole number of 0 or more, or { at_least: 2, at_most: 20 }");
    };
    let (mut least, mut most) = (0, usize::MAX);
    let Body::Map(entries) = &node.body else {
        let Some(exactly) = number(node) else {
            wrong(node.place);
            return None;
        };
        return Some(Test::Count { least: exactly, most: exactly });
    };
    if entries.is_empty() {
        wrong(node.place);
    }
    for entry in entries {
        let side = match entry.key.as_str() {
            "at_least" => &mut least,
            "at_most" => &mut most,
            _ => {
                reader.unknown(entry, "`count`", COUNT);
                continue;
            }
        };
        match number(&entry.value) {
            Some(number) => *side = number,
            None => wrong(entry.value.place),
        }
    }
    if least > most {
        reader.say(node.place, format!("no list has at least {least} and at most {most} elements"));
    }
    Some(Test::Count { least, most })
}

fn bound(reader: &Reader, kind: FieldType, node: &Node) -> Option<Bound> {
    #[expect(clippy::cast_precision_loss, reason = "bounds in a manifest are small numbers")]
    match (&node.body, kind) {
        (Body::Int(value), FieldType::Open | FieldType::Number) => Some(Bound::Number(*value as f64)),
        (Body::Float(value), FieldType::Open | FieldType::Number) => Some(Bound::Number(*value)),
        (Body::Text(_), FieldType::Duration) => reader.duration(node, "the bound").map(Bound::Length),
        _ => {
            let expected = if kind == FieldType::Duration { "a duration such as 10m" } else { "a number" };
            reader.say(node.place, format!("expected {expected}, not {}", node.kind()));
            None
        }
    }
}

fn instant(reader: &Reader, node: &Node) -> Option<Instant> {
    let text = reader.text(node, "a point in time")?;
    Instant::parse(text).map_err(|message| reader.say(node.place, message)).ok()
}
