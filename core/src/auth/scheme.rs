//! The ways of being authorised that a provider may offer.

use serde::{Deserialize, Serialize};

use super::{Carry, Fixed};
use crate::oauth::{ClientCredentials, OAuth2, ServiceAccount};

/// One way in which a connector's requests may be authorised. A connector may declare several of different
/// [`AuthKind`]s; the first is the usual one.
#[derive(Debug, Clone)]
#[non_exhaustive]
#[expect(clippy::large_enum_variant, reason = "there are a few for each connector, not one for each request")]
pub enum AuthScheme {
    /// Nothing: the connector talks to no provider, as the local source.
    None,
    /// A person consents: OAuth 2 with the authorization-code grant.
    OAuth2(OAuth2),
    /// The product, or the tenant's own app, is trusted by itself: OAuth 2 with the client-credentials grant.
    ClientCredentials(ClientCredentials),
    /// A service account signs assertions, on behalf of one user or as itself.
    ServiceAccount(ServiceAccount),
    /// What the tenant hands over once and never changes by itself: an API key, a private app's token, a password.
    Fixed(Fixed),
}

/// Which [`AuthScheme`] a connection uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AuthKind {
    /// [`AuthScheme::None`]
    #[default]
    None,
    /// [`AuthScheme::OAuth2`]
    #[serde(rename = "oauth2")]
    OAuth2,
    /// [`AuthScheme::ClientCredentials`]
    ClientCredentials,
    /// [`AuthScheme::ServiceAccount`]
    ServiceAccount,
    /// [`AuthScheme::Fixed`]
    Fixed,
}

impl AuthKind {
    /// What it is called in errors and reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::OAuth2 => "oauth2",
            Self::ClientCredentials => "client_credentials",
            Self::ServiceAccount => "service_account",
            Self::Fixed => "fixed",
        }
    }
}

impl AuthScheme {
    /// Which it is.
    pub fn kind(&self) -> AuthKind {
        match self {
            Self::None => AuthKind::None,
            Self::OAuth2(_) => AuthKind::OAuth2,
            Self::ClientCredentials(_) => AuthKind::ClientCredentials,
            Self::ServiceAccount(_) => AuthKind::ServiceAccount,
            Self::Fixed(_) => AuthKind::Fixed,
        }
    }

    /// How its credential is put on requests.
    pub fn carry(&self) -> &Carry {
        match self {
            Self::None => &Carry::Bearer,
            Self::OAuth2(scheme) => &scheme.carry,
            Self::ClientCredentials(scheme) => &scheme.carry,
            Self::ServiceAccount(scheme) => &scheme.carry,
            Self::Fixed(scheme) => &scheme.carry,
        }
    }
}

impl From<OAuth2> for AuthScheme {
    fn from(scheme: OAuth2) -> Self {
        Self::OAuth2(scheme)
    }
}

impl From<ClientCredentials> for AuthScheme {
    fn from(scheme: ClientCredentials) -> Self {
        Self::ClientCredentials(scheme)
    }
}

impl From<ServiceAccount> for AuthScheme {
    fn from(scheme: ServiceAccount) -> Self {
        Self::ServiceAccount(scheme)
    }
}

impl From<Fixed> for AuthScheme {
    fn from(scheme: Fixed) -> Self {
        Self::Fixed(scheme)
    }
}
