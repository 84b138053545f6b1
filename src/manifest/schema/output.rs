//! What is delivered of a meeting.

use serde_json::{Map, Value, json};

use super::shape::any;
use crate::manifest::describe::rules::noun;
use crate::manifest::output::{Mapping, Output};
use crate::manifest::rules::{Field, FieldType};

pub(super) fn schema(output: &Output) -> Value {
    object(output.mappings())
}

/// Every name is always there.
fn object(mappings: &[(String, Mapping)]) -> Value {
    let names: Vec<&str> = mappings.iter().map(|(name, _)| name.as_str()).collect();
    let properties: Map<String, Value> =
        mappings.iter().map(|(name, mapping)| (name.clone(), value(mapping))).collect();
    json!({ "type": "object", "properties": properties, "required": names, "additionalProperties": false })
}

fn value(mapping: &Mapping) -> Value {
    match mapping {
        Mapping::Each { take, .. } => json!({ "type": "array", "items": object(take) }),
        // What a product's own code makes of it is the product's to say.
        Mapping::Value { call: Some(_), .. } => json!({}),
        Mapping::Value { from, values, default, call: None } => {
            let mut schema = if values.is_empty() {
                let read = plain(from);
                if default.is_null() { read } else { any([read, json!({ "const": default })]) }
            } else {
                let mut all: Vec<&Value> = values.values().chain([default]).collect();
                all.dedup();
                json!({ "enum": all })
            };
            schema["description"] = json!(noun(from));
            schema
        }
    }
}

/// A value as it is read.
fn plain(from: &Field) -> Value {
    let record = || {
        json!({
            "type": ["object", "null"],
            "properties": { "source": { "type": "string" }, "id": { "type": "string" }, "name": { "type": ["string", "null"] } },
            "required": ["source", "id", "name"],
        })
    };
    match from.kind() {
        FieldType::Text => json!({ "type": ["string", "null"] }),
        FieldType::Flag => json!({ "type": "boolean" }),
        FieldType::Instant => json!({ "type": "string" }),
        // In seconds.
        FieldType::Duration => json!({ "type": "integer" }),
        FieldType::People => json!({ "type": "array", "items": { "type": "string" } }),
        FieldType::Entities => json!({ "type": "array", "items": record() }),
        FieldType::Entity => record(),
        FieldType::Open if *from == Field::Priority => json!({ "type": "integer" }),
        FieldType::Open => json!({}),
    }
}
