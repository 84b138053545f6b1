//! Google's wording of authorisation
//! (<https://developers.google.com/identity/protocols/oauth2/web-server>).

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue, LOCATION};
use serde_json::json;

use super::error::json_response;
use crate::sandbox::oauth::{AuthorizeError, AuthorizeOutcome, OAuthServer, TokenError, form_fields};

const BAD_TIMES: &str = "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. \
                         Check your iat and exp values in the JWT claim.";
const NOT_DELEGATED: &str = "Client is unauthorized to retrieve access tokens using this method, or client not \
                             authorized for any of the scopes requested.";

pub(super) fn authorize(oauth: &OAuthServer, query: &str) -> http::Response<Bytes> {
    let mut response = http::Response::new(Bytes::new());
    match oauth.authorize(query) {
        AuthorizeOutcome::Redirect { location } => {
            *response.status_mut() = http::StatusCode::FOUND;
            // A serialised URL is ASCII.
            if let Ok(location) = HeaderValue::from_str(&location) {
                response.headers_mut().insert(LOCATION, location);
            }
        }
        AuthorizeOutcome::Page(error) => {
            let code = match error {
                AuthorizeError::UnknownClient => "invalid_client",
                AuthorizeError::RedirectMismatch => "redirect_uri_mismatch",
                AuthorizeError::ScopeNotAllowed(_) => "invalid_scope",
                AuthorizeError::UnsupportedResponseType => "unsupported_response_type",
                _ => "invalid_request",
            };
            *response.status_mut() = http::StatusCode::BAD_REQUEST;
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
            *response.body_mut() =
                format!("<!doctype html><title>Error 400: {code}</title><p>Error 400: {code}<p>{error}")
                    .into();
        }
    }
    response
}

pub(super) fn token(oauth: &OAuthServer, form: &str, authorization: Option<&str>) -> http::Response<Bytes> {
    let grant = match oauth.token(form, authorization) {
        Ok(grant) => grant,
        Err(error) => return refuse(oauth, error),
    };
    let mut body = json!({
        "access_token": grant.access_token,
        "expires_in": grant.expires_in,
        "token_type": "Bearer",
    });
    // An assertion gets what it asked for or nothing, so its answer does not repeat the scopes.
    if !form_fields(form).contains_key("assertion") {
        body["scope"] = grant.scopes.join(" ").into();
    }
    if let Some(refresh) = grant.refresh_token {
        body["refresh_token"] = refresh.into();
    }
    if let Some(seconds) = grant.refresh_expires_in {
        body["refresh_token_expires_in"] = seconds.into();
    }
    json_response(200, &body)
}

/// The words for service accounts are of
/// <https://developers.google.com/identity/protocols/oauth2/service-account#error-codes>.
fn refuse(oauth: &OAuthServer, error: TokenError) -> http::Response<Bytes> {
    let (status, code, description) = match error {
        TokenError::Missing(name) => (400, "invalid_request", format!("Missing required parameter: {name}")),
        TokenError::UnsupportedGrantType => (400, "unsupported_grant_type", "Invalid grant_type".to_owned()),
        TokenError::UnknownClient => (401, "invalid_client", "The OAuth client was not found.".to_owned()),
        TokenError::BadSecret => (401, "invalid_client", "The provided client secret is invalid.".to_owned()),
        TokenError::RedirectMismatch => (400, "redirect_uri_mismatch", "Bad Request".to_owned()),
        TokenError::UnknownCode | TokenError::CodeUsed | TokenError::CodeExpired => {
            (400, "invalid_grant", "Malformed auth code.".to_owned())
        }
        TokenError::MissingVerifier => (400, "invalid_grant", "Missing code verifier.".to_owned()),
        TokenError::BadVerifier => (400, "invalid_grant", "Invalid code verifier.".to_owned()),
        TokenError::UnknownRefreshToken => (400, "invalid_grant", "Bad Request".to_owned()),
        TokenError::BadSignature => (400, "invalid_grant", "Invalid JWT Signature.".to_owned()),
        TokenError::UnknownServiceAccount => {
            (400, "invalid_grant", "Invalid grant: account not found".to_owned())
        }
        TokenError::WrongAudience => {
            let right = oauth.assertion_audience().unwrap_or_default();
            let said = format!("Invalid JWT: Failed audience check. The right audience is {right}");
            (400, "invalid_grant", said)
        }
        TokenError::BadTimes => (400, "invalid_grant", BAD_TIMES.to_owned()),
        TokenError::UnknownSubject => (400, "invalid_grant", "Invalid email or User ID".to_owned()),
        TokenError::BadScope => {
            (400, "invalid_scope", "Invalid OAuth scope or ID token audience provided.".to_owned())
        }
        TokenError::NotDelegated => (401, "unauthorized_client", NOT_DELEGATED.to_owned()),
        TokenError::ScopeNotDelegated => {
            (403, "access_denied", "Requested client not authorized.".to_owned())
        }
        TokenError::RefreshExpired | TokenError::Revoked | TokenError::RefreshReused => {
            (400, "invalid_grant", "Token has been expired or revoked.".to_owned())
        }
    };
    json_response(status, &json!({ "error": code, "error_description": description }))
}

pub(super) fn revoke(oauth: &OAuthServer, query: &str, form: &str) -> http::Response<Bytes> {
    let token = form_fields(form).remove("token").or_else(|| form_fields(query).remove("token"));
    match token.filter(|token| !token.is_empty()) {
        None => json_response(
            400,
            &json!({ "error": "invalid_request", "error_description": "Missing required parameter: token" }),
        ),
        Some(token) if oauth.revoke(&token) => json_response(200, &json!({})),
        Some(_) => json_response(
            400,
            &json!({ "error": "invalid_token", "error_description": "Token expired or revoked" }),
        ),
    }
}
