//! Values as YAML: in blocks as far as somebody wants to read them, in one line below.

use serde_json::Value;

/// A map, in the order in which it was made.
pub(super) type Lines = Vec<(&'static str, Value)>;

/// Writes a map below a list's dash.
pub(super) fn all(out: &mut String, depth: usize, lines: &Lines) {
    let lines: Vec<_> = lines.iter().map(|(key, value)| (*key, value)).collect();
    block(out, depth, &lines);
}

/// So deep are maps written in blocks.
const DEEPEST: usize = 2;

fn block(out: &mut String, depth: usize, lines: &[(&str, &Value)]) {
    for (key, value) in lines {
        out.push_str(&"  ".repeat(depth));
        out.push_str(&name(key));
        out.push(':');
        match value {
            Value::Array(items) if items.iter().any(Value::is_object) => {
                out.push('\n');
                for item in items {
                    out.push_str(&"  ".repeat(depth + 1));
                    out.push_str("- ");
                    flow(out, item);
                    out.push('\n');
                }
            }
            Value::Object(map) if depth <= DEEPEST && !map.is_empty() => {
                out.push('\n');
                let lines: Vec<_> = map.iter().map(|(key, value)| (key.as_str(), value)).collect();
                block(out, depth + 1, &lines);
            }
            value => {
                out.push(' ');
                flow(out, value);
                out.push('\n');
            }
        }
    }
}

/// A key, quoted if it must be.
fn name(key: &str) -> String {
    let plain = |c: char| c.is_ascii_lowercase() || c == '_';
    if !key.is_empty() && key.chars().all(plain) && !["null", "true", "false"].contains(&key) {
        return key.to_owned();
    }
    Value::from(key).to_string()
}

/// Text is quoted as in JSON, which YAML reads too.
fn flow(out: &mut String, value: &Value) {
    match value {
        Value::Array(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                out.push_str(if at > 0 { ", " } else { "" });
                flow(out, item);
            }
            out.push(']');
        }
        Value::Object(map) => {
            out.push_str("{ ");
            for (at, (key, value)) in map.iter().enumerate() {
                out.push_str(if at > 0 { ", " } else { "" });
                out.push_str(&name(key));
                out.push_str(": ");
                flow(out, value);
            }
            out.push_str(" }");
        }
        other => out.push_str(&other.to_string()),
    }
}
