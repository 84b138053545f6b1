//! Codes into tokens: what is sent, and how bent an answer may be.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use acquaint_core::http::{HttpTransport, Request, Response, TransportError};
use acquaint_core::oauth::{ClientAuth, OAuth2Client, exchange, revoke};
use acquaint_core::secret::Secret;
use acquaint_core::token::{Expiry, TokenSet};
use acquaint_core::{ErrorKind, Result, async_trait};
use bytes::Bytes;
use chrono::TimeDelta;
use support::{client, env};
use url::{Url, form_urlencoded};

/// Answers everything with one answer, and remembers what was asked.
#[derive(Debug)]
struct Canned {
    status: u16,
    body: String,
    asked: Mutex<Option<Request>>,
}

impl Canned {
    fn new(status: u16, body: impl Into<String>) -> Arc<Self> {
        Arc::new(Self { status, body: body.into(), asked: Mutex::default() })
    }

    fn asked(&self) -> (Request, BTreeMap<String, String>) {
        let request = self.asked.lock().unwrap().take().unwrap();
        let form = form_urlencoded::parse(request.body()).into_owned().collect();
        (request, form)
    }
}

#[async_trait]
impl HttpTransport for Canned {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        *self.asked.lock().unwrap() = Some(request);
        let answer = http::Response::builder().status(self.status);
        Ok(answer.body(Bytes::from(self.body.clone())).unwrap())
    }
}

async fn exchange_with(transport: Arc<Canned>, auth: &OAuth2Client) -> Result<TokenSet> {
    let redirect = Url::parse("https://product.example/callback").unwrap();
    let (code, verifier) = (Secret::new("4/0 planted+code"), Secret::new("planted-verifier"));
    exchange(&env(transport), auth, &redirect, &code, Some(&verifier)).await
}

async fn tokens(body: impl Into<String>) -> TokenSet {
    exchange_with(Canned::new(200, body), &client()).await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn the_client_proves_itself_in_the_body_or_by_basic() {
    let mut auth = client();
    auth.app.client_secret = "pass:word/+é".into();
    let transport = Canned::new(200, r#"{"access_token":"a"}"#);
    exchange_with(transport.clone(), &auth).await.unwrap();
    let (request, form) = transport.asked();
    assert_eq!(request.method(), "POST");
    assert_eq!(request.uri(), "https://id.example/token");
    assert_eq!(request.headers()["content-type"], "application/x-www-form-urlencoded");
    let expected = [
        ("client_id", "client-1"),
        ("client_secret", "pass:word/+é"),
        ("code", "4/0 planted+code"),
        ("code_verifier", "planted-verifier"),
        ("grant_type", "authorization_code"),
        ("redirect_uri", "https://product.example/callback"),
    ];
    assert_eq!(form, expected.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
    assert!(!request.headers().contains_key("authorization"));

    auth.scheme.token.client_auth = ClientAuth::Basic;
    exchange_with(transport.clone(), &auth).await.unwrap();
    let (request, form) = transport.asked();
    assert!(!form.contains_key("client_id") && !form.contains_key("client_secret"));
    let header = &request.headers()["authorization"];
    // base64 of `client-1:pass%3Aword%2F%2B%C3%A9`
    assert_eq!(header, "Basic Y2xpZW50LTE6cGFzcyUzQXdvcmQlMkYlMkIlQzMlQTk=");
    assert!(header.is_sensitive());
}

#[tokio::test(start_paused = true)]
async fn a_calendar_providers_answer_is_read() {
    let set = tokens(
        r#"{
            "access_token": "ya29.a", "expires_in": 3599, "refresh_token": "1//0r",
            "refresh_token_expires_in": 604799, "scope": "https://a.example/x https://a.example/y",
            "token_type": "Bearer", "id_token": "planted"
        }"#,
    )
    .await;
    assert_eq!(set.access.expose(), "ya29.a");
    assert_eq!(set.refresh.unwrap().expose(), "1//0r");
    assert_eq!(set.expiry, Expiry::At(set.obtained + TimeDelta::seconds(3599)));
    assert_eq!(set.scopes.unwrap(), ["https://a.example/x", "https://a.example/y"]);
    assert_eq!(set.named["id_token"].expose(), "planted");
    let extra = [("refresh_token_expires_in", "604799"), ("token_type", "Bearer")];
    assert_eq!(set.extra, extra.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
}

#[tokio::test(start_paused = true)]
async fn a_crm_providers_answer_is_read() {
    let set = tokens(
        r#"{
            "token_type": "bearer", "access_token": "CEx", "refresh_token": "na1-1", "expires_in": 1800,
            "hub_id": 48120077, "scopes": ["oauth", "crm.read"], "token_use": "access_token", "user_id": 9007199254740993
        }"#,
    )
    .await;
    assert_eq!(set.scopes.unwrap(), ["oauth", "crm.read"]);
    assert_eq!(set.extra["hub_id"], "48120077");
    assert_eq!(set.extra["user_id"], "9007199254740993");
    assert!(set.named.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_bent_answer_is_read_as_far_as_it_goes() {
    for (life, expected) in [
        ("3600", Some(3600)),
        ("\"3600\"", Some(3600)),
        ("3600.0", Some(3600)),
        ("null", None),
        ("0", None),
        ("-1", None),
        ("1e300", None),
        ("\"soon\"", None),
        ("{}", None),
    ] {
        let set = tokens(format!(r#"{{"access_token":"a","expires_in":{life}}}"#)).await;
        let expected = expected.map_or(Expiry::Unknown, |s| Expiry::At(set.obtained + TimeDelta::seconds(s)));
        assert_eq!(set.expiry, expected, "{life}");
    }
    let set =
        tokens(r#"{"access_token":"a","refresh_token":"","scope":"","scopes":null,"x":null,"y":{"z":[1]}}"#)
            .await;
    assert!(set.refresh.is_none() && set.scopes.is_none());
    assert_eq!(set.extra.into_iter().collect::<Vec<_>>(), [("y".to_owned(), r#"{"z":[1]}"#.to_owned())]);
    assert_eq!(tokens(r#"{"access_token":"a","scope":"x,y z"}"#).await.scopes.unwrap(), ["x", "y", "z"]);
    assert_eq!(tokens(r#"{"access_token":"a","refresh_token":7}"#).await.refresh.map(|_| ()), None);
}

#[tokio::test(start_paused = true)]
async fn a_refused_code_means_beginning_again() {
    let refused = |body: &'static str| async move {
        exchange_with(Canned::new(400, body), &client()).await.unwrap_err()
    };
    let error = refused(r#"{"error":"invalid_grant","error_description":"planted"}"#).await;
    assert_eq!(error.kind(), ErrorKind::NeedsReauth);
    assert!(error.to_string().contains("begin connecting again"), "{error}");
    assert!(!format!("{error:?}").contains("planted"));
    let error = refused(r#"{"error":"redirect_uri_mismatch"}"#).await;
    assert_eq!(error.kind(), ErrorKind::Misconfigured);
}

#[derive(Debug)]
struct Silent;

#[async_trait]
impl HttpTransport for Silent {
    async fn send(&self, _request: Request) -> Result<Response, TransportError> {
        std::future::pending().await
    }
}

#[tokio::test(start_paused = true)]
async fn silence_ends() {
    let redirect = Url::parse("https://product.example/callback").unwrap();
    let env = env(Arc::new(Silent));
    let (auth, code) = (client(), Secret::new("code"));
    let call = exchange(&env, &auth, &redirect, &code, None);
    let error = tokio::time::timeout(Duration::from_secs(60), call).await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
}

#[tokio::test(start_paused = true)]
async fn what_the_provider_no_longer_knows_counts_as_revoked() {
    let auth = client();
    for (status, body, kind) in [
        (200, "", None),
        (204, "", None),
        (400, r#"{"error":"invalid_token"}"#, None),
        (400, r#"{"error":"invalid_grant","status":"BAD_REFRESH_TOKEN"}"#, None),
        (401, r#"{"error":"invalid_client"}"#, Some(ErrorKind::Misconfigured)),
        (503, "planted", Some(ErrorKind::Unavailable)),
    ] {
        let transport = Canned::new(status, body);
        let outcome = revoke(&env(transport.clone()), &auth, &"planted-token".into()).await;
        assert_eq!(outcome.as_ref().err().map(|error| error.kind()), kind, "{body}");
        assert!(!format!("{outcome:?}").contains("planted"));
        let (request, form) = transport.asked();
        assert_eq!(request.uri(), "https://id.example/revoke");
        assert_eq!(form["token"], "planted-token");
        assert_eq!(form["client_id"], "client-1");
    }
    let mut without = auth;
    without.scheme.revoke_url = None;
    let error = revoke(&env(Arc::new(Silent)), &without, &"t".into()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
}
