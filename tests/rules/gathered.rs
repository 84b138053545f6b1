//! Items of accounts and contacts, which gather the kept meetings that they take part in.

use std::collections::BTreeSet;

use acquaint::ChangeKind::{Added, Changed, Removed};
use acquaint::core::view::{Attendee, CalendarEvent, EventTime};
use acquaint::{Announce, Applied, ChangeKind, Manifest};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::{SOURCES, World, at, globex, initech};

const SECTIONS: &str = "
keep: { title: { not: { contains: hold } } }
output:
  account:
    take:
      name: name
      stage: { from: stage, default: none }
      meetings: meeting_count
      first: first.title
      last: last.start
      next: { from: next.title, default: nothing }
";

/// An hour with somebody.
fn event(id: &str, title: &str, start: DateTime<Utc>, who: &[&str]) -> CalendarEvent {
    let times = (EventTime::At(start), EventTime::At(start + TimeDelta::hours(1)));
    let mut event = CalendarEvent::new("ana", id, times.0, times.1);
    event.uid = Some(format!("{id}@test"));
    event.title = Some(title.to_owned());
    event.organiser.email = Some("ana@us.example".to_owned());
    event.attendees = who.iter().map(|email| Attendee::new(*email)).collect();
    event
}

const JANE: &str = "jane@globex.com";
const BILL: &str = "bill@initech.com";

impl World {
    /// Section and key, what happened and the content, of what is told of items behind a position.
    async fn gathered_after(&self, after: u64) -> Vec<(String, ChangeKind, Value)> {
        let feed = self.tenant.changes(after, 1_000).await.unwrap().into_iter();
        let items = feed.filter(acquaint::FeedEntry::gathers).inspect(|entry| {
            assert_eq!(entry.revision, entry.position);
            assert!(entry.meeting.as_str().is_empty());
        });
        items.map(|entry| (entry.key.unwrap(), entry.change, entry.content)).collect()
    }

    /// What the next sync tells of items.
    async fn gathers(&self) -> Vec<(String, ChangeKind, Value)> {
        let position = self.tenant.position().await.unwrap();
        self.sync().await;
        self.gathered_after(position).await
    }

    async fn remove(&self, id: &str) {
        self.tenant.local("product").remove_events([("ana", id)]).await.unwrap();
    }
}

fn item(name: &str, stage: &str, meetings: u32, first: &str, last: Option<&str>, next: &str) -> Value {
    json!({ "name": name, "stage": stage, "meetings": meetings, "first": first, "last": last, "next": next })
}

#[tokio::test]
async fn an_account_has_one_item_with_what_its_kept_meetings_say() {
    let world = World::new(SECTIONS).await;
    world.put(event("e1", "Past", at("2026-02-01T10:00:00Z"), &[JANE])).await;
    world.put(event("e2", "Soon", at("2026-03-02T10:00:00Z"), &[JANE, BILL])).await;
    world.put(event("e3", "On hold", at("2026-03-03T10:00:00Z"), &[JANE])).await;
    let globex_item =
        |meetings, next| item("Globex", "Customer", meetings, "Past", Some("2026-02-01T10:00:00Z"), next);
    let expected = [
        ("product/1".to_owned(), Added, globex_item(2, "Soon")),
        ("product/2".to_owned(), Added, item("Initech", "lead", 1, "Soon", None, "Soon")),
    ];
    assert_eq!(world.gathers().await, expected);
    assert_eq!(world.sync().await, 0, "nothing changed, so nothing is told");
    let meetings = world.tenant.meetings().all().await.unwrap();
    let explained = world.tenant.explain(&meetings[1].id).await.unwrap();
    let by: Vec<&str> = explained.gathered_by.iter().map(|item| item.key.as_str()).collect();
    assert_eq!(by, ["product/1", "product/2"]);
    assert!(explained.to_string().contains("gathered by account product/2"), "{explained}");
    assert!(world.tenant.explain(&meetings[2].id).await.unwrap().gathered_by.is_empty(), "it is dropped");

    // Of another meeting the account tells; the other one does not change.
    world.put(event("e4", "Later", at("2026-03-05T10:00:00Z"), &[JANE])).await;
    assert_eq!(world.gathers().await, [("product/1".to_owned(), Changed, globex_item(3, "Soon"))]);
    // The last kept one goes: the item goes, and comes back under its key.
    world.put(event("e2", "Soon, on hold", at("2026-03-02T10:00:00Z"), &[JANE, BILL])).await;
    let expected = [
        ("product/1".to_owned(), Changed, globex_item(2, "Later")),
        ("product/2".to_owned(), Removed, Value::Null),
    ];
    assert_eq!(world.gathers().await, expected);
    world.remove("e1").await;
    world.remove("e4").await;
    assert_eq!(world.gathers().await, [("product/1".to_owned(), Removed, Value::Null)]);
    world.put(event("e4", "Later", at("2026-03-05T10:00:00Z"), &[JANE])).await;
    let again = item("Globex", "Customer", 1, "Later", None, "Later");
    assert_eq!(world.gathers().await, [("product/1".to_owned(), Added, again)]);
    let ids: Vec<String> =
        world.tenant.changes(0, 100).await.unwrap().iter().map(acquaint::FeedEntry::delivery_id).collect();
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "an id is delivered once: {ids:?}");
}

#[tokio::test]
async fn the_next_meeting_becomes_the_last_as_time_passes() {
    let world = World::new(SECTIONS).await;
    world.put(event("e1", "One", at("2026-03-02T10:00:00Z"), &[JANE])).await;
    world.put(event("e2", "Two", at("2026-03-03T10:00:00Z"), &[JANE])).await;
    world.sync().await;
    world.clock.set(at("2026-03-02T09:59:59Z"));
    assert_eq!(world.gathers().await, []);
    for (now, last, next) in [
        ("2026-03-02T10:00:00Z", "2026-03-02T10:00:00Z", "Two"),
        ("2026-03-09T10:00:00Z", "2026-03-03T10:00:00Z", "nothing"),
    ] {
        world.clock.set(at(now));
        let expected = item("Globex", "Customer", 2, "One", Some(last), next);
        assert_eq!(world.gathers().await, [("product/1".to_owned(), Changed, expected)]);
    }
    assert_eq!(world.sync().await, 0);
}

#[tokio::test]
async fn a_change_in_the_crm_is_told_once_for_the_account() {
    let world = World::new(SECTIONS).await;
    for day in 2..6 {
        world.put(event(&format!("e{day}"), "QBR", at(&format!("2026-03-0{day}T10:00:00Z")), &[JANE])).await;
    }
    world.sync().await;
    world.tenant.local("product").put_accounts([globex().field("stage", "Partner")]).await.unwrap();
    let expected = item("Globex", "Partner", 4, "QBR", None, "QBR");
    assert_eq!(world.gathers().await, [("product/1".to_owned(), Changed, expected)]);
    world
        .tenant
        .local("product")
        .put_accounts([globex().field("stage", "Partner").field("seats", 7)])
        .await
        .unwrap();
    assert_eq!(world.gathers().await, [], "nobody reads the seats");
}

#[tokio::test]
async fn items_have_keys_rules_and_lists_of_their_own() {
    let world = World::new(
        "
output:
  account:
    key: domain
    where: { meeting_count: { at_least: 2 }, next.start: { exists: true } }
    take:
      recent: { each: meetings, where: { title: { contains: q } }, sort: { by: start, descending: true }, limit: 2, take: { title: title, who: { each: attendees, where: { external: true }, sort: email, take: { email: email, title: meeting.title } } } }
      oldest: { first: meetings, take: { title: title } }
  contact:
    take: { role: role, next: next.start, stage: next.main_account.stage }
",
    )
    .await;
    world.put(event("e1", "Q1", at("2026-02-01T10:00:00Z"), &[JANE])).await;
    world.put(event("e2", "Q2", at("2026-02-02T10:00:00Z"), &[JANE])).await;
    assert_eq!(
        world.gathers().await,
        [("product/7".to_owned(), Added, json!({ "role": "CFO", "next": null, "stage": null }))]
    );
    world.put(event("e3", "Q3", at("2026-03-02T10:00:00Z"), &[JANE, BILL])).await;
    let who = |title: &str, emails: &[&str]| -> Value {
        emails.iter().map(|email| json!({ "email": email, "title": title })).collect()
    };
    let recent = json!([
        { "title": "Q3", "who": who("Q3", &[BILL, JANE]) },
        { "title": "Q2", "who": who("Q2", &[JANE]) },
    ]);
    let expected = [
        ("globex.com".to_owned(), Added, json!({ "recent": recent, "oldest": { "title": "Q1" } })),
        (
            "product/7".to_owned(),
            Changed,
            json!({ "role": "CFO", "next": "2026-03-02T10:00:00Z", "stage": "Customer" }),
        ),
    ];
    assert_eq!(world.gathers().await, expected);
}

#[tokio::test]
async fn what_an_item_lacks_drops_it_or_holds_it_up_alone() {
    let world = World::new(
        "
output:
  meeting: { take: { title: title } }
  account: { take: { name: name, seats: { from: seats, missing: refuse } } }
  contact: { take: { next: { from: next.title, required: true } } }
",
    )
    .await;
    world.put(event("e1", "Past", at("2026-02-01T10:00:00Z"), &[JANE, BILL])).await;
    assert_eq!(
        world.gathers().await,
        [("product/1".to_owned(), Added, json!({ "name": "Globex", "seats": 50 }))]
    );
    world.tenant.local("product").put_accounts([initech().field("seats", 3)]).await.unwrap();
    assert_eq!(
        world.gathers().await,
        [("product/2".to_owned(), Added, json!({ "name": "Initech", "seats": 3 }))]
    );
    // What was told before stands.
    world.tenant.local("product").put_accounts([initech()]).await.unwrap();
    assert_eq!(world.gathers().await, []);
    world.put(event("e2", "Soon", at("2026-03-02T10:00:00Z"), &[JANE])).await;
    assert_eq!(world.gathers().await, [("product/7".to_owned(), Added, json!({ "next": "Soon" }))]);
}

#[tokio::test]
async fn a_section_is_switched_on_and_off_by_a_revision() {
    let world = World::new("output: { title: title }\n").await;
    world.put(event("e1", "Soon", at("2026-03-02T10:00:00Z"), &[JANE])).await;
    world.sync().await;
    let with = |section: &str| {
        Manifest::parse(&format!("{SOURCES}output:\n  meeting: {{ take: {{ title: title }} }}\n{section}"))
            .unwrap()
    };
    let (plain, accounts) = (with(""), with("  account: { take: { name: name } }\n"));
    let apply = async |manifest: &Manifest, announce: Announce| {
        let position = world.tenant.position().await.unwrap();
        let plan = world.tenant.plan(manifest).await.unwrap();
        assert_eq!((plan.counts.items, plan.items_uncounted), (1, false), "{plan}");
        let applied =
            world.tenant.apply(manifest).as_planned(&plan.hash).announce(announce).run().await.unwrap();
        let Applied::Done { changes, .. } = applied else { panic!("{applied:?}") };
        let planned = match announce {
            Announce::None => 0,
            Announce::KeptChanges => plan.deliveries.kept_changes,
            _ => plan.deliveries.all,
        };
        assert_eq!(changes, planned, "{plan}");
        world.gathered_after(position).await
    };
    let told = |change, content| vec![("product/1".to_owned(), change, content)];
    let name = || json!({ "name": "Globex" });
    assert_eq!(apply(&accounts, Announce::All).await, told(Added, name()));
    assert_eq!(apply(&plain, Announce::All).await, told(Removed, Value::Null));
    assert_eq!(apply(&accounts, Announce::None).await, [], "nothing is announced");
    let renamed = with("  account: { take: { called: name } }\n");
    assert_eq!(apply(&renamed, Announce::KeptChanges).await, [], "only what comes and goes is announced");
    assert_eq!(apply(&accounts, Announce::All).await, told(Changed, name()));
}

#[tokio::test]
async fn of_very_many_meetings_those_around_now_are_listed_and_all_are_counted() {
    let world = World::new(
        "
output:
  account: { take: { count: meeting_count, first: first.title, all: { each: meetings, take: { title: title } } } }
",
    )
    .await;
    let start = |number: i64| at("2026-03-01T00:30:00Z") + TimeDelta::hours(number);
    for number in -120..110 {
        let title = number.to_string();
        world.put(event(&format!("e{number}"), &title, start(number), &[JANE])).await;
    }
    world.sync().await;
    let items = world.tenant.items("account").await.unwrap();
    let content = items[0].announced.as_ref().unwrap();
    assert_eq!((&content["count"], &content["first"]), (&json!(230), &json!("-120")));
    let titles: Vec<i64> = content["all"]
        .as_array()
        .unwrap()
        .iter()
        .map(|of| of["title"].as_str().unwrap().parse().unwrap())
        .collect();
    assert_eq!(titles, (-100..100).collect::<Vec<i64>>());
    // An hour later another one has begun.
    world.clock.set(start(0));
    assert_eq!(world.sync().await, 1);
}

#[tokio::test]
async fn an_item_whose_rules_depend_on_the_clock_turns_with_it() {
    let world = World::new(
        "
output:
  account:
    where: { last.start: { within: 30d } }
    take: { soon: { each: meetings, where: { start: { after: now, before: now+2d } }, take: { title: title } } }
",
    )
    .await;
    world.put(event("e1", "Past", at("2026-02-20T10:00:00Z"), &[JANE])).await;
    world.put(event("e2", "Ahead", at("2026-03-10T10:00:00Z"), &[JANE])).await;
    let soon = |titles: &[&str]| -> Value {
        json!({ "soon": titles.iter().map(|title| json!({ "title": title })).collect::<Vec<_>>() })
    };
    let told = |change, content| vec![("product/1".to_owned(), change, content)];
    assert_eq!(world.gathers().await, told(Added, soon(&[])));
    for (now, expected) in [
        ("2026-03-08T10:00:00Z", Vec::new()),
        ("2026-03-08T10:00:01Z", told(Changed, soon(&["Ahead"]))),
        ("2026-03-10T10:00:00Z", told(Changed, soon(&[]))),
        ("2026-04-09T10:00:00Z", Vec::new()),
        ("2026-04-09T10:00:01Z", told(Removed, Value::Null)),
    ] {
        world.clock.set(at(now));
        assert_eq!(world.gathers().await, expected, "at {now}");
    }
}
