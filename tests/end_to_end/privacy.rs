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

#[tokio::test]
async fn credentials_rest_encrypted_only() {
    let product = Product::connected().await;
    let _ = product.sync().await;
    // How the sandboxes' tokens begin, and what else must not lie around.
    for secret in ["ya29.", "1//0", "na1-", super::support::SECRET, "planted-session"] {
        assert!(!rests(product.folder.path(), secret), "{secret}");
    }
}
