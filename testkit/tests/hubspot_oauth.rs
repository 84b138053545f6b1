//! Connecting a portal, and what becomes of its tokens.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod hubspot_support;

use chrono::Duration;
use http::Method;
use hubspot_support::{Answer, OTHER, PORTAL, World, world, world_with};
use serde_json::json;
use url::Url;

const CLIENT: &str = "aaaaaaaa-0000-4000-8000-000000000001";
const SECRET: &str = "hubspot-sandbox-secret";
const CALLBACK: &str = "https://app.example/callback";

fn authorize(world: &World, path: &str) -> Url {
    let query = format!(
        "client_id={CLIENT}&redirect_uri={CALLBACK}&scope=oauth%20crm.objects.contacts.read&state=s%26t"
    );
    let answer = world.send(Method::GET, &format!("{path}?{query}"), None, "");
    assert_eq!(answer.status, 302, "{}", answer.body);
    answer.headers["location"].to_str().unwrap().parse().unwrap()
}

fn parameter(url: &Url, name: &str) -> String {
    url.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned()
}

fn exchange(world: &World, code: &str) -> Answer {
    world.form(
        "/oauth/2026-03/token",
        &[
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", CALLBACK),
            ("client_id", CLIENT),
            ("client_secret", SECRET),
        ],
    )
}

fn refresh(world: &World, token: &str) -> Answer {
    world.form(
        "/oauth/v1/token",
        &[
            ("grant_type", "refresh_token"),
            ("refresh_token", token),
            ("client_id", CLIENT),
            ("client_secret", SECRET),
        ],
    )
}

fn connect(world: &World) -> (String, String) {
    let back = authorize(world, "/oauth/authorize");
    let tokens = exchange(world, &parameter(&back, "code"));
    assert_eq!(tokens.status, 200, "{}", tokens.body);
    let text = |name: &str| tokens.body[name].as_str().unwrap().to_owned();
    (text("access_token"), text("refresh_token"))
}

#[test]
fn an_app_connects_a_portal_and_reads_its_account() {
    let world = world();
    let back = authorize(&world, "/oauth/authorize");
    assert!(back.as_str().starts_with(CALLBACK));
    assert_eq!(parameter(&back, "state"), "s&t");
    let tokens = exchange(&world, &parameter(&back, "code"));
    assert_eq!(tokens.body["hub_id"], PORTAL);
    assert_eq!(tokens.body["expires_in"], 1800);
    assert_eq!(tokens.body["token_type"], "bearer");
    assert_eq!(tokens.body["scopes"], json!(["oauth", "crm.objects.contacts.read"]));
    let token = tokens.body["access_token"].as_str().unwrap();
    for path in ["/account-info/2026-03/details", "/account-info/v3/details"] {
        let account = world.send(Method::GET, path, Some(token), "");
        assert_eq!((account.status, &account.body["portalId"]), (200, &json!(PORTAL)));
    }
}

#[test]
fn the_person_chooses_which_portal_to_connect() {
    let world = world();
    let back = authorize(&world, &format!("/oauth/{OTHER}/authorize"));
    assert_eq!(exchange(&world, &parameter(&back, "code")).body["hub_id"], OTHER);
    world.hubspot.consent_as(OTHER);
    let back = authorize(&world, "/oauth/authorize");
    assert_eq!(exchange(&world, &parameter(&back, "code")).body["hub_id"], OTHER);
}

#[test]
fn a_code_works_once() {
    let world = world();
    let code = parameter(&authorize(&world, "/oauth/authorize"), "code");
    assert_eq!(exchange(&world, &code).status, 200);
    let again = exchange(&world, &code);
    assert_eq!((again.status, &again.body["status"]), (400, &json!("BAD_AUTH_CODE")));
}

#[test]
fn a_refresh_gives_a_new_access_token_and_repeats_the_refresh_token() {
    let world = world();
    let (access, kept) = connect(&world);
    let again = refresh(&world, &kept);
    assert_eq!(again.body["refresh_token"], kept);
    assert_ne!(again.body["access_token"], access);
}

#[test]
fn a_wrong_secret_blames_the_app() {
    let world = world();
    let (_, kept) = connect(&world);
    let fields = [
        ("grant_type", "refresh_token"),
        ("refresh_token", kept.as_str()),
        ("client_id", CLIENT),
        ("client_secret", "wrong"),
    ];
    let refused = world.form("/oauth/2026-09/token", &fields);
    assert_eq!(refused.status, 400);
    assert_eq!(refused.body["error"], "invalid_client");
    assert_eq!(refused.body["status"], "BAD_CLIENT_SECRET");
    assert_eq!(refresh(&world, &kept).status, 200);
}

#[test]
fn a_scope_outside_the_app_blocks_the_install() {
    let world = world_with(|config| config.scopes = vec!["oauth".to_owned()]);
    let query = format!("client_id={CLIENT}&redirect_uri={CALLBACK}&scope=oauth%20crm.objects.deals.read");
    let page = world.send(Method::GET, &format!("/oauth/authorize?{query}"), None, "");
    assert_eq!(page.status, 400);
    assert!(page.headers["content-type"].to_str().unwrap().starts_with("text/html"));
}

#[test]
fn an_uninstalled_app_keeps_only_the_access_tokens_it_has() {
    let world = world();
    let (access, kept) = connect(&world);
    world.hubspot.uninstall(PORTAL);
    let refused = refresh(&world, &kept);
    assert_eq!(refused.status, 400);
    assert_eq!(refused.body["error"], "invalid_grant");
    assert_eq!(refused.body["status"], "BAD_REFRESH_TOKEN");
    let path = "/crm/objects/2026-03/contacts";
    assert_eq!(world.send(Method::GET, path, Some(&access), "").status, 200);
    world.forward(Duration::minutes(31));
    assert_eq!(world.send(Method::GET, path, Some(&access), "").status, 401);
}

#[test]
fn revoking_over_http_ends_the_refresh_token() {
    let world = world();
    let (_, kept) = connect(&world);
    let fields = [("client_id", CLIENT), ("client_secret", SECRET), ("token", kept.as_str())];
    assert_eq!(world.form("/oauth/2026-03/token/revoke", &fields).status, 200);
    assert_eq!(refresh(&world, &kept).body["status"], "BAD_REFRESH_TOKEN");
    let (_, kept) = connect(&world);
    let path = format!("/oauth/v1/refresh-tokens/{kept}");
    assert_eq!(world.send(Method::DELETE, &path, None, "").status, 204);
    assert_eq!(refresh(&world, &kept).body["status"], "BAD_REFRESH_TOKEN");
    let (access, kept) = connect(&world);
    let uninstall = "/appinstalls/2026-03/external-install";
    assert_eq!(world.send(Method::DELETE, uninstall, Some(&access), "").status, 204);
    assert_eq!(refresh(&world, &kept).body["status"], "BAD_REFRESH_TOKEN");
}

#[test]
fn a_closed_portal_is_an_unknown_hub() {
    let world = world();
    let (access, kept) = connect(&world);
    world.hubspot.close_portal(PORTAL).unwrap();
    let refused = refresh(&world, &kept);
    assert_eq!(refused.status, 400);
    assert_eq!(
        refused.body,
        json!({"status": "BAD_HUB", "message": "missing or unknown hub id", "error": "access_denied"})
    );
    assert_eq!(world.send(Method::GET, "/account-info/v3/details", Some(&access), "").status, 401);
}

#[test]
fn an_expired_access_token_says_so() {
    let world = world();
    let token = world.hubspot.access_token(PORTAL, &["crm.objects.contacts.read"]).unwrap();
    world.forward(Duration::minutes(42));
    let refused = world.send(Method::GET, "/crm/objects/2026-03/contacts", Some(&token), "");
    assert_eq!(refused.status, 401);
    assert_eq!(refused.body["category"], "EXPIRED_AUTHENTICATION");
    assert_eq!(refused.body["message"], "The OAuth token used to make this call expired 12 minute(s) ago.");
    assert!(refused.body["correlationId"].is_string());
    for token in [None, Some("made-up")] {
        let refused = world.send(Method::GET, "/crm/objects/2026-03/contacts", token, "");
        assert_eq!((refused.status, &refused.body["category"]), (401, &json!("INVALID_AUTHENTICATION")));
    }
}

#[test]
fn introspection_tells_of_live_tokens_only() {
    let world = world();
    let (access, _) = connect(&world);
    let ask = |token: &str| {
        let fields = [("client_id", CLIENT), ("client_secret", SECRET), ("token", token)];
        world.form("/oauth/2026-03/token/introspect", &fields)
    };
    world.forward(Duration::minutes(3));
    let known = ask(&access).body;
    assert_eq!(known["active"], true);
    assert_eq!(known["hub_id"], PORTAL);
    assert_eq!(known["hub_domain"], "harbourfoods.example");
    assert_eq!(known["user"], "admin@harbourfoods.example");
    assert_eq!(known["expires_in"], 1620);
    let unknown = ask("made-up");
    assert_eq!((unknown.status, unknown.body), (200, json!({"active": false})));
    world.forward(Duration::minutes(30));
    assert_eq!(ask(&access).body, json!({"active": false}));
}

#[test]
fn a_missing_scope_closes_one_object_type_only() {
    let world = world();
    let token = world.hubspot.access_token(PORTAL, &["oauth", "crm.objects.contacts.read"]).unwrap();
    let get = |path: &str| world.send(Method::GET, path, Some(&token), "");
    assert_eq!(get("/crm/objects/2026-03/contacts").status, 200);
    for (path, scope) in [
        ("/crm/objects/2026-03/companies", "crm.objects.companies.read"),
        ("/crm/objects/2026-03/contacts?associations=companies", "crm.objects.companies.read"),
        ("/crm/owners/2026-03", "crm.objects.owners.read"),
        ("/crm/properties/2026-03/contacts", "crm.schemas.contacts.read"),
    ] {
        let refused = get(path);
        assert_eq!((refused.status, &refused.body["category"]), (403, &json!("MISSING_SCOPES")), "{path}");
        let context = &refused.body["errors"][0]["context"];
        assert_eq!(context, &json!({"requiredGranularScopes": [scope]}), "{path}");
    }
}

#[test]
fn a_static_token_never_expires() {
    let world = world();
    let token = world.hubspot.static_token(PORTAL, &["crm.objects.contacts.read"]).unwrap();
    world.forward(Duration::days(400));
    assert_eq!(world.send(Method::GET, "/crm/v3/objects/contacts", Some(&token), "").status, 200);
    assert_eq!(world.send(Method::GET, "/crm/v3/objects/companies", Some(&token), "").status, 403);
}

#[test]
fn debug_output_shows_no_token() {
    let world = world();
    let (access, kept) = connect(&world);
    let shown = format!("{:?}", world.hubspot);
    assert!(!shown.contains(&access) && !shown.contains(&kept) && !shown.contains(SECRET));
}

#[test]
fn optional_scopes_that_the_plan_lacks_are_left_out_in_silence() {
    let world = world();
    world.hubspot.lack_scopes(PORTAL, &["crm.objects.custom.read"]);
    let ask = |scope: &str, optional: &str| {
        let query =
            format!("client_id={CLIENT}&redirect_uri={CALLBACK}&scope={scope}&optional_scope={optional}");
        world.send(Method::GET, &format!("/oauth/authorize?{query}"), None, "")
    };
    let answer = ask("oauth", "crm.objects.custom.read%20crm.objects.owners.read");
    let back: Url = answer.headers["location"].to_str().unwrap().parse().unwrap();
    let tokens = exchange(&world, &parameter(&back, "code"));
    assert_eq!(tokens.body["scopes"], json!(["oauth", "crm.objects.owners.read"]));
    // One that is required refuses the whole.
    assert_eq!(ask("oauth%20crm.objects.custom.read", "").status, 400);
    world.hubspot.lack_scopes(PORTAL, &[]);
    assert_eq!(ask("oauth%20crm.objects.custom.read", "").status, 302);
}

#[test]
fn introspection_tells_what_a_token_reply_keeps_to_itself() {
    let world = world_with(|config| config.token_reply_tells_account = false);
    let back = authorize(&world, "/oauth/authorize");
    let tokens = exchange(&world, &parameter(&back, "code"));
    for name in ["hub_id", "scopes", "user_id"] {
        assert!(tokens.body.get(name).is_none(), "{name}");
    }
    let token = tokens.body["access_token"].as_str().unwrap();
    for path in ["/oauth/2026-03/token/introspect", "/oauth/v3/token/introspect"] {
        let fields = [("client_id", CLIENT), ("client_secret", SECRET), ("token", token)];
        let shown = world.form(path, &fields).body;
        assert_eq!((&shown["active"], &shown["hub_id"]), (&json!(true), &json!(PORTAL)));
        assert_eq!(shown["scopes"], json!(["oauth", "crm.objects.contacts.read"]));
        assert_eq!(shown["signed_access_token"]["hubId"], PORTAL);
        let fields = [("client_id", CLIENT), ("client_secret", SECRET), ("token", "nonsense")];
        assert_eq!(world.form(path, &fields).body, json!({"active": false}));
    }
    let old = world.send(Method::GET, &format!("/oauth/v1/access-tokens/{token}"), None, "");
    assert_eq!((old.status, &old.body["hub_id"]), (200, &json!(PORTAL)));
    assert_eq!(world.send(Method::GET, "/oauth/v1/refresh-tokens/nonsense", None, "").status, 404);
}
