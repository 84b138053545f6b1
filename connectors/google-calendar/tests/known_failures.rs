//! Ways in which calendar integrations are known to fail. This one fails in none of them.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use std::collections::{BTreeMap, BTreeSet};

use acquaint_core::connector::{Next, Order, Proof, Subscription, Topic};
use acquaint_core::cursor::StoredCursor;
use acquaint_core::record::Change;
use acquaint_core::secret::Secret;
use acquaint_core::{Error, ErrorKind};
use acquaint_testkit::sandbox::google::{GoogleConfig, GoogleSandbox, IncrementalWindow};
use chrono::TimeDelta;
use chrono_tz::Tz;
use common::mirror::Mirror;
use common::pages::{ME, changes, done, event, more, page, refusal};
use common::world::{ANA, BEN, World, at, call, times};
use common::{Bench, full, payload};
use serde_json::{Value, json};

fn listed(sandbox: &GoogleSandbox) -> u64 {
    sandbox.requests().get("events.list").copied().unwrap_or_default()
}

/// A mirror of Ana's calendar that is up to date.
async fn settled(world: &World) -> Mirror {
    let mut mirror = Mirror::default();
    mirror.settle(&world.bench, ANA).await;
    mirror
}

fn keys(mirror: &Mirror, world: &World) -> BTreeSet<String> {
    mirror.events(&world.bench).into_keys().collect()
}

async fn synced(script: &common::Script, bench: &Bench) -> StoredCursor {
    script.answer(200, page(&[], None, Some("s1")));
    done(&bench.page(ME, bench.window(), None).await.unwrap())
}

// Tokens.

#[tokio::test]
async fn a_refused_token_is_an_error_and_no_quiet_calendar() {
    let (bench, script) = Bench::scripted(50);
    let cursor = synced(&script, &bench).await;
    script.answer(410, payload("g11_410_full_sync_required"));
    let error = bench.page(ME, bench.window(), Some(cursor)).await.unwrap_err();
    assert_eq!((error.kind(), error.is_transient()), (ErrorKind::CursorExpired, false));
}

#[tokio::test]
async fn what_was_deleted_while_the_token_was_dead_goes_with_one_baseline() {
    let world = World::berlin();
    let ids: BTreeSet<String> = (0..10).map(|hour| world.insert(call(hour * 24, json!({})))).collect();
    let mut mirror = settled(&world).await;
    for id in ids.iter().take(3) {
        world.sandbox.cancel_event(ANA, id).unwrap();
    }
    world.sandbox.expire_sync_tokens();
    mirror.settle(&world.bench, ANA).await;
    assert_eq!(mirror.baselines, 2);
    assert_eq!(keys(&mirror, &world), ids.into_iter().skip(3).collect());
}

#[tokio::test]
async fn a_token_that_is_too_old_after_a_month_costs_one_baseline() {
    let mut config = GoogleConfig::default();
    config.sync_token_age = Some(TimeDelta::days(28));
    let world = World::new(config, 5, Tz::Europe__Berlin);
    world.insert(call(15 * 24, json!({})));
    let mut mirror = settled(&world).await;
    world.bench.clock.advance(TimeDelta::days(30));
    let late = world.insert(call(31 * 24, json!({})));
    mirror.settle(&world.bench, ANA).await;
    assert_eq!((mirror.baselines, keys(&mirror, &world)), (2, BTreeSet::from([late])));
}

#[tokio::test]
async fn a_baseline_that_is_refused_does_not_ask_for_another_without_end() {
    let (bench, script) = Bench::scripted(50);
    for (status, reason) in
        [(400, "invalid"), (410, "updatedMinTooLongAgo"), (410, "deleted"), (404, "notFound")]
    {
        script.answer(status, refusal(status, reason));
        let error = bench.page(ME, bench.window(), None).await.unwrap_err();
        assert_ne!(error.kind(), ErrorKind::CursorExpired, "{status} {reason}");
    }
}

#[tokio::test]
async fn no_token_is_kept_before_the_last_page() {
    let (bench, script) = Bench::scripted(50);
    // Even if one came earlier.
    script.answer(200, page(&[event("a", "2026-10-10T10:00:00Z")], Some("p2"), Some("early")));
    let first = bench.page(ME, bench.window(), None).await.unwrap();
    assert_eq!(first.covers, None);
    assert!(!more(&first).state.to_string().contains("early"));
}

#[tokio::test]
async fn an_empty_increment_moves_on_to_its_token() {
    let (bench, script) = Bench::scripted(50);
    let cursor = synced(&script, &bench).await;
    script.answer(200, page(&[], None, Some("s2")));
    let quiet = bench.page(ME, bench.window(), Some(cursor)).await.unwrap();
    assert!(done(&quiet).state.to_string().contains("s2") && quiet.covers.is_some());
}

#[tokio::test]
async fn an_increment_of_several_pages_carries_both_tokens() {
    let (bench, script) = Bench::scripted(50);
    let mut cursor = synced(&script, &bench).await;
    for next in ["i2", "i3"] {
        script.answer(200, page(&[event(next, "2026-10-10T10:00:00Z")], Some(next), None));
        cursor = more(&bench.page(ME, bench.window(), Some(cursor)).await.unwrap());
    }
    script.answer(200, page(&[event("i4", "2026-10-10T10:00:00Z")], None, Some("s2")));
    let last = bench.page(ME, bench.window(), Some(cursor)).await.unwrap();
    assert_eq!(changes(&last), ["full i4"]);
    let asked: Vec<BTreeMap<String, String>> =
        script.asked()[1..].iter().map(|(_, query)| query.iter().cloned().collect()).collect();
    assert!(asked.iter().all(|query| query["syncToken"] == "s1"));
    let pages: Vec<_> = asked.iter().map(|query| query.get("pageToken").map(String::as_str)).collect();
    assert_eq!(pages, [None, Some("i2"), Some("i3")]);
}

#[tokio::test]
async fn nothing_that_a_token_forbids_or_suppresses_is_ever_sent() {
    let (mut bench, script) = Bench::scripted(50);
    bench.drop_of(&["title"]);
    let cursor = synced(&script, &bench).await;
    script.answer(200, page(&[], Some("i2"), None));
    let cursor = more(&bench.page(ME, bench.window(), Some(cursor)).await.unwrap());
    script.answer(200, page(&[], None, Some("s2")));
    bench.page(ME, bench.window(), Some(cursor)).await.unwrap();
    for (at, (_, query)) in script.asked().into_iter().enumerate() {
        let names: BTreeSet<&str> = query.iter().map(|(name, _)| name.as_str()).collect();
        let mut allowed = BTreeSet::from(["fields", "maxResults", "singleEvents"]);
        allowed.extend(if at == 0 { ["timeMin", "timeMax"] } else { ["syncToken", "pageToken"] });
        assert!(names.is_subset(&allowed), "{names:?}");
    }
}

#[tokio::test]
async fn another_page_size_voids_no_token() {
    let world = World::new(GoogleConfig::default(), 2, Tz::Europe__Berlin);
    world.insert(call(2, json!({})));
    let window = world.bench.window();
    let baseline = world.bench.page(ANA, window, None).await.unwrap();
    let larger = world.with_page_size(7);
    larger.page(ANA, window, Some(done(&baseline))).await.unwrap();
}

// What changes.

#[tokio::test]
async fn an_increment_costs_what_changed_and_leaves_the_rest() {
    let world = World::berlin();
    let ids: Vec<String> = (0..12).map(|hour| world.insert(call(hour * 24, json!({})))).collect();
    let mut mirror = settled(&world).await;
    let before = listed(&world.sandbox);
    world.sandbox.patch_event(ANA, &ids[3], json!({ "summary": "New" })).unwrap();
    assert!(mirror.step(&world.bench, ANA).await);
    assert_eq!(listed(&world.sandbox), before + 1);
    let events = mirror.events(&world.bench);
    assert_eq!((events.len(), &events[&ids[3]]["summary"]), (12, &json!("New")));
}

#[tokio::test]
async fn an_event_moved_out_of_the_window_goes_whatever_an_increment_tells() {
    for told in [IncrementalWindow::Everything, IncrementalWindow::FirstListOnly] {
        let mut config = GoogleConfig::default();
        config.incremental_window = told;
        let world = World::new(config, 5, Tz::Europe__Berlin);
        let id = world.insert(call(5, json!({})));
        let mut mirror = settled(&world).await;
        // The margin that is read besides the window counts as outside too.
        for hours in [40 * 24, 20 * 24 + 1, -20 * 24] {
            let (start, end) = times(hours, false);
            world.sandbox.move_event(ANA, &id, start, end).unwrap();
            mirror.settle(&world.bench, ANA).await;
            assert!(mirror.events(&world.bench).is_empty(), "{told:?} {hours}");
            let (start, end) = times(6, false);
            world.sandbox.move_event(ANA, &id, start, end).unwrap();
            mirror.settle(&world.bench, ANA).await;
            assert_eq!(mirror.events(&world.bench).len(), 1, "{told:?} {hours}");
        }
        assert_eq!(mirror.baselines, 1);
    }
}

#[tokio::test]
async fn an_event_that_time_brings_into_the_window_comes_with_the_next_baseline() {
    let world = World::berlin();
    let ahead = world.insert(call(25 * 24, json!({})));
    let mut mirror = settled(&world).await;
    world.bench.clock.advance(TimeDelta::days(7));
    assert!(keys(&mirror, &world).is_empty(), "no notification ever tells of it");
    mirror.forget();
    mirror.settle(&world.bench, ANA).await;
    assert_eq!(keys(&mirror, &world), BTreeSet::from([ahead]));
    let head = world.bench.events().spec().lane("head").unwrap();
    assert_eq!(head.baseline_every.unwrap().as_secs(), 604_800);
}

#[tokio::test]
async fn days_without_a_grant_are_caught_up_from_the_cursor() {
    let world = World::berlin();
    let kept = world.insert(call(2, json!({})));
    let gone = world.insert(call(4, json!({})));
    let mut mirror = settled(&world).await;
    world.bench.clock.advance(TimeDelta::days(4));
    world.sandbox.cancel_event(ANA, &gone).unwrap();
    let new = world.insert(call(120, json!({})));
    mirror.settle(&world.bench, ANA).await;
    assert_eq!((mirror.baselines, keys(&mirror, &world)), (1, BTreeSet::from([kept, new])));
}

#[tokio::test]
async fn a_cancelled_occurrence_does_not_come_back_when_its_series_is_edited() {
    for tell in [false, true] {
        let mut config = GoogleConfig::default();
        config.cancel_exceptions_with_series = tell;
        let world = World::new(config, 5, Tz::Europe__Berlin);
        let series = world.insert(call(2, json!({ "recurrence": ["RRULE:FREQ=DAILY;COUNT=4"] })));
        let mut mirror = settled(&world).await;
        let ids: Vec<String> = keys(&mirror, &world).into_iter().collect();
        world.sandbox.cancel_event(ANA, &ids[1]).unwrap();
        let (start, end) = times(30, false);
        world.sandbox.move_event(ANA, &ids[2], start, end).unwrap();
        mirror.settle(&world.bench, ANA).await;
        world.sandbox.patch_event(ANA, &series, json!({ "summary": "Edited" })).unwrap();
        mirror.settle(&world.bench, ANA).await;
        let events = mirror.events(&world.bench);
        assert_eq!(events.keys().collect::<Vec<_>>(), [&ids[0], &ids[2], &ids[3]]);
        assert_eq!(
            events[&ids[2]]["start"]["dateTime"],
            at(30).with_timezone(&Tz::Europe__Berlin).to_rfc3339()
        );
        // Then all goes, told in whatever way.
        world.sandbox.cancel_event(ANA, &series).unwrap();
        mirror.settle(&world.bench, ANA).await;
        assert!(mirror.events(&world.bench).is_empty(), "{tell}");
    }
}

#[tokio::test]
async fn a_stub_of_a_deleted_event_needs_no_more_than_its_id() {
    let (bench, script) = Bench::scripted(50);
    let cursor = synced(&script, &bench).await;
    let stubs = [
        json!({ "id": "a", "status": "cancelled" }),
        json!({ "id": "b", "status": "cancelled", "recurringEventId": "s",
            "originalStartTime": { "dateTime": "2026-10-26T08:30:00Z" } }),
        json!({ "id": "c", "status": "cancelled", "start": {}, "updated": null }),
    ];
    script.answer(200, page(&stubs, None, Some("s2")));
    let told = bench.page(ME, bench.window(), Some(cursor)).await.unwrap();
    assert_eq!(changes(&told), ["Deleted a", "Deleted b", "Deleted c"]);
    done(&told);
}

#[tokio::test]
async fn an_event_that_cannot_be_read_is_kept_aside_while_the_token_moves_on() {
    let (bench, script) = Bench::scripted(50);
    let cursor = synced(&script, &bench).await;
    let year = |id: &str, year: &str| json!({ "id": id, "start": { "date": format!("{year}-05-20") } });
    let items = [
        year("zero", "0000"),
        year("far", "99999"),
        json!({ "id": "odd", "start": 7 }),
        event("good", "2026-10-10T10:00:00Z"),
    ];
    script.answer(200, page(&items, None, Some("s2")));
    let read = bench.page(ME, bench.window(), Some(cursor)).await.unwrap();
    assert_eq!(changes(&read), ["rejected zero", "rejected far", "rejected odd", "full good"]);
    let Change::Rejected { record, .. } = &read.changes[0] else { panic!("{:?}", read.changes) };
    let kept: Value = serde_json::from_slice(&record.raw).unwrap();
    assert_eq!(kept["event"], items[0]);
    assert!(done(&read).state.to_string().contains("s2"));
}

#[tokio::test]
async fn success_with_an_error_inside_is_no_empty_calendar() {
    let (bench, script) = Bench::scripted(50);
    for body in [r#"{"error":{"code":500},"items":[],"nextSyncToken":"s"}"#, "{}", "[]", "<html>"] {
        script.answer(200, body);
        let error = bench.page(ME, bench.window(), None).await.unwrap_err();
        assert!(error.is_transient(), "{body}: {error}");
    }
}

// Calendars.

#[tokio::test]
async fn calendars_keep_apart_events_of_one_id() {
    let world = World::berlin();
    let (_, ben) = world.join(BEN);
    let id = world.insert(call(5, json!({ "attendees": [{ "email": BEN }] })));
    let window = world.bench.window();
    let hers = world.bench.page(ANA, window, None).await.unwrap();
    let his = ben.page(BEN, window, None).await.unwrap();
    let (hers, his) = (full(&hers.changes[0]), full(&his.changes[0]));
    assert_eq!((hers.key.as_str(), his.key.as_str()), (&*id, &*id));
    let (hers, his) = (world.bench.view(hers).unwrap(), ben.view(his).unwrap());
    assert_eq!((&*hers.calendar, &*his.calendar), (ANA, BEN));
    assert_eq!(hers.identity(), his.identity());
    assert!(hers.organiser.is_self && !his.organiser.is_self);
}

#[tokio::test]
async fn each_calendar_has_a_token_of_its_own() {
    let world = World::berlin();
    let calendars = [ANA, "team#1@group.calendar.google.com", "c2@group.calendar.google.com"];
    for id in &calendars[1..] {
        world.sandbox.add_calendar(ANA, id, id, Tz::Europe__Berlin);
    }
    let mut cursors = Vec::new();
    for calendar in calendars {
        cursors.push(done(&world.bench.page(calendar, world.bench.window(), None).await.unwrap()));
    }
    let tokens: BTreeSet<String> = cursors.iter().map(|cursor| cursor.state.to_string()).collect();
    assert_eq!(tokens.len(), 3);
    let id = world.sandbox.insert_event(calendars[1], call(2, json!({}))).unwrap();
    let before = listed(&world.sandbox);
    let mut told = Vec::new();
    for (calendar, cursor) in calendars.iter().zip(cursors) {
        told.push(changes(&world.bench.page(calendar, world.bench.window(), Some(cursor)).await.unwrap()));
    }
    assert_eq!(
        (listed(&world.sandbox), told),
        (before + 3, vec![vec![], vec![format!("full {id}")], vec![]])
    );
}

#[tokio::test]
async fn ids_that_no_path_can_hold_reach_their_calendar() {
    let world = World::berlin();
    let odd = "en.x#holiday/?&=%41 +@group.v.calendar.google.com";
    world.sandbox.add_calendar(ANA, odd, "Holidays", Tz::Europe__Berlin);
    let id = world.sandbox.insert_event(odd, call(2, json!({}))).unwrap();
    let page = world.bench.page(odd, world.bench.window(), None).await.unwrap();
    assert_eq!(changes(&page), [format!("full {id}")]);
}

#[tokio::test]
async fn the_alias_of_a_calendar_makes_no_second_of_it() {
    let mut world = World::berlin();
    world.bench.options(json!({ "calendars": { "ids": ["primary", ANA] } }));
    let partitions = world.bench.events().partitions(&world.bench.cx).await.unwrap();
    let keys: Vec<_> = partitions.iter().map(|partition| partition.key.as_str()).collect();
    assert_eq!(keys, [ANA]);
}

#[tokio::test]
async fn a_calendar_without_tokens_is_not_read_in_full_at_every_run() {
    let world = World::berlin();
    world.sandbox.withhold_sync_tokens(ANA).unwrap();
    let id = world.insert(call(2, json!({})));
    let baseline = world.bench.page(ANA, world.bench.window(), None).await.unwrap();
    assert_eq!(changes(&baseline), [format!("full {id}")]);
    let waiting = world.bench.page(ANA, world.bench.window(), Some(done(&baseline))).await.unwrap();
    assert!(matches!(waiting.next, Next::Wait { .. }));
    assert_eq!(listed(&world.sandbox), 1);
}

// Refusals and channels.

#[tokio::test]
async fn four_meanings_of_one_status_are_four_errors() {
    let (bench, script) = Bench::scripted(50);
    for (reason, kind) in [
        ("quotaExceeded", ErrorKind::QuotaExhausted),
        ("insufficientPermissions", ErrorKind::Forbidden),
        ("accessNotConfigured", ErrorKind::Misconfigured),
        ("forbidden", ErrorKind::Forbidden),
    ] {
        script.answer(403, refusal(403, reason));
        let error = bench.page(ME, bench.window(), None).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{reason}");
    }
    // A throttle is waited out.
    script.answer(403, refusal(403, "rateLimitExceeded"));
    script.answer(200, page(&[], None, Some("s1")));
    bench.page(ME, bench.window(), None).await.unwrap();
}

async fn watch(world: &World, calendar: &str, id: &str) -> Result<(), Error> {
    let topic = Topic { stream: "events".into(), partition: calendar.into() };
    let address = "https://hooks.example.com/google".parse().unwrap();
    let order = Order::new(
        id,
        Secret::new(format!("secret of {id}")),
        address,
        TimeDelta::days(30).to_std().unwrap(),
    );
    let agreed = world.bench.push().subscribe(&world.bench.cx, &topic, &order).await?;
    let channels = world.sandbox.channels();
    let live = channels.iter().find(|channel| channel.id == id).unwrap();
    assert_eq!(agreed.expires, Some(live.expiration), "Google's word, and not what was asked for");
    assert_eq!(agreed.remote["resourceId"], live.resource_id.as_str());
    Ok(())
}

#[tokio::test]
async fn a_channel_ends_when_google_says_and_stops_by_both_its_ids() {
    for as_number in [false, true] {
        let world = World::berlin();
        world.sandbox.configure(|config| config.expiration_as_number = as_number);
        watch(&world, ANA, "one").await.unwrap();
        let twice = watch(&world, ANA, "one").await.unwrap_err();
        assert_eq!((twice.kind(), twice.is_transient()), (ErrorKind::Conflict, true));
        let remote = json!({ "resourceId": world.sandbox.channels()[0].resource_id });
        let proof = Proof::of(&Secret::new("secret of one"));
        let subscription = Subscription::new("one", &proof, remote.as_object().unwrap());
        for _ in 0..2 {
            world.bench.push().stop(&world.bench.cx, &subscription).await.unwrap();
            assert!(world.sandbox.channels().is_empty());
        }
    }
}

#[tokio::test]
async fn a_calendar_that_is_gone_or_never_tells_is_no_failure_without_end() {
    let world = World::berlin();
    world.sandbox.add_calendar(ANA, "c1", "Gone", Tz::UTC);
    world.sandbox.add_calendar(ANA, "c2", "Holidays", Tz::UTC);
    world.sandbox.delete_calendar("c1").unwrap();
    world.sandbox.refuse_push("c2").unwrap();
    assert_eq!(watch(&world, "c1", "one").await.unwrap_err().kind(), ErrorKind::NotFound);
    let holidays = watch(&world, "c2", "two").await.unwrap_err();
    assert_eq!((holidays.kind(), holidays.is_transient()), (ErrorKind::Unsupported, false));
}

#[tokio::test]
async fn notifications_without_a_body_are_understood_and_tokens_are_not_shared() {
    let world = World::berlin();
    watch(&world, ANA, "one").await.unwrap();
    watch(&world, ANA, "two").await.unwrap();
    world.insert(call(2, json!({})));
    let empty = serde_json::Map::new();
    let hint = |id: &str, request| {
        let proof = Proof::of(&Secret::new(format!("secret of {id}")));
        let subscription = Subscription::new(id, &proof, &empty);
        world.bench.push().verify(request, &subscription, at(0)).map(|hint| format!("{hint:?}"))
    };
    let sent = world.sandbox.take_notifications();
    let told: BTreeSet<(String, String)> =
        sent.iter().map(|one| (one.channel.clone(), hint(&one.channel, &one.request).unwrap())).collect();
    let told: Vec<(&str, &str)> = told.iter().map(|(id, hint)| (&**id, &**hint)).collect();
    assert_eq!(told, [("one", "Begun"), ("one", "Look"), ("two", "Begun"), ("two", "Look")]);
    for one in &sent {
        assert!(one.request.body().is_empty());
        let other = if one.channel == "one" { "two" } else { "one" };
        assert_eq!(hint(other, &one.request).unwrap_err().kind(), ErrorKind::Forbidden);
    }
}
