//! Whose account a grant opens, and what can be read with the events scope alone.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use acquaint_core::ErrorKind;
use acquaint_core::connector::{Connector as _, Partition, Partitions};
use acquaint_google_calendar::SCOPE_EVENTS;
use chrono_tz::Tz;
use common::Bench;
use common::mirror::Granted;
use common::pages::{ME, pairs, refusal};
use common::world::{ANA, BEN, World, call};
use serde_json::{Value, json};

const LIST: &str = "/calendar/v3/users/me/calendarList";

fn no_scope() -> String {
    json!({ "error": { "code": 403, "message": "Request had insufficient authentication scopes.",
        "errors": [{ "domain": "global", "reason": "insufficientPermissions" }], "status": "PERMISSION_DENIED",
        "details": [{ "reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT" }] } })
    .to_string()
}

async fn by_events(answer: Value) -> acquaint_core::Result<(String, String)> {
    let (bench, script) = Bench::scripted(50);
    script.answer(403, no_scope());
    script.answer(200, answer.to_string());
    let identity = bench.connector.identify(&bench.cx).await?;
    assert_eq!(identity.email.as_deref(), Some(&*identity.account));
    Ok((identity.account, identity.label))
}

#[tokio::test]
async fn an_identity_is_the_real_id_of_the_primary_calendar() {
    let (bench, script) = Bench::scripted(50);
    script.answer(200, json!({ "id": ME, "summary": "Priya", "primary": true }).to_string());
    let identity = bench.connector.identify(&bench.cx).await.unwrap();
    assert_eq!(script.asked()[0].0, format!("{LIST}/primary"));
    assert_eq!((&*identity.account, identity.email.as_deref(), &*identity.label), (ME, Some(ME), "Priya"));
}

#[tokio::test]
async fn without_the_list_of_calendars_events_tell_whose_they_are() {
    let other = json!({ "email": "lee@example.org" });
    let me = json!({ "email": ME, "self": true });
    let named = || ("Priya".to_owned(), json!({ "summary": "Priya" }));
    for person in ["organizer", "creator"] {
        let (label, mut answer) = named();
        answer["items"] =
            json!([{ "organizer": other }, { "organizer": other, "creator": other, person: me }]);
        assert_eq!(by_events(answer).await.unwrap(), (ME.to_owned(), label), "{person}");
    }
    let (label, mut answer) = named();
    answer["items"] = json!([{ "organizer": other, "attendees": [other, me] }, {}]);
    assert_eq!(by_events(answer).await.unwrap(), (ME.to_owned(), label));
    // Invited under another name, one still organises under one's own.
    let alias = json!({ "email": "priya@alias.example", "self": true });
    let answer = json!({ "summary": "P", "items": [{ "attendees": [alias] }, { "organizer": me }] });
    assert_eq!(by_events(answer).await.unwrap().0, ME);
    // A primary calendar is called by its address unless somebody has renamed it.
    let answer = json!({ "summary": ME, "items": [{ "organizer": other }] });
    assert_eq!(by_events(answer).await.unwrap(), (ME.to_owned(), ME.to_owned()));
}

#[tokio::test]
async fn no_more_of_events_is_asked_for_than_who_is_on_them() {
    let (bench, script) = Bench::scripted(50);
    script.answer(403, no_scope());
    script.answer(200, json!({ "summary": ME }).to_string());
    bench.connector.identify(&bench.cx).await.unwrap();
    let fields = "summary,items(creator(email,self),organizer(email,self),attendees(email,self))";
    let (path, query) = script.asked().pop().unwrap();
    assert_eq!(path, "/calendar/v3/calendars/primary/events");
    assert_eq!(query, pairs(&[("fields", fields), ("maxAttendees", "1"), ("maxResults", "25")]));
}

#[tokio::test]
async fn an_account_that_nothing_names_is_an_error_that_says_what_to_allow() {
    let nobody = [
        json!({}),
        json!({ "summary": "Work" }),
        json!({ "summary": "me @ work.example", "items": [] }),
        json!({ "summary": "Work", "items": [{ "organizer": { "email": "lee@example.org" } }] }),
        json!({ "summary": "Work", "items": [{ "organizer": { "self": true } }] }),
    ];
    for answer in nobody {
        let error = by_events(answer.clone()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Forbidden, "{answer}");
        assert!(error.advice().unwrap().contains("list of calendars"), "{error}");
    }
}

#[tokio::test]
async fn only_a_missing_scope_leads_to_the_events() {
    let (bench, script) = Bench::scripted(50);
    for reason in ["forbidden", "accessNotConfigured"] {
        script.answer(403, refusal(403, reason));
        bench.connector.identify(&bench.cx).await.unwrap_err();
        script.answer(403, refusal(403, reason));
        bench.discover(None).await.unwrap_err();
    }
    assert_eq!(script.asked().len(), 4);
}

#[tokio::test]
async fn without_the_list_the_primary_calendar_is_all_that_is_known() {
    let primary = Partition::new(ME, ME)
        .placed(10)
        .detail("primary", true)
        .detail("access", "owner")
        .detail("owner", ME);
    let (mut bench, script) = Bench::scripted(50);
    // Whose account it is may still have to be found out.
    script.answer(403, no_scope());
    script.answer(200, json!({ "summary": ME }).to_string());
    let found = bench.discover(None).await.unwrap();
    assert_eq!((found.partitions, found.cursor), (Partitions::All(vec![primary.clone()]), None));

    bench.cx.account = Some(ME.to_owned());
    script.answer(403, no_scope());
    let found = bench.discover(None).await.unwrap();
    assert_eq!((found.partitions, found.cursor), (Partitions::All(vec![primary]), None));
    assert_eq!(script.asked().len(), 3);
    // What a source does not want is not read either.
    bench.options(json!({ "calendars": { "ids": ["team@group.calendar.google.com"] } }));
    script.answer(403, no_scope());
    assert_eq!(bench.discover(None).await.unwrap().partitions, Partitions::All(Vec::new()));
}

#[tokio::test]
async fn an_account_is_the_same_with_and_without_the_list() {
    let world = World::berlin();
    let with = world.bench.connector.identify(&world.bench.cx).await.unwrap();
    let account = world.sandbox.add_account(BEN, Tz::UTC);
    world.sandbox.rename_calendar(BEN, "Ben at work").unwrap();
    let mut bench = world.as_granted(Granted::scopes(&world.sandbox, &account, vec![SCOPE_EVENTS]));
    let error = bench.connector.identify(&bench.cx).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Forbidden);
    world.sandbox.insert_event(ANA, call(2, json!({ "attendees": [{ "email": BEN }] }))).unwrap();
    let without = bench.connector.identify(&bench.cx).await.unwrap();
    assert_eq!((&*with.account, &*without.account, &*without.label), (ANA, BEN, "Ben at work"));
    bench.cx.account = Some(without.account);
    let partitions = bench.events().partitions(&bench.cx).await.unwrap();
    let page = bench.page(partitions[0].key.as_str(), bench.window(), None).await.unwrap();
    assert_eq!((partitions.len(), page.changes.len()), (1, 1));
}
