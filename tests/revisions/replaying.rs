use acquaint::{ChangeKind, FeedEntry};

use super::{World, apply, at, customers, external, kept, manifest, told};

fn titles(entries: &[FeedEntry]) -> Vec<&str> {
    entries.iter().map(|entry| entry.content["title"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn what_was_told_of_a_range_is_told_again_under_ids_of_its_own() {
    let (_, tenant) = World::decided(&external()).await;
    let first = told(&tenant, 0).await;
    let before = tenant.position().await.unwrap();
    let (from, to) = (at("2026-03-03T09:30:00Z"), at("2026-03-05T00:00:00Z"));
    assert_eq!(tenant.replay(from, to).await.unwrap(), 2);
    let again = told(&tenant, before).await;
    assert_eq!(titles(&again), ["QBR", "Hold: QBR"]);
    for entry in &again {
        assert_eq!(entry.change, ChangeKind::Changed);
        let earlier = first.iter().find(|earlier| earlier.meeting == entry.meeting).unwrap();
        assert_eq!((entry.revision, &entry.content), (earlier.revision + 1, &earlier.content));
        assert_ne!(entry.delivery_id(), earlier.delivery_id());
    }
    tenant.sync().await.unwrap().into_result().unwrap();
    assert_eq!(told(&tenant, before).await.len(), 2, "what is told again is decided as before");
    assert_eq!(kept(&tenant).await.len(), 3);
}

#[tokio::test]
async fn what_is_not_kept_is_not_told_again() {
    let (_, tenant) = World::decided(&external()).await;
    apply(&tenant, &customers()).await;
    let before = tenant.position().await.unwrap();
    assert_eq!(tenant.replay(at("2026-01-01T00:00:00Z"), at("2027-01-01T00:00:00Z")).await.unwrap(), 1);
    assert_eq!(titles(&told(&tenant, before).await), ["QBR"]);
    // A change still finds the meeting: what it was decided from is remembered.
    tenant.local("product").remove_accounts(["1"]).await.unwrap();
    tenant.sync().await.unwrap().into_result().unwrap();
    assert_eq!(kept(&tenant).await, Vec::<String>::new());
}

#[tokio::test]
async fn items_are_told_again_with_their_meeting() {
    let sections = manifest(
        "output:\n  meeting: { take: { title: title } }\n  attendance: { take: { who: email, title: meeting.title } }\n",
    );
    let (_, tenant) = World::decided(&sections).await;
    let before = tenant.position().await.unwrap();
    assert_eq!(tenant.replay(at("2026-03-03T00:00:00Z"), at("2026-03-04T00:00:00Z")).await.unwrap(), 1);
    let again = told(&tenant, before).await;
    let found: Vec<_> = again.iter().map(|entry| (entry.section.as_str(), entry.key.as_deref())).collect();
    assert_eq!(found, [("meeting", None), ("attendance", Some("jane@globex.com"))]);
}
