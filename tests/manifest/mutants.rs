//! Manifests of the tests, and manifests made of them by accidents.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use proptest::sample::Index;

pub(crate) fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/manifest").join(name)
}

/// Name and text of every file of a folder that ends like this.
pub(crate) fn files(folder: &Path, ending: &str) -> BTreeMap<String, String> {
    std::fs::read_dir(folder)
        .unwrap()
        .filter_map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_name()?.to_str()?.strip_suffix(ending)?.to_owned();
            Some((name, std::fs::read_to_string(&path).unwrap()))
        })
        .collect()
}

/// Manifests that are right, the one of the examples among them.
pub(crate) fn good() -> BTreeMap<String, String> {
    let mut good = files(&folder("good"), ".yaml");
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/data/meetings.yaml");
    good.insert("example".to_owned(), std::fs::read_to_string(example).unwrap());
    good
}

/// A change of a text somewhere.
#[derive(Debug, Clone)]
pub(crate) enum Edit {
    Set(Index, u8),
    Insert(Index, u8),
    Remove(Index),
    Cut(Index, Index),
    Repeat(Index, Index),
    Word(Index, &'static str),
}

pub(crate) fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let byte = || prop_oneof![any::<u8>(), prop::sample::select(b"{}[]:,-&*!|>'\"%@`#?~ \n\t01.".to_vec())];
    let word = prop::sample::select(vec![
        "not: ",
        "all: ",
        "any: [",
        "some: {",
        "&a ",
        "*a",
        "<<: *a",
        "!!binary ",
        "!x ",
        "? ",
        "---\n",
        "...\n",
        "\u{feff}",
        "\u{85}",
        "0x1f",
        "1e999",
        "-0",
        ".nan",
        "now+",
        "now-999999999w",
        "9999999999999999999",
        "-9223372036854775808",
        "add: ",
        "call: ",
        "each: ",
        "take: ",
        "first: ",
        "value: ",
        "zone: Asia/",
        "missing: ",
        "\\u0000",
        "(?P<",
        "main_account.",
        "2026-13-40",
    ]);
    let edit = prop_oneof![
        (any::<Index>(), byte()).prop_map(|(at, byte)| Edit::Set(at, byte)),
        (any::<Index>(), byte()).prop_map(|(at, byte)| Edit::Insert(at, byte)),
        any::<Index>().prop_map(Edit::Remove),
        (any::<Index>(), any::<Index>()).prop_map(|(from, to)| Edit::Cut(from, to)),
        (any::<Index>(), any::<Index>()).prop_map(|(from, to)| Edit::Repeat(from, to)),
        (any::<Index>(), word).prop_map(|(at, word)| Edit::Word(at, word)),
    ];
    prop::collection::vec(edit, 1..8)
}

pub(crate) fn edited(text: &str, edits: &[Edit]) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for edit in edits {
        let end = bytes.len();
        let span = |from: &Index, to: &Index| {
            let (from, to) = (from.index(end + 1), to.index(end + 1));
            from.min(to)..from.max(to)
        };
        match edit {
            Edit::Set(at, byte) if end > 0 => bytes[at.index(end)] = *byte,
            Edit::Remove(at) if end > 0 => drop(bytes.remove(at.index(end))),
            Edit::Set(..) | Edit::Remove(_) => {}
            Edit::Insert(at, byte) => bytes.insert(at.index(end + 1), *byte),
            Edit::Cut(from, to) => drop(bytes.drain(span(from, to))),
            Edit::Repeat(from, to) => {
                let span = span(from, to);
                let copy = bytes[span.clone()].to_vec();
                bytes.splice(span.end..span.end, copy);
            }
            Edit::Word(at, word) => {
                let at = at.index(end + 1);
                bytes.splice(at..at, word.bytes());
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
