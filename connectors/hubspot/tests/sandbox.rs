//! The connector against the HubSpot sandbox.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use acquaint_core::connector::SourceSettings;
use acquaint_core::record::Gone;
use acquaint_core::view::View;
use acquaint_testkit::sandbox::Fault;
use acquaint_testkit::sandbox::hubspot::Link;
use chrono::TimeDelta;
use support::mirror::Mirror;
use support::truth::{true_links, truth};
use support::{PORTAL, SCOPES, World, settings, start};

async fn baselined(world: &World, stream: &str) -> Mirror {
    Mirror::baselined(world, stream).await
}

/// A batch that was answered in part.
fn partial(body: serde_json::Value) -> http::Response<bytes::Bytes> {
    let mut response = http::Response::new(bytes::Bytes::from(body.to_string()));
    *response.status_mut() = http::StatusCode::MULTI_STATUS;
    response
}

/// The links of all contacts to companies.
async fn linked(world: &World, contacts: &Mirror) -> Mirror {
    let mut links = Mirror::of(world.partition("associations", "contacts/companies").await);
    links.follow(world, "associations", contacts).await.unwrap();
    links
}

#[tokio::test]
async fn a_baseline_brings_every_record_with_its_links() {
    let world = World::with(|config| config.list_page = 2, SourceSettings::default());
    let companies: Vec<u64> = ["acme", "globex", "initech"].map(|name| world.company(name)).into();
    for (index, name) in ["ann", "bob", "cid", "dee", "eve"].into_iter().enumerate() {
        let contact = world.contact(name);
        let company = ("companies", companies[index % 3]);
        world.sandbox.associate(PORTAL, ("contacts", contact), company, Link::Primary).unwrap();
    }
    for stream in ["companies", "contacts"] {
        let mirror = baselined(&world, stream).await;
        assert_eq!(mirror.views(&world, stream), truth(&world, stream, &[]), "{stream}");
        assert_eq!(mirror.covers, Some(start()));
    }
    assert_eq!(world.sandbox.requests_to("list contacts"), 3);
    assert_eq!(world.sandbox.requests_to("associations contacts companies"), 0);
    let links = linked(&world, &baselined(&world, "contacts").await).await;
    assert_eq!(links.links(&world), true_links(&world));
    assert_eq!(world.sandbox.requests_to("associations contacts companies"), 1);
}

#[tokio::test]
async fn an_idle_poll_is_one_request() {
    let world = World::new();
    world.contact("ann");
    world.company("acme");
    for stream in ["companies", "contacts"] {
        let mut mirror = baselined(&world, stream).await;
        world.wait(15 * 60_000);
        world.sandbox.reset_requests();
        mirror.run(&world, stream, "head").await.unwrap();
        assert_eq!(world.requests(), 1, "{stream}");
        assert_eq!(world.sandbox.requests_to(&format!("search {stream}")), 1);
        assert_eq!(mirror.covers, Some(world.cx.env.now() - TimeDelta::seconds(60)));
    }
}

#[tokio::test]
async fn list_and_search_give_the_same_views_of_one_state() {
    let fields = settings("contacts", &["jobtitle", "lifecyclestage"]);
    for empty_as_null in [true, false] {
        let world = World::with(|_| {}, fields.clone());
        world.sandbox.configure(|config| config.empty_as_null = empty_as_null);
        let mut mirror = baselined(&world, "contacts").await;
        world.wait(3_600_000);
        let contact = world.contact("ann");
        world.sandbox.update(PORTAL, "contacts", contact, &[("jobtitle", "CTO")]).unwrap();
        mirror.run(&world, "contacts", "head").await.unwrap();
        let (searched, listed) = (mirror.views(&world, "contacts"), baselined(&world, "contacts").await);
        assert_eq!(searched, listed.views(&world, "contacts"));
        assert_eq!(searched, truth(&world, "contacts", &["jobtitle"]));
    }
}

#[tokio::test]
async fn a_contact_with_more_companies_than_a_page_shows_keeps_all_of_them() {
    let world = World::new();
    world.sandbox.configure(|config| config.association_page = 7);
    let contacts = [world.contact("ann"), world.contact("bob"), world.contact("cid")];
    for index in 0..130 {
        let company = ("companies", world.company(&format!("c{index}")));
        world.sandbox.associate(PORTAL, ("contacts", contacts[0]), company, Link::Unlabelled).unwrap();
        if index < 20 {
            world.sandbox.associate(PORTAL, ("contacts", contacts[1]), company, Link::Unlabelled).unwrap();
        }
    }
    let links = linked(&world, &baselined(&world, "contacts").await).await.links(&world);
    let expected = true_links(&world);
    assert_eq!(expected[&contacts[0].to_string()].len(), 130);
    assert_eq!(links, expected);
    // All three, then the two that have more, then the one that still has.
    assert_eq!(world.sandbox.requests_to("associations contacts companies"), 19);
}

#[tokio::test]
async fn a_record_without_links_is_one_that_says_so_however_hubspot_says_it() {
    for reported in [true, false] {
        let world = World::new();
        world.sandbox.configure(|config| config.report_lacking_associations = reported);
        let (ann, bob) = (world.contact("ann"), world.contact("bob"));
        let company = ("companies", world.company("acme"));
        world.sandbox.associate(PORTAL, ("contacts", bob), company, Link::Unlabelled).unwrap();
        let links = linked(&world, &baselined(&world, "contacts").await).await;
        assert_eq!(links.keys(), [ann.to_string(), bob.to_string()]);
        assert_eq!(links.links(&world), true_links(&world), "{reported}");
    }
}

#[tokio::test]
async fn more_properties_than_fit_are_read_in_batches() {
    let names: Vec<String> = (0..1500).map(|index| format!("custom_property_{index:04}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    for (stream, section) in [("contacts", "contacts"), ("companies", "accounts")] {
        let world = World::with(|_| {}, settings(section, &names));
        for name in ["ann", "bob"] {
            let id = if stream == "contacts" { world.contact(name) } else { world.company(name) };
            world.sandbox.update(PORTAL, stream, id, &[(names[3], "three"), (names[1499], "last")]).unwrap();
        }
        let mut mirror = baselined(&world, stream).await;
        let expected = truth(&world, stream, &[names[3], names[1499]]);
        assert_eq!(mirror.views(&world, stream), expected);
        mirror.entries.clear();
        mirror.run(&world, stream, "head").await.unwrap();
        assert_eq!(mirror.views(&world, stream), expected);
        // Each of the two passes reads the names in four parts.
        assert_eq!(world.sandbox.requests_to(&format!("batch read {stream}")), 8);
    }
}

#[tokio::test]
async fn a_record_deleted_between_its_page_and_its_batch_does_not_fail_the_page() {
    let world = World::with(|config| config.search_body_limit = 300, SourceSettings::default());
    let mut mirror = baselined(&world, "companies").await;
    let (kept, gone) = (world.company("acme"), world.company("globex"));
    let answer = serde_json::json!({"status": "COMPLETE", "results": [
        {"id": kept.to_string(), "properties": {"name": "acme"}},
    ], "numErrors": 1, "errors": [
        {"status": "error", "category": "OBJECT_NOT_FOUND", "context": {"ids": [gone.to_string()]}},
    ]});
    let missing = serde_json::json!({"status": "error", "category": "OBJECT_NOT_FOUND"}).to_string();
    let mut missing = http::Response::new(bytes::Bytes::from(missing));
    *missing.status_mut() = http::StatusCode::NOT_FOUND;
    world.sandbox.inject(Fault::once("batch/read", partial(answer)));
    world.sandbox.inject(Fault::once(format!("companies/{gone}"), missing));
    mirror.run(&world, "companies", "head").await.unwrap();
    assert_eq!(mirror.gone(gone), Some(&Gone::Deleted));
    assert!(mirror.gone(kept).is_none());
}

#[tokio::test]
async fn twelve_thousand_changes_in_one_millisecond_all_come() {
    let world = World::new();
    let mut mirror = baselined(&world, "companies").await;
    world.wait(120_000);
    for index in 0..12_000 {
        world.sandbox.create(PORTAL, "companies", &[("name", &format!("c{index}"))]).unwrap();
    }
    world.wait(5);
    world.sandbox.reset_requests();
    mirror.run(&world, "companies", "head").await.unwrap();
    assert_eq!(mirror.entries.len(), 12_000);
    assert_eq!(world.requests(), 60);
}

#[tokio::test]
async fn a_change_that_search_shows_late_comes_within_the_declared_lag() {
    let world = World::new();
    let mut mirror = baselined(&world, "contacts").await;
    world.sandbox.set_index_lag(TimeDelta::seconds(50));
    world.wait(600_000);
    let late = world.contact("ann");
    world.wait(5_000);
    mirror.run(&world, "contacts", "head").await.unwrap();
    assert!(mirror.entries.is_empty());
    world.wait(50_000);
    mirror.run(&world, "contacts", "head").await.unwrap();
    assert!(mirror.entries.contains_key(&late.to_string()));
}

#[tokio::test]
async fn an_edit_of_a_record_that_a_baseline_has_passed_is_not_lost() {
    let world = World::with(|config| config.list_page = 1, SourceSettings::default());
    let first = world.company("acme");
    world.company("globex");
    let mut mirror = Mirror::default();
    assert!(!mirror.page(&world, "companies", "head").await.unwrap());
    world.wait(1);
    world.sandbox.update(PORTAL, "companies", first, &[("name", "Acme Corp")]).unwrap();
    world.wait(3_600_000);
    mirror.run(&world, "companies", "head").await.unwrap();
    mirror.run(&world, "companies", "head").await.unwrap();
    assert_eq!(mirror.views(&world, "companies"), truth(&world, "companies", &[]));
}

#[tokio::test]
async fn edits_between_two_pages_of_changes_hide_no_other_record() {
    let world = World::with(|config| config.search_page = 2, SourceSettings::default());
    let mut mirror = baselined(&world, "companies").await;
    world.wait(120_000);
    let ids: Vec<u64> = ["a", "b", "c", "d", "e"].map(|name| world.company(name)).into();
    world.wait(1);
    assert!(!mirror.page(&world, "companies", "head").await.unwrap());
    world.wait(1);
    for id in &ids[..2] {
        world.sandbox.update(PORTAL, "companies", *id, &[("name", "edited")]).unwrap();
    }
    mirror.run(&world, "companies", "head").await.unwrap();
    assert_eq!(mirror.entries.len(), 5);
    mirror.run(&world, "companies", "head").await.unwrap();
    assert_eq!(mirror.views(&world, "companies"), truth(&world, "companies", &[]));
}

#[tokio::test]
async fn a_merge_ends_both_old_records_and_brings_the_survivor() {
    let world = World::new();
    let (ann, anna) = (world.contact("ann"), world.contact("anna"));
    let mut mirror = baselined(&world, "contacts").await;
    world.wait(1);
    let survivor = world.sandbox.merge(PORTAL, "contacts", ann, anna).unwrap();
    mirror.run(&world, "contacts", "head").await.unwrap();
    let into = Gone::MergedInto(survivor.to_string().as_str().into());
    assert_eq!((mirror.gone(ann), mirror.gone(anna)), (Some(&into), Some(&into)));
    assert_eq!(mirror.views(&world, "contacts"), truth(&world, "contacts", &[]));
}

#[tokio::test]
async fn archived_records_become_tombstones_and_restored_ones_come_back() {
    for restore_touches in [true, false] {
        let world = World::with(|config| config.list_page = 1, SourceSettings::default());
        world.sandbox.configure(|config| config.restore_touches_record = restore_touches);
        let ids = [world.contact("ann"), world.contact("bob"), world.contact("cid")];
        let mut mirror = baselined(&world, "contacts").await;
        world.wait(1);
        for id in ids {
            world.sandbox.archive(PORTAL, "contacts", id).unwrap();
        }
        world.wait(600_000);
        mirror.run(&world, "contacts", "archived").await.unwrap();
        assert!(ids.iter().all(|id| mirror.gone(*id) == Some(&Gone::Archived)));
        world.sandbox.restore(PORTAL, "contacts", ids[1]).unwrap();
        let pass = if restore_touches { "head" } else { "reconcile" };
        mirror.run(&world, "contacts", pass).await.unwrap();
        assert_eq!(mirror.views(&world, "contacts"), truth(&world, "contacts", &[]), "{restore_touches}");
    }
}

#[tokio::test]
async fn a_record_restored_without_an_edit_is_not_older_than_its_own_tombstone() {
    let world = World::new();
    let id = world.contact("ann");
    let mut mirror = baselined(&world, "contacts").await;
    world.wait(600_000);
    // Archived ten minutes after its last change, which archiving does not move.
    let record = serde_json::json!({"id": id.to_string(), "archived": true, "archivedAt": "2026-10-09T07:50:00.000Z",
        "properties": {"lastmodifieddate": "2026-10-09T07:40:00.000Z"}});
    let page = serde_json::json!({"results": [record]}).to_string();
    world.sandbox.inject(Fault::once("archived=true", http::Response::new(bytes::Bytes::from(page))));
    mirror.run(&world, "contacts", "archived").await.unwrap();
    assert_eq!(mirror.gone(id), Some(&Gone::Archived));
    mirror.run(&world, "contacts", "reconcile").await.unwrap();
    assert!(mirror.gone(id).is_none());
}

#[tokio::test]
async fn single_records_are_read_and_missing_ones_say_why() {
    let world = World::with(|config| config.batch_size = 2, SourceSettings::default());
    let names = ["ann", "anna", "bob", "cid", "dee", "deedee"];
    let [ann, anna, bob, cid, dee, deedee] = names.map(|name| world.contact(name));
    let survivor = world.sandbox.merge(PORTAL, "contacts", ann, anna).unwrap();
    let binned = world.sandbox.merge(PORTAL, "contacts", dee, deedee).unwrap();
    world.wait(5);
    world.sandbox.archive(PORTAL, "contacts", cid).unwrap();
    world.sandbox.archive(PORTAL, "contacts", binned).unwrap();
    let keys = [ann, bob, cid, 999_999, binned].map(|id| id.to_string());
    let mut keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    keys.extend(["nonsense", keys[1]]);
    for follows in [true, false] {
        world.sandbox.configure(|config| config.batch_read_follows_merges = follows);
        let mut mirror = Mirror::default();
        mirror.apply(world.read("contacts", &keys).await.unwrap());
        assert_eq!((mirror.gone(cid), mirror.gone(binned)), (Some(&Gone::Archived), Some(&Gone::Archived)));
        assert!(mirror.entries[&cid.to_string()].version.is_some());
        assert_eq!(mirror.gone(999_999), Some(&Gone::Deleted));
        assert_eq!(mirror.entries["nonsense"].state.as_ref().err(), Some(&Gone::Deleted));
        let into = |id: u64| Gone::MergedInto(id.to_string().as_str().into());
        for old in [ann, anna] {
            assert_eq!(mirror.gone(old), Some(&into(survivor)), "{follows}");
        }
        for old in [dee, deedee] {
            assert_eq!(mirror.gone(old), Some(&into(binned)), "{follows}");
        }
        assert_eq!(mirror.views(&world, "contacts"), truth(&world, "contacts", &[]));
    }
}

#[tokio::test]
async fn looking_for_what_is_missing_costs_calls_only_where_something_is() {
    let world = World::with(|config| config.batch_size = 10, SourceSettings::default());
    let ids: Vec<u64> = (0..20).map(|index| world.contact(&format!("c{index}"))).collect();
    let keys: Vec<String> = ids.iter().map(u64::to_string).collect();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    world.read("contacts", &keys).await.unwrap();
    assert_eq!(world.requests(), 2);
    world.sandbox.archive(PORTAL, "contacts", ids[0]).unwrap();
    world.sandbox.archive(PORTAL, "contacts", ids[1]).unwrap();
    world.sandbox.gdpr_delete(PORTAL, "contacts", ids[2]).unwrap();
    world.sandbox.reset_requests();
    world.read("contacts", &keys).await.unwrap();
    // The two batches, the recycle bin for one of them, and the one that is in neither.
    assert_eq!(world.requests(), 4);
}

#[tokio::test]
async fn fields_are_those_that_a_view_shows() {
    let scopes = [SCOPES, &["crm.schemas.contacts.read"]].concat();
    let world = World::scoped(|_| {}, settings("contacts", &["jobtitle"]), &scopes);
    world
        .sandbox
        .create(PORTAL, "contacts", &[("seat_count", "5"), ("jobtitle", "CTO"), ("firstname", "Ann")])
        .unwrap();
    let fields = world.stream("contacts").fields(&world.cx).await.unwrap();
    let names: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
    assert!(names.contains(&"seat_count") && names.contains(&"jobtitle"));
    assert!(names.contains(&"firstname") && !names.contains(&"lastmodifieddate"));
    let views = baselined(&world, "contacts").await.views(&world, "contacts");
    let Some([View::Contact(contact)]) = views.values().next().map(Vec::as_slice) else {
        panic!("no contact")
    };
    assert_eq!(contact.fields.keys().collect::<Vec<_>>(), ["createdate", "firstname", "jobtitle"]);
}
