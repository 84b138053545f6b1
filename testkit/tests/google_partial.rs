//! Partial responses, as Google's guide to performance says.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod google_support;

use google_support::{PRIYA, SAM, World, timed, world};
use http::Method;
use serde_json::{Value, json};

fn world_with_a_call() -> World {
    let world = world();
    let mut event = timed("Call", "2026-10-14T10:00:00");
    event["id"] = "call0".into();
    event["attendees"] = json!([{ "email": PRIYA }, { "email": SAM, "optional": true }]);
    event["extendedProperties"] = json!({ "private": { "deal": "7", "stage": "2" } });
    world.google.insert_event(PRIYA, event).unwrap();
    world
}

fn select(world: &World, fields: &str) -> Value {
    let fields = fields.replace('/', "%2F");
    let (code, body) = world.get(&format!("calendars/primary/events/call0?fields={fields}"));
    assert_eq!(code, 200, "{body}");
    body
}

#[test]
fn a_selection_names_what_is_answered() {
    let world = world_with_a_call();
    let whole = select(&world, "*");
    assert_eq!(select(&world, ""), whole);
    assert_eq!(select(&world, "id"), json!({ "id": "call0" }));
    assert_eq!(select(&world, "id,summary"), json!({ "id": "call0", "summary": "Call" }));
    assert_eq!(select(&world, "start/timeZone"), json!({ "start": { "timeZone": "Europe/Berlin" } }));
    let people = json!({ "attendees": [{ "email": PRIYA }, { "email": SAM, "optional": true }] });
    assert_eq!(select(&world, "attendees(email,optional)"), people);
    let emails = json!({ "attendees": [{ "email": PRIYA }, { "email": SAM }],
                         "organizer": { "email": PRIYA } });
    assert_eq!(select(&world, "attendees/email,organizer/email"), emails);
    assert_eq!(select(&world, "*/email"), {
        let mut every = emails.clone();
        every["creator"] = json!({ "email": PRIYA });
        every
    });
    // The wider of two wins.
    assert_eq!(select(&world, "start/timeZone,start"), json!({ "start": whole["start"] }));
    // Properties are named by whoever sets them.
    let deal = json!({ "extendedProperties": { "private": { "deal": "7" } } });
    assert_eq!(select(&world, "extendedProperties/private/deal"), deal);
    // What an event could have but has not.
    assert_eq!(select(&world, "location,conferenceData(entryPoints(uri))"), json!({}));
}

#[test]
fn a_list_answers_only_with_what_is_selected() {
    let world = world_with_a_call();
    world.meeting("second", "2026-10-14T12:00:00");
    let page = world.list("maxResults=1&fields=nextPageToken,items(id,start/dateTime)");
    let item = json!({ "id": "call0", "start": { "dateTime": "2026-10-14T10:00:00+02:00" } });
    assert_eq!(page, json!({ "nextPageToken": page["nextPageToken"], "items": [item] }));
    let token = page["nextPageToken"].as_str().unwrap();
    // Another selection is no other list.
    let last = world.list(&format!("maxResults=1&pageToken={token}&fields=nextSyncToken,items/summary"));
    assert_eq!(last["items"], json!([{ "summary": "second" }]));
    assert!(last["nextSyncToken"].is_string());
    // Whoever does not select tokens gets none.
    assert_eq!(world.list("maxResults=1&fields=items/id"), json!({ "items": [{ "id": "call0" }] }));
    let (_, list) = world.get("users/me/calendarList?fields=items(id,accessRole)&prettyPrint=false");
    assert_eq!(list, json!({ "items": [{ "id": PRIYA, "accessRole": "owner" }] }));
}

#[test]
fn what_cannot_be_selected_is_refused_before_anything_happens() {
    let world = world_with_a_call();
    let refused = |fields: &str| {
        let (code, body) = world.get(&format!("calendars/primary/events?fields={fields}"));
        (code, body["error"]["message"].as_str().unwrap_or_default().to_owned())
    };
    let invalid = |what: &str| (400, format!("Invalid field selection {what}"));
    assert_eq!(refused("pagetoken,items(id)"), invalid("pagetoken"));
    assert_eq!(refused("items(id,start/when)"), invalid("when"));
    assert_eq!(refused("items/id/more"), invalid("more"));
    for broken in ["items(id", "items(id))", "items()", ",id", "items/", "items(id),", "it ms"] {
        assert_eq!(refused(&broken.replace(' ', "%20")), invalid(broken), "{broken}");
    }
    assert_eq!(refused(&"a(".repeat(5000)).0, 400);
    let (_, body) = world.get("calendars/primary/events?fields=x");
    let error = json!({ "domain": "global", "reason": "invalidParameter",
                        "message": "Invalid field selection x",
                        "locationType": "parameter", "location": "fields" });
    assert_eq!(body["error"]["errors"][0], error);
    let write = Some(timed("not made", "2026-10-15T10:00:00"));
    assert_eq!(world.call(Method::POST, "calendars/primary/events?fields=x", write).0, 400);
    assert_eq!(world.list_all("").0.len(), 1);
    let write = Some(timed("made", "2026-10-15T10:00:00"));
    let made = world.call(Method::POST, "calendars/primary/events?fields=summary,status", write);
    assert_eq!(made, (200, json!({ "summary": "made", "status": "confirmed" })));
}
