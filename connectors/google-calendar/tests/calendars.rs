//! Which calendars there are: the whole list, and what has become different since.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use acquaint_core::ErrorKind;
use acquaint_core::connector::{Discovered, Partition, Partitions};
use acquaint_core::cursor::StoredCursor;
use common::pages::{ME, pairs, refusal};
use common::{Bench, payload};
use serde_json::{Value, json};

const LIST: &str = "/calendar/v3/users/me/calendarList";

fn entry(id: &str, role: &str) -> Value {
    json!({ "kind": "calendar#calendarListEntry", "id": id, "summary": id, "accessRole": role })
}

fn list(items: &[Value], next: Option<&str>, sync: Option<&str>) -> String {
    json!({ "kind": "calendar#calendarList", "items": items, "nextPageToken": next, "nextSyncToken": sync })
        .to_string()
}

fn keys(partitions: &[Partition]) -> Vec<&str> {
    partitions.iter().map(|partition| partition.key.as_str()).collect()
}

fn all(found: &Discovered) -> Vec<&str> {
    match &found.partitions {
        Partitions::All(all) => keys(all),
        other => panic!("not all: {other:?}"),
    }
}

/// What is now, and what is gone.
fn changed(found: &Discovered) -> (Vec<&str>, Vec<&str>) {
    match &found.partitions {
        Partitions::Changed { now, gone } => (keys(now), gone.iter().map(|key| key.as_str()).collect()),
        other => panic!("not changes: {other:?}"),
    }
}

/// A bench that has looked once and found `items`.
async fn looked(options: Value, items: &[Value]) -> (Bench, std::sync::Arc<common::Script>, StoredCursor) {
    let (mut bench, script) = Bench::scripted(50);
    bench.options(options);
    script.answer(200, list(items, None, Some("l1")));
    let cursor = bench.discover(None).await.unwrap().cursor.unwrap();
    (bench, script, cursor)
}

#[tokio::test]
async fn calendars_are_listed_from_all_pages_each_once_without_deleted_ones() {
    let (mut bench, script) = Bench::scripted(50);
    bench.options(json!({ "calendars": { "access": "reader" } }));
    let mut first: Value = serde_json::from_str(&payload("g06_calendar_list_page")).unwrap();
    first["nextPageToken"] = json!("c2");
    script.answer(200, first.to_string());
    let again = first["items"][1].clone();
    let last = json!({ "items": [again, { "id": "en.x#holiday@group.v.calendar.google.com" }] });
    script.answer(200, last.to_string());
    let partitions = bench.events().partitions(&bench.cx).await.unwrap();
    let holidays = "en.x#holiday@group.v.calendar.google.com";
    assert_eq!(
        partitions,
        [
            Partition::new(ME, ME)
                .placed(10)
                .detail("primary", true)
                .detail("access", "owner")
                .detail("time_zone", "Europe/Berlin")
                .detail("owner", ME),
            Partition::new("c_7f3e0example@group.calendar.google.com", "Visits (mine)")
                .placed(3)
                .detail("primary", false)
                .detail("access", "writerWithoutPrivateAccess")
                .detail("time_zone", "America/Denver")
                .detail("owner", "ops@northwind-demo.example"),
            Partition::new(holidays, holidays).placed(2).detail("primary", false),
        ]
    );
    assert_eq!(script.asked()[0], (LIST.to_owned(), pairs(&[("maxResults", "250"), ("showHidden", "true")])));
    let second = pairs(&[("maxResults", "250"), ("pageToken", "c2"), ("showHidden", "true")]);
    assert_eq!(script.asked()[1].1, second);

    script.answer(200, r#"{"items":[],"nextSyncToken":"s1"}"#);
    bench.page(holidays, bench.window(), None).await.unwrap();
    let path = script.asked().pop().unwrap().0;
    assert_eq!(path, "/calendar/v3/calendars/en.x%23holiday@group.v.calendar.google.com/events");
}

#[tokio::test]
async fn a_list_of_calendars_that_is_none_or_never_ends_is_an_error() {
    let (bench, script) = Bench::scripted(50);
    script.answer(200, "{}");
    assert_eq!(bench.discover(None).await.unwrap_err().kind(), ErrorKind::Unavailable);
    for token in ["odd", "even", "odd"] {
        script.answer(200, list(&[], Some(token), None));
    }
    assert_eq!(bench.discover(None).await.unwrap_err().kind(), ErrorKind::Unavailable);
    // A page that is no longer there is nobody's cursor: the next look begins anew.
    script.answer(200, list(&[], Some("c2"), None));
    script.answer(400, refusal(400, "invalid"));
    let error = bench.discover(None).await.unwrap_err();
    assert_eq!((error.kind(), error.is_transient()), (ErrorKind::Unavailable, true));
}

#[tokio::test]
async fn a_second_look_asks_only_for_what_has_changed() {
    let (bench, script, cursor) = looked(json!({}), &[entry("a", "owner"), entry("b", "owner")]).await;
    script.answer(200, list(&[entry("c", "owner")], Some("i2"), Some("early")));
    let gone = json!({ "id": "a", "deleted": true });
    script.answer(200, list(&[gone, entry("d", "owner")], Some("i3"), None));
    script.answer(200, list(&[], None, Some("l2")));
    let found = bench.discover(Some(cursor)).await.unwrap();
    assert_eq!(changed(&found), (vec!["c", "d"], vec!["a"]));
    // The very parameters of the whole list, and the token on every page.
    let base = [("maxResults", "250"), ("showHidden", "true"), ("syncToken", "l1")];
    assert_eq!(script.asked()[1].1, pairs(&base));
    assert_eq!(script.asked()[2].1, pairs(&[base[0], ("pageToken", "i2"), base[1], base[2]]));
    assert_eq!(script.asked()[3].1, pairs(&[base[0], ("pageToken", "i3"), base[1], base[2]]));

    script.answer(200, list(&[], None, Some("l3")));
    let found = bench.discover(found.cursor).await.unwrap();
    assert_eq!(changed(&found), (vec![], vec![]));
    assert_eq!(script.last_query(), pairs(&[base[0], base[1], ("syncToken", "l2")]), "the last page's token");
}

#[tokio::test]
async fn a_calendar_that_is_no_longer_chosen_goes_and_one_that_comes_to_be_appears() {
    let options = json!({ "calendars": { "access": "writer", "matches": "^Sales" } });
    let named = |id: &str, role: &str, name: &str| json!({ "id": id, "accessRole": role, "summary": name });
    let items = [named("a", "owner", "Sales A"), named("b", "writer", "Sales B"), named("c", "owner", "C")];
    let (bench, script, cursor) = looked(options, &items).await;
    let mut mine = named("d", "owner", "D");
    mine["summaryOverride"] = json!("Sales, as I call it");
    let items = [named("a", "reader", "Sales A"), named("b", "writer", "B"), named("c", "owner", "Sales C"), mine];
    script.answer(200, list(&items, None, Some("l2")));
    let found = bench.discover(Some(cursor)).await.unwrap();
    assert_eq!(changed(&found), (vec!["c", "d"], vec!["a", "b"]));
}

#[tokio::test]
async fn the_last_mention_of_a_calendar_counts() {
    let (bench, script, cursor) = looked(json!({}), &[entry("a", "owner")]).await;
    let gone = |id: &str| json!({ "id": id, "deleted": true });
    script.answer(200, list(&[gone("a"), entry("b", "owner")], Some("i2"), None));
    script.answer(200, list(&[entry("a", "owner"), gone("b")], None, Some("l2")));
    let found = bench.discover(Some(cursor)).await.unwrap();
    assert_eq!(changed(&found), (vec!["a"], vec!["b"]));
}

#[tokio::test]
async fn a_dead_token_of_the_list_asks_for_the_whole_list() {
    let (bench, script, cursor) = looked(json!({}), &[entry("a", "owner")]).await;
    for (status, body) in [
        (410, payload("g11_410_full_sync_required")),
        (410, String::new()),
        (400, refusal(400, "invalid")),
        (400, refusal(400, "badRequest")),
    ] {
        script.answer(status, body.clone());
        let error = bench.discover(Some(cursor.clone())).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::CursorExpired, "{status} {body}");
        // Also on a later page.
        script.answer(200, list(&[entry("b", "owner")], Some("i2"), None));
        script.answer(status, body.clone());
        let error = bench.discover(Some(cursor.clone())).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::CursorExpired, "{status} {body}");
    }
    // Other refusals say nothing about the token.
    script.answer(403, refusal(403, "forbidden"));
    assert_eq!(bench.discover(Some(cursor.clone())).await.unwrap_err().kind(), ErrorKind::Forbidden);
    let events = StoredCursor { kind: "google-calendar.events".into(), ..cursor };
    assert_eq!(bench.discover(Some(events)).await.unwrap_err().kind(), ErrorKind::CursorExpired);
}

#[tokio::test]
async fn a_list_without_a_new_token_loses_nothing() {
    let (bench, script, cursor) = looked(json!({}), &[entry("a", "owner")]).await;
    script.answer(200, list(&[entry("b", "owner")], None, None));
    let found = bench.discover(Some(cursor.clone())).await.unwrap();
    assert_eq!((changed(&found).0, found.cursor), (vec!["b"], Some(cursor)), "the old one tells it again");

    script.answer(200, list(&[entry("a", "owner")], None, None));
    let found = bench.discover(None).await.unwrap();
    assert_eq!((all(&found), found.cursor.clone()), (vec!["a"], None), "each look is one at everything");
}

#[tokio::test]
async fn primary_and_its_real_id_are_one_calendar() {
    let (mut bench, script) = Bench::scripted(50);
    bench.options(json!({ "calendars": { "ids": ["primary", ME] } }));
    let primary = json!({ "id": ME, "primary": true, "accessRole": "owner", "summary": "Priya" });
    script.answer(200, list(&[primary, entry("other", "owner")], None, Some("l1")));
    assert_eq!(all(&bench.discover(None).await.unwrap()), [ME]);
}

#[tokio::test]
async fn the_better_placed_connection_has_more_access_and_the_owner_of_a_primary_calendar_most() {
    let (mut bench, script) = Bench::scripted(50);
    bench.options(json!({ "calendars": { "access": "freeBusyReader" } }));
    let roles = ["freeBusyReader", "reader", "curator", "writerWithoutPrivateAccess", "writer", "owner"];
    let mut items: Vec<Value> = roles.iter().map(|role| entry(role, role)).collect();
    items.push(json!({ "id": ME, "primary": true, "accessRole": "owner" }));
    script.answer(200, list(&items, None, Some("l1")));
    let partitions = bench.events().partitions(&bench.cx).await.unwrap();
    let places: Vec<_> = partitions.iter().map(|partition| partition.placement.unwrap()).collect();
    assert_eq!(places, [1, 2, 2, 3, 4, 5, 10]);
}

#[tokio::test]
async fn a_pattern_that_is_none_is_refused_before_anything_is_asked() {
    let (mut bench, script) = Bench::scripted(50);
    bench.options(json!({ "calendars": { "matches": "(sales" } }));
    let error = bench.discover(None).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert!(error.to_string().contains("at character 1"), "{error}");
    let checked = acquaint_core::connector::Connector::check(&bench.connector, &bench.cx.settings);
    assert_eq!(checked.unwrap_err().kind(), ErrorKind::Invalid);
    assert!(script.asked().is_empty());
}
