//! Priority: what is added up for a meeting that is kept.

use chrono::{DateTime, Utc};

use super::node::{Body, Node};
use super::reader::Reader;
use super::rules::{Clause, Evaluation, Fields, Scope, Subject, Truth, compile, evaluate};

/// What is added if a rule holds.
#[derive(Debug, Clone)]
pub(crate) struct Addend {
    pub(super) when: Clause,
    pub(super) add: i64,
}

/// The largest number that one rule adds or takes away.
pub(super) const MOST: i64 = 1_000_000;

pub(super) const KEYS: &[&str] = &["when", "add"];

pub(super) fn compile_all(reader: &Reader, fields: &Fields<'_>, node: &Node) -> Vec<Addend> {
    let Body::List(items) = &node.body else {
        reader.say(
            node.place,
            format!("`priority` must be a list of {{ when: …, add: … }}, not {}", node.kind()),
        );
        return Vec::new();
    };
    let addend = |(at, item): (usize, &Node)| {
        let (mut when, mut add) = (None, None);
        for entry in reader.map(item, "an entry of `priority`") {
            match entry.key.as_str() {
                "when" => {
                    let name = format!("priority[{at}].when");
                    when = Some(compile(reader, fields, Scope::Meeting, &entry.value, &name));
                }
                "add" => add = number(reader, &entry.value),
                _ => reader.unknown(entry, "an entry of `priority`", KEYS),
            }
        }
        let has = |key: &str| matches!(&item.body, Body::Map(entries) if entries.iter().any(|entry| entry.key == key));
        for key in KEYS.iter().filter(|key| !has(key)) {
            reader
                .say(item.place, format!("an entry of `priority` needs `{key}`: {{ when: RULE, add: 10 }}"));
        }
        Some(Addend { when: when?, add: add? })
    };
    items.iter().enumerate().filter_map(addend).collect()
}

fn number(reader: &Reader, node: &Node) -> Option<i64> {
    match node.body {
        Body::Int(number) if (-MOST..=MOST).contains(&number) => Some(number),
        _ => {
            reader.say(node.place, format!("`add` is a whole number from -{MOST} to {MOST}"));
            None
        }
    }
}

/// What the rules that hold add up to. One of which that cannot be told adds nothing, and makes the output unknown.
pub(crate) fn sum(
    all: &[Addend],
    subject: Subject<'_>,
    now: DateTime<Utc>,
    evaluation: &mut Evaluation,
) -> i64 {
    let mut sum = 0_i64;
    for addend in all {
        let mut own = evaluation.beside();
        match evaluate(&addend.when, subject, now, &mut own) {
            Truth::Yes => sum = sum.saturating_add(addend.add),
            Truth::Unknown => evaluation.unknown_output = true,
            Truth::No => {}
        }
        evaluation.turns_with(&own);
    }
    sum
}
