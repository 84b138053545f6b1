//! A product's whole life with planted secrets, and a search for them in everything that anybody gets to see.
//!
//! What is searched: all that any crate logs at any level, the Debug of every public value, the JSON of those that
//! have one, every error with its sources, and each byte on the disk. A secret counts as found when twelve bytes of
//! it are, in any of the shapes that encodings give it.
//!
//! Where secrets have to be, nobody looks: in [`acquaint::Begun::url`], which is the person's own, and in requests
//! to the provider.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "secrets/connecting.rs"]
mod connecting;
#[path = "secrets/delivering.rs"]
mod delivering;
#[path = "secrets/ending.rs"]
mod ending;
#[path = "secrets/inventory.rs"]
mod inventory;
#[path = "secrets/keys.rs"]
mod keys;
#[path = "secrets/living.rs"]
mod living;
#[path = "secrets/log.rs"]
mod logging;
#[path = "secrets/needles.rs"]
mod needles;
#[path = "secrets/own.rs"]
mod own;
#[path = "secrets/planted.rs"]
mod planted;
#[path = "secrets/scene.rs"]
mod scene;
#[path = "secrets/searching.rs"]
mod searching;
#[path = "secrets/server.rs"]
mod server;
#[path = "secrets/shown.rs"]
mod shown;
#[path = "secrets/values.rs"]
mod values;

use acquaint::Keys;
use logging::Log;
use planted::KEY;
use scene::Scene;

#[tokio::test]
async fn no_secret_is_found_anywhere() {
    let log = Log::install();
    let scene = Scene::start().await;
    let first = || Keys::new("first", KEY);
    {
        let acquaint = scene.open("product.db", first()).await;
        connecting::preflight(&scene, &acquaint).await;
        connecting::with_consent(&scene, &acquaint).await;
        connecting::without_consent(&scene, &acquaint).await;
        living::reads(&scene, &acquaint).await;
        let connections = acquaint.tenant("acme").connections().await.unwrap();
        living::held(&scene, "product.db", first(), &connections).await;
        living::renews(&scene, &acquaint).await;
        living::kept_alive(&scene, &acquaint).await;
        values::of_oauth(&scene).await;
        values::of_core(&scene, &acquaint, "product.db").await;
        values::of_the_product(&scene, &acquaint).await;
        values::of_the_store(&scene, "product.db").await;
        values::of_a_subscription(&scene, "product.db").await;
        delivering::webhooks(&scene).await;
        ending::disconnected(&scene, &acquaint).await;
        scene.connect(&acquaint, "calendar", planted::ANA).await;
    }
    ending::rekeyed(&scene, "product.db").await;
    ending::destroyed(&scene, "destroyed.db").await;
    scene.closed().await;
    scene.look_at_files("after closing");

    let secrets = scene.heard.all();
    let needles = secrets.needles();
    // The one place where they belong shows that the search would have found them.
    let pages = scene.consent_pages();
    assert!(pages.len() > 30 && pages.iter().all(|page| !needles.find(page.as_str().as_bytes()).is_empty()));

    let (found, searched) = scene.shown.search(&needles, &log);
    let found: Vec<String> = found
        .iter()
        .map(|(place, found)| format!("{} in {place}, at {}: {}", found.what, found.at, found.around))
        .collect();
    assert!(found.is_empty(), "secrets are shown:\n{}", found.join("\n"));

    // None of it is worth anything if little was looked for, or in few places.
    let kinds = secrets.kinds();
    assert!(secrets.len() > 250 && kinds.len() > 25 && needles.shapes() > 2500, "{kinds:?}");
    for kind in [
        "code",
        "state",
        "code_verifier",
        "access_token of an answer",
        "refresh_token of an answer",
        "data key",
    ] {
        assert!(kinds[kind] >= 5, "{kind}: {kinds:?}");
    }
    assert!(searched.texts > 10_000 && searched.json > 1000, "{searched:?}");
    assert!(searched.errors > 100 && searched.error_kinds >= 10, "{searched:?}");
    assert!(searched.files > 15 && searched.file_bytes > 1 << 20, "{searched:?}");
    assert!(searched.log_lines > 10_000 && searched.log_bytes > 1 << 20, "{searched:?}");
    let logged = log.by_crate();
    for name in ["acquaint", "acquaint_core", "reqwest", "hyper_util", "h2", "rustls"] {
        assert!(logged.contains_key(name), "{name} has logged nothing: {logged:?}");
    }
    let files = scene.shown.file_names();
    for name in [
        "product.db after closing",
        "destroyed.db after closing",
        ".db-wal after the first sync",
        ".db-shm after",
    ] {
        assert!(files.iter().any(|file| file.contains(name)), "{name}: {files:?}");
    }
    assert!(files.iter().any(|file| file.contains("/keys/")), "{files:?}");
    assert_eq!(inventory::forgotten(&scene.shown.types()), Vec::<String>::new(), "nobody looked at these");
    println!("{searched:?}; {} secrets in {} shapes; log lines {logged:?}", secrets.len(), needles.shapes());
}
