//! What an authorisation server is told and what it answers.

use std::collections::BTreeSet;
use std::fmt;

use chrono::{DateTime, Duration, Utc};

/// An application registered at the provider.
#[derive(Clone, PartialEq, Eq)]
pub struct Client {
    /// The public client id.
    pub id: String,
    /// The secret it must send to the token endpoint; `None` for a public client.
    pub secret: Option<String>,
    /// Redirect URIs, matched exactly.
    pub redirect_uris: Vec<String>,
    /// An installed application: `http://127.0.0.1`, `[::1]` and `localhost` with any port and path are
    /// allowed as redirect too.
    pub installed: bool,
    /// The scopes it may ask for; empty allows all.
    pub allowed_scopes: BTreeSet<String>,
}

impl Client {
    /// A client with a secret and no redirect URI yet.
    pub fn new(id: impl Into<String>, secret: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            secret: Some(secret.into()),
            redirect_uris: Vec::new(),
            installed: false,
            allowed_scopes: BTreeSet::new(),
        }
    }

    /// Registers `uri` as redirect.
    #[must_use]
    pub fn redirect(mut self, uri: impl Into<String>) -> Self {
        self.redirect_uris.push(uri.into());
        self
    }

    /// Makes it an installed application, for which any loopback redirect is allowed.
    #[must_use]
    pub fn installed(mut self) -> Self {
        self.installed = true;
        self
    }

    /// Limits what it may ask for to the scopes named here; call again to add one.
    #[must_use]
    pub fn scope(mut self, scope: impl Into<String>) -> Self {
        self.allowed_scopes.insert(scope.into());
        self
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("id", &self.id)
            .field("installed", &self.installed)
            .finish_non_exhaustive()
    }
}

/// Somebody who can consent.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Account {
    /// The provider's id of the account (an address, a portal number).
    pub id: String,
    /// What `login_hint` may name besides the id.
    pub login: String,
}

/// How the provider treats refresh tokens when they are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefreshPolicy {
    /// The refresh token stays; the response leaves it out.
    KeptSilently,
    /// The refresh token stays; the response repeats it.
    KeptRepeated,
    /// Every use gives a new one and spends the old. A spent one revokes the whole grant.
    Rotating,
}

/// When a code exchange gives a refresh token at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefreshIssue {
    /// Always.
    Always,
    /// Only with `access_type=offline`, and only at the first consent of an account to a client or with
    /// `prompt=consent`. Installed applications always get one.
    OfflineFirstConsent,
}

/// The habits of one provider's authorisation server.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct OAuthConfig {
    /// What all token strings are derived from.
    pub seed: u64,
    /// How long an access token lives.
    pub access_lifetime: Duration,
    /// How long an authorisation code lives.
    pub code_lifetime: Duration,
    /// How long a refresh token lives; `None` is for ever.
    pub refresh_lifetime: Option<Duration>,
    /// What using a refresh token does to it.
    pub refresh_policy: RefreshPolicy,
    /// When a refresh token is given.
    pub refresh_issue: RefreshIssue,
    /// How many live grants one account has per client; a further one silently kills the oldest.
    pub grants_per_account: Option<usize>,
    /// Whether revoking a grant also ends its access tokens at once.
    pub revoke_ends_access: bool,
    /// Whether the redirect carries the granted `scope` beside `code` and `state`.
    pub redirect_carries_scope: bool,
    /// What access tokens begin with.
    pub access_prefix: String,
    /// What refresh tokens begin with.
    pub refresh_prefix: String,
    /// What authorisation codes begin with.
    pub code_prefix: String,
    /// Whom the assertions of service accounts must be addressed to (`aud`); `None` if the provider has no service
    /// accounts.
    pub assertion_audience: Option<String>,
    /// What every scope that an assertion may ask for begins with; empty allows all.
    pub assertion_scope_prefix: String,
}

impl Default for OAuthConfig {
    fn default() -> Self {
        Self {
            seed: 0,
            access_lifetime: Duration::hours(1),
            code_lifetime: Duration::minutes(10),
            refresh_lifetime: None,
            refresh_policy: RefreshPolicy::KeptSilently,
            refresh_issue: RefreshIssue::Always,
            grants_per_account: None,
            revoke_ends_access: true,
            redirect_carries_scope: false,
            access_prefix: "at-".to_owned(),
            refresh_prefix: "rt-".to_owned(),
            code_prefix: "code-".to_owned(),
            assertion_audience: None,
            assertion_scope_prefix: String::new(),
        }
    }
}

/// What the authorisation page did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuthorizeOutcome {
    /// Send the browser to `location` with 302: with a code, or with an `error` for the client.
    Redirect {
        /// The absolute redirect URI with its query.
        location: String,
    },
    /// Show the person an error page: the redirect URI cannot be trusted.
    Page(AuthorizeError),
}

/// Why an authorisation request gets an error page.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AuthorizeError {
    /// A required parameter is missing or empty.
    #[error("the parameter {0} is missing")]
    Missing(&'static str),
    /// No such client.
    #[error("no such client")]
    UnknownClient,
    /// The redirect URI is not registered.
    #[error("the redirect URI is not registered for this client")]
    RedirectMismatch,
    /// Only `response_type=code` is there.
    #[error("the response type is not `code`")]
    UnsupportedResponseType,
    /// Neither `S256` nor `plain`.
    #[error("the code challenge method is neither S256 nor plain")]
    UnsupportedChallengeMethod,
    /// The client may not ask for this scope.
    #[error("the scope {0} is not open to this client")]
    ScopeNotAllowed(String),
    /// The account that consents cannot grant a scope that is not optional.
    #[error("the account cannot grant the scope {0}")]
    ScopeUnavailable(String),
    /// The sandbox has no account that could consent.
    #[error("there is no account; add one first")]
    NoAccount,
}

/// What a successful call of the token endpoint grants.
#[derive(Clone, PartialEq, Eq)]
pub struct TokenGrant {
    /// The access token.
    pub access_token: String,
    /// Seconds until it expires.
    pub expires_in: i64,
    /// The refresh token, where this answer carries one.
    pub refresh_token: Option<String>,
    /// Seconds until the refresh token expires, where it does.
    pub refresh_expires_in: Option<i64>,
    /// The granted scopes, in the order in which they were asked for.
    pub scopes: Vec<String>,
    /// Who consented.
    pub account: Account,
    /// To which client.
    pub client_id: String,
}

impl fmt::Debug for TokenGrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenGrant")
            .field("account", &self.account)
            .field("client_id", &self.client_id)
            .field("scopes", &self.scopes)
            .field("expires_in", &self.expires_in)
            .field("refresh_token", &self.refresh_token.is_some())
            .finish_non_exhaustive()
    }
}

/// Why the token endpoint refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// A required form field is missing or empty.
    #[error("the field {0} is missing")]
    Missing(&'static str),
    /// The grant type is none that this server knows.
    #[error("the grant type is not supported")]
    UnsupportedGrantType,
    /// No such client.
    #[error("no such client")]
    UnknownClient,
    /// The client's secret is wrong or missing.
    #[error("the client secret is wrong")]
    BadSecret,
    /// No such code, or it belongs to another client.
    #[error("no such authorisation code")]
    UnknownCode,
    /// The code has been used.
    #[error("the authorisation code has been used")]
    CodeUsed,
    /// The code has expired.
    #[error("the authorisation code has expired")]
    CodeExpired,
    /// The redirect URI is not the one that the code was made for.
    #[error("the redirect URI is not the one of the authorisation")]
    RedirectMismatch,
    /// The code was made with a PKCE challenge and no verifier came.
    #[error("the code verifier is missing")]
    MissingVerifier,
    /// The PKCE verifier does not fit the challenge.
    #[error("the code verifier does not fit the challenge")]
    BadVerifier,
    /// No such refresh token, or it belongs to another client.
    #[error("no such refresh token")]
    UnknownRefreshToken,
    /// The refresh token has expired.
    #[error("the refresh token has expired")]
    RefreshExpired,
    /// The grant behind the refresh token was revoked.
    #[error("the grant has been revoked")]
    Revoked,
    /// A rotated refresh token came a second time; the grant is revoked now.
    #[error("the refresh token has been used before; its grant is revoked")]
    RefreshReused,
    /// The assertion is no JWT, is not signed with RS256, or not by the key of the account that it names.
    #[error("the signature of the assertion is not valid")]
    BadSignature,
    /// The assertion's issuer is no service account.
    #[error("no such service account")]
    UnknownServiceAccount,
    /// The assertion is addressed to somebody else.
    #[error("the assertion is not addressed to this server")]
    WrongAudience,
    /// The assertion has expired, is from the future, or lives too long.
    #[error("the assertion's times are not acceptable")]
    BadTimes,
    /// The assertion asks for no scope, or for one that does not exist.
    #[error("the assertion asks for no scope or for one that does not exist")]
    BadScope,
    /// The assertion's subject is no account.
    #[error("the assertion's subject is no account")]
    UnknownSubject,
    /// The service account may not act as the subject, or with none of the scopes.
    #[error("the service account may not act as the subject with any of these scopes")]
    NotDelegated,
    /// The service account may act as the subject, but not with all of the scopes.
    #[error("the service account may not act as the subject with all of these scopes")]
    ScopeNotDelegated,
}

impl TokenError {
    /// Whether the standard calls this `invalid_grant`: the same grant never works again.
    pub fn is_invalid_grant(self) -> bool {
        !matches!(
            self,
            Self::Missing(_)
                | Self::UnsupportedGrantType
                | Self::UnknownClient
                | Self::BadSecret
                | Self::BadScope
                | Self::NotDelegated
                | Self::ScopeNotDelegated
        )
    }
}

/// Who is behind an access token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bearer {
    /// The account that consented, or as which a service account acts.
    pub account: Account,
    /// The client that was granted it.
    pub client_id: String,
    /// The granted scopes.
    pub scopes: BTreeSet<String>,
    /// When the token expires.
    pub expires_at: DateTime<Utc>,
}

/// Why an `Authorization` header is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BearerError {
    /// No header, or not of the form `Bearer TOKEN`.
    #[error("there is no bearer token")]
    Missing,
    /// Never issued.
    #[error("the access token is not known")]
    Unknown,
    /// Its time is over.
    #[error("the access token has expired")]
    Expired,
    /// Its grant was revoked.
    #[error("the access token has been revoked")]
    Revoked,
}

/// What the server knows about one token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenInfo {
    /// Whether it is a refresh token.
    pub refresh: bool,
    /// Who consented.
    pub account: Account,
    /// To which client.
    pub client_id: String,
    /// The granted scopes, in the order in which they were asked for.
    pub scopes: Vec<String>,
    /// When it expires, where it does.
    pub expires_at: Option<DateTime<Utc>>,
    /// Whether it would be accepted now.
    pub active: bool,
}

/// How often the server was called since it was made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct OAuthCalls {
    /// Authorisation pages, successful or not.
    pub authorizations: u64,
    /// Code exchanges that succeeded.
    pub exchanges: u64,
    /// Refreshes that succeeded.
    pub refreshes: u64,
    /// Assertions of service accounts that were taken for an access token.
    pub assertions: u64,
    /// Calls of the token endpoint that were refused.
    pub refused: u64,
    /// Rotated refresh tokens that came a second time.
    pub reuses: u64,
    /// Revocations that succeeded.
    pub revocations: u64,
}

impl OAuthCalls {
    /// All calls of the token endpoint, refused ones included.
    pub fn token_calls(&self) -> u64 {
        self.exchanges + self.refreshes + self.assertions + self.refused
    }
}
