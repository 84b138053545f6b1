//! The OAuth endpoints, in HubSpot's words; the state behind them is [`OAuthServer`].
//!
//! See <https://developers.hubspot.com/docs/api-reference/legacy/authentication/manage-oauth-tokens>.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::Request;
use serde_json::{Value, json};

use super::reply::Reply;
use super::route::Route;
use super::server::State;
use crate::sandbox::oauth::{AuthorizeError, AuthorizeOutcome, OAuthServer, TokenError, form_fields};

/// Answers the OAuth routes; `None` for all others.
pub(super) fn answer(
    state: &mut State,
    oauth: &OAuthServer,
    now: DateTime<Utc>,
    route: &Route,
    request: &Request<Bytes>,
) -> Option<Reply> {
    let form = String::from_utf8_lossy(request.body());
    Some(match route {
        Route::Authorize { portal } => authorize(oauth, *portal, request.uri().query().unwrap_or_default()),
        Route::Token => token(state, oauth, &form),
        Route::Introspect => introspect(state, oauth, now, &form),
        Route::TokenInfo { token } => match shown(state, oauth, now, token) {
            Some(body) => Reply::ok(body),
            None => Reply::error(404, "OBJECT_NOT_FOUND", "the token is unknown or has expired"),
        },
        Route::Revoke => {
            let fields = form_fields(&form);
            if let Some(refusal) = wrong_client(state, &fields) {
                return Some(refusal);
            }
            match fields.get("token").filter(|token| !token.is_empty()) {
                // As the standard asks, a token that is not known is no error.
                Some(token) => {
                    oauth.revoke(token);
                    Reply::ok(json!({}))
                }
                None => failure("invalid_request", "MISSING_TOKEN", "missing or invalid token"),
            }
        }
        Route::RevokeByPath { token } => {
            oauth.revoke(token);
            Reply::empty()
        }
        _ => return None,
    })
}

fn authorize(oauth: &OAuthServer, portal: Option<u64>, query: &str) -> Reply {
    // HubSpot's own clients leave `response_type` out; a portal in the path chooses who consents.
    let mut query = query.to_owned();
    let mut add = |name: &str, value: &str| {
        if !form_fields(&query).contains_key(name) {
            query = format!("{query}&{name}={value}");
        }
    };
    add("response_type", "code");
    if let Some(portal) = portal {
        add("login_hint", &portal.to_string());
    }
    match oauth.authorize(&query) {
        AuthorizeOutcome::Redirect { location } => Reply::new(302, Value::Null).header("location", location),
        AuthorizeOutcome::Page(error) => {
            let page = match error {
                AuthorizeError::ScopeNotAllowed(scope) => {
                    format!(
                        "Couldn't complete the connection: the app is not configured for the scope {scope}."
                    )
                }
                AuthorizeError::ScopeUnavailable(scope) => {
                    format!(
                        "Couldn't complete the connection: this account has no access to the scope {scope}."
                    )
                }
                other => format!("Couldn't complete the connection: {other}."),
            };
            Reply::new(400, Value::String(page))
        }
    }
}

fn token(state: &mut State, oauth: &OAuthServer, form: &str) -> Reply {
    let fields = form_fields(form);
    let refreshing = fields.get("grant_type").is_some_and(|kind| kind == "refresh_token");
    if let Some(info) =
        fields.get("refresh_token").filter(|_| refreshing).and_then(|token| oauth.inspect(token))
    {
        let portal = info.account.id.parse().ok().and_then(|id: u64| state.portals.get(&id));
        if portal.is_none_or(|portal| portal.gone) {
            return Reply::new(
                400,
                json!({"status": "BAD_HUB", "message": "missing or unknown hub id", "error": "access_denied"}),
            );
        }
    }
    let grant = match oauth.token(form, None) {
        Ok(grant) => grant,
        Err(error) => return token_error(error),
    };
    let hub = grant.account.id.parse::<u64>().ok();
    if let Some(portal) = hub.and_then(|hub| state.portals.get_mut(&hub)).filter(|_| !refreshing) {
        portal.installed = true;
    }
    let user = hub.and_then(|hub| state.portals.get(&hub)).map(|portal| portal.user_id);
    let reply = Reply::ok(json!({
        "token_type": "bearer",
        "access_token": grant.access_token,
        "refresh_token": grant.refresh_token,
        "expires_in": grant.expires_in,
        "token_use": "access_token",
    }));
    if !state.config.token_reply_tells_account {
        return reply;
    }
    reply.with("hub_id", json!(hub)).with("scopes", json!(grant.scopes)).with("user_id", json!(user))
}

fn token_error(error: TokenError) -> Reply {
    match error {
        TokenError::Missing(field) => {
            failure("invalid_request", "BAD_REQUEST", &format!("missing or invalid {field}"))
        }
        // Without service accounts the last eight cannot happen.
        TokenError::UnsupportedGrantType
        | TokenError::BadSignature
        | TokenError::UnknownServiceAccount
        | TokenError::WrongAudience
        | TokenError::BadTimes
        | TokenError::BadScope
        | TokenError::UnknownSubject
        | TokenError::NotDelegated
        | TokenError::ScopeNotDelegated => {
            failure("unsupported_grant_type", "BAD_GRANT_TYPE", "missing or unknown grant type")
        }
        TokenError::UnknownClient => {
            failure("invalid_client", "BAD_CLIENT_ID", "missing or invalid client id")
        }
        TokenError::BadSecret => {
            failure("invalid_client", "BAD_CLIENT_SECRET", "missing or invalid client secret")
        }
        TokenError::UnknownCode | TokenError::CodeUsed | TokenError::CodeExpired => {
            failure("invalid_grant", "BAD_AUTH_CODE", "missing or unknown auth code")
        }
        TokenError::RedirectMismatch => {
            failure("invalid_grant", "BAD_REDIRECT_URI", "missing or invalid redirect uri")
        }
        TokenError::MissingVerifier | TokenError::BadVerifier => {
            failure("invalid_grant", "BAD_CODE_VERIFIER", "missing or invalid code verifier")
        }
        TokenError::UnknownRefreshToken
        | TokenError::RefreshExpired
        | TokenError::Revoked
        | TokenError::RefreshReused => {
            failure("invalid_grant", "BAD_REFRESH_TOKEN", "refresh token is invalid, expired or revoked")
        }
    }
}

/// The standard's two fields, and the two of before.
fn failure(error: &str, status: &str, message: &str) -> Reply {
    Reply::new(
        400,
        json!({"error": error, "error_description": message, "status": status, "message": message}),
    )
}

fn wrong_client(state: &State, fields: &std::collections::BTreeMap<String, String>) -> Option<Reply> {
    let field = |name: &str| fields.get(name).map(String::as_str);
    if field("client_id") != Some(&state.config.client_id) {
        return Some(token_error(TokenError::UnknownClient));
    }
    (field("client_secret") != Some(&state.config.client_secret)).then(|| token_error(TokenError::BadSecret))
}

fn introspect(state: &State, oauth: &OAuthServer, now: DateTime<Utc>, form: &str) -> Reply {
    let fields = form_fields(form);
    if let Some(refusal) = wrong_client(state, &fields) {
        return refusal;
    }
    let token = fields.get("token").map_or("", String::as_str);
    Reply::ok(shown(state, oauth, now, token).unwrap_or_else(|| json!({"active": false})))
}

/// What is known of a live token.
fn shown(state: &State, oauth: &OAuthServer, now: DateTime<Utc>, token: &str) -> Option<Value> {
    let info = oauth.inspect(token).filter(|info| info.active)?;
    let hub = info.account.id.parse::<u64>().ok();
    let portal = hub.and_then(|hub| state.portals.get(&hub));
    let mut body = json!({
        "active": true,
        "token": token,
        "hub_id": hub,
        "user_id": portal.map(|portal| portal.user_id),
        "client_id": info.client_id,
        "app_id": state.config.app_id,
        "user": portal.map(|portal| portal.user.as_str()),
        // The customer's own domain, not a host of HubSpot.
        "hub_domain": portal.map(|portal| portal.domain.as_str()),
        "scopes": info.scopes,
        "is_private_distribution": false,
        "token_use": if info.refresh { "refresh_token" } else { "access_token" },
        "token_type": "Bearer",
    });
    if let Some(at) = info.expires_at {
        body["expires_in"] = json!((at - now).num_seconds().max(0));
        if !info.refresh {
            body["signed_access_token"] = json!({
                "expiresAt": at.timestamp_millis(),
                "hubId": hub,
                "userId": body["user_id"],
                "appId": state.config.app_id,
                "hublet": "na1",
                "scopes": "AAEAAAAB",
                "signature": "c2ln",
                "isUserLevel": false,
                "isPrivateDistribution": false,
                "isServiceAccount": false,
                "installingUserId": body["user_id"],
            });
        }
    }
    Some(body)
}
