//! The client-credentials grant: under the product's app, and under a client of the tenant's own.

use std::collections::BTreeSet;
use std::time::Duration;

use acquaint_core::ErrorKind;
use acquaint_core::auth::{Credential, GrantAuth};
use acquaint_core::error::Blame;
use acquaint_core::http::TransportError;
use acquaint_core::oauth::{ClientAuth, ClientCredentials, OAuthApp};
use acquaint_core::token::{GrantState, ReauthReason};
use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::advance;

use crate::support::{Reply, Wired, key, url};

const HOUR: Duration = Duration::from_secs(3600);

fn scheme() -> ClientCredentials {
    let mut scheme = ClientCredentials::new(url("https://id.example/token"));
    scheme.params = vec![("audience".into(), "https://api.example/".into())];
    scheme
}

fn products() -> Wired {
    let app = OAuthApp::new("client-1", "planted-product");
    let mut scheme = scheme();
    scheme.scoped = true;
    Wired::new(GrantAuth::ClientCredentials { scheme, app: Some(app) })
}

/// As Zoom has it: <https://developers.zoom.us/docs/internal-apps/s2s-oauth/>.
fn tenants() -> Wired {
    let mut scheme = scheme();
    scheme.own_client = true;
    scheme.grant_type = "account_credentials".into();
    scheme.fields = vec!["account_id".into()];
    scheme.token.client_auth = ClientAuth::Basic;
    Wired::new(GrantAuth::ClientCredentials { scheme, app: None })
}

fn own() -> Credential {
    let client = Credential::default().with("client_id", "own-1").with("client_secret", "planted-own");
    client.with("account_id", "acc-7")
}

#[tokio::test(start_paused = true)]
async fn the_products_app_asks_for_the_scopes_that_are_needed() {
    let world = products();
    world.connect(&Credential::default(), None, &["crm.read", "users.read"]).await;
    let expected = [
        ("audience", "https://api.example/"),
        ("client_id", "client-1"),
        ("client_secret", "planted-product"),
        ("grant_type", "client_credentials"),
        ("scope", "crm.read users.read"),
    ];
    let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(world.wire.forms(), [expected.into()]);
    world.get().await.unwrap();
    assert_eq!(world.wire.authorizations(), ["Bearer planted-minted-1"]);
    assert_eq!(world.auth.fields(), Vec::<&str>::new());
}

#[tokio::test(start_paused = true)]
async fn a_tenants_own_client_comes_with_its_own_fields() {
    let world = tenants();
    assert_eq!(world.auth.fields(), ["client_id", "client_secret", "account_id"]);
    world.connect(&own(), None, &["crm.read"]).await;
    let expected = [
        ("account_id", "acc-7"),
        ("audience", "https://api.example/"),
        ("grant_type", "account_credentials"),
    ];
    let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(world.wire.forms(), [expected.into()], "nothing is scoped here");
    // base64 of `own-1:planted-own`
    assert_eq!(world.wire.token_requests()[0].headers()["authorization"], "Basic b3duLTE6cGxhbnRlZC1vd24=");
    assert!(!world.store.contains("planted"));

    for (credential, field) in [
        (Credential::default().with("client_id", "planted").with("client_secret", "planted"), "account_id"),
        (own().with("client_secret", " "), "client_secret"),
        (own().with("token", "planted"), "token"),
    ] {
        let error = world.auth.handed_over(&credential, None, Vec::new(), world.env.now()).unwrap_err();
        assert_eq!((error.kind(), error.context("field")), (ErrorKind::Invalid, Some(field)));
        assert!(!format!("{error:?} {credential:?}").contains("planted"));
    }
}

#[tokio::test(start_paused = true)]
async fn many_tasks_in_many_processes_ask_once_when_it_expires() {
    let world = tenants();
    world.connect(&own(), None, &[]).await;
    advance(HOUR).await;
    let slow = json!({ "access_token": "second", "expires_in": "3600" });
    world.wire.tokens([Reply::Slow(Duration::from_secs(5), slow)]);
    let mut tasks = JoinSet::new();
    for _ in 0..4 {
        let tokens = world.process();
        for _ in 0..16 {
            let (tokens, auth) = (tokens.clone(), world.auth.clone());
            tasks
                .spawn(async move { tokens.access(&key(), &auth).await.unwrap().secret.expose().to_owned() });
        }
    }
    let had: BTreeSet<String> = tasks.join_all().await.into_iter().collect();
    assert_eq!(had, BTreeSet::from(["second".to_owned()]));
    assert_eq!(world.wire.forms().len(), 2);
    assert_eq!(world.wire.forms()[0], world.wire.forms()[1], "what was handed over is sent again");
}

#[tokio::test(start_paused = true)]
async fn an_answer_changes_nothing_of_what_is_asked_for_next() {
    let world = products();
    world.wire.tokens([Reply::Json(
        200,
        json!({ "access_token": "a", "expires_in": 3600, "scope": "crm.read", "account_id": "other" }),
    )]);
    world.connect(&Credential::default(), None, &["crm.read", "users.read"]).await;
    let status = world.process().status(&key()).await.unwrap().unwrap();
    assert_eq!(status.scopes.unwrap(), ["crm.read"], "what was granted is known");
    advance(HOUR).await;
    world.get().await.unwrap();
    assert_eq!(world.wire.forms()[1]["scope"], "crm.read users.read");

    let world = tenants();
    let answer = json!({
        "access_token": "a", "expires_in": 3600, "client_secret": "other", "client_id": "other", "account_id": "other",
    });
    world.wire.tokens([Reply::Json(200, answer)]);
    world.connect(&own(), None, &[]).await;
    advance(HOUR).await;
    world.get().await.unwrap();
    assert_eq!(world.wire.forms()[0], world.wire.forms()[1]);
    let [first, second] = &world.wire.token_requests()[..] else { panic!() };
    assert_eq!(first.headers()["authorization"], second.headers()["authorization"]);
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_costs_nothing_but_another_question() {
    for lost in [TransportError::Timeout, TransportError::Broken, TransportError::Connect] {
        let world = tenants();
        world.connect(&own(), None, &[]).await;
        advance(HOUR).await;
        world.wire.tokens([Reply::Lost(lost), Reply::Text(200, "text/html", "<html>")]);
        for _ in 0..2 {
            let error = world.get().await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Unavailable);
            assert_eq!(world.state().await, GrantState::Live);
            // Far less than it takes where a refresh token may have been spent.
            advance(Duration::from_secs(5)).await;
        }
        world.get().await.unwrap();
        advance(HOUR).await;
        // And it is not held against the grant when it ends for another reason.
        world.wire.tokens([Reply::Lost(lost), Reply::Json(401, json!({ "error": "invalid_client" }))]);
        world.get().await.unwrap_err();
        advance(Duration::from_secs(5)).await;
        world.get().await.unwrap_err();
        let GrantState::NeedsReauth { reason, .. } = world.state().await else { panic!() };
        assert_eq!(reason, ReauthReason::Revoked { code: "invalid_client".into() });
    }
}

#[tokio::test(start_paused = true)]
async fn a_401_in_the_middle_renews_once() {
    let world = tenants();
    world.connect(&own(), None, &[]).await;
    world.wire.api([Reply::Json(401, json!({}))]);
    world.get().await.unwrap();
    assert_eq!(world.wire.authorizations(), ["Bearer planted-minted-1", "Bearer planted-minted-2"]);
    advance(Duration::from_secs(10)).await;
    world.wire.api([Reply::Json(401, json!({}))]);
    let error = world.get().await.unwrap_err();
    assert_eq!(
        error.kind(),
        ErrorKind::NeedsReauth,
        "a token that is refused straight away is not the cause"
    );
    assert_eq!(world.wire.forms().len(), 2);
    assert_eq!(world.state().await, GrantState::Live);
}

#[tokio::test(start_paused = true)]
async fn a_refused_client_is_the_owners_to_mend() {
    for (code, status) in [("invalid_client", 401), ("unauthorized_client", 400)] {
        let refusal = || Reply::Json(status, json!({ "error": code, "error_description": "planted" }));
        let world = tenants();
        world.connect(&own(), None, &[]).await;
        advance(HOUR).await;
        world.wire.tokens([refusal()]);
        for _ in 0..3 {
            let error = world.get().await.unwrap_err();
            assert_eq!((error.kind(), error.blame()), (ErrorKind::NeedsReauth, Blame::Tenant), "{code}");
            assert_eq!(error.context("code"), Some(code));
        }
        assert_eq!(world.wire.forms().len(), 2, "no call after");

        let world = products();
        world.connect(&Credential::default(), None, &[]).await;
        advance(HOUR).await;
        world.wire.tokens([refusal()]);
        let error = world.get().await.unwrap_err();
        assert_eq!((error.kind(), error.blame()), (ErrorKind::Misconfigured, Blame::Operator), "{code}");
        assert_eq!(world.state().await, GrantState::Live);
        world.get().await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_that_is_refused_when_connecting_is_not_kept() {
    let world = tenants();
    world.wire.tokens([Reply::Json(401, json!({ "error": "invalid_client" }))]);
    let known = world.auth.handed_over(&own(), None, Vec::new(), world.env.now()).unwrap();
    let error = world.auth.first_tokens(&world.env, known).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NeedsReauth);
    assert!(world.process().status(&key()).await.unwrap().is_none());
}
