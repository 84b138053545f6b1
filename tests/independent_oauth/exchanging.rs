//! The steps one by one: what the provider makes of a code that is not as it should be.

use acquaint::core::env::SystemEntropy;
use acquaint::core::error::Blame;
use acquaint::core::oauth::{Ask, OAuth2Client, ParsedCallback, authorize, exchange};
use acquaint::core::secret::Secret;
use acquaint::core::token::{Expiry, TokenSet};
use acquaint::{Error, ErrorKind, Result};
use chrono::TimeDelta;
use url::Url;

use crate::browser::{Browser, Person};
use crate::scene::{ANA, CALLBACK, LIFE, Scene};

for_each_client![
    a_code_is_exchanged_for_tokens_that_work,
    a_code_works_once,
    a_code_runs_out,
    a_code_is_worth_nothing_without_its_verifier,
    a_code_is_worth_nothing_with_another_redirect,
    a_wrong_client_secret_does_not_use_up_a_code,
];

/// A code, and what it takes to exchange it.
struct Code {
    code: Secret,
    verifier: Secret,
}

async fn consent(scene: &Scene) -> Code {
    let scopes = ["email".to_owned()];
    let mut ask = Ask::new(&scopes);
    ask.login_hint = Some(ANA);
    let begun = authorize(&scene.oauth2(), &redirect(), ask, &SystemEntropy);
    let landed = Browser::new().visit(&begun.url, ANA, Person::Consents).await;
    let ParsedCallback::Granted { code, state, .. } = ParsedCallback::parse(landed.query().unwrap()).unwrap()
    else {
        panic!("the person consents");
    };
    assert_eq!(state.expose(), begun.state.expose());
    Code { code, verifier: begun.verifier.unwrap() }
}

fn redirect() -> Url {
    CALLBACK.parse().unwrap()
}

async fn exchanged(scene: &Scene, auth: &OAuth2Client, code: &Code) -> Result<TokenSet> {
    exchange(&scene.env(), auth, &redirect(), &code.code, Some(&code.verifier)).await
}

fn assert_refused(error: &Error) {
    assert_eq!((error.kind(), error.blame()), (ErrorKind::NeedsReauth, Blame::Tenant), "{error}");
    assert_eq!(error.context("code"), Some("invalid_grant"));
    assert!(error.to_string().contains("begin connecting again"), "{error}");
}

async fn a_code_is_exchanged_for_tokens_that_work(scene: Scene) {
    let code = consent(&scene).await;
    let tokens = exchanged(&scene, &scene.oauth2(), &code).await.unwrap();
    assert!(scene.accepts(&tokens.access).await);
    assert!(tokens.refresh.is_some());
    assert_eq!(tokens.expiry, Expiry::At(tokens.obtained + TimeDelta::seconds(LIFE.into())));
    let mut scopes = tokens.scopes.unwrap();
    scopes.sort();
    assert_eq!(scopes, ["email", "offline_access", "openid"]);
    assert!(tokens.named.contains_key("id_token"));
    assert_eq!(tokens.extra["token_type"], "Bearer");
}

async fn a_code_works_once(scene: Scene) {
    let code = consent(&scene).await;
    let tokens = exchanged(&scene, &scene.oauth2(), &code).await.unwrap();
    assert_refused(&exchanged(&scene, &scene.oauth2(), &code).await.unwrap_err());
    // The provider takes it for stolen, and with it all that it gave.
    assert!(!scene.accepts(&tokens.access).await);
}

async fn a_code_runs_out(scene: Scene) {
    let code = consent(&scene).await;
    scene.pass(61);
    assert_refused(&exchanged(&scene, &scene.oauth2(), &code).await.unwrap_err());
}

async fn a_code_is_worth_nothing_without_its_verifier(scene: Scene) {
    let (env, auth, redirect) = (scene.env(), scene.oauth2(), redirect());
    let (code, other) = (consent(&scene).await, consent(&scene).await);
    for verifier in [Some(&other.verifier), None] {
        assert_refused(&exchange(&env, &auth, &redirect, &code.code, verifier).await.unwrap_err());
    }
    exchanged(&scene, &auth, &code).await.unwrap();
}

async fn a_code_is_worth_nothing_with_another_redirect(scene: Scene) {
    let (env, auth) = (scene.env(), scene.oauth2());
    let code = consent(&scene).await;
    for other in ["https://product.example/callback/", "https://other.example/callback"] {
        let other = other.parse().unwrap();
        assert_refused(&exchange(&env, &auth, &other, &code.code, Some(&code.verifier)).await.unwrap_err());
    }
    exchanged(&scene, &auth, &code).await.unwrap();
}

async fn a_wrong_client_secret_does_not_use_up_a_code(scene: Scene) {
    let code = consent(&scene).await;
    let wrong = OAuth2Client::new(scene.scheme(), scene.client.wrong_app());
    let error = exchanged(&scene, &wrong, &code).await.unwrap_err();
    assert_eq!((error.kind(), error.blame()), (ErrorKind::Misconfigured, Blame::Operator), "{error}");
    assert_eq!(error.context("code"), Some("invalid_client"));
    exchanged(&scene, &scene.oauth2(), &code).await.unwrap();
}
