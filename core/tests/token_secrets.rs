//! What is never shown. Alone in its process, because what is logged is decided for a whole process.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::time::Duration;

use acquaint_core::http::TransportError;
use support::{Log, Step, Style, World};

const JSON: &str = "application/json";

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[tokio::test(start_paused = true)]
async fn no_planted_secret_is_ever_shown() {
    let log = Log::default();
    let _guard = tracing::subscriber::set_default(log.clone());
    let mut shown = String::new();
    for step in [
        Step::Work,
        Step::Answer(400, JSON, r#"{"error":"planted-1x","status":"planted-2x","message":"planted"}"#),
        Step::Answer(400, JSON, r#"{"error":"invalid_grant","error_description":"planted"}"#),
        Step::Answer(400, JSON, r#"{"error":"invalid_client","access_token":"planted"}"#),
        Step::Answer(200, JSON, r#"{"access_token":"planted" "#),
        Step::Answer(200, JSON, r#"{"access_token":"planted\nheader"}"#),
        Step::Answer(502, "text/html", "planted"),
        Step::Lost(seconds(1), TransportError::Broken),
        Step::NotSent(TransportError::Connect),
    ] {
        let world = World::new(Style::Rotates);
        let (tokens, key) = world.expired().await;
        world.provider.then([step]);
        let bearer = tokens.authenticator(key.clone(), world.auth.clone());
        let mut request = acquaint_core::http::Request::default();
        let outcome = acquaint_core::http::Authenticator::authenticate(&bearer, &mut request).await;
        if let Err(error) = &outcome {
            shown += &format!("{error} {error:?} ");
        }
        let access = tokens.access(&key, &world.auth).await;
        let status = tokens.status(&key).await;
        shown +=
            &format!("{outcome:?} {request:?} {access:?} {status:?} {tokens:?} {bearer:?} {:?}", world.auth);
        for text in ["planted", "refresh-1"] {
            assert!(!world.store.contains(text));
        }
    }
    shown += &log.text();
    assert!(log.text().contains("could not be renewed"), "{}", log.text());
    assert!(!shown.contains("planted"), "{shown}");
}
