//! Explanations of what has changed since the decision.

use acquaint::core::view::{Account, EventTime};
use acquaint::{Explanation, Outcome};

use super::{Local, at, dropped, event, globex, jane};

const RULE: &str = "{ attendees: { some: { account: { exists: true } } } }";

/// An explanation before and after the sync that decides anew.
async fn around(local: &Local) -> (Explanation, Explanation) {
    let before = local.explain().await;
    local.sync().await;
    let after = local.explain().await;
    assert!(!after.moved_since, "{after}");
    (before, after)
}

async fn decided() -> Local {
    Local::decided(RULE, event("QBR", &["ana@us.example", "jane@globex.com"])).await
}

#[tokio::test]
async fn a_changed_event_is_explained_as_it_is_now_and_says_so() {
    let local = decided().await;
    local.put(event("Review", &["ana@us.example", "jane@globex.com"])).await;
    let (before, after) = around(&local).await;
    assert!(before.moved_since);
    assert_eq!((before.title.as_str(), &before.outcome), ("Review", &Outcome::Kept));
    let text = before.to_string();
    assert!(
        text.contains("What it was decided from has changed since; the next sync decides it anew."),
        "{text}"
    );
    assert_eq!((before.outcome, before.attendees), (after.outcome, after.attendees));
}

#[tokio::test]
async fn an_account_that_counts_no_more_shows_what_the_next_sync_will_decide() {
    let local = decided().await;
    local.tenant.local("product").put_accounts([globex().field("stage", "churned")]).await.unwrap();
    let (before, after) = around(&local).await;
    assert!(before.moved_since);
    assert_eq!((&before.outcome, &after.outcome), (&dropped("keep.attendees"), &dropped("keep.attendees")));
}

#[tokio::test]
async fn an_account_that_came_since_is_seen() {
    let local = Local::decided(RULE, event("QBR", &["x@wayne.test"])).await;
    let wayne = Account::new("3", "Wayne").domain("wayne.test").field("stage", "customer");
    local.tenant.local("product").put_accounts([wayne]).await.unwrap();
    let (before, after) = around(&local).await;
    assert_eq!((before.moved_since, &before.outcome, &after.outcome), (true, &Outcome::Kept, &Outcome::Kept));
}

#[tokio::test]
async fn what_changed_without_showing_in_the_output_has_changed_too() {
    // A contact loses its name, which neither rule nor output reads.
    let local = decided().await;
    let mut nameless = jane();
    nameless.name = None;
    local.tenant.local("product").put_contacts([(nameless, vec!["1".to_owned()])]).await.unwrap();
    let (before, _) = around(&local).await;
    assert!(before.moved_since, "the contact that it shows is not the one it was decided from");

    // Dropped before and dropped after, by another clause.
    let rule = "{ all: [{ title: { not: { starts_with: hold } } }, { duration: { at_least: 1h } }] }";
    let local = Local::decided(rule, event("Hold", &[])).await;
    assert_eq!(local.explain().await.outcome, dropped("keep.all[0].title"));
    let mut moved = event("Hold", &["jane@globex.com"]);
    moved.start = EventTime::At(at("2026-03-11T10:00:00Z"));
    moved.end = EventTime::At(at("2026-03-11T10:10:00Z"));
    local.put(moved).await;
    let (before, _) = around(&local).await;
    assert!(before.moved_since, "it is on another day, with somebody else");
}

#[tokio::test]
async fn what_does_not_concern_it_has_not_moved_it() {
    let local = decided().await;
    local
        .tenant
        .local("product")
        .put_accounts([Account::new("9", "Other").domain("other.test")])
        .await
        .unwrap();
    let (before, _) = around(&local).await;
    assert!(!before.moved_since);
}

#[tokio::test]
async fn time_alone_moves_a_decision_that_depends_on_it() {
    let rule = "{ start: { after: now } }";
    let local = Local::decided(rule, event("QBR", &[])).await;
    local.clock.set(at("2026-03-10T09:59:59Z"));
    assert!(!local.explain().await.moved_since);
    local.clock.set(at("2026-03-10T10:00:00Z"));
    let (before, after) = around(&local).await;
    assert!(before.moved_since);
    assert_eq!((before.outcome, after.outcome), (dropped("keep.start"), dropped("keep.start")));
}

#[tokio::test]
async fn a_meeting_whose_event_has_gone_says_that_it_has_moved() {
    let local = decided().await;
    local.tenant.local("product").remove_events([("ana@us.example", "e1")]).await.unwrap();
    let explanation = local.explain().await;
    assert!(explanation.moved_since);
    assert!(explanation.to_string().contains("changed since"));
    local.sync().await;
    assert!(local.tenant.explain(&explanation.meeting.unwrap()).await.is_err());
}

#[tokio::test]
async fn a_meeting_that_became_one_of_a_series_says_that_it_has_moved() {
    let local = decided().await;
    let mut occurrence = event("QBR", &["ana@us.example", "jane@globex.com"]);
    occurrence.original_start = Some(occurrence.start);
    local.put(occurrence).await;
    let (before, after) = around(&local).await;
    assert!(before.moved_since);
    assert_eq!(before.meeting, after.meeting);
}
