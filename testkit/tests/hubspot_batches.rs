//! Many records in one call, and what becomes of the rest when one of them fails.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod hubspot_support;

use acquaint_testkit::sandbox::hubspot::{ItemFailure, Link, PropertyDefinition};
use hubspot_support::{PORTAL, World, ids, world};
use serde_json::{Value, json};

fn batch(world: &World, verb: &str, inputs: Value) -> hubspot_support::Answer {
    world.post(&format!("/crm/objects/2026-03/contacts/batch/{verb}"), &json!({ "inputs": inputs }))
}

#[test]
fn a_batch_creates_all_or_nothing_unless_its_items_can_be_told_apart() {
    let world = world();
    let contact = |email: &str| json!({"properties": {"email": email}});
    let made = batch(&world, "create", json!([contact("a@x.example"), contact("b@x.example")]));
    assert_eq!((made.status, made.body["results"].as_array().unwrap().len()), (201, 2));
    for second in [contact("A@x.example"), contact("c@x.example"), json!({"properties": {"no_such": "1"}})] {
        let refused = batch(&world, "create", json!([contact("c@x.example"), second]));
        assert!((400..410).contains(&refused.status), "{}", refused.body);
    }
    assert_eq!(world.hubspot.records(PORTAL, "contacts").unwrap().len(), 2);
    let traced = |email: &str| json!({"properties": {"email": email}, "objectWriteTraceId": email});
    let some = batch(&world, "create", json!([traced("c@x.example"), traced("a@x.example")]));
    assert_eq!((some.status, some.body["results"].as_array().unwrap().len()), (207, 1));
    assert_eq!(some.body["results"][0]["objectWriteTraceId"], "c@x.example");
    assert_eq!(some.body["errors"][0]["category"], "CONFLICT");
    assert_eq!(some.body["errors"][0]["context"], json!({"objectWriteTraceId": ["a@x.example"]}));
}

#[test]
fn a_record_is_created_with_its_associations() {
    let world = world();
    let company = world.company("X", "x.example");
    let types = json!([{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 1}]);
    let input = json!({
        "properties": {"email": "a@x.example"},
        "associations": [{"to": {"id": company.to_string()}, "types": types}],
    });
    let made = ids(&batch(&world, "create", json!([input])));
    let links = world.hubspot.associations(PORTAL, "contacts", "companies").unwrap();
    assert_eq!(links.into_keys().collect::<Vec<_>>(), [(made[0], company)]);
}

#[test]
fn a_batch_updates_what_is_there_and_does_not_follow_merges() {
    let world = world();
    let (first, second, third) =
        (world.contact("a@x.example"), world.contact("b@x.example"), world.contact("c@x.example"));
    let new = world.hubspot.merge(PORTAL, "contacts", second, third).unwrap();
    let input = |id: u64| json!({"id": id.to_string(), "properties": {"city": "Oslo"}});
    let some = batch(&world, "update", json!([input(first), input(second), input(new)]));
    assert_eq!((some.status, ids(&some)), (207, vec![first, new]));
    assert_eq!(some.body["errors"][0]["context"]["ids"], json!([second.to_string()]));
    let by_email = json!([{"id": "a@x.example", "idProperty": "email", "properties": {"city": "Bergen"}}]);
    assert_eq!(batch(&world, "update", by_email).status, 200);
    assert_eq!(
        world.hubspot.record(PORTAL, "contacts", first).unwrap().unwrap().properties["city"],
        "Bergen"
    );
    let by_city = json!([{"id": "Bergen", "idProperty": "city", "properties": {}}]);
    assert_eq!(batch(&world, "update", by_city).status, 400);
}

#[test]
fn an_upsert_says_which_records_are_new() {
    let world = world();
    let known = world.contact("a@x.example");
    let input = |name: &str, id: &str, phone: &str| json!({"id": id, "idProperty": name, "properties": {"phone": phone}});
    let done = batch(
        &world,
        "upsert",
        json!([input("email", "a@x.example", "1"), input("email", "b@x.example", "2")]),
    );
    assert_eq!(done.status, 200, "{}", done.body);
    let new: Vec<&Value> = done.body["results"].as_array().unwrap().iter().map(|one| &one["new"]).collect();
    assert_eq!((ids(&done)[0], new), (known, vec![&json!(false), &json!(true)]));
    // By a property of the portal's own each item stands for itself.
    let number = PropertyDefinition::new("customer_number", "string").unique();
    world.hubspot.define_property(PORTAL, "contacts", number).unwrap();
    let bad = json!({"id": "C-2", "idProperty": "customer_number", "properties": {"no_such": "1"}});
    let some = batch(&world, "upsert", json!([input("customer_number", "C-1", "3"), bad]));
    assert_eq!((some.status, some.body["results"][0]["new"].clone()), (207, json!(true)));
    assert_eq!(some.body["errors"][0]["context"]["ids"], json!(["C-2"]));
    let again = batch(&world, "upsert", json!([input("customer_number", "C-1", "4")]));
    assert_eq!((ids(&again), &again.body["results"][0]["new"]), (ids(&some), &json!(false)));
    assert_eq!(batch(&world, "upsert", json!([{"id": "1", "properties": {}}])).status, 400);
}

#[test]
fn a_batch_archives_what_is_there_and_reads_it_as_archived() {
    let world = world();
    let (first, second) = (world.contact("a@x.example"), world.contact("b@x.example"));
    let inputs = json!([{"id": first.to_string()}, {"id": "90119999"}]);
    assert_eq!(batch(&world, "archive", inputs.clone()).status, 204);
    assert_eq!(world.hubspot.records(PORTAL, "contacts").unwrap().into_keys().collect::<Vec<_>>(), [second]);
    let path = "/crm/v3/objects/contacts/batch/read?archived=true";
    let read = world.post(path, &json!({"inputs": [{"id": first.to_string()}, {"id": second.to_string()}]}));
    assert_eq!((read.status, ids(&read)), (207, vec![first]));
    assert!(read.body["results"][0]["archivedAt"].is_string());
}

#[test]
fn one_record_of_a_batch_fails_on_demand_and_the_rest_succeeds() {
    let world = world();
    let all: Vec<u64> = (0..4).map(|n| world.contact(&format!("{n}@x.example"))).collect();
    let company = world.company("X", "x.example");
    for id in &all {
        world.hubspot.associate(PORTAL, ("contacts", *id), ("companies", company), Link::Unlabelled).unwrap();
    }
    let inputs: Value = all.iter().map(|id| json!({"id": id.to_string()})).collect();
    world.hubspot.fail_in_batches(PORTAL, "contacts", all[1], ItemFailure::NotFound).unwrap();
    world.hubspot.fail_in_batches(PORTAL, "contacts", all[2], ItemFailure::internal()).unwrap();
    let read = batch(&world, "read", inputs.clone());
    assert_eq!((read.status, ids(&read)), (207, vec![all[0], all[3]]));
    assert_eq!(read.body["numErrors"], 2);
    let told: Vec<(&Value, &Value)> = (read.body["errors"].as_array().unwrap().iter())
        .map(|error| (&error["category"], &error["context"]["ids"]))
        .collect();
    let id = |at: usize| json!([all[at].to_string()]);
    assert_eq!(told, [(&json!("INTERNAL_ERROR"), &id(2)), (&json!("OBJECT_NOT_FOUND"), &id(1))]);
    let links = world.post(
        "/crm/associations/2026-03/contacts/companies/batch/read",
        &json!({ "inputs": inputs.clone() }),
    );
    assert_eq!((links.status, links.body["results"].as_array().unwrap().len()), (207, 2));
    let archived = batch(&world, "archive", inputs.clone());
    assert_eq!((archived.status, &archived.body["numErrors"]), (207, &json!(2)));
    world.hubspot.heal_batches(PORTAL).unwrap();
    assert_eq!(ids(&batch(&world, "read", inputs)), [all[1], all[2]]);
}

#[test]
fn associations_are_made_and_taken_away_in_batches() {
    let world = world();
    let (contact, x, y) =
        (world.contact("a@x.example"), world.company("X", "x.example"), world.company("Y", "y.example"));
    let path = |verb: &str| format!("/crm/v4/associations/contacts/companies/batch/{verb}");
    let end = |id: u64| json!({"id": id.to_string()});
    let pair = |to: u64, link: u32| {
        let types = json!([{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": link}]);
        json!({"from": end(contact), "to": end(to), "types": types})
    };
    let made = world.post(&path("create"), &json!({"inputs": [pair(x, 1)]}));
    assert_eq!((made.status, &made.body["results"][0]["labels"]), (201, &json!(["Primary"])));
    let some =
        world.post(&path("create"), &json!({"inputs": [pair(y, 279), pair(90_119_999, 279), pair(y, 9999)]}));
    assert_eq!((some.status, &some.body["numErrors"]), (207, &json!(2)));
    let plain = json!({"inputs": [{"from": end(contact), "to": end(y)}]});
    let default = world.post(&path("associate/default"), &plain);
    assert_eq!((default.status, &default.body["results"][1]["from"]["id"]), (200, &json!(y.to_string())));
    assert_eq!(default.body["results"][0]["associationSpec"]["associationTypeId"], 279);
    let links = || world.hubspot.associations(PORTAL, "contacts", "companies").unwrap();
    assert_eq!(links().len(), 2);
    assert_eq!(world.post(&path("labels/archive"), &json!({"inputs": [pair(x, 1)]})).status, 204);
    assert_eq!(links()[&(contact, x)].iter().copied().collect::<Vec<_>>(), [279]);
    let gone = json!({"inputs": [{"from": end(contact), "to": [end(x), end(y)]}]});
    assert_eq!(world.post(&path("archive"), &gone).status, 204);
    assert!(links().is_empty());
    let label = world
        .post("/crm/v4/associations/contacts/companies/labels", &json!({"label": "Buyer", "name": "buyer"}));
    assert_eq!(label.body["results"][0]["label"], "Buyer");
}
