//! What two manifests say otherwise.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::manifest::Manifest;

/// A place at which two manifests differ.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Difference {
    /// Where: `keep.all[1].title`.
    pub path: String,
    /// What stands there in the first; `None` if nothing does.
    pub before: Option<Value>,
    /// What stands there in the second; `None` if nothing does.
    pub after: Option<Value>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.before, &self.after) {
            (None, Some(after)) => write!(f, "+ {}: {after}", self.path),
            (Some(before), None) => write!(f, "- {}: {before}", self.path),
            (Some(before), Some(after)) => write!(f, "~ {}: {before} → {after}", self.path),
            (None, None) => write!(f, "  {}", self.path),
        }
    }
}

impl Manifest {
    /// Where another manifest says something else than this one, in order of the places. Lists are compared place by place.
    ///
    /// ```
    /// use acquaint::Manifest;
    /// let text = "{ acquaint: 1, name: n, sources: { crm: { connector: local } }, keep: { title: a } }";
    /// let before = Manifest::parse(text).unwrap();
    /// let after = Manifest::parse(&text.replace("title: a", "title: b")).unwrap();
    /// let differences: Vec<_> = before.differences(&after).iter().map(ToString::to_string).collect();
    /// assert_eq!(differences, [r#"~ keep.title: "a" → "b""#]);
    /// ```
    pub fn differences(&self, other: &Self) -> Vec<Difference> {
        let mut found = Vec::new();
        compare("", Some(self.to_json()), Some(other.to_json()), &mut found);
        found
    }
}

fn compare(path: &str, before: Option<&Value>, after: Option<&Value>, found: &mut Vec<Difference>) {
    if before == after {
        return;
    }
    match (before, after) {
        (Some(Value::Object(before)), Some(Value::Object(after))) => {
            let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
            for name in names {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                compare(&path, before.get(name), after.get(name), found);
            }
        }
        (Some(Value::Array(before)), Some(Value::Array(after))) => {
            for at in 0..before.len().max(after.len()) {
                compare(&format!("{path}[{at}]"), before.get(at), after.get(at), found);
            }
        }
        _ => found.push(Difference { path: path.to_owned(), before: before.cloned(), after: after.cloned() }),
    }
}
