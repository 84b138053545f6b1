//! Which calendars there are: the whole list, and what has become different since.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use acquaint_core::connector::{Discovered, Partition, Partitions};
use acquaint_core::cursor::StoredCursor;
use acquaint_core::{Error, ErrorKind};
use acquaint_testkit::sandbox::Sandbox;
use acquaint_testkit::sandbox::google::{AccessRole, GoogleSandbox};
use bytes::Bytes;
use chrono_tz::Tz;
use common::mirror::Granted;
use common::pages::{ME, pairs, refusal};
use common::world::{ANA, BEN, World};
use common::{Bench, TestClock, payload};
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
async fn looked(options: Value, items: &[Value]) -> (Bench, Arc<common::Script>, StoredCursor) {
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
    let items =
        [named("a", "reader", "Sales A"), named("b", "writer", "B"), named("c", "owner", "Sales C"), mine];
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
    assert_eq!(changed(&found).0, ["b"]);
    assert_eq!(found.cursor, Some(cursor), "the old one tells it again");

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
    assert_eq!(checked.iter().map(Error::kind).collect::<Vec<_>>(), [ErrorKind::Invalid]);
    assert!(script.asked().is_empty());
}

/// Ana's list as it is followed: by its token as long as that works, then from the start.
#[derive(Default)]
struct Followed {
    known: BTreeSet<String>,
    cursor: Option<StoredCursor>,
    whole: usize,
}

impl Followed {
    async fn look(&mut self, bench: &Bench) -> Vec<&str> {
        let found = match bench.discover(self.cursor.take()).await {
            Err(error) if error.kind() == ErrorKind::CursorExpired => bench.discover(None).await,
            found => found,
        };
        let found = found.unwrap();
        match &found.partitions {
            Partitions::All(all) => {
                self.whole += 1;
                self.known = keys(all).into_iter().map(str::to_owned).collect();
            }
            Partitions::Changed { now, gone } => {
                self.known.retain(|key| !gone.iter().any(|gone| gone.as_str() == key));
                self.known.extend(keys(now).into_iter().map(str::to_owned));
            }
            other => panic!("{other:?}"),
        }
        self.cursor = found.cursor;
        self.known.iter().map(String::as_str).collect()
    }
}

#[tokio::test]
async fn calendars_come_and_go_by_increments() {
    let mut world = World::berlin();
    world.bench.options(json!({ "calendars": { "access": "writer" } }));
    world.sandbox.configure(|config| config.page_cap = Some(2));
    let (_, _) = world.join(BEN);
    for id in ["c1", "c2", "c3", "c4"] {
        world.sandbox.add_calendar(ANA, id, id, Tz::UTC);
    }
    let mut list = Followed::default();
    assert_eq!(list.look(&world.bench).await, [ANA, "c1", "c2", "c3", "c4"]);
    world.sandbox.add_calendar(ANA, "c5", "c5", Tz::UTC);
    world.sandbox.delete_calendar("c1").unwrap();
    world.sandbox.leave_calendar("c2", ANA);
    world.sandbox.share_calendar(BEN, ANA, AccessRole::Writer).unwrap();
    assert_eq!(list.look(&world.bench).await, [ANA, BEN, "c3", "c4", "c5"]);
    world.sandbox.unshare_calendar(BEN, ANA);
    assert_eq!(list.look(&world.bench).await, [ANA, "c3", "c4", "c5"]);
    assert_eq!(list.whole, 1);
    // Its token dies, and while it was dead a calendar went.
    world.sandbox.delete_calendar("c3").unwrap();
    world.sandbox.expire_sync_tokens();
    assert_eq!(list.look(&world.bench).await, [ANA, "c4", "c5"]);
    assert_eq!(list.whole, 2);
}

/// A Google whose list of calendars is edited after its first page was sent.
#[derive(Debug)]
struct Meddled(Arc<GoogleSandbox>, AtomicBool);

impl Sandbox for Meddled {
    fn handle(&self, request: &http::Request<Bytes>) -> http::Response<Bytes> {
        let answer = self.0.handle(request);
        if request.uri().path() == LIST && !self.1.swap(true, Ordering::SeqCst) {
            self.0.delete_calendar("c1").unwrap();
        }
        answer
    }
}

#[tokio::test]
async fn a_list_that_changes_between_its_pages_loses_nothing_at_the_next_look() {
    let world = World::berlin();
    world.sandbox.configure(|config| config.page_cap = Some(2));
    for id in ["c1", "c2", "c3"] {
        world.sandbox.add_calendar(ANA, id, id, Tz::UTC);
    }
    let account = world.sandbox.add_account("cleo@example.com", Tz::UTC);
    world.sandbox.leave_calendar("cleo@example.com", "cleo@example.com");
    for id in [ANA, "c1", "c2", "c3"] {
        world.sandbox.share_calendar(id, "cleo@example.com", AccessRole::Owner).unwrap();
    }
    let meddled = Arc::new(Meddled(Arc::clone(&world.sandbox), AtomicBool::new(false)));
    let auth = Granted::all(&world.sandbox, &account);
    let bench = Bench::new(meddled, auth, TestClock::at("2026-10-09T08:00:00Z"), 5);
    let mut list = Followed::default();
    // What follows has moved up by one, so that `c2` was on no page.
    assert_eq!(list.look(&bench).await, [ANA, "c1", "c3"]);
    assert_eq!(list.look(&bench).await, [ANA, "c2", "c3"]);
    assert_eq!(list.look(&bench).await, [ANA, "c2", "c3"]);
    assert_eq!(list.whole, 2, "and then increments do");
}

#[tokio::test]
async fn what_increments_never_tell_is_found_by_a_look_at_everything() {
    let mut world = World::berlin();
    world.bench.options(json!({ "calendars": { "matches": "^Sales" } }));
    world.sandbox.add_calendar(ANA, "c1", "Sales", Tz::UTC);
    world.sandbox.add_calendar(ANA, "c2", "Support", Tz::UTC);
    let mut list = Followed::default();
    assert_eq!(list.look(&world.bench).await, ["c1"]);
    world.sandbox.rename_calendar("c1", "Marketing").unwrap();
    world.sandbox.rename_calendar("c2", "Sales too").unwrap();
    assert_eq!(list.look(&world.bench).await, ["c1"], "Google does not tell of a new name");
    list.cursor = None;
    assert_eq!(list.look(&world.bench).await, ["c2"]);
    assert_eq!(world.bench.events().spec().relist_every.as_secs(), 86_400);
}
