//! What a provider says of a token when it is asked, and how little of it is kept.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex};

use acquaint_core::http::{HttpTransport, Request, Response, TransportError};
use acquaint_core::oauth::{ClientAuth, OAuth2Client, exchange, introspect};
use acquaint_core::secret::Secret;
use acquaint_core::token::TokenSet;
use acquaint_core::{ErrorKind, async_trait};
use bytes::Bytes;
use serde_json::{Value, json};
use support::{Log, client, env, form};
use url::Url;

type Answer = Result<(u16, Value), TransportError>;

/// Answers from a script, and remembers what was asked.
#[derive(Default)]
struct Scripted {
    answers: Mutex<VecDeque<Answer>>,
    asked: Mutex<Vec<Request>>,
}

impl fmt::Debug for Scripted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Scripted")
    }
}

#[async_trait]
impl HttpTransport for Scripted {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        self.asked.lock().unwrap().push(request);
        let (status, body) = self.answers.lock().unwrap().pop_front().expect("more calls than answers")?;
        Ok(http::Response::builder().status(status).body(Bytes::from(body.to_string())).unwrap())
    }
}

impl Scripted {
    fn new(answers: impl IntoIterator<Item = Answer>) -> Arc<Self> {
        Arc::new(Self { answers: Mutex::new(answers.into_iter().collect()), ..Self::default() })
    }

    fn paths(&self) -> Vec<String> {
        self.asked.lock().unwrap().iter().map(|request| request.uri().path().to_owned()).collect()
    }
}

/// A provider that can be asked.
fn asking() -> OAuth2Client {
    let mut client = client();
    client.scheme.introspect_url = Some(Url::parse("https://id.example/introspect").unwrap());
    client
}

/// Tokens of which nothing is said.
fn silent() -> Answer {
    Ok((
        200,
        json!({ "access_token": "planted-access", "refresh_token": "planted-refresh", "expires_in": 1800 }),
    ))
}

/// What a CRM provider says of them.
fn said() -> Value {
    json!({
        "active": true, "token": "planted-access", "hub_id": 48120077, "user_id": 7001234,
        "client_id": "aaaaaaaa-0000-4000-8000-000000000001", "hub_domain": "harbourfoods-demo.example",
        "scopes": ["oauth", "crm.objects.contacts.read"],
        "signed_access_token": { "scopes": "planted-signed", "signature": "planted-signature" },
        "proof": { "signature": "planted-signature" }, "echo": "x planted-access y", "nothing": null,
        "expires_in": 1620, "is_private_distribution": false, "token_use": "access_token",
        "token_type": "Bearer"
    })
}

async fn exchange_at(transport: &Arc<Scripted>, client: &OAuth2Client) -> TokenSet {
    let redirect = Url::parse("https://product.example/callback").unwrap();
    exchange(&env(transport.clone()), client, &redirect, &"code".into(), None).await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn scopes_that_an_exchange_does_not_name_are_asked_for_once() {
    let transport = Scripted::new([silent(), Ok((200, said()))]);
    let tokens = exchange_at(&transport, &asking()).await;
    assert_eq!(tokens.scopes.unwrap(), ["oauth", "crm.objects.contacts.read"]);
    assert_eq!(tokens.extra["hub_id"], "48120077");
    let asked = transport.asked.lock().unwrap();
    assert_eq!(asked[1].uri(), "https://id.example/introspect");
    let client = asking().app;
    let expected = [
        ("client_id", "client-1"),
        ("client_secret", client.client_secret.expose()),
        ("token", "planted-access"),
        ("token_type_hint", "access_token"),
    ];
    assert_eq!(form(&asked[1]), expected.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
}

#[tokio::test(start_paused = true)]
async fn nobody_is_asked_what_an_exchange_has_said_or_where_nobody_is_declared() {
    let told = Ok((200, json!({ "access_token": "planted-access", "scope": "a b" })));
    let transport = Scripted::new([told, silent()]);
    assert_eq!(exchange_at(&transport, &asking()).await.scopes.unwrap(), ["a", "b"]);
    assert_eq!(exchange_at(&transport, &client()).await.scopes, None);
    assert_eq!(transport.paths(), ["/token", "/token"]);
}

#[tokio::test(start_paused = true)]
async fn what_an_introspection_repeats_of_the_token_is_neither_kept_nor_logged() {
    let log = Log::default();
    let transport = Scripted::new([silent(), Ok((200, said())), Ok((200, said()))]);
    let _guard = tracing::subscriber::set_default(log.clone());
    let tokens = exchange_at(&transport, &asking()).await;
    let names: Vec<&str> = tokens.extra.keys().map(String::as_str).collect();
    assert_eq!(names, ["hub_domain", "hub_id", "is_private_distribution", "user_id"]);
    assert!(tokens.named.is_empty(), "{:?}", tokens.named);
    let said = introspect(&env(transport), &asking(), &tokens.access).await.unwrap();
    for shown in [format!("{said:?}"), format!("{tokens:?} {:?}", tokens.extra), log.text()] {
        assert!(!shown.contains("planted"), "{shown}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_the_exchange_has_said_stays() {
    let tokens = json!({ "access_token": "planted-access", "hub_id": 1 });
    let transport = Scripted::new([Ok((200, tokens)), Ok((200, said()))]);
    assert_eq!(exchange_at(&transport, &asking()).await.extra["hub_id"], "1");
}

#[tokio::test(start_paused = true)]
async fn tokens_are_kept_whatever_becomes_of_the_introspection() {
    let log = Log::default();
    let _guard = tracing::subscriber::set_default(log.clone());
    for answer in [
        Ok((200, json!({ "active": false, "scope": "a" }))),
        Ok((200, json!({ "scope": "a" }))),
        Ok((200, json!([]))),
        Ok((400, json!({ "error": "invalid_request", "error_description": "planted-access" }))),
        Ok((500, json!({}))),
        Err(TransportError::Timeout),
    ] {
        let transport = Scripted::new([silent(), answer.clone()]);
        let tokens = exchange_at(&transport, &asking()).await;
        assert_eq!(tokens.access.expose(), "planted-access");
        assert_eq!(tokens.refresh.unwrap().expose(), "planted-refresh");
        assert_eq!((tokens.scopes, tokens.extra.len()), (None, 0), "{answer:?}");
        assert_eq!(transport.paths().len(), 2, "{answer:?}");
    }
    assert!(!log.text().contains("planted"), "{}", log.text());
}

#[tokio::test(start_paused = true)]
async fn a_product_may_ask_itself() {
    let token = Secret::new("planted-access");
    let mut asking = asking();
    asking.scheme.token.client_auth = ClientAuth::Basic;
    let transport = Scripted::new([
        Ok((200, json!({ "active": true, "scope": "a b", "sub": "u1", "exp": 1 }))),
        Ok((200, json!({ "active": false }))),
        Ok((401, json!({ "error": "invalid_client" }))),
    ]);
    let env = env(transport.clone());
    let said = introspect(&env, &asking, &token).await.unwrap();
    assert!(said.active);
    assert_eq!(said.scopes.unwrap(), ["a", "b"]);
    assert_eq!(said.fields.into_iter().collect::<Vec<_>>(), [("sub".to_owned(), "u1".to_owned())]);
    assert!(!introspect(&env, &asking, &token).await.unwrap().active);
    let refused = introspect(&env, &asking, &token).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Misconfigured);
    assert!(transport.asked.lock().unwrap().iter().all(|ask| ask.headers().contains_key("authorization")));
    let undeclared = introspect(&env, &client(), &token).await.unwrap_err();
    assert_eq!(undeclared.kind(), ErrorKind::Unsupported);
}

#[tokio::test(start_paused = true)]
async fn both_of_two_client_secrets_are_tried() {
    let mut asking = asking();
    asking.app = asking.app.also("planted-next");
    let transport = Scripted::new([
        Ok((401, json!({ "error": "invalid_client" }))),
        Ok((200, json!({ "active": true, "scope": "a" }))),
    ]);
    let said = introspect(&env(transport.clone()), &asking, &Secret::new("t")).await.unwrap();
    assert_eq!(said.scopes.unwrap(), ["a"]);
    assert_eq!(form(&transport.asked.lock().unwrap()[1])["client_secret"], "planted-next");
}
