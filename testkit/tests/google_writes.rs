//! Writing events whole, from elsewhere, to elsewhere, and only if nobody else has.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod google_support;

use acquaint_testkit::sandbox::Sandbox as _;
use acquaint_testkit::sandbox::google::AccessRole;
use bytes::Bytes;
use chrono_tz::Tz;
use google_support::{ALL, PRIYA, SAM, World, ids, timed, titles, world};
use http::{Method, Request};
use serde_json::{Value, json};

const TEAM: &str = "team@group.calendar.google.com";

impl World {
    /// A call with one more header.
    fn call_if(&self, method: Method, path: &str, header: (&str, &str), body: &Value) -> (u16, Value) {
        let request = Request::builder()
            .method(method)
            .uri(format!("/calendar/v3/{path}"))
            .header("authorization", &self.bearer)
            .header(header.0, header.1)
            .body(Bytes::from(body.to_string()))
            .unwrap();
        let response = self.google.handle(&request);
        let body = serde_json::from_slice(response.body()).unwrap_or(Value::Null);
        (response.status().as_u16(), body)
    }
}

fn reason(answer: &(u16, Value)) -> (u16, &str) {
    (answer.0, answer.1["error"]["errors"][0]["reason"].as_str().unwrap_or_default())
}

#[test]
fn an_update_leaves_what_it_gives_and_nothing_else() {
    let world = world();
    let mut event = timed("Old", "2026-10-14T10:00:00");
    event["location"] = "Oslo".into();
    event["attendees"] = json!([{ "email": "guest@customer.example" }]);
    event["extendedProperties"] = json!({ "private": { "a": "1", "b": "2" }, "shared": { "c": "3" } });
    event["conferenceData"] = json!({ "conferenceId": "abc" });
    let id = world.google.insert_event(PRIYA, event).unwrap();
    let path = format!("calendars/primary/events/{id}");
    let mut whole = timed("New", "2026-10-14T10:00:00");
    whole["extendedProperties"] = json!({ "private": { "b": "4" } });
    let (code, updated) = world.call(Method::PUT, &path, Some(whole));
    assert_eq!((code, &updated["summary"], updated.get("location")), (200, &json!("New"), None));
    assert_eq!(updated.get("attendees"), None);
    assert_eq!(updated["extendedProperties"]["private"], json!({ "b": "4" }));
    assert_eq!(updated["extendedProperties"]["shared"], json!({}));
    assert_eq!(updated["iCalUID"], format!("{id}@google.com"));
    assert_eq!(updated["organizer"]["email"], PRIYA);
    // Only clients that know of conferences take them away.
    assert_eq!(updated["conferenceData"]["conferenceId"], "abc");
    let whole = timed("New", "2026-10-14T10:00:00");
    let (_, updated) = world.call(Method::PUT, &format!("{path}?conferenceDataVersion=1"), Some(whole));
    assert_eq!(updated.get("conferenceData"), None);
    let without_times = world.call(Method::PUT, &path, Some(json!({ "summary": "x" })));
    assert_eq!(reason(&without_times), (400, "required"));
    // A series that is written without its rule is none any more.
    world.weekly();
    let single = timed("Once", "2026-09-07T09:30:00");
    world.call(Method::PUT, "calendars/primary/events/weekly", Some(single));
    assert_eq!(world.list_all("singleEvents=true&q=Once").0.len(), 1);
}

#[test]
fn a_guest_who_writes_back_what_was_read_changes_nothing() {
    let world = world();
    let sam = world.as_account(SAM, ALL);
    let mut event = timed("Together", "2026-10-14T10:00:00");
    event["attendees"] = json!([{ "email": PRIYA }, { "email": SAM }]);
    let id = world.google.insert_event(PRIYA, event).unwrap();
    let path = format!("calendars/primary/events/{id}");
    let (_, mut read) = sam.get(&path);
    read["attendees"][1]["responseStatus"] = "accepted".into();
    assert_eq!(sam.call(Method::PUT, &path, Some(read.clone())).0, 200);
    assert_eq!(world.get(&path).1["attendees"][1]["responseStatus"], "accepted");
    read["summary"] = "Mine".into();
    assert_eq!(reason(&sam.call(Method::PUT, &path, Some(read.clone()))), (403, "forbiddenForNonOrganizer"));
    world.google.patch_event(PRIYA, &id, json!({ "guestsCanModify": true })).unwrap();
    read["guestsCanModify"] = true.into();
    assert_eq!(sam.call(Method::PUT, &path, Some(read)).0, 200);
    assert_eq!(world.get(&path).1["summary"], "Mine");
}

#[test]
fn a_write_goes_through_only_on_the_version_that_it_names() {
    let world = world();
    let id = world.meeting("m", "2026-10-14T10:00:00");
    let path = format!("calendars/primary/events/{id}");
    let old = world.get(&path).1["etag"].as_str().unwrap().to_owned();
    world.google.patch_event(PRIYA, &id, json!({ "summary": "n" })).unwrap();
    let whole = timed("lost", "2026-10-14T10:00:00");
    for method in [Method::PATCH, Method::PUT, Method::DELETE] {
        let refused = world.call_if(method, &path, ("if-match", &old), &whole);
        assert_eq!(reason(&refused), (412, "conditionNotMet"));
    }
    let (_, now) = world.get(&path);
    assert_eq!((&now["summary"], &now["status"]), (&json!("n"), &json!("confirmed")));
    let etag = now["etag"].as_str().unwrap();
    let either = format!("{old}, {etag}");
    assert_eq!(world.call_if(Method::PUT, &path, ("if-match", &either), &whole).0, 200);
    assert_eq!(world.call_if(Method::PUT, &path, ("if-match", "*"), &whole).0, 200);
    // The same for calendars, their place in a list, and access to them.
    for path in [
        "calendars/primary".to_owned(),
        "users/me/calendarList/primary".to_owned(),
        format!("calendars/primary/acl/user:{PRIYA}"),
    ] {
        let answer = world.call_if(Method::PATCH, &path, ("if-match", "\"other\""), &json!({}));
        assert_eq!(reason(&answer), (412, "conditionNotMet"), "{path}");
    }
}

#[test]
fn what_is_known_already_is_not_sent_again() {
    let world = world();
    let id = world.meeting("m", "2026-10-14T10:00:00");
    for path in [
        format!("calendars/primary/events/{id}"),
        "calendars/primary/events".to_owned(),
        "calendars/primary".to_owned(),
        "users/me/calendarList".to_owned(),
        "users/me/calendarList/primary".to_owned(),
    ] {
        let (_, known) = world.get(&path);
        let etag = known["etag"].as_str().unwrap();
        let again = world.call_if(Method::GET, &path, ("if-none-match", etag), &Value::Null);
        assert_eq!(again, (304, Value::Null), "{path}");
        let other = world.call_if(Method::GET, &path, ("if-none-match", "\"other\""), &Value::Null);
        assert_eq!(other, (200, known), "{path}");
    }
    let path = format!("calendars/primary/events/{id}");
    let etag = world.get(&path).1["etag"].as_str().unwrap().to_owned();
    world.google.patch_event(PRIYA, &id, json!({ "summary": "n" })).unwrap();
    assert_eq!(world.call_if(Method::GET, &path, ("if-none-match", &etag), &Value::Null).0, 200);
}

#[test]
fn an_import_is_found_again_by_its_uid_and_invites_nobody() {
    let world = world();
    let sam = world.as_account(SAM, ALL);
    let path = "calendars/primary/events/import";
    let mut event = timed("From elsewhere", "2026-10-14T10:00:00");
    assert_eq!(reason(&world.call(Method::POST, path, Some(event.clone()))), (400, "required"));
    event["iCalUID"] = "abc@exchange.example".into();
    event["organizer"] = json!({ "email": "boss@customer.example", "displayName": "Boss" });
    event["attendees"] = json!([{ "email": PRIYA }, { "email": SAM }]);
    let (code, made) = world.call(Method::POST, path, Some(event.clone()));
    assert_eq!((code, &made["iCalUID"]), (200, &json!("abc@exchange.example")));
    assert_eq!(made["organizer"], json!({ "email": "boss@customer.example", "displayName": "Boss" }));
    assert!(sam.list_all("").0.is_empty());
    event["summary"] = "Renamed there".into();
    let (_, again) = world.call(Method::POST, path, Some(event));
    assert_eq!((&again["id"], &again["summary"]), (&made["id"], &json!("Renamed there")));
    assert_eq!(world.list_all("").0.len(), 1);
}

#[test]
fn a_moved_event_keeps_its_id_and_leaves_a_bare_stub() {
    let world = world();
    world.google.configure(|config| config.cancelled_details = true);
    world.google.add_calendar(PRIYA, TEAM, "Team", Tz::Europe__Berlin);
    let sam = world.as_account(SAM, ALL);
    world.weekly();
    world.google.add_attendee(PRIYA, "weekly", json!({ "email": SAM })).unwrap();
    world.google.patch_event(PRIYA, "weekly_20261019T073000Z", json!({ "summary": "x" })).unwrap();
    let (_, token) = world.list_all("");
    let path = format!("calendars/primary/events/weekly/move?destination={TEAM}");
    let (code, moved) = world.call(Method::POST, &path, None);
    assert_eq!((code, &moved["id"], &moved["organizer"]["email"]), (200, &json!("weekly"), &json!(TEAM)));
    assert_eq!(moved["organizer"]["displayName"], "Team");
    let left = world.list_all(&format!("syncToken={}", token.unwrap())).0;
    assert_eq!(
        left,
        [json!({ "kind": "calendar#event", "etag": left[0]["etag"], "id": "weekly", "status": "cancelled" })]
    );
    let there = world.google.stored_events(TEAM);
    assert_eq!(ids(&there), ["weekly", "weekly_20261019T073000Z"]);
    assert_eq!(titles(&there), ["Pipeline review", "x"]);
    assert_eq!(sam.list_all("").0[0]["organizer"]["email"], TEAM);
    // It is there to be changed, and nothing comes back.
    world.google.patch_event(TEAM, "weekly", json!({ "attendees": [{ "email": PRIYA }] })).unwrap();
    assert!(world.list_all("").0.is_empty());
}

#[test]
fn only_whole_events_of_the_organiser_are_moved() {
    let world = world();
    world.google.add_calendar(PRIYA, TEAM, "Team", Tz::Europe__Berlin);
    let sam = world.as_account(SAM, ALL);
    world.weekly();
    world.google.add_attendee(PRIYA, "weekly", json!({ "email": SAM })).unwrap();
    let to = |world: &World, id: &str, destination: &str| {
        let path = format!("calendars/primary/events/{id}/move?destination={destination}");
        let answer = world.call(Method::POST, &path, None);
        let (code, reason) = reason(&answer);
        (code, reason.to_owned())
    };
    let instance = to(&world, "weekly_20261019T073000Z", TEAM);
    assert_eq!(instance, (400, "cannotChangeOrganizerOfInstance".to_owned()));
    world.google.share_calendar(TEAM, SAM, AccessRole::Writer).unwrap();
    assert_eq!(to(&sam, "weekly", TEAM), (403, "cannotChangeOrganizer".to_owned()));
    world.google.share_calendar(SAM, PRIYA, AccessRole::Reader).unwrap();
    assert_eq!(to(&world, "weekly", SAM), (403, "requiredAccessLevel".to_owned()));
    assert_eq!(to(&world, "nothere", TEAM).0, 404);
}

#[test]
fn guests_who_may_invite_bring_others() {
    let world = world();
    let sam = world.as_account(SAM, ALL);
    world.google.add_account("kim@northwind.example", Tz::Europe__Berlin);
    let mut event = timed("Together", "2026-10-14T10:00:00");
    event["attendees"] = json!([{ "email": SAM }, { "email": "jane@globex.example" }]);
    let id = world.google.insert_event(PRIYA, event).unwrap();
    let path = format!("calendars/primary/events/{id}");
    // Others cannot be taken off or answered for.
    let list = json!({ "attendees": [
        { "email": SAM, "responseStatus": "accepted" },
        { "email": "kim@northwind.example", "displayName": "Kim", "responseStatus": "accepted" },
    ] });
    assert_eq!(sam.call(Method::PATCH, &path, Some(list.clone())).0, 200);
    let expected = json!([
        { "email": SAM, "responseStatus": "accepted" },
        { "email": "jane@globex.example", "responseStatus": "needsAction" },
        { "email": "kim@northwind.example", "displayName": "Kim", "responseStatus": "needsAction" },
    ]);
    assert_eq!(world.get(&path).1["attendees"], expected);
    assert_eq!(world.google.stored_events("kim@northwind.example").len(), 1);
    world.google.remove_attendee(PRIYA, &id, "kim@northwind.example").unwrap();
    world.google.patch_event(PRIYA, &id, json!({ "guestsCanInviteOthers": false })).unwrap();
    assert_eq!(sam.call(Method::PATCH, &path, Some(list)).0, 200);
    assert_eq!(world.get(&path).1["attendees"].as_array().unwrap().len(), 2);
}

#[test]
fn hidden_guests_see_only_themselves() {
    let world = world();
    let sam = world.as_account(SAM, ALL);
    let mut event = timed("Town hall", "2026-10-14T10:00:00");
    event["attendees"] = json!([{ "email": PRIYA }, { "email": SAM }, { "email": "jane@globex.example" }]);
    event["guestsCanSeeOtherGuests"] = false.into();
    let id = world.google.insert_event(PRIYA, event).unwrap();
    let theirs = sam.list("")["items"][0].clone();
    let own = json!([{ "email": SAM, "self": true, "responseStatus": "needsAction" }]);
    assert_eq!((&theirs["attendees"], &theirs["attendeesOmitted"]), (&own, &json!(true)));
    assert_eq!(world.list("")["items"][0]["attendees"].as_array().unwrap().len(), 3);
    // Nobody is lost when a guest answers out of the short list.
    let answer = json!({ "attendees": [{ "email": SAM, "responseStatus": "declined" }] });
    assert_eq!(sam.call(Method::PATCH, &format!("calendars/primary/events/{id}"), Some(answer)).0, 200);
    let kept = world.list("")["items"][0].clone();
    assert_eq!((kept["attendees"].as_array().unwrap().len(), kept.get("attendeesOmitted")), (3, None));
    assert_eq!(kept["attendees"][1]["responseStatus"], "declined");
}

#[test]
fn one_event_is_cut_to_as_many_guests_as_asked_for() {
    let world = world();
    let mut event = timed("m", "2026-10-14T10:00:00");
    event["attendees"] = json!([{ "email": PRIYA }, { "email": SAM }]);
    let id = world.google.insert_event(PRIYA, event).unwrap();
    let (_, cut) = world.get(&format!("calendars/primary/events/{id}?maxAttendees=1"));
    assert_eq!((&cut["attendeesOmitted"], cut["attendees"].as_array().unwrap().len()), (&json!(true), 1));
    let (_, whole) = world.get(&format!("calendars/primary/events/{id}?maxAttendees=2"));
    assert_eq!(whole.get("attendeesOmitted"), None);
}
