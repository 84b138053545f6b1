//! `call`: what a product has registered, with settings.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use super::node::{Body, Node};
use super::problem::Problem;
use super::reader::Reader;
use crate::registry::{Predicate, Transform};

/// Something registered, with its settings.
#[derive(Debug)]
pub(crate) struct Call<T: ?Sized> {
    pub(crate) callee: Arc<T>,
    pub(crate) settings: Value,
}

impl<T: ?Sized> Clone for Call<T> {
    fn clone(&self) -> Self {
        Self { callee: Arc::clone(&self.callee), settings: self.settings.clone() }
    }
}

pub(super) fn predicate(
    reader: &Reader,
    known: &BTreeMap<String, Arc<dyn Predicate>>,
    node: &Node,
) -> Option<Call<dyn Predicate>> {
    let call = compile(reader, known, node, "predicate", |callee, settings| callee.check(settings))?;
    reader.calls(call.callee.name(), call.callee.version());
    Some(call)
}

pub(super) fn transform(
    reader: &Reader,
    known: &BTreeMap<String, Arc<dyn Transform>>,
    node: &Node,
) -> Option<Call<dyn Transform>> {
    let call = compile(reader, known, node, "transform", |callee, settings| callee.check(settings))?;
    reader.calls(call.callee.name(), call.callee.version());
    Some(call)
}

/// `NAME`, or `{ NAME: SETTINGS }`.
fn compile<T: ?Sized>(
    reader: &Reader,
    known: &BTreeMap<String, Arc<T>>,
    node: &Node,
    kind: &str,
    check: impl Fn(&T, &Value) -> Result<(), String>,
) -> Option<Call<T>> {
    let (name, place, settings) = match &node.body {
        Body::Text(name) => (name, node.place, None),
        Body::Map(entries) => match entries.as_slice() {
            [entry] => (&entry.key, entry.place, Some(&entry.value)),
            _ => {
                reader
                    .say(node.place, "`call` takes one name, or one name with its settings: { NAME: { … } }");
                return None;
            }
        },
        _ => {
            reader
                .say(node.place, format!("`call` takes a name or {{ NAME: {{ … }} }}, not {}", node.kind()));
            return None;
        }
    };
    let Some(callee) = known.get(name) else {
        let names: Vec<&str> = known.keys().map(String::as_str).collect();
        let list = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
        let message = format!("no {kind} `{name}` is registered; known are {list}");
        reader.note(Problem::new(place, message).closest(name, names));
        return None;
    };
    let value = settings.map(Node::to_json).unwrap_or_default();
    if let Err(why) = check(callee, &value) {
        reader.say(
            settings.map_or(place, |node| node.place),
            format!("`{name}` cannot use these settings: {why}"),
        );
        return None;
    }
    Some(Call { callee: Arc::clone(callee), settings: value })
}
