//! Authorisation servers, and what it takes to speak to them.

use std::sync::Arc;

use acquaint::OAuthApp;
use acquaint::core::auth::GrantAuth;
use acquaint::core::env::Clock;
use acquaint::core::oauth::OAuth2;
use acquaint::core::token::{Expiry, GrantKey, TokenSet};
use acquaint_testkit::sandbox::oauth::{
    Account, Client, OAuthConfig, OAuthServer, RefreshPolicy, TokenError, TokenGrant,
};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use url::Url;

const CLIENT: &str = "client-1";
const SECRET: &str = "planted-client-secret";

/// A server that knows the client. When it rotates, a refresh token that comes a second time ends its grant
/// (RFC 9700 section 4.14.2).
pub(crate) fn server(clock: Arc<dyn Clock>, policy: RefreshPolicy, life: TimeDelta) -> OAuthServer {
    let mut config = OAuthConfig::default();
    config.refresh_policy = policy;
    config.access_lifetime = life;
    // Who authorises again has one grant, the new one.
    config.grants_per_account = Some(1);
    let server = OAuthServer::new(clock, config);
    server.add_client(Client::new(CLIENT, SECRET));
    server
}

/// What the client declares for a server with its endpoints below `base`.
pub(crate) fn auth(base: &str) -> GrantAuth {
    let url = |path: &str| Url::parse(&format!("{base}/{path}")).unwrap();
    let mut scheme = OAuth2::new(url("authorize"), url("token"));
    scheme.revoke_url = Some(url("revoke"));
    GrantAuth::new(scheme, OAuthApp::new(CLIENT, SECRET))
}

pub(crate) fn grant(tenant: &str, grant: &str) -> GrantKey {
    GrantKey { tenant: tenant.into(), grant: grant.into() }
}

/// A person authorises at the server.
pub(crate) fn authorise(server: &OAuthServer, account: &str, now: DateTime<Utc>) -> TokenSet {
    let account = Account { id: account.to_owned(), login: account.to_owned() };
    let granted = server.grant(CLIENT, &account, &["read"]);
    let mut tokens = TokenSet::new(granted.access_token, now);
    tokens.refresh = granted.refresh_token.map(Into::into);
    tokens.expiry = Expiry::At(now + TimeDelta::seconds(granted.expires_in));
    tokens
}

/// Whether the server accepts the access token.
pub(crate) fn accepts(server: &OAuthServer, access: &str) -> bool {
    server.check_bearer(Some(&format!("Bearer {access}"))).is_ok()
}

/// The status and body with which the token endpoint says it (RFC 6749 sections 5.1 and 5.2).
pub(crate) fn worded(outcome: &Result<TokenGrant, TokenError>) -> (u16, Value) {
    match outcome {
        Ok(granted) => {
            let mut body = json!({
                "access_token": granted.access_token,
                "expires_in": granted.expires_in,
                "token_type": "Bearer",
            });
            if let Some(refresh) = &granted.refresh_token {
                body["refresh_token"] = refresh.as_str().into();
            }
            (200, body)
        }
        Err(error) if error.is_invalid_grant() => (400, json!({ "error": "invalid_grant" })),
        Err(error) => (400, json!({ "error": "invalid_request", "error_description": error.to_string() })),
    }
}
