//! The command-line tool of a product.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::ffi::OsString;
use std::path::Path;

use acquaint::cli::{Ended, run};
use acquaint::registry::predicate_fn;
use acquaint::{Acquaint, Builder, Registry};
use serde_json::{Value, json};

/// How the command ended, and what it said.
fn ran(builder: Builder, args: &[&str]) -> (Ended, String, String) {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let args = ["acquaint"].iter().chain(args).map(OsString::from);
    let ended = run(builder, args, &mut out, &mut err);
    (ended, String::from_utf8(out).unwrap(), String::from_utf8(err).unwrap())
}

/// A file with this text, and the folder that goes with it.
fn file(text: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("meetings.yaml");
    std::fs::write(&path, text).unwrap();
    let path = path.to_str().unwrap().to_owned();
    (folder, path)
}

fn example() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/data/meetings.yaml");
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn check_refuses_a_misspelt_field_with_line_column_and_what_was_meant() {
    let text = example().replace("- title:", "- titel:");
    let line = text.lines().position(|line| line.contains("titel")).unwrap() + 1;
    let (_folder, path) = file(&text);
    let (ended, out, err) = ran(Acquaint::builder(), &["check", &path]);
    assert_eq!((ended, out.as_str()), (Ended::Wrong, ""));
    assert!(err.contains(&format!("meetings.yaml:{line}:7")), "{err}");
    assert!(err.contains("did you mean `title`?") && err.contains("the manifest has 1 problem\n"), "{err}");
}

#[test]
fn check_says_that_a_manifest_is_right_and_which_revision_it_is() {
    let (_folder, path) = file(&example());
    let (ended, out, err) = ran(Acquaint::builder(), &["check", &path]);
    assert_eq!((ended, err.as_str()), (Ended::Well, ""));
    assert!(out.contains("customer-meetings is right, revision rev_"), "{out}");
}

#[test]
fn check_looks_at_every_file_and_ends_with_the_worst() {
    let (_good, good) = file(&example());
    let (_bad, bad) = file("acquaint: 1\n");
    let missing = format!("{good}.missing");
    let (ended, out, err) = ran(Acquaint::builder(), &["check", &missing, &bad, &good]);
    assert_eq!(ended, Ended::Unusable);
    assert!(err.contains(&missing) && err.contains("No such file"), "{err}");
    assert!(err.contains("a manifest needs `name`"), "{err}");
    assert!(out.contains("is right"), "{out}");
    assert_eq!(ran(Acquaint::builder(), &["check", &bad, &good]).0, Ended::Wrong);
}

#[test]
fn check_speaks_json_to_tools() {
    let (_good, good) = file(&example());
    let (_bad, bad) = file(&example().replace("- title:", "- titel:"));
    let (ended, out, err) = ran(Acquaint::builder(), &["check", "--json", &good, &bad]);
    assert_eq!((ended, err.as_str()), (Ended::Wrong, ""));
    let lines: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&lines[0]["problems"], &lines[0]["name"]), (&json!([]), &json!("customer-meetings")));
    assert_eq!(lines[1]["problems"][0]["suggestion"], "title");
    assert_eq!(lines[1]["problems"][0]["place"]["column"], 7);
}

#[test]
fn describe_says_in_sentences_what_a_manifest_says() {
    let (_good, good) = file(&example());
    let (ended, out, err) = ran(Acquaint::builder(), &["describe", &good]);
    assert_eq!((ended, err.as_str()), (Ended::Well, ""));
    assert!(out.contains("  - the length is at least 10 minutes\n"), "{out}");
    let (_bad, bad) = file(&example().replace("- title:", "- titel:"));
    let (ended, out, err) = ran(Acquaint::builder(), &["describe", &bad]);
    assert_eq!((ended, out.as_str()), (Ended::Wrong, ""));
    assert!(err.contains("did you mean `title`?"), "{err}");
    assert_eq!(ran(Acquaint::builder(), &["describe", "no-such.yaml"]).0, Ended::Unusable);
}

const CASES: &str = "\
acquaint: 1
name: reviews
sources: { calendar: { connector: google-calendar } }
keep: { title: { not: { matches: '^Hold' } } }
cases:
  - { meeting: { title: Review }, kept: true }
  - { name: A hold, meeting: { title: 'Hold: QBR' }, because: title }
  - { meeting: { title: 'Hold: QBR' }, because: title }
";

#[test]
fn test_says_of_every_case_what_became_of_it() {
    let (_folder, path) = file(CASES);
    let (ended, out, err) = ran(Acquaint::builder(), &["test", &path]);
    assert_eq!((ended, err.as_str()), (Ended::Well, ""));
    assert_eq!(out, "ok 1 kept: Review\nok 2 keep.title: A hold\nok 3 keep.title: Hold: QBR\n");

    let (_folder, path) = file(&CASES.replace("kept: true", "kept: false"));
    let (ended, out, err) = ran(Acquaint::builder(), &["test", &path]);
    assert_eq!(ended, Ended::Wrong);
    assert!(out.starts_with("failed 1 kept: Review\nok 2"), "{out}");
    assert!(err.contains("meetings.yaml:6:35") && err.contains("saw \"Review\""), "{err}");
    assert_eq!(ran(Acquaint::builder(), &["check", &path]).0, Ended::Wrong);
}

#[test]
fn test_decides_cases_that_stand_beside_manifests() {
    let (_manifest, manifest) = file(&example());
    let (_cases, cases) = file("cases: [{ meeting: { title: 'Hold: x' }, kept: false }]\n");
    let (ended, out, err) = ran(Acquaint::builder(), &["test", &manifest, "--cases", &cases]);
    assert_eq!((ended, err.as_str()), (Ended::Well, ""));
    assert_eq!(out, "ok 1 keep.all[0].attendees: Hold: x\n");
    let (ended, out, _) = ran(Acquaint::builder(), &["test", &manifest]);
    assert_eq!((ended, out.contains("has no cases")), (Ended::Well, true));
    let missing = format!("{cases}.missing");
    assert_eq!(ran(Acquaint::builder(), &["test", &manifest, "--cases", &missing]).0, Ended::Unusable);
}

#[test]
fn test_speaks_json_to_tools() {
    let (_folder, path) = file(&CASES.replace("kept: true", "kept: false"));
    let (ended, out, err) = ran(Acquaint::builder(), &["test", "--json", &path]);
    assert_eq!((ended, err.as_str()), (Ended::Wrong, ""));
    let line: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(line["cases"][1]["because"], "keep.title");
    assert_eq!(line["cases"][0]["problems"][0]["place"], json!({ "line": 6, "column": 35 }));
    assert_eq!(line["wrong"][0]["file"], path);
}

#[test]
fn schema_is_the_one_that_is_kept() {
    let (ended, out, err) = ran(Acquaint::builder(), &["schema"]);
    assert_eq!((ended, err.as_str()), (Ended::Well, ""));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema/manifest.schema.json");
    assert_eq!(out, std::fs::read_to_string(path).unwrap());
}

#[test]
fn the_tool_knows_what_the_product_has_registered() {
    let text =
        "acquaint: 1\nname: own\nsources: { crm: { connector: local } }\nkeep: { title: { call: vip } }\n";
    let (_folder, path) = file(text);
    assert_eq!(ran(Acquaint::builder(), &["check", &path]).0, Ended::Wrong);
    let registry = Registry::bundled().unwrap().predicate(predicate_fn("vip", 1, |_, _| true));
    assert_eq!(ran(Acquaint::builder().registry(registry), &["check", &path]).0, Ended::Well);
}

#[test]
fn help_is_no_mistake_and_a_wrong_command_is() {
    let (ended, out, err) = ran(Acquaint::builder(), &["--help"]);
    assert_eq!((ended, err.as_str()), (Ended::Well, ""));
    assert!(out.contains("check"), "{out}");
    for args in [&["chek"][..], &[], &["check"]] {
        let (ended, out, err) = ran(Acquaint::builder(), args);
        assert_eq!((ended, out.as_str()), (Ended::Unusable, ""), "{args:?}");
        assert!(!err.is_empty());
    }
}
