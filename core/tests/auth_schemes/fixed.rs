//! What is handed over once: private-app tokens, API keys, passwords.

use acquaint_core::ErrorKind;
use acquaint_core::auth::{Carry, Credential, Fixed, GrantAuth};
use acquaint_core::error::Blame;
use acquaint_core::http::TransportError;
use acquaint_core::token::{Expiry, GrantState, ReauthReason};
use chrono::TimeDelta;
use serde_json::json;
use std::time::Duration;
use tokio::time::advance;

use crate::support::{Reply, Wired, key};

fn fixed(scheme: Fixed) -> Wired {
    Wired::new(GrantAuth::Fixed { scheme, app: None })
}

fn private_app() -> Wired {
    fixed(Fixed::token("Private app access token", Carry::Bearer))
}

fn in_header(name: &'static str, prefix: &str) -> Carry {
    Carry::Header { name: http::HeaderName::from_static(name), prefix: prefix.into() }
}

#[tokio::test(start_paused = true)]
async fn a_private_apps_token_is_sent_as_bearer_for_ever_and_never_renewed() {
    let world = private_app();
    world.connect(&Credential::token("  pat-na1-planted\n"), None, &["ignored"]).await;
    assert_eq!(world.process().status(&key()).await.unwrap().unwrap().expiry, Expiry::Never);
    for _ in 0..3 {
        world.get().await.unwrap();
        advance(Duration::from_secs(400 * 86_400)).await;
    }
    assert_eq!(world.wire.authorizations(), ["Bearer pat-na1-planted"; 3]);
    assert!(world.wire.api_requests()[0].headers()["authorization"].is_sensitive());
    let tokens = world.process();
    assert!(!tokens.keep_alive(&key(), &world.auth, TimeDelta::zero()).await.unwrap());
    assert!(world.wire.forms().is_empty());
    assert!(!world.store.contains("planted"));
}

#[tokio::test(start_paused = true)]
async fn a_key_may_travel_in_a_header_of_its_own() {
    for (name, prefix, sent) in [
        ("x-api-token", "", "planted"),
        ("x-api-key", "Key token=", "Key token=planted"),
        ("authorization", "Zoho-oauthtoken ", "Zoho-oauthtoken planted"),
    ] {
        let world = fixed(Fixed::token("API key", in_header(name, prefix)));
        world.connect(&Credential::token("planted"), None, &[]).await;
        world.get().await.unwrap();
        let headers = world.wire.api_requests()[0].headers().clone();
        assert_eq!(headers[name], sent);
        assert!(headers[name].is_sensitive());
        assert_eq!(headers.contains_key("authorization"), name == "authorization");
    }
}

#[tokio::test(start_paused = true)]
async fn a_key_in_the_query_is_sent_once_and_shown_nowhere() {
    let world = fixed(Fixed::token("API key", Carry::Query { name: "api_key".into() }));
    world.connect(&Credential::token("planted+&= é"), None, &[]).await;
    world.wire.api([
        Reply::Lost(TransportError::Broken),
        Reply::Json(503, json!({})),
        Reply::Json(400, json!({ "error": "planted" })),
    ]);
    let error = world.get().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    world.wire.api([Reply::Lost(TransportError::Unsendable), Reply::Json(401, json!({}))]);
    let unsendable = world.get().await.unwrap_err();
    let refused = world.get().await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::NeedsReauth);
    let shown = format!("{error} {error:?} {unsendable:?} {refused:?} {:?}", world.client());
    assert!(!shown.contains("planted") && shown.contains("things.list"), "{shown}");
    for request in world.wire.api_requests() {
        let query = request.uri().query().unwrap();
        assert_eq!(query, "page=2&api_key=planted%2B%26%3D+%C3%A9");
        assert!(!request.headers().contains_key("authorization"));
    }
}

#[tokio::test(start_paused = true)]
async fn basic_is_as_rfc_7617_says() {
    for (user, password, sent) in [
        // The two examples of the RFC, with and without UTF-8.
        ("Aladdin", "open sesame", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="),
        ("test", "123£", "Basic dGVzdDoxMjPCow=="),
        ("api-key", "", "Basic YXBpLWtleTo="),
        ("jane", " a:b ", "Basic amFuZTogYTpiIA=="),
    ] {
        let world = fixed(Fixed::basic());
        world.connect(&Credential::basic(user, password), None, &[]).await;
        world.get().await.unwrap();
        assert_eq!(world.wire.authorizations(), [sent]);
    }
}

#[test]
fn what_is_missing_unknown_or_unusable_is_named_and_not_shown() {
    let token = || Fixed::token("API key", Carry::Bearer);
    let two = || token().field("account", "Account");
    let basic = Fixed::basic;
    for (scheme, credential, field) in [
        (token(), Credential::default(), "token"),
        (token(), Credential::token(" \n"), "token"),
        (token(), Credential::token("planted").with("account", "planted"), "account"),
        (token(), Credential::basic("planted", "planted"), "password"),
        (token(), Credential::token("planted\nplanted"), "token"),
        (token(), Credential::token("“planted”"), "token"),
        (two(), Credential::token("planted"), "account"),
        (two(), Credential::token("planted").with("account", ""), "account"),
        (basic(), Credential::basic("", "planted"), "username"),
        (basic(), Credential::basic("planted:planted", "planted"), "username"),
        (basic(), Credential::token("planted"), "token"),
    ] {
        let fields: Vec<String> = scheme.fields.iter().map(|field| field.name.clone()).collect();
        let auth = GrantAuth::Fixed { scheme, app: None };
        let now = chrono::DateTime::UNIX_EPOCH;
        let error = auth.handed_over(&credential, None, Vec::new(), now).unwrap_err();
        assert_eq!((error.kind(), error.blame()), (ErrorKind::Invalid, Blame::Caller));
        assert_eq!(error.context("field"), Some(field), "{error}");
        assert!(fields.iter().all(|name| error.advice().unwrap().contains(name)), "{error}");
        assert!(!format!("{error} {error:?} {credential:?}").contains("planted"), "{error:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_key_ends_once_and_is_not_sent_again() {
    let world = private_app();
    world.connect(&Credential::token("planted"), None, &[]).await;
    world.wire.api([Reply::Json(401, json!({ "category": "INVALID_AUTHENTICATION" }))]);
    for _ in 0..5 {
        let error = world.get().await.unwrap_err();
        assert_eq!((error.kind(), error.blame()), (ErrorKind::NeedsReauth, Blame::Tenant));
        assert!(error.to_string().contains("a new one"), "{error}");
        advance(Duration::from_secs(3600)).await;
    }
    assert_eq!((world.wire.api_requests().len(), world.wire.forms().len()), (1, 0));
    let GrantState::NeedsReauth { reason, since } = world.state().await else { panic!() };
    assert_eq!(reason, ReauthReason::Refused);
    assert!(since < world.env.now() - TimeDelta::hours(4), "it ended once");

    world.connect(&Credential::token("mended"), None, &[]).await;
    world.get().await.unwrap();
    assert_eq!(world.wire.authorizations()[1], "Bearer mended");
}
