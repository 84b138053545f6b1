//! Search: what finds what, in which order, up to which limits, and how late.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod hubspot_support;

use std::collections::BTreeSet;

use acquaint_testkit::sandbox::hubspot::SearchOrder;
use chrono::Duration;
use hubspot_support::{PORTAL, World, ids, world, world_with};
use serde_json::{Value, json};

const PATH: &str = "/crm/objects/2026-03/companies/search";

fn filters(filters: Value) -> Value {
    json!({"filterGroups": [{"filters": filters}]})
}

fn find(world: &World, property: &str, operator: &str, rest: Value) -> Vec<u64> {
    let mut filter = json!({"propertyName": property, "operator": operator});
    filter.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
    world.search("companies", &filters(json!([filter])))
}

#[test]
fn every_operator_finds_what_it_should() {
    let world = world();
    let make = |properties: &[(&str, &str)]| world.hubspot.create(PORTAL, "companies", properties).unwrap();
    let a = make(&[("name", "Acme Foods"), ("numberofemployees", "9"), ("type", "PROSPECT")]);
    let b = make(&[("name", "Bolt"), ("numberofemployees", "10"), ("domain", "bolt.example")]);
    let c = make(&[("name", "bolt"), ("numberofemployees", "200")]);
    let value = |value: &str| json!({"value": value});
    let values = |values: &[&str]| json!({"values": values});
    for (property, operator, rest, expected) in [
        ("name", "EQ", value("BOLT"), vec![b, c]),
        ("name", "NEQ", value("bolt"), vec![a]),
        ("numberofemployees", "LT", value("10"), vec![a]),
        ("numberofemployees", "LTE", value("10"), vec![a, b]),
        ("numberofemployees", "GT", value("10"), vec![c]),
        ("numberofemployees", "GTE", value("10"), vec![b, c]),
        ("numberofemployees", "BETWEEN", json!({"value": "9", "highValue": "10"}), vec![a, b]),
        ("name", "IN", values(&["bolt"]), vec![b, c]),
        ("name", "IN", values(&["Bolt"]), vec![]),
        ("name", "NOT_IN", values(&["bolt"]), vec![a]),
        ("type", "IN", values(&["PROSPECT"]), vec![a]),
        ("type", "IN", values(&["prospect"]), vec![]),
        ("numberofemployees", "IN", values(&["9.0", "200"]), vec![a, c]),
        ("domain", "HAS_PROPERTY", json!({}), vec![b]),
        ("domain", "NOT_HAS_PROPERTY", json!({}), vec![a, c]),
        ("name", "CONTAINS_TOKEN", value("foods"), vec![a]),
        ("name", "CONTAINS_TOKEN", value("foo"), vec![]),
        ("name", "CONTAINS_TOKEN", value("foo*"), vec![a]),
        ("domain", "CONTAINS_TOKEN", value("*.example"), vec![b]),
        ("name", "NOT_CONTAINS_TOKEN", value("bolt"), vec![a]),
        ("hs_object_id", "GT", value(&a.to_string()), vec![b, c]),
        ("no_such", "EQ", value("x"), vec![]),
    ] {
        assert_eq!(find(&world, property, operator, rest.clone()), expected, "{property} {operator} {rest}");
    }
    let wrong = filters(json!([{"propertyName": "name", "operator": "LIKE", "value": "x"}]));
    assert_eq!(world.post(PATH, &wrong).status, 400);
    let without = filters(json!([{"propertyName": "name", "operator": "EQ"}]));
    assert_eq!(world.post(PATH, &without).status, 400);
}

#[test]
fn groups_are_alternatives_and_filters_within_one_are_not() {
    let world = world();
    let a = world.company("Acme", "acme.example");
    let b = world.company("Bolt", "bolt.example");
    let filter = |name: &str, value: &str| json!({"propertyName": name, "operator": "EQ", "value": value});
    let both = filters(json!([filter("name", "acme"), filter("domain", "bolt.example")]));
    assert_eq!(world.search("companies", &both), [0; 0]);
    let either = json!({"filterGroups": [
        {"filters": [filter("name", "acme")]},
        {"filters": [filter("domain", "bolt.example")]},
    ]});
    assert_eq!(world.search("companies", &either), [a, b]);
}

#[test]
fn the_wrong_name_for_the_last_change_finds_no_contact() {
    let world = world();
    let id = world.contact("a@x.example");
    let since =
        |name: &str| filters(json!([{"propertyName": name, "operator": "GTE", "value": "1700000000000"}]));
    assert_eq!(world.search("contacts", &since("lastmodifieddate")), [id]);
    assert_eq!(world.search("contacts", &since("hs_lastmodifieddate")), [0; 0]);
}

#[test]
fn changes_are_found_in_order_by_epoch_milliseconds_or_iso_instants() {
    let world = world();
    let ids: Vec<u64> = (0..4)
        .map(|n| {
            world.forward(Duration::milliseconds(1));
            world.company(&format!("c{n}"), "x.example")
        })
        .collect();
    world.hubspot.update(PORTAL, "companies", ids[0], &[("phone", "1")]).unwrap();
    let at = world.hubspot.record(PORTAL, "companies", ids[2]).unwrap().unwrap().updated_at;
    for value in [at.timestamp_millis().to_string(), at.to_rfc3339()] {
        let mut request =
            filters(json!([{"propertyName": "hs_lastmodifieddate", "operator": "GTE", "value": value}]));
        request["sorts"] = json!([{"propertyName": "hs_lastmodifieddate", "direction": "ASCENDING"}]);
        assert_eq!(world.search("companies", &request), [ids[2], ids[0], ids[3]]);
        request["sorts"] = json!([{"propertyName": "hs_object_id", "direction": "DESCENDING"}]);
        assert_eq!(world.search("companies", &request), [ids[3], ids[2], ids[0]]);
    }
    assert_eq!(world.search("companies", &json!({})), ids, "oldest created first");
    let two = json!({"sorts": [{"propertyName": "name"}, {"propertyName": "domain"}]});
    assert_eq!(world.post(PATH, &two).status, 400);
}

#[test]
fn a_search_pages_by_offset_and_carries_no_rate_headers() {
    let world = world();
    let made: Vec<u64> = (0..5).map(|n| world.company(&format!("c{n}"), "x.example")).collect();
    let first = world.post(PATH, &json!({"limit": 2}));
    assert_eq!((ids(&first), &first.body["total"]), (made[..2].to_vec(), &json!(5)));
    assert_eq!(first.body["paging"]["next"]["after"], "2");
    let last = world.post(PATH, &json!({"limit": 2, "after": "4"}));
    assert_eq!(ids(&last), made[4..]);
    assert!(last.body.get("paging").is_none());
    assert!(last.headers.keys().all(|name| !name.as_str().contains("ratelimit")));
    let list = world.get("/crm/objects/2026-03/companies");
    assert_eq!(list.headers["x-hubspot-ratelimit-max"], "110");
    assert_eq!(list.headers["x-hubspot-ratelimit-remaining"], "109");
}

#[test]
fn the_limits_of_a_search_are_refused_with_400() {
    let world = world();
    let filter = json!({"propertyName": "name", "operator": "EQ", "value": "x"});
    let group = |n: usize| json!({"filters": vec![filter.clone(); n]});
    let groups =
        |sizes: &[usize]| json!({"filterGroups": sizes.iter().map(|n| group(*n)).collect::<Vec<_>>()});
    for (request, status) in [
        (json!({"limit": 200}), 200),
        (json!({"limit": 201}), 400),
        (groups(&[1, 1, 1, 1, 1]), 200),
        (groups(&[1, 1, 1, 1, 1, 1]), 400),
        (groups(&[6]), 200),
        (groups(&[7]), 400),
        (groups(&[6, 6, 6]), 200),
        (groups(&[6, 6, 6, 1]), 400),
        (json!({"limit": 200, "after": "9800"}), 200),
        (json!({"limit": 200, "after": "9801"}), 400),
        (json!({"after": "next"}), 400),
        (json!({"properties": [vec!["p"; 2960].concat()]}), 200),
        (json!({"properties": [vec!["p"; 3000].concat()]}), 400),
    ] {
        let answer = world.post(PATH, &request);
        assert_eq!(answer.status, status, "{request}");
        if status == 400 {
            assert_eq!(answer.body["category"], "VALIDATION_ERROR");
        }
    }
}

#[test]
fn a_filter_at_the_beginning_of_time_breaks_search() {
    let world = world();
    let at = |value: &str| {
        filters(json!([{"propertyName": "hs_lastmodifieddate", "operator": "GTE", "value": value}]))
    };
    assert_eq!(world.post(PATH, &at("0")).status, 500);
    assert_eq!(world.post(PATH, &at("1")).status, 200);
}

#[test]
fn search_sees_a_change_only_after_the_index_lag() {
    let world = world();
    world.hubspot.set_index_lag(Duration::seconds(30));
    let id = world.company("Old name", "x.example");
    let named = |name: &str| find(&world, "name", "EQ", json!({"value": name}));
    assert_eq!(named("Old name"), [0; 0]);
    assert_eq!(world.get(&format!("/crm/v3/objects/companies/{id}")).status, 200, "reads do not lag");
    world.forward(Duration::seconds(30));
    assert_eq!(named("Old name"), [id]);
    world.hubspot.update(PORTAL, "companies", id, &[("name", "New name")]).unwrap();
    world.forward(Duration::seconds(29));
    assert_eq!(named("Old name"), [id]);
    assert_eq!(named("New name"), [0; 0]);
    world.forward(Duration::seconds(1));
    assert_eq!(named("Old name"), [0; 0]);
    assert_eq!(named("New name"), [id]);
}

#[test]
fn archived_records_are_never_found() {
    let world = world();
    let (a, b) = (world.company("A", "a.example"), world.company("B", "b.example"));
    world.hubspot.archive(PORTAL, "companies", a).unwrap();
    assert_eq!(world.search("companies", &json!({})), [b]);
    world.hubspot.restore(PORTAL, "companies", a).unwrap();
    assert_eq!(world.search("companies", &json!({})), [a, b]);
}

#[test]
fn equals_come_in_any_order_on_demand_but_sorted_ones_stay_sorted() {
    let world = world();
    let made: Vec<u64> = (0..40).map(|n| world.company(&format!("c{n}"), "x.example")).collect();
    let all = || world.search("companies", &json!({"limit": 200}));
    world.hubspot.shuffle_search(SearchOrder::Shuffled(7));
    let shuffled = all();
    assert_ne!(shuffled, made);
    assert_eq!(shuffled, all(), "the same in every request");
    assert_eq!(shuffled.iter().copied().collect::<BTreeSet<_>>(), made.iter().copied().collect());
    world.hubspot.shuffle_search(SearchOrder::ShuffledEachRequest(7));
    assert_ne!(all(), all());
    let sorted = json!({"limit": 200, "sorts": [{"propertyName": "hs_object_id", "direction": "ASCENDING"}]});
    assert_eq!(world.search("companies", &sorted), made);
}

#[test]
fn records_are_found_by_association() {
    let world = world();
    let (contact, company) = (world.contact("a@x.example"), world.company("X", "x.example"));
    world.contact("b@x.example");
    let link = acquaint_testkit::sandbox::hubspot::Link::Unlabelled;
    world.hubspot.associate(PORTAL, ("contacts", contact), ("companies", company), link).unwrap();
    let request = filters(
        json!([{"propertyName": "associations.company", "operator": "EQ", "value": company.to_string()}]),
    );
    assert_eq!(world.search("contacts", &request), [contact]);
}

#[test]
fn a_search_ends_where_its_results_do() {
    let world = world_with(|config| config.search_results = 4);
    for n in 0..6 {
        world.contact(&format!("{n}@x.example"));
    }
    let page =
        |after: u32| world.post("/crm/v3/objects/contacts/search", &json!({"limit": 2, "after": after}));
    assert_eq!((page(0).body["total"].clone(), ids(&page(2)).len()), (json!(6), 2));
    assert_eq!(page(4).status, 400);
}

#[test]
fn a_stale_index_shows_what_no_longer_passes() {
    let world = world_with(|config| config.index_lag = Duration::seconds(30));
    let id = world.hubspot.create(PORTAL, "contacts", &[("city", "Oslo")]).unwrap();
    world.forward(Duration::seconds(30));
    world.hubspot.update(PORTAL, "contacts", id, &[("city", "Bergen")]).unwrap();
    let filter = |city: &str| {
        let filter = json!({"propertyName": "city", "operator": "EQ", "value": city});
        json!({"filterGroups": [{"filters": [filter]}], "properties": ["city"]})
    };
    assert_eq!(world.search("contacts", &filter("Oslo")), [id]);
    assert!(world.search("contacts", &filter("Bergen")).is_empty());
    world.forward(Duration::seconds(30));
    assert_eq!(world.search("contacts", &filter("Bergen")), [id]);
}
