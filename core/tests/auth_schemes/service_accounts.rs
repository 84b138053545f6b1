//! Service accounts: what they claim, and who must act when that is not believed.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use acquaint_core::auth::{Credential, GrantAuth};
use acquaint_core::error::Blame;
use acquaint_core::oauth::{Rs256, ServiceAccount, ServiceAccountKey};
use acquaint_core::token::GrantState;
use acquaint_core::{Error, ErrorKind, Result, async_trait};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use tokio::time::advance;

use crate::support::{Reply, Wired, key, url};

const HOUR: Duration = Duration::from_secs(3600);
const EVENTS: &str = "https://www.googleapis.com/auth/calendar.events.readonly";

/// What the signer does the next time.
#[derive(Debug, Clone, Copy)]
enum Mood {
    Signs,
    Fails(ErrorKind),
    Hangs,
}

#[derive(Debug)]
struct Scripted(Mutex<Mood>);

#[async_trait]
impl Rs256 for Scripted {
    async fn sign(&self, message: &[u8]) -> Result<Vec<u8>> {
        let mood = *self.0.lock().unwrap();
        match mood {
            Mood::Signs => Ok([b"signed:", message].concat()),
            Mood::Fails(kind) => Err(Error::new(kind, "the key is locked away")),
            Mood::Hangs => std::future::pending().await,
        }
    }
}

fn account() -> (Wired, Arc<Scripted>) {
    let signer = Arc::new(Scripted(Mutex::new(Mood::Signs)));
    let key = ServiceAccountKey::new("sync@demo.example", Some("kid-1".into()), signer.clone());
    let scheme = ServiceAccount::new(url("https://id.example/token"));
    (Wired::new(GrantAuth::ServiceAccount { scheme, key }), signer)
}

/// The header and the claims of the assertions that were sent, whose signatures hold.
fn assertions(world: &Wired) -> Vec<(Value, Value)> {
    let read = |form: &std::collections::BTreeMap<String, String>| {
        assert_eq!(form["grant_type"], "urn:ietf:params:oauth:grant-type:jwt-bearer");
        assert_eq!(form.len(), 2, "no client is named: {form:?}");
        let (signed, signature) = form["assertion"].rsplit_once('.').unwrap();
        let bytes = |part: &str| URL_SAFE_NO_PAD.decode(part).unwrap();
        assert_eq!(bytes(signature), format!("signed:{signed}").into_bytes());
        let (header, claims) = signed.split_once('.').unwrap();
        let json = |part: &str| serde_json::from_slice(&bytes(part)).unwrap();
        (json(header), json(claims))
    };
    world.wire.forms().iter().map(read).collect()
}

#[tokio::test(start_paused = true)]
async fn an_assertion_is_made_for_the_user_the_scopes_and_the_endpoint_every_time() {
    let (world, _) = account();
    world.wire.tokens([Reply::Json(
        200,
        json!({ "access_token": "first", "expires_in": 3599, "scope": "less", "subject": "other" }),
    )]);
    world.connect(&Credential::default(), Some("priya@northwind.example"), &[EVENTS, "list"]).await;
    world.get().await.unwrap();
    advance(HOUR).await;
    world.get().await.unwrap();
    assert_eq!(world.wire.authorizations(), ["Bearer first", "Bearer planted-minted-1"]);

    let issued = 1_800_000_000;
    let claims = |issued: i64| {
        json!({
            "iss": "sync@demo.example", "sub": "priya@northwind.example", "scope": format!("{EVENTS} list"),
            "aud": "https://id.example/token", "iat": issued, "exp": issued + 3600,
        })
    };
    let header = json!({ "alg": "RS256", "typ": "JWT", "kid": "kid-1" });
    assert_eq!(assertions(&world), [(header.clone(), claims(issued)), (header, claims(issued + 3600))]);
}

#[tokio::test(start_paused = true)]
async fn an_account_that_acts_as_itself_names_no_user() {
    let (world, _) = account();
    world.connect(&Credential::default(), None, &[]).await;
    let (_, claims) = &assertions(&world)[0];
    assert!(claims.get("sub").is_none() && claims.get("scope").is_none(), "{claims}");
    for nobody in ["", "  "] {
        let known = world.auth.handed_over(&Credential::default(), Some(nobody), Vec::new(), world.env.now());
        assert_eq!(known.unwrap_err().kind(), ErrorKind::Invalid);
    }
    let known = world.auth.handed_over(&Credential::token("planted"), None, Vec::new(), world.env.now());
    assert_eq!(known.unwrap_err().context("field"), Some("token"));
}

#[tokio::test(start_paused = true)]
async fn audience_and_life_are_the_providers() {
    let (mut world, _) = account();
    let GrantAuth::ServiceAccount { scheme, .. } = &mut world.auth else { panic!() };
    scheme.audience = "https://login.example".into();
    scheme.life = Duration::from_secs(180);
    world.connect(&Credential::default(), None, &[]).await;
    let (_, claims) = &assertions(&world)[0];
    assert_eq!(claims["aud"], "https://login.example");
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 180);
}

#[tokio::test(start_paused = true)]
async fn what_the_administrator_must_allow_is_said_and_ends_nothing() {
    // <https://developers.google.com/identity/protocols/oauth2/service-account#error-codes>
    for (status, code) in [
        (401, "unauthorized_client"),
        (400, "unauthorized_client"),
        (403, "access_denied"),
        (400, "invalid_grant"),
    ] {
        let (world, _) = account();
        world.connect(&Credential::default(), Some("priya@northwind.example"), &[EVENTS]).await;
        advance(HOUR).await;
        let refusal = Reply::Json(status, json!({ "error": code, "error_description": "planted" }));
        world.wire.tokens([refusal]);
        let error = world.get().await.unwrap_err();
        assert_eq!((error.kind(), error.blame()), (ErrorKind::Forbidden, Blame::Tenant), "{code}");
        assert_eq!(error.context("code"), Some(code));
        assert!(error.advice().unwrap().contains("administrator"), "{error}");
        assert!(!format!("{error:?}").contains("planted"));
        assert_eq!(world.state().await, GrantState::Live);
        world.get().await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_that_still_works_is_used_while_no_other_is_given() {
    let (world, _) = account();
    world.connect(&Credential::default(), None, &[]).await;
    advance(HOUR - Duration::from_secs(60)).await;
    world.wire.tokens([Reply::Json(401, json!({ "error": "unauthorized_client" }))]);
    world.get().await.unwrap();
    assert_eq!(world.wire.authorizations(), ["Bearer planted-minted-1"]);
    assert_eq!(world.wire.forms().len(), 2, "it was tried");
}

#[tokio::test(start_paused = true)]
async fn a_key_that_does_not_sign_blames_whoever_keeps_it_and_sends_nothing() {
    let (world, signer) = account();
    world.connect(&Credential::default(), None, &[]).await;
    advance(HOUR).await;
    for (mood, kind, blame) in [
        (Mood::Fails(ErrorKind::Misconfigured), ErrorKind::Misconfigured, Blame::Operator),
        (Mood::Fails(ErrorKind::Unavailable), ErrorKind::Unavailable, Blame::Provider),
        (Mood::Hangs, ErrorKind::Unavailable, Blame::Provider),
    ] {
        *signer.0.lock().unwrap() = mood;
        let began = world.env.now();
        let error = world.get().await.unwrap_err();
        assert_eq!((error.kind(), error.blame()), (kind, blame), "{mood:?}");
        assert_eq!(error.is_transient(), kind == ErrorKind::Unavailable);
        assert!(error.to_string().contains("service account's key"), "{error}");
        assert!(error.context("because").is_some(), "{error}");
        assert!(world.env.now() - began <= chrono::TimeDelta::seconds(30), "nobody waits for ever");
        assert_eq!(world.state().await, GrantState::Live);
        advance(Duration::from_secs(60)).await;
    }
    assert_eq!(world.wire.forms().len(), 1);
    *signer.0.lock().unwrap() = Mood::Signs;
    world.get().await.unwrap();
    assert!(!world.process().keep_alive(&key(), &world.auth, chrono::TimeDelta::zero()).await.unwrap());
}
