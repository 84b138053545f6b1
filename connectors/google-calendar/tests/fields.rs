//! What is dropped for privacy is not even asked for; everything else arrives as it was sent.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use std::collections::BTreeSet;

use acquaint_core::ErrorKind;
use acquaint_core::connector::Partition;
use acquaint_core::record::Change;
use common::pages::{ME, changes, done, event, more, page};
use common::world::{ANA, World, call};
use common::{Bench, full};
use serde_json::{Map, Value, json};

/// The fields that the API's discovery document knows of an event.
fn documented() -> BTreeSet<String> {
    let path = format!("{}/tests/payloads/event_fields.txt", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).unwrap().lines().map(str::to_owned).collect()
}

fn asked_fields(query: &[(String, String)]) -> Option<&str> {
    query.iter().find(|(name, _)| name == "fields").map(|(_, value)| value.as_str())
}

#[tokio::test]
async fn without_drop_no_fields_are_named() {
    let (mut bench, script) = Bench::scripted(50);
    // A name of another connector's is not for Google.
    bench.drop_of(&["salary"]);
    script.answer(200, page(&[], None, Some("s1")));
    bench.page(ME, bench.window(), None).await.unwrap();
    assert_eq!(asked_fields(&script.last_query()), None);
    script.answer(200, event("a", "2026-10-10T10:00:00Z").to_string());
    bench.events().read(&bench.cx, &Partition::new(ME, ME), &["a".into()]).await.unwrap();
    assert!(script.last_query().is_empty());
}

#[tokio::test]
async fn what_is_dropped_is_left_out_of_every_request() {
    let cases: [(&str, &[&str]); 6] = [
        ("title", &["summary"]),
        ("description", &["description"]),
        ("location", &["location"]),
        ("attachments", &["attachments"]),
        ("conference", &["conferenceData", "hangoutLink"]),
        ("extended_properties", &["extendedProperties"]),
    ];
    for (name, left_out) in cases {
        let (mut bench, script) = Bench::scripted(50);
        bench.drop_of(&[name]);
        script.answer(200, page(&[], None, Some("s1")));
        bench.page(ME, bench.window(), None).await.unwrap();
        let query = script.last_query();
        let fields = asked_fields(&query).unwrap();
        let event = fields.strip_prefix("kind,nextPageToken,nextSyncToken,items(").unwrap();
        let event = event.strip_suffix(')').unwrap();
        let mut all: BTreeSet<String> = event.split(',').map(str::to_owned).collect();
        for field in left_out {
            assert!(all.insert((*field).to_owned()), "{name}: {field} is asked for");
        }
        assert_eq!(all, documented(), "{name}");

        script.answer(200, json!({ "id": "a", "start": { "date": "2026-10-10" } }).to_string());
        bench.events().read(&bench.cx, &Partition::new(ME, ME), &["a".into()]).await.unwrap();
        assert_eq!(asked_fields(&script.last_query()), Some(event), "{name}");
    }
}

#[tokio::test]
async fn later_pages_and_increments_ask_for_the_fields_that_the_baseline_asked_for() {
    let (mut bench, script) = Bench::scripted(50);
    bench.drop_of(&["description", "title"]);
    script.answer(200, page(&[], Some("p2"), None));
    let first = bench.page(ME, bench.window(), None).await.unwrap();
    let query = script.last_query();
    let asked = asked_fields(&query).map(str::to_owned);
    // Another setting resets the cursor; until then the token's own parameters hold.
    bench.drop_of(&[]);
    script.answer(200, page(&[], None, Some("s1")));
    let last = bench.page(ME, bench.window(), Some(more(&first))).await.unwrap();
    assert_eq!(asked_fields(&script.last_query()).map(str::to_owned), asked);
    script.answer(200, page(&[], Some("i2"), None));
    let increment = bench.page(ME, bench.window(), Some(done(&last))).await.unwrap();
    assert_eq!(asked_fields(&script.last_query()).map(str::to_owned), asked);
    script.answer(200, page(&[], None, Some("s2")));
    bench.page(ME, bench.window(), Some(more(&increment))).await.unwrap();
    assert_eq!(asked_fields(&script.last_query()).map(str::to_owned), asked);
}

#[tokio::test]
async fn a_partial_page_without_items_is_empty_only_if_it_says_that_it_is_a_page() {
    let (mut bench, script) = Bench::scripted(50);
    bench.drop_of(&["title"]);
    script.answer(200, r#"{"kind":"calendar#events","nextSyncToken":"s1"}"#);
    let empty = bench.page(ME, bench.window(), None).await.unwrap();
    assert!(changes(&empty).is_empty());
    for body in ["{}", r#"{"nextSyncToken":"s1"}"#, r#"{"kind":"calendar#events","error":{"code":500}}"#] {
        script.answer(200, body);
        let error = bench.page(ME, bench.window(), None).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{body}");
    }
}

#[tokio::test]
async fn every_field_that_google_documents_is_kept_as_it_was_sent() {
    let mut event: Map<String, Value> = documented()
        .into_iter()
        .map(|name| (name.clone(), json!({ "of": name, "n": 1.50, "list": [null, true] })))
        .collect();
    let own = json!({
        "id": "a", "iCalUID": "u", "kind": "calendar#event", "status": "confirmed", "eventType": "default",
        "etag": "\"1\"", "summary": "Call", "description": "Agenda", "location": "Here", "sequence": 2,
        "start": { "dateTime": "2026-10-10T10:00:00+02:00", "timeZone": "Europe/Berlin" },
        "end": { "dateTime": "2026-10-10T11:00:00+02:00" }, "originalStartTime": { "date": "2026-10-10" },
        "recurrence": [], "recurringEventId": "series", "visibility": "default", "transparency": "opaque",
        "hangoutLink": "https://meet.google.com/x", "attendeesOmitted": true, "guestsCanSeeOtherGuests": false,
        "attendees": [{ "email": "b@example.com", "additionalGuests": 3, "comment": "late" }],
        "organizer": { "email": "a@example.com", "profileLater": 1 }, "creator": { "self": true },
        "conferenceData": { "conferenceId": "x", "parameters": { "addOnParameters": {} } },
    });
    event.extend(own.as_object().unwrap().clone());
    assert_eq!(event.len(), documented().len());
    event.insert("addedTomorrow".to_owned(), json!([1, { "two": 3 }]));
    let sent = Value::Object(event).to_string();

    let (bench, script) = Bench::scripted(50);
    script.answer(200, format!(r#"{{"items":[{sent}],"nextSyncToken":"s1"}}"#));
    let read = bench.page(ME, bench.window(), None).await.unwrap();
    let Change::Full(record) = &read.changes[0] else { panic!("{:?}", read.changes) };
    assert_eq!(record.raw, format!(r#"{{"calendar":"{ME}","event":{sent}}}"#));
    let view = bench.view(full(&read.changes[0])).unwrap();
    assert_eq!((view.series.as_deref(), view.zone.as_deref()), (Some("series"), Some("Europe/Berlin")));
    assert_eq!(view.conference_id.as_deref(), Some("x"));
}

#[tokio::test]
async fn google_sends_everything_but_what_is_dropped() {
    let mut world = World::berlin();
    let fields = json!({ "description": "Secret", "location": "Here", "attendees": [{ "email": ANA }],
        "extendedProperties": { "private": { "a": "b" } } });
    let id = world.insert(call(2, fields));
    let whole = world.sandbox.event(ANA, &id).unwrap();
    world.bench.drop_of(&["description", "extended_properties"]);
    let read = world.bench.page(ANA, world.bench.window(), None).await.unwrap();
    let raw: Value = serde_json::from_slice(&full(&read.changes[0]).raw).unwrap();
    let mut expected = whole.clone();
    expected.as_object_mut().unwrap().retain(|name, _| name != "description" && name != "extendedProperties");
    assert_eq!(raw["event"], expected);

    world.sandbox.patch_event(ANA, &id, json!({ "description": "Another secret" })).unwrap();
    let read = world.bench.page(ANA, world.bench.window(), Some(done(&read))).await.unwrap();
    assert!(!String::from_utf8_lossy(&full(&read.changes[0]).raw).contains("secret"));
    let empty = world.bench.page(ANA, world.bench.window(), Some(done(&read))).await.unwrap();
    assert!(empty.changes.is_empty());
    let partition = Partition::new(ANA, ANA);
    let single = world.bench.events().read(&world.bench.cx, &partition, &[id.as_str().into()]).await.unwrap();
    assert!(!String::from_utf8_lossy(&full(&single[0]).raw).contains("secret"));
}
