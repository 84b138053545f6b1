//! Requests that a connector signs: method, address and body together.

use std::collections::BTreeSet;
use std::sync::Arc;

use acquaint_core::auth::{Carry, Credential, Fixed, GrantAuth, Signer, Signing};
use acquaint_core::http::{Request, TransportError};
use acquaint_core::oauth::OAuthApp;
use acquaint_core::{Error, ErrorKind, Result, async_trait};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::support::{Reply, Wired, url};

/// A digest under two secrets, as account-token schemes have it: one of the app, one of the tenant.
#[derive(Debug)]
struct Digested;

/// What is signed, spelled out.
fn digest(request: &Request, secrets: [&str; 2], time: &str, nonce: &str) -> String {
    let mut hash = Sha256::new();
    let (method, address) = (request.method().as_str(), request.uri().to_string());
    for part in [secrets[0], secrets[1], method, &address, time, nonce] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.update(request.body());
    STANDARD.encode(hash.finalize())
}

#[async_trait]
impl Signer for Digested {
    async fn sign(&self, request: &mut Request, with: Signing<'_>) -> Result<()> {
        let app = with.app.ok_or_else(|| Error::from(ErrorKind::Misconfigured))?;
        let token_secret = &with.tokens.named["token_secret"];
        let (time, nonce) = (with.env.now().timestamp_millis().to_string(), with.env.id("n"));
        let secrets = [app.client_secret.expose(), token_secret.expose()];
        let digest = digest(request, secrets, &time, &nonce);
        let (client, token) = (&app.client_id, with.tokens.access.expose());
        let header = format!("Digested {client} {token} {time} {nonce} {digest}");
        request.headers_mut().insert("authorization", header.parse().unwrap());
        Ok(())
    }
}

fn signed(app: Option<OAuthApp>) -> Wired {
    let carry = Carry::Signed(Arc::new(Digested));
    let scheme = Fixed::token("Token id", carry).field("token_secret", "Token secret");
    Wired::new(GrantAuth::Fixed { scheme, app })
}

fn credential() -> Credential {
    Credential::token("token-1").with("token_secret", "planted-token")
}

#[tokio::test(start_paused = true)]
async fn every_attempt_is_signed_anew_over_what_is_really_sent() {
    let world = signed(Some(OAuthApp::new("client-1", "planted-client")));
    world.connect(&credential(), None, &[]).await;
    world.wire.api([
        Reply::Json(503, json!({})),
        Reply::Lost(TransportError::Broken),
        Reply::Json(429, json!({})),
    ]);
    let client = world.client();
    let call = client
        .post(url("https://api.example/query?limit=10"))
        .query([("offset", "20"), ("q", "a b&é")])
        .json(&json!({ "q": "SELECT id FROM customer" }));
    call.send().await.unwrap();

    let sent = world.wire.api_requests();
    assert_eq!(sent.len(), 4);
    let (mut nonces, mut times) = (BTreeSet::new(), Vec::new());
    for request in &sent {
        assert_eq!(request.uri().query().unwrap(), "limit=10&offset=20&q=a+b%26%C3%A9");
        let header = request.headers()["authorization"].to_str().unwrap();
        let parts: Vec<&str> = header.split(' ').collect();
        let ["Digested", "client-1", "token-1", time, nonce, signature] = parts[..] else {
            panic!("{header}")
        };
        assert_eq!(signature, digest(request, ["planted-client", "planted-token"], time, nonce));
        nonces.insert(nonce.to_owned());
        times.push(time.parse::<i64>().unwrap());
        assert!(!header.contains("planted"));
    }
    assert_eq!(nonces.len(), 4, "no nonce twice");
    assert!(times.is_sorted() && times[3] > times[2], "{times:?}");
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_signed_is_not_sent() {
    let world = signed(None);
    world.connect(&credential(), None, &[]).await;
    let error = world.get().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Misconfigured);
    assert_eq!(error.context("grant"), Some("acme/g1"));
    assert!(world.wire.api_requests().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_signature_that_is_refused_ends_like_any_fixed_credential() {
    let world = signed(Some(OAuthApp::new("client-1", "planted-client")));
    world.connect(&credential(), None, &[]).await;
    world.wire.api([Reply::Json(401, json!({}))]);
    for _ in 0..3 {
        assert_eq!(world.get().await.unwrap_err().kind(), ErrorKind::NeedsReauth);
    }
    assert_eq!(world.wire.api_requests().len(), 1);
}
