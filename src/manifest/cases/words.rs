//! Values that are one of some words.

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::manifest::node::Node;
use crate::manifest::problem::Problem;
use crate::manifest::reader::Reader;
use crate::manifest::rules::Field;

/// The value of a field that is always one of some words.
pub(super) fn word<T: DeserializeOwned>(
    reader: &Reader,
    field: &Field,
    node: &Node,
    what: &str,
) -> Option<T> {
    let text = reader.text(node, what)?;
    let words = field.words().unwrap_or_default();
    if words.contains(&text)
        && let Ok(value) = serde_json::from_value(Value::from(text))
    {
        return Some(value);
    }
    let message = format!("`{text}` is never the value; it is one of {}", words.join(", "));
    reader.note(Problem::new(node.place, message).closest(text, words.iter().copied()));
    None
}
