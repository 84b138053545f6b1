//! OAuth 2 as providers offer it: with a person's consent, with an app's own trust, with signed assertions.

use std::time::Duration;

use url::Url;

use super::{ClientAuth, OAuthApp, TokenEndpoint};
use crate::auth::Carry;

/// OAuth 2 with the authorization-code grant (RFC 6749 section 4.1) and PKCE (RFC 7636).
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct OAuth2 {
    /// Where the person is sent.
    pub authorize_url: Url,
    /// Where codes and refresh tokens are exchanged.
    pub token: TokenEndpoint,
    /// Where a grant is revoked, if anywhere (RFC 7009).
    pub revoke_url: Option<Url>,
    /// Where the provider says what a token is good for, if anywhere (RFC 7662). It is asked once after a code was exchanged
    /// if the answer did not say which scopes were granted.
    pub introspect_url: Option<Url>,
    /// What the authorization request carries besides the standard parameters.
    pub authorize_params: Vec<(String, String)>,
    /// Whether a PKCE challenge (S256) is sent.
    pub pkce: bool,
    /// How the access token is put on requests.
    pub carry: Carry,
    /// Scopes asked for whatever the manifest reads.
    pub base_scopes: Vec<String>,
    /// The parameter of the authorization request that names scopes without which the person can still consent; `None`
    /// if all are asked for alike.
    pub optional_scopes: Option<String>,
    /// What stands between two scopes in the authorization request; a space by the standard.
    pub scope_separator: String,
    /// Scopes that contain others: who has the first needs none of the second. Also other names of a scope, where a
    /// provider answers with one name what was asked for under another; without that the scope counts as withheld.
    pub implied_scopes: Vec<(String, Vec<String>)>,
    /// What the authorization request carries so that only *further* scopes are asked for and those granted
    /// before stay. `None` if an authorisation always replaces the one before, so that everything must be asked
    /// for again.
    pub incremental: Option<Vec<(String, String)>>,
    /// Codes of the redirect (RFC 6749 section 4.1.2.1) by which the provider says that not the person but an
    /// administrator, or a policy, keeps them from consenting.
    pub admin_codes: Vec<String>,
    /// Parameters of the redirect that are kept with the tokens, in [`crate::token::TokenSet::extra`], for
    /// instance the account's host.
    pub callback_fields: Vec<String>,
    /// Who the provider says it is in its redirects (RFC 9207), if it does: a redirect that names somebody else, or
    /// nobody, is refused.
    pub issuer: Option<String>,
    /// How long a refresh token lives without being used; `None` if that is not known.
    pub idle_life: Option<Duration>,
}

impl OAuth2 {
    /// A scheme with these endpoints, client credentials in the body, PKCE on.
    pub fn new(authorize_url: Url, token_url: Url) -> Self {
        Self {
            authorize_url,
            token: TokenEndpoint::new(token_url),
            revoke_url: None,
            introspect_url: None,
            authorize_params: Vec::new(),
            pkce: true,
            carry: Carry::Bearer,
            base_scopes: Vec::new(),
            optional_scopes: None,
            scope_separator: " ".to_owned(),
            implied_scopes: Vec::new(),
            incremental: None,
            admin_codes: Vec::new(),
            callback_fields: Vec::new(),
            issuer: None,
            idle_life: None,
        }
    }

    /// Whether `granted` holds `scope`, or one that contains it.
    pub fn grants(&self, granted: &[String], scope: &str) -> bool {
        granted.iter().any(|have| {
            have == scope
                || self
                    .implied_scopes
                    .iter()
                    .any(|(wide, narrow)| wide == have && narrow.iter().any(|narrow| narrow == scope))
        })
    }
}

/// OAuth 2 with the client-credentials grant (RFC 6749 section 4.4), and what resembles it: there is no refresh
/// token, and a new access token is had by asking again.
///
/// The client is the product's registered app, or the tenant's own: see [`ClientCredentials::own_client`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ClientCredentials {
    /// Where tokens are asked for.
    pub token: TokenEndpoint,
    /// `client_credentials` by the standard.
    pub grant_type: String,
    /// What else every request carries, for instance an audience.
    pub params: Vec<(String, String)>,
    /// What else a request carries that differs from tenant to tenant: the names of fields that are handed over
    /// when connecting, for instance an account id.
    pub fields: Vec<String>,
    /// Whether the tenant hands over a client of its own, as the fields `client_id` and `client_secret`; otherwise
    /// the product's app is the client.
    pub own_client: bool,
    /// Whether scopes are asked for.
    pub scoped: bool,
    /// How the access token is put on requests.
    pub carry: Carry,
}

impl ClientCredentials {
    /// The standard's grant at this endpoint, with the product's app and without scopes.
    pub fn new(token_url: Url) -> Self {
        Self {
            token: TokenEndpoint::new(token_url),
            grant_type: "client_credentials".to_owned(),
            params: Vec::new(),
            fields: Vec::new(),
            own_client: false,
            scoped: false,
            carry: Carry::Bearer,
        }
    }
}

/// OAuth 2 with assertions that a service account signs with RS256 (RFC 7523): as itself, or on behalf of one of
/// the users that an administrator has entrusted to it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ServiceAccount {
    /// Where assertions are exchanged.
    pub token: TokenEndpoint,
    /// Whom assertions are made out to; the token endpoint's address unless the provider says otherwise.
    pub audience: String,
    /// How long an assertion holds; an hour by default, which is the longest that providers take.
    pub life: Duration,
    /// How the access token is put on requests.
    pub carry: Carry,
}

impl ServiceAccount {
    /// Assertions made out to, and exchanged at, this endpoint.
    pub fn new(token_url: Url) -> Self {
        Self {
            audience: token_url.as_str().to_owned(),
            token: TokenEndpoint { client_auth: ClientAuth::Public, ..TokenEndpoint::new(token_url) },
            life: Duration::from_secs(3600),
            carry: Carry::Bearer,
        }
    }
}

/// Both sides of an authorization-code grant: what the provider declares, and what the product registered there.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct OAuth2Client {
    /// The provider's side.
    pub scheme: OAuth2,
    /// The product's side.
    pub app: OAuthApp,
}

impl OAuth2Client {
    /// Both sides together.
    pub fn new(scheme: OAuth2, app: OAuthApp) -> Self {
        Self { scheme, app }
    }
}
