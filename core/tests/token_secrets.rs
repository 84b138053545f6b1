//! What is never shown. Alone in its process, because what is logged is decided for a whole process.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::time::Duration;

use acquaint_core::auth::{Carry, Credential, Fixed, GrantAuth};
use acquaint_core::http::TransportError;
use support::{Log, Reply, Step, Style, Wired, World};

const JSON: &str = "application/json";

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

async fn of_a_key_in_the_query() -> String {
    let scheme = Fixed::token("API key", Carry::Query { name: "key".into() });
    let world = Wired::new(GrantAuth::Fixed { scheme, app: None });
    world.connect(&Credential::token("planted"), None, &[]).await;
    world.wire.api([
        Reply::Json(503, serde_json::Value::Null),
        Reply::Lost(TransportError::Timeout),
        Reply::Json(401, serde_json::Value::Null),
    ]);
    let errors = [world.get().await.unwrap_err(), world.get().await.unwrap_err()];
    assert_eq!(world.wire.api_requests().len(), 3);
    format!("{errors:?} {} {} {:?}", errors[0], errors[1], world.client())
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
    shown += &of_a_key_in_the_query().await;
    shown += &log.text();
    for text in ["could not be renewed", "repeating a call"] {
        assert!(log.text().contains(text), "{}", log.text());
    }
    assert!(!shown.contains("planted"), "{shown}");
}
