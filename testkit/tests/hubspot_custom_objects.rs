//! Custom objects, and the definitions of properties as they change.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod hubspot_support;

use acquaint_testkit::sandbox::hubspot::{CrmError, Link, PropertyDefinition};
use http::Method;
use hubspot_support::{OTHER, PORTAL, World, ids, world};
use serde_json::{Value, json};

const CUSTOM: &[&str] = &[
    "crm.schemas.custom.read",
    "crm.objects.custom.read",
    "crm.objects.custom.write",
    "crm.objects.contacts.read",
    "crm.objects.contacts.write",
];

/// A world whose portal has policies, the id of their type, and a token for them.
fn policies() -> (World, String) {
    let mut world = world();
    let policy = world.hubspot.define_object(PORTAL, "policies", ("Policy", "Policies"), "number").unwrap();
    world.token = world.hubspot.static_token(PORTAL, CUSTOM).unwrap();
    (world, policy)
}

#[test]
fn a_schema_is_found_by_type_id_and_by_names() {
    let (world, policy) = policies();
    let all = world.get("/crm-object-schemas/2026-03/schemas").body;
    let schema = &all["results"][0];
    assert_eq!(schema["objectTypeId"], policy);
    assert_eq!(schema["fullyQualifiedName"], format!("p{PORTAL}_policies"));
    assert_eq!(schema["labels"], json!({"singular": "Policy", "plural": "Policies"}));
    assert_eq!(schema["primaryDisplayProperty"], "number");
    let properties = schema["properties"].as_array().unwrap();
    assert!(properties.iter().any(|property| property["name"] == "number"));
    let leads_to = |to: &str| {
        let all = schema["associations"].as_array().unwrap();
        all.iter().any(|link| link["fromObjectTypeId"] == policy && link["toObjectTypeId"] == to)
    };
    assert!(leads_to("0-1") && leads_to("0-2") && leads_to(&policy));
    for (path, name) in [
        ("/crm-object-schemas/v3/schemas", policy.clone()),
        ("/crm/v3/schemas", format!("p{PORTAL}_policies")),
        ("/crm-object-schemas/2026-09/schemas", "policies".to_owned()),
    ] {
        assert_eq!(world.get(&format!("{path}/{name}")).body["objectTypeId"], policy);
    }
    assert_eq!(world.get("/crm/v3/schemas/contacts").status, 404);
    let lacking = world.hubspot.static_token(PORTAL, &["crm.objects.custom.read"]).unwrap();
    assert_eq!(world.send(Method::GET, "/crm/v3/schemas", Some(&lacking), "").status, 403);
}

#[test]
fn records_of_a_custom_object_are_read_by_any_of_its_names() {
    let (world, policy) = policies();
    let made = world
        .post(&format!("/crm/objects/2026-03/p{PORTAL}_policies"), &json!({"properties": {"number": "P-1"}}));
    assert_eq!(made.status, 201, "{}", made.body);
    let id: u64 = made.body["id"].as_str().unwrap().parse().unwrap();
    for name in [policy.as_str(), &format!("p{PORTAL}_policies"), "policies"] {
        assert_eq!(ids(&world.get(&format!("/crm/v3/objects/{name}"))), [id]);
        assert_eq!(world.search(name, &json!({"query": ""})), [id]);
        let read = world.post(
            &format!("/crm/v3/objects/{name}/batch/read"),
            &json!({"inputs": [{"id": id.to_string()}], "properties": ["number"]}),
        );
        assert_eq!(read.body["results"][0]["properties"]["number"], "P-1");
    }
    // By id or qualified name a call counts as the same.
    assert_eq!(world.hubspot.requests_to(&format!("list {policy}")), 2);
    // The bare name is for reading alone.
    let refused = world.post("/crm/v3/objects/policies", &json!({"properties": {"number": "P-2"}}));
    assert_eq!(refused.status, 400);
}

#[test]
fn custom_objects_are_associated_like_others() {
    let (world, policy) = policies();
    let contact = world.contact("ann@x.example");
    let id = world.hubspot.create(PORTAL, &policy, &[("number", "P-1")]).unwrap();
    world.hubspot.associate(PORTAL, (&policy, id), ("contacts", contact), Link::Unlabelled).unwrap();
    let (there, _) = world.hubspot.define_label(PORTAL, &policy, "contacts", "Insured").unwrap();
    world.hubspot.associate(PORTAL, ("policies", id), ("contacts", contact), Link::Type(there)).unwrap();
    let labels = world.get(&format!("/crm/v4/associations/{policy}/contacts/labels")).body;
    let types = labels["results"].as_array().unwrap();
    assert_eq!((&types[0]["label"], &types[0]["category"]), (&Value::Null, &json!("USER_DEFINED")));
    assert_eq!(types[1]["label"], "Insured");
    let read = world.post(
        &format!("/crm/associations/2026-03/{policy}/contacts/batch/read"),
        &json!({"inputs": [{"id": id.to_string()}]}),
    );
    let target = &read.body["results"][0]["to"][0];
    assert_eq!(target["toObjectId"], contact);
    assert_eq!(target["associationTypes"].as_array().unwrap().len(), 2);
    // In lists a custom object goes by its qualified name.
    let name = format!("p{PORTAL}_policies");
    let listed = world.get(&format!("/crm/v3/objects/contacts?associations={policy}")).body;
    assert_eq!(listed["results"][0]["associations"][&name]["results"][0]["id"], id.to_string());
}

#[test]
fn a_custom_object_is_unknown_elsewhere_and_once_deleted() {
    let (world, policy) = policies();
    let other = world.hubspot.static_token(OTHER, CUSTOM).unwrap();
    let path = format!("/crm/v3/objects/{policy}");
    let elsewhere = world.send(Method::GET, &path, Some(&other), "");
    assert_eq!(elsewhere.status, 400);
    assert!(elsewhere.body["message"].as_str().unwrap().contains("Unable to infer object type"));
    let second = world.hubspot.define_object(OTHER, "policies", ("P", "Ps"), "number").unwrap();
    assert_ne!(second, policy);
    world.hubspot.archive_object(PORTAL, "policies").unwrap();
    assert_eq!(world.get(&path).status, 400);
    assert_eq!(world.get("/crm/v3/schemas").body["results"], json!([]));
    assert_eq!(world.get("/crm/v3/schemas?archived=true").body["results"][0]["objectTypeId"], policy);
    let again = world.hubspot.create(PORTAL, &policy, &[("number", "P-1")]);
    assert_eq!(again, Err(CrmError::UnknownType(policy)));
}

#[test]
fn an_enumeration_lists_its_options_and_takes_no_others() {
    let world = world();
    let region = PropertyDefinition::new("region_code", "enumeration")
        .label("Region")
        .option("dach", "DACH")
        .option("nordics", "Nordics");
    world.hubspot.define_property(PORTAL, "contacts", region).unwrap();
    let seats = PropertyDefinition::new("seats_total", "number").calculated();
    world.hubspot.define_property(PORTAL, "contacts", seats).unwrap();
    let shown = world.get("/crm/properties/2026-03/contacts/region_code").body;
    assert_eq!((&shown["label"], &shown["type"]), (&json!("Region"), &json!("enumeration")));
    assert_eq!(
        shown["options"][1],
        json!({"label": "Nordics", "value": "nordics", "displayOrder": 1, "hidden": false})
    );
    assert_eq!(shown["hubspotDefined"], false);
    let calculated = world.get("/crm/v3/properties/contacts/seats_total").body;
    assert_eq!(calculated["calculated"], true);
    assert_eq!(calculated["modificationMetadata"]["readOnlyValue"], true);
    let write = |properties: Value| {
        let answer = world.post("/crm/v3/objects/contacts", &json!({ "properties": properties }));
        (answer.status, answer.body["errors"][0]["code"].clone())
    };
    assert_eq!(write(json!({"region_code": "dach;nordics"})).0, 201);
    assert_eq!(write(json!({"region_code": "apac"})), (400, json!("INVALID_OPTION")));
    assert_eq!(write(json!({"seats_total": 3})), (400, json!("READ_ONLY_VALUE")));
}

#[test]
fn an_archived_property_is_unknown_until_it_is_restored() {
    let world = world();
    world.hubspot.create(PORTAL, "contacts", &[("email", "a@x.example"), ("tier", "gold")]).unwrap();
    let tier = || {
        let page = world.get("/crm/v3/objects/contacts?properties=tier").body;
        page["results"][0]["properties"]["tier"].clone()
    };
    let found = || {
        let filter = json!({"propertyName": "tier", "operator": "EQ", "value": "gold"});
        world.search("contacts", &json!({"filterGroups": [{"filters": [filter]}]})).len()
    };
    assert_eq!((tier(), found()), (json!("gold"), 1));
    world.hubspot.relabel_property(PORTAL, "contacts", "tier", "Plan").unwrap();
    assert_eq!(world.get("/crm/v3/properties/contacts/tier").body["label"], "Plan");
    world.hubspot.archive_property(PORTAL, "contacts", "tier").unwrap();
    assert_eq!((tier(), found()), (Value::Null, 0));
    assert_eq!(world.get("/crm/v3/properties/contacts/tier").status, 404);
    let archived = world.get("/crm/v3/properties/contacts?archived=true").body;
    assert_eq!(
        (&archived["results"][0]["name"], &archived["results"][0]["archived"]),
        (&json!("tier"), &json!(true))
    );
    world.hubspot.restore_property(PORTAL, "contacts", "tier").unwrap();
    assert_eq!((tier(), found()), (json!("gold"), 1));
    world.hubspot.remove_property(PORTAL, "contacts", "tier").unwrap();
    world.hubspot.define_property(PORTAL, "contacts", PropertyDefinition::new("tier", "string")).unwrap();
    assert_eq!((tier(), found()), (Value::Null, 0));
}

#[test]
fn deals_go_through_the_stages_of_pipelines() {
    let world = world();
    world
        .hubspot
        .add_pipeline(PORTAL, "deals", "renewals", "Renewals", &[("due", "Due"), ("done", "Done")])
        .unwrap();
    let all = world.get("/crm/v3/pipelines/deals").body;
    assert_eq!(all["results"][0]["id"], "default");
    assert_eq!(all["results"][0]["stages"][5]["id"], "closedwon");
    assert_eq!(all["results"][1]["stages"][1]["label"], "Done");
    assert_eq!(world.get("/crm/pipelines/2026-03/0-3/renewals").body["label"], "Renewals");
    assert_eq!(world.get("/crm/v3/pipelines/contacts").body["results"], json!([]));
}
