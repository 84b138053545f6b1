//! What a manifest reads, and that nothing else makes it decide again.

use std::sync::atomic::{AtomicUsize, Ordering};

use acquaint::registry::predicate_fn;
use serde_json::json;

use super::*;

/// A predicate `seen` that passes whatever it sees, and how often it was asked.
fn counter(version: u32) -> (Registry, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let into = Arc::clone(&asked);
    let seen = predicate_fn("seen", version, move |_, _| {
        into.fetch_add(1, Ordering::Relaxed);
        true
    });
    (Registry::bundled().unwrap().predicate(seen), asked)
}

/// A world that has decided the review, and a count of how often its rule was asked since it was last looked at.
async fn counting(sections: &str) -> (World, impl Fn() -> usize + use<>) {
    let (registry, asked) = counter(1);
    let world = World::with(registry, sections).await;
    world.put(review()).await;
    world.sync().await;
    assert_eq!(asked.swap(0, Ordering::Relaxed), 1);
    (world, move || asked.swap(0, Ordering::Relaxed))
}

async fn changed(world: &World, change: impl FnOnce(&mut CalendarEvent)) -> Meeting {
    let mut event = review();
    change(&mut event);
    world.put(event).await;
    let report = world.tenant.sync().await.unwrap().into_result().unwrap();
    assert_eq!(report.decided, 1);
    world.meeting().await
}

const TITLE: &str = "keep: { title: { call: seen } }\noutput: { title: title }\n";

#[tokio::test]
async fn a_change_of_what_no_rule_reads_asks_none() {
    let (world, asked) = counting(TITLE).await;
    let before = world.meeting().await;
    let after = changed(&world, |event| event.description = Some("Agenda".to_owned())).await;
    assert_eq!(asked(), 0);
    assert_eq!((after.description.as_deref(), &after.content), (Some("Agenda"), &before.content));
    assert!(after.decision.seq > before.decision.seq && after.decision.kept);

    let after = changed(&world, |event| event.title = Some("QBR".to_owned())).await;
    assert_eq!((asked(), &after.content["title"]), (1, &json!("QBR")));
    changed(&world, |event| event.status = acquaint::core::view::EventStatus::Cancelled).await;
    assert!(!world.kept().await, "a cancelled meeting is dropped, whatever the rules read");
}

#[tokio::test]
async fn of_people_only_what_is_read_counts() {
    let rule = "keep: { title: { call: seen }, attendees: { some: { external: true } } }\noutput: { title: title }\n";
    let (world, asked) = counting(rule).await;
    let after = changed(&world, |event| event.attendees[1].response = Response::Accepted).await;
    assert_eq!((asked(), after.attendees[2].response), (0, Response::Accepted));
    changed(&world, |event| event.attendees.push(Attendee::new("new@elsewhere.test"))).await;
    assert_eq!(asked(), 1);
}

#[tokio::test]
async fn what_says_which_accounts_count_is_read_too() {
    let (world, asked) = counting(&format!("match: {{ accounts: {{ stage: customer }} }}\n{TITLE}")).await;
    let local = world.tenant.local("product");
    local.put_accounts([globex().field("vip", false)]).await.unwrap();
    assert_eq!((world.sync().await, asked()), (0, 0));
    local.put_accounts([globex().field("stage", "lead")]).await.unwrap();
    assert_eq!((world.sync().await, asked()), (0, 1));
}

#[tokio::test]
async fn what_the_output_reads_is_told() {
    let output =
        "keep: { title: { call: seen } }\noutput: { people: { each: attendees, take: { is: response } } }\n";
    let (world, asked) = counting(output).await;
    let after = changed(&world, |event| event.attendees[1].response = Response::Accepted).await;
    assert_eq!((asked(), &after.content["people"][2]["is"]), (1, &json!("accepted")));
}

#[tokio::test]
async fn a_decision_stands_only_between_two_turns_of_the_clock() {
    let rule = "keep: { title: { call: seen }, not: { start: { within: 2d } } }\noutput: { title: title }\n";
    let (world, asked) = counting(rule).await;
    let describe =
        |text: &'static str| move |event: &mut CalendarEvent| event.description = Some(text.to_owned());
    // The meeting is on the tenth at ten, and the clock stands at the first.
    for (instant, text, kept, times) in [
        ("2026-03-08T09:59:59Z", "a", true, 0),
        ("2026-03-08T10:00:00Z", "b", false, 1),
        // Both sides of a turn are looked at.
        ("2026-03-09T10:00:00Z", "c", false, 1),
        ("2026-03-09T11:00:00Z", "d", false, 0),
        // A clock that is set back is believed.
        ("2026-03-02T10:00:00Z", "e", true, 1),
        ("2026-04-01T10:00:00Z", "f", true, 1),
        ("2026-05-01T10:00:00Z", "g", true, 0),
        ("2026-03-10T10:00:00Z", "h", false, 1),
    ] {
        world.clock.set(at(instant));
        let meeting = changed(&world, describe(text)).await;
        assert_eq!((meeting.decision.kept, asked()), (kept, times), "{instant}");
    }
}

#[tokio::test]
async fn another_evaluator_decides_anew() {
    let (first, _) = counter(1);
    let (second, asked) = counter(2);
    let store = Arc::new(MemoryStore::new());
    for (registry, description) in [(first, "Agenda"), (second, "Longer agenda")] {
        let manifest = Manifest::check(&format!("{SOURCES}{TITLE}"), &registry).unwrap();
        let mut env = Env::new(Arc::new(InProcess::new()));
        env.clock = Arc::new(ManualClock::at(now()));
        let builder = Acquaint::builder().registry(registry).manifest(manifest).store(store.clone()).env(env);
        let tenant = builder.build().await.unwrap().tenant("acme");
        let mut event = review();
        event.description = Some(description.to_owned());
        tenant.local("product").put_events([event]).await.unwrap();
        tenant.sync().await.unwrap().into_result().unwrap();
    }
    assert_eq!(asked.load(Ordering::Relaxed), 1);
}

#[test]
fn every_path_that_is_read_is_named_once() {
    let sections = "
match: { accounts: { any: [{ stage: customer }, { not: { seats: { at_least: 1 } } }] } }
keep:
  any:
    - { title: a, not: { title: b } }
    - attendees: { some: { account: { exists: true }, organiser: true }, not: { every: { contact.role: CFO } } }
    - accounts: { none: { stage: churned, seats: { in: [1] } } }
    - main_account: { exists: true }
priority: [{ when: { main_account.vip: true, attendees: { exists: true } }, add: 1 }]
output:
  weight: priority
  people: { each: attendees, where: { all: [{ class: external }] }, take: { of: account.name } }
  accounts: { each: accounts, take: { from: source } }
  all: { from: location, default: nowhere }
";
    let manifest = Manifest::parse(&format!("{SOURCES}{sections}")).unwrap();
    let expected = [
        "accounts.seats",
        "accounts.source",
        "accounts.stage",
        "attendees",
        "attendees.account",
        "attendees.account.name",
        "attendees.account.seats",
        "attendees.account.stage",
        "attendees.class",
        "attendees.contact.role",
        "attendees.organiser",
        "location",
        "main_account",
        "main_account.vip",
        "status",
        "title",
    ];
    assert_eq!(manifest.inputs(), expected);
    let nobody = Manifest::parse(&format!(
        "{SOURCES}keep: {{ accounts: {{ some: {{ all: [] }} }} }}\noutput: {{ a: title }}\n"
    ));
    assert_eq!(nobody.unwrap().inputs(), ["accounts", "status", "title"]);
}
