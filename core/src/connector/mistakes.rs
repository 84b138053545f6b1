//! Finding every setting that does not fit a type, not only the first.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use serde_path_to_error::{Path, Segment};

use crate::error::Error;

/// More than anybody reads; a source with thousands of mistakes must not cost their square.
const MOST: usize = 50;

/// What is wrong with `options` as a `T`. Each setting that does not fit is taken out and the rest is tried again, until
/// it fits.
pub(super) fn of<T: DeserializeOwned>(options: &Map<String, Value>) -> Vec<Error> {
    let mut rest = Value::Object(options.clone());
    let mut taken: Vec<Vec<Step>> = Vec::new();
    let mut errors = Vec::new();
    while errors.len() < MOST {
        let Err(error) = serde_path_to_error::deserialize::<_, T>(&rest) else { break };
        let path = take(&mut rest, error.path(), &taken);
        // What holds something that was taken out may miss it.
        if !taken.iter().any(|earlier| earlier.starts_with(&path)) {
            errors.push(unusable(&said(&path), error.inner()));
        }
        if path.is_empty() {
            break;
        }
        taken.push(path);
    }
    errors
}

/// That one setting does not fit, and why.
pub(super) fn unusable(path: &str, why: &serde_json::Error) -> Error {
    Error::invalid(format!("this setting is not usable: {why}")).with("setting", path)
}

/// A step into a value as it was before anything was taken out of it.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Key(String),
    Item(usize),
}

/// Takes out what a path leads to, or else the last value on the way there. Says where it was.
fn take(rest: &mut Value, path: &Path, taken: &[Vec<Step>]) -> Vec<Step> {
    let (mut here, mut now, mut original) = (&*rest, Vec::new(), Vec::new());
    for step in path {
        let (next, step, before) = match (step, here) {
            (Segment::Map { key } | Segment::Enum { variant: key }, Value::Object(map)) => {
                (map.get(key), Step::Key(key.clone()), Step::Key(key.clone()))
            }
            (Segment::Seq { index }, Value::Array(items)) => {
                let before = before_taking(*index, &original, taken);
                (items.get(*index), Step::Item(*index), Step::Item(before))
            }
            _ => break,
        };
        let Some(next) = next else { break };
        here = next;
        now.push(step);
        original.push(before);
    }
    remove(rest, &now);
    original
}

fn remove(from: &mut Value, path: &[Step]) {
    match (path, from) {
        ([Step::Key(key)], Value::Object(map)) => drop(map.remove(key)),
        ([Step::Item(at)], Value::Array(items)) if *at < items.len() => drop(items.remove(*at)),
        ([Step::Key(key), path @ ..], Value::Object(map)) => {
            if let Some(next) = map.get_mut(key) {
                remove(next, path);
            }
        }
        ([Step::Item(at), path @ ..], Value::Array(items)) => {
            if let Some(next) = items.get_mut(*at) {
                remove(next, path);
            }
        }
        _ => {}
    }
}

/// Which place of a list had the item that is now at `index`.
fn before_taking(index: usize, list: &[Step], taken: &[Vec<Step>]) -> usize {
    let gone = taken.iter().filter_map(|path| match path.split_last() {
        Some((Step::Item(at), rest)) if rest == list => Some(*at),
        _ => None,
    });
    let mut gone: Vec<usize> = gone.collect();
    gone.sort_unstable();
    gone.into_iter().fold(index, |index, at| if at <= index { index + 1 } else { index })
}

/// A path as people write it, such as `calendars.ids[2]`.
fn said(path: &[Step]) -> String {
    let mut said = String::new();
    for step in path {
        match step {
            Step::Key(key) if said.is_empty() => said.push_str(key),
            Step::Key(key) => said.extend([".", key]),
            Step::Item(at) => said.push_str(&format!("[{at}]")),
        }
    }
    said
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, dead_code)]
    use std::collections::BTreeMap;

    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Deserialize, Default)]
    #[serde(default, deny_unknown_fields)]
    struct Options {
        owners: bool,
        ids: Vec<u32>,
        inner: Inner,
        lists: BTreeMap<String, Filled>,
    }

    #[derive(Deserialize, Default)]
    #[serde(default, deny_unknown_fields)]
    struct Inner {
        most: u8,
        word: String,
    }

    #[derive(Deserialize)]
    #[serde(try_from = "Vec<String>")]
    struct Filled(Vec<String>);

    impl TryFrom<Vec<String>> for Filled {
        type Error = String;

        fn try_from(words: Vec<String>) -> Result<Self, String> {
            if words.is_empty() { Err("it is empty".to_owned()) } else { Ok(Self(words)) }
        }
    }

    fn wrong(options: Value) -> Vec<String> {
        let errors = of::<Options>(options.as_object().unwrap());
        errors.iter().map(|error| error.context("setting").unwrap_or_default().to_owned()).collect()
    }

    #[test]
    fn every_setting_that_does_not_fit_is_named_once() {
        assert!(wrong(json!({"owners": true, "ids": [1]})).is_empty());
        let found = wrong(json!({
            "owner": true, "owners": 7, "inner": {"most": 1000, "wrod": "", "word": []}, "ids": "all",
        }));
        assert_eq!(found.len(), 6, "{found:?}");
        for path in ["owner", "owners", "inner.most", "inner.wrod", "inner.word", "ids"] {
            assert!(found.iter().any(|one| one == path), "{path} in {found:?}");
        }
    }

    #[test]
    fn items_of_lists_keep_their_places() {
        assert_eq!(
            wrong(json!({"ids": ["a", 1, "b", "c", 2, -1]})),
            ["ids[0]", "ids[2]", "ids[3]", "ids[5]"]
        );
    }

    #[test]
    fn what_only_misses_what_was_taken_out_is_no_mistake() {
        assert_eq!(wrong(json!({"lists": {"a": [1], "b": []}})), ["lists.a[0]", "lists.b"]);
    }

    #[test]
    fn thousands_of_mistakes_end() {
        let many: Vec<Value> = (0..5000).map(|_| json!("x")).collect();
        assert_eq!(wrong(json!({"ids": many})).len(), MOST);
    }
}
