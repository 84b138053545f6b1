//! How private records are told, and what stays of one.

use serde_json::Value;

/// How the private records of a stream are told, and what stays of one where a manifest keeps their times alone.
///
/// ```
/// use acquaint_core::connector::PrivateRecords;
/// let private = PrivateRecords::told_by("/event/visibility", &["private"]).stays(&["/event/id", "/event/start"]);
/// let record = serde_json::json!({ "event": { "id": "e1", "start": "now", "title": "Doctor", "visibility": "private" } });
/// assert!(private.is_private(&record));
/// assert_eq!(private.left(record), serde_json::json!({ "event": { "id": "e1", "start": "now", "visibility": "private" } }));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PrivateRecords {
    /// JSON pointers to what says how visible a record is, each with the words that make it private. It stays.
    pub told_by: Vec<(&'static str, Vec<&'static str>)>,
    /// JSON pointers to what stays besides: what names the record and its meeting, when it is, whether it stands, and
    /// nothing of what it is about or who is in it.
    pub stays: Vec<&'static str>,
}

impl PrivateRecords {
    /// Records are private if one of these words stands at this JSON pointer.
    pub fn told_by(pointer: &'static str, words: &[&'static str]) -> Self {
        Self { told_by: vec![(pointer, words.to_vec())], stays: Vec::new() }
    }

    /// Or at this one.
    #[must_use]
    pub fn or_by(mut self, pointer: &'static str, words: &[&'static str]) -> Self {
        self.told_by.push((pointer, words.to_vec()));
        self
    }

    /// Adds JSON pointers to what stays of a private record.
    #[must_use]
    pub fn stays(mut self, pointers: &[&'static str]) -> Self {
        self.stays.extend(pointers);
        self
    }

    /// Whether a record is private.
    pub fn is_private(&self, record: &Value) -> bool {
        let told = |(pointer, words): &(&str, Vec<&str>)| {
            record.pointer(pointer).and_then(Value::as_str).is_some_and(|word| words.contains(&word))
        };
        self.told_by.iter().any(told)
    }

    /// What stays of a private record.
    pub fn left(&self, mut record: Value) -> Value {
        let told_by = self.told_by.iter().map(|(pointer, _)| *pointer);
        let paths: Vec<Vec<&str>> = self.stays.iter().copied().chain(told_by).map(path).collect();
        if !prune(&mut record, &paths.iter().map(Vec::as_slice).collect::<Vec<_>>()) {
            return Value::Null;
        }
        record
    }
}

fn path(pointer: &'static str) -> Vec<&'static str> {
    pointer.split('/').skip(1).collect()
}

/// Takes out what no path leads to. Says whether anything is left.
fn prune(value: &mut Value, paths: &[&[&str]]) -> bool {
    if paths.iter().any(|path| path.is_empty()) {
        return true;
    }
    let below = |name: &str| -> Vec<&[&str]> {
        paths.iter().filter(|path| path.first() == Some(&name)).map(|path| &path[1..]).collect()
    };
    match value {
        Value::Object(map) => {
            map.retain(|name, value| prune(value, &below(name)));
            !map.is_empty()
        }
        Value::Array(items) => {
            let mut index = 0;
            items.retain_mut(|item| {
                index += 1;
                prune(item, &below(&(index - 1).to_string()))
            });
            !items.is_empty()
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_not_named_goes_and_what_leads_to_nothing_too() {
        let private = PrivateRecords::told_by("/0/visibility", &["private", "confidential"]).stays(&[
            "/0/id",
            "/0/organiser/is_self",
            "/0/start",
        ]);
        let event = json!([{
            "id": "e1", "visibility": "confidential", "start": { "zone": "UTC", "at": 1 },
            "organiser": { "email": "ana@us.example", "is_self": true }, "attendees": [{ "id": "jane" }],
            "id2": "like the id",
        }, { "id": "another view" }]);
        assert!(private.is_private(&event));
        let left = json!([{
            "id": "e1", "visibility": "confidential", "start": { "zone": "UTC", "at": 1 },
            "organiser": { "is_self": true },
        }]);
        assert_eq!(private.left(event), left);
        assert_eq!(private.left(json!([{ "organiser": { "email": "ana@us.example" } }])), Value::Null);
        assert_eq!(private.left(json!("text")), Value::Null);
        assert!(!private.is_private(&json!([{ "visibility": "default" }])));
    }
}
