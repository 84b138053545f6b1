//! The shapes of which the schema is made.

use serde_json::{Map, Value, json};

/// A property: its schema and what editors say of it.
pub(super) type Property = (Value, &'static str);

/// A map with these keys and no others. Nothing at all counts as an empty map.
pub(super) fn closed(keys: &[&str], of: impl Fn(&str) -> Property) -> Value {
    let mut schema = open(keys, of, json!(false));
    schema["type"] = json!(["object", "null"]);
    schema
}

/// As [`closed`], where nothing at all is not enough.
pub(super) fn needed(keys: &[&str], required: &[&str], of: impl Fn(&str) -> Property) -> Value {
    let mut schema = open(keys, of, json!(false));
    schema["required"] = json!(required);
    schema
}

/// A map with these keys, and others as `rest` says.
pub(super) fn open(keys: &[&str], of: impl Fn(&str) -> Property, rest: Value) -> Value {
    let properties: Map<String, Value> =
        keys.iter().map(|key| ((*key).to_owned(), described(of(key)))).collect();
    let mut schema = json!({ "type": "object", "properties": properties });
    if rest != json!(true) {
        schema["additionalProperties"] = rest;
    }
    schema
}

/// A map from any name to the same.
pub(super) fn named(value: Value) -> Value {
    json!({ "type": ["object", "null"], "additionalProperties": value })
}

/// A list, or one of what would be in it.
pub(super) fn list(item: Value) -> Value {
    any([json!({ "type": "array", "items": item.clone() }), item, json!({ "type": "null" })])
}

pub(super) fn array(item: Value) -> Value {
    json!({ "type": "array", "items": item })
}

pub(super) fn any(of: impl IntoIterator<Item = Value>) -> Value {
    json!({ "anyOf": of.into_iter().collect::<Vec<_>>() })
}

pub(super) fn text() -> Value {
    json!({ "type": "string" })
}

pub(super) fn flag() -> Value {
    json!({ "type": "boolean" })
}

pub(super) fn refer(definition: &str) -> Value {
    json!({ "$ref": format!("#/$defs/{definition}") })
}

/// One of some words. Letters of either case count as the same; editors offer the small ones.
pub(super) fn words(words: &[&str]) -> Value {
    json!({ "type": "string", "anyOf": [{ "enum": words }, { "pattern": "[A-Z]" }] })
}

pub(super) fn described((mut schema, description): Property) -> Value {
    schema["description"] = json!(description);
    schema
}
