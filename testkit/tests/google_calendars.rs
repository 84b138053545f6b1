//! What happens to calendars, and what their readers see.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod google_support;

use acquaint_testkit::sandbox::google::{AccessRole, PrivateShape};
use chrono_tz::Tz;
use google_support::{ALL, PRIYA, SAM, timed, world};
use serde_json::json;

const TEAM: &str = "team@group.calendar.google.com";
const TEAM_EVENTS: &str = "calendars/team%40group.calendar.google.com/events";

#[test]
fn a_deleted_calendar_is_told_in_every_list_and_answers_nothing_more() {
    let world = world();
    let sam = world.as_account(SAM, ALL);
    world.google.add_calendar(PRIYA, TEAM, "Team", Tz::Europe__Berlin);
    world.google.share_calendar(TEAM, SAM, AccessRole::Reader).unwrap();
    let tokens = [&world, &sam].map(|who| {
        let (_, list) = who.get("users/me/calendarList");
        list["nextSyncToken"].as_str().unwrap().to_owned()
    });
    let (_, page) = world.get(TEAM_EVENTS);
    world.google.delete_calendar(TEAM).unwrap();
    for (who, token) in [&world, &sam].into_iter().zip(&tokens) {
        let (_, list) = who.get(&format!("users/me/calendarList?syncToken={token}"));
        assert_eq!(list["items"].as_array().unwrap().len(), 1);
        assert_eq!((&list["items"][0]["id"], &list["items"][0]["deleted"]), (&json!(TEAM), &json!(true)));
        assert_eq!(who.get(TEAM_EVENTS).0, 404);
        assert_eq!(who.get("users/me/calendarList/team%40group.calendar.google.com").0, 404);
    }
    assert_eq!(world.google.delete_calendar(TEAM).unwrap_err().code, 404);
    // A new one of this id knows no token of the old one.
    world.google.add_calendar(PRIYA, TEAM, "Team", Tz::Europe__Berlin);
    let token = page["nextSyncToken"].as_str().unwrap();
    assert_eq!(world.get(&format!("{TEAM_EVENTS}?syncToken={token}")).0, 410);
}

#[test]
fn whoever_leaves_a_calendar_can_still_read_it_and_whoever_loses_it_cannot() {
    let world = world();
    let sam = world.as_account(SAM, ALL);
    world.google.add_calendar(PRIYA, TEAM, "Team", Tz::Europe__Berlin);
    world.google.share_calendar(TEAM, SAM, AccessRole::Reader).unwrap();
    let listed = || sam.get("users/me/calendarList").1["items"].as_array().unwrap().len();
    assert_eq!(listed(), 2);
    world.google.leave_calendar(TEAM, SAM);
    assert_eq!((listed(), sam.get(TEAM_EVENTS).0), (1, 200));
    world.google.unshare_calendar(TEAM, SAM);
    assert_eq!((listed(), sam.get(TEAM_EVENTS).0), (1, 404));
}

#[test]
fn a_new_title_or_zone_is_not_told_by_a_sync_token() {
    let world = world();
    world.google.add_calendar(PRIYA, TEAM, "Team", Tz::Europe__Berlin);
    let (_, before) = world.get("users/me/calendarList");
    world.google.rename_calendar(TEAM, "Field team").unwrap();
    world.google.set_zone(TEAM, Tz::Asia__Tokyo).unwrap();
    let token = before["nextSyncToken"].as_str().unwrap();
    assert_eq!(world.get(&format!("users/me/calendarList?syncToken={token}")).1["items"], json!([]));
    let (_, entry) = world.get("users/me/calendarList/team%40group.calendar.google.com");
    assert_eq!((&entry["summary"], &entry["timeZone"]), (&json!("Field team"), &json!("Asia/Tokyo")));
    assert_ne!(entry["etag"], before["items"][1]["etag"]);
}

#[test]
fn a_calendar_may_give_no_sync_tokens() {
    let world = world();
    world.meeting("m", "2026-10-14T10:00:00");
    world.google.withhold_sync_tokens(PRIYA).unwrap();
    let (items, token) = world.list_all("");
    assert_eq!((items.len(), token), (1, None));
    assert_eq!(world.google.withhold_sync_tokens("nobody@x.example").unwrap_err().code, 404);
}

#[test]
fn private_events_have_the_configured_shape_for_readers() {
    let world = world();
    let sam = world.as_account(SAM, ALL);
    world.google.share_calendar(PRIYA, SAM, AccessRole::Reader).unwrap();
    let mut event = timed("Secret", "2026-10-14T10:00:00");
    event["visibility"] = "private".into();
    world.google.insert_event(PRIYA, event).unwrap();
    world.meeting("Open", "2026-10-14T12:00:00");
    let seen = || sam.get("calendars/priya%40northwind.example/events").1["items"].clone();
    assert_eq!((seen()[0].get("summary"), &seen()[1]["summary"]), (None, &json!("Open")));
    world.google.configure(|config| config.private_shape = PrivateShape::Busy);
    assert_eq!((&seen()[0]["summary"], seen()[0].get("attendees")), (&json!("busy"), None));
    // Who may only see when somebody is busy sees nothing else of any event.
    world.google.share_calendar(PRIYA, SAM, AccessRole::FreeBusyReader).unwrap();
    assert_eq!((&seen()[1]["summary"], &seen()[1]["visibility"]), (&json!("busy"), &json!("private")));
}
