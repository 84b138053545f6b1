//! What may be filled into a slot, as a JSON Schema.

use serde_json::{Map, Value, json};

use super::SlotKind;
use crate::manifest::{source, span};

pub(super) fn of(kind: SlotKind, default: Option<&Value>) -> Value {
    let duration = || json!({ "type": "string", "pattern": span::PATTERN });
    let closed = |keys: &[&str], of: &dyn Fn(&str) -> Value| {
        let keys: Map<String, Value> = keys.iter().map(|key| ((*key).to_owned(), of(key))).collect();
        json!({ "type": "object", "properties": keys, "additionalProperties": false })
    };
    let theirs = || json!({ "type": "string" });
    match kind {
        SlotKind::Domains => json!({
            "anyOf": [{ "type": "array", "items": { "type": "string" } }, { "const": "from_users" }]
        }),
        SlotKind::Window => closed(source::WINDOW, &|_| duration()),
        SlotKind::Sync => closed(source::SYNC, &|key| match key {
            "push" => json!({ "type": "boolean" }),
            _ => duration(),
        }),
        SlotKind::Duration => duration(),
        SlotKind::Flag => json!({ "type": "boolean" }),
        SlotKind::Fields => {
            let ours: Vec<&str> = match default {
                Some(Value::Object(map)) => map.keys().map(String::as_str).collect(),
                _ => Vec::new(),
            };
            closed(&ours, &|_| theirs())
        }
        SlotKind::Field => theirs(),
        SlotKind::Setting => json!({}),
    }
}
