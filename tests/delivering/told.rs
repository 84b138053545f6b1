//! What is delivered when nothing fails.

use acquaint::{ChangeKind, DeliveryQuery, DeliveryStatus};
use serde_json::json;

use crate::world::{World, deliver, event, manifest, put, stands, sync};

#[tokio::test]
async fn changing_one_record_costs_one_delivery_and_changing_nothing_none() {
    let world = World::new();
    let (acquaint, tenant) = world.tenant("[product]").await;
    for id in ["e1", "e2", "e3"] {
        put(&tenant, id, id).await;
    }
    sync(&tenant).await;
    // A meeting and an attendance each.
    assert_eq!(deliver(&acquaint).await, (6, 0, 0));
    assert_eq!(world.product.has(tenant.id()), stands(&tenant).await);
    sync(&tenant).await;
    assert_eq!(deliver(&acquaint).await, (0, 0, 0));

    put(&tenant, "e2", "moved").await;
    sync(&tenant).await;
    world.product.attempts();
    assert_eq!(deliver(&acquaint).await, (2, 0, 0));
    let attempts = world.product.attempts();
    assert!(attempts.iter().all(|attempt| attempt.content["title"] == "moved" && !attempt.backfill));
    assert!(attempts.iter().all(|attempt| attempt.change == ChangeKind::Changed && attempt.revision == 2));

    tenant.local("product").remove_events([("ana", "e2")]).await.unwrap();
    sync(&tenant).await;
    assert_eq!(deliver(&acquaint).await, (2, 0, 0));
    assert!(world.product.attempts().iter().all(|attempt| attempt.change == ChangeKind::Removed));
    assert_eq!(world.product.has(tenant.id()), stands(&tenant).await);
    // The other destination is not named.
    assert_eq!(world.audit.attempts(), []);
    world.all_in_order();
}

#[tokio::test]
async fn a_delivery_says_all_that_a_receiver_goes_by() {
    let world = World::new();
    let (acquaint, tenant) = world.tenant("[product]").await;
    put(&tenant, "e1", "urgent: QBR").await;
    sync(&tenant).await;
    deliver(&acquaint).await;
    let attempts = world.product.attempts();
    let [itself, item] = &attempts[..] else { panic!("{attempts:?}") };
    let id = itself.subject.meeting.clone();
    assert_eq!(
        (itself.id.clone(), item.id.clone()),
        (format!("{id}:1"), format!("{id}/attendance/jane@globex.com:1"))
    );
    let payload = itself.payload();
    assert_eq!(
        (
            &payload["type"],
            &payload["data"]["version"],
            &payload["data"]["priority"],
            &payload["data"]["content"]
        ),
        (
            &json!("meeting.added"),
            &json!(1),
            &json!(10),
            &json!({ "title": "urgent: QBR", "account": "Globex" })
        )
    );
    assert_eq!(item.payload()["type"], "attendance.added");
    // It was there before anybody listened.
    assert!(itself.backfill);
}

#[tokio::test]
async fn what_comes_after_the_first_sync_is_news() {
    let world = World::new();
    let (acquaint, tenant) = world.tenant("[product]").await;
    put(&tenant, "e1", "old").await;
    sync(&tenant).await;
    put(&tenant, "e2", "new").await;
    sync(&tenant).await;
    deliver(&acquaint).await;
    let mut backfill: Vec<_> =
        world.product.attempts().iter().map(|one| (one.content["title"].to_string(), one.backfill)).collect();
    backfill.dedup();
    // And news comes first.
    assert_eq!(backfill, [("\"new\"".to_owned(), false), ("\"old\"".to_owned(), true)]);
}

#[tokio::test]
async fn a_destination_that_a_revision_adds_gets_all_that_stands_and_one_that_it_drops_gets_nothing_more() {
    let world = World::new();
    let (acquaint, tenant) = world.tenant("[product]").await;
    for id in ["e1", "e2"] {
        put(&tenant, id, id).await;
    }
    sync(&tenant).await;
    assert_eq!(deliver(&acquaint).await, (4, 0, 0));
    put(&tenant, "e3", "never delivered to product").await;
    sync(&tenant).await;

    let applied = tenant.apply(&manifest("[audit]")).run().await.unwrap();
    assert!(matches!(applied, acquaint::Applied::Done { changes: 0, .. }), "{applied:?}");
    world.product.attempts();
    assert_eq!(deliver(&acquaint).await, (6, 0, 0));
    assert!(world.audit.attempts().iter().all(|attempt| attempt.backfill));
    assert_eq!(world.audit.has(tenant.id()), stands(&tenant).await);
    assert_eq!(world.product.attempts(), []);
    let destinations = tenant.destinations().await.unwrap();
    let found: Vec<_> = destinations
        .iter()
        .map(|known| (known.outlet.destination.as_str(), known.pending, known.delivered))
        .collect();
    assert_eq!(found, [("audit", 0, 6)]);
}

#[tokio::test]
async fn what_another_revision_decides_otherwise_is_backfill() {
    let world = World::new();
    let (acquaint, tenant) = world.tenant("[product]").await;
    put(&tenant, "e1", "x").await;
    sync(&tenant).await;
    deliver(&acquaint).await;
    world.product.attempts();
    let other = acquaint::Manifest::parse(
        "{acquaint: 1, name: other, sources: {product: {connector: local}}, output: {title: title}, deliver: [product]}",
    );
    let applied = tenant.apply(&other.unwrap()).run().await.unwrap();
    assert!(matches!(applied, acquaint::Applied::Done { .. }), "{applied:?}");
    deliver(&acquaint).await;
    let attempts = world.product.attempts();
    assert!(!attempts.is_empty() && attempts.iter().all(|attempt| attempt.backfill), "{attempts:?}");
}

#[tokio::test]
async fn a_replay_delivers_again_under_a_new_id() {
    let world = World::new();
    let (acquaint, tenant) = world.tenant("[product]").await;
    put(&tenant, "e1", "x").await;
    sync(&tenant).await;
    deliver(&acquaint).await;
    let first = world.product.attempts();
    let (from, to) = (crate::world::at("2026-03-01T00:00:00Z"), crate::world::at("2026-04-01T00:00:00Z"));
    assert_eq!(tenant.replay(from, to).await.unwrap(), 1);
    assert_eq!(deliver(&acquaint).await, (2, 0, 0));
    let again = world.product.attempts();
    let ids = |attempts: &[acquaint::Delivery]| -> Vec<String> {
        attempts.iter().map(|attempt| attempt.id.replace(":2", ":1")).collect()
    };
    assert_eq!(ids(&again), ids(&first));
    assert!(
        again.iter().zip(&first).all(|(again, first)| again.id != first.id && again.content == first.content)
    );
}

#[tokio::test]
async fn what_changes_several_times_is_delivered_once_as_it_is() {
    let world = World::new();
    let (acquaint, tenant) = world.tenant("[product]").await;
    for title in ["one", "two", "three"] {
        tenant.local("product").put_events([event("e1", title, &["jane@globex.com"])]).await.unwrap();
        sync(&tenant).await;
    }
    assert_eq!(deliver(&acquaint).await, (2, 0, 0));
    let attempts = world.product.attempts();
    assert!(attempts.iter().all(|one| (one.revision, &one.content["title"]) == (3, &json!("three"))));
    // It never heard of the meeting before.
    assert!(attempts.iter().all(|one| one.change == ChangeKind::Added));
    let mut query = DeliveryQuery::default();
    query.meeting = Some(attempts[0].subject.meeting.clone());
    let rows = tenant.deliveries(&query).await.unwrap();
    assert_eq!(rows.len(), 2);
    assert!(rows.iter().all(|row| row.status == DeliveryStatus::Delivered && row.attempts == 1));
}

#[tokio::test]
async fn a_manifest_names_only_what_is_registered() {
    let world = World::new();
    let acquaint = world.engine(&manifest("[product, audit]"), &acquaint_testkit::Script::new()).await;
    assert_eq!(acquaint.manifest().destinations().len(), 2);
    let refused = acquaint::Acquaint::builder()
        .manifest(manifest("[produkt]"))
        .store(std::sync::Arc::clone(&world.store))
        .destination("product", world.product.clone())
        .build()
        .await
        .unwrap_err();
    let said = refused.to_string();
    assert!(said.contains("no destination `produkt` is registered; known are product"), "{said}");
    assert!(said.contains("did you mean `product`?"), "{said}");
}

#[tokio::test]
async fn a_worker_delivers_what_it_has_decided() {
    let world = World::new();
    let (acquaint, tenant) = world.tenant("[audit, product]").await;
    // One that hangs is not waited for.
    world.audit.is(crate::receiver::Mood::Hangs);
    put(&tenant, "e1", "x").await;
    let has_all = async {
        while world.product.has(tenant.id()).len() < 2 {
            tokio::task::yield_now().await;
        }
    };
    let worked = acquaint.run(has_all).await;
    assert!(worked.delivered <= 2, "{worked:?}");
    assert_eq!(world.product.has(tenant.id()), stands(&tenant).await);
    world.all_in_order();
}
