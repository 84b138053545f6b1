//! What a manifest may hold, as a JSON Schema: for editors, and for tools that know no manifests.
//!
//! It is made of the tables that the compiler reads, so the two cannot say different things. What only a registry or
//! other parts of the same manifest can tell (connectors and their settings, mapped fields, what may be called) is left
//! open.

mod cases;
mod rules;
mod sections;
mod shape;

use serde_json::{Value, json};

use super::Manifest;
use super::section::SECTIONS;
use shape::{needed, refer};

impl Manifest {
    /// What any manifest may hold, as a JSON Schema (draft 2020-12) with descriptions: what editors complete and check
    /// with. Whatever has no problem is valid under it. Not the other way round: it leaves open what connectors take and
    /// which fields are mapped, and knows nothing of cases that come out otherwise.
    ///
    /// ```
    /// let schema = acquaint::Manifest::schema();
    /// assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    /// assert!(schema["properties"]["keep"]["description"].is_string());
    /// ```
    pub fn schema() -> Value {
        let mut root = needed(SECTIONS, &["acquaint", "name", "sources"], sections::section);
        root["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
        root["title"] = json!("A manifest of acquaint");
        root["$defs"] = rules::definitions();
        root
    }

    /// What cases that stand beside a manifest may hold, as a JSON Schema: see [`Manifest::check_cases`].
    pub fn cases_schema() -> Value {
        let mut root = needed(&["cases"], &["cases"], sections::section);
        root["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
        root["title"] = json!("Cases of acquaint");
        root["$defs"] = json!({ "duration": rules::duration(), "instant": rules::instant() });
        root
    }
}

/// A reference to a definition, with a description of its own.
fn referring(definition: &str, description: &str) -> Value {
    let mut schema = refer(definition);
    schema["description"] = json!(description);
    schema
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::Manifest;

    /// The properties without a description, by path.
    fn bare(path: &str, schema: &Value, found: &mut Vec<String>) {
        if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
            for (name, property) in properties {
                let described = property.get("description").and_then(Value::as_str);
                if described.is_none_or(str::is_empty) && property.get("const").is_none() {
                    found.push(format!("{path}.{name}"));
                }
            }
        }
        match schema {
            Value::Object(map) => {
                map.iter().for_each(|(key, value)| bare(&format!("{path}.{key}"), value, found));
            }
            Value::Array(list) => list.iter().for_each(|value| bare(path, value, found)),
            _ => {}
        }
    }

    #[test]
    fn everything_that_a_manifest_may_say_is_described() {
        let mut found = Vec::new();
        bare("", &Manifest::schema(), &mut found);
        assert!(found.is_empty(), "{found:#?}");
    }
}
