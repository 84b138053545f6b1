//! Calendars, lists of them, access, busy times, settings and colours over the API.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod google_support;

use acquaint_testkit::sandbox::google::AccessRole;
use chrono_tz::Tz;
use google_support::{ALL, PRIYA, SAM, World, ids, timed, titles, world};
use http::Method;
use serde_json::{Value, json};

const SAMS: &str = "calendars/sam%40northwind.example";

fn reason(answer: &(u16, Value)) -> (u16, &str) {
    (answer.0, answer.1["error"]["errors"][0]["reason"].as_str().unwrap_or_default())
}

#[test]
fn a_series_shows_its_instances_page_by_page() {
    let world = world();
    world.weekly();
    world.google.patch_event(PRIYA, "weekly_20261012T073000Z", json!({ "summary": "x" })).unwrap();
    world.google.cancel_event(PRIYA, "weekly_20261019T073000Z").unwrap();
    let path = "calendars/primary/events/weekly/instances";
    let window = "timeMin=2026-10-05T00:00:00Z&timeMax=2026-11-03T00:00:00Z";
    let (_, all) = world.get(&format!("{path}?{window}"));
    let items = all["items"].as_array().unwrap();
    assert_eq!(titles(items), ["Pipeline review", "x", "Pipeline review", "Pipeline review"]);
    assert_eq!(all["accessRole"], "owner");
    let (_, deleted) = world.get(&format!("{path}?{window}&showDeleted=true"));
    assert_eq!(deleted["items"][2]["status"], "cancelled");
    let slot = "2026-10-26T09:30:00%2B01:00";
    let (_, one) = world.get(&format!("{path}?originalStart={slot}"));
    assert_eq!(ids(one["items"].as_array().unwrap()), ["weekly_20261026T083000Z"]);
    let (_, first) = world.get(&format!("{path}?{window}&maxResults=3"));
    let token = first["nextPageToken"].as_str().unwrap();
    world.google.cancel_event(PRIYA, "weekly_20261026T083000Z").unwrap();
    let (_, last) = world.get(&format!("{path}?{window}&maxResults=3&pageToken={token}"));
    assert_eq!(ids(last["items"].as_array().unwrap()), ["weekly_20261102T083000Z"]);
    assert_eq!(last.get("nextPageToken"), None);
    let single = world.meeting("m", "2026-10-14T10:00:00");
    assert_eq!(world.get(&format!("calendars/primary/events/{single}/instances")).0, 400);
    assert_eq!(world.get("calendars/primary/events/nothere/instances").0, 404);
}

#[test]
fn a_calendar_is_made_changed_and_deleted() {
    let world = world();
    assert_eq!(reason(&world.call(Method::POST, "calendars", Some(json!({})))), (400, "required"));
    let fields = json!({ "summary": "Visits", "description": "On site", "timeZone": "America/Denver" });
    let (code, made) = world.call(Method::POST, "calendars", Some(fields));
    let id = made["id"].as_str().unwrap();
    assert!(code == 200 && id.ends_with("@group.calendar.google.com"), "{made}");
    assert_eq!((&made["timeZone"], &made["dataOwner"]), (&json!("America/Denver"), &json!(PRIYA)));
    let path = format!("calendars/{id}");
    let (_, patched) = world.call(Method::PATCH, &path, Some(json!({ "location": "Boulder" })));
    assert_eq!((&patched["description"], &patched["location"]), (&json!("On site"), &json!("Boulder")));
    assert_ne!(patched["etag"], made["etag"]);
    let (_, updated) = world.call(Method::PUT, &path, Some(json!({ "summary": "Calls" })));
    assert_eq!((&updated["summary"], updated.get("location")), (&json!("Calls"), None));
    assert_eq!(world.get(&path).1, updated);
    let (_, entry) = world.get(&format!("users/me/calendarList/{id}"));
    assert_eq!((&entry["accessRole"], &entry["summary"]), (&json!("owner"), &json!("Calls")));
    assert_eq!(world.call(Method::PATCH, SAMS, Some(json!({ "summary": "x" }))).0, 404);
    world.google.share_calendar(SAM, PRIYA, AccessRole::Writer).unwrap();
    assert_eq!(world.call(Method::PATCH, SAMS, Some(json!({ "summary": "x" }))).0, 403);
    assert_eq!(world.call(Method::DELETE, "calendars/primary", None).0, 403);
    assert_eq!(world.call(Method::DELETE, &path, None).0, 204);
    assert_eq!(world.get(&path).0, 404);
}

#[test]
fn an_entry_of_the_list_is_its_accounts_own() {
    let world = world();
    let sam = world.as_account(SAM, ALL);
    let (_, list) = world.get("users/me/calendarList");
    let token = list["nextSyncToken"].as_str().unwrap();
    let listed = json!({ "id": SAM, "summaryOverride": "My boss", "selected": false });
    assert_eq!(world.call(Method::POST, "users/me/calendarList", Some(listed.clone())).0, 404);
    let rule = json!({ "role": "reader", "scope": { "type": "user", "value": PRIYA } });
    assert_eq!(sam.call(Method::POST, "calendars/primary/acl", Some(rule)).0, 200);
    let (code, entry) = world.call(Method::POST, "users/me/calendarList", Some(listed));
    assert_eq!((code, &entry["accessRole"], &entry["primary"]), (200, &json!("reader"), &Value::Null));
    assert_eq!((&entry["summaryOverride"], &entry["selected"]), (&json!("My boss"), &json!(false)));
    let path = "users/me/calendarList/sam%40northwind.example";
    world.call(Method::PATCH, path, Some(json!({ "hidden": true, "colorId": "7" })));
    let (_, shown) = world.get(path);
    assert_eq!((&shown["hidden"], &shown["colorId"]), (&json!(true), &json!("7")));
    assert_eq!(shown["summaryOverride"], "My boss");
    let visible = world.get("users/me/calendarList").1;
    assert_eq!(ids(visible["items"].as_array().unwrap()), [PRIYA]);
    let (_, changed) = world.get(&format!("users/me/calendarList?syncToken={token}"));
    assert_eq!(ids(changed["items"].as_array().unwrap()), [SAM]);
    let (_, whole) = world.call(Method::PUT, path, Some(json!({ "selected": true })));
    assert_eq!((whole.get("summaryOverride"), whole.get("hidden")), (None, None));
    assert_eq!(sam.get("users/me/calendarList/primary").1.get("summaryOverride"), None);
    assert_eq!(world.call(Method::DELETE, path, None).0, 204);
    assert_eq!(world.get(path).0, 404);
    assert_eq!(world.call(Method::DELETE, "users/me/calendarList/primary", None).0, 403);
}

#[test]
fn a_change_of_access_ends_the_sync_tokens_of_its_calendar_alone() {
    let world = world();
    let sam = world.as_account(SAM, ALL);
    let (_, token) = world.list_all("");
    let (_, others) = sam.list_all("");
    let alive = |world: &World, token: &Option<String>| {
        world.reason(&format!("syncToken={}", token.as_ref().unwrap())).0
    };
    let rule = json!({ "role": "reader", "scope": { "type": "user", "value": SAM } });
    let (_, made) = world.call(Method::POST, "calendars/primary/acl", Some(rule.clone()));
    let shown = json!({ "kind": "calendar#aclRule", "etag": made["etag"], "id": format!("user:{SAM}"),
                        "scope": { "type": "user", "value": SAM }, "role": "reader" });
    assert_eq!(made, shown);
    assert_eq!((alive(&world, &token), alive(&sam, &others)), (410, 200));
    let priyas = "calendars/priya%40northwind.example/events";
    assert_eq!(sam.get(priyas).1["accessRole"], "reader");
    // Access alone brings a calendar into nobody's list.
    assert_eq!(sam.get("users/me/calendarList").1["items"].as_array().unwrap().len(), 1);
    let path = format!("calendars/primary/acl/user:{SAM}");
    let (_, changed) = world.call(Method::PATCH, &path, Some(json!({ "role": "writer" })));
    assert_eq!((&changed["role"], &world.get(&path).1), (&json!("writer"), &changed));
    let (_, list) = world.get("calendars/primary/acl");
    assert_eq!(ids(list["items"].as_array().unwrap()), [format!("user:{PRIYA}"), format!("user:{SAM}")]);
    // Writers see who has access and change nothing about it.
    assert_eq!(sam.get("calendars/priya%40northwind.example/acl").0, 200);
    assert_eq!(sam.call(Method::POST, "calendars/priya%40northwind.example/acl", Some(rule)).0, 403);
    let since = list["nextSyncToken"].as_str().unwrap();
    let (_, token) = world.list_all("");
    assert_eq!(world.call(Method::DELETE, &path, None).0, 204);
    assert_eq!((alive(&world, &token), sam.get(priyas).0, world.get(&path).0), (410, 404, 404));
    let (_, since) = world.get(&format!("calendars/primary/acl?syncToken={since}"));
    assert_eq!(since["items"][0]["role"], "none");
    let own = format!("calendars/primary/acl/user:{PRIYA}");
    assert_eq!(reason(&world.call(Method::DELETE, &own, None)), (403, "cannotChangeOwnAcl"));
}

#[test]
fn a_domain_or_everybody_can_have_access() {
    let world = world();
    let sam = world.as_account(SAM, ALL);
    let give = |role: &str, scope: Value| {
        let rule = json!({ "role": role, "scope": scope });
        world.call(Method::POST, "calendars/primary/acl", Some(rule)).0
    };
    let role = || sam.get("calendars/priya%40northwind.example/events").1["accessRole"].clone();
    assert_eq!(give("freeBusyReader", json!({ "type": "default" })), 200);
    assert_eq!(role(), "freeBusyReader");
    assert_eq!(give("reader", json!({ "type": "domain", "value": "northwind.example" })), 200);
    assert_eq!(role(), "reader");
    assert_eq!(give("reader", json!({ "type": "planet", "value": "earth" })), 400);
    assert_eq!(give("king", json!({ "type": "user", "value": SAM })), 400);
}

#[test]
fn busy_times_are_those_of_events_that_block() {
    let world = world();
    let sam = world.as_account(SAM, ALL);
    world.weekly();
    world.meeting("touches", "2026-10-12T10:30:00");
    world.meeting("later", "2026-10-12T15:00:00");
    let mut free = timed("free", "2026-10-12T18:00:00");
    free["transparency"] = "transparent".into();
    world.google.insert_event(PRIYA, free).unwrap();
    let mut declined = timed("declined", "2026-10-12T20:00:00");
    declined["attendees"] = json!([{ "email": PRIYA, "responseStatus": "declined" }]);
    declined["organizer"] = json!({ "email": "boss@customer.example" });
    world.google.insert_event(PRIYA, declined).unwrap();
    let ask = json!({ "timeMin": "2026-10-12T00:00:00Z", "timeMax": "2026-10-12T13:30:00Z",
                      "timeZone": "Europe/Berlin", "items": [{ "id": PRIYA }, { "id": "nobody@x.example" }] });
    let (code, answer) = world.call(Method::POST, "freeBusy", Some(ask.clone()));
    let expected = json!({
        "kind": "calendar#freeBusy",
        "timeMin": "2026-10-12T02:00:00+02:00",
        "timeMax": "2026-10-12T15:30:00+02:00",
        "calendars": {
            PRIYA: { "busy": [
                { "start": "2026-10-12T09:30:00+02:00", "end": "2026-10-12T11:30:00+02:00" },
                { "start": "2026-10-12T15:00:00+02:00", "end": "2026-10-12T15:30:00+02:00" },
            ] },
            "nobody@x.example": { "errors": [{ "domain": "global", "reason": "notFound" }], "busy": [] },
        }
    });
    assert_eq!((code, answer), (200, expected.clone()));
    world.google.share_calendar(PRIYA, SAM, AccessRole::FreeBusyReader).unwrap();
    assert_eq!(sam.call(Method::POST, "freeBusy", Some(ask.clone())).1, expected);
    let mut empty = ask;
    empty["timeMax"] = empty["timeMin"].clone();
    assert_eq!(reason(&world.call(Method::POST, "freeBusy", Some(empty))), (400, "timeRangeEmpty"));
}

#[test]
fn settings_and_colours_are_there() {
    let world = world();
    world.google.set_zone(PRIYA, Tz::Asia__Tokyo).unwrap();
    let (_, settings) = world.get("users/me/settings");
    let zone = settings["items"].as_array().unwrap().iter().find(|one| one["id"] == "timezone").unwrap();
    assert_eq!(zone["value"], "Asia/Tokyo");
    assert_eq!(&world.get("users/me/settings/timezone").1, zone);
    assert_eq!(world.get("users/me/settings/mood").0, 404);
    let (_, colors) = world.get("colors");
    let counts = ["calendar", "event"].map(|kind| colors[kind].as_object().unwrap().len());
    assert_eq!(counts, [24, 11]);
}

#[test]
fn each_method_wants_a_scope_of_its_own() {
    let world = world();
    let with = |scope: &str| world.as_account(PRIYA, &[&format!("https://www.googleapis.com/auth/{scope}")]);
    let ask = json!({ "timeMin": "2026-10-12T00:00:00Z", "timeMax": "2026-10-13T00:00:00Z" });
    let events = with("calendar.events");
    assert_eq!(events.call(Method::POST, "freeBusy", Some(ask.clone())).0, 403);
    assert_eq!(with("calendar.freebusy").call(Method::POST, "freeBusy", Some(ask)).0, 200);
    assert_eq!((events.get("users/me/settings").0, events.get("calendars/primary/acl").0), (403, 403));
    assert_eq!(with("calendar.settings.readonly").get("users/me/settings").0, 200);
    assert_eq!(with("calendar.acls.readonly").get("calendars/primary/acl").0, 200);
    let made = json!({ "summary": "Made by an app" });
    assert_eq!(with("calendar.app.created").call(Method::POST, "calendars", Some(made.clone())).0, 200);
    assert_eq!(with("calendar.readonly").call(Method::POST, "calendars", Some(made)).0, 403);
}
