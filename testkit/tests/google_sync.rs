//! Lists page, sync tokens and their ends, as Google's guide to synchronisation says.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod google_support;

use acquaint_testkit::sandbox::google::{IncrementalWindow, rate_limited};
use acquaint_testkit::sandbox::{Fault, google::AccessRole};
use chrono::Duration;
use google_support::{PRIYA, SAM, at, ids, timed, titles, world};
use serde_json::json;

#[test]
fn only_the_last_page_carries_a_sync_token() {
    let world = world();
    for hour in 10..15 {
        world.meeting("m", &format!("2026-10-14T{hour}:00:00"));
    }
    let first = world.list("maxResults=2");
    assert_eq!(first["items"].as_array().unwrap().len(), 2);
    assert!(first["nextPageToken"].is_string() && first.get("nextSyncToken").is_none());
    let (items, token) = world.list_all("maxResults=2");
    assert_eq!(items.len(), 5);
    let (items, next) = world.list_all(&format!("maxResults=2&syncToken={}", token.unwrap()));
    assert!(items.is_empty() && next.is_some());
}

#[test]
fn edits_during_paging_shift_nothing_and_appear_at_the_next_sync() {
    let world = world();
    let made: Vec<String> =
        (10..14).map(|hour| world.meeting("m", &format!("2026-10-14T{hour}:00:00"))).collect();
    let first = world.list("maxResults=2");
    world.google.cancel_event(PRIYA, &made[0]).unwrap();
    world.google.patch_event(PRIYA, &made[3], json!({ "summary": "edited" })).unwrap();
    let late = world.meeting("late", "2026-10-14T15:00:00");
    let token = first["nextPageToken"].as_str().unwrap();
    let last = world.list(&format!("maxResults=2&pageToken={token}"));
    assert_eq!(ids(last["items"].as_array().unwrap()), [&made[2], &made[3]]);
    assert_eq!(last["items"][1]["summary"], "m");
    let sync = last["nextSyncToken"].as_str().unwrap();
    let (changes, _) = world.list_all(&format!("maxResults=2&syncToken={sync}"));
    assert_eq!(ids(&changes), [&made[0], &made[3], &late]);
    assert_eq!(
        changes[0],
        json!({ "kind": "calendar#event", "etag": changes[0]["etag"], "id": made[0], "status": "cancelled" })
    );
    assert_eq!(changes[1]["summary"], "edited");
}

#[test]
fn a_page_of_an_incremental_list_wants_its_sync_token_too() {
    let world = world();
    let (_, token) = world.list_all("maxResults=1");
    let token = token.unwrap();
    world.meeting("a", "2026-10-14T10:00:00");
    world.meeting("b", "2026-10-14T11:00:00");
    let first = world.list(&format!("maxResults=1&syncToken={token}"));
    let page = first["nextPageToken"].as_str().unwrap();
    assert_eq!(world.reason(&format!("maxResults=1&pageToken={page}")), (400, "invalid".to_owned()));
    let last = world.list(&format!("maxResults=1&syncToken={token}&pageToken={page}"));
    assert_eq!(titles(last["items"].as_array().unwrap()), ["b"]);
    assert!(last["nextSyncToken"].is_string());
}

#[test]
fn parameters_that_may_not_meet_a_sync_token_are_refused() {
    let world = world();
    let (_, token) = world.list_all("singleEvents=true");
    let token = token.unwrap();
    for forbidden in [
        "timeMin=2026-01-01T00:00:00Z",
        "timeMax=2026-01-01T00:00:00Z",
        "q=x",
        "orderBy=updated",
        "iCalUID=x",
        "updatedMin=2026-10-01T00:00:00Z",
        "privateExtendedProperty=a%3Db",
        "sharedExtendedProperty=a%3Db",
        "showDeleted=false",
    ] {
        let refused = world.reason(&format!("singleEvents=true&syncToken={token}&{forbidden}"));
        assert_eq!(refused, (400, "badRequest".to_owned()), "{forbidden}");
    }
    for changed in
        ["singleEvents=false", "singleEvents=true&maxResults=7", "singleEvents=true&eventTypes=default"]
    {
        assert_eq!(world.reason(&format!("{changed}&syncToken={token}")).0, 400, "{changed}");
    }
    assert_eq!(world.reason(&format!("singleEvents=true&showDeleted=true&syncToken={token}")).0, 200);
    assert_eq!(world.reason("syncToken=garbage").0, 400);
    assert_eq!(world.reason("pageToken=garbage").0, 400);
}

#[test]
fn an_ordered_first_list_gives_no_sync_token() {
    let world = world();
    world.meeting("b", "2026-10-14T12:00:00");
    world.meeting("a", "2026-10-14T10:00:00");
    let (items, token) = world.list_all("singleEvents=true&orderBy=startTime");
    assert_eq!((titles(&items), token), (vec!["a", "b"], None));
    assert_eq!(world.reason("orderBy=startTime").0, 400);
}

#[test]
fn a_dead_sync_token_asks_for_a_full_sync() {
    let world = world();
    let (_, token) = world.list_all("");
    let token = token.unwrap();
    world.google.expire_sync_tokens();
    let (code, body) = world.get(&format!("calendars/primary/events?syncToken={token}"));
    let expected = json!({ "error": {
        "errors": [{
            "domain": "calendar",
            "reason": "fullSyncRequired",
            "message": "Sync token is no longer valid, a full sync is required.",
            "locationType": "parameter",
            "location": "syncToken"
        }],
        "code": 410,
        "message": "Sync token is no longer valid, a full sync is required."
    } });
    assert_eq!((code, body), (410, expected));
    let (_, token) = world.list_all("");
    world.google.configure(|config| config.sync_token_age = Some(Duration::days(7)));
    world.wait(Duration::days(8));
    let priya = world.as_account(PRIYA, google_support::ALL);
    assert_eq!(priya.reason(&format!("syncToken={}", token.unwrap())), (410, "fullSyncRequired".to_owned()));
    let (_, token) = priya.list_all("");
    world.google.share_calendar(PRIYA, SAM, AccessRole::Reader).unwrap();
    assert_eq!(priya.reason(&format!("syncToken={}", token.unwrap())).0, 410);
}

#[test]
fn an_old_updated_min_is_refused_and_a_young_one_tells_deletions() {
    let world = world();
    let id = world.meeting("m", "2026-10-14T10:00:00");
    world.meeting("untouched", "2026-10-14T11:00:00");
    world.wait(Duration::minutes(10));
    world.google.cancel_event(PRIYA, &id).unwrap();
    let (items, _) = world.list_all("updatedMin=2026-10-09T08:05:00Z");
    assert_eq!((ids(&items), &items[0]["status"]), (vec![id.as_str()], &json!("cancelled")));
    assert_eq!(world.reason("updatedMin=2026-08-01T00:00:00Z"), (410, "updatedMinTooLongAgo".to_owned()));
}

#[test]
fn a_window_bounds_ends_and_starts_exclusively() {
    let world = world();
    world.meeting("before", "2026-10-14T09:00:00");
    world.meeting("inside", "2026-10-14T10:00:00");
    world.meeting("after", "2026-10-14T11:00:00");
    // 10:00 to 11:00 in Berlin.
    let window = "timeMin=2026-10-14T08:00:00Z&timeMax=2026-10-14T09:00:00Z";
    assert_eq!(titles(&world.list_all(window).0), ["inside"]);
    let reversed = world.reason("timeMin=2026-10-14T08:00:00Z&timeMax=2026-10-14T08:00:00Z");
    assert_eq!(reversed, (400, "timeRangeEmpty".to_owned()));
    assert_eq!(world.reason("timeMin=2026-10-14").0, 400);
}

#[test]
fn incremental_lists_look_past_the_first_window_or_not_as_configured() {
    let world = world();
    let window = "timeMin=2026-10-01T00:00:00Z&timeMax=2026-11-01T00:00:00Z";
    let leaves = world.meeting("leaves", "2026-10-14T10:00:00");
    let (_, token) = world.list_all(window);
    let token = token.unwrap();
    world.meeting("outside", "2027-05-01T10:00:00");
    world.google.patch_event(PRIYA, &leaves, timed("leaves", "2027-06-01T10:00:00")).unwrap();
    let changes = || world.list_all(&format!("syncToken={token}")).0;
    assert_eq!(titles(&changes()), ["leaves", "outside"]);
    world.google.configure(|config| config.incremental_window = IncrementalWindow::FirstListOnly);
    assert_eq!(titles(&changes()), ["leaves"]);
}

#[test]
fn pages_may_be_short_or_empty_though_more_exists() {
    let world = world();
    for hour in 10..15 {
        world.meeting("m", &format!("2026-10-14T{hour}:00:00"));
    }
    world.google.configure(|config| config.page_cap = Some(2));
    world.google.serve_empty_pages(1);
    let first = world.list("");
    assert_eq!(first["items"], json!([]));
    assert!(first["nextPageToken"].is_string());
    assert_eq!(world.list_all("").0.len(), 5);
    // Nothing is left to be empty about.
    assert_eq!(world.list("")["items"].as_array().unwrap().len(), 2);
}

#[test]
fn injected_faults_strike_as_often_as_asked() {
    let world = world();
    world.google.inject(Fault::once("/events", rate_limited(403)).times(2));
    assert_eq!(world.reason(""), (403, "rateLimitExceeded".to_owned()));
    assert_eq!(world.get("users/me/calendarList").0, 200);
    assert_eq!(world.reason("").0, 403);
    assert_eq!(world.reason("").0, 200);
    world.google.inject(Fault::once("/events", rate_limited(429)).losing_the_reply());
    let lost = world.call(
        http::Method::POST,
        "calendars/primary/events",
        Some(timed("kept", "2026-10-14T10:00:00")),
    );
    assert_eq!(lost.0, 429);
    assert_eq!(titles(&world.list_all("").0), ["kept"]);
    assert_eq!(world.google.requests()["events.list"], 2);
}

#[test]
fn sync_by_tokens_alone_ends_at_the_truth() {
    // Random edits; a mirror that only follows sync tokens must equal a full list, for both ways of listing.
    let world = world();
    let mut seed = 11u64;
    let mut below = |limit: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 33).unwrap() % limit
    };
    let weekly = world.weekly();
    world.google.configure(|config| config.page_cap = Some(3));
    let bounds = "timeMin=2026-09-01T00:00:00Z&timeMax=2027-01-01T00:00:00Z";
    let queries = ["", "singleEvents=true"];
    let mut mirrors: Vec<(std::collections::BTreeMap<String, serde_json::Value>, String)> = queries
        .iter()
        .map(|query| {
            let (items, token) = world.list_all(&format!("{query}&{bounds}"));
            (
                items.into_iter().map(|item| (item["id"].as_str().unwrap().to_owned(), item)).collect(),
                token.unwrap(),
            )
        })
        .collect();
    let mut made = vec![weekly];
    for round in 0..120 {
        world.wait(Duration::seconds(20));
        let id = made[below(made.len())].clone();
        let start = format!("2026-10-{:02}T{:02}:00:00", 1 + below(28), 8 + below(10));
        let instance = format!("weekly_202610{}T073000Z", ["05", "12", "19"][below(3)]);
        let _ = match below(7) {
            0 | 1 => world.google.insert_event(PRIYA, timed("new", &start)).map(|id| made.push(id)),
            2 => world.google.patch_event(PRIYA, &id, json!({ "summary": start })),
            3 => world.google.patch_event(PRIYA, &instance, timed("moved", &start)),
            4 => world.google.cancel_event(PRIYA, &instance),
            5 if id != "weekly" => world.google.cancel_event(PRIYA, &id),
            _ => world.google.patch_event(PRIYA, "weekly", json!({ "location": start })),
        };
        if below(3) > 0 && round < 119 {
            continue;
        }
        for (query, (mirror, token)) in queries.iter().zip(&mut mirrors) {
            let (changes, next) = world.list_all(&format!("{query}&syncToken={token}"));
            *token = next.unwrap();
            for item in changes {
                let id = item["id"].as_str().unwrap().to_owned();
                if item["status"] == "cancelled"
                    && (item.get("recurringEventId").is_none() || !query.is_empty())
                {
                    mirror.remove(&id);
                } else {
                    mirror.insert(id, item);
                }
            }
            let (full, _) = world.list_all(&format!("{query}&{bounds}"));
            let full: std::collections::BTreeMap<_, _> =
                full.into_iter().map(|item| (item["id"].as_str().unwrap().to_owned(), item)).collect();
            assert_eq!(*mirror, full, "{query}");
        }
    }
    let truth = world.google.events(PRIYA, at("2026-09-01T00:00:00Z"), at("2027-01-01T00:00:00Z"));
    assert_eq!(truth.len(), mirrors[1].0.len());
}
