use acquaint::{Announce, ChangeKind, FeedEntry, Manifest, Tenant};

use super::{World, customers, event, external, kept, told};

async fn announced(tenant: &Tenant, manifest: &Manifest, announce: Announce) -> Vec<FeedEntry> {
    let before = tenant.position().await.unwrap();
    let _ = tenant.apply(manifest).announce(announce).run().await.unwrap();
    told(tenant, before).await
}

#[tokio::test]
async fn silently_applied_nothing_is_announced_until_a_meeting_changes() {
    let (_, tenant) = World::decided(&external()).await;
    assert_eq!(announced(&tenant, &customers(), Announce::None).await, []);
    assert_eq!(kept(&tenant).await, ["QBR"]);
    let before = tenant.position().await.unwrap();
    let moved = event("qbr", "QBR of Globex", &["jane@globex.com"], 3);
    tenant.local("product").put_events([moved]).await.unwrap();
    tenant.sync().await.unwrap().into_result().unwrap();
    let told = told(&tenant, before).await;
    assert_eq!(told.len(), 1);
    assert_eq!((told[0].change, &told[0].content["account"]), (ChangeKind::Changed, &"Globex".into()));
}

#[tokio::test]
async fn changes_of_what_is_kept_are_announced_without_those_of_content() {
    let (_, tenant) = World::decided(&external()).await;
    let told = announced(&tenant, &customers(), Announce::KeptChanges).await;
    assert_eq!(told.iter().map(|entry| entry.change).collect::<Vec<_>>(), [ChangeKind::Removed; 2]);
}

#[tokio::test]
async fn what_was_lost_silently_is_added_when_it_comes_back() {
    let (_, tenant) = World::decided(&external()).await;
    announced(&tenant, &customers(), Announce::None).await;
    let told = announced(&tenant, &external(), Announce::All).await;
    let mut changes: Vec<_> =
        told.iter().map(|entry| (entry.change, entry.content["title"].clone())).collect();
    changes.sort_by_key(|(_, title)| title.to_string());
    assert_eq!(
        changes,
        [
            (ChangeKind::Added, "Demo".into()),
            (ChangeKind::Added, "Hold: QBR".into()),
            (ChangeKind::Changed, "QBR".into()),
        ]
    );
}

#[tokio::test]
async fn a_new_meeting_is_announced_under_a_revision_that_was_applied_silently() {
    let (_, tenant) = World::decided(&external()).await;
    announced(&tenant, &customers(), Announce::None).await;
    let before = tenant.position().await.unwrap();
    tenant.local("product").put_events([event("new", "Visit", &["jane@globex.com"], 9)]).await.unwrap();
    tenant.sync().await.unwrap().into_result().unwrap();
    assert_eq!(told(&tenant, before).await.len(), 1);
}
