//! What events of each kind say once they are read.
#![allow(clippy::unwrap_used)]

mod common;

use acquaint_core::view::{CalendarEvent, EventKind, EventStatus, EventTime, Response, Visibility};
use acquaint_core::{Error, ErrorKind};
use common::{Bench, payload, record, time};
use serde_json::{Value, json};

fn view(event: &Value) -> Result<CalendarEvent, Error> {
    Bench::scripted(10).0.view(&record("me@example.com", &event.to_string()))
}

fn items(name: &str) -> Vec<CalendarEvent> {
    let page: Value = serde_json::from_str(&payload(name)).unwrap();
    page["items"].as_array().unwrap().iter().map(|event| view(event).unwrap()).collect()
}

fn day(text: &str) -> EventTime {
    EventTime::Day(text.parse().unwrap())
}

/// An event at noon, with the given members besides.
fn noon(members: Value) -> CalendarEvent {
    let mut event = json!({ "id": "a", "start": { "dateTime": "2026-10-09T12:00:00Z" },
        "end": { "dateTime": "2026-10-09T13:00:00Z" } });
    event.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    view(&event).unwrap()
}

#[test]
fn a_meeting_is_read_in_full() {
    let events = items("g07_events_page_first");
    let call = &events[0];
    assert_eq!((&*call.calendar, &*call.id), ("me@example.com", "k2v9example0001aa"));
    assert_eq!(call.uid.as_deref(), Some("k2v9example0001aa@google.com"));
    assert_eq!((call.original_start, call.sequence, call.status), (None, 1, EventStatus::Confirmed));
    assert_eq!((call.series.as_deref(), call.zone.as_deref()), (None, Some("Europe/Berlin")));
    assert_eq!(call.conference_id.as_deref(), Some("abc-defg-hij"));
    let organisers: Vec<_> = call.attendees.iter().map(|guest| guest.organiser).collect();
    assert_eq!(organisers, [true, false, false, false]);
    assert_eq!(call.start, EventTime::At(time("2026-10-14T08:00:00Z")));
    assert_eq!(call.end, EventTime::At(time("2026-10-14T08:45:00Z")));
    assert_eq!(call.title.as_deref(), Some("Renewal call: Harbour Foods"));
    assert_eq!(call.description.as_deref(), Some("Agenda: <b>pricing</b>"));
    assert_eq!(call.location.as_deref(), Some("Room Tern"));
    assert_eq!(call.conference.as_deref(), Some("https://meet.google.com/abc-defg-hij"));
    assert_eq!(call.organiser.email.as_deref(), Some("priya.raman@northwind-demo.example"));
    assert_eq!(call.organiser.name.as_deref(), Some("Priya Raman"));
    assert!(call.organiser.is_self && call.busy && !call.attendees_cut);
    let guests: Vec<_> = call
        .attendees
        .iter()
        .map(|guest| (&*guest.email, guest.response, guest.optional, guest.resource, guest.is_self))
        .collect();
    assert_eq!(
        guests,
        [
            ("priya.raman@northwind-demo.example", Response::Accepted, false, false, true),
            ("l.okafor@harbourfoods-demo.example", Response::NeedsAction, false, false, false),
            ("sam@harbourfoods-demo.example", Response::Declined, true, false, false),
            ("c_1880tern0example@resource.calendar.google.com", Response::Accepted, false, true, false),
        ]
    );
}

#[test]
fn a_whole_day_has_no_zone_and_an_exclusive_end() {
    let fair = &items("g07_events_page_first")[1];
    assert_eq!((fair.start, fair.end), (day("2026-11-03"), day("2026-11-06")));
    assert_eq!(
        (fair.status, fair.visibility, fair.busy),
        (EventStatus::Tentative, Visibility::Public, false)
    );
    assert!(fair.attendees.is_empty() && !fair.attendees_cut);
}

#[test]
fn kinds_are_told_apart() {
    let kinds: Vec<_> = items("g08_events_page_last").iter().map(|event| event.kind).collect();
    assert_eq!(
        kinds,
        [EventKind::OutOfOffice, EventKind::FocusTime, EventKind::WorkingLocation, EventKind::Birthday]
    );
    assert_eq!(noon(json!({ "eventType": "fromGmail" })).kind, EventKind::FromMail);
    assert_eq!(noon(json!({ "eventType": "siesta" })).kind, EventKind::Other);
    assert_eq!(noon(json!({})).kind, EventKind::Default);
}

#[test]
fn a_moved_occurrence_keeps_its_original_start() {
    let page: Value = serde_json::from_str(&payload("g10_recurring_master_and_exceptions")).unwrap();
    let moved = view(&page["items"][1]).unwrap();
    assert_eq!(moved.original_start, Some(EventTime::At(time("2026-10-19T07:30:00Z"))));
    assert_eq!(moved.start, EventTime::At(time("2026-10-20T12:00:00Z")));
    assert_eq!(moved.uid.as_deref(), Some("wkly3example0008@google.com"));
    assert_eq!(moved.series.as_deref(), Some("wkly3example0008"));
}

#[test]
fn offsets_on_both_sides_of_a_clock_change_give_the_right_instants() {
    for (local, utc) in [
        ("2026-03-29T01:30:00+01:00", "2026-03-29T00:30:00Z"),
        ("2026-03-29T03:30:00+02:00", "2026-03-29T01:30:00Z"),
        ("2026-11-01T01:30:00-05:00", "2026-11-01T06:30:00Z"),
        ("2026-04-05T02:30:00+10:30", "2026-04-04T16:00:00Z"),
    ] {
        let event = json!({ "id": "a", "start": { "dateTime": local }, "end": { "dateTime": local } });
        assert_eq!(view(&event).unwrap().start, EventTime::At(time(utc)), "{local}");
    }
}

#[test]
fn a_missing_end_is_the_start_or_the_next_day() {
    let start = json!({ "dateTime": "2026-10-09T12:00:00Z" });
    let event = view(&json!({ "id": "a", "start": start })).unwrap();
    assert_eq!(event.end, event.start);
    for event in [
        json!({ "id": "a", "start": { "date": "2026-12-31" } }),
        json!({ "id": "a", "start": { "date": "2026-12-31" }, "end": { "date": "2026-12-31" } }),
    ] {
        assert_eq!(view(&event).unwrap().end, day("2027-01-01"));
    }
}

#[test]
fn impossible_times_are_malformed_and_never_a_panic() {
    let far = |text: &str| json!({ "id": "a", "start": { "date": text }, "end": { "date": text } });
    let at = |text: &str| json!({ "id": "a", "start": { "dateTime": text } });
    for event in [
        far("0000-00-00"),
        far("0000-01-01"),
        far("10000-01-01"),
        far("+262142-12-31"),
        far("-262143-01-01"),
        far("2026-02-30"),
        far("tomorrow"),
        at("0000-12-31T23:59:59Z"),
        at("9999-12-31T23:59:59-12:00"),
        at("2026-10-09T12:00:00"),
        at(""),
        json!({ "id": "a" }),
        json!({ "id": "a", "start": {} }),
        json!({ "id": "a", "start": { "date": "2026-10-09" }, "end": { "date": "2026-10-08" } }),
        json!({ "id": "a", "start": { "date": "2026-10-09" }, "originalStartTime": { "date": "never" } }),
        json!({ "start": { "date": "2026-10-09" } }),
        json!([]),
        json!({ "id": 7, "start": { "date": "2026-10-09" } }),
    ] {
        let error = view(&event).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Malformed, "{event}");
        assert_eq!(error.context("record"), Some("key"), "{event}");
    }
    assert_eq!(view(&far("9999-12-31")).unwrap().start, day("9999-12-31"));
    assert_eq!(view(&far("0001-01-01")).unwrap().end, day("0001-01-02"));
}

#[test]
fn a_hidden_private_event_has_times_and_no_title() {
    let hidden = noon(json!({ "visibility": "private" }));
    assert_eq!((hidden.visibility, hidden.title), (Visibility::Private, None));
    // That it shows no guests does not mean that it has none.
    assert!(hidden.attendees_cut);
    let busy = noon(json!({ "visibility": "private", "summary": "busy" }));
    assert!(busy.attendees_cut);
    let own = json!({ "visibility": "confidential", "summary": "Dentist", "organizer": { "email": "me@example.com" } });
    let own = noon(own);
    assert_eq!((own.visibility, own.attendees_cut), (Visibility::Private, false));
}

#[test]
fn a_cut_guest_list_is_marked() {
    let guests = json!([{ "email": "a@example.com" }]);
    let cut = |members: Value| {
        let mut event = json!({ "attendees": guests });
        event.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        noon(event).attendees_cut
    };
    assert!(!cut(json!({})));
    assert!(cut(json!({ "attendeesOmitted": true })));
    assert!(cut(json!({ "guestsCanSeeOtherGuests": false })));
    assert!(!cut(json!({ "guestsCanSeeOtherGuests": false, "organizer": { "self": true } })));
    assert!(cut(json!({ "attendees": [{ "email": "list@example.com", "asyncOperation": "inProgress" }] })));
    let nameless = noon(json!({ "attendees": [{ "displayName": "Ana" }, { "email": "b@example.com" }] }));
    assert!(nameless.attendees_cut);
    assert_eq!(nameless.attendees.len(), 1);
}

#[test]
fn a_video_link_is_found_where_there_is_no_google_meet() {
    let points = json!({ "conferenceData": { "entryPoints": [
        { "entryPointType": "phone", "uri": "tel:+49-30-5550100" },
        { "entryPointType": "video", "uri": "https://video.example/j/1" }] } });
    assert_eq!(noon(points).conference.as_deref(), Some("https://video.example/j/1"));
    let phone =
        json!({ "conferenceData": { "entryPoints": [{ "entryPointType": "phone", "uri": "tel:1" }] } });
    assert_eq!(noon(phone).conference, None);
}

#[test]
fn what_is_empty_or_new_at_google_rejects_nothing() {
    let event = noon(json!({ "summary": " ", "location": "", "attendees": null, "organizer": null,
        "status": "postponed", "visibility": "team", "sequence": null, "iCalUID": "",
        "attendees2": { "x": 1 } }));
    assert_eq!((event.title.clone(), event.location.clone(), event.uid.clone()), (None, None, None));
    assert_eq!(
        (event.status, event.visibility, event.sequence),
        (EventStatus::Confirmed, Visibility::Default, 0)
    );
}
