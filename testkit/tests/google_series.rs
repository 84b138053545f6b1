//! What people do to series and cancelled events, and how that reaches those who follow.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod google_support;

use google_support::{ALL, PRIYA, SAM, at, ids, timed, titles, world};
use serde_json::json;

const AUTUMN: &str = "singleEvents=true&timeMin=2026-10-01T00:00:00Z&timeMax=2026-11-10T00:00:00Z";

#[test]
fn this_and_following_ends_one_series_and_begins_another() {
    let world = world();
    world.weekly();
    world.google.patch_event(PRIYA, "weekly_20261026T083000Z", json!({ "summary": "x" })).unwrap();
    world.google.patch_event(PRIYA, "weekly_20261012T073000Z", json!({ "summary": "kept" })).unwrap();
    let (_, token) = world.list_all("");
    let fields = json!({ "summary": "New review" });
    let new = world.google.split_series(PRIYA, "weekly_20261019T073000Z", fields).unwrap();
    assert_eq!(new, "weekly_R20261019T073000");
    let changes = world.list_all(&format!("syncToken={}", token.unwrap())).0;
    assert_eq!(ids(&changes), ["weekly", "weekly_20261026T083000Z", new.as_str()]);
    assert_eq!(changes[0]["recurrence"], json!(["RRULE:FREQ=WEEKLY;BYDAY=MO;UNTIL=20261019T072959Z"]));
    assert_eq!(changes[1]["status"], "cancelled");
    assert_eq!(changes[2]["recurrence"], json!(["RRULE:FREQ=WEEKLY;BYDAY=MO;UNTIL=20270301T225959Z"]));
    assert_eq!(changes[2]["start"]["dateTime"], "2026-10-19T09:30:00+02:00");
    assert_eq!(changes[2]["iCalUID"], "weekly_R20261019T073000@google.com");
    let seen = world.list_all(AUTUMN).0;
    let expected = ["Pipeline review", "kept", "New review", "New review", "New review", "New review"];
    assert_eq!(titles(&seen), expected);
    assert_eq!(seen[5]["id"], "weekly_R20261019T073000_20261109T083000Z");
    // The new series is split in its turn, under the same root.
    let later = format!("{new}_20261102T083000Z");
    let again = world.google.split_series(PRIYA, &later, json!({ "location": "Oslo" })).unwrap();
    assert_eq!(again, "weekly_R20261102T083000");
    assert_eq!(world.list_all(AUTUMN).0.len(), 6);
}

#[test]
fn a_series_may_go_on_at_another_time_and_keep_its_uid() {
    let world = world();
    world.google.configure(|config| config.split_keeps_uid = true);
    let sam = world.as_account(SAM, ALL);
    world.weekly();
    world.google.add_attendee(PRIYA, "weekly", json!({ "email": SAM })).unwrap();
    let later = timed("Tuesdays", "2026-10-20T14:00:00");
    let new = world.google.split_series(PRIYA, "weekly_20261019T073000Z", later).unwrap();
    let seen = sam.list_all(AUTUMN).0;
    let starts: Vec<&str> =
        seen.iter().map(|one| &one["start"]["dateTime"].as_str().unwrap()[..16]).collect();
    assert_eq!(
        starts,
        ["2026-10-05T09:30", "2026-10-12T09:30", "2026-10-20T14:00", "2026-10-27T14:00", "2026-11-03T14:00"]
    );
    assert_eq!(world.google.event(PRIYA, &new).unwrap()["iCalUID"], "weekly@google.com");
}

#[test]
fn at_the_first_occurrence_the_whole_series_changes() {
    let world = world();
    world.weekly();
    let first = "weekly_20260907T073000Z";
    let id = world.google.split_series(PRIYA, first, json!({ "summary": "All" })).unwrap();
    assert_eq!((id.as_str(), titles(&world.list_all("").0)), ("weekly", vec!["All"]));
    assert_eq!(world.google.split_series(PRIYA, "weekly", json!({})).unwrap_err().code, 400);
    assert_eq!(world.google.split_series(PRIYA, "weekly_20261013T073000Z", json!({})).unwrap_err().code, 404);
    world.google.end_series(PRIYA, first).unwrap();
    assert!(world.list_all("").0.is_empty());
}

#[test]
fn a_series_that_counts_is_split_by_its_count() {
    let world = world();
    let days = json!({ "id": "fairs", "summary": "Fair", "start": { "date": "2026-10-05" },
                       "end": { "date": "2026-10-06" }, "recurrence": ["RRULE:FREQ=DAILY;COUNT=5"] });
    world.google.insert_event(PRIYA, days).unwrap();
    let new = world.google.split_series(PRIYA, "fairs_20261007", json!({ "summary": "Late" })).unwrap();
    assert_eq!(new, "fairs_R20261007");
    let stored = world.list_all("").0;
    assert_eq!(stored[0]["recurrence"], json!(["RRULE:FREQ=DAILY;UNTIL=20261006"]));
    assert_eq!(stored[1]["recurrence"], json!(["RRULE:FREQ=DAILY;COUNT=3"]));
    assert_eq!(titles(&world.list_all(AUTUMN).0), ["Fair", "Fair", "Late", "Late", "Late"]);
}

#[test]
fn the_end_of_a_series_can_be_deleted() {
    let world = world();
    world.weekly();
    world.google.patch_event(PRIYA, "weekly_20261026T083000Z", json!({ "summary": "x" })).unwrap();
    let (_, token) = world.list_all(AUTUMN);
    world.google.end_series(PRIYA, "weekly_20261019T073000Z").unwrap();
    assert_eq!(world.list_all(AUTUMN).0.len(), 2);
    let changes = world.list_all(&format!("singleEvents=true&syncToken={}", token.unwrap())).0;
    let gone: Vec<&str> = changes
        .iter()
        .filter(|one| one["status"] == "cancelled")
        .map(|one| one["id"].as_str().unwrap())
        .collect();
    assert!(gone.contains(&"weekly_20261019T073000Z") && gone.contains(&"weekly_20261026T083000Z"));
}

#[test]
fn a_single_event_becomes_a_series_and_single_again() {
    let world = world();
    let id = world.meeting("m", "2026-10-05T10:00:00");
    let (_, token) = world.list_all(AUTUMN);
    world.google.make_recurring(PRIYA, &id, &["RRULE:FREQ=WEEKLY;COUNT=3"]).unwrap();
    assert_eq!(world.list_all("").0[0]["recurrence"], json!(["RRULE:FREQ=WEEKLY;COUNT=3"]));
    let changes = world.list_all(&format!("singleEvents=true&syncToken={}", token.unwrap())).0;
    assert_eq!(changes.iter().filter(|one| one["status"] == "cancelled").count(), 1);
    assert_eq!(changes.len(), 4);
    world.google.patch_event(PRIYA, &id, json!({ "recurrence": [] })).unwrap();
    assert_eq!(ids(&world.list_all(AUTUMN).0), [&id]);
}

#[test]
fn a_cancellation_can_be_taken_back() {
    let world = world();
    let sam = world.as_account(SAM, ALL);
    let mut event = timed("Off and on", "2026-10-14T10:00:00");
    event["attendees"] = json!([{ "email": SAM }]);
    let id = world.google.insert_event(PRIYA, event).unwrap();
    world.google.cancel_event(PRIYA, &id).unwrap();
    assert!(sam.list_all("").0.is_empty());
    let (_, token) = sam.list_all("");
    world.google.uncancel_event(PRIYA, &id).unwrap();
    let changes = sam.list_all(&format!("syncToken={}", token.unwrap())).0;
    assert_eq!((titles(&changes), &changes[0]["status"]), (vec!["Off and on"], &json!("confirmed")));
    assert_eq!(titles(&world.list_all("").0), ["Off and on"]);
    let before = world.google.event(PRIYA, &id).unwrap();
    world.google.uncancel_event(PRIYA, &id).unwrap();
    assert_eq!(world.google.event(PRIYA, &id).unwrap(), before);
}

#[test]
fn a_cancelled_occurrence_comes_back_while_its_series_lives() {
    let world = world();
    world.weekly();
    let instance = "weekly_20261019T073000Z";
    world.google.cancel_event(PRIYA, instance).unwrap();
    assert_eq!(world.list_all(AUTUMN).0.len(), 5);
    world.google.uncancel_event(PRIYA, instance).unwrap();
    assert_eq!(world.list_all(AUTUMN).0.len(), 6);
    world.google.cancel_event(PRIYA, instance).unwrap();
    world.google.end_series(PRIYA, "weekly_20261012T073000Z").unwrap();
    assert_eq!(world.google.uncancel_event(PRIYA, instance).unwrap_err().code, 400);
    assert_eq!(world.google.uncancel_event(PRIYA, "nothere").unwrap_err().code, 404);
}

#[test]
fn days_move_with_the_zone_of_their_calendar_and_series_stay() {
    let world = world();
    world.weekly();
    let fair =
        json!({ "summary": "Fair", "start": { "date": "2026-10-14" }, "end": { "date": "2026-10-15" } });
    world.google.insert_event(PRIYA, fair).unwrap();
    let on = |from: &str, until: &str| {
        let found = world.google.events(PRIYA, at(from), at(until));
        titles(&found).iter().map(|title| (*title).to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(on("2026-10-13T22:00:00Z", "2026-10-13T23:00:00Z"), ["Fair"]);
    world.google.set_zone(PRIYA, chrono_tz::Tz::America__Denver).unwrap();
    assert!(on("2026-10-13T22:00:00Z", "2026-10-13T23:00:00Z").is_empty());
    assert_eq!(on("2026-10-15T05:00:00Z", "2026-10-15T06:00:00Z"), ["Fair"]);
    let (_, page) = world.get("calendars/primary/events?singleEvents=true&timeMin=2026-10-12T00:00:00Z");
    assert_eq!(page["timeZone"], "America/Denver");
    let review = json!({ "dateTime": "2026-10-12T01:30:00-06:00", "timeZone": "Europe/Berlin" });
    assert_eq!(page["items"][0]["start"], review);
}

#[test]
fn ids_of_occurrences_may_say_nothing_of_them() {
    let world = world();
    world.google.configure(|config| config.opaque_instance_ids = true);
    let sam = world.as_account(SAM, ALL);
    world.weekly();
    world.google.add_attendee(PRIYA, "weekly", json!({ "email": SAM })).unwrap();
    let seen = world.list_all(AUTUMN).0;
    let ids = ids(&seen);
    let known = |id: &&str| id.bytes().all(|byte| matches!(byte, b'a'..=b'v' | b'0'..=b'9'));
    assert!(ids.iter().all(known) && !ids[0].contains("weekly"), "{ids:?}");
    assert_eq!(seen[0]["recurringEventId"], "weekly");
    assert_eq!(world.get("calendars/primary/events/weekly_20261012T073000Z").0, 404);
    // They are found, changed and cancelled as any others, on every calendar.
    assert_eq!(world.get(&format!("calendars/primary/events/{}", ids[1])).1["id"], ids[1]);
    world.google.patch_event(PRIYA, ids[1], json!({ "summary": "x" })).unwrap();
    world.google.cancel_event(PRIYA, ids[2]).unwrap();
    let titled = ["Pipeline review", "x", "Pipeline review", "Pipeline review", "Pipeline review"];
    assert_eq!(titles(&world.list_all(AUTUMN).0), titled);
    assert_eq!(titles(&sam.list_all(AUTUMN).0), titled);
    let (_, token) = world.list_all("");
    let new = world.google.split_series(PRIYA, ids[3], json!({ "summary": "Late" })).unwrap();
    assert_eq!(world.list_all(&format!("syncToken={}", token.unwrap())).0.len(), 2);
    assert_eq!(world.google.event(PRIYA, &new).unwrap()["summary"], "Late");
    assert_eq!(world.list_all(AUTUMN).0.len(), 5);
}
