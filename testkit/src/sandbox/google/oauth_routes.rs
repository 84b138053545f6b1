//! Google's wording of authorisation
//! (<https://developers.google.com/identity/protocols/oauth2/web-server>).

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue, LOCATION};
use serde_json::json;

use super::error::json_response;
use crate::sandbox::oauth::{AuthorizeError, AuthorizeOutcome, OAuthServer, TokenError, form_fields};

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
        Err(error) => return refuse(error),
    };
    let mut body = json!({
        "access_token": grant.access_token,
        "expires_in": grant.expires_in,
        "scope": grant.scopes.join(" "),
        "token_type": "Bearer",
    });
    if let Some(refresh) = grant.refresh_token {
        body["refresh_token"] = refresh.into();
    }
    if let Some(seconds) = grant.refresh_expires_in {
        body["refresh_token_expires_in"] = seconds.into();
    }
    json_response(200, &body)
}

fn refuse(error: TokenError) -> http::Response<Bytes> {
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
        _ => (400, "invalid_grant", "Token has been expired or revoked.".to_owned()),
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
