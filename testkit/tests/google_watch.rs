//! Channels and what they are told, as Google's guide to push notifications says.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod google_support;

use acquaint_testkit::sandbox::google::{AccessRole, Notification};
use acquaint_testkit::sandbox::oauth::Client;
use chrono::Duration;
use chrono_tz::Tz;
use google_support::{ALL, PRIYA, SAM, World, at, timed, world};
use http::Method;
use serde_json::{Value, json};

const HOOK: &str = "https://hooks.app.example/google?v=1";

impl World {
    fn watch(&self, path: &str, body: Value) -> (u16, Value) {
        let mut channel = json!({ "type": "web_hook", "address": HOOK });
        channel.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
        self.call(Method::POST, path, Some(channel))
    }

    /// Which channels were told since the last time, without `sync`.
    fn told(&self) -> Vec<String> {
        let all = self.google.take_notifications();
        all.into_iter().filter(|one| !one.sync).map(|one| one.channel).collect()
    }
}

const EVENTS: &str = "calendars/primary/events/watch";

fn header<'a>(notification: &'a Notification, name: &str) -> Option<&'a str> {
    notification.request.headers().get(name).map(|value| value.to_str().unwrap())
}

fn reason(answer: &(u16, Value)) -> (u16, &str) {
    (answer.0, answer.1["error"]["errors"][0]["reason"].as_str().unwrap_or_default())
}

#[test]
fn a_channel_is_told_that_it_is_open_and_then_of_every_change() {
    let world = world();
    world.meeting("before", "2026-10-14T10:00:00");
    let (code, opened) = world.watch(EVENTS, json!({ "id": "0123-abc_=/+", "token": "conn=41&v=1" }));
    let resource_id = opened["resourceId"].as_str().unwrap();
    assert_eq!(
        (code, &opened),
        (
            200,
            &json!({
                "kind": "api#channel",
                "id": "0123-abc_=/+",
                "resourceId": resource_id,
                "resourceUri": "https://www.googleapis.com/calendar/v3/calendars/priya%40northwind.example/events?alt=json",
                "token": "conn=41&v=1",
                // A week after 9 October 2026, 08:00 UTC.
                "expiration": "1792137600000",
            })
        )
    );
    world.meeting("after", "2026-10-14T12:00:00");
    let told = world.google.take_notifications();
    let states: Vec<_> = told.iter().map(|one| header(one, "x-goog-resource-state").unwrap()).collect();
    assert_eq!(states, ["sync", "exists"]);
    assert_eq!((told[0].sync, told[1].sync), (true, false));
    for one in &told {
        assert_eq!((one.request.method(), one.request.uri().to_string()), (&Method::POST, HOOK.to_owned()));
        assert!(one.request.body().is_empty());
        let said = ["id", "token", "expiration"].map(|name| header(one, &format!("x-goog-channel-{name}")));
        assert_eq!(said, [Some("0123-abc_=/+"), Some("conn=41&v=1"), Some("Fri, 16 Oct 2026 08:00:00 GMT")]);
        assert_eq!(header(one, "x-goog-resource-id"), Some(resource_id));
        assert_eq!(header(one, "x-goog-resource-uri"), opened["resourceUri"].as_str());
        assert_eq!(header(one, "content-length"), Some("0"));
        assert!(header(one, "user-agent").unwrap().starts_with("APIs-Google; (+https://"));
    }
    assert!(world.google.take_notifications().is_empty());
}

#[test]
fn message_numbers_grow_from_one_and_not_one_by_one() {
    let world = world();
    world.watch(EVENTS, json!({ "id": "c" }));
    for hour in 10..20 {
        world.meeting("m", &format!("2026-10-14T{hour}:00:00"));
    }
    let told = world.google.take_notifications();
    let numbers: Vec<u64> =
        told.iter().map(|one| header(one, "x-goog-message-number").unwrap().parse().unwrap()).collect();
    assert_eq!((numbers.len(), numbers[0]), (11, 1));
    assert!(numbers.windows(2).all(|pair| pair[1] > pair[0] + 1), "{numbers:?}");
    assert!(told.iter().all(|one| header(one, "x-goog-channel-token").is_none()));
}

#[test]
fn a_change_is_told_once_to_each_calendar_that_it_reaches() {
    let world = world();
    let sam = world.as_account(SAM, ALL);
    world.watch(EVENTS, json!({ "id": "priya" }));
    sam.watch(EVENTS, json!({ "id": "sam" }));
    let id = world.meeting("alone", "2026-10-14T10:00:00");
    world.google.take_notifications();
    assert!(world.told().is_empty());
    // Over the API, by the driver, by an invitation, by an answer, by a deletion.
    let path = format!("calendars/primary/events/{id}");
    world.call(Method::PATCH, &path, Some(json!({ "summary": "still alone" })));
    assert_eq!(world.told(), ["priya"]);
    world.google.patch_event(PRIYA, &id, json!({ "summary": "alone" })).unwrap();
    assert_eq!(world.told(), ["priya"]);
    world.google.add_attendee(PRIYA, &id, json!({ "email": SAM })).unwrap();
    assert_eq!(world.told(), ["priya", "sam"]);
    let answer = json!({ "attendees": [{ "email": SAM, "responseStatus": "accepted" }] });
    assert_eq!(sam.call(Method::PATCH, &path, Some(answer)).0, 200);
    assert_eq!(world.told(), ["priya", "sam"]);
    world.call(Method::DELETE, &path, None);
    assert_eq!(world.told(), ["priya", "sam"]);
    // What changes nothing tells nothing.
    world.list_all("");
    world.call(Method::DELETE, &path, None);
    world.google.add_calendar(PRIYA, "more@group.calendar.google.com", "More", Tz::Europe__Berlin);
    assert!(world.told().is_empty());
}

#[test]
fn a_channel_for_some_types_of_events_hears_of_no_others() {
    let world = world();
    let path = format!("{EVENTS}?eventTypes=default&eventTypes=fromGmail");
    let (_, opened) = world.watch(&path, json!({ "id": "some" }));
    assert!(
        opened["resourceUri"]
            .as_str()
            .unwrap()
            .ends_with("?alt=json&eventTypes=default&eventTypes=fromGmail")
    );
    let mut focus = timed("Deep work", "2026-10-14T10:00:00");
    focus["eventType"] = "focusTime".into();
    world.google.insert_event(PRIYA, focus).unwrap();
    assert!(world.told().is_empty());
    world.meeting("m", "2026-10-14T12:00:00");
    assert_eq!(world.told(), ["some"]);
}

#[test]
fn the_calendar_list_tells_its_own_channels() {
    let world = world();
    world.watch("users/me/calendarList/watch", json!({ "id": "list" }));
    world.meeting("m", "2026-10-14T10:00:00");
    assert!(world.told().is_empty());
    let team = "team@group.calendar.google.com";
    world.google.add_calendar(SAM, team, "Team", Tz::Europe__Berlin);
    assert!(world.told().is_empty());
    world.google.share_calendar(team, PRIYA, AccessRole::Reader).unwrap();
    assert_eq!(world.told(), ["list"]);
    world.google.rename_calendar(team, "The team").unwrap();
    assert!(world.told().is_empty());
    world.google.delete_calendar(team).unwrap();
    assert_eq!(world.told(), ["list"]);
    let channel = world.google.channels().remove(0);
    assert_eq!((channel.id.as_str(), channel.account.as_str(), channel.calendar), ("list", PRIYA, None));
}

#[test]
fn a_channel_that_cannot_be_is_refused() {
    let world = world();
    let refused = |body: Value| {
        let answer = world.watch(EVENTS, body);
        let (code, reason) = reason(&answer);
        (code, reason.to_owned())
    };
    let https = (400, "push.webhookUrlNotHttps".to_owned());
    assert_eq!(refused(json!({ "id": "c", "address": "http://127.0.0.1:1/" })), https);
    assert_eq!(refused(json!({ "id": "c", "address": null })), (400, "required".to_owned()));
    assert_eq!(refused(json!({ "id": "c", "type": "mail" })).0, 400);
    assert_eq!(refused(json!({ "id": "a b" })), (400, "invalid".to_owned()));
    assert_eq!(refused(json!({ "id": "x".repeat(65) })), (400, "invalid".to_owned()));
    assert_eq!(refused(json!({})), (400, "required".to_owned()));
    assert_eq!(refused(json!({ "id": "c", "token": "x".repeat(257) })), (400, "invalid".to_owned()));
    assert_eq!(refused(json!({ "id": "c", "params": { "ttl": "soon" } })), (400, "invalid".to_owned()));
    assert_eq!(refused(json!({ "id": "c", "expiration": "1" })), (400, "invalid".to_owned()));
    assert!(world.google.channels().is_empty() && world.google.take_notifications().is_empty());

    assert_eq!(refused(json!({ "id": "x".repeat(64), "token": "x".repeat(256) })).0, 200);
    assert_eq!(refused(json!({ "id": "c" })).0, 200);
    // One id is one channel in the whole project, whoever asks.
    let twice = world.as_account(SAM, ALL).watch(EVENTS, json!({ "id": "c" }));
    assert_eq!(reason(&twice), (400, "channelIdNotUnique"));
    world.google.configure(|config| config.http_callbacks = true);
    assert_eq!(refused(json!({ "id": "plain", "address": "http://127.0.0.1:1/" })).0, 200);

    let narrow = world.as_account(PRIYA, &["https://www.googleapis.com/auth/calendar.events.readonly"]);
    assert_eq!(narrow.watch(EVENTS, json!({ "id": "d" })).0, 200);
    assert_eq!(narrow.watch("users/me/calendarList/watch", json!({ "id": "e" })).0, 403);
    assert_eq!(world.watch("calendars/sam%40northwind.example/events/watch", json!({ "id": "f" })).0, 404);
}

#[test]
fn a_calendar_can_refuse_push() {
    let world = world();
    world.google.refuse_push(PRIYA).unwrap();
    let (code, body) = world.watch(EVENTS, json!({ "id": "c" }));
    let message = "Push notifications are not supported by this resource.";
    let expected = json!({ "error": {
        "errors": [{
            "domain": "calendar",
            "reason": "pushNotSupportedForRequestedResource",
            "message": message
        }],
        "code": 400,
        "message": message
    } });
    assert_eq!((code, body), (400, expected));
    assert_eq!(world.watch("users/me/calendarList/watch", json!({ "id": "c" })).0, 200);
}

#[test]
fn a_channel_lives_as_long_as_the_shorter_of_what_is_asked_and_allowed() {
    let world = world();
    let now = at("2026-10-09T08:00:00Z");
    let life = |id: &str, mut body: Value| {
        body["id"] = id.into();
        assert_eq!(world.watch(EVENTS, body).0, 200);
        world.google.channels().into_iter().find(|one| one.id == id).unwrap().expiration - now
    };
    assert_eq!(life("default", json!({})), Duration::days(7));
    assert_eq!(life("ttl", json!({ "params": { "ttl": "60" } })), Duration::seconds(60));
    let in_an_hour = (now + Duration::hours(1)).timestamp_millis();
    assert_eq!(life("text", json!({ "expiration": in_an_hour.to_string() })), Duration::hours(1));
    assert_eq!(life("number", json!({ "expiration": in_an_hour })), Duration::hours(1));
    let both = json!({ "expiration": in_an_hour, "params": { "ttl": "7200" } });
    assert_eq!(life("both", both), Duration::hours(1));
    assert_eq!(life("long", json!({ "params": { "ttl": "2592000" } })), Duration::days(7));
    world.google.configure(|config| config.channel_life = Duration::days(30));
    assert_eq!(life("longer", json!({ "params": { "ttl": "2592000" } })), Duration::days(30));
    assert_eq!(life("still", json!({})), Duration::days(7));
    world.google.configure(|config| config.expiration_as_number = true);
    let (_, opened) = world.watch(EVENTS, json!({ "id": "n" }));
    assert_eq!(opened["expiration"], json!((now + Duration::days(7)).timestamp_millis()));
}

#[test]
fn a_channel_ends_by_itself_and_its_id_is_free_again() {
    let world = world();
    world.watch(EVENTS, json!({ "id": "short", "params": { "ttl": "60" } }));
    world.watch(EVENTS, json!({ "id": "long" }));
    world.wait(Duration::seconds(60));
    world.meeting("m", "2026-10-14T10:00:00");
    assert_eq!(world.told(), ["long"]);
    let live: Vec<String> = world.google.channels().into_iter().map(|one| one.id).collect();
    assert_eq!(live, ["long"]);
    assert_eq!(world.watch(EVENTS, json!({ "id": "short" })).0, 200);
}

#[test]
fn a_channel_is_stopped_by_the_account_and_client_that_opened_it() {
    let world = world();
    let sam = world.as_account(SAM, ALL);
    let (_, opened) = world.watch(EVENTS, json!({ "id": "c" }));
    let other = world.watch(EVENTS, json!({ "id": "d" }));
    // The resource is the same for both channels, and another one for another account.
    assert_eq!(opened["resourceId"], other.1["resourceId"]);
    world.google.share_calendar(PRIYA, SAM, AccessRole::Reader).unwrap();
    let theirs = sam.watch("calendars/priya%40northwind.example/events/watch", json!({ "id": "e" }));
    assert_ne!(opened["resourceId"], theirs.1["resourceId"]);
    world.google.take_notifications();

    let right = json!({ "id": "c", "resourceId": opened["resourceId"] });
    let stop = |world: &World, body: &Value| world.call(Method::POST, "channels/stop", Some(body.clone())).0;
    assert_eq!(stop(&world, &json!({ "id": "c", "resourceId": "another" })), 404);
    assert_eq!(stop(&world, &json!({ "id": "z", "resourceId": opened["resourceId"] })), 404);
    assert_eq!(stop(&world, &json!({ "id": "c" })), 400);
    assert_eq!(stop(&sam, &right), 404);
    world.google.oauth().add_client(Client::new("another", "secret"));
    let account = world.google.oauth().accounts().into_iter().find(|one| one.id == PRIYA).unwrap();
    let grant = world.google.oauth().grant("another", &account, ALL);
    let elsewhere = World {
        clock: world.clock.clone(),
        google: world.google.clone(),
        bearer: format!("Bearer {}", grant.access_token),
    };
    assert_eq!(stop(&elsewhere, &right), 404);
    assert_eq!(stop(&world, &right), 204);
    assert_eq!(stop(&world, &right), 404);
    world.meeting("m", "2026-10-14T10:00:00");
    assert_eq!(world.told(), ["d", "e"]);
}
