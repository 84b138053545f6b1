//! How a credential is put on a request.

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::AUTHORIZATION;
use http::{HeaderName, HeaderValue, Uri};
use url::Url;
use zeroize::Zeroizing;

use crate::env::Env;
use crate::error::{Error, ErrorKind, Result};
use crate::http::Request;
use crate::oauth::OAuthApp;
use crate::token::TokenSet;

/// The field of a [`super::Credential`] that is the user's name in [`Carry::Basic`].
pub(super) const USERNAME: &str = "username";

/// How a credential is put on a request.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub enum Carry {
    /// `Authorization: Bearer TOKEN` (RFC 6750).
    #[default]
    Bearer,
    /// A header of the provider's own: `name: prefixTOKEN`.
    Header {
        /// The header's name.
        name: HeaderName,
        /// What stands before the token, the space included, for instance `Zoho-oauthtoken `. May be empty.
        prefix: String,
    },
    /// A query parameter.
    Query {
        /// The parameter's name.
        name: String,
    },
    /// `Authorization: Basic` with the credential's `username` and, as password, its token (RFC 7617).
    Basic,
    /// The connector signs the request itself.
    Signed(Arc<dyn Signer>),
}

/// Signs requests, for providers whose credential depends on method, address and body.
#[async_trait]
pub trait Signer: Debug + Send + Sync + 'static {
    /// Signs `request`, which is final: nothing of it changes afterwards. Called anew for every attempt.
    ///
    /// # Errors
    /// `Malformed` or `Misconfigured` if it cannot be signed with this credential. Never shows the credential.
    async fn sign(&self, request: &mut Request, with: Signing<'_>) -> Result<()>;
}

/// What a [`Signer`] signs with.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Signing<'a> {
    /// The grant's credential.
    pub tokens: &'a TokenSet,
    /// The product's registration, if there is one.
    pub app: Option<&'a OAuthApp>,
    /// The time and randomness, for timestamps and nonces.
    pub env: &'a Env,
}

impl<'a> Signing<'a> {
    /// With these.
    pub fn new(tokens: &'a TokenSet, app: Option<&'a OAuthApp>, env: &'a Env) -> Self {
        Self { tokens, app, env }
    }
}

impl Carry {
    /// Puts the credential on the request.
    pub(crate) async fn put(&self, request: &mut Request, with: Signing<'_>) -> Result<()> {
        let token = with.tokens.access.expose();
        match self {
            Self::Bearer => set(request, AUTHORIZATION, format!("Bearer {token}")),
            Self::Header { name, prefix } => set(request, name.clone(), format!("{prefix}{token}")),
            Self::Query { name } => {
                let unusable = |_| Error::bug("a request has no absolute address");
                let mut url = Url::parse(&request.uri().to_string()).map_err(|_| unusable(()))?;
                url.query_pairs_mut().append_pair(name, token);
                *request.uri_mut() = url.as_str().parse::<Uri>().map_err(|_| unusable(()))?;
                Ok(())
            }
            Self::Basic => {
                let user = with.tokens.named.get(USERNAME).map_or("", |user| user.expose());
                let pair = Zeroizing::new(format!("{user}:{token}"));
                set(request, AUTHORIZATION, format!("Basic {}", STANDARD.encode(&*pair)))
            }
            Self::Signed(signer) => {
                signer.sign(request, with).await?;
                if let Some(value) = request.headers_mut().get_mut(AUTHORIZATION) {
                    value.set_sensitive(true);
                }
                Ok(())
            }
        }
    }
}

fn set(request: &mut Request, name: HeaderName, value: String) -> Result<()> {
    let value = Zeroizing::new(value);
    let mut header = HeaderValue::from_str(&value).map_err(|_| {
        Error::new(ErrorKind::Malformed, "the credential cannot stand in a header").with("header", &name)
    })?;
    header.set_sensitive(true);
    request.headers_mut().insert(name, header);
    Ok(())
}
