//! Service accounts and domain-wide delegation, as Google's authorisation server has them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod google_support;

use std::collections::BTreeSet;

use acquaint_core::oauth::{Assertion, ServiceAccountKey};
use acquaint_testkit::sandbox::Sandbox as _;
use acquaint_testkit::sandbox::google::AccessRole;
use acquaint_testkit::sandbox::oauth::{Client, Delegated, KeyError, TEST_KEY, test_key_file};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use chrono::Duration;
use google_support::{PRIYA, SAM, World, world};
use http::Request;
use serde_json::{Value, json};

const ROBOT: &str = "sync@sandbox.iam.gserviceaccount.com";
const CLIENT: &str = "100000000000000000042";
const AUDIENCE: &str = "https://oauth2.googleapis.com/token";
const EVENTS: &str = "https://www.googleapis.com/auth/calendar.events.readonly";
const LIST: &str = "https://www.googleapis.com/auth/calendar.calendarlist.readonly";
const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// Priya's and Sam's world, with a service account that may read their calendars.
fn delegated() -> World {
    let world = world();
    world.google.oauth().add_service_account(ROBOT, CLIENT, TEST_KEY).unwrap();
    world.google.oauth().delegate(CLIENT, &[EVENTS, LIST], Delegated::Domain("northwind.example".into()));
    world
}

impl World {
    /// What the token endpoint answers to an assertion of the claims that `change` leaves.
    async fn ask(&self, key: &str, scopes: &[&str], change: impl FnOnce(&mut Assertion<'_>)) -> (u16, Value) {
        let key = ServiceAccountKey::from_json(key).unwrap();
        let scopes: Vec<String> = scopes.iter().map(|&scope| scope.to_owned()).collect();
        let mut claims = Assertion::new(AUDIENCE).scopes(&scopes);
        change(&mut claims);
        use acquaint_core::env::Clock as _;
        self.take(key.assertion(&claims, self.clock.now()).await.unwrap().expose())
    }

    async fn as_priya(&self, scopes: &[&str]) -> (u16, Value) {
        self.ask(&test_key_file(ROBOT, CLIENT), scopes, |claims| claims.subject = Some(PRIYA)).await
    }

    fn take(&self, assertion: &str) -> (u16, Value) {
        let form = [("grant_type", GRANT_TYPE), ("assertion", assertion)];
        let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let response = self.google.handle(&Request::post("/token").body(Bytes::from(form)).unwrap());
        (response.status().as_u16(), serde_json::from_slice(response.body()).unwrap())
    }

    fn with(&self, tokens: &(u16, Value)) -> Self {
        assert_eq!(tokens.0, 200, "{}", tokens.1);
        let bearer = format!("Bearer {}", tokens.1["access_token"].as_str().unwrap());
        Self { clock: self.clock.clone(), google: self.google.clone(), bearer }
    }
}

fn refusal(answer: &(u16, Value)) -> (u16, &str, &str) {
    (answer.0, answer.1["error"].as_str().unwrap(), answer.1["error_description"].as_str().unwrap())
}

#[tokio::test]
async fn a_delegated_service_account_reads_the_calendar_of_its_subject() {
    let world = delegated();
    let tokens = world.as_priya(&[EVENTS, LIST]).await;
    let mut fields: Vec<&String> = tokens.1.as_object().unwrap().keys().collect();
    fields.sort();
    assert_eq!(fields, ["access_token", "expires_in", "token_type"]);
    assert_eq!((&tokens.1["expires_in"], &tokens.1["token_type"]), (&json!(3599), &json!("Bearer")));
    let robot = world.with(&tokens);
    assert_eq!(robot.list("")["summary"], PRIYA);
    let calendars = robot.get("users/me/calendarList").1;
    assert_eq!(calendars["items"][0]["id"], PRIYA);
    world.wait(Duration::seconds(3599));
    assert_eq!(robot.reason("").0, 401);
    assert_eq!(world.with(&world.as_priya(&[EVENTS]).await).list("")["summary"], PRIYA);
    let calls = world.google.oauth().calls();
    assert_eq!((calls.assertions, calls.refused, calls.token_calls()), (2, 0, 2));
    assert_eq!(world.google.requests()["oauth.token"], 2);
}

#[tokio::test]
async fn without_a_subject_a_service_account_sees_what_is_shared_with_it() {
    let world = delegated();
    let file = test_key_file(ROBOT, CLIENT);
    for subject in [None, Some(ROBOT)] {
        let robot = world.with(&world.ask(&file, &[EVENTS, LIST], |claims| claims.subject = subject).await);
        assert_eq!(robot.get("users/me/calendarList").1["items"], json!([]));
        assert_eq!(robot.get(&format!("calendars/{PRIYA}/events")).0, 404);
    }
    world.google.share_calendar(SAM, ROBOT, AccessRole::Reader).unwrap();
    let robot = world.with(&world.ask(&file, &[EVENTS, LIST], |_| {}).await);
    assert_eq!(robot.get("users/me/calendarList").1["items"][0]["id"], SAM);
    assert_eq!(robot.get(&format!("calendars/{SAM}/events")).0, 200);
    assert_eq!(robot.get(&format!("calendars/{PRIYA}/events")).0, 404);
}

#[tokio::test]
async fn only_delegated_subjects_and_scopes_are_open() {
    let world = delegated();
    let oauth = world.google.oauth();
    oauth.add_account("lee@elsewhere.example", "lee@elsewhere.example");
    let unauthorized = (
        401,
        "unauthorized_client",
        "Client is unauthorized to retrieve access tokens using this method, or client not authorized for any of \
         the scopes requested.",
    );
    let write = "https://www.googleapis.com/auth/calendar.events";
    assert_eq!(refusal(&world.as_priya(&[write]).await), unauthorized);
    let some = world.as_priya(&[EVENTS, write]).await;
    assert_eq!(refusal(&some), (403, "access_denied", "Requested client not authorized."));
    let file = test_key_file(ROBOT, CLIENT);
    let as_lee = || world.ask(&file, &[EVENTS], |claims| claims.subject = Some("lee@elsewhere.example"));
    assert_eq!(refusal(&as_lee().await), unauthorized);
    let lee = BTreeSet::from(["lee@elsewhere.example".to_owned()]);
    oauth.delegate(CLIENT, &[EVENTS], Delegated::Accounts(lee));
    assert_eq!(as_lee().await.0, 200);
    assert_eq!(world.as_priya(&[EVENTS]).await.0, 200);
    let kept = world.with(&world.as_priya(&[EVENTS]).await);
    oauth.undelegate(CLIENT);
    assert_eq!(refusal(&world.as_priya(&[EVENTS]).await), unauthorized);
    assert_eq!(kept.reason("").0, 200);
}

#[tokio::test]
async fn another_s_delegation_opens_nothing() {
    let world = delegated();
    let oauth = world.google.oauth();
    oauth.add_service_account("other@sandbox.iam.gserviceaccount.com", "7", TEST_KEY).unwrap();
    let file = test_key_file("other@sandbox.iam.gserviceaccount.com", "7");
    let answer = world.ask(&file, &[EVENTS], |claims| claims.subject = Some(PRIYA)).await;
    assert_eq!(refusal(&answer).1, "unauthorized_client");
}

#[tokio::test]
async fn a_person_who_is_not_there_cannot_be_acted_for() {
    let world = delegated();
    let file = test_key_file(ROBOT, CLIENT);
    let unknown = (400, "invalid_grant", "Invalid email or User ID");
    let nobody =
        world.ask(&file, &[EVENTS], |claims| claims.subject = Some("nobody@northwind.example")).await;
    assert_eq!(refusal(&nobody), unknown);
    let before = world.with(&world.as_priya(&[EVENTS]).await);
    world.google.oauth().remove_account(PRIYA);
    assert_eq!(refusal(&world.as_priya(&[EVENTS]).await), unknown);
    assert_eq!(before.reason("").0, 401);
}

#[tokio::test]
async fn scopes_must_be_there_exist_and_be_separated_by_spaces() {
    let world = delegated();
    let comma = format!("{EVENTS},{LIST}");
    for scopes in [&[][..], &["calendar.readonly"], &[comma.as_str()], &[EVENTS, "made-up"]] {
        let answer = world.as_priya(scopes).await;
        let expected = (400, "invalid_scope", "Invalid OAuth scope or ID token audience provided.");
        assert_eq!(refusal(&answer), expected, "{scopes:?}");
    }
    // Asked twice is granted once.
    assert_eq!(world.as_priya(&[EVENTS, EVENTS]).await.0, 200);
}

#[tokio::test]
async fn an_assertion_is_for_this_server_and_a_short_time() {
    let world = delegated();
    let file = test_key_file(ROBOT, CLIENT);
    let elsewhere = world.ask(&file, &[EVENTS], |claims| claims.audience = "https://id.example/token").await;
    let said =
        "Invalid JWT: Failed audience check. The right audience is https://oauth2.googleapis.com/token";
    assert_eq!(refusal(&elsewhere), (400, "invalid_grant", said));
    let key = ServiceAccountKey::from_json(&file).unwrap();
    let scopes = [EVENTS.to_owned()];
    let claims = Assertion::new(AUDIENCE).scopes(&scopes).subject(PRIYA);
    let start = google_support::at("2026-10-09T08:00:00Z");
    for (minutes, accepted) in [(-61, false), (-60, false), (-59, true), (0, true), (5, true), (6, false)] {
        let assertion = key.assertion(&claims, start + Duration::minutes(minutes)).await.unwrap();
        let answer = world.take(assertion.expose());
        if accepted {
            assert_eq!(answer.0, 200, "{minutes}");
        } else {
            let (code, error, said) = refusal(&answer);
            assert_eq!((code, error), (400, "invalid_grant"), "{minutes}");
            assert!(
                said.starts_with("Invalid JWT: Token must be a short-lived token (60 minutes)"),
                "{said}"
            );
        }
    }
    for (minutes, code) in [(65, 200), (66, 400)] {
        let life = std::time::Duration::from_secs(minutes * 60);
        let long = world.ask(&file, &[EVENTS], |claims| claims.life = life).await;
        assert_eq!(long.0, code, "{minutes}");
    }
}

#[tokio::test]
async fn only_the_account_s_own_key_signs_for_it() {
    let world = delegated();
    let oauth = world.google.oauth();
    let bad = (400, "invalid_grant", "Invalid JWT Signature.");
    let key = ServiceAccountKey::from_json(&test_key_file(ROBOT, CLIENT)).unwrap();
    let scopes = [EVENTS.to_owned()];
    let claims = Assertion::new(AUDIENCE).scopes(&scopes).subject(PRIYA);
    let good = key.assertion(&claims, google_support::at("2026-10-09T08:00:00Z")).await.unwrap();
    let good = good.expose();
    let [header, body, signature] = good.split('.').collect::<Vec<_>>()[..] else { panic!("{good}") };
    let mut other: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(body).unwrap()).unwrap();
    other["sub"] = SAM.into();
    let other = URL_SAFE_NO_PAD.encode(other.to_string());
    let none = URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"JWT"}"#);
    let mut flipped = URL_SAFE_NO_PAD.decode(signature).unwrap();
    flipped[7] ^= 1;
    let flipped = URL_SAFE_NO_PAD.encode(flipped);
    for forged in [
        format!("{header}.{other}.{signature}"),
        format!("{header}.{body}.{flipped}"),
        format!("{header}.{body}."),
        format!("{none}.{body}."),
        format!("{none}.{body}.{signature}"),
        format!("{header}.{body}"),
        format!("{header}.{body}.{signature}=="),
        "a.b.c".to_owned(),
        "nonsense".to_owned(),
    ] {
        assert_eq!(refusal(&world.take(&forged)), bad, "{forged}");
    }
    assert_eq!(world.take(good).0, 200);
    // A new key ends the old one; without the account its assertions name nobody.
    oauth.add_service_account(ROBOT, CLIENT, OTHER_PUBLIC_KEY).unwrap();
    assert_eq!(refusal(&world.take(good)), bad);
    assert!(oauth.remove_service_account(ROBOT));
    assert!(!oauth.remove_service_account(ROBOT));
    let gone = (400, "invalid_grant", "Invalid grant: account not found");
    assert_eq!(refusal(&world.take(good)), gone);
    let calls = oauth.calls();
    assert_eq!((calls.assertions, calls.refused), (1, 11));
}

#[tokio::test]
async fn a_service_account_s_tokens_are_not_counted_as_a_person_s_grants() {
    let world = delegated();
    let first = world.with(&world.as_priya(&[EVENTS]).await);
    for _ in 0..100 {
        assert_eq!(world.as_priya(&[EVENTS]).await.0, 200);
    }
    assert_eq!(first.reason("").0, 200);
}

#[test]
fn a_service_account_s_key_is_rsa_of_a_fit_length() {
    let world = world();
    let add = |key: &str| world.google.oauth().add_service_account(ROBOT, CLIENT, key);
    assert_eq!(add(TEST_KEY), Ok(()));
    assert_eq!(add(OTHER_PUBLIC_KEY), Ok(()));
    assert_eq!(add("no key"), Err(KeyError::NoKey));
    for unusable in [SHORT_PUBLIC_KEY, ELLIPTIC_PUBLIC_KEY] {
        assert_eq!(add(unusable), Err(KeyError::Unusable), "{unusable}");
    }
}

#[test]
fn where_there_are_no_service_accounts_the_grant_type_is_unknown() {
    use acquaint_testkit::sandbox::oauth::{OAuthConfig, OAuthServer, TokenError};
    let world = world();
    let server = OAuthServer::new(std::sync::Arc::new(world.clock), OAuthConfig::default());
    server.add_client(Client::new("app", "secret"));
    let form = format!("grant_type={GRANT_TYPE}&assertion=a.b.c&client_id=app&client_secret=secret");
    assert_eq!(server.token(&form, None), Err(TokenError::UnsupportedGrantType));
}

/// The public half of another RSA key of 2048 bits.
const OTHER_PUBLIC_KEY: &str = "\
-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAvifykiqNH4wHG/T+HrQ+
yocIDvlwmi7GheQuRPdWjpSy7A2NrxbxgW/4qGbyAjHL9PXcf96CXBF5VMdFLy8I
UCbyu7vtGXC5XfLznDD90j2yH2tOk5U/YAWXXElqeVpA2PpOJgpJdx9Et7YO6Zeu
RLCZP6YjiUz7JlKaIZ/uUuuNLLiJ7mfASj7QLVRwS833CGtvzNPKOW/iYBtJ+MU2
R06tLprOg5xTBJwgmqkT8MUeKSVS22vGJx4hS4tCClaYCSG5fCpKqOOvTU41sWt3
KWr4wlcAHJtXddb3jtd3myGJamNWRMssXAdg1j3CulG/gzdWe4Ir9QjG8I4MuLkj
dwIDAQAB
-----END PUBLIC KEY-----
";

/// Of an RSA key of 1024 bits.
const SHORT_PUBLIC_KEY: &str = "\
-----BEGIN PUBLIC KEY-----
MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDHZnUtNts9yiPLmZIAG7Cn82fK
DZMAhabLiltZBBAYu261g4ZrPDKuT05e/3qbN4Q7neXyKssYJh7MojfzCSCgMYqV
dSaSU0ENWOj4SlpQZipNq/rGmJ5a3bJOBOVdD+2mSamJ0QRbjnLuLGTpuL+/AZ4E
rOibVE6mGOUfE4tngwIDAQAB
-----END PUBLIC KEY-----
";

/// Of an elliptic-curve key.
const ELLIPTIC_PUBLIC_KEY: &str = "\
-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEC/PRqbS2abLKj/fMzOQxoutLcOxa
uqNYcq3EfMNJ5qDPKcaVOzLi471YMF9mILFbScmcRF/b+wlh/cgTIRaGyw==
-----END PUBLIC KEY-----
";
