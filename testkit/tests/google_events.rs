//! Events, series, invitations and calendar lists, as the API shows them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod google_support;

use acquaint_testkit::sandbox::google::AccessRole;
use chrono::Duration;
use chrono_tz::Tz;
use google_support::{ALL, PRIYA, SAM, at, ids, timed, titles, world};
use http::Method;
use serde_json::{Value, json};

#[test]
fn an_event_reads_as_the_api_documents_it() {
    let world = world();
    let mut event = timed("Renewal call", "2026-10-14T10:00:00");
    event["attendees"] = json!([
        { "email": PRIYA }, { "email": "sam@customer.example", "optional": true, "self": true },
        { "email": "c_1@resource.calendar.google.com", "displayName": "Room", "optional": false },
    ]);
    let (code, made) = world.call(Method::POST, "calendars/primary/events", Some(event));
    assert_eq!(code, 200);
    let id = made["id"].as_str().unwrap();
    let shown = json!({
        "kind": "calendar#event",
        "etag": made["etag"],
        "id": id,
        "status": "confirmed",
        "htmlLink": made["htmlLink"],
        "created": "2026-10-09T08:00:00.000Z",
        "updated": "2026-10-09T08:00:00.000Z",
        "summary": "Renewal call",
        "creator": { "email": PRIYA, "self": true },
        "organizer": { "email": PRIYA, "self": true },
        "start": { "dateTime": "2026-10-14T10:00:00+02:00", "timeZone": "Europe/Berlin" },
        "end": { "dateTime": "2026-10-14T11:00:00+02:00", "timeZone": "Europe/Berlin" },
        "iCalUID": format!("{id}@google.com"),
        "sequence": 0,
        "attendees": [
            { "email": PRIYA, "self": true, "organizer": true, "responseStatus": "accepted" },
            { "email": "sam@customer.example", "optional": true, "responseStatus": "needsAction" },
            { "email": "c_1@resource.calendar.google.com", "displayName": "Room", "resource": true,
              "responseStatus": "needsAction" },
        ],
        "reminders": { "useDefault": true },
        "eventType": "default",
    });
    assert_eq!(made, shown);
    let encoded = PRIYA.replace('@', "%40");
    assert_eq!(world.get(&format!("calendars/{encoded}/events/{id}")).1, shown);
    let utc = world.list("timeZone=UTC")["items"][0]["start"].clone();
    assert_eq!(utc, json!({ "dateTime": "2026-10-14T08:00:00Z", "timeZone": "Europe/Berlin" }));
    let few = world.list("maxAttendees=2")["items"][0].clone();
    assert_eq!((&few["attendeesOmitted"], few["attendees"].as_array().unwrap().len()), (&json!(true), 1));
}

#[test]
fn all_day_events_have_dates_and_an_exclusive_end() {
    let world = world();
    let days =
        json!({ "summary": "Fair", "start": { "date": "2026-11-03" }, "end": { "date": "2026-11-06" } });
    world.google.insert_event(PRIYA, days).unwrap();
    let list = |from: &str, until: &str| world.list_all(&format!("timeMin={from}&timeMax={until}")).0;
    // The fair ends on 5 November at midnight in Berlin, which is 23:00 UTC.
    assert_eq!(titles(&list("2026-11-05T22:30:00Z", "2026-11-07T00:00:00Z")), ["Fair"]);
    assert!(list("2026-11-05T23:00:00Z", "2026-11-07T00:00:00Z").is_empty());
    assert_eq!(
        list("2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z")[0]["start"],
        json!({ "date": "2026-11-03" })
    );
}

#[test]
fn writes_that_make_no_sense_are_refused() {
    let world = world();
    let insert = |event: Value| {
        let (code, body) = world.call(Method::POST, "calendars/primary/events", Some(event));
        (code, body["error"]["errors"][0]["reason"].as_str().unwrap_or_default().to_owned())
    };
    let good = timed("m", "2026-10-14T10:00:00");
    let with = |name: &str, value: Value| {
        let mut event = good.clone();
        event[name] = value;
        insert(event)
    };
    assert_eq!(insert(json!({ "summary": "no times" })), (400, "required".to_owned()));
    assert_eq!(with("end", json!({ "date": "2026-10-14" })), (400, "invalid".to_owned()));
    assert_eq!(
        with("end", json!({ "dateTime": "2026-10-13T10:00:00Z" })),
        (400, "timeRangeEmpty".to_owned())
    );
    assert_eq!(with("recurrence", json!(["RRULE:FREQ=SOMETIMES"])), (400, "invalid".to_owned()));
    assert_eq!(with("id", json!("UPPER")), (400, "invalid".to_owned()));
    assert_eq!(with("id", json!("abcde")).0, 200);
    assert_eq!(with("id", json!("abcde")), (409, "duplicate".to_owned()));
    let no_zone = json!({ "start": { "dateTime": "2026-10-14T10:00:00Z" }, "end": { "dateTime": "2026-10-14T11:00:00Z" },
                          "recurrence": ["RRULE:FREQ=DAILY"] });
    assert_eq!(insert(no_zone), (400, "required".to_owned()));
    assert_eq!(world.call(Method::DELETE, "calendars/primary/events/abcde", None).0, 204);
    let (code, body) = world.call(Method::DELETE, "calendars/primary/events/abcde", None);
    assert_eq!((code, &body["error"]["errors"][0]["reason"]), (410, &json!("deleted")));
    assert_eq!(world.get("calendars/primary/events/abcde").1["status"], "cancelled");
    assert_eq!(world.get("calendars/primary/events/nothere").0, 404);
    assert_eq!(world.get("calendars/nobody%40x.example/events").0, 404);
}

#[test]
fn a_series_is_one_master_or_its_occurrences_across_daylight_saving() {
    let world = world();
    let id = world.weekly();
    let masters = world.list_all("").0;
    assert_eq!(ids(&masters), [&id]);
    assert_eq!(masters[0]["recurrence"], json!(["RRULE:FREQ=WEEKLY;UNTIL=20270301T225959Z;BYDAY=MO"]));
    let window = "singleEvents=true&timeMin=2026-10-12T00:00:00Z&timeMax=2026-11-03T00:00:00Z";
    let instances = world.list_all(window).0;
    assert_eq!(
        ids(&instances),
        [
            "weekly_20261012T073000Z",
            "weekly_20261019T073000Z",
            "weekly_20261026T083000Z",
            "weekly_20261102T083000Z",
        ]
    );
    assert_eq!(instances[2]["start"]["dateTime"], "2026-10-26T09:30:00+01:00");
    assert_eq!(instances[2]["originalStartTime"]["dateTime"], "2026-10-26T09:30:00+01:00");
    assert_eq!(instances[2]["recurringEventId"], "weekly");
    assert!(instances[2].get("recurrence").is_none());
    // From 7 September to 1 March are 26 Mondays.
    assert_eq!(world.list_all("singleEvents=true").0.len(), 26);
    assert_eq!(world.get("calendars/primary/events/weekly_20261012T073000Z").0, 200);
    assert_eq!(world.get("calendars/primary/events/weekly_20261013T073000Z").0, 404);
}

#[test]
fn changed_and_cancelled_occurrences_stand_beside_their_master() {
    let world = world();
    world.weekly();
    world
        .google
        .patch_event(PRIYA, "weekly_20261019T073000Z", timed("Moved", "2026-10-20T14:00:00"))
        .unwrap();
    world.google.cancel_event(PRIYA, "weekly_20261026T083000Z").unwrap();
    let items = world.list_all("").0;
    assert_eq!(ids(&items), ["weekly", "weekly_20261019T073000Z", "weekly_20261026T083000Z"]);
    assert_eq!(items[1]["originalStartTime"]["dateTime"], "2026-10-19T09:30:00+02:00");
    assert_eq!((&items[1]["sequence"], &items[1]["iCalUID"]), (&json!(1), &json!("weekly@google.com")));
    assert_eq!(
        items[2],
        json!({
            "kind": "calendar#event", "etag": items[2]["etag"], "id": "weekly_20261026T083000Z",
            "status": "cancelled", "recurringEventId": "weekly",
            "originalStartTime": { "dateTime": "2026-10-26T09:30:00+01:00", "timeZone": "Europe/Berlin" },
        })
    );
    let single =
        world.list_all("singleEvents=true&timeMin=2026-10-18T00:00:00Z&timeMax=2026-11-01T00:00:00Z").0;
    assert_eq!(titles(&single), ["Moved"]);
    assert_eq!(world.google.events(PRIYA, at("2026-10-18T00:00:00Z"), at("2026-11-01T00:00:00Z")), single);
}

#[test]
fn deleting_a_series_takes_its_changed_occurrences_along() {
    for tell in [false, true] {
        let world = world();
        world.google.configure(|config| config.cancel_exceptions_with_series = tell);
        world.weekly();
        world.google.patch_event(PRIYA, "weekly_20261019T073000Z", json!({ "summary": "x" })).unwrap();
        let (_, token) = world.list_all("");
        world.google.cancel_event(PRIYA, "weekly").unwrap();
        let changes = world.list_all(&format!("syncToken={}", token.unwrap())).0;
        let expected = ["weekly", "weekly_20261019T073000Z"];
        assert_eq!(ids(&changes), expected[..if tell { 2 } else { 1 }]);
        assert!(changes.iter().all(|item| item["status"] == "cancelled"));
        assert!(world.list_all("").0.is_empty() && world.list_all("singleEvents=true").0.is_empty());
    }
}

#[test]
fn a_series_that_is_moved_cancels_what_no_longer_has_a_slot() {
    let world = world();
    world.weekly();
    world.google.patch_event(PRIYA, "weekly_20261019T073000Z", json!({ "summary": "x" })).unwrap();
    let (_, token) = world.list_all("singleEvents=true");
    let (_, stored) = world.list_all("");
    let mut moved = timed("Pipeline review", "2026-09-08T09:30:00");
    moved["recurrence"] = json!(["RRULE:FREQ=WEEKLY;COUNT=2"]);
    world.google.patch_event(PRIYA, "weekly", moved).unwrap();
    let changes = world.list_all(&format!("syncToken={}", stored.unwrap())).0;
    assert_eq!((changes.len(), &changes[1]["status"]), (2, &json!("cancelled")));
    let changes = world.list_all(&format!("singleEvents=true&syncToken={}", token.unwrap())).0;
    let cancelled = changes.iter().filter(|item| item["status"] == "cancelled").count();
    assert_eq!((changes.len(), cancelled), (28, 26));
}

#[test]
fn one_meeting_is_the_same_event_on_each_calendar_with_its_own_self() {
    let world = world();
    let sam = world.as_account(SAM, ALL);
    let mut event = timed("Together", "2026-10-14T10:00:00");
    event["attendees"] = json!([{ "email": PRIYA }, { "email": SAM }, { "email": "guest@customer.example" }]);
    event["reminders"] = json!({ "useDefault": false });
    let id = world.google.insert_event(PRIYA, event).unwrap();
    let (mine, theirs) = (world.list("")["items"][0].clone(), sam.list("")["items"][0].clone());
    assert_eq!((&mine["id"], &mine["iCalUID"]), (&theirs["id"], &theirs["iCalUID"]));
    assert_eq!((&mine["organizer"]["self"], theirs["organizer"].get("self")), (&json!(true), None));
    let own = |event: &Value| -> Vec<String> {
        let all = event["attendees"].as_array().unwrap().iter().filter(|one| one["self"] == true);
        all.map(|one| one["email"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!((own(&mine), own(&theirs)), (vec![PRIYA.to_owned()], vec![SAM.to_owned()]));
    assert_eq!(theirs["reminders"], json!({ "useDefault": true }));

    // Guests answer, and change nothing else.
    let answer = json!({ "attendees": [{ "email": SAM, "responseStatus": "tentative" }] });
    let path = format!("calendars/primary/events/{id}");
    assert_eq!(sam.call(Method::PATCH, &path, Some(answer)).0, 200);
    assert_eq!(world.list("")["items"][0]["attendees"][1]["responseStatus"], "tentative");
    assert_eq!(world.list("")["items"][0]["attendees"].as_array().unwrap().len(), 3);
    let (code, body) = sam.call(Method::PATCH, &path, Some(json!({ "summary": "Mine" })));
    assert_eq!((code, &body["error"]["errors"][0]["reason"]), (403, &json!("forbiddenForNonOrganizer")));
    assert_eq!(sam.call(Method::PATCH, &path, Some(json!({ "transparency": "transparent" }))).0, 200);
    world.google.patch_event(PRIYA, &id, json!({ "summary": "Renamed" })).unwrap();
    let theirs = sam.list("")["items"][0].clone();
    assert_eq!((&theirs["summary"], &theirs["transparency"]), (&json!("Renamed"), &json!("transparent")));
    assert!(world.list("")["items"][0].get("transparency").is_none());

    // Whoever is taken off the list finds a bare stub.
    let token = sam.list_all("").1.unwrap();
    world.google.remove_attendee(PRIYA, &id, SAM).unwrap();
    let gone = sam.list_all(&format!("syncToken={token}")).0;
    assert_eq!(
        (ids(&gone), &gone[0]["status"], gone[0].get("summary")),
        (vec![id.as_str()], &json!("cancelled"), None)
    );
    assert_eq!(world.list("")["items"][0]["status"], "confirmed");
}

#[test]
fn a_guest_who_deletes_an_invitation_declines_it() {
    let world = world();
    let sam = world.as_account(SAM, ALL);
    let mut event = timed("Together", "2026-10-14T10:00:00");
    event["attendees"] = json!([{ "email": SAM }]);
    let id = world.google.insert_event(PRIYA, event).unwrap();
    assert_eq!(sam.call(Method::DELETE, &format!("calendars/primary/events/{id}"), None).0, 204);
    assert!(sam.list_all("").0.is_empty());
    let kept = world.list("")["items"][0].clone();
    assert_eq!(
        (&kept["status"], &kept["attendees"][0]["responseStatus"]),
        (&json!("confirmed"), &json!("declined"))
    );
    world.google.patch_event(PRIYA, &id, json!({ "summary": "still on" })).unwrap();
    assert!(sam.list_all("").0.is_empty());
}

#[test]
fn a_guest_of_a_series_answers_one_occurrence() {
    let world = world();
    let sam = world.as_account(SAM, ALL);
    world.weekly();
    world.google.add_attendee(PRIYA, "weekly", json!({ "email": SAM })).unwrap();
    let instance = "calendars/primary/events/weekly_20261012T073000Z";
    let answer = json!({ "attendees": [{ "email": SAM, "responseStatus": "declined" }] });
    assert_eq!(sam.call(Method::PATCH, instance, Some(answer)).0, 200);
    let (_, seen) = world.get(instance);
    assert_eq!(
        (&seen["status"], &seen["attendees"][0]["responseStatus"]),
        (&json!("confirmed"), &json!("declined"))
    );
    let (_, other) = world.get("calendars/primary/events/weekly_20261019T073000Z");
    assert_eq!(other["attendees"][0]["responseStatus"], "needsAction");
    world.google.remove_attendee(PRIYA, "weekly", SAM).unwrap();
    assert!(sam.list_all("").0.is_empty() && sam.list_all("singleEvents=true").0.is_empty());
    assert!(world.get(instance).1.get("attendees").is_none());
}

#[test]
fn cancelled_events_keep_details_for_the_organiser_if_configured() {
    let world = world();
    world.google.configure(|config| config.cancelled_details = true);
    let sam = world.as_account(SAM, ALL);
    let mut event = timed("Off", "2026-10-14T10:00:00");
    event["attendees"] = json!([{ "email": SAM }]);
    let id = world.google.insert_event(PRIYA, event).unwrap();
    world.google.cancel_event(PRIYA, &id).unwrap();
    let path = format!("calendars/primary/events/{id}");
    let (mine, theirs) = (world.get(&path).1, sam.get(&path).1);
    assert_eq!((&mine["status"], &mine["summary"]), (&json!("cancelled"), &json!("Off")));
    assert_eq!((&theirs["status"], theirs.get("summary")), (&json!("cancelled"), None));
    assert_eq!(world.list_all("showDeleted=true").0.len(), 1);
    assert!(world.list_all("").0.is_empty());
}

#[test]
fn events_are_found_by_type_text_and_property() {
    let world = world();
    let mut focus = timed("Deep work", "2026-10-14T10:00:00");
    focus["eventType"] = "focusTime".into();
    world.google.insert_event(PRIYA, focus).unwrap();
    let mut call = timed("Call", "2026-10-14T12:00:00");
    call["attendees"] = json!([{ "email": "jane@globex.example", "displayName": "Jane Doe" }]);
    call["extendedProperties"] = json!({ "private": { "deal": "7" } });
    world.google.insert_event(PRIYA, call).unwrap();
    let found = |query: &str| -> Vec<String> {
        titles(&world.list_all(query).0).iter().map(|title| (*title).to_owned()).collect()
    };
    assert_eq!(found("eventTypes=default&eventTypes=fromGmail"), ["Call"]);
    assert_eq!(found("eventTypes=focusTime"), ["Deep work"]);
    assert_eq!(found("q=globex"), ["Call"]);
    assert_eq!(found("q=jane+deep"), Vec::<String>::new());
    assert_eq!(found("privateExtendedProperty=deal%3D7"), ["Call"]);
    assert_eq!(found("privateExtendedProperty=deal%3D8"), Vec::<String>::new());
}

#[test]
fn every_change_moves_the_etag_and_a_move_the_sequence() {
    let world = world();
    let id = world.meeting("m", "2026-10-14T10:00:00");
    let mut seen = Vec::new();
    let mut look = || {
        let event = world.google.event(PRIYA, &id).unwrap();
        assert!(!seen.contains(&event["etag"]));
        seen.push(event["etag"].clone());
        (event["sequence"].as_i64().unwrap(), event["updated"].as_str().unwrap().to_owned())
    };
    assert_eq!(look(), (0, "2026-10-09T08:00:00.000Z".to_owned()));
    world.google.patch_event(PRIYA, &id, json!({ "summary": "n", "location": null })).unwrap();
    assert_eq!(look().0, 0);
    world.wait(Duration::minutes(1));
    let later = timed("n", "2026-10-15T10:00:00");
    world.google.move_event(PRIYA, &id, later["start"].clone(), later["end"].clone()).unwrap();
    assert_eq!(look(), (1, "2026-10-09T08:01:00.000Z".to_owned()));
}

#[test]
fn the_calendar_list_pages_and_syncs() {
    let world = world();
    world.google.add_calendar(PRIYA, "visits@group.calendar.google.com", "Visits", Tz::America__Denver);
    world.google.add_calendar(SAM, "team@group.calendar.google.com", "Team", Tz::Europe__Berlin);
    let role = AccessRole::WriterWithoutPrivateAccess;
    world.google.share_calendar("team@group.calendar.google.com", PRIYA, role).unwrap();
    let (_, first) = world.get("users/me/calendarList?maxResults=2");
    assert_eq!(first["items"].as_array().unwrap().len(), 2);
    assert!(first.get("nextSyncToken").is_none());
    let page = first["nextPageToken"].as_str().unwrap();
    let (_, last) = world.get(&format!("users/me/calendarList?maxResults=2&pageToken={page}"));
    let token = last["nextSyncToken"].as_str().unwrap();
    let (_, primary) = world.get("users/me/calendarList/primary");
    assert_eq!(
        (&primary["id"], &primary["primary"], &primary["accessRole"]),
        (&json!(PRIYA), &json!(true), &json!("owner"))
    );
    assert_eq!(world.get("calendars/primary").1["timeZone"], "Europe/Berlin");
    let (_, owned) = world.get("users/me/calendarList?minAccessRole=owner");
    assert_eq!(owned["items"].as_array().unwrap().len(), 2);
    world.google.unshare_calendar("team@group.calendar.google.com", PRIYA);
    let (_, changed) = world.get(&format!("users/me/calendarList?syncToken={token}"));
    assert_eq!(
        (changed["items"].as_array().unwrap().len(), &changed["items"][0]["deleted"]),
        (1, &json!(true))
    );
    assert_eq!(world.get("calendars/team%40group.calendar.google.com/events").0, 404);
    assert_eq!(world.get(&format!("users/me/calendarList?syncToken={token}&minAccessRole=owner")).0, 400);
    world.google.expire_sync_tokens();
    assert_eq!(world.get(&format!("users/me/calendarList?syncToken={token}")).0, 410);
}

#[test]
fn readers_see_private_events_without_details() {
    let world = world();
    let sam = world.as_account(SAM, ALL);
    world.google.share_calendar(PRIYA, SAM, AccessRole::Reader).unwrap();
    let mut event = timed("Secret", "2026-10-14T10:00:00");
    event["visibility"] = "private".into();
    world.google.insert_event(PRIYA, event).unwrap();
    let (_, page) = sam.get("calendars/priya%40northwind.example/events");
    assert_eq!((&page["accessRole"], page["items"][0].get("summary")), (&json!("reader"), None));
    assert_eq!(page["items"][0]["start"]["dateTime"], "2026-10-14T10:00:00+02:00");
    let write = sam.call(
        Method::POST,
        "calendars/priya%40northwind.example/events",
        Some(timed("x", "2026-10-14T10:00:00")),
    );
    assert_eq!((write.0, &write.1["error"]["errors"][0]["reason"]), (403, &json!("requiredAccessLevel")));
    assert_eq!(world.list("")["items"][0]["summary"], "Secret");
}
