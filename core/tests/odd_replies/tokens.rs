//! Answers that bring tokens: what is kept of them, and in which field.

use acquaint_core::auth::GrantAuth;
use acquaint_core::oauth::exchange;
use acquaint_core::token::{Expiry, TokenSet};
use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::providers::{
    Declare, google, hubspot, microsoft, netsuite, pipedrive, plain, salesforce, slack, world, zoho, zoom,
};
use crate::support::{Reply, key, url};

const NONE: &[&str] = &[];

/// Exchanges a code for what this provider answers.
async fn exchanged(declare: Declare, body: &Value) -> TokenSet {
    let world = world(declare);
    world.wire.tokens([Reply::Json(200, body.clone())]);
    let GrantAuth::OAuth2(client) = &world.auth else { panic!() };
    let redirect = url("https://product.example/callback");
    let set = exchange(&world.env, client, &redirect, &"code".into(), None).await.unwrap();
    assert!(!format!("{set:?}").contains("planted"), "{set:?}");
    set
}

fn life(set: &TokenSet) -> Option<i64> {
    match set.expiry {
        Expiry::At(at) => Some((at - set.obtained).num_seconds()),
        _ => None,
    }
}

/// Each with: access token, refresh token, life, scopes, names of further tokens, some of the rest.
#[tokio::test(start_paused = true)]
async fn each_provider_is_read_in_its_own_form() {
    type Row = (
        Declare,
        Value,
        (&'static str, Option<&'static str>, Option<i64>),
        &'static [&'static str],
        &'static [&'static str],
        &'static [(&'static str, &'static str)],
    );
    let events = "https://www.googleapis.com/auth/calendar.events.readonly";
    let table: Vec<Row> = vec![
        (
            google,
            json!({
                "access_token": "planted-a", "expires_in": 3599, "refresh_token": "planted-r",
                "scope": events, "token_type": "Bearer",
            }),
            ("planted-a", Some("planted-r"), Some(3599)),
            &["https://www.googleapis.com/auth/calendar.events.readonly"],
            NONE,
            &[("token_type", "Bearer")],
        ),
        (
            google,
            json!({
                "access_token": "planted-a", "expires_in": 3599, "refresh_token": "planted-r",
                "refresh_token_expires_in": 604_799, "scope": events, "token_type": "Bearer",
            }),
            ("planted-a", Some("planted-r"), Some(3599)),
            &["https://www.googleapis.com/auth/calendar.events.readonly"],
            NONE,
            &[("refresh_token_expires_in", "604799")],
        ),
        (
            hubspot,
            json!({
                "token_type": "bearer", "access_token": "planted-a", "refresh_token": "planted-r",
                "expires_in": 1800, "hub_id": 48_120_077, "scopes": ["oauth", "crm.objects.contacts.read"],
                "token_use": "access_token", "user_id": 7_001_234,
            }),
            ("planted-a", Some("planted-r"), Some(1800)),
            &["oauth", "crm.objects.contacts.read"],
            NONE,
            &[("hub_id", "48120077"), ("user_id", "7001234")],
        ),
        (
            slack,
            json!({
                "ok": true, "access_token": "xoxb-planted", "token_type": "bot", "scope": "users:read,channels:read",
                "app_id": "A1", "team": { "name": "Acme", "id": "T1" }, "enterprise": null,
                "authed_user": {
                    "id": "U1", "scope": "chat:write", "access_token": "xoxp-planted", "token_type": "user",
                },
            }),
            ("xoxb-planted", None, None),
            &["users:read", "channels:read"],
            &["user_access_token"],
            &[("team_id", "T1"), ("user_id", "U1"), ("user_scope", "chat:write")],
        ),
        (
            slack,
            json!({
                "ok": true, "app_id": "A1", "team": { "id": "T1" },
                "authed_user": {
                    "id": "U1", "scope": "users:read,users:read.email", "access_token": "xoxe.xoxp-planted",
                    "refresh_token": "xoxe-1-planted", "expires_in": 43_200, "token_type": "user",
                },
            }),
            ("xoxe.xoxp-planted", Some("xoxe-1-planted"), Some(43_200)),
            &["users:read", "users:read.email"],
            NONE,
            &[("team_id", "T1"), ("user_id", "U1")],
        ),
        (
            salesforce,
            json!({
                "access_token": "00D!planted", "refresh_token": "5Aep-planted", "signature": "c2ln",
                "scope": "refresh_token api id", "instance_url": "https://acme.my.salesforce.com",
                "id": "https://login.salesforce.com/id/00Dx/005x", "token_type": "Bearer",
                "issued_at": "1795867200123",
            }),
            ("00D!planted", Some("5Aep-planted"), None),
            &["refresh_token", "api", "id"],
            NONE,
            &[("instance_url", "https://acme.my.salesforce.com"), ("issued_at", "1795867200123")],
        ),
        (
            zoho,
            json!({
                "access_token": "1000.planted", "refresh_token": "1000.planted-r", "expires_in": 3600,
                "scope": "ZohoCRM.modules.Accounts.READ,ZohoCRM.users.READ", "token_type": "Bearer",
                "api_domain": "https://www.zohoapis.eu",
            }),
            ("1000.planted", Some("1000.planted-r"), Some(3600)),
            &["ZohoCRM.modules.Accounts.READ", "ZohoCRM.users.READ"],
            NONE,
            &[("api_domain", "https://www.zohoapis.eu")],
        ),
        (
            netsuite,
            json!({
                "access_token": "eyJ-planted", "refresh_token": "eyJ-planted-r", "expires_in": "3600",
                "token_type": "bearer",
            }),
            ("eyJ-planted", Some("eyJ-planted-r"), Some(3600)),
            NONE,
            NONE,
            &[],
        ),
        (
            microsoft,
            json!({
                "token_type": "Bearer", "scope": "Calendars.Read User.Read", "expires_in": 4711,
                "ext_expires_in": 4711, "access_token": "eyJ0-planted", "refresh_token": "0.AX-planted",
                "id_token": "eyJ0-planted-id",
            }),
            ("eyJ0-planted", Some("0.AX-planted"), Some(4711)),
            &["Calendars.Read", "User.Read"],
            &["id_token"],
            &[("ext_expires_in", "4711")],
        ),
        (
            pipedrive,
            json!({
                "access_token": "v1u:planted", "token_type": "Bearer", "refresh_token": "planted-r",
                "scope": "base,deals:read", "expires_in": 3599, "api_domain": "https://acme.pipedrive.com",
            }),
            ("v1u:planted", Some("planted-r"), Some(3599)),
            &["base", "deals:read"],
            NONE,
            &[("api_domain", "https://acme.pipedrive.com")],
        ),
        (
            plain,
            json!({
                "token_type": "Bearer", "access_token": "planted-a", "refresh_token": "planted-r",
                "scope": "default", "created_at": 1_795_867_200, "expires_in": 7200,
                "owner": "https://api.calendly.com/users/U1", "organization": "https://api.calendly.com/organizations/O1",
            }),
            ("planted-a", Some("planted-r"), Some(7200)),
            &["default"],
            NONE,
            &[("owner", "https://api.calendly.com/users/U1")],
        ),
        (
            plain,
            json!({
                "access_token": "planted-a", "token_type": "Bearer", "expires_in": 3600, "refresh_token": "planted-r",
                "scope": "all.full_access offline_access", "user_id": "user_1", "organization_id": "orga_1",
            }),
            ("planted-a", Some("planted-r"), Some(3600)),
            &["all.full_access", "offline_access"],
            NONE,
            &[("organization_id", "orga_1")],
        ),
        (
            zoom,
            json!({
                "access_token": "eyJ-planted", "token_type": "bearer", "refresh_token": "eyJ-planted-r",
                "expires_in": 3599, "scope": "meeting:read:list_meetings user:read:user",
                "api_url": "https://api-us.zoom.us",
            }),
            ("eyJ-planted", Some("eyJ-planted-r"), Some(3599)),
            &["meeting:read:list_meetings", "user:read:user"],
            NONE,
            &[("api_url", "https://api-us.zoom.us")],
        ),
        // Attio's, which never expires and does not say so.
        (
            plain,
            json!({ "access_token": "planted", "token_type": "Bearer" }),
            ("planted", None, None),
            NONE,
            NONE,
            &[],
        ),
    ];
    for (declare, body, (access, refresh, expected), scopes, named, extra) in table {
        let set = exchanged(declare, &body).await;
        assert_eq!(set.access.expose(), access, "{body}");
        assert_eq!(set.refresh.as_ref().map(|token| token.expose()), refresh, "{body}");
        assert_eq!(life(&set), expected, "{body}");
        assert_eq!(set.scopes.clone().unwrap_or_default(), scopes, "{body}");
        assert_eq!(set.named.keys().collect::<Vec<_>>(), named, "{body}");
        for (name, value) in extra {
            assert_eq!(set.extra.get(*name).map(String::as_str), Some(*value), "{body}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_hides_a_token_is_kept_as_one() {
    let hidden = json!({
        "access_token": "planted", "idToken": "planted", "client_secret": "planted",
        "authed_user": { "id": "U1", "access_token": "planted" }, "grants": [{ "user": { "Token": "planted" } }],
        "team": { "id": "T1" },
    });
    let world = world(plain);
    let set = exchanged(plain, &hidden).await;
    assert_eq!(set.named.keys().collect::<Vec<_>>(), ["authed_user", "client_secret", "grants", "idToken"]);
    assert_eq!(set.extra.keys().collect::<Vec<_>>(), ["team"]);
    world.keep(set).await;
    let status = world.process().status(&key()).await.unwrap().unwrap();
    let granted = world.client().granted().await.unwrap();
    assert!(
        granted["team"].contains("T1") && !format!("{status:?}").contains("T1"),
        "names are shown, no values"
    );
    assert!(!format!("{status:?} {:?} {granted:?}", status.extra).contains("planted"));
}

#[tokio::test(start_paused = true)]
async fn a_renewal_keeps_what_it_does_not_say() {
    for (declare, first, second, refresh) in [
        // Google never repeats the refresh token, Microsoft replaces it while the old one still works, and for
        // Slack, Zoom, Close and Calendly the old one is dead at once.
        (google as Declare, json!({}), json!({}), "planted-r1"),
        (microsoft, json!({}), json!({ "refresh_token": "planted-r2" }), "planted-r2"),
        (
            zoom,
            json!({ "api_url": "https://api-us.zoom.us" }),
            json!({ "refresh_token": "planted-r2" }),
            "planted-r2",
        ),
        (slack, json!({ "ok": true }), json!({ "ok": true, "refresh_token": "planted-r2" }), "planted-r2"),
    ] {
        let world = world(declare);
        let mut first = first;
        first["access_token"] = "planted-a1".into();
        first["refresh_token"] = "planted-r1".into();
        first["expires_in"] = 60.into();
        let mut second = second;
        second["access_token"] = "planted-a2".into();
        second["expires_in"] = 60.into();
        world.keep(exchanged(declare, &first).await).await;
        let before = world.process().status(&key()).await.unwrap().unwrap().extra;
        tokio::time::advance(std::time::Duration::from_secs(60)).await;
        world.wire.tokens([Reply::Json(200, second)]);
        world.get().await.unwrap();
        tokio::time::advance(std::time::Duration::from_secs(60)).await;
        world.get().await.unwrap();
        let sent: Vec<String> = world.wire.forms().iter().map(|form| form["refresh_token"].clone()).collect();
        assert_eq!(sent, ["planted-r1", refresh]);
        let status = world.process().status(&key()).await.unwrap().unwrap();
        assert_eq!(status.extra, before);
        assert_eq!(status.expiry, Expiry::At(status.obtained + TimeDelta::hours(1)));
    }
}
