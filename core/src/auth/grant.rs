//! What it takes to keep one grant alive.

use super::{AuthKind, Fixed};
use crate::env::Env;
use crate::error::{Error, Result};
use crate::oauth::{
    self, ClientCredentials, OAuth2, OAuth2Client, OAuthApp, ServiceAccount, ServiceAccountKey, TokenFailure,
};
use crate::token::{ReauthReason, TokenSet};

/// What it takes to keep one grant alive: what the provider declares, and what the product has for it.
#[derive(Debug, Clone)]
#[non_exhaustive]
#[expect(clippy::large_enum_variant, reason = "there is one for each connection at work")]
pub enum GrantAuth {
    /// A person's consent, renewed with a refresh token.
    OAuth2(OAuth2Client),
    /// An app's own trust.
    ClientCredentials {
        /// The provider's side.
        scheme: ClientCredentials,
        /// The product's app, unless tenants bring their own.
        app: Option<OAuthApp>,
    },
    /// A service account's signature.
    ServiceAccount {
        /// The provider's side.
        scheme: ServiceAccount,
        /// The account's key.
        key: ServiceAccountKey,
    },
    /// What was handed over once.
    Fixed {
        /// The provider's side.
        scheme: Fixed,
        /// The product's registration, where signatures need it.
        app: Option<OAuthApp>,
    },
}

impl GrantAuth {
    /// A person's consent.
    pub fn new(scheme: OAuth2, app: OAuthApp) -> Self {
        Self::OAuth2(OAuth2Client::new(scheme, app))
    }

    /// Which way of being authorised it is.
    pub fn kind(&self) -> AuthKind {
        match self {
            Self::OAuth2(_) => AuthKind::OAuth2,
            Self::ClientCredentials { .. } => AuthKind::ClientCredentials,
            Self::ServiceAccount { .. } => AuthKind::ServiceAccount,
            Self::Fixed { .. } => AuthKind::Fixed,
        }
    }

    /// The product's registration, if there is one.
    pub(crate) fn app(&self) -> Option<&OAuthApp> {
        match self {
            Self::OAuth2(client) => Some(&client.app),
            Self::ClientCredentials { app, .. } | Self::Fixed { app, .. } => app.as_ref(),
            Self::ServiceAccount { .. } => None,
        }
    }

    pub(crate) fn carry(&self) -> &super::Carry {
        match self {
            Self::OAuth2(client) => &client.scheme.carry,
            Self::ClientCredentials { scheme, .. } => &scheme.carry,
            Self::ServiceAccount { scheme, .. } => &scheme.carry,
            Self::Fixed { scheme, .. } => &scheme.carry,
        }
    }

    /// Whether new tokens can be had in place of `tokens` without a person.
    pub(crate) fn renews(&self, tokens: &TokenSet) -> bool {
        match self {
            Self::OAuth2(_) => tokens.refresh.as_ref().is_some_and(|token| !token.is_empty()),
            Self::ClientCredentials { .. } | Self::ServiceAccount { .. } => true,
            Self::Fixed { .. } => false,
        }
    }

    /// Whether asking for new tokens may use up what they are asked with, so that an answer that was lost is a loss.
    pub(crate) fn spends(&self) -> bool {
        matches!(self, Self::OAuth2(_))
    }

    /// Why a grant ends whose access token no longer works and that does not renew itself.
    pub(crate) fn end(&self) -> ReauthReason {
        match self {
            Self::Fixed { .. } => ReauthReason::Refused,
            _ => ReauthReason::NoRefreshToken,
        }
    }

    /// Whether `tokens` were given to the client that is registered now. Another one would be refused, in words that
    /// condemn the grant or claim that it is revoked.
    pub(crate) fn check_client(&self, tokens: &TokenSet) -> Result<(), TokenFailure> {
        match (self, &tokens.issued_to) {
            (Self::OAuth2(client), Some(id)) if *id != client.app.client_id => Err(TokenFailure::OtherClient),
            _ => Ok(()),
        }
    }

    /// Asks for new tokens in place of `tokens`.
    pub(crate) async fn renew(&self, env: &Env, tokens: &TokenSet) -> Result<TokenSet, TokenFailure> {
        match self {
            Self::OAuth2(client) => match &tokens.refresh {
                Some(token) => oauth::refresh(env, client, token).await,
                None => Err(TokenFailure::Revoked { code: "no_refresh_token".to_owned() }),
            },
            Self::ClientCredentials { scheme, app } => {
                oauth::client_credentials(env, scheme, app.as_ref(), tokens).await
            }
            Self::ServiceAccount { scheme, key } => oauth::service_account(env, scheme, key, tokens).await,
            Self::Fixed { .. } => Err(TokenFailure::Revoked { code: "fixed_credential".to_owned() }),
        }
    }

    /// The first tokens of a grant that needs no person: `known` holds what was handed over.
    ///
    /// # Errors
    /// `NeedsReauth` if the tenant's own client or subject is refused, `Forbidden` if the tenant's administrator
    /// has not allowed it, `Misconfigured` if the product's registration is refused, `Unavailable` or `RateLimited`
    /// if the provider cannot be asked now; `Unsupported` if a person must consent.
    pub async fn first_tokens(&self, env: &Env, known: TokenSet) -> Result<TokenSet> {
        match self {
            Self::OAuth2(_) => Err(Error::unsupported().advise("a person must consent to this")),
            Self::Fixed { .. } => Ok(known),
            _ => {
                let tokens = self.renew(env, &known).await.map_err(TokenFailure::into_error)?;
                Ok(self.renewed(tokens, &known))
            }
        }
    }

    /// Asks the provider to forget the grant.
    pub(crate) async fn revoke(&self, env: &Env, tokens: TokenSet) -> Result<()> {
        let Self::OAuth2(client) = self else {
            return Err(Error::unsupported().operation("revoke"));
        };
        self.check_client(&tokens).map_err(|failure| failure.into_error().operation("revoke"))?;
        let token = tokens.refresh.filter(|token| !token.is_empty()).unwrap_or(tokens.access);
        oauth::revoke(env, client, &token).await
    }
}
