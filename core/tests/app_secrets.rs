//! The product's registration while it changes: two secrets at once, and another client id.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::time::Duration;

use acquaint_core::ErrorKind;
use acquaint_core::auth::GrantAuth;
use acquaint_core::error::Blame;
use acquaint_core::http::{Request, TransportError};
use acquaint_core::oauth::{ClientAuth, OAuth2, OAuth2Client, OAuthApp, exchange, revoke};
use acquaint_core::token::{Expiry, GrantState, ReauthReason, TokenSet};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use support::{Reply, Wired, form, key, url};
use tokio::time::advance;

const HOUR: Duration = Duration::from_secs(3600);

fn client(app: OAuthApp) -> OAuth2Client {
    let mut scheme = OAuth2::new(url("https://id.example/authorize"), url("https://id.example/token"));
    scheme.revoke_url = Some(url("https://id.example/revoke"));
    scheme.token.client_codes = vec!["bad_client_secret".into()];
    OAuth2Client::new(scheme, app)
}

fn two_secrets() -> OAuthApp {
    OAuthApp::new("client-1", "planted-old").also("planted-new")
}

/// A world whose grant has expired, given to `client-1`.
async fn expired(app: OAuthApp) -> Wired {
    let world = Wired::new(GrantAuth::OAuth2(client(app)));
    let mut tokens = TokenSet::new("planted-first", world.env.now());
    tokens.refresh = Some("planted-refresh".into());
    tokens.expiry = Expiry::At(world.env.now() + HOUR);
    tokens.issued_to = Some("client-1".into());
    world.keep(tokens).await;
    advance(HOUR).await;
    world
}

fn refused() -> Reply {
    Reply::Json(401, json!({ "error": "invalid_client", "error_description": "planted" }))
}

/// The client secrets that were sent, in order.
fn secrets(world: &Wired) -> Vec<String> {
    world.wire.forms().iter().map(|form| form["client_secret"].clone()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_refused_secret_makes_way_for_the_other_within_one_renewal() {
    for refusal in [
        refused(),
        Reply::Json(400, json!({ "error": "bad_client_secret" })),
        Reply::Json(200, json!({ "ok": false, "error": "bad_client_secret" })),
        Reply::Json(400, json!({ "error": "invalid_grant", "status": "bad_client_secret" })),
    ] {
        let world = expired(two_secrets()).await;
        world.wire.tokens([refusal.clone()]);
        world.get().await.unwrap();
        assert_eq!(secrets(&world), ["planted-old", "planted-new"], "{refusal:?}");
        // The one that works comes first from now on, in every process that shares the app.
        advance(HOUR).await;
        world.get().await.unwrap();
        assert_eq!(secrets(&world)[2..], ["planted-new"]);
        // Until it is refused in turn.
        advance(HOUR).await;
        world.wire.tokens([refused()]);
        world.get().await.unwrap();
        advance(HOUR).await;
        world.get().await.unwrap();
        assert_eq!(secrets(&world)[3..], ["planted-new", "planted-old", "planted-old"]);
        assert!(world.wire.forms().iter().all(|form| form["refresh_token"] == "planted-refresh"));
    }
}

#[tokio::test(start_paused = true)]
async fn two_refused_secrets_are_the_operators_and_leave_the_grant_alone() {
    let world = expired(two_secrets()).await;
    world.wire.tokens([refused(), refused()]);
    let error = world.get().await.unwrap_err();
    assert_eq!((error.kind(), error.blame()), (ErrorKind::Misconfigured, Blame::Operator));
    assert_eq!(error.context("code"), Some("invalid_client"));
    assert!(!format!("{error:?} {:?}", world.auth).contains("planted"));
    assert_eq!((world.state().await, world.wire.forms().len()), (GrantState::Live, 2));
    world.get().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn the_other_secret_is_not_tried_for_what_is_not_about_the_client() {
    for (reply, kind) in [
        (Reply::Json(400, json!({ "error": "invalid_grant" })), ErrorKind::NeedsReauth),
        (Reply::Json(400, json!({ "error": "unauthorized_client" })), ErrorKind::Misconfigured),
        (Reply::Json(503, json!({ "error": "invalid_client" })), ErrorKind::Unavailable),
        (Reply::Lost(TransportError::Broken), ErrorKind::Unavailable),
    ] {
        let world = expired(two_secrets()).await;
        world.wire.tokens([reply.clone()]);
        assert_eq!(world.get().await.unwrap_err().kind(), kind, "{reply:?}");
        assert_eq!(secrets(&world), ["planted-old"], "{reply:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn both_secrets_together_take_no_longer_than_one_call_may() {
    let world = expired(two_secrets()).await;
    let slow = |body| Reply::Slow(Duration::from_secs(25), body);
    world.wire.tokens([slow(json!({ "error": "invalid_client" })), slow(json!({ "access_token": "late" }))]);
    let began = world.env.now();
    let error = world.get().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_eq!(world.env.now() - began, chrono::TimeDelta::seconds(30));
    // The second request may still be answered, so the refresh token rests until that is over.
    assert!(world.get().await.is_ok());
    assert!(world.env.now() - began >= chrono::TimeDelta::seconds(90));
}

#[tokio::test(start_paused = true)]
async fn a_refused_secret_makes_way_when_codes_are_exchanged_and_grants_revoked() {
    let world = Wired::new(GrantAuth::OAuth2(client(two_secrets())));
    let GrantAuth::OAuth2(client) = &world.auth else { panic!() };
    world.wire.tokens([refused()]);
    let redirect = url("https://product.example/callback");
    let tokens = exchange(&world.env, client, &redirect, &"code".into(), None).await.unwrap();
    assert_eq!(tokens.issued_to.as_deref(), Some("client-1"));
    world.wire.tokens([refused()]);
    revoke(&world.env, client, &tokens.access).await.unwrap();
    assert_eq!(secrets(&world), ["planted-old", "planted-new", "planted-new", "planted-old"]);
}

/// What a server that follows RFC 6749 section 2.3.1 reads.
fn client_of(request: &Request) -> (String, String) {
    let Some(header) = request.headers().get("authorization") else {
        let form = form(request);
        return (form["client_id"].clone(), form["client_secret"].clone());
    };
    assert!(header.is_sensitive() && !form(request).contains_key("client_secret"));
    let encoded = header.to_str().unwrap().strip_prefix("Basic ").unwrap();
    let pair = String::from_utf8(STANDARD.decode(encoded).unwrap()).unwrap();
    let (id, secret) = pair.split_once(':').unwrap();
    let decode = |text: &str| {
        let (name, _) = url::form_urlencoded::parse(text.as_bytes()).next().unwrap();
        name.into_owned()
    };
    (decode(id), decode(secret))
}

#[tokio::test(start_paused = true)]
async fn any_character_of_a_secret_arrives() {
    for secret in ["pass:word", "a+b c", "%41&x=y;", "ü€~*-._!'()", "\"quoted\"\\", "=="] {
        for client_auth in [ClientAuth::Body, ClientAuth::Basic] {
            let mut world = expired(OAuthApp::new("client-1", "wrong").also(secret)).await;
            let GrantAuth::OAuth2(client) = &mut world.auth else { panic!() };
            client.scheme.token.client_auth = client_auth;
            world.wire.tokens([refused()]);
            world.get().await.unwrap();
            let sent: Vec<_> = world.wire.token_requests().iter().map(client_of).collect();
            let pair = |secret: &str| ("client-1".to_owned(), secret.to_owned());
            assert_eq!(sent, [pair("wrong"), pair(secret)], "{client_auth:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_public_client_has_no_secret_to_send() {
    let world = expired(OAuthApp::public("client-1")).await;
    world.get().await.unwrap();
    let form = &world.wire.forms()[0];
    assert!(form["client_id"] == "client-1" && !form.contains_key("client_secret"), "{form:?}");
}

#[tokio::test(start_paused = true)]
async fn a_grant_of_another_client_rests_until_that_one_is_registered_again() {
    let mut world = expired(OAuthApp::new("client-1", "s")).await;
    let former = world.auth.clone();
    world.auth = GrantAuth::OAuth2(client(OAuthApp::new("client-2", "s")));
    let saves = world.store.saves();
    for _ in 0..3 {
        let error = world.get().await.unwrap_err();
        assert_eq!((error.kind(), error.blame()), (ErrorKind::Misconfigured, Blame::Operator));
        assert!(error.advice().unwrap().contains("former app"), "{error}");
        let tokens = world.process();
        let error = tokens.keep_alive(&key(), &world.auth, chrono::TimeDelta::zero()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Misconfigured);
        // It would be told that it knows no such token, as if that were revoked.
        let error = tokens.revoke(&key(), &world.auth).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Misconfigured);
    }
    assert!(world.wire.forms().is_empty() && world.wire.api_requests().is_empty());
    assert_eq!((world.state().await, world.store.saves()), (GrantState::Live, saves));
    world.auth = former;
    world.get().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_refresh_token_never_passes_to_another_client() {
    let mut world = expired(OAuthApp::new("client-1", "s")).await;
    let mut again = TokenSet::new("planted-again", world.env.now());
    again.issued_to = Some("client-2".into());
    world.auth = GrantAuth::OAuth2(client(OAuthApp::new("client-2", "s")));
    world.keep(again.clone()).await;
    assert!(!world.process().status(&key()).await.unwrap().unwrap().renewable);
    world.wire.api([Reply::Json(401, json!({}))]);
    world.get().await.unwrap_err();
    let GrantState::NeedsReauth { reason, .. } = world.state().await else { panic!() };
    assert_eq!((reason, world.wire.forms().len()), (ReauthReason::NoRefreshToken, 0));
}

#[tokio::test(start_paused = true)]
async fn a_grant_of_unknown_origin_belongs_to_the_client_that_renews_it() {
    let mut world = Wired::new(GrantAuth::OAuth2(client(OAuthApp::new("client-1", "s"))));
    let mut brought = TokenSet::new("planted", world.env.now());
    brought.refresh = Some("planted-refresh".into());
    brought.expiry = Expiry::At(world.env.now());
    world.keep(brought).await;
    world.get().await.unwrap();
    advance(HOUR).await;
    world.auth = GrantAuth::OAuth2(client(OAuthApp::new("client-2", "s")));
    assert_eq!(world.get().await.unwrap_err().kind(), ErrorKind::Misconfigured);
    assert_eq!(world.wire.forms().len(), 1);
}
