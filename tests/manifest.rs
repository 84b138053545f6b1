//! Manifests as people write them: the diagnosis of every mistake, what makes a revision, and text that is no
//! manifest at all.
//!
//! `tests/manifest/broken/` holds a manifest and its diagnosis side by side. After a change of wording, run with
//! `BLESS=1` to write the diagnoses anew, and read the difference.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "manifest/cases.rs"]
mod cases;
#[path = "manifest/fit.rs"]
mod fit;
#[path = "manifest/mutants.rs"]
mod mutants;
#[path = "manifest/schema.rs"]
mod schema;
#[path = "manifest/slots.rs"]
mod slots;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use acquaint::manifest::Problems;
use acquaint::{Manifest, Registry};
use mutants::{edited, edits, files, folder, good};
use proptest::prelude::*;
use proptest::sample::Index;

fn blessing() -> bool {
    std::env::var_os("BLESS").is_some_and(|value| value == "1")
}

/// Compares with a file, or writes it.
fn compare(path: &Path, found: &str, differences: &mut String) {
    if blessing() {
        std::fs::write(path, found).unwrap();
        return;
    }
    let expected = std::fs::read_to_string(path).unwrap_or_default();
    if expected != found {
        let name = path.file_name().unwrap().display();
        writeln!(differences, "--- {name}, expected\n{expected}--- {name}, found\n{found}").unwrap();
    }
}

/// What is bundled, and two destinations.
fn registry() -> Registry {
    Registry::bundled().unwrap().destination("product").destination("audit")
}

fn problems(text: &str) -> Problems {
    let checked = |_| Manifest::check(text, &registry());
    Manifest::parse(text).and_then(checked).expect_err("this manifest is broken")
}

fn revision(text: &str) -> String {
    Manifest::parse(text).unwrap_or_else(|problems| panic!("{problems}\n{text}")).revision().to_string()
}

#[test]
fn every_mistake_has_the_diagnosis_that_is_recorded_beside_it() {
    let folder = folder("broken");
    let mut differences = String::new();
    let broken = files(&folder, ".yaml");
    assert!(broken.len() >= 20, "{} broken manifests", broken.len());
    for (name, text) in &broken {
        let diagnosis = problems(text).diagnosis(&format!("{name}.yaml"), text).to_string();
        compare(&folder.join(format!("{name}.txt")), &diagnosis, &mut differences);
    }
    for name in files(&folder, ".txt").keys() {
        assert!(broken.contains_key(name), "{name}.txt has lost its manifest");
    }
    assert!(differences.is_empty(), "{differences}");
}

#[test]
fn problems_come_in_the_order_of_the_text_and_lie_within_it() {
    for (name, text) in files(&folder("broken"), ".yaml") {
        within(&text, &problems(&text)).unwrap_or_else(|why| panic!("{name}: {why}"));
    }
}

/// Whether the places are sorted and exist.
fn within(text: &str, problems: &Problems) -> Result<(), String> {
    let places: Vec<_> = problems.problems.iter().map(|problem| problem.place).collect();
    if places.is_empty() || !places.is_sorted() {
        return Err(format!("{places:?}"));
    }
    // YAML ends a line with any of the three.
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let lines: Vec<usize> = text.split('\n').map(|line| line.chars().count()).collect();
    let exists = |place: &acquaint::manifest::Place| {
        let line = usize::try_from(place.line).unwrap();
        // The end of the text is a place too, on a line of its own if the last one is finished.
        let width = lines.get(line - 1).or_else(|| (line == lines.len() + 1).then_some(&0));
        width.is_some_and(|width| usize::try_from(place.column).unwrap() <= width + 1)
    };
    match places.iter().find(|place| !exists(place)) {
        Some(place) => Err(format!("{place} is not in the text")),
        None => Ok(()),
    }
}

#[test]
fn a_diagnosis_points_at_the_word_itself() {
    let text = std::fs::read_to_string(folder("broken/several_problems.yaml")).unwrap();
    let word_at = |line: u64, column: u64| {
        let line = text.lines().nth(usize::try_from(line).unwrap() - 1).unwrap();
        let rest: String = line.chars().skip(usize::try_from(column).unwrap() - 1).collect();
        rest.split([' ', ':', ',', '}', ']']).next().unwrap().to_owned()
    };
    let found: Vec<(String, Option<String>)> = problems(&text)
        .problems
        .into_iter()
        .map(|problem| (word_at(problem.place.line, problem.place.column), problem.suggestion))
        .collect();
    let expected = [
        ("emial", Some("email")),
        ("stag", Some("stage")),
        ("titel", Some("title")),
        ("soon", None),
        ("\"(\"", None),
        ("strat", Some("start")),
        ("{", None),
        ("keep", None),
        ("remind", None),
    ]
    .map(|(word, suggestion)| (word.to_owned(), suggestion.map(str::to_owned)));
    assert_eq!(found, expected);
}

#[test]
fn a_diagnosis_speaks_of_the_manifest_and_not_of_the_library_that_reads_it() {
    for (name, text) in files(&folder("broken"), ".yaml") {
        let diagnosis = problems(&text).to_string();
        for foreign in ["Options", "Policy", "from_str", "Nodes {", "Depth {", " at line "] {
            assert!(!diagnosis.contains(foreign), "{name} says `{foreign}`: {diagnosis}");
        }
    }
}

#[test]
fn a_broken_file_is_named_with_everything_that_is_wrong_in_it() {
    let path = folder("broken/misspelt_field.yaml");
    let error = Manifest::read(&path).unwrap_err();
    assert_eq!(error.kind(), acquaint::ErrorKind::Invalid);
    let text = error.to_string();
    assert!(text.contains("misspelt_field.yaml") && text.contains("did you mean `title`?"), "{text}");
    let error = Manifest::read(folder("no-such.yaml")).unwrap_err();
    assert!(error.to_string().contains("no-such.yaml"), "{error}");
}

/// Refused at once, as a whole, and not for what is in it.
fn refused(bomb: &str) {
    let problems = problems(bomb);
    assert_eq!(problems.problems.len(), 1, "{problems}");
}

#[test]
fn what_is_nested_too_deeply_is_refused() {
    let nested = |open: &str, close: &str, depth: usize| {
        format!("acquaint: 1\nname: bomb\nkeep:\n  {}1{}\n", open.repeat(depth), close.repeat(depth))
    };
    for depth in [65, 1_000, 100_000] {
        for (open, close) in [("[", "]"), ("{ not: ", "}"), ("- ", ""), ("[", "")] {
            refused(&nested(open, close, depth));
        }
    }
    refused(&"[".repeat(200_000));
    // What somebody may want to write is far from that.
    let rules = nested("{ not: ", "}", 15).replace(" 1}", " { title: QBR }}");
    let sources = "sources: { calendar: { connector: google-calendar } }\n";
    assert!(Manifest::parse(&format!("{rules}{sources}")).is_ok());
}

#[test]
fn what_multiplies_itself_is_refused() {
    let list = format!("acquaint: 1\nname: bomb\na: &a [{}]\n", "x, ".repeat(9_000));
    let repeated: String = (0..60).map(|n| format!("b{n}: *a\n")).collect();
    refused(&format!("{list}{repeated}"));
    let mut laughs = String::from("acquaint: 1\nname: bomb\na0: &a0 [x, x]\n");
    for n in 1..60 {
        let m = n - 1;
        writeln!(laughs, "a{n}: &a{n} [*a{m}, *a{m}]").unwrap();
    }
    refused(&laughs);
    refused("acquaint: 1\nname: bomb\nkeep: &a [*a]\n");
}

#[test]
fn what_is_far_too_long_is_refused() {
    refused(&(0..10_000).map(|n| format!("a{n}: &a{n} x\n")).collect::<String>());
    refused(&(0..30_000).map(|n| format!("a{n}: x\n")).collect::<String>());
    refused(&format!("acquaint: 1\nname: {}\n", "x".repeat(300 << 10)));
}

#[test]
fn good_manifests_are_read() {
    let read: BTreeMap<String, Manifest> = good()
        .into_iter()
        .map(|(name, text)| {
            let manifest = Manifest::parse(&text).unwrap_or_else(|problems| panic!("{name}: {problems}"));
            (name, manifest)
        })
        .collect();
    assert_eq!(read.len(), 18);
    assert_eq!(read["smallest"].name(), "smallest");
    let source = &read["local"].sources()[&"calendar".into()];
    assert_eq!(source.connector.as_str(), "google-calendar");
    let day = 86_400;
    assert_eq!((source.settings.window.past, source.settings.window.future), (14 * day, 30 * day));
    assert_eq!(source.every.unwrap().as_secs(), 3_600);
    assert_eq!(source.baseline.unwrap().as_secs(), 86_400);
    let product = &read["local"].sources()[&"product".into()];
    assert_eq!(product.account_fields["seats"], "seats");
    assert_eq!(product.contact_fields["champion"], "is_champion");
    assert_eq!(product.settings.fields["contacts"], ["is_champion"]);
    let calendar = &read["example"].sources()[&"calendar".into()];
    assert_eq!(calendar.settings.drop, ["attachments", "description"]);
    assert!(calendar.settings.options.contains_key("calendars"), "the connector's own settings are its own");
}

#[test]
fn a_good_manifest_is_described_in_the_sentences_that_are_recorded_beside_it() {
    let mut differences = String::new();
    for (name, text) in good() {
        let description = Manifest::parse(&text).unwrap().describe();
        compare(&folder("good").join(format!("{name}.txt")), &description, &mut differences);
    }
    assert!(differences.is_empty(), "{differences}");
}

#[test]
fn what_a_manifest_says_of_itself_is_the_same_manifest() {
    for (name, text) in good() {
        let manifest = Manifest::parse(&text).unwrap();
        let again = Manifest::parse(&manifest.to_json().to_string()).unwrap();
        assert_eq!(again.revision(), manifest.revision(), "{name}");
        assert_eq!(again.to_json(), manifest.to_json(), "{name}");
        // Only the order of keys is lost.
        let lines = |manifest: &Manifest| {
            let mut lines: Vec<String> = manifest.describe().lines().map(str::to_owned).collect();
            lines.sort();
            lines
        };
        assert_eq!(lines(&again), lines(&manifest), "{name}");
    }
}

#[test]
fn the_revision_of_a_text_stays_what_it_was() {
    let mut revisions = String::new();
    for (name, text) in files(&folder("good"), ".yaml") {
        writeln!(revisions, "{name} {}", revision(&text)).unwrap();
    }
    let mut differences = String::new();
    compare(&folder("revisions.txt"), &revisions, &mut differences);
    assert!(differences.is_empty(), "every tenant would decide everything anew: {differences}");
}

const PLAIN: &str = "\
acquaint: 1
name: revisions
sources:
  crm:
    connector: hubspot
    accounts: { fields: { stage: lifecyclestage } }
match:
  accounts: { stage: customer }
keep:
  all:
    - title: { not: { matches: '^hold' } }
    - duration: { at_least: 10m }
    - main_account.stage: { in: [1, yes] }
output:
  title: title
  stage: { from: main_account.stage, default: 1 }
";

#[test]
fn comments_layout_and_quotes_make_no_revision() {
    let spellings = [
        format!("# A comment.\n\n{}", PLAIN.replace('\n', "   # and another\n")),
        format!("---\n{PLAIN}...\n"),
        PLAIN.replace('\n', "\r\n"),
        PLAIN.replace("    ", "        "),
        PLAIN.replace("keep:", "\"keep\":").replace("title:", "'title':"),
        PLAIN.replace("'^hold'", "\"^hold\"").replace("title: title", "title: \"title\""),
        PLAIN.replace("{ stage: customer }", "\n    stage:\n      customer"),
        PLAIN.replace("{ in: [1, yes] }", "\n        in:\n        - 1\n        - yes"),
        PLAIN.replace("'^hold'", "&start '^hold'"),
    ];
    for spelling in spellings {
        assert_eq!(revision(&spelling), revision(PLAIN), "{spelling}");
    }
}

#[test]
fn only_true_and_false_are_flags() {
    // Norway is a country.
    for word in ["NO", "yes", "on", "Off", "y", "N"] {
        let quoted = PLAIN.replace("[1, yes]", &format!("[\"{word}\"]"));
        assert_eq!(revision(&PLAIN.replace("[1, yes]", &format!("[{word}]"))), revision(&quoted), "{word}");
    }
}

#[test]
fn every_change_of_a_value_makes_a_revision() {
    let changes = [
        ("name: revisions", "name: revision"),
        ("  crm:", "  crm2:"),
        ("connector: hubspot", "connector: HubSpot"),
        ("stage: lifecyclestage", "stage: lifecycle_stage"),
        ("accounts: { stage: customer }", "accounts: { stage: { is: customer } }"),
        ("accounts: { stage: customer }", "accounts: { stage: ' customer' }"),
        ("  accounts: { stage: customer }", "  accounts: { all: [] }"),
        ("'^hold'", "'^Hold'"),
        ("10m", "11m"),
        ("10m", "600s"),
        ("[1, yes]", "[yes, 1]"),
        ("[1, yes]", "['1', yes]"),
        ("[1, yes]", "[1.5, yes]"),
        ("[1, yes]", "[true, yes]"),
        ("[1, yes]", "['true', yes]"),
        ("[1, yes]", "[yes]"),
        ("  title: title", "  Title: title"),
        ("default: 1", "default: '1'"),
        ("default: 1", "default: ~"),
        ("default: 1", "default: []"),
        ("default: 1", "default: {}"),
        ("default: 1", "default: ''"),
        ("default: 1", "default: false"),
        ("default: 1", "default: 1.0000000001"),
        (", default: 1", ""),
    ];
    let mut seen = BTreeMap::from([(revision(PLAIN), "nothing")]);
    for (from, to) in changes {
        let text = PLAIN.replacen(from, to, 1);
        assert_ne!(text, PLAIN, "{from} is not there");
        if let Some(same) = seen.insert(revision(&text), to) {
            panic!("`{to}` has the revision of `{same}`");
        }
    }
}

#[test]
fn numbers_that_are_none_are_refused() {
    for number in [".nan", ".inf", "-.inf"] {
        for text in [
            PLAIN.replace("default: 1", &format!("default: {number}")),
            PLAIN.replace("{ in: [1, yes] }", &format!("{{ at_least: {number} }}")),
        ] {
            assert!(Manifest::parse(&text).is_err(), "JSON has no such number:\n{text}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1_000) })]

    #[test]
    fn whatever_is_written_is_read_or_diagnosed(which in any::<Index>(), edits in edits()) {
        let good: Vec<String> = good().into_values().collect();
        let text = edited(&good[which.index(good.len())], &edits);
        match Manifest::parse(&text) {
            Ok(manifest) => {
                let again = Manifest::parse(&text).unwrap();
                prop_assert_eq!(manifest.revision(), again.revision());
            }
            Err(problems) => {
                prop_assert!(!problems.to_string().is_empty());
                if let Err(why) = within(&text, &problems) {
                    return Err(TestCaseError::fail(format!("{why}\n{problems}\n{text:?}")));
                }
            }
        }
    }
}
