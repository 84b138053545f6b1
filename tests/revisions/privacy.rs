//! What privacy keeps out, lets in again, and removes when its time has come.

use std::sync::Arc;

use acquaint::core::env::Env;
use acquaint::core::view::{CalendarEvent, EventKind, Visibility};
use acquaint::{Acquaint, Applied, ChangeKind, Manifest, PlannedChange, PlannedPrivacy, Tenant, WhyQuery};
use acquaint_testkit::Script;
use acquaint_testkit::sandbox::InProcess;
use chrono::TimeDelta;

use super::{World, apply, at, event, external, kept, manifest, told};

/// Everything with somebody from outside, by title and place, under some privacy.
fn under(privacy: &str) -> Manifest {
    manifest(&format!(
        "keep: {{ attendees: {{ some: {{ external: true }} }} }}\noutput: {{ title: title, location: location }}\nprivacy: {{ {privacy} }}\n"
    ))
}

/// What is stored of the event, as JSON.
async fn stored(tenant: &Tenant, id: &str) -> serde_json::Value {
    let records = tenant.records(&"local_product".into(), "events").all().await.unwrap();
    let raw =
        |record: &acquaint::MirroredRecord| serde_json::from_slice::<serde_json::Value>(&record.raw).unwrap();
    records.iter().map(raw).find(|raw| raw[0]["id"] == id).unwrap_or_default()
}

async fn put(tenant: &Tenant, events: impl IntoIterator<Item = CalendarEvent>) {
    tenant.local("product").put_events(events).await.unwrap();
    tenant.sync().await.unwrap().into_result().unwrap();
}

fn doctor() -> CalendarEvent {
    let mut doctor = event("doctor", "Doctor", &["jane@globex.com"], 7);
    doctor.visibility = Visibility::Private;
    doctor.kind = EventKind::OutOfOffice;
    doctor.location = Some("Clinic".to_owned());
    doctor
}

#[tokio::test]
async fn what_is_kept_out_goes_from_the_mirror_as_the_plan_says() {
    let (_, tenant) = World::decided(&under("")).await;
    let before = tenant.position().await.unwrap();
    let next = under("drop: [title]");
    let plan = tenant.plan(&next).await.unwrap();
    assert_eq!(plan.privacy, [PlannedPrivacy::KeptOut { what: "title".to_owned() }]);
    let lost: Vec<_> = plan.meetings.iter().map(|planned| planned.change.clone()).collect();
    assert_eq!(lost, vec![PlannedChange::Changed { fields: vec!["title".to_owned()] }; 3]);
    assert_eq!(stored(&tenant, "qbr").await[0]["title"], "QBR", "a plan takes nothing");

    let applied = tenant.apply(&next).as_planned(&plan.hash).run().await.unwrap();
    let Applied::Done { changes, .. } = applied else { panic!("{applied:?}") };
    assert_eq!(changes, plan.deliveries.all);
    assert!(stored(&tenant, "qbr").await[0].get("title").is_none());
    assert!(told(&tenant, before).await.iter().all(|entry| entry.content["title"].is_null()));
    assert!(tenant.plan(&next).await.unwrap().is_empty());
}

#[tokio::test]
async fn what_is_let_in_is_unknown_until_it_is_fetched_again() {
    let (_, tenant) = World::decided(&under("drop: [title]")).await;
    let next = manifest(
        "keep: { attendees: { some: { external: true } }, title: { not: { starts_with: Hold } } }\noutput: { title: title }\n",
    );
    let plan = tenant.plan(&next).await.unwrap();
    assert_eq!(plan.privacy, [PlannedPrivacy::LetIn { what: "title".to_owned() }]);
    assert!(plan.to_string().contains("`title` is let in: it has to be fetched again"), "{plan}");
    assert_eq!((plan.counts.unknown, plan.examined), (4, 4), "{plan}");
    apply(&tenant, &next).await;
    put(&tenant, [event("hold", "Hold: QBR", &["jane@globex.com"], 4)]).await;
    assert_eq!(stored(&tenant, "hold").await[0]["title"], "Hold: QBR");
    let dropped = tenant.meetings().dropped().all().await.unwrap();
    assert!(dropped.iter().any(|meeting| meeting.title == "Hold: QBR"));
}

#[tokio::test]
async fn a_private_event_gives_its_times_and_its_meeting_stays_what_it_was() {
    let (_, tenant) = World::decided(&under("")).await;
    put(&tenant, [doctor()]).await;
    assert_eq!(stored(&tenant, "doctor").await[0]["title"], "Doctor");
    let private = async || {
        let meetings = tenant.meetings().all().await.unwrap().into_iter();
        meetings.filter(|meeting| meeting.private).collect::<Vec<_>>()
    };
    let (before, position) = (private().await, tenant.position().await.unwrap());
    let next = under("private_events: busy_only");
    let plan = tenant.plan(&next).await.unwrap();
    assert_eq!((plan.counts, plan.deliveries), Default::default(), "{plan}");
    assert_eq!(apply(&tenant, &next).await.1, 0);
    let left = stored(&tenant, "doctor").await;
    let left = left[0].as_object().unwrap();
    for gone in ["title", "location", "attendees", "kind"] {
        assert!(!left.contains_key(gone), "{gone} is still there: {left:?}");
    }
    assert_eq!(left["organiser"], serde_json::json!({ "is_self": false }));
    let after = private().await;
    assert_eq!(after.len(), 1);
    assert_eq!((&after[0].id, after[0].start, after[0].end), (&before[0].id, before[0].start, before[0].end));
    assert_eq!(tenant.position().await.unwrap(), position);
    put(&tenant, [doctor()]).await;
    assert!(stored(&tenant, "doctor").await[0].get("title").is_none(), "nor does it come in again");

    let mut open = doctor();
    open.visibility = Visibility::Default;
    put(&tenant, [open]).await;
    assert!(kept(&tenant).await.contains(&"Doctor".to_owned()));
}

#[tokio::test]
async fn a_private_copy_still_belongs_to_the_meeting_that_others_show() {
    let (_, tenant) = World::decided(&under("private_events: busy_only")).await;
    let mut copy = doctor();
    copy.calendar = "ben".to_owned();
    copy.uid = Some("qbr@test".to_owned());
    let position = tenant.position().await.unwrap();
    put(&tenant, [copy]).await;
    let meetings = tenant.meetings().all().await.unwrap();
    let qbr = meetings.iter().find(|meeting| meeting.title == "QBR").unwrap();
    assert_eq!((qbr.copies.len(), qbr.private), (2, false));
    assert_eq!(tenant.position().await.unwrap(), position, "it adds nothing to it");
}

#[tokio::test]
async fn what_ended_too_long_ago_is_removed_with_its_meeting_when_its_time_has_come() {
    let (world, tenant) = World::decided(&under("retain: 30d")).await;
    let position = tenant.position().await.unwrap();
    let titles = async || {
        tenant.sync().await.unwrap().into_result().unwrap();
        kept(&tenant).await
    };
    // The first one ended on the third at ten.
    world.clock.set(at("2026-04-02T10:00:00Z"));
    assert_eq!(titles().await, ["QBR", "Hold: QBR", "Demo"]);
    world.clock.set(at("2026-04-02T10:00:01Z"));
    assert_eq!(titles().await, ["Hold: QBR", "Demo"]);
    let entries = told(&tenant, position).await;
    let entries: Vec<_> = entries.iter().map(|entry| entry.change).collect();
    assert_eq!(entries, [ChangeKind::Removed], "whoever listens forgets it too");
    assert_eq!(stored(&tenant, "qbr").await, serde_json::Value::Null);

    put(&tenant, [event("qbr", "QBR", &["jane@globex.com"], 3)]).await;
    assert_eq!(titles().await, ["Hold: QBR", "Demo"], "it does not come back");
    world.clock.set(at("2026-05-02T10:00:00Z"));
    assert!(titles().await.is_empty());
    assert!(tenant.meetings().all().await.unwrap().is_empty(), "nor is anything left that was dropped");
}

#[tokio::test]
async fn more_than_fits_a_transaction_falls_due_at_once() {
    let (world, tenant) = World::decided(&under("drop: [location], retain: 30d")).await;
    let many = (0..450).map(|number| event(&format!("n{number}"), "QBR", &["jane@globex.com"], 10));
    put(&tenant, many).await;
    assert_eq!(kept(&tenant).await.len(), 453);
    let next = under("drop: [location, title], retain: 30d");
    apply(&tenant, &next).await;
    assert!(kept(&tenant).await.iter().all(String::is_empty));
    world.clock.set(at("2026-04-20T00:00:00Z"));
    tenant.sync().await.unwrap().into_result().unwrap();
    assert!(tenant.meetings().all().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_shorter_term_removes_what_a_plan_says() {
    let (world, tenant) = World::decided(&under("retain: 60d")).await;
    world.clock.set(at("2026-04-04T09:00:00Z"));
    let next = under("retain: 30d");
    let plan = tenant.plan(&next).await.unwrap();
    assert_eq!(plan.privacy, [PlannedPrivacy::Removed { after: 30 * 86_400 }]);
    let lost: Vec<_> = plan.meetings.iter().map(|planned| planned.title.as_str()).collect();
    assert_eq!((lost, plan.counts.lost), (vec!["QBR", "Hold: QBR"], 2), "{plan}");
    let applied = tenant.apply(&next).as_planned(&plan.hash).run().await.unwrap();
    assert!(matches!(applied, Applied::Done { changes: 2, .. }), "{applied:?}");
    assert_eq!(kept(&tenant).await, ["Demo"]);
    let plan = tenant.plan(&under("retain: 60d")).await.unwrap();
    assert_eq!(plan.privacy, [PlannedPrivacy::Retained { after: Some(60 * 86_400) }]);
    assert!(plan.to_string().contains("what was removed does not come back"), "{plan}");
}

#[tokio::test]
async fn why_says_that_something_ended_too_long_ago() {
    let (world, tenant) = World::decided(&under("retain: 30d")).await;
    world.clock.set(at("2026-04-20T00:00:00Z"));
    tenant.sync().await.unwrap().into_result().unwrap();
    let asked = WhyQuery::near(at("2026-03-03T09:00:00Z")).within(TimeDelta::hours(2));
    let said = tenant.why(&asked).await.unwrap();
    let text = said[0].to_string();
    assert!(text.contains("ended more than 30 days ago"), "{text}");
}

#[tokio::test]
async fn nothing_is_shed_twice_nor_where_nothing_is_kept_out() {
    let (_, tenant) = World::decided(&external()).await;
    let seq = async || tenant.plan(&external()).await.unwrap().seq;
    let before = seq().await;
    tenant.sync().await.unwrap().into_result().unwrap();
    assert_eq!(seq().await, before);
}

#[tokio::test]
async fn a_crash_while_something_is_taken_out_goes_on_where_it_was() {
    let (world, tenant) = World::decided(&under("")).await;
    let many = (0..450).map(|number| event(&format!("n{number:03}"), "QBR", &["jane@globex.com"], 10));
    put(&tenant, many).await;
    let script = Script::crash_at("privacy.shed", 1);
    let mut env = Env::new(Arc::new(InProcess::new()));
    env.clock = Arc::new(world.clock.clone());
    env.probe = Arc::new(script.clone());
    let next = under("drop: [title], retain: 30d");
    let builder = Acquaint::builder().store(Arc::new(world.store.clone())).env(env);
    let crashing = builder.manifest(next.clone()).build().await.unwrap().tenant("acme");
    let left = async || {
        let records = tenant.records(&"local_product".into(), "events").all().await.unwrap();
        records.iter().filter(|record| String::from_utf8_lossy(&record.raw).contains("QBR")).count()
    };
    let all = left().await;
    assert!(Script::is_crash(&crashing.sync().await.unwrap_err()));
    let some = left().await;
    assert!((1..all).contains(&some), "{some} of {all}");
    script.revive();
    crashing.sync().await.unwrap().into_result().unwrap();
    assert_eq!(left().await, 0);
    let sheds = script.reached().iter().filter(|point| **point == "privacy.shed").count();
    assert_eq!(sheds, 3, "what had been gone through was not gone through again");

    world.clock.set(at("2026-05-02T10:00:00Z"));
    script.crash_when("privacy.retained", 2);
    assert!(Script::is_crash(&crashing.sync().await.unwrap_err()));
    script.revive();
    crashing.sync().await.unwrap().into_result().unwrap();
    assert!(tenant.meetings().all().await.unwrap().is_empty());
}
