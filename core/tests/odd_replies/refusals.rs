//! Refusals: of which kind they are, whose move it is, and whether the grant survives.

use std::time::Duration;

use acquaint_core::ErrorKind::{self, Misconfigured, NeedsReauth, Unavailable};
use acquaint_core::error::Blame;
use acquaint_core::token::{Expiry, GrantState, ReauthReason, TokenSet};
use serde_json::{Value, json};
use tokio::time::advance;

use crate::providers::{
    Declare, google, hubspot, microsoft, netsuite, pipedrive, plain, salesforce, slack, world, zoho, zoom,
};
use crate::support::{Reply, Wired};

/// A grant that must be renewed before anything can be had with it.
async fn expired(declare: Declare) -> Wired {
    let world = world(declare);
    let mut tokens = TokenSet::new("planted-access", world.env.now());
    tokens.refresh = Some("planted-refresh".into());
    tokens.expiry = Expiry::At(world.env.now());
    world.keep(tokens).await;
    world
}

/// Renews against `refusal` and checks what follows.
async fn check(declare: Declare, refusal: Reply, kind: ErrorKind, code: Option<&str>) {
    let world = expired(declare).await;
    world.wire.tokens([refusal.clone()]);
    let error = world.get().await.unwrap_err();
    let blame = match kind {
        NeedsReauth => Blame::Tenant,
        Misconfigured => Blame::Operator,
        _ => Blame::Provider,
    };
    assert_eq!((error.kind(), error.blame(), error.context("code")), (kind, blame, code), "{refusal:?}");
    assert_eq!(error.is_transient(), kind == Unavailable, "{refusal:?}");
    assert!(!format!("{error} {error:?}").contains("planted"), "{error:?}");
    match (world.state().await, kind, code) {
        (GrantState::NeedsReauth { reason, .. }, NeedsReauth, Some(code)) => {
            assert_eq!(reason, ReauthReason::Revoked { code: code.into() }, "{refusal:?}");
        }
        (GrantState::Live, Misconfigured | Unavailable, _) => {
            // It works as soon as that has passed.
            advance(Duration::from_secs(2)).await;
            world.get().await.unwrap();
            check_that_nothing_was_lost(declare, refusal).await;
        }
        other => panic!("{refusal:?}: {other:?}"),
    }
}

/// If the grant ends next, that is not laid to a lost answer; unless it was a 500, which tells nothing.
async fn check_that_nothing_was_lost(declare: Declare, refusal: Reply) {
    let world = expired(declare).await;
    let ended = Reply::Json(400, json!({ "error": "invalid_grant" }));
    world.wire.tokens([refusal.clone(), ended]);
    world.get().await.unwrap_err();
    advance(Duration::from_secs(2)).await;
    world.get().await.unwrap_err();
    let GrantState::NeedsReauth { reason, .. } = world.state().await else { panic!("{refusal:?}") };
    let code = "invalid_grant".to_owned();
    let expected = match refusal {
        Reply::Json(500, _) => ReauthReason::ReplyLost { code },
        _ => ReauthReason::Revoked { code },
    };
    assert_eq!(reason, expected, "{refusal:?}");
}

async fn rows(declare: Declare, rows: impl IntoIterator<Item = (u16, Value, ErrorKind, Option<&str>)>) {
    for (status, body, kind, code) in rows {
        check(declare, Reply::Json(status, body), kind, code).await;
    }
}

#[tokio::test(start_paused = true)]
async fn googles() {
    let said = |error: &str, text: &str| json!({ "error": error, "error_description": text });
    let rapt = json!({
        "error": "invalid_grant",
        "error_description": "reauth related error (invalid_rapt)",
        "error_subtype": "invalid_rapt",
    });
    let table = [
        (400, said("invalid_grant", "Token has been expired or revoked."), NeedsReauth, "invalid_grant"),
        (400, rapt, NeedsReauth, "invalid_grant"),
        (400, said("admin_policy_enforced", "planted"), NeedsReauth, "admin_policy_enforced"),
        (401, said("invalid_client", "The OAuth client was not found."), Misconfigured, "invalid_client"),
        (401, said("deleted_client", "planted"), Misconfigured, "deleted_client"),
        (400, said("redirect_uri_mismatch", "planted"), Misconfigured, "redirect_uri_mismatch"),
    ];
    rows(google, table.map(|(status, body, kind, code)| (status, body, kind, Some(code)))).await;
    rows(google, [(500, json!({ "error": "internal_failure" }), Unavailable, None)]).await;
}

#[tokio::test(start_paused = true)]
async fn hubspots() {
    let gone = "refresh token is invalid, expired or revoked";
    let refused = |status: &str| json!({ "error": "invalid_client", "status": status, "message": "planted" });
    let table = [
        (
            400,
            json!({
                "error": "invalid_grant", "error_description": gone, "status": "BAD_REFRESH_TOKEN", "message": gone,
            }),
            NeedsReauth,
            "BAD_REFRESH_TOKEN",
        ),
        (
            400,
            json!({ "status": "BAD_HUB", "message": "missing or unknown hub id", "error": "access_denied" }),
            NeedsReauth,
            "BAD_HUB",
        ),
        (400, refused("BAD_CLIENT_ID"), Misconfigured, "BAD_CLIENT_ID"),
        (400, refused("BAD_CLIENT_SECRET"), Misconfigured, "BAD_CLIENT_SECRET"),
        (
            400,
            json!({ "status": "BAD_CLIENT_SECRET", "message": "planted" }),
            Misconfigured,
            "BAD_CLIENT_SECRET",
        ),
    ];
    rows(hubspot, table.map(|(status, body, kind, code)| (status, body, kind, Some(code)))).await;
    rows(hubspot, [(503, json!({ "status": "error" }), Unavailable, None)]).await;
}

#[tokio::test(start_paused = true)]
async fn slacks_under_status_200() {
    let said = |error: &str| json!({ "ok": false, "error": error });
    let table = [
        ("invalid_refresh_token", NeedsReauth, Some("invalid_refresh_token")),
        ("token_revoked", NeedsReauth, Some("token_revoked")),
        ("bad_client_secret", Misconfigured, Some("bad_client_secret")),
        ("invalid_client_id", Misconfigured, Some("invalid_client_id")),
        ("some_unheard_of_code", Misconfigured, Some("some_unheard_of_code")),
        ("fatal_error", Unavailable, None),
        ("ratelimited", Unavailable, None),
    ];
    rows(slack, table.map(|(error, kind, code)| (200, said(error), kind, code))).await;
}

#[tokio::test(start_paused = true)]
async fn salesforces() {
    let said = |error: &str, text: &str| json!({ "error": error, "error_description": text });
    let table = [
        ("invalid_grant", "expired access/refresh token", NeedsReauth),
        ("inactive_user", "user is inactive", NeedsReauth),
        ("invalid_client_id", "client identifier invalid", Misconfigured),
        ("invalid_client", "invalid client credentials", Misconfigured),
    ];
    rows(salesforce, table.map(|(error, text, kind)| (400, said(error, text), kind, Some(error)))).await;
}

#[tokio::test(start_paused = true)]
async fn zohos() {
    let denied = "You have made too many requests continuously. Please try again after some time.";
    rows(
        zoho,
        [
            (200, json!({ "error": "invalid_code" }), NeedsReauth, Some("invalid_code")),
            (200, json!({ "error": "invalid_client" }), Misconfigured, Some("invalid_client")),
            (200, json!({ "error": "invalid_client_secret" }), Misconfigured, Some("invalid_client_secret")),
            (400, json!({ "error": "Access Denied", "error_description": denied }), Unavailable, None),
            (200, json!({ "error": "Something planted" }), Misconfigured, Some("other")),
        ],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn microsofts() {
    let said = |error: &str, number: u32| {
        json!({
            "error": error, "error_description": format!("AADSTS{number}: planted"), "error_codes": [number],
            "timestamp": "2026-11-20 12:00:00Z", "trace_id": "planted", "correlation_id": "planted",
        })
    };
    let table = [
        (400, "invalid_grant", 700_082, NeedsReauth, Some("invalid_grant")),
        (400, "interaction_required", 50_076, NeedsReauth, Some("interaction_required")),
        (400, "consent_required", 65_001, NeedsReauth, Some("consent_required")),
        (401, "invalid_client", 7_000_215, Misconfigured, Some("invalid_client")),
        (400, "unauthorized_client", 700_016, Misconfigured, Some("unauthorized_client")),
        (400, "temporarily_unavailable", 90_033, Unavailable, None),
    ];
    rows(
        microsoft,
        table.map(|(status, error, number, kind, code)| (status, said(error, number), kind, code)),
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn zooms_whose_numbers_stand_in_the_text() {
    let said = |text: &str| json!({ "reason": text, "error": "invalid_request" });
    let table = [
        ("Invalid refresh token (4735)", NeedsReauth, "4735"),
        ("4741: the token has been revoked", NeedsReauth, "4741"),
        ("Invalid client_id or client_secret (4704)", Misconfigured, "4704"),
        ("planted, sent at 14735 o'clock", Misconfigured, "invalid_request"),
    ];
    rows(zoom, table.map(|(text, kind, code)| (401, said(text), kind, Some(code)))).await;
}

#[tokio::test(start_paused = true)]
async fn those_of_providers_that_do_as_the_standard_says() {
    let providers: [Declare; 3] = [plain, pipedrive, netsuite];
    for declare in providers {
        let said =
            |error: &str| json!({ "error": error, "error_description": "planted", "message": "planted" });
        let table = [
            (400, "invalid_grant", NeedsReauth, Some("invalid_grant")),
            (401, "invalid_client", Misconfigured, Some("invalid_client")),
            (400, "invalid_request", Misconfigured, Some("invalid_request")),
        ];
        rows(declare, table.map(|(status, error, kind, code)| (status, said(error), kind, code))).await;
        // Sent by whatever stands in front of the provider.
        let page = "<!DOCTYPE html><title>planted</title>";
        check(declare, Reply::Text(403, "text/html", page), Unavailable, None).await;
        let form = "error=invalid_grant&error_description=planted";
        let kind = "application/x-www-form-urlencoded;charset=UTF-8";
        check(declare, Reply::Text(400, kind, form), NeedsReauth, Some("invalid_grant")).await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_revoked_before_counts_as_revoked_in_any_form() {
    for (kind, body, revoked) in [
        ("application/x-www-form-urlencoded", "error=invalid_token&error_description=invalid%20token", true),
        ("application/json", r#"{"error":"invalid_token"}"#, true),
        ("application/x-www-form-urlencoded", "error=unsupported_token_type", false),
    ] {
        let world = expired(salesforce).await;
        world.wire.tokens([Reply::Text(400, kind, body)]);
        let outcome = world.process().revoke(&crate::support::key(), &world.auth).await;
        assert_eq!(outcome.is_ok(), revoked, "{body}");
    }
}
