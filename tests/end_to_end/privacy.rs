//! What must not rest in the database.

use std::path::Path;

use acquaint::Manifest;
use serde_json::json;

use super::Product;
use super::support::{ANA, MANIFEST, World, at, meeting};

/// Whether any file of the folder holds these bytes, the write-ahead log included.
fn rests(folder: &Path, text: &str) -> bool {
    std::fs::read_dir(folder).unwrap().any(|file| {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    })
}

async fn synced(manifest: &str) -> Product {
    let world = World::on_loopback(at("2026-03-02T08:00:00Z")).await;
    world.fill();
    let mut event = meeting("secret", "Planted title", "2026-03-04T14:00:00Z", &[ANA, "jane@globex.com"]);
    event["description"] = "planted description".into();
    event["attachments"] =
        json!([{ "fileUrl": "https://files.example/planted-attachment", "title": "Offer" }]);
    world.google.insert_event(ANA, event).unwrap();
    let manifest = Manifest::parse(manifest).unwrap();
    let product = Product::of(world, |builder| builder.manifest(manifest)).await;
    let _ = product.sync().await;
    // Once more as an increment, which takes another way through the connector.
    let again = json!({ "description": "planted description again" });
    product.world.google.patch_event(ANA, "secret", again).unwrap();
    let _ = product.sync().await;
    product
}

#[tokio::test]
async fn what_privacy_drops_never_reaches_the_database() {
    let product = synced(MANIFEST).await;
    let folder = product.folder.path();
    assert!(rests(folder, "Planted title"));
    assert!(!rests(folder, "planted description"));
    assert!(!rests(folder, "planted-attachment"));
    let meetings = product.tenant.meetings().all().await.unwrap();
    assert!(meetings.iter().all(|meeting| meeting.description.is_none()));

    let everything = MANIFEST.replace("  drop: [description, attachments]\n", "  drop: []\n");
    assert_ne!(everything, MANIFEST);
    let product = synced(&everything).await;
    assert!(
        rests(product.folder.path(), "planted description again"),
        "where nothing is dropped all of it is there"
    );
    assert!(rests(product.folder.path(), "planted-attachment"));
}

/// With a private event of which everything is planted, read as a baseline and as an increment.
async fn with_a_private_event(manifest: &str) -> Product {
    let world = World::on_loopback(at("2026-03-02T08:00:00Z")).await;
    world.fill();
    let mut event =
        meeting("doctor", "Planted doctor", "2026-03-04T14:00:00Z", &[ANA, "planted.guest@clinic.example"]);
    event["visibility"] = "private".into();
    event["location"] = "Planted place".into();
    event["eventType"] = "outOfOffice".into();
    world.google.insert_event(ANA, event).unwrap();
    let manifest = Manifest::parse(manifest).unwrap();
    let product = Product::of(world, |builder| builder.manifest(manifest)).await;
    let _ = product.sync().await;
    product.world.google.patch_event(ANA, "doctor", json!({ "summary": "Planted surgeon" })).unwrap();
    let _ = product.sync().await;
    product
}

fn busy_only() -> String {
    MANIFEST.replace("privacy:\n", "privacy:\n  private_events: busy_only\n")
}

const PLANTED: [&str; 4] = ["Planted doctor", "Planted surgeon", "planted.guest", "Planted place"];

/// The meeting of the private event.
async fn private(product: &Product) -> acquaint::Meeting {
    let meetings = product.tenant.meetings().all().await.unwrap();
    meetings.into_iter().find(|meeting| meeting.private).unwrap()
}

#[tokio::test]
async fn of_private_events_only_their_times_reach_the_database() {
    let product = with_a_private_event(MANIFEST).await;
    for planted in ["Planted surgeon", "planted.guest", "Planted place"] {
        assert!(rests(product.folder.path(), planted), "{planted}");
    }
    let whole = private(&product).await;

    let product = with_a_private_event(&busy_only()).await;
    for planted in PLANTED {
        assert!(!rests(product.folder.path(), planted), "{planted}");
    }
    let meeting = private(&product).await;
    assert_eq!((meeting.start, meeting.end, meeting.status), (whole.start, whole.end, whole.status));
    assert_eq!((meeting.title.as_str(), meeting.attendees.len()), ("", 0));
    let said = product.tenant.explain(&meeting.id).await.unwrap().withheld;
    assert!(said.iter().any(|said| said.contains("nothing of private events is stored")), "{said:?}");

    product.world.google.patch_event(ANA, "doctor", json!({ "visibility": "default" })).unwrap();
    let _ = product.sync().await;
    assert!(product.titles().await.contains(&"Planted surgeon".to_owned()), "it is private no more");
}

#[tokio::test]
async fn what_a_new_revision_keeps_out_is_taken_out_of_the_database() {
    let product = with_a_private_event(MANIFEST).await;
    let tightened = Manifest::parse(&busy_only()).unwrap();
    let plan = product.tenant.plan(&tightened).await.unwrap();
    assert!(plan.to_string().contains("`private_events` is kept out"), "{plan}");
    assert_eq!(plan.counts, Default::default(), "of a private meeting nothing but times was used before");
    let applied = product.tenant.apply(&tightened).as_planned(&plan.hash).run().await.unwrap();
    assert!(matches!(applied, acquaint::Applied::Done { .. }), "{applied:?}");
    let connection = product.connection(ANA).await.id;
    let records = product.tenant.records(&connection, "events").partition(ANA).all().await.unwrap();
    assert!(records.len() > 1, "{records:?}");
    for record in records {
        let raw = String::from_utf8_lossy(&record.raw).into_owned();
        assert!(PLANTED.iter().all(|planted| !raw.contains(planted)), "{raw}");
    }
    // Nor does the next baseline bring it in again.
    let _ = product.sync().await;
    assert!(private(&product).await.title.is_empty());
}

#[tokio::test]
async fn credentials_rest_encrypted_only() {
    let product = Product::connected().await;
    let _ = product.sync().await;
    // How the sandboxes' tokens begin, and what else must not lie around.
    for secret in ["ya29.", "1//0", "na1-", super::support::SECRET, "planted-session"] {
        assert!(!rests(product.folder.path(), secret), "{secret}");
    }
}
