//! The JSON Schemas: that they are the ones that are kept, and that they say of manifests what the compiler says, as far
//! as a schema can.

use std::path::Path;

use acquaint::{Manifest, Registry};
use boon::{Compiler, SchemaIndex, Schemas};
use serde_json::{Value, json};

use crate::mutants::{files, folder, good};
use crate::{blessing, compare};

/// Mistakes that only the compiler sees: they are about what is registered, mapped, given or named elsewhere, or about
/// how things hang together.
const LEFT_OPEN: &[&str] = &[
    "bad_regex",
    "cases_of_two_sources",
    "cases_that_come_out_otherwise",
    "domains_of_others",
    "misspelt_strategy",
    "privacy_that_does_not_fit",
    "table_with_two_of_one",
];

struct Validator {
    schemas: Schemas,
    index: SchemaIndex,
}

impl Validator {
    fn of(schema: Value) -> Self {
        let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
        compiler.add_resource("https://acquaint.example/schema.json", schema).unwrap();
        let index = compiler.compile("https://acquaint.example/schema.json", &mut schemas);
        let index = index.unwrap_or_else(|error| panic!("{error:#}"));
        Self { schemas, index }
    }

    fn look(&self, value: &Value) -> Result<(), String> {
        self.schemas.validate(value, self.index).map_err(|error| format!("{error:#}"))
    }
}

#[test]
fn the_schema_is_the_one_that_is_kept() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema/manifest.schema.json");
    let mut differences = String::new();
    compare(&path, &format!("{:#}\n", Manifest::schema()), &mut differences);
    assert!(differences.is_empty() || blessing(), "run with BLESS=1 and read the difference:\n{differences}");
}

#[test]
fn every_good_manifest_is_valid() {
    let validator = Validator::of(Manifest::schema());
    let mut all = good();
    let oracle = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracle");
    all.extend(files(&oracle, ".yaml"));
    assert!(all.len() >= 14);
    for (name, text) in all {
        let manifest = Manifest::parse(&text).unwrap_or_else(|problems| panic!("{name}: {problems}"));
        validator.look(manifest.to_json()).unwrap_or_else(|why| panic!("{name}: {why}"));
    }
}

#[test]
fn every_manifest_that_is_broken_in_itself_is_invalid() {
    let validator = Validator::of(Manifest::schema());
    let (mut wrong, mut seen) = (Vec::new(), 0);
    for (name, text) in files(&folder("broken"), ".yaml") {
        // What is no YAML, or too much of it, is nobody's manifest.
        let Ok(value) = serde_saphyr::from_str::<Value>(&text) else { continue };
        seen += 1;
        let open = LEFT_OPEN.contains(&name.as_str());
        if validator.look(&value).is_ok() != open {
            wrong.push(name);
        }
    }
    assert!(seen >= 40, "{seen}");
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn sections_tests_types_and_words_that_there_are_not_are_invalid() {
    let validator = Validator::of(Manifest::schema());
    let with = |section: &str, value: Value| {
        let mut manifest =
            json!({ "acquaint": 1, "name": "x", "sources": { "crm": { "connector": "local" } } });
        manifest[section] = value;
        manifest
    };
    let valid = [
        with("keep", json!({ "title": "Review" })),
        with("keep", json!({ "all": [{ "status": "Confirmed" }, { "duration": { "at_least": "10m" } }] })),
        with(
            "keep",
            json!({ "main_account.seats": { "at_least": 5 }, "main_account.name": { "contains": "x" } }),
        ),
        with(
            "keep",
            json!({ "attendees": { "some": { "contact.role": "x", "class": { "in": ["role"] } } } }),
        ),
        with("match", json!({ "accounts": { "anything": { "before": "now" } } })),
        with(
            "output",
            json!({ "a": "title", "b": { "each": "attendees", "take": { "c": "account.seats" } } }),
        ),
        with("privacy", json!({ "drop": "title" })),
    ];
    for manifest in valid {
        validator.look(&manifest).unwrap_or_else(|why| panic!("{manifest}: {why}"));
    }
    let invalid = [
        with("deliver", json!([])),
        with("keep", json!({ "titel": "x" })),
        with("keep", json!({ "title": { "contians": "x" } })),
        with("keep", json!({ "title": { "at_least": 1 } })),
        with("keep", json!({ "title": 1 })),
        with("keep", json!({ "title": { "not": { "not": { "contains": 1 } } } })),
        with("keep", json!({ "status": "canceled" })),
        with("keep", json!({ "duration": "soon" })),
        with("keep", json!({ "start": { "before": "soon" } })),
        with("keep", json!({ "attendees": { "some": { "titel": "x" } } })),
        with("keep", json!({ "all": { "title": "x" } })),
        with("output", json!({ "a": "titel" })),
        with("output", json!({ "a": { "each": "title", "take": { "b": "name" } } })),
        with("priority", json!([{ "when": { "title": "x" } }])),
        with("name", json!(1)),
    ];
    for manifest in invalid {
        assert!(validator.look(&manifest).is_err(), "{manifest}");
    }
}

#[test]
fn cases_beside_a_manifest_have_a_schema_too() {
    let validator = Validator::of(Manifest::cases_schema());
    validator.look(&json!({ "cases": [{ "meeting": { "title": "x" }, "kept": true }] })).unwrap();
    for wrong in [json!({}), json!({ "cases": [{ "meeting": {} }] }), json!({ "cases": [], "keep": {} })] {
        assert!(validator.look(&wrong).is_err(), "{wrong}");
    }
}

/// Of every case that names its whole output.
#[test]
fn what_is_delivered_is_valid_under_the_schema_of_the_output() {
    let text = "
acquaint: 1
name: delivered
sources: { crm: { connector: local, accounts: { fields: { seats: seats } } } }
output:
  title: title
  at: start
  lasts: duration
  whole: all_day
  who: attendees
  account: main_account
  accounts: accounts
  seats: main_account.seats
  status: { from: status, values: { confirmed: 1, tentative: 2 }, default: 0 }
  where: { from: location, default: somewhere }
  priority: priority
  people: { each: attendees, where: { external: true }, take: { email: email, external: external, account: account.name } }
cases:
  - given: { accounts: [{ name: Globex, domain: globex.com, id: g, seats: 5 }] }
    meeting: { title: QBR, start: 2026-02-01T10:00:00Z, attendees: [jane@globex.com] }
    output: OUTPUT
";
    let content = json!({
        "title": "QBR", "at": "2026-02-01T10:00:00Z", "lasts": 1800, "whole": false, "who": ["jane@globex.com"],
        "account": { "source": "crm", "id": "g", "name": "Globex" },
        "accounts": [{ "source": "crm", "id": "g", "name": "Globex" }],
        "seats": 5, "status": 1, "where": "somewhere", "priority": 0,
        "people": [{ "email": "jane@globex.com", "external": true, "account": "Globex" }],
    });
    let text = text.replace("OUTPUT", &content.to_string());
    let manifest =
        Manifest::check(&text, &Registry::bundled().unwrap()).unwrap_or_else(|why| panic!("{why}"));
    let validator = Validator::of(manifest.output_schema());
    validator.look(&content).unwrap();
    for (name, other) in
        [("title", json!(1)), ("lasts", json!("30m")), ("status", json!(3)), ("people", json!([{}]))]
    {
        let mut wrong = content.clone();
        wrong[name] = other;
        assert!(validator.look(&wrong).is_err(), "{wrong}");
    }
}
