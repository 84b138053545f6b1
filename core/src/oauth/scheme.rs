//! How a provider wants to be authorised.

use url::Url;

use super::OAuthApp;

/// How a connector's requests are authorised.
#[derive(Debug, Clone)]
#[non_exhaustive]
#[expect(clippy::large_enum_variant, reason = "there is one for each connector, not one for each request")]
pub enum AuthScheme {
    /// Nothing: the connector talks to no provider, as the local source.
    None,
    /// OAuth 2 with the authorization-code grant (RFC 6749 section 4.1) and PKCE (RFC 7636).
    OAuth2(OAuth2),
}

/// What a provider declares about its OAuth 2 endpoints.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct OAuth2 {
    /// Where the person is sent.
    pub authorize_url: Url,
    /// Where codes and refresh tokens are exchanged.
    pub token_url: Url,
    /// Where a grant is revoked, if anywhere (RFC 7009).
    pub revoke_url: Option<Url>,
    /// What the authorization request carries besides the standard parameters.
    pub authorize_params: Vec<(String, String)>,
    /// How the client proves itself at the token endpoint.
    pub client_auth: ClientAuth,
    /// Whether a PKCE challenge (S256) is sent.
    pub pkce: bool,
    /// How long an access token lives if the answer does not say; `None` means it is unknown.
    pub assumed_life: Option<std::time::Duration>,
    /// Scopes asked for whatever the manifest reads.
    pub base_scopes: Vec<String>,
    /// Codes besides `invalid_grant` by which the token endpoint says that a grant no longer works. They are
    /// looked for in the fields `error`, `error_subtype` and `status` of its answer.
    pub revoked_codes: Vec<String>,
    /// Codes besides the standard's own by which the token endpoint says that the product's registration is
    /// wrong. They are looked for in the same fields, and before the ones that condemn a grant.
    pub operator_codes: Vec<String>,
}

impl OAuth2 {
    /// A scheme with these endpoints, client credentials in the body, PKCE on.
    pub fn new(authorize_url: Url, token_url: Url) -> Self {
        Self {
            authorize_url,
            token_url,
            revoke_url: None,
            authorize_params: Vec::new(),
            client_auth: ClientAuth::Body,
            pkce: true,
            assumed_life: None,
            base_scopes: Vec::new(),
            revoked_codes: Vec::new(),
            operator_codes: Vec::new(),
        }
    }
}

/// How the client proves itself at the token endpoint (RFC 6749 section 2.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClientAuth {
    /// Client id and secret as form fields.
    Body,
    /// HTTP Basic.
    Basic,
}

/// What it takes to speak to a provider's token endpoint for a grant: what the provider declares, and what the
/// product registered there.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct GrantAuth {
    /// The provider's side.
    pub scheme: OAuth2,
    /// The product's side.
    pub app: OAuthApp,
}

impl GrantAuth {
    /// Both sides together.
    pub fn new(scheme: OAuth2, app: OAuthApp) -> Self {
        Self { scheme, app }
    }
}
