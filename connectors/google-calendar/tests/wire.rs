//! What is asked of Google, page by page, and what is made of the answers.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use acquaint_core::auth::AuthScheme;
use acquaint_core::connector::{Connector as _, LaneKind, Partition, StreamKind};
use acquaint_core::cursor::StoredCursor;
use acquaint_core::record::{Change, RawRecord};
use acquaint_core::view::View;
use acquaint_core::{Error, ErrorKind};
use acquaint_google_calendar::{GoogleCalendar, SCOPE_CALENDAR_LIST, SCOPE_EVENTS};
use chrono::TimeDelta;
use common::pages::{ME, PATH, changes, done, event, more, page, pairs, told};
use common::{Bench, full, payload, time};
use serde_json::{Value, json};

#[tokio::test]
async fn a_baseline_and_its_increments_ask_for_exactly_this() {
    let (bench, script) = Bench::scripted(50);
    let window = bench.window();
    // One day more on either side than the window of 180 and 365 days.
    let bounds = [("timeMax", "2027-10-10T08:00:00Z"), ("timeMin", "2026-04-11T08:00:00Z")];

    script.answer(200, page(&[event("a", "2026-10-10T10:00:00Z")], Some("p2"), None));
    let first = bench.page(ME, window, None).await.unwrap();
    assert_eq!(script.asked()[0].0, PATH);
    let base = [("maxResults", "50"), ("singleEvents", "true")];
    assert_eq!(script.last_query(), pairs(&[base[0], base[1], bounds[0], bounds[1]]));
    assert_eq!((first.covers, first.window), (None, Some(window)));

    script.answer(200, page(&[], Some("p3"), None));
    bench.clock.advance(TimeDelta::minutes(10));
    let second = bench.page(ME, window, Some(more(&first))).await.unwrap();
    assert_eq!(script.last_query(), pairs(&[base[0], ("pageToken", "p2"), base[1], bounds[0], bounds[1]]));
    assert!(second.changes.is_empty(), "an empty page may have a next one");

    script.answer(200, page(&[], None, Some("s1")));
    let third = bench.page(ME, window, Some(more(&second))).await.unwrap();
    assert_eq!(third.covers, Some(time("2026-10-09T08:00:00Z")), "the moment the first page was asked for");

    // Another page size and window of the configuration do not reach what goes on from a cursor.
    let (later, script) = Bench::scripted(7);
    later.clock.advance(TimeDelta::hours(2));
    let moved = later.cx.settings.window.at(time("2026-12-09T08:00:00Z"));
    script.answer(200, page(&[], Some("i2"), None));
    let fourth = later.page(ME, moved, Some(done(&third))).await.unwrap();
    assert_eq!(script.last_query(), pairs(&[base[0], base[1], ("syncToken", "s1")]));
    assert_eq!((fourth.covers, fourth.window), (None, Some(window)));

    script.answer(200, page(&[], None, Some("s2")));
    let fifth = later.page(ME, moved, Some(more(&fourth))).await.unwrap();
    assert_eq!(script.last_query(), pairs(&[base[0], ("pageToken", "i2"), base[1], ("syncToken", "s1")]));
    assert_eq!(fifth.covers, Some(time("2026-10-09T10:00:00Z")));

    script.answer(200, page(&[], None, Some("s3")));
    later.page(ME, moved, Some(done(&fifth))).await.unwrap();
    assert_eq!(script.last_query(), pairs(&[base[0], base[1], ("syncToken", "s2")]));
}

#[tokio::test]
async fn a_record_holds_the_very_bytes_that_were_sent() {
    let (bench, script) = Bench::scripted(50);
    let odd = r#"{ "id":"a",  "start":{"date":"2026-10-10"}, "n":1.50, "z":"\u00e9\/", "a":2 }"#;
    script.answer(200, format!(r#"{{"items":[{odd}],"nextSyncToken":"s"}}"#));
    let page = bench.page("we\"ird\\@example.com", bench.window(), None).await.unwrap();
    let record = full(&page.changes[0]);
    assert_eq!(record.raw, format!(r#"{{"calendar":"we\"ird\\@example.com","event":{odd}}}"#));
    assert_eq!((record.key.as_str(), record.version), ("a", None));
    assert_eq!(bench.view(record).unwrap().calendar, "we\"ird\\@example.com");
}

#[tokio::test]
async fn deletions_and_moves_out_of_the_window_are_tombstones() {
    let (bench, script) = Bench::scripted(50);
    let window = bench.window();
    script.answer(200, page(&[event("margin", "2027-10-09T20:00:00Z")], None, Some("s1")));
    let baseline = bench.page(ME, window, None).await.unwrap();
    assert!(changes(&baseline).is_empty(), "the margin is read and not kept");

    script.answer(200, payload("g09_events_incremental_cancelled"));
    let increment = bench.page(ME, window, Some(done(&baseline))).await.unwrap();
    assert_eq!(changes(&increment), ["Deleted gone9example0007", "Deleted b71example0002bb"]);

    let moved = [
        event("kept", "2026-10-10T10:00:00Z"),
        event("ahead", "2027-10-09T08:00:00Z"),
        event("back", "2026-04-12T07:59:59Z"),
        json!({ "id": "dayout", "start": { "date": "2026-04-11" }, "end": { "date": "2026-04-12" } }),
        json!({ "id": "dayin", "start": { "date": "2026-04-11" }, "end": { "date": "2026-04-13" } }),
    ];
    script.answer(200, page(&moved, None, Some("s3")));
    let increment = bench.page(ME, window, Some(done(&increment))).await.unwrap();
    assert_eq!(
        changes(&increment),
        [
            "full kept",
            "MovedOutOfWindow ahead",
            "MovedOutOfWindow back",
            "MovedOutOfWindow dayout",
            "full dayin"
        ]
    );
}

#[tokio::test]
async fn a_cancelled_occurrence_goes_and_a_series_is_no_record() {
    let (bench, script) = Bench::scripted(50);
    script.answer(200, payload("g10_recurring_master_and_exceptions"));
    let page = bench.page(ME, bench.window(), None).await.unwrap();
    assert_eq!(
        changes(&page),
        [
            "Deleted wkly3example0008",
            "full wkly3example0008_20261019T073000Z",
            "Deleted wkly3example0008_20261026T083000Z"
        ]
    );
}

#[tokio::test]
async fn an_event_that_does_not_parse_is_kept_aside_and_the_page_goes_on() {
    let (bench, script) = Bench::scripted(50);
    let items = [
        json!({ "id": "yearless", "start": { "date": "0000-05-20" }, "end": { "date": "0000-05-21" } }),
        json!({ "id": "odd", "start": "soon" }),
        json!({ "start": { "date": "2026-10-10" } }),
        json!(null),
        event("good", "2026-10-10T10:00:00Z"),
    ];
    script.answer(200, page(&items, None, Some("s1")));
    let read = bench.page(ME, bench.window(), None).await.unwrap();
    let keys: Vec<_> = read.changes.iter().map(|change| change.key().to_string()).collect();
    assert_eq!(changes(&read)[..2], ["rejected yearless", "rejected odd"]);
    assert!(keys[2].starts_with("without-id-") && keys[3].starts_with("without-id-") && keys[2] != keys[3]);
    assert_eq!(changes(&read)[4], "full good");
    for (change, item) in read.changes[..4].iter().zip(&items) {
        let Change::Rejected { record, why } = change else { panic!("{change:?}") };
        let kept: Value = serde_json::from_slice(&record.raw).unwrap();
        assert_eq!(&kept["event"], item);
        assert!(!why.is_empty() && !why.contains("soon"), "{why}");
    }
    // Reading it again names it the same.
    script.answer(200, page(&items, None, Some("s1")));
    let again = bench.page(ME, bench.window(), None).await.unwrap();
    assert_eq!(again.changes.iter().map(|change| change.key().to_string()).collect::<Vec<_>>(), keys);
}

async fn refused(cursor: Option<StoredCursor>, status: u16, body: &str) -> Error {
    let (bench, script) = Bench::scripted(50);
    script.answer(status, body);
    bench.page(ME, bench.window(), cursor).await.unwrap_err()
}

async fn cursors() -> (StoredCursor, StoredCursor, StoredCursor) {
    let (bench, script) = Bench::scripted(50);
    script.answer(200, page(&[], Some("p2"), None));
    script.answer(200, page(&[], None, Some("s1")));
    script.answer(200, page(&[], Some("i2"), None));
    let window = bench.window();
    let baseline = more(&bench.page(ME, window, None).await.unwrap());
    let synced = done(&bench.page(ME, window, Some(baseline.clone())).await.unwrap());
    let increment = more(&bench.page(ME, window, Some(synced.clone())).await.unwrap());
    (baseline, synced, increment)
}

#[tokio::test]
async fn a_dead_token_asks_for_a_baseline_and_nothing_else_does() {
    let (baseline, synced, increment) = cursors().await;
    let expired = payload("g11_410_full_sync_required");
    let invalid = r#"{"error":{"errors":[{"reason":"invalid"}],"code":400}}"#;
    let deleted = r#"{"error":{"errors":[{"reason":"deleted"}],"code":410}}"#;
    let gone = payload("g16_404_calendar");
    for cursor in [baseline, synced, increment] {
        for (status, body) in [(410, &*expired), (400, invalid), (410, ""), (410, "{}")] {
            let error = refused(Some(cursor.clone()), status, body).await;
            assert_eq!(error.kind(), ErrorKind::CursorExpired, "{status} {body}");
        }
        assert_eq!(refused(Some(cursor.clone()), 410, deleted).await.kind(), ErrorKind::NotFound);
        assert_eq!(refused(Some(cursor), 404, &gone).await.kind(), ErrorKind::NotFound);
    }
    // Without a token nothing can have expired: a baseline that is refused must not lead to another.
    assert_eq!(refused(None, 400, invalid).await.kind(), ErrorKind::Invalid);
    assert_eq!(refused(None, 404, &gone).await.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn success_without_a_page_is_no_empty_calendar() {
    let (_, synced, _) = cursors().await;
    for body in ["{}", r#"{"error":{"code":500,"errors":[]},"items":[]}"#, r#"{"nextSyncToken":"s9"}"#] {
        for cursor in [None, Some(synced.clone())] {
            assert_eq!(refused(cursor, 200, body).await.kind(), ErrorKind::Unavailable, "{body}");
        }
    }
    let cut = refused(None, 200, r#"{"items":[{"id":"a""#).await;
    assert_eq!((cut.kind(), cut.is_transient()), (ErrorKind::Malformed, true));
}

#[tokio::test]
async fn an_increment_without_a_new_token_goes_on_from_the_old_one() {
    let (bench, script) = Bench::scripted(50);
    let (_, synced, increment) = cursors().await;
    script.answer(200, page(&[], None, None));
    let page = bench.page(ME, bench.window(), Some(increment)).await.unwrap();
    assert_eq!(done(&page), synced);
    assert_eq!(page.covers, None);
}

#[tokio::test]
async fn single_events_are_read_by_id() {
    let (bench, script) = Bench::scripted(50);
    let deleted = r#"{"error":{"errors":[{"reason":"deleted"}],"code":410}}"#;
    script.answer(200, event("a", "2026-10-10T10:00:00Z").to_string());
    script.answer(200, r#"{"id":"b","status":"cancelled"}"#);
    script.answer(404, payload("g16_404_calendar"));
    script.answer(410, deleted);
    script.answer(200, json!({ "id": "e", "recurrence": ["RRULE:FREQ=DAILY"], "start": {} }).to_string());
    let keys = ["a", "b", "c", "d", "e", ".."].map(Into::into);
    let read = bench.events().read(&bench.cx, &Partition::new(ME, ME), &keys).await.unwrap();
    assert_eq!(told(&read), ["full a", "Deleted b", "Deleted c", "Deleted d", "Deleted e", "Deleted .."]);
    assert_eq!(script.asked()[0].0, format!("{PATH}/a"));
    assert_eq!(script.asked().len(), 5, "an id that no address can name is not asked for");

    script.answer(403, r#"{"error":{"errors":[{"reason":"insufficientPermissions"}]}}"#);
    let error = bench.events().read(&bench.cx, &Partition::new(ME, ME), &["a".into()]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Forbidden);
}

#[tokio::test]
async fn a_throttled_call_is_repeated_after_a_while() {
    let (bench, script) = Bench::scripted(50);
    script.answer(403, payload("g14_403_quota_metric"));
    script.answer(200, page(&[], None, Some("s1")));
    bench.page(ME, bench.window(), None).await.unwrap();
    assert!(bench.cx.env.now() >= time("2026-10-09T08:00:05Z"));
    assert_eq!(script.asked().len(), 2);
}

#[test]
fn the_connector_declares_what_it_needs() {
    let connector = GoogleCalendar::default();
    let AuthScheme::OAuth2(oauth) = &connector.info().auth[0] else { panic!("not OAuth") };
    let parameters = [("access_type", "offline"), ("prompt", "consent")];
    assert_eq!(oauth.authorize_params, pairs(&parameters));
    assert!(oauth.pkce);
    let origins = &connector.info().http.origins;
    assert_eq!(origins.len(), 1);
    assert_eq!(origins[0].ascii_serialization(), "https://www.googleapis.com");

    let [stream] = connector.streams() else { panic!("not one stream") };
    let spec = stream.spec();
    assert_eq!((spec.name, spec.kind, spec.partitioned), ("events", StreamKind::Events, true));
    assert_eq!(spec.scopes, [SCOPE_EVENTS]);
    let [(wider, lack)] = &spec.wider_scopes[..] else { panic!("not one scope for more") };
    assert_eq!((*wider, *lack), (SCOPE_CALENDAR_LIST, "only the account's primary calendar is read"));
    assert!(oauth.base_scopes.is_empty() && spec.pushed);
    let head = spec.lane("head").unwrap();
    assert_eq!((head.kind, head.sweeps, head.every.as_secs()), (LaneKind::Incremental, true, 300));
    assert_eq!(head.baseline_every.unwrap().as_secs(), 604_800);
    assert_eq!(spec.lanes[0].name, "head");
    let upcoming = spec.lane("upcoming").unwrap();
    assert_eq!((upcoming.kind, upcoming.sweeps, upcoming.leads), (LaneKind::Once, false, true));
}

#[test]
fn the_choice_of_calendars_resets_no_cursor_and_the_window_does() {
    let (mut bench, _) = Bench::scripted(50);
    let before = bench.events().binding(&bench.cx.settings);
    bench.options(json!({ "calendars": { "access": "reader" } }));
    assert_eq!(bench.events().binding(&bench.cx.settings), before);
    let mut settings = (*bench.cx.settings).clone();
    settings.window.past += 1;
    assert_ne!(bench.events().binding(&settings), before);
    let mut settings = (*bench.cx.settings).clone();
    settings.drop.push("description".to_owned());
    assert_ne!(bench.events().binding(&settings), before);
}

#[test]
fn every_name_that_can_be_dropped_points_into_a_record() {
    let (bench, _) = Bench::scripted(50);
    let event = json!({ "summary": 1, "description": 1, "location": 1, "attachments": 1, "conferenceData": 1,
        "hangoutLink": 1, "extendedProperties": 1 });
    let record = json!({ "calendar": "x", "event": event });
    let droppable = &bench.events().spec().droppable;
    assert_eq!(droppable.iter().map(|(_, pointers)| pointers.len()).sum::<usize>(), 7);
    for (name, pointers) in droppable {
        for pointer in pointers {
            assert!(record.pointer(pointer).is_some(), "{name}: {pointer}");
        }
    }
}

#[test]
fn a_private_event_shows_the_same_times_and_nothing_else_once_only_those_are_left() {
    let (bench, _) = Bench::scripted(50);
    let private = bench.events().spec().private.clone().unwrap();
    let record = |visibility: &str| {
        json!({ "calendar": "ana@us.example", "event": {
            "kind": "calendar#event", "etag": "\"3\"", "id": "e1_20260303T100000Z", "status": "tentative",
            "htmlLink": "https://www.google.com/calendar/event?eid=e1", "iCalUID": "e1@google.com",
            "recurringEventId": "e1", "originalStartTime": { "dateTime": "2026-03-03T10:00:00Z" },
            "start": { "dateTime": "2026-03-03T11:00:00+01:00", "timeZone": "Europe/Berlin" },
            "end": { "dateTime": "2026-03-03T12:00:00+01:00" }, "sequence": 2, "visibility": visibility,
            "summary": "Doctor", "description": "Why", "location": "A clinic", "eventType": "outOfOffice",
            "creator": { "email": "ana@us.example" }, "organizer": { "email": "ana@us.example", "self": true },
            "attendees": [{ "email": "doctor@clinic.example" }], "hangoutLink": "https://meet.google.com/x",
            "source": { "title": "Clinic", "url": "https://clinic.example" }, "colorId": "7",
        } })
    };
    assert!(!private.is_private(&record("default")) && !private.is_private(&record("public")));
    for word in ["private", "confidential"] {
        let whole = record(word);
        assert!(private.is_private(&whole));
        let left = private.left(whole.clone());
        let view = |value: &serde_json::Value| {
            let raw = RawRecord::new("e1_20260303T100000Z", value.to_string());
            let View::Event(event) = bench.events().view(&raw).unwrap().remove(0) else { panic!() };
            event
        };
        let (before, after) = (view(&whole), view(&left));
        assert_eq!((after.start, after.end, &after.zone), (before.start, before.end, &before.zone));
        assert_eq!((after.identity(), &after.series), (before.identity(), &before.series));
        assert_eq!((after.status, after.sequence, after.visibility), (before.status, 2, before.visibility));
        assert_eq!(after.busy, before.busy);
        assert!(after.organiser.is_self && after.organiser.email.is_none() && after.attendees_cut);
        let text = left.to_string();
        for gone in ["Doctor", "Why", "clinic", "@us.example\",\"self", "outOfOffice", "meet", "colorId"] {
            assert!(!text.contains(gone), "{gone} in {text}");
        }
    }
}
