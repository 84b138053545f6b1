//! Records: read one by one, in lists and in batches; made, changed, merged, archived and erased.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod hubspot_support;

use acquaint_testkit::sandbox::hubspot::CrmError;
use chrono::Duration;
use http::Method;
use hubspot_support::{OTHER, PORTAL, SCOPES, ids, world, world_with};
use serde_json::{Value, json};

#[test]
fn a_list_pages_through_every_live_record_once() {
    let world = world();
    let made: Vec<u64> = (0..25).map(|n| world.contact(&format!("p{n}@x.example"))).collect();
    world.hubspot.archive(PORTAL, "contacts", made[7]).unwrap();
    let mut seen = Vec::new();
    let mut after = String::new();
    loop {
        let page = world.get(&format!("/crm/objects/2026-03/contacts?{after}"));
        assert!(ids(&page).len() <= 10, "ten is the default");
        seen.extend(ids(&page));
        match page.body["paging"]["next"]["after"].as_str() {
            Some(next) => after = format!("after={next}"),
            None => break,
        }
    }
    assert_eq!(seen, made.iter().copied().filter(|id| *id != made[7]).collect::<Vec<_>>());
    assert_eq!(ids(&world.get("/crm/v3/objects/0-1?limit=100")), seen);
}

#[test]
fn a_list_has_a_hundred_records_a_page_at_most() {
    let world = world();
    for (limit, status) in [("100", 200), ("101", 400), ("0", 400), ("ten", 400)] {
        let answer = world.get(&format!("/crm/objects/2026-03/contacts?limit={limit}"));
        assert_eq!(answer.status, status, "{limit}");
        if status == 400 {
            assert_eq!(answer.body["category"], "VALIDATION_ERROR");
        }
    }
    assert_eq!(world.get("/crm/objects/2026-03/contacts?after=nonsense").status, 400);
}

#[test]
fn asked_for_properties_come_as_strings_or_null_and_unknown_ones_not_at_all() {
    let world = world();
    let id = world
        .hubspot
        .create(
            PORTAL,
            "companies",
            &[("name", "Globex"), ("numberofemployees", "12"), ("plan_tier", "gold")],
        )
        .unwrap();
    let path = format!("/crm/objects/2026-03/companies/{id}");
    let properties =
        world.get(&format!("{path}?properties=numberofemployees,domain,no_such&properties=plan_tier"));
    assert_eq!(
        properties.body["properties"],
        json!({
            "createdate": "2026-10-10T08:00:00.000Z",
            "domain": null,
            "hs_lastmodifieddate": "2026-10-10T08:00:00.000Z",
            "hs_object_id": id.to_string(),
            "numberofemployees": "12",
            "plan_tier": "gold",
        })
    );
    let names =
        |answer: &Value| answer["properties"].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let few = names(&world.get(&path).body);
    assert_eq!(few, ["createdate", "domain", "hs_lastmodifieddate", "hs_object_id", "name"]);
    world.hubspot.configure(|config| config.empty_as_null = false);
    let left_out = names(&world.get(&format!("{path}?properties=domain")).body);
    assert_eq!(left_out, ["createdate", "hs_lastmodifieddate", "hs_object_id"]);
}

#[test]
fn contacts_have_a_name_of_their_own_for_the_last_change() {
    let world = world();
    let (contact, company) = (world.contact("a@x.example"), world.company("X", "x.example"));
    world.forward(Duration::milliseconds(1500));
    world.hubspot.update(PORTAL, "contacts", contact, &[("jobtitle", "CTO")]).unwrap();
    world.hubspot.update(PORTAL, "companies", company, &[("industry", "RETAIL")]).unwrap();
    let contact = world.get(&format!("/crm/objects/2026-03/contacts/{contact}")).body;
    let company = world.get(&format!("/crm/objects/2026-03/companies/{company}")).body;
    let changed = "2026-10-10T08:00:01.500Z";
    assert_eq!(contact["properties"]["lastmodifieddate"], changed);
    assert_eq!(contact["properties"]["hs_lastmodifieddate"], Value::Null);
    assert_eq!(company["properties"]["hs_lastmodifieddate"], changed);
    for record in [contact, company] {
        assert_eq!(record["updatedAt"], changed);
        assert_eq!(record["createdAt"], "2026-10-10T08:00:00.000Z");
        assert!(record["id"].is_string());
    }
}

#[test]
fn a_batch_read_reports_missing_ids_with_207() {
    let world = world();
    let (first, second) = (world.contact("a@x.example"), world.contact("b@x.example"));
    let path = "/crm/objects/2026-03/contacts/batch/read";
    let input = |ids: &[u64]| {
        let inputs: Vec<Value> = ids.iter().map(|id| json!({"id": id.to_string()})).collect();
        json!({"inputs": inputs, "properties": ["email"]})
    };
    let all = world.post(path, &input(&[second, first]));
    assert_eq!((all.status, ids(&all)), (200, vec![first, second]));
    assert!(all.body["results"][0].get("associations").is_none());
    let some = world.post(path, &input(&[first, 90_119_999]));
    assert_eq!((some.status, ids(&some)), (207, vec![first]));
    assert_eq!(some.body["status"], "COMPLETE");
    assert_eq!(some.body["numErrors"], 1);
    assert_eq!(some.body["errors"][0]["category"], "OBJECT_NOT_FOUND");
    assert_eq!(some.body["errors"][0]["context"]["ids"], json!(["90119999"]));
    let too_many: Vec<u64> = (1..=101).collect();
    assert_eq!(world.post(path, &input(&too_many)).status, 400);
    let by_email = json!({"inputs": [{"id": "B@x.example"}], "idProperty": "email", "properties": []});
    assert_eq!(ids(&world.post(path, &by_email)), [second]);
}

#[test]
fn a_merge_makes_a_new_record_that_both_old_ids_lead_to() {
    let world = world();
    let hubspot = &world.hubspot;
    let first =
        hubspot.create(PORTAL, "contacts", &[("email", "a@x.example"), ("firstname", "Ann")]).unwrap();
    world.forward(Duration::hours(1));
    let second =
        hubspot.create(PORTAL, "contacts", &[("email", "b@x.example"), ("jobtitle", "CTO")]).unwrap();
    let survivor = hubspot.merge(PORTAL, "contacts", first, second).unwrap();
    assert!(survivor != first && survivor != second);
    for old in [first, second, survivor] {
        let asked = "properties=firstname,jobtitle,email,hs_additional_emails,hs_merged_object_ids";
        let record = world.get(&format!("/crm/objects/2026-03/contacts/{old}?{asked}"));
        assert_eq!((record.status, &record.body["id"]), (200, &json!(survivor.to_string())));
        let properties = &record.body["properties"];
        assert_eq!(properties["hs_merged_object_ids"], format!("{first};{second}"));
        assert_eq!(properties["email"], "a@x.example");
        assert_eq!(properties["hs_additional_emails"], "b@x.example");
        assert_eq!((&properties["firstname"], &properties["jobtitle"]), (&json!("Ann"), &json!("CTO")));
        assert_eq!(record.body["createdAt"], "2026-10-10T08:00:00.000Z");
    }
    assert_eq!(ids(&world.get("/crm/objects/2026-03/contacts")), [survivor]);
    assert_eq!(ids(&world.get("/crm/objects/2026-03/contacts?archived=true")), [0; 0]);
    assert_eq!(world.search("contacts", &json!({})), [survivor]);

    let third = world.contact("c@x.example");
    let last = hubspot.merge(PORTAL, "contacts", third, survivor).unwrap();
    let record = hubspot.record(PORTAL, "contacts", first).unwrap().unwrap();
    assert_eq!(record.id, last);
    assert_eq!(record.properties["hs_merged_object_ids"], format!("{first};{second};{third};{survivor}"));
    assert_eq!(
        hubspot.merge(PORTAL, "contacts", last, first),
        Err(CrmError::MergeWithItself { kind: "contact".into(), id: last })
    );
}

#[test]
fn a_batch_read_by_a_merged_away_id_follows_it_or_not_as_configured() {
    let world = world();
    let (a, b) = (world.contact("a@x.example"), world.contact("b@x.example"));
    let survivor = world.hubspot.merge(PORTAL, "contacts", a, b).unwrap();
    let read = || {
        let inputs = json!({"inputs": [{"id": a.to_string()}, {"id": b.to_string()}]});
        world.post("/crm/objects/2026-03/contacts/batch/read", &inputs)
    };
    assert_eq!((read().status, ids(&read())), (200, vec![survivor]));
    world.hubspot.configure(|config| config.batch_read_follows_merges = false);
    assert_eq!((read().status, ids(&read())), (207, vec![]));
}

#[test]
fn merged_companies_keep_both_domains() {
    let world = world();
    let (a, b) = (world.company("A", "a.example"), world.company("B", "b.example"));
    world
        .hubspot
        .update(PORTAL, "companies", b, &[("hs_additional_domains", "b2.example; a.example")])
        .unwrap();
    let id = world.hubspot.merge(PORTAL, "companies", a, b).unwrap();
    let company = world.hubspot.records(PORTAL, "companies").unwrap().remove(&id).unwrap();
    assert_eq!(company.properties["domain"], "a.example");
    assert_eq!(company.properties["hs_additional_domains"], "b.example;b2.example");
    assert_eq!(company.properties["name"], "A");
}

#[test]
fn an_archived_record_is_listed_apart_until_it_is_restored_or_forgotten() {
    let world = world();
    let id = world.contact("a@x.example");
    world.forward(Duration::days(1));
    world.hubspot.archive(PORTAL, "contacts", id).unwrap();
    let path = "/crm/objects/2026-03/contacts";
    assert_eq!(ids(&world.get(path)), [0; 0]);
    assert_eq!(world.get(&format!("{path}/{id}")).status, 404);
    let bin = world.get(&format!("{path}?archived=true"));
    assert_eq!(ids(&bin), [id]);
    assert_eq!(bin.body["results"][0]["archivedAt"], "2026-10-11T08:00:00.000Z");
    assert_eq!(world.get(&format!("{path}/{id}?archived=True")).body["archived"], true);
    world.hubspot.restore(PORTAL, "contacts", id).unwrap();
    assert_eq!(ids(&world.get(path)), [id]);
    world.hubspot.archive(PORTAL, "contacts", id).unwrap();
    world.forward(Duration::days(91));
    assert_eq!(ids(&world.get(&format!("{path}?archived=true"))), [0; 0]);
    assert!(world.hubspot.restore(PORTAL, "contacts", id).is_err());
}

#[test]
fn an_erased_contact_leaves_nothing_and_its_address_cannot_come_back() {
    let world = world();
    let id = world.contact("Gone@x.example");
    world.hubspot.archive(PORTAL, "contacts", id).unwrap();
    world.hubspot.gdpr_delete(PORTAL, "contacts", id).unwrap();
    for query in ["", "?archived=true"] {
        assert_eq!(world.get(&format!("/crm/objects/2026-03/contacts/{id}{query}")).status, 404);
        assert_eq!(ids(&world.get(&format!("/crm/objects/2026-03/contacts{query}"))), [0; 0]);
    }
    let again = world.hubspot.create(PORTAL, "contacts", &[("email", "gone@x.example")]);
    assert_eq!(again, Err(CrmError::EmailErased("gone@x.example".into())));
    assert!(matches!(
        world.hubspot.create_with_id(PORTAL, "contacts", id, &[]),
        Err(CrmError::IdTaken { .. })
    ));
}

#[test]
fn portals_with_equal_record_ids_do_not_mix() {
    let world = world();
    for (portal, email) in [(PORTAL, "a@x.example"), (OTHER, "b@y.example")] {
        world.hubspot.create_with_id(portal, "contacts", 77, &[("email", email)]).unwrap();
        world.hubspot.create_with_id(portal, "companies", 77, &[("name", email)]).unwrap();
    }
    let other = world.hubspot.access_token(OTHER, SCOPES).unwrap();
    for (token, email) in [(&world.token, "a@x.example"), (&other, "b@y.example")] {
        for path in ["/crm/v3/objects/contacts/77", "/crm/objects/2026-03/0-1/77"] {
            let record = world.send(Method::GET, path, Some(token), "");
            assert_eq!(record.body["properties"]["email"], email);
        }
    }
    world.hubspot.archive(OTHER, "contacts", 77).unwrap();
    assert_eq!(world.get("/crm/v3/objects/contacts/77").status, 200);
    assert_eq!(world.get("/crm/v3/objects/companies/77").body["properties"]["name"], "a@x.example");
}

#[test]
fn records_are_made_changed_merged_and_removed_over_http() {
    let world = world();
    let base = "/crm/objects/2026-03/contacts";
    let company = world.company("X", "x.example");
    let made = world.post(
        base,
        &json!({
            "properties": {"email": "a@x.example", "firstname": "Ann"},
            "associations": [{
                "to": {"id": company},
                "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 1}],
            }],
        }),
    );
    assert_eq!(made.status, 201, "{}", made.body);
    let id = made.body["id"].as_str().unwrap().to_owned();
    let links = world.hubspot.associations(PORTAL, "contacts", "companies").unwrap();
    assert_eq!(links[&(id.parse().unwrap(), company)], [1, 279].into());

    let twice = world.post(base, &json!({"properties": {"email": "A@x.example"}}));
    assert_eq!((twice.status, &twice.body["category"]), (409, &json!("CONFLICT")));
    let unknown = world.post(base, &json!({"properties": {"no_such": "x"}}));
    assert_eq!((unknown.status, &unknown.body["errors"][0]["code"]), (400, &json!("PROPERTY_DOESNT_EXIST")));
    let number = world.post("/crm/v3/objects/companies", &json!({"properties": {"annualrevenue": "much"}}));
    assert_eq!(number.body["errors"][0]["code"], "INVALID_INTEGER");

    let patch =
        |path: &str, body: Value| world.send(Method::PATCH, path, Some(&world.token), &body.to_string());
    let changed =
        patch(&format!("{base}/{id}"), json!({"properties": {"firstname": null, "jobtitle": "CTO"}}));
    assert_eq!((changed.status, &changed.body["properties"]["jobtitle"]), (200, &json!("CTO")));
    let by_email =
        patch(&format!("{base}/a%40x.example?idProperty=email"), json!({"properties": {"phone": 5}}));
    assert_eq!(by_email.body["properties"]["phone"], "5");
    let truth = world.hubspot.record(PORTAL, "contacts", id.parse().unwrap()).unwrap().unwrap();
    assert_eq!(truth.properties.get("firstname"), None);

    let other = world.contact("b@x.example");
    let merged =
        world.post(&format!("{base}/merge"), &json!({"primaryObjectId": id, "objectIdToMerge": other}));
    let id = merged.body["id"].as_str().unwrap();
    for _ in 0..2 {
        let deleted = world.send(Method::DELETE, &format!("{base}/{id}"), Some(&world.token), "");
        assert_eq!(deleted.status, 204, "deleting twice is no error");
    }
    assert_eq!(world.post(&format!("{base}/gdpr-delete"), &json!({"objectId": id})).status, 204);
    assert!(world.hubspot.archived_records(PORTAL, "contacts").unwrap().is_empty());
}

#[test]
fn what_does_not_exist_is_answered_in_hubspots_words() {
    let world = world();
    let missing = world.get("/crm/objects/2026-03/contacts/5");
    assert_eq!((missing.status, &missing.body["message"]), (404, &json!("resource not found")));
    assert_eq!(missing.body["status"], "error");
    let kind = world.get("/crm/objects/2026-03/contacs");
    assert_eq!(
        (kind.status, &kind.body["message"]),
        (400, &json!("Unable to infer object type from: contacs"))
    );
    assert_eq!(world.get("/crm/v7/objects/contacts").status, 404);
    let broken = world.send(Method::POST, "/crm/v3/objects/contacts/batch/read", Some(&world.token), "{");
    assert_eq!((broken.status, &broken.body["category"]), (400, &json!("VALIDATION_ERROR")));
}

#[test]
fn a_path_with_too_many_properties_is_too_long() {
    let world = world_with(|config| config.uri_limit = 2000);
    let many = vec!["property"; 300].join(",");
    let refused = world.get(&format!("/crm/objects/2026-03/contacts?properties={many}"));
    assert_eq!(refused.status, 414);
}

#[test]
fn custom_objects_go_by_their_id() {
    let world = world();
    let id = world.hubspot.create(PORTAL, "2-3465404", &[("seats", "5")]).unwrap();
    let token = world.hubspot.access_token(PORTAL, &["crm.objects.custom.read"]).unwrap();
    let path = format!("/crm/objects/2026-03/2-3465404/{id}?properties=seats");
    let record = world.send(Method::GET, &path, Some(&token), "");
    assert_eq!(record.body["properties"]["seats"], "5");
    assert!(record.body["properties"]["hs_createdate"].is_string());
}

#[test]
fn definitions_list_built_in_and_custom_properties() {
    let world = world();
    world.hubspot.create(PORTAL, "companies", &[("plan_tier", "gold")]).unwrap();
    let answer = world.get("/crm/properties/2026-03/companies");
    let all = answer.body["results"].as_array().unwrap();
    let find = |name: &str| all.iter().find(|entry| entry["name"] == name).unwrap();
    assert_eq!(find("plan_tier")["hubspotDefined"], false);
    assert_eq!(find("hs_lastmodifieddate")["type"], "datetime");
    assert_eq!(find("lifecyclestage")["options"][5]["value"], "customer");
    assert!(answer.body.get("paging").is_none());
    assert_eq!(world.get("/crm/v3/properties/companies/domain").body["type"], "string");
    assert_eq!(world.get("/crm/v3/properties/companies/no_such").status, 404);
}

#[test]
fn an_owners_id_is_not_its_users_id() {
    let world = world();
    let first = world.hubspot.add_owner(PORTAL, "rep@x.example", "Rae", "Rep").unwrap();
    let second = world.hubspot.add_owner(PORTAL, "sam@x.example", "Sam", "Sales").unwrap();
    let page = world.get("/crm/owners/2026-03?limit=1");
    assert_eq!(ids(&page), [first]);
    let after = page.body["paging"]["next"]["after"].as_str().unwrap();
    let next = world.get(&format!("/crm/v3/owners?after={after}"));
    assert_eq!(ids(&next), [second]);
    assert_ne!(next.body["results"][0]["userId"], json!(second));
    world.hubspot.archive_owner(PORTAL, first).unwrap();
    let gone = world.get("/crm/owners/2026-03?archived=true");
    assert_eq!(ids(&gone), [first]);
    assert_eq!(gone.body["results"][0]["userId"], Value::Null);
    assert!(gone.body["results"][0]["userIdIncludingInactive"].is_number());
}
