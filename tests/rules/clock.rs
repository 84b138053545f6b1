//! Rules that depend on the clock turn at the right instant, by themselves.

use acquaint::ChangeKind::{Added, Changed, Removed};
use acquaint::Manifest;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use super::{World, at, globex, now, review};

/// The decisions of the syncs at a second before an instant, at it, a microsecond and a second after it. Before
/// each of them nothing has moved yet, and each that changes nothing tells nothing.
async fn around(sections: &str, turn: DateTime<Utc>) -> [bool; 4] {
    let world = World::new(sections).await;
    world.put(review()).await;
    world.clock.set(turn - TimeDelta::days(1));
    world.sync().await;
    let mut known = world.kept().await;
    let steps =
        [TimeDelta::seconds(-1), TimeDelta::zero(), TimeDelta::microseconds(1), TimeDelta::seconds(1)];
    let mut found = [false; 4];
    for (step, found) in steps.into_iter().zip(&mut found) {
        world.clock.set(turn + step);
        assert_eq!(world.kept().await, known, "{sections}: nothing is decided before a sync");
        let changes = world.sync().await;
        *found = world.kept().await;
        assert_eq!(changes, u64::from(*found != known), "{sections} at {step}");
        known = *found;
    }
    assert_eq!(world.sync().await, 0);
    found
}

const BEFORE: [bool; 4] = [true, false, false, false];
const UP_TO: [bool; 4] = [true, true, false, false];
const FROM: [bool; 4] = [false, true, true, true];
const AFTER: [bool; 4] = [false, false, true, true];

#[tokio::test]
async fn a_rule_turns_when_the_clock_passes_its_instant() {
    let start = at("2026-03-10T10:00:00Z");
    let days = TimeDelta::days;
    let rules = [
        ("{ start: { after: now } }", start, BEFORE),
        ("{ start: { before: now } }", start, AFTER),
        ("{ end: { not: { before: now } } }", start + TimeDelta::minutes(30), UP_TO),
        ("{ start: { before: now+2d } }", start - days(2), AFTER),
        ("{ start: { after: now+2d } }", start - days(2), BEFORE),
        ("{ start: { after: now-2d } }", start + days(2), BEFORE),
        ("{ start: { before: now-2d } }", start + days(2), AFTER),
        ("{ start: { within: 2d } }", start - days(2), FROM),
        ("{ start: { within: 2d } }", start + days(2), UP_TO),
        ("{ start: { not: { within: 2d } } }", start - days(2), BEFORE),
        ("{ not: { start: { not: { within: 2d } } } }", start + days(2), UP_TO),
        ("{ any: [{ title: QBR }, { start: { after: now } }] }", start, BEFORE),
        (
            "{ all: [{ title: { exists: true } }, { start: { after: now }, end: { after: now } }] }",
            start,
            BEFORE,
        ),
        ("{ main_account.renewal: { before: now+30d } }", at("2026-05-02T00:00:00Z"), AFTER),
        ("{ attendees: { some: { account.renewal: { within: 30d } } } }", at("2026-05-02T00:00:00Z"), FROM),
        (
            "{ attendees: { none: { account.since: { before: now-700d } } } }",
            at("2026-04-01T10:00:00Z"),
            UP_TO,
        ),
        (
            "{ accounts: { every: { any: [{ renewal: { exists: false } }, { renewal: { after: now } }] } } }",
            at("2026-06-01T00:00:00Z"),
            BEFORE,
        ),
    ];
    for (rule, turn, expected) in rules {
        assert_eq!(around(&format!("keep: {rule}\n"), turn).await, expected, "{rule}");
    }
    let counts = "
match: { accounts: { renewal: { after: now } } }
keep: { main_account: { exists: true } }
";
    assert_eq!(around(counts, at("2026-06-01T00:00:00Z")).await, BEFORE);
}

#[tokio::test]
async fn a_sync_that_comes_late_sees_where_the_clock_stands() {
    let world = World::new("keep: { start: { within: 2d } }\n").await;
    world.put(review()).await;
    assert_eq!(world.sync().await, 0);
    let until = world.meeting().await.decision.valid_until;
    assert_eq!(until, Some(at("2026-03-08T10:00:00Z")));
    world.clock.set(at("2026-04-01T00:00:00Z"));
    assert_eq!(world.sync().await, 0, "it had its two days, and nobody was there to see them");
    let decision = world.meeting().await.decision;
    assert_eq!((decision.kept, decision.valid_until), (false, None));
}

#[tokio::test]
async fn both_ends_of_a_span_are_told_once() {
    let world = World::new("keep: { start: { within: 2d } }\noutput: { title: title }\n").await;
    world.put(review()).await;
    for day in 1..=31 {
        world.clock.set(at(&format!("2026-03-{day:02}T12:00:00Z")));
        world.sync().await;
    }
    let feed = world.tenant.changes(0, 100).await.unwrap();
    let told: Vec<_> = feed.iter().map(|entry| (entry.change, entry.at, entry.revision)).collect();
    assert_eq!(told, [(Added, at("2026-03-08T12:00:00Z"), 1), (Removed, at("2026-03-12T12:00:00Z"), 2)]);
}

#[tokio::test]
async fn an_instant_that_is_fixed_needs_no_clock() {
    for rule in ["{ start: { after: 2026-03-05 } }", "{ start: { before: 2026-03-05 } }", "{ duration: 30m }"]
    {
        let world = World::new(&format!("keep: {rule}\n")).await;
        world.put(review()).await;
        world.sync().await;
        let decision = world.meeting().await.decision;
        assert_eq!(decision.valid_until, None, "{rule}");
        for day in [4, 5, 6, 9, 10, 11] {
            world.clock.set(at(&format!("2026-03-{day:02}T10:00:00Z")));
            let report = world.tenant.sync().await.unwrap().into_result().unwrap();
            assert_eq!((report.decided, report.changes), (0, 0), "{rule}");
        }
        assert_eq!(world.meeting().await.decision, decision);
    }
}

#[tokio::test]
async fn a_clause_that_was_not_reached_waits_for_no_clock() {
    let world = World::new("keep: { title: QBR, start: { after: now } }\n").await;
    world.put(review()).await;
    world.sync().await;
    assert_eq!(world.meeting().await.decision.valid_until, None, "the title decides, whatever the time");
}

#[tokio::test]
async fn the_output_of_a_kept_meeting_follows_the_clock() {
    let sections = "
output:
  renewing: { each: accounts, where: { renewal: { within: 30d } }, take: { name: name } }
";
    let world = World::new(sections).await;
    world.put(review()).await;
    assert_eq!(world.sync().await, 1);
    assert_eq!(world.meeting().await.content, json!({ "renewing": [] }));
    world.clock.set(at("2026-05-01T23:59:59Z"));
    assert_eq!(world.sync().await, 0);
    world.clock.set(at("2026-05-02T00:00:00Z"));
    assert_eq!(world.sync().await, 1);
    assert_eq!(world.meeting().await.content, json!({ "renewing": [{ "name": "Globex" }] }));
    let feed = world.tenant.changes(1, 10).await.unwrap();
    assert_eq!(feed.iter().map(|entry| entry.change).collect::<Vec<_>>(), [Changed]);
}

#[tokio::test]
async fn a_record_that_moves_takes_the_instant_along() {
    let world = World::new("keep: { main_account.renewal: { after: now } }\n").await;
    world.put(review()).await;
    assert_eq!(world.sync().await, 1);
    assert_eq!(world.meeting().await.decision.valid_until, Some(at("2026-06-01T00:00:00Z")));
    world.tenant.local("product").put_accounts([globex().field("renewal", "2026-07-01")]).await.unwrap();
    assert_eq!(world.sync().await, 0, "the output does not show it");
    world.clock.set(at("2026-06-15T00:00:00Z"));
    assert_eq!(world.sync().await, 0);
    assert!(world.kept().await);
    world.clock.set(at("2026-07-01T00:00:00Z"));
    assert_eq!(world.sync().await, 1);
    assert!(!world.kept().await);
}

#[tokio::test]
async fn a_clock_that_was_set_back_is_believed_once_something_else_changes() {
    let world = World::new("keep: { start: { after: now } }\n").await;
    world.put(review()).await;
    world.clock.set(at("2026-04-01T00:00:00Z"));
    assert_eq!(world.sync().await, 0);
    world.clock.set(now());
    let mut event = review();
    event.title = Some("QBR".to_owned());
    world.put(event).await;
    assert_eq!(world.sync().await, 1);
    assert!(world.kept().await);
}

#[tokio::test]
async fn the_longest_spans_do_not_overflow() {
    for test in ["within: 5000w", "after: now-5000w", "before: now+5000w", "not: { after: now+5000w }"] {
        let manifest = format!("{}keep: {{ start: {{ {test} }} }}\n", super::SOURCES);
        assert!(Manifest::parse(&manifest).is_ok());
        let world = World::new(&format!("keep: {{ start: {{ {test} }} }}\n")).await;
        world.put(review()).await;
        world.sync().await;
        assert!(world.kept().await, "{test}");
    }
}
