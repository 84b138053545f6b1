//! Associations: their types in both directions, and how they are read.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod hubspot_support;

use acquaint_testkit::sandbox::hubspot::{CrmError, Link};
use chrono::Duration;
use http::Method;
use hubspot_support::{Answer, PORTAL, World, world, world_with};
use serde_json::{Value, json};

const BATCH: &str = "/crm/associations/2026-03/contacts/companies/batch/read";

fn associate(world: &World, contact: u64, company: u64, link: Link) {
    world.hubspot.associate(PORTAL, ("contacts", contact), ("companies", company), link).unwrap();
}

fn batch(world: &World, inputs: Value) -> Answer {
    world.post(BATCH, &json!({"inputs": inputs}))
}

fn types(entry: &Value) -> Vec<u64> {
    let all = entry["associationTypes"].as_array().unwrap().iter();
    let mut types: Vec<u64> = all.map(|kind| kind["typeId"].as_u64().unwrap()).collect();
    types.sort_unstable();
    types
}

#[test]
fn an_association_is_seen_from_both_sides_with_directional_types() {
    let world = world();
    let (contact, company) = (world.contact("a@x.example"), world.company("X", "x.example"));
    associate(&world, contact, company, Link::Primary);
    let there = batch(&world, json!([{"id": contact.to_string()}]));
    assert_eq!(there.status, 200);
    let entry = &there.body["results"][0];
    assert_eq!(entry["from"]["id"], contact.to_string());
    assert_eq!(entry["to"][0]["toObjectId"], json!(company), "a number on the wire");
    assert_eq!(types(&entry["to"][0]), [1, 279]);
    let labels = entry["to"][0]["associationTypes"].as_array().unwrap();
    assert!(labels.contains(&json!({"category": "HUBSPOT_DEFINED", "typeId": 1, "label": "Primary"})));
    assert!(labels.contains(&json!({"category": "HUBSPOT_DEFINED", "typeId": 279, "label": null})));
    let back = world.get(&format!("/crm/v4/objects/companies/{company}/associations/contacts"));
    assert_eq!(back.body["results"][0]["toObjectId"], json!(contact));
    assert_eq!(types(&back.body["results"][0]), [2, 280]);
}

#[test]
fn a_contact_has_one_primary_company() {
    let world = world();
    let contact = world.contact("a@x.example");
    let (x, y) = (world.company("X", "x.example"), world.company("Y", "y.example"));
    associate(&world, contact, x, Link::Primary);
    associate(&world, contact, y, Link::Primary);
    let links = world.hubspot.associations(PORTAL, "contacts", "companies").unwrap();
    assert_eq!(links[&(contact, x)], [279].into());
    assert_eq!(links[&(contact, y)], [1, 279].into());
    // The same from the company's side.
    world.hubspot.associate(PORTAL, ("companies", x), ("contacts", contact), Link::Primary).unwrap();
    let links = world.hubspot.associations(PORTAL, "companies", "contacts").unwrap();
    assert_eq!(links[&(x, contact)], [2, 280].into());
    assert_eq!(links[&(y, contact)], [280].into());
}

#[test]
fn a_list_shows_a_target_once_for_each_of_its_types() {
    let world = world_with(|config| config.association_page = 2);
    let contact = world.contact("a@x.example");
    let companies: Vec<u64> = (0..3).map(|n| world.company(&format!("c{n}"), "x.example")).collect();
    associate(&world, contact, companies[0], Link::Primary);
    let (label, _) = world.hubspot.define_label(PORTAL, "contacts", "companies", "Billing contact").unwrap();
    associate(&world, contact, companies[1], Link::Type(label));
    associate(&world, contact, companies[2], Link::Unlabelled);
    for path in ["/crm/objects/2026-03/contacts?", &format!("/crm/v3/objects/contacts/{contact}?")] {
        let answer = world.get(&format!("{path}associations=companies,deals")).body;
        let record = answer["results"].get(0).unwrap_or(&answer);
        let rows: Vec<(String, &str)> =
            (record["associations"]["companies"]["results"].as_array().unwrap().iter())
                .map(|row| (row["id"].as_str().unwrap().to_owned(), row["type"].as_str().unwrap()))
                .collect();
        let (first, second) = (companies[0].to_string(), companies[1].to_string());
        assert_eq!(
            rows,
            [
                (first.clone(), "contact_to_company"),
                (first, "contact_to_company_unlabeled"),
                (second.clone(), "billing_contact"),
                (second, "contact_to_company_unlabeled"),
            ]
        );
        let after = record["associations"]["companies"]["paging"]["next"]["after"].as_str().unwrap();
        let rest =
            world.get(&format!("/crm/v4/objects/contacts/{contact}/associations/companies?after={after}"));
        assert_eq!(rest.body["results"][0]["toObjectId"], json!(companies[2]));
        assert!(record["associations"].get("deals").is_none());
    }
    let labels = world.get("/crm/v4/associations/contacts/companies/labels").body;
    let labels: Vec<&Value> =
        labels["results"].as_array().unwrap().iter().map(|entry| &entry["label"]).collect();
    assert_eq!(labels, [&Value::Null, &json!("Primary"), &json!("Billing contact")]);
}

#[test]
fn each_input_of_a_batch_is_paged_by_itself() {
    let world = world_with(|config| config.association_page = 2);
    let (many, few) = (world.contact("a@x.example"), world.contact("b@x.example"));
    let companies: Vec<u64> = (0..5).map(|n| world.company(&format!("c{n}"), "x.example")).collect();
    for company in &companies {
        associate(&world, many, *company, Link::Unlabelled);
    }
    associate(&world, few, companies[0], Link::Unlabelled);
    let mut seen = Vec::new();
    let mut inputs = json!([{"id": many.to_string()}, {"id": few.to_string()}]);
    let mut calls = 0;
    loop {
        calls += 1;
        let answer = batch(&world, inputs);
        let mut more = Vec::new();
        for entry in answer.body["results"].as_array().unwrap() {
            let from = entry["from"]["id"].as_str().unwrap();
            for to in entry["to"].as_array().unwrap() {
                seen.push((from.parse::<u64>().unwrap(), to["toObjectId"].as_u64().unwrap()));
            }
            if let Some(after) = entry["paging"]["next"]["after"].as_str() {
                more.push(json!({"id": from, "after": after}));
            }
        }
        if more.is_empty() {
            break;
        }
        inputs = json!(more);
    }
    seen.sort_unstable();
    let truth: Vec<(u64, u64)> =
        world.hubspot.associations(PORTAL, "contacts", "companies").unwrap().into_keys().collect();
    assert_eq!((seen, calls), (truth, 3));
}

#[test]
fn inputs_without_associations_are_left_out_and_reported_as_configured() {
    let world = world();
    let (linked, lonely) = (world.contact("a@x.example"), world.contact("b@x.example"));
    associate(&world, linked, world.company("X", "x.example"), Link::Unlabelled);
    let ask = || batch(&world, json!([{"id": linked}, {"id": lonely.to_string()}, {"id": "404"}]));
    let loud = ask();
    assert_eq!((loud.status, &loud.body["numErrors"]), (207, &json!(2)));
    assert_eq!(loud.body["errors"][0]["subCategory"], "crm.associations.NO_ASSOCIATIONS_FOUND");
    world.hubspot.configure(|config| config.report_lacking_associations = false);
    let quiet = ask();
    assert_eq!((quiet.status, quiet.body.get("errors")), (200, None));
    for answer in [loud, quiet] {
        assert_eq!(answer.body["results"].as_array().unwrap().len(), 1);
    }
    let inputs: Vec<Value> = (0..1001).map(|id| json!({"id": id.to_string()})).collect();
    assert_eq!(batch(&world, json!(inputs)).status, 400);
}

#[test]
fn taking_the_unlabelled_type_away_takes_all() {
    let world = world();
    let (contact, company) = (world.contact("a@x.example"), world.company("X", "x.example"));
    let (from, to) = (("contacts", contact), ("companies", company));
    associate(&world, contact, company, Link::Primary);
    world.hubspot.dissociate(PORTAL, from, to, Link::Primary).unwrap();
    let links = world.hubspot.associations(PORTAL, "contacts", "companies").unwrap();
    assert_eq!(links[&(contact, company)], [279].into());
    associate(&world, contact, company, Link::Primary);
    world.hubspot.dissociate(PORTAL, from, to, Link::Unlabelled).unwrap();
    assert!(world.hubspot.associations(PORTAL, "contacts", "companies").unwrap().is_empty());
    assert!(world.hubspot.associations(PORTAL, "companies", "contacts").unwrap().is_empty());
}

#[test]
fn associations_are_made_and_removed_over_http() {
    let world = world();
    let (contact, company) = (world.contact("a@x.example"), world.company("X", "x.example"));
    let send = |method, path: &str, body: &str| world.send(method, path, Some(&world.token), body).status;
    let base = format!("/crm/v4/objects/contacts/{contact}/associations");
    assert_eq!(send(Method::PUT, &format!("{base}/default/companies/{company}"), ""), 200);
    let links = || world.hubspot.associations(PORTAL, "contacts", "companies").unwrap();
    assert_eq!(links()[&(contact, company)], [279].into());
    let primary = r#"[{"associationCategory":"HUBSPOT_DEFINED","associationTypeId":1}]"#;
    assert_eq!(send(Method::PUT, &format!("{base}/companies/{company}"), primary), 201);
    assert_eq!(links()[&(contact, company)], [1, 279].into());
    assert_eq!(send(Method::DELETE, &format!("{base}/companies/{company}"), ""), 204);
    assert!(links().is_empty());
    let unknown = r#"[{"associationCategory":"HUBSPOT_DEFINED","associationTypeId":999}]"#;
    assert_eq!(send(Method::PUT, &format!("{base}/companies/{company}"), unknown), 400);
}

#[test]
fn associations_follow_archiving_restoring_and_merging() {
    let world = world();
    let hubspot = &world.hubspot;
    let (a, b) = (world.contact("a@x.example"), world.contact("b@x.example"));
    let (x, y) = (world.company("X", "x.example"), world.company("Y", "y.example"));
    associate(&world, a, x, Link::Primary);
    associate(&world, b, y, Link::Primary);
    let links = || hubspot.associations(PORTAL, "contacts", "companies").unwrap();
    hubspot.archive(PORTAL, "companies", x).unwrap();
    assert_eq!(links().into_keys().collect::<Vec<_>>(), [(b, y)]);
    hubspot.restore(PORTAL, "companies", x).unwrap();
    assert_eq!(links().len(), 2);
    let merged = hubspot.merge(PORTAL, "contacts", a, b).unwrap();
    assert_eq!(links()[&(merged, x)], [1, 279].into());
    assert_eq!(links()[&(merged, y)], [279].into());
    let company = hubspot.merge(PORTAL, "companies", y, x).unwrap();
    assert_eq!(links(), [((merged, company), [1, 279].into())].into());
    hubspot.gdpr_delete(PORTAL, "contacts", merged).unwrap();
    assert!(hubspot.associations(PORTAL, "companies", "contacts").unwrap().is_empty());
}

#[test]
fn an_association_moves_the_last_change_only_if_so_configured() {
    let world = world();
    let (contact, company) = (world.contact("a@x.example"), world.company("X", "x.example"));
    let updated = |kind: &str, id| world.hubspot.record(PORTAL, kind, id).unwrap().unwrap().updated_at;
    let before = (updated("contacts", contact), updated("companies", company));
    world.forward(Duration::minutes(1));
    associate(&world, contact, company, Link::Primary);
    assert_eq!((updated("contacts", contact), updated("companies", company)), before);
    world.hubspot.configure(|config| config.associations_touch_records = true);
    associate(&world, contact, company, Link::Primary);
    assert!(updated("contacts", contact) > before.0 && updated("companies", company) > before.1);
    let record = world.hubspot.record(PORTAL, "contacts", contact).unwrap().unwrap();
    assert_eq!(record.properties["associatedcompanyid"], company.to_string());
    world.hubspot.dissociate(PORTAL, ("contact", contact), ("company", company), Link::Unlabelled).unwrap();
    let record = world.hubspot.record(PORTAL, "contacts", contact).unwrap().unwrap();
    assert_eq!(record.properties.get("associatedcompanyid"), None);
}

#[test]
fn a_parent_company_is_an_association_too() {
    let world = world();
    let (parent, child) = (world.company("P", "p.example"), world.company("C", "c.example"));
    let set = |value: &str| {
        world.hubspot.update(PORTAL, "companies", child, &[("hs_parent_company_id", value)]).unwrap();
        world.hubspot.associations(PORTAL, "companies", "companies").unwrap()
    };
    let links = set(&parent.to_string());
    assert_eq!(links[&(child, parent)], [14, 450].into());
    assert_eq!(links[&(parent, child)], [13, 450].into());
    assert!(set("").is_empty());
}

#[test]
fn a_link_that_the_types_do_not_have_is_refused() {
    let world = world();
    let (contact, company) = (world.contact("a@x.example"), world.company("X", "x.example"));
    let try_link = |from, to, link| world.hubspot.associate(PORTAL, from, to, link);
    assert!(matches!(
        try_link(("contacts", contact), ("contacts", contact), Link::Primary),
        Err(CrmError::NoSuchAssociationType { .. })
    ));
    assert!(matches!(
        try_link(("contacts", contact), ("companies", company), Link::Type(3)),
        Err(CrmError::NoSuchAssociationType { .. })
    ));
    assert!(matches!(
        try_link(("contacts", 5), ("companies", company), Link::Primary),
        Err(CrmError::NoSuchRecord { id: 5, .. })
    ));
}
