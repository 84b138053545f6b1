//! Priority: what is added up for a meeting that is kept.

use serde_json::json;

use super::*;

async fn decided(sections: &str) -> (World, Meeting) {
    let world = World::new(sections).await;
    world.put(review()).await;
    world.sync().await;
    let meeting = world.meeting().await;
    (world, meeting)
}

#[tokio::test]
async fn every_rule_that_holds_adds_its_number() {
    let priority = "priority:
  - { when: { main_account.stage: customer }, add: 10 }
  - { when: { title: { contains: review } }, add: 5 }
  - { when: { title: { contains: lunch } }, add: 100 }
  - { when: { duration: { at_most: 1h } }, add: -3 }
output: { title: title, weight: priority }
";
    let (_, meeting) = decided(priority).await;
    assert_eq!(meeting.decision.priority, 12);
    assert_eq!(meeting.content, json!({ "title": "Quarterly Review", "weight": 12 }));
    let (_, meeting) = decided("output: { weight: priority }\n").await;
    assert_eq!((meeting.decision.priority, meeting.content), (0, json!({ "weight": 0 })));
}

#[tokio::test]
async fn what_is_dropped_has_no_priority() {
    let (_, meeting) = decided("keep: { title: none }\npriority: [{ when: { all: [] }, add: 7 }]\n").await;
    assert_eq!((meeting.decision.kept, meeting.decision.priority), (false, 0));
    assert_eq!(meeting.decision.because.as_deref(), Some("keep.title"));
}

#[tokio::test]
async fn priority_turns_with_the_clock_and_blames_nobody() {
    let sections =
        "priority: [{ when: { start: { before: now+1d } }, add: 7 }]\noutput: { weight: priority }\n";
    let (world, meeting) = decided(sections).await;
    assert_eq!((meeting.decision.priority, meeting.decision.because), (0, None));
    // The meeting is on the tenth at ten, and the clock stands at the first.
    assert_eq!(meeting.decision.valid_until, Some(at("2026-03-09T10:00:00Z")));
    world.clock.set(at("2026-03-09T11:00:00Z"));
    assert_eq!(world.sync().await, 1);
    assert_eq!(world.meeting().await.decision.priority, 7);
}

#[test]
fn no_rule_may_ask_for_the_priority_that_it_makes() {
    for section in ["keep: { priority: 1 }", "priority: [{ when: { priority: 1 }, add: 1 }]"] {
        let problems = Manifest::parse(&format!("{SOURCES}{section}\n")).unwrap_err();
        assert!(problems.to_string().contains("unknown field `priority`"), "{problems}");
    }
}
