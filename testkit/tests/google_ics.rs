//! iCalendar files become Google events that take place at the same times.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod google_support;

use acquaint_testkit::sandbox::ics::load;
use chrono::{DateTime, Utc};
use google_support::{ALL, PRIYA, SAM, at, ids, titles, world};
use serde_json::json;

#[test]
fn a_loaded_file_takes_place_when_the_file_says() {
    for (name, text) in [
        ("google", include_str!("ics/google_calendar_public_holidays.ics")),
        ("apple", include_str!("ics/apple_ical.ics")),
        ("office", include_str!("ics/office_360_nz_tz.ics")),
        ("changed", include_str!("ics/recurring_with_single_change.ics")),
    ] {
        let world = world();
        let file = load(name, text).unwrap();
        assert_eq!(world.google.load_ics(PRIYA, "loaded", &file).unwrap(), file.events());
        let (from, until) = (at("2021-01-01T00:00:00Z"), at("2027-01-01T00:00:00Z"));
        let shown: Vec<(DateTime<Utc>, String)> = world
            .google
            .events("loaded", from, until)
            .iter()
            .filter(|event| event["start"]["dateTime"].is_string())
            .map(|event| {
                (
                    at(event["start"]["dateTime"].as_str().unwrap()),
                    event["summary"].as_str().unwrap().to_owned(),
                )
            })
            .collect();
        let meant: Vec<(DateTime<Utc>, String)> = file
            .occurrences(from, until, 5000)
            .iter()
            .filter(|one| !one.start.is_day())
            .map(|one| (one.start.instant(&file.zone), one.event.summary.clone().unwrap()))
            .collect();
        assert_eq!(shown, meant, "{name}");
    }
}

#[test]
fn people_rooms_and_answers_survive_the_way_in() {
    let text = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:040000008200\r\nSUMMARY:QBR\r\nCLASS:PRIVATE\r\n\
        ORGANIZER;CN=\"Doe, Jane\":MAILTO:jane@globex.example\r\n\
        ATTENDEE;CUTYPE=ROOM;PARTSTAT=ACCEPTED;CN=Room 1:mailto:room1@globex.example\r\n\
        ATTENDEE;ROLE=OPT-PARTICIPANT;PARTSTAT=DECLINED:mailto:priya@northwind.example\r\n\
        DTSTART;TZID=W. Europe Standard Time:20261014T100000\r\nDURATION:PT30M\r\n\
        X-MICROSOFT-CDO-BUSYSTATUS:FREE\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    let file = load("qbr.ics", text).unwrap();
    let world = world();
    world.google.load_ics(PRIYA, PRIYA, &file).unwrap();
    // The same file on another calendar is the same event.
    world.google.load_ics(SAM, SAM, &file).unwrap();
    let event = world.list("")["items"][0].clone();
    assert_eq!(event["iCalUID"], "040000008200");
    assert_eq!(event["organizer"], json!({ "email": "jane@globex.example", "displayName": "Doe, Jane" }));
    assert_eq!(
        event["attendees"],
        json!([
            { "email": "room1@globex.example", "displayName": "Room 1", "resource": true, "responseStatus": "accepted" },
            { "email": PRIYA, "self": true, "optional": true, "responseStatus": "declined" },
        ])
    );
    assert_eq!((&event["visibility"], &event["transparency"]), (&json!("private"), &json!("transparent")));
    assert_eq!(event["end"], json!({ "dateTime": "2026-10-14T10:30:00+02:00", "timeZone": "Europe/Berlin" }));
    let sam = world.as_account(SAM, ALL);
    assert_eq!(sam.list("")["items"][0]["id"], event["id"]);
    assert!(sam.list("")["items"][0]["attendees"][1].get("self").is_none());
}

#[test]
fn a_file_is_loaded_whole_or_not_at_all() {
    let world = world();
    let event =
        |uid: &str| format!("BEGIN:VEVENT\nUID:{uid}\nSUMMARY:{uid}\nDTSTART:20261014T100000Z\nEND:VEVENT\n");
    let file = |uids: &[&str]| {
        let events: String = uids.iter().map(|uid| event(uid)).collect();
        load("f", &format!("BEGIN:VCALENDAR\n{events}END:VCALENDAR\n")).unwrap()
    };
    world.google.load_ics(PRIYA, PRIYA, &file(&["a"])).unwrap();
    let error = world.google.load_ics(PRIYA, PRIYA, &file(&["b", "a"])).unwrap_err();
    assert_eq!(error.reason, "duplicate");
    assert_eq!(titles(&world.list_all("").0), ["a"]);
}

#[test]
fn exceptions_of_a_loaded_series_are_googles_exceptions() {
    let world = world();
    let file = load("changed", include_str!("ics/recurring_with_single_change.ics")).unwrap();
    world.google.load_ics(PRIYA, PRIYA, &file).unwrap();
    let stored = world.google.stored_events(PRIYA);
    let master = "5st6kahlb53s6sdmrgkldms9k2";
    assert_eq!(ids(&stored), [master, &format!("{master}_20260202T150000Z")]);
    assert_eq!(stored[0]["recurrence"], json!(["RRULE:FREQ=DAILY;COUNT=3"]));
    assert_eq!(
        (&stored[1]["recurringEventId"], &stored[1]["summary"]),
        (&json!(master), &json!("Edited Title"))
    );
}
