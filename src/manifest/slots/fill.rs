//! What a tenant has filled in, as nodes whose places lead back to it.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::Slot;
use crate::manifest::node::{Body, Entry, Node};
use crate::manifest::problem::{Place, Problem, Problems, SlotPlace};

/// A value that is longer than this, as JSON, is refused.
const MOST_BYTES: usize = 64 << 10;

/// So are values that are nested more deeply. With a manifest around it a value must not be deeper than one is read.
const MOST_DEEP: usize = 12;

/// No text has so many lines: whatever is said to be in a later one is in a tenant's value.
const BEYOND: u64 = 1 << 32;

/// What a tenant has filled into the slots of a manifest.
#[derive(Debug)]
pub(in crate::manifest) struct Filling {
    values: BTreeMap<String, Node>,
    /// What each line beyond the text stands for.
    places: Vec<SlotPlace>,
    /// Where each slot stands in the text.
    opened: BTreeMap<String, Place>,
}

impl Filling {
    /// # Errors
    /// Values that are too large.
    pub(super) fn of(root: &Node, slots: &[Slot], filled: &Map<String, Value>) -> Result<Self, Problems> {
        let opened = slots.iter().map(|slot| (slot.name.clone(), opened(root, &slot.name)));
        let mut filling = Self { values: BTreeMap::new(), places: Vec::new(), opened: opened.collect() };
        let mut problems = Vec::new();
        for (name, value) in filled {
            let too = if deep(value, MOST_DEEP) {
                Some("nested too deeply")
            } else if value.to_string().len() > MOST_BYTES {
                Some("larger than 64 KiB")
            } else {
                None
            };
            match too {
                Some(too) => {
                    let place = filling.opened.get(name).copied().unwrap_or(Place::START);
                    let mut problem = Problem::new(place, format!("what is filled in is {too}"));
                    problem.slot = Some(SlotPlace { name: name.clone(), path: String::new() });
                    problems.push(problem);
                }
                None => {
                    let node = filling.node(name, String::new(), value);
                    filling.values.insert(name.clone(), node);
                }
            }
        }
        if problems.is_empty() { Ok(filling) } else { Err(Problems { problems }) }
    }

    pub(super) fn values(&self) -> BTreeMap<&str, &Node> {
        self.values.iter().map(|(name, node)| (name.as_str(), node)).collect()
    }

    /// Says of each problem in which slot it is.
    pub(super) fn locate(&self, problems: Problems) -> Problems {
        let mut problems = problems.problems;
        for problem in &mut problems {
            let index = problem.place.line.checked_sub(BEYOND).and_then(|index| usize::try_from(index).ok());
            problem.slot = match index.and_then(|index| self.places.get(index)) {
                Some(place) => Some(place.clone()),
                // What a connector says of a source as a whole; if there is but one value it is that.
                None => match self.values.keys().collect::<Vec<_>>().as_slice() {
                    [only] => Some(SlotPlace { name: (*only).clone(), path: String::new() }),
                    _ => None,
                },
            };
            if let (Some(slot), Some(_)) = (&problem.slot, index) {
                problem.place = self.opened.get(&slot.name).copied().unwrap_or(Place::START);
            }
        }
        Problems { problems }
    }

    fn place(&mut self, name: &str, path: String) -> Place {
        let line = BEYOND + u64::try_from(self.places.len()).unwrap_or(0);
        self.places.push(SlotPlace { name: name.to_owned(), path });
        Place { line, column: 1 }
    }

    fn node(&mut self, name: &str, path: String, value: &Value) -> Node {
        let place = self.place(name, path.clone());
        let body = match value {
            Value::Null => Body::Null,
            Value::Bool(value) => Body::Bool(*value),
            Value::Number(value) => match value.as_i64() {
                Some(value) => Body::Int(value),
                None => Body::Float(value.as_f64().unwrap_or_default()),
            },
            Value::String(text) => Body::Text(text.clone()),
            Value::Array(items) => {
                let items = items.iter().enumerate();
                Body::List(items.map(|(at, item)| self.node(name, format!("{path}[{at}]"), item)).collect())
            }
            Value::Object(map) => {
                let mut entries = Vec::with_capacity(map.len());
                for (key, value) in map {
                    let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                    let place = self.place(name, path.clone());
                    let value = self.node(name, path, value);
                    entries.push(Entry { key: key.clone(), place, value });
                }
                Body::Map(entries)
            }
        };
        Node { place, body }
    }
}

/// Whether a value is nested more deeply.
fn deep(value: &Value, most: usize) -> bool {
    let Some(rest) = most.checked_sub(1) else { return true };
    match value {
        Value::Array(items) => items.iter().any(|item| deep(item, rest)),
        Value::Object(map) => map.values().any(|value| deep(value, rest)),
        _ => false,
    }
}

/// Where a slot stands first.
fn opened(root: &Node, name: &str) -> Place {
    fn find(node: &Node, name: &str) -> Option<Place> {
        match &node.body {
            Body::List(items) => items.iter().find_map(|item| find(item, name)),
            Body::Map(entries) => {
                let slot = |entry: &Entry| {
                    entry.key == "slot" && matches!(&entry.value.body, Body::Text(text) if text == name)
                };
                let own = entries.iter().find(|entry| slot(entry)).map(|entry| entry.value.place);
                own.or_else(|| entries.iter().find_map(|entry| find(&entry.value, name)))
            }
            _ => None,
        }
    }
    find(root, name).unwrap_or(root.place)
}

/// That a slot is not open.
pub(super) fn unopened<'s>(place: Place, name: &str, open: impl Iterator<Item = &'s str> + Clone) -> Problem {
    let list: Vec<String> = open.clone().map(|open| format!("`{open}`")).collect();
    let list = if list.is_empty() { "none".to_owned() } else { list.join(", ") };
    let message = format!("the manifest opens no slot `{name}`; open is {list}");
    let mut problem = Problem::new(place, message).closest(name, open);
    problem.slot = Some(SlotPlace { name: name.to_owned(), path: String::new() });
    problem
}

/// What a case fills in, by slot: its own nodes, with their places in its text.
pub(in crate::manifest) fn given<'n>(
    entries: &'n [Entry],
    slots: &[Slot],
) -> (BTreeMap<&'n str, &'n Node>, Vec<Problem>) {
    let (mut values, mut problems) = (BTreeMap::new(), Vec::new());
    for entry in entries {
        if !slots.iter().any(|slot| slot.name == entry.key) {
            let mut problem = unopened(entry.place, &entry.key, slots.iter().map(|slot| slot.name.as_str()));
            problem.slot = None;
            problems.push(problem);
        } else if !matches!(entry.value.body, Body::Null) {
            values.insert(entry.key.as_str(), &entry.value);
        }
    }
    (values, problems)
}
