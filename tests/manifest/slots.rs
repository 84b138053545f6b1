//! Slots: what a tenant fills in is checked like the manifest itself, and said in its place.

use std::collections::BTreeSet;

use acquaint::manifest::Problems;
use acquaint::{Manifest, Registry, SlotKind};
use boon::{Compiler, Schemas};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::mutants::good;

fn manifest() -> Manifest {
    Manifest::check(&good()["slots"], &Registry::bundled().unwrap()).unwrap()
}

fn filled(values: Value) -> Result<Manifest, Problems> {
    let Value::Object(values) = values else { panic!("{values}") };
    manifest().with_slots(&values, &Registry::bundled().unwrap())
}

/// Slot, path in its value, and what is said.
fn said(values: Value) -> Vec<(String, String, String)> {
    let problems = filled(values.clone()).expect_err(&values.to_string()).problems;
    let said = problems.into_iter().map(|problem| {
        let slot = problem.slot.expect("a problem of what is filled in names the slot");
        (slot.name, slot.path, problem.message)
    });
    said.collect()
}

#[test]
fn a_manifest_lists_its_slots_for_a_form() {
    let manifest = manifest();
    let listed: Vec<(&str, SlotKind, Option<Value>)> =
        manifest.slots().iter().map(|slot| (slot.name.as_str(), slot.kind, slot.default.clone())).collect();
    let expected = [
        ("calendars", SlotKind::Setting, Some(json!({ "access": "owner" }))),
        ("past", SlotKind::Duration, Some(json!("180d"))),
        ("schedule", SlotKind::Duration, Some(json!("4h"))),
        ("baseline", SlotKind::Duration, None),
        ("push", SlotKind::Flag, Some(json!(true))),
        ("crm_sync", SlotKind::Sync, Some(json!({ "every": "15m" }))),
        ("account_fields", SlotKind::Fields, Some(json!({ "stage": "lifecyclestage", "seats": "seats" }))),
        ("role_field", SlotKind::Field, Some(json!("jobtitle"))),
        ("window", SlotKind::Window, None),
        ("own_domains", SlotKind::Domains, Some(json!("from_users"))),
    ];
    assert_eq!(listed, expected);
    let schedule = &manifest.slots()[2];
    assert_eq!(schedule.uses, ["sources.calendar.sync.every", "sources.billing.sync.every"]);
}

#[test]
fn what_is_filled_in_stands_in_the_place_of_the_slot() {
    let manifest = manifest();
    let own = filled(json!({
        "past": "14d", "schedule": "1h", "push": false, "baseline": "daily",
        "calendars": { "access": "reader" }, "crm_sync": { "every": "5m", "baseline": "weekly" },
        "account_fields": { "stage": "relationship" }, "role_field": "position", "window": { "future": "2d" },
        "own_domains": null,
    }))
    .unwrap();
    let source = |manifest: &Manifest, name: &str| manifest.sources()[&name.into()].clone();
    let calendar = source(&own, "calendar");
    assert_eq!((calendar.settings.window.past, calendar.settings.window.future), (14 * 86_400, 365 * 86_400));
    assert_eq!(calendar.every.unwrap().as_secs(), 3_600);
    assert_eq!(calendar.baseline.unwrap().as_secs(), 86_400);
    assert!(!calendar.push);
    assert_eq!(calendar.settings.options["calendars"], json!({ "access": "reader" }));
    let crm = source(&own, "crm");
    assert_eq!(crm.every.unwrap().as_secs(), 300);
    assert_eq!(crm.account_fields["stage"], "relationship");
    assert_eq!(crm.account_fields["seats"], "seats", "what is left out stays as it is by default");
    assert_eq!(crm.contact_fields["role"], "position");
    assert_eq!(crm.settings.fields["accounts"], ["relationship", "seats"]);
    let billing = source(&own, "billing");
    assert_eq!((billing.every, billing.settings.window.future), (calendar.every, 2 * 86_400));
    assert_eq!(own.revision(), manifest.revision(), "a tenant's values are no part of a revision");
    assert_eq!(own.to_json(), manifest.to_json());
    let calendar = source(&manifest, "calendar");
    assert!(
        calendar.push && calendar.baseline.is_none(),
        "a slot without a default is as if nothing stood there"
    );
}

#[test]
fn what_does_not_fit_is_said_all_at_once_with_slot_and_place() {
    let problems = said(json!({
        "schedule": "often", "push": "yes", "crm_sync": { "evry": "5m" }, "role_field": ["jobtitle"],
        "account_fields": { "stag": "relationship", "seats": 3 }, "own_domains": ["not a domain", "us.example"],
    }));
    let places: BTreeSet<(&str, &str)> =
        problems.iter().map(|(slot, path, _)| (slot.as_str(), path.as_str())).collect();
    let expected = [
        ("account_fields", "seats"),
        ("account_fields", "stag"),
        ("crm_sync", "evry"),
        ("own_domains", "[0]"),
        ("push", ""),
        ("role_field", ""),
        ("schedule", ""),
    ];
    assert_eq!(places, BTreeSet::from(expected), "{problems:#?}");
}

#[test]
fn what_a_connector_does_not_take_is_said_where_it_stands_in_the_value() {
    let problems = said(json!({ "calendars": { "access": "admin" } }));
    assert_eq!((problems[0].0.as_str(), problems[0].1.as_str()), ("calendars", "access"), "{problems:?}");
    let problems = said(json!({ "calendars": { "ids": [1] } }));
    assert!(problems[0].1.starts_with("ids"), "{problems:?}");
}

#[test]
fn a_slot_that_is_not_open_is_refused_with_the_one_that_was_meant() {
    let error = filled(json!({ "schedul": "1h" })).unwrap_err();
    assert_eq!(error.problems[0].suggestion.as_deref(), Some("schedule"));
    assert!(error.to_string().starts_with("what is filled into slots has 1 problem"), "{error}");
}

#[test]
fn what_is_filled_in_opens_no_slot() {
    let problems = said(json!({ "role_field": { "slot": "other", "default": "jobtitle" } }));
    assert_eq!(problems.len(), 1, "{problems:?}");
    let problems = said(json!({ "calendars": { "slot": "other", "default": { "access": "owner" } } }));
    assert_eq!(problems[0].0, "calendars", "{problems:?}");
}

#[test]
fn a_value_that_is_too_large_is_refused() {
    let deep = (0..100).fold(json!("x"), |inner, _| json!([inner]));
    for value in [deep, json!("x".repeat(100_000))] {
        let problems = said(json!({ "calendars": value }));
        assert!(problems[0].2.starts_with("what is filled in is"), "{}", problems[0].2);
    }
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        prop::sample::select(vec!["1h", "30d", "weekly", "owner", "us.example", "from_users", "", "x y"])
            .prop_map(Value::from),
        "\\PC{0,8}".prop_map(Value::from),
    ];
    let key = prop::sample::select(vec![
        "past", "every", "push", "stage", "seats", "access", "ids", "slot", "default", "x",
    ]);
    leaf.prop_recursive(3, 12, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(key.clone(), inner, 0..4).prop_map(|map| {
                Value::Object(map.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
            }),
        ]
    })
}

/// Whether a value fits the schema that a form is drawn from.
fn valid(schema: &Value, value: &Value) -> bool {
    let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
    compiler.add_resource("https://acquaint.example/slot.json", schema.clone()).unwrap();
    let index = compiler.compile("https://acquaint.example/slot.json", &mut schemas).unwrap();
    schemas.validate(value, index).is_ok()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn whatever_is_filled_in_fits_or_is_refused_in_its_slot(name in 0..10_usize, value in values()) {
        let (manifest, registry) = (manifest(), Registry::bundled().unwrap());
        let slot = &manifest.slots()[name];
        let filled = Map::from_iter([(slot.name.clone(), value.clone())]);
        match manifest.with_slots(&filled, &registry) {
            Ok(own) => {
                prop_assert_eq!(own.revision(), manifest.revision());
                prop_assert!(value.is_null() || valid(&slot.schema, &value), "{} in {}", value, slot.name);
            }
            Err(problems) => {
                prop_assert!(!problems.problems.is_empty());
                for problem in problems.problems {
                    prop_assert_eq!(problem.slot.map(|place| place.name), Some(slot.name.clone()));
                }
            }
        }
    }
}
