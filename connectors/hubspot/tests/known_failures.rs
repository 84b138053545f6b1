//! Ways in which integrations with HubSpot are known to fail. This one fails in none of them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::collections::BTreeMap;

use acquaint_core::ErrorKind;
use acquaint_core::connector::{Connector as _, Next, PassKind, Route};
use acquaint_core::cursor::StoredCursor;
use acquaint_core::env::Clock as _;
use acquaint_core::record::{Change, Gone, Version};
use acquaint_testkit::sandbox::Fault;
use acquaint_testkit::sandbox::hubspot::{Link, SearchOrder, Trouble};
use bytes::Bytes;
use chrono::TimeDelta;
use serde_json::{Value, json};
use support::mirror::Mirror;
use support::truth::{true_links, truth};
use support::{PORTAL, SCOPES, World, fetch, options, start};

const INCREMENTAL: PassKind = PassKind::Incremental;

fn stored(state: Value) -> StoredCursor {
    StoredCursor { kind: "hubspot.crm".into(), version: 2, state }
}

fn ready(watermark: i64) -> StoredCursor {
    stored(json!({"stage": "ready", "watermark": watermark}))
}

async fn baselined(world: &World, stream: &str) -> Mirror {
    Mirror::baselined(world, stream).await
}

/// Changes one company after the other, all in the same millisecond or one in each.
fn change(world: &World, count: usize, together: bool) {
    for index in 0..count {
        if !together {
            world.wait(1);
        }
        world.sandbox.create(PORTAL, "companies", &[("name", &format!("c{index}"))]).unwrap();
    }
}

// Search.

#[tokio::test]
async fn more_changes_than_a_search_can_page_through_all_come() {
    const COUNT: usize = 25_000;
    let world = World::new();
    let mut mirror = baselined(&world, "companies").await;
    world.wait(120_000);
    change(&world, COUNT, false);
    world.wait(5);
    world.sandbox.reset_requests();
    mirror.run(&world, "companies", "head").await.unwrap();
    assert_eq!(mirror.keys().len(), COUNT);
    assert_eq!(usize::try_from(world.requests()).unwrap(), COUNT.div_ceil(200));
    // A bound that is met is an error; this is never near it, since no page is asked for by its number.
    assert!(world.tap.asked("search").iter().all(|asked| asked.body.get("after").is_none()));
}

#[tokio::test]
async fn more_changes_in_one_millisecond_than_a_search_can_page_through_all_come() {
    for (count, name) in [(12_000, "in order"), (2_000, "in disorder")] {
        let world = World::new();
        let mut mirror = baselined(&world, "companies").await;
        world.wait(120_000);
        if name == "in disorder" {
            world.tap.sort_by("name");
        }
        change(&world, count, true);
        world.wait(5);
        world.sandbox.reset_requests();
        mirror.run(&world, "companies", "head").await.unwrap();
        assert_eq!(mirror.keys().len(), count, "{name}");
        let (calls, least) = (usize::try_from(world.requests()).unwrap(), count.div_ceil(200));
        println!("{count} changes of one millisecond, {name}: {calls} searches of at least {least}");
        assert!(if name == "in order" { calls == least } else { calls < 8 * least }, "{calls}");
    }
}

#[tokio::test]
async fn rows_out_of_order_lose_nothing_and_come_once() {
    let world = World::scoped(|config| config.search_page = 7, options(json!({})), SCOPES);
    let cursor = ready(start().timestamp_millis());
    world.wait(120_000);
    change(&world, 200, true);
    world.sandbox.shuffle_search(SearchOrder::ShuffledEachRequest(11));
    world.tap.sort_by("hs_lastmodifieddate");
    let mut came: BTreeMap<String, usize> = BTreeMap::new();
    let mut cursor = Some(cursor);
    let began = world.cx.env.now();
    while let Some(from) = cursor.take() {
        let page = fetch(&world, "companies", "head", INCREMENTAL, Some(from), began).await.unwrap();
        for change in &page.changes {
            *came.entry(change.key().to_string()).or_default() += 1;
        }
        if let Next::More(next) = page.next {
            cursor = Some(next);
        }
    }
    assert_eq!((came.len(), came.values().max()), (200, Some(&1)));
}

#[tokio::test]
async fn what_search_shows_later_than_the_overlap_comes_with_the_trailing_lane() {
    let world = World::new();
    let (mut contacts, mut companies) =
        (baselined(&world, "contacts").await, baselined(&world, "companies").await);
    contacts.run(&world, "contacts", "trailing").await.unwrap();
    companies.run(&world, "companies", "trailing").await.unwrap();
    assert_eq!(world.requests(), 2, "its first run reads nothing");
    world.wait(600_000);
    world.sandbox.set_index_lag(TimeDelta::minutes(20));
    let late = world.contact("ann");
    let other = world.company("acme");
    for _ in 0..3 {
        contacts.run(&world, "contacts", "head").await.unwrap();
        world.wait(900_000);
    }
    contacts.run(&world, "contacts", "head").await.unwrap();
    assert!(contacts.keys().is_empty(), "the head lane has passed it");
    contacts.run(&world, "contacts", "trailing").await.unwrap();
    assert_eq!(contacts.keys(), [late.to_string()]);
    // Looking back in one stream takes nothing from another.
    companies.run(&world, "companies", "trailing").await.unwrap();
    assert_eq!(companies.keys(), [other.to_string()]);
    world.wait(3_600_000);
    for _ in 0..3 {
        contacts.run(&world, "contacts", "trailing").await.unwrap();
        world.wait(3_600_000);
    }
    assert_eq!(contacts.views(&world, "contacts"), truth(&world, "contacts", &[]));
}

#[tokio::test]
async fn a_filter_never_reaches_back_before_hubspot_was() {
    let world = World::new();
    let id = world.company("acme");
    for watermark in [i64::MIN, -1, 0, 1] {
        let cursor = Some(ready(watermark));
        for lane in ["head", "trailing"] {
            let page = fetch(&world, "companies", lane, INCREMENTAL, cursor.clone(), start()).await.unwrap();
            assert_eq!(page.changes[0].key().as_str(), id.to_string());
        }
    }
    for asked in world.tap.asked("search") {
        let from = asked.body["filterGroups"][0]["filters"][0]["value"].as_str().unwrap();
        assert!(from.parse::<i64>().unwrap() >= 1_104_537_600_000, "{from}");
    }
}

// Between passes.

#[tokio::test]
async fn an_edit_of_a_listed_record_that_is_older_than_the_newest_listed_one_is_not_lost() {
    let world = World::scoped(|config| config.list_page = 1, options(json!({})), SCOPES);
    let (first, last) = (world.company("acme"), world.company("globex"));
    let mut mirror = Mirror::default();
    assert!(!mirror.page(&world, "companies", "head").await.unwrap());
    world.wait(10);
    world.sandbox.update(PORTAL, "companies", first, &[("name", "Acme Corp")]).unwrap();
    world.wait(3_600_000);
    // The one that is listed last is newer than the edit by an hour.
    world.sandbox.update(PORTAL, "companies", last, &[("name", "Globex Corp")]).unwrap();
    mirror.run(&world, "companies", "head").await.unwrap();
    mirror.run(&world, "companies", "head").await.unwrap();
    assert_eq!(mirror.views(&world, "companies"), truth(&world, "companies", &[]));
}

#[tokio::test]
async fn an_edit_at_the_very_hand_over_comes_at_least_once() {
    for offset in [-1_i64, 0, 1] {
        let world = World::scoped(|config| config.list_page = 1, options(json!({})), SCOPES);
        let first = world.company("acme");
        world.company("globex");
        world.wait(10);
        let mut mirror = Mirror::default();
        let began = world.clock.now();
        mirror.page(&world, "companies", "head").await.unwrap();
        // An edit in the millisecond in which the pass began, which the first page shows as it was before.
        world.clock.set(began + TimeDelta::milliseconds(offset));
        world.sandbox.update(PORTAL, "companies", first, &[("name", "Acme Corp")]).unwrap();
        mirror.run(&world, "companies", "head").await.unwrap();
        mirror.run(&world, "companies", "head").await.unwrap();
        assert_eq!(mirror.views(&world, "companies"), truth(&world, "companies", &[]), "{offset}");
    }
}

#[tokio::test]
async fn a_host_whose_clock_is_wrong_loses_nothing() {
    for ahead in
        [TimeDelta::minutes(40), TimeDelta::hours(20), TimeDelta::minutes(-40), TimeDelta::milliseconds(700)]
    {
        let world = World::ahead(ahead, |config| config.list_page = 1, options(json!({})), SCOPES);
        let ids = ["a", "b", "c"].map(|name| world.company(name));
        let mut mirror = baselined(&world, "companies").await;
        for round in 0..4 {
            world.wait(90_000);
            let name = format!("round {round}");
            world.sandbox.update(PORTAL, "companies", ids[round % 3], &[("name", &name)]).unwrap();
            mirror.run(&world, "companies", "head").await.unwrap();
            assert_eq!(mirror.views(&world, "companies"), truth(&world, "companies", &[]), "{ahead}");
        }
        let watermark = mirror.cursors["head"].state["watermark"].as_i64().unwrap();
        assert!(
            (world.clock.now().timestamp_millis() - watermark).abs() <= 1_000,
            "{ahead}: by HubSpot's clock"
        );
        let covers = mirror.covers.unwrap() + TimeDelta::seconds(60);
        assert!((world.cx.env.now() - covers).abs() <= TimeDelta::seconds(1), "{ahead}: by ours");
    }
}

#[tokio::test]
async fn no_watermark_is_later_than_the_beginning_of_its_pass() {
    let world =
        World::scoped(|config| (config.list_page, config.search_page) = (1, 1), options(json!({})), SCOPES);
    for name in ["a", "b", "c"] {
        world.company(name);
    }
    let mut mirror = Mirror::default();
    for lane in ["head", "head", "reconcile", "trailing", "trailing"] {
        let began = world.clock.now();
        loop {
            let over = mirror.page(&world, "companies", lane).await.unwrap();
            // Records go on changing while they are read.
            world.wait(60_000);
            world.company("later");
            if over || mirror.pages > 500 {
                break;
            }
            if mirror.pages % 7 == 0 {
                mirror.run(&world, "companies", lane).await.unwrap();
                break;
            }
        }
        let watermark = mirror.cursors[lane].state["watermark"].as_i64().unwrap();
        assert!(watermark <= began.timestamp_millis(), "{lane}");
    }
}

#[tokio::test]
async fn a_cursor_of_the_release_before_goes_on_and_one_that_nobody_knows_asks_for_a_baseline() {
    let world = World::new();
    world.company("acme");
    let mut cursor = ready(start().timestamp_millis());
    cursor.version = 1;
    let page = fetch(&world, "companies", "head", INCREMENTAL, Some(cursor), start()).await.unwrap();
    assert_eq!(page.changes.len(), 1);
    for state in
        [json!(""), json!({"stage": "ready", "watermark": "2026-10-09T07:40:00Z"}), json!({"watermark": 1})]
    {
        for version in [1, 2] {
            let cursor = StoredCursor { version, ..stored(state.clone()) };
            let error =
                fetch(&world, "companies", "head", INCREMENTAL, Some(cursor), start()).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::CursorExpired, "{state}");
        }
    }
}

#[tokio::test]
async fn a_time_may_be_milliseconds_or_text() {
    let world = World::new();
    for (modified, millis) in [
        (json!("2026-10-09T07:40:00.123Z"), 1_791_531_600_123),
        (json!("2026-10-09T09:40:00.123+02:00"), 1_791_531_600_123),
        (json!("1791531600123"), 1_791_531_600_123),
        (json!(1_791_531_600_123_i64), 1_791_531_600_123),
    ] {
        let page =
            json!({"results": [{"id": "7", "properties": {"hs_lastmodifieddate": modified}}]}).to_string();
        world.sandbox.inject(Fault::once("companies", http::Response::new(Bytes::from(page))));
        let page = fetch(&world, "companies", "head", PassKind::Baseline, None, start()).await.unwrap();
        let [Change::Full(record)] = page.changes.as_slice() else { panic!("{:?}", page.changes) };
        assert_eq!(record.version, Some(Version(millis)), "{modified}");
    }
}

// Links.

#[tokio::test]
async fn a_change_of_links_alone_is_seen() {
    let world = World::new();
    let (contact, company) = (world.contact("ann"), world.company("acme"));
    let contacts = baselined(&world, "contacts").await;
    let mut links = Mirror::of(world.partition("associations", "contacts/companies").await);
    links.follow(&world, "associations", &contacts).await.unwrap();
    assert!(links.links(&world)[&contact.to_string()].is_empty());
    let before = world.sandbox.record(PORTAL, "contacts", contact).unwrap();
    world.wait(600_000);
    world.sandbox.associate(PORTAL, ("contacts", contact), ("companies", company), Link::Primary).unwrap();
    assert_eq!(
        world.sandbox.record(PORTAL, "contacts", contact).unwrap(),
        before,
        "the contact tells nothing"
    );
    links.follow(&world, "associations", &contacts).await.unwrap();
    assert_eq!(links.links(&world), true_links(&world));
    assert_eq!(links.links(&world)[&contact.to_string()].len(), 1);
}

#[tokio::test]
async fn links_beyond_a_page_come_with_their_labels_and_each_once() {
    let world = World::new();
    world.sandbox.configure(|config| config.association_page = 20);
    let (billing, _) =
        world.sandbox.define_label(PORTAL, "contacts", "companies", "Billing contact").unwrap();
    let (champion, _) = world.sandbox.define_label(PORTAL, "contacts", "companies", "Champion").unwrap();
    let contact = ("contacts", world.contact("ann"));
    for index in 0..130 {
        let company = ("companies", world.company(&format!("c{index}")));
        world.sandbox.associate(PORTAL, contact, company, Link::Unlabelled).unwrap();
        for (every, label) in [(2, billing), (3, champion)] {
            if index % every == 0 {
                world.sandbox.associate(PORTAL, contact, company, Link::Type(label)).unwrap();
            }
        }
        if index == 77 {
            world.sandbox.associate(PORTAL, contact, company, Link::Primary).unwrap();
        }
    }
    let contacts = baselined(&world, "contacts").await;
    let mut links = Mirror::of(world.partition("associations", "contacts/companies").await);
    links.follow(&world, "associations", &contacts).await.unwrap();
    let links = links.links(&world).remove(&contact.1.to_string()).unwrap();
    let mut pairs: Vec<_> = links.iter().map(|link| (link.from.as_str(), link.to.as_str())).collect();
    pairs.dedup();
    assert_eq!((links.len(), pairs.len()), (130, 130));
    let labelled =
        |label: &str| links.iter().filter(|link| link.labels.iter().any(|own| own == label)).count();
    assert_eq!((labelled("Billing contact"), labelled("Champion"), labelled("Primary")), (65, 44, 0));
    assert_eq!(links.iter().filter(|link| link.primary).count(), 1);
    assert!(links.iter().any(|link| link.labels == ["Billing contact", "Champion"]));
}

// Records that end.

#[tokio::test]
async fn what_is_archived_goes_though_nothing_moves_its_time_and_a_second_walk_changes_nothing() {
    let world = World::new();
    let (gone, kept) = (world.contact("ann"), world.contact("bob"));
    let mut mirror = baselined(&world, "contacts").await;
    world.wait(600_000);
    world.sandbox.archive(PORTAL, "contacts", gone).unwrap();
    mirror.run(&world, "contacts", "head").await.unwrap();
    assert_eq!(mirror.keys().len(), 2, "search tells nothing of it");
    mirror.run(&world, "contacts", "archived").await.unwrap();
    let after = (mirror.keys(), mirror.gone(gone).cloned(), mirror.entries[&gone.to_string()].version);
    assert_eq!((&after.0, &after.1), (&vec![kept.to_string()], &Some(Gone::Archived)));
    for _ in 0..2 {
        mirror.run(&world, "contacts", "archived").await.unwrap();
        mirror.run(&world, "contacts", "head").await.unwrap();
        assert_eq!(
            (mirror.keys(), mirror.gone(gone).cloned(), mirror.entries[&gone.to_string()].version),
            after
        );
    }
    // Purged from the recycle bin, it stays gone; and one that nobody has seen archived goes with a complete pass.
    world.sandbox.gdpr_delete(PORTAL, "contacts", kept).unwrap();
    mirror.run(&world, "contacts", "archived").await.unwrap();
    mirror.run(&world, "contacts", "reconcile").await.unwrap();
    assert_eq!((mirror.keys(), mirror.gone(kept)), (vec![], Some(&Gone::Unseen)));
}

#[tokio::test]
async fn merged_records_end_in_their_survivor_and_are_never_counted_twice() {
    let world = World::new();
    let [a, b, c] = ["a", "b", "c"].map(|name| world.contact(name));
    let mut mirror = baselined(&world, "contacts").await;
    world.wait(600_000);
    let first = world.sandbox.merge(PORTAL, "contacts", a, b).unwrap();
    world.wait(5);
    let second = world.sandbox.merge(PORTAL, "contacts", first, c).unwrap();
    world.wait(5);
    mirror.run(&world, "contacts", "head").await.unwrap();
    assert_eq!(mirror.keys(), [second.to_string()]);
    let into = Gone::MergedInto(second.to_string().as_str().into());
    for old in [a, b, c, first] {
        assert_eq!(mirror.gone(old), Some(&into));
    }
    assert_eq!(mirror.views(&world, "contacts"), truth(&world, "contacts", &[]));
}

// Refusals.

#[tokio::test]
async fn a_missing_optional_scope_stops_that_stream_and_no_other() {
    let value = json!({"deals": true, "meetings": true, "owners": true, "objects": ["subscription"]});
    let world = World::scoped(|_| {}, options(value), SCOPES);
    world.company("acme");
    for stream in ["deals", "owners"] {
        let error = Mirror::default().run(&world, stream, "head").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Forbidden, "{stream}");
        assert!(error.advice().is_some_and(|advice| advice.contains("scopes")), "{stream}");
        assert!(world.stream(stream).spec().optional);
    }
    for stream in ["companies", "contacts", "meetings"] {
        Mirror::baselined(&world, stream).await;
    }
}

#[tokio::test]
async fn a_limit_of_the_day_is_told_from_one_of_the_second() {
    let world = World::new();
    world.company("acme");
    let cursor = Some(ready(start().timestamp_millis()));
    for (trouble, waits) in [(Trouble::DailyLimit, false), (Trouble::SearchLimit, true)] {
        world.sandbox.inject(Fault::once("search", trouble.response()));
        let read = fetch(&world, "companies", "head", INCREMENTAL, cursor.clone(), start()).await;
        assert_eq!(
            read.map(drop).map_err(|error| error.kind()),
            if waits { Ok(()) } else { Err(ErrorKind::QuotaExhausted) }
        );
    }
}

#[tokio::test]
async fn an_answer_that_lasts_as_a_failure_is_a_failure_and_no_empty_account() {
    let world = World::new();
    world.company("acme");
    for status in [500, 502, 521, 522, 530, 599] {
        let response = http::Response::builder().status(status).body(Bytes::from("<html>")).unwrap();
        world.sandbox.inject(Fault::once("companies", response).times(5));
        let error = Mirror::default().run(&world, "companies", "head").await.unwrap_err();
        assert_eq!((error.kind(), error.is_transient()), (ErrorKind::Unavailable, true), "{status}");
        world.sandbox.clear_faults();
    }
    for body in ["<html>", "[]", "{}", r#"{"status": "error"}"#] {
        world.sandbox.inject(Fault::once("companies", http::Response::new(Bytes::from(body))));
        let error = Mirror::default().run(&world, "companies", "head").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Malformed, "{body}");
    }
}

#[tokio::test]
async fn a_flood_of_notifications_names_each_record_once() {
    let world = World::new();
    let event = |index: usize| {
        json!({"portalId": PORTAL, "subscriptionType": "contact.propertyChange", "objectId": 1 + index % 40,
            "propertyName": format!("p{index}")})
    };
    let mut keys = 0;
    for batch in 0..100 {
        let events: Vec<Value> = (batch * 100..batch * 100 + 100).map(event).collect();
        let request = http::Request::post("/hubspot").body(Bytes::from(json!(events).to_string())).unwrap();
        let Route::Accounts(told) = world.hubspot.push().unwrap().route(&request) else {
            panic!("nobody is told")
        };
        assert_eq!(told.len(), 1);
        keys += told[0].keys.len();
    }
    assert_eq!(keys, 4_000, "ten thousand events of forty records in a hundred calls");
    assert_eq!(world.requests(), 0);
}
