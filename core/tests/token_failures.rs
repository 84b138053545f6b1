//! Whose fault it is when no token comes, and what is never shown.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::sync::Arc;
use std::time::Duration;

use acquaint_core::ErrorKind;
use acquaint_core::auth::GrantAuth;
use acquaint_core::error::{Blame, Retry};
use acquaint_core::http::TransportError;
use acquaint_core::keys::Keys;
use acquaint_core::token::{Expiry, GrantKey, GrantState, ReauthReason, Scope, TokenManager, TokenSet};
use support::{Step, Style, World, grant};
use tokio::time::advance;

const JSON: &str = "application/json";

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

async fn state(tokens: &TokenManager) -> GrantState {
    tokens.status(&grant("g1")).await.unwrap().unwrap().state
}

#[tokio::test(start_paused = true)]
async fn a_revoked_grant_asks_for_re_authorisation_and_makes_no_call_after() {
    for (status, body, code) in [
        (400, r#"{"error":"invalid_grant","error_description":"planted"}"#, "invalid_grant"),
        (400, r#"{"error":"invalid_grant","error_subtype":"invalid_rapt"}"#, "invalid_grant"),
        (400, r#"{"error":"invalid_grant","status":"BAD_REFRESH_TOKEN"}"#, "BAD_REFRESH_TOKEN"),
        (400, r#"{"error":"access_denied","status":"BAD_HUB"}"#, "BAD_HUB"),
        (200, r#"{"ok":false,"error":"invalid_grant"}"#, "invalid_grant"),
    ] {
        let world = World::new(Style::Rotates);
        let (tokens, key) = world.expired().await;
        world.provider.then([Step::Answer(status, JSON, body)]);
        for _ in 0..10 {
            let error = world.process().access(&key, &world.auth).await.unwrap_err();
            assert_eq!((error.kind(), error.blame()), (ErrorKind::NeedsReauth, Blame::Tenant), "{body}");
            assert_eq!(error.context("code"), Some(code), "{body}");
            advance(seconds(1000)).await;
        }
        assert_eq!(world.provider.calls(), 1, "{body}");
        let GrantState::NeedsReauth { reason, .. } = state(&tokens).await else { panic!("{body}") };
        assert_eq!(reason, ReauthReason::Revoked { code: code.into() });
    }
}

#[tokio::test(start_paused = true)]
async fn a_new_authorisation_mends_a_revoked_grant() {
    let world = World::new(Style::Rotates);
    let (tokens, key) = world.expired().await;
    world.provider.revoke_grant();
    tokens.access(&key, &world.auth).await.unwrap_err();
    tokens.save_new(&key, world.authorised()).await.unwrap();
    assert_eq!(state(&tokens).await, GrantState::Live);
    tokens.access(&key, &world.auth).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_misconfigured_app_blames_the_operator_and_touches_no_grant() {
    for (status, body) in [
        (401, r#"{"error":"invalid_client"}"#),
        (400, r#"{"error":"unauthorized_client"}"#),
        (400, r#"{"error":"redirect_uri_mismatch"}"#),
        (400, r#"{"error":"invalid_grant","status":"BAD_CLIENT_SECRET"}"#),
        (400, r#"{"error":"some_unheard_of_code"}"#),
    ] {
        let world = World::new(Style::Rotates);
        let (tokens, key) = world.expired().await;
        world.provider.then([Step::Answer(status, JSON, body)]);
        let error = tokens.access(&key, &world.auth).await.unwrap_err();
        assert_eq!((error.kind(), error.blame()), (ErrorKind::Misconfigured, Blame::Operator), "{body}");
        assert!(!error.is_transient());
        assert_eq!(state(&tokens).await, GrantState::Live);
        // As soon as the operator has mended it, it works.
        tokens.access(&key, &world.auth).await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn network_faults_and_nonsense_blame_nobody() {
    for step in [
        Step::Answer(200, "text/html", "<html>please sign in to the hotel's network</html>"),
        Step::Answer(502, "text/html", "<html>planted</html>"),
        Step::Answer(500, JSON, r#"{"error":"invalid_grant"}"#),
        Step::Answer(400, "text/html", "<html>blocked</html>"),
        Step::Answer(403, "text/plain", "planted"),
        Step::Answer(400, JSON, r#"{"error":"temporarily_unavailable"}"#),
        Step::Answer(400, JSON, r#"{"error":{"message":"planted"}}"#),
        Step::Answer(302, "text/html", ""),
        Step::Answer(200, JSON, "{}"),
        Step::Answer(200, JSON, r#"{"access_token":""}"#),
        Step::Answer(200, JSON, "[]"),
        Step::NotSent(TransportError::Connect),
        Step::Later(503, 40),
    ] {
        let world = World::new(Style::Rotates);
        let (tokens, key) = world.expired().await;
        world.provider.then([step.clone()]);
        let error = tokens.access(&key, &world.auth).await.unwrap_err();
        assert_eq!((error.kind(), error.blame()), (ErrorKind::Unavailable, Blame::Provider), "{step:?}");
        assert!(error.is_transient(), "{step:?}");
        assert_eq!(state(&tokens).await, GrantState::Live, "{step:?}");
        // A gateway that got no answer is given as long as the lease would have held.
        advance(seconds(91)).await;
        tokens.access(&key, &world.auth).await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_that_asks_to_slow_down_is_left_alone_by_every_process() {
    let world = World::new(Style::Rotates);
    let (tokens, key) = world.expired().await;
    world.provider.then([Step::Later(429, 120)]);
    let at = world.env.now() + seconds(120);
    for _ in 0..10 {
        for process in [tokens.clone(), world.process()] {
            let error = process.access(&key, &world.auth).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::RateLimited);
            assert_eq!(error.retry_verdict(), Retry::At(at));
        }
        advance(seconds(10)).await;
    }
    assert_eq!(world.provider.calls(), 1);
    advance(seconds(30)).await;
    tokens.access(&key, &world.auth).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn failures_in_a_row_are_spaced_ever_wider() {
    let world = World::new(Style::Rotates);
    let (tokens, key) = world.expired().await;
    world.provider.then(vec![Step::Answer(503, "text/html", ""); 100]);
    for _ in 0..600 {
        tokens.access(&key, &world.auth).await.unwrap_err();
        advance(seconds(1)).await;
    }
    let calls = world.provider.calls();
    assert!((10..20).contains(&calls), "{calls} calls in ten minutes");
}

#[tokio::test(start_paused = true)]
async fn without_a_refresh_token_the_end_is_the_end() {
    let world = World::new(Style::Rotates);
    let (tokens, key) = (world.process(), grant("g1"));
    let mut set = world.authorised();
    set.refresh = Some("".into());
    tokens.save_new(&key, set).await.unwrap();
    advance(seconds(3500)).await;
    tokens.access(&key, &world.auth).await.unwrap();
    advance(seconds(100)).await;
    let error = tokens.access(&key, &world.auth).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NeedsReauth);
    let GrantState::NeedsReauth { reason, .. } = state(&tokens).await else { panic!() };
    assert_eq!(reason, ReauthReason::NoRefreshToken);
    assert_eq!(world.provider.calls(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_repeated_authorisation_without_refresh_token_keeps_the_one_that_works() {
    let world = World::new(Style::Omits);
    let (tokens, key) = world.expired().await;
    tokens.save_new(&key, TokenSet::new("again", world.env.now())).await.unwrap();
    assert!(tokens.status(&key).await.unwrap().unwrap().renewable);
    world.provider.revoke_grant();
    let stamp = tokens.access(&key, &world.auth).await.unwrap().stamp;
    tokens.refused(&key, &world.auth, stamp).await.unwrap_err();
    tokens.save_new(&key, TokenSet::new("again", world.env.now())).await.unwrap();
    assert!(!tokens.status(&key).await.unwrap().unwrap().renewable);
}

#[tokio::test(start_paused = true)]
async fn a_grant_that_is_not_there_says_so() {
    let world = World::new(Style::Rotates);
    let tokens = world.process();
    let error = tokens.access(&grant("g1"), &world.auth).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(!tokens.forget(&grant("g1")).await.unwrap());
    tokens.revoke(&grant("g1"), &world.auth).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_wrong_key_is_a_typed_error_and_writes_nothing() {
    let world = World::new(Style::Rotates);
    let (_, key) = world.expired().await;
    let saves = world.store.saves();
    for keys in [Keys::new("k1", [8; 32]), Keys::new("k2", [7; 32])] {
        let tokens = TokenManager::new(world.store.clone(), Arc::new(keys), world.env.clone());
        let stamp = acquaint_core::http::Stamp(1);
        let errors = [
            tokens.access(&key, &world.auth).await.unwrap_err(),
            tokens.refused(&key, &world.auth, stamp).await.unwrap_err(),
            tokens.save_new(&key, world.authorised()).await.unwrap_err(),
            tokens.status(&key).await.unwrap_err(),
            tokens.revoke(&key, &world.auth).await.unwrap_err(),
        ];
        assert!(errors.iter().all(|error| error.kind() == ErrorKind::Sealed), "{errors:?}");
    }
    assert_eq!((world.store.saves(), world.provider.calls()), (saves, 0));
}

#[tokio::test(start_paused = true)]
async fn one_tenants_credential_does_not_open_as_anothers() {
    let world = World::new(Style::Rotates);
    let (tokens, key) = world.expired().await;
    for other in [grant("g2"), GrantKey { tenant: "globex".into(), grant: "g1".into() }] {
        world.store.copy(&key, &other);
        let error = tokens.access(&other, &world.auth).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Sealed);
    }
    assert_eq!(world.provider.calls(), 0);
}

#[tokio::test(start_paused = true)]
async fn everything_is_sealed_anew_and_the_old_key_can_go() {
    let mut world = World::new(Style::Rotates);
    let old = world.process();
    for index in 0..250 {
        old.save_new(&grant(&format!("g{index:03}")), world.authorised()).await.unwrap();
    }
    world.keys = Keys::new("k2", [9; 32]).retired("k1", [7; 32]);
    let report = world.process().reseal(Scope::All).await.unwrap();
    assert_eq!((report.resealed, report.current, report.failed.len()), (250, 0, 0));
    world.keys = Keys::new("k2", [9; 32]);
    let report = world.process().reseal(Scope::All).await.unwrap();
    assert_eq!((report.resealed, report.current, report.failed.len()), (0, 250, 0));
    world.process().access(&grant("g249"), &world.auth).await.unwrap();
    assert_eq!(old.access(&grant("g249"), &world.auth).await.unwrap_err().kind(), ErrorKind::Sealed);
}

#[tokio::test(start_paused = true)]
async fn sealing_anew_names_what_it_could_not_open() {
    let mut world = World::new(Style::Rotates);
    let (_, key) = world.expired().await;
    let saves = world.store.saves();
    world.keys = Keys::new("k2", [9; 32]);
    let report = world.process().reseal(Scope::Tenant("acme".into())).await.unwrap();
    assert_eq!(report.failed[0].0, key);
    assert_eq!(report.failed[0].1.kind(), ErrorKind::Sealed);
    assert_eq!(world.store.saves(), saves);
}

#[tokio::test(start_paused = true)]
async fn an_expiry_that_is_not_told_is_the_schemes_or_unknown() {
    for (assumed, expected) in [(None, Expiry::Unknown), (Some(seconds(600)), Expiry::Never)] {
        let mut world = World::new(Style::Rotates);
        world.auth = {
            let mut client = support::client();
            client.scheme.token.assumed_life = assumed;
            GrantAuth::OAuth2(client)
        };
        let (tokens, key) = world.expired().await;
        world.provider.then([Step::Answer(200, JSON, r#"{"access_token":"a"}"#)]);
        tokens.access(&key, &world.auth).await.unwrap();
        let expiry = tokens.status(&key).await.unwrap().unwrap().expiry;
        match expected {
            Expiry::Unknown => assert_eq!(expiry, Expiry::Unknown),
            _ => assert_eq!(expiry, Expiry::At(world.env.now() + seconds(600))),
        }
    }
}
