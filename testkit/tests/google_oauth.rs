//! Consent, codes, tokens and their ends, as Google's authorisation server has them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod google_support;

use std::sync::Arc;

use acquaint_testkit::ManualClock;
use acquaint_testkit::sandbox::Sandbox as _;
use acquaint_testkit::sandbox::google::{GoogleConfig, GoogleSandbox, google_oauth};
use acquaint_testkit::sandbox::oauth::{Client, OAuthServer, RefreshPolicy, TokenError, form_fields};
use bytes::Bytes;
use chrono::Duration;
use google_support::{PRIYA, SAM, World, at, world};
use http::{Method, Request};
use serde_json::{Value, json};

const EVENTS: &str = "https://www.googleapis.com/auth/calendar.events.readonly";
const LIST: &str = "https://www.googleapis.com/auth/calendar.calendarlist.readonly";
/// The example of RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

fn query(extra: &[(&str, &str)]) -> String {
    let mut fields = vec![
        ("client_id", "app"),
        ("redirect_uri", "https://app.example/cb"),
        ("response_type", "code"),
        ("state", "s 1&2"),
    ];
    fields.extend(extra);
    if !extra.iter().any(|(name, _)| *name == "scope") {
        fields.push(("scope", EVENTS));
    }
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

impl World {
    /// The query of the redirect, or the status and title of the error page.
    fn authorize(&self, query: &str) -> Result<std::collections::BTreeMap<String, String>, String> {
        let request = Request::get(format!("/o/oauth2/v2/auth?{query}")).body(Bytes::new()).unwrap();
        let response = self.google.handle(&request);
        if response.status() != 302 {
            return Err(String::from_utf8_lossy(response.body()).into_owned());
        }
        let location = response.headers()["location"].to_str().unwrap();
        let (target, query) = location.split_once('?').unwrap();
        assert_eq!(target, "https://app.example/cb");
        Ok(form_fields(query))
    }

    fn post(&self, path: &str, fields: &[(&str, &str)]) -> (u16, Value) {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = Request::builder().method(Method::POST).uri(path).body(Bytes::from(body)).unwrap();
        let response = self.google.handle(&request);
        (response.status().as_u16(), serde_json::from_slice(response.body()).unwrap())
    }

    fn exchange(&self, code: &str, extra: &[(&str, &str)]) -> (u16, Value) {
        let mut fields = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", "https://app.example/cb"),
            ("client_id", "app"),
            ("client_secret", "secret"),
        ];
        fields.extend(extra);
        self.post("/token", &fields)
    }

    fn refresh(&self, token: &str) -> (u16, Value) {
        let client = [("client_id", "app"), ("client_secret", "secret")];
        self.post(
            "/token",
            &[&client[..], &[("grant_type", "refresh_token"), ("refresh_token", token)]].concat(),
        )
    }

    fn connect(&self, extra: &[(&str, &str)]) -> Value {
        let redirect = self.authorize(&query(extra)).unwrap();
        let (code, body) = self.exchange(&redirect["code"], &[]);
        assert_eq!(code, 200, "{body}");
        body
    }
}

fn refused(answer: &(u16, Value)) -> (u16, &str) {
    (answer.0, answer.1["error"].as_str().unwrap())
}

#[test]
fn a_whole_flow_ends_in_tokens_that_open_the_calendar() {
    let world = world();
    let redirect = world
        .authorize(&query(&[
            ("access_type", "offline"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
            ("login_hint", SAM),
        ]))
        .unwrap();
    assert_eq!(redirect["state"], "s 1&2");
    assert_eq!(redirect["scope"], EVENTS);
    let (code, tokens) = world.exchange(&redirect["code"], &[("code_verifier", VERIFIER)]);
    assert_eq!((code, &tokens["expires_in"], &tokens["token_type"]), (200, &json!(3599), &json!("Bearer")));
    let bearer = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
    let sam = World { bearer, ..world };
    assert_eq!(sam.list("")["summary"], SAM);
    let (code, again) = sam.refresh(tokens["refresh_token"].as_str().unwrap());
    assert_eq!(code, 200);
    assert!(again.get("refresh_token").is_none());
    assert_ne!(again["access_token"], tokens["access_token"]);
}

#[test]
fn the_consent_page_refuses_what_it_cannot_trust() {
    let world = world();
    for (extra, error) in [
        (("redirect_uri", "https://app.example/cb/"), "redirect_uri_mismatch"),
        (("redirect_uri", "http://127.0.0.1:8123/cb"), "redirect_uri_mismatch"),
        (("client_id", "nobody"), "invalid_client"),
        (("response_type", "token"), "unsupported_response_type"),
    ] {
        let page = world.authorize(&query(&[extra])).unwrap_err();
        assert!(page.contains(error), "{extra:?}: {page}");
    }
    let installed = Client::new("desktop", "secret").installed();
    world.google.oauth().add_client(installed);
    let request = query(&[("client_id", "desktop"), ("redirect_uri", "http://127.0.0.1:8123/any")]);
    let request = Request::get(format!("/o/oauth2/v2/auth?{request}")).body(Bytes::new()).unwrap();
    assert_eq!(world.google.handle(&request).status(), 302);
}

#[test]
fn a_person_may_say_no_or_grant_less() {
    let world = world();
    world.google.oauth().deny_consent(true);
    let redirect = world.authorize(&query(&[])).unwrap();
    assert_eq!((redirect["error"].as_str(), redirect["state"].as_str()), ("access_denied", "s 1&2"));
    assert!(!redirect.contains_key("code"));
    world.google.oauth().deny_consent(false);
    world.google.oauth().untick_scopes([LIST]);
    assert_eq!(world.connect(&[("scope", &format!("{LIST} {EVENTS}"))])["scope"], EVENTS);
}

#[test]
fn a_refresh_token_comes_at_the_first_or_a_forced_consent_only() {
    let world = world();
    let has = |tokens: &Value| tokens.get("refresh_token").is_some();
    assert!(!has(&world.connect(&[("login_hint", SAM)])));
    let offline = ("access_type", "offline");
    assert!(has(&world.connect(&[offline])));
    assert!(!has(&world.connect(&[offline])));
    assert!(has(&world.connect(&[offline, ("prompt", "select_account consent")])));
}

#[test]
fn a_code_works_once_in_time_for_its_client_redirect_and_verifier() {
    let world = world();
    world.google.oauth().add_client(Client::new("other", "other").redirect("https://app.example/cb"));
    let pkce = [("code_challenge", CHALLENGE), ("code_challenge_method", "S256")];
    let code = || world.authorize(&query(&pkce)).unwrap()["code"].clone();
    let verifier = ("code_verifier", VERIFIER);
    let one = code();
    assert_eq!(refused(&world.exchange(&one, &[])), (400, "invalid_grant"));
    assert_eq!(refused(&world.exchange(&one, &[("code_verifier", "wrong")])), (400, "invalid_grant"));
    let elsewhere = world.exchange(&one, &[verifier, ("redirect_uri", "https://app.example/other")]);
    assert_eq!(refused(&elsewhere), (400, "redirect_uri_mismatch"));
    let stolen = world.exchange(&one, &[verifier, ("client_id", "other"), ("client_secret", "other")]);
    assert_eq!(refused(&stolen), (400, "invalid_grant"));
    assert_eq!(refused(&world.exchange(&one, &[verifier, ("client_secret", "x")])), (401, "invalid_client"));
    assert_eq!(world.exchange(&one, &[verifier]).0, 200);
    assert_eq!(refused(&world.exchange(&one, &[verifier])), (400, "invalid_grant"));
    let late = code();
    world.wait(Duration::minutes(10));
    assert_eq!(refused(&world.exchange(&late, &[verifier])), (400, "invalid_grant"));
}

#[test]
fn access_tokens_end_by_time_switch_or_revocation() {
    let world = world();
    let tokens = world.connect(&[("access_type", "offline")]);
    let with = |tokens: &Value| World {
        bearer: format!("Bearer {}", tokens["access_token"].as_str().unwrap()),
        google: world.google.clone(),
        clock: world.clock.clone(),
    };
    let user = with(&tokens);
    assert_eq!(user.reason("").0, 200);
    world.wait(Duration::seconds(3599));
    let (code, body) = user.get("calendars/primary/events");
    let expected = json!({ "error": {
        "errors": [{
            "domain": "global", "reason": "authError", "message": "Invalid Credentials",
            "locationType": "header", "location": "Authorization"
        }],
        "code": 401,
        "message": "Invalid Credentials"
    } });
    assert_eq!((code, body), (401, expected));
    let refresh = tokens["refresh_token"].as_str().unwrap();
    let user = with(&world.refresh(refresh).1);
    assert_eq!(user.reason("").0, 200);
    world.google.oauth().expire_access_tokens();
    assert_eq!(user.reason("").0, 401);
    let user = with(&world.refresh(refresh).1);
    assert_eq!(world.post("/revoke", &[("token", refresh)]), (200, json!({})));
    assert_eq!(refused(&world.post("/revoke", &[("token", refresh)])), (400, "invalid_token"));
    assert_eq!(user.reason("").0, 401);
    let ended =
        json!({ "error": "invalid_grant", "error_description": "Token has been expired or revoked." });
    assert_eq!(world.refresh(refresh), (400, ended));
    let calls = world.google.oauth().calls();
    assert_eq!((calls.exchanges, calls.refreshes, calls.refused, calls.revocations), (1, 2, 1, 1));
}

#[test]
fn a_missing_scope_is_told_as_such() {
    let world = world().as_account(PRIYA, &[EVENTS]);
    let (code, body) = world.get("users/me/calendarList");
    assert_eq!(code, 403);
    assert_eq!(body["error"]["errors"][0]["reason"], "insufficientPermissions");
    assert_eq!(body["error"]["details"][0]["reason"], "ACCESS_TOKEN_SCOPE_INSUFFICIENT");
    let insert = world.call(
        Method::POST,
        "calendars/primary/events",
        Some(google_support::timed("m", "2026-10-14T10:00:00")),
    );
    assert_eq!(insert.0, 403);
    assert_eq!(world.reason("").0, 200);
    let nobody = World { bearer: String::new(), ..world };
    assert_eq!(nobody.reason(""), (401, "required".to_owned()));
}

#[test]
fn a_hundred_and_first_grant_kills_the_oldest() {
    let world = world();
    let consent = [("access_type", "offline"), ("prompt", "consent"), ("login_hint", SAM)];
    let first = world.connect(&consent);
    for _ in 0..99 {
        world.connect(&consent);
    }
    let refresh = first["refresh_token"].as_str().unwrap();
    assert_eq!(world.refresh(refresh).0, 200);
    world.connect(&consent);
    assert_eq!(refused(&world.refresh(refresh)), (400, "invalid_grant"));
}

#[test]
fn refresh_tokens_of_a_testing_project_live_a_week() {
    let clock = ManualClock::at(at("2026-10-09T08:00:00Z"));
    let mut config = google_oauth();
    config.refresh_lifetime = Some(Duration::seconds(604_799));
    let google = GoogleSandbox::with_oauth(Arc::new(clock.clone()), GoogleConfig::default(), config);
    google.add_account(PRIYA, chrono_tz::Tz::UTC);
    google.oauth().add_client(Client::new("app", "secret").redirect("https://app.example/cb"));
    let world = World { clock, google: Arc::new(google), bearer: String::new() };
    let tokens = world.connect(&[("access_type", "offline")]);
    assert_eq!(tokens["refresh_token_expires_in"], 604_799);
    world.wait(Duration::days(7));
    assert_eq!(refused(&world.refresh(tokens["refresh_token"].as_str().unwrap())), (400, "invalid_grant"));
}

#[test]
fn a_rotated_refresh_token_that_comes_again_ends_the_grant() {
    let clock = ManualClock::at(at("2026-10-09T08:00:00Z"));
    let mut config = google_oauth();
    config.refresh_policy = RefreshPolicy::Rotating;
    let server = OAuthServer::new(Arc::new(clock), config);
    server.add_client(Client::new("app", "secret"));
    let account = server.add_account("1", "someone@x.example");
    let first = server.grant("app", &account, &["a"]).refresh_token.unwrap();
    let refresh = |token: &str| {
        let form =
            format!("grant_type=refresh_token&client_id=app&client_secret=secret&refresh_token={token}");
        server.token(&form.replace("//", "%2F%2F"), None)
    };
    let second = refresh(&first).unwrap();
    assert_eq!(refresh(&first), Err(TokenError::RefreshReused));
    assert_eq!(refresh(second.refresh_token.as_deref().unwrap()), Err(TokenError::Revoked));
    assert!(server.check_bearer(Some(&format!("Bearer {}", second.access_token))).is_err());
    assert_eq!(server.calls().reuses, 1);
    assert!(!format!("{server:?} {second:?}").contains(&second.access_token));
}
