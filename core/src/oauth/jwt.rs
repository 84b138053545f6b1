//! A service account's own word for itself: a signed JWT (RFC 7519, RFC 7515) that the token endpoint takes for
//! an access token (RFC 7523).

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::error::{Error, Result};
use crate::secret::Secret;

/// Signs with an RSA key as RS256 asks: RSASSA-PKCS1-v1_5 over SHA-256 (RFC 7518 section 3.3).
///
/// Implement it over a key-management service or a hardware module, so that the key never is in this process. It
/// is called once for each access token, at most every few minutes for one grant; the caller sets no time limit.
/// With the feature `rs256` an `RsaKey` signs with a key held in memory.
#[async_trait]
pub trait Rs256: fmt::Debug + Send + Sync + 'static {
    /// The signature of `message`, which is given whole and not as its digest: as many bytes as the key's
    /// modulus has.
    ///
    /// # Errors
    /// `Misconfigured` if the key is not to be used for this, `Unavailable` if it cannot be reached.
    async fn sign(&self, message: &[u8]) -> Result<Vec<u8>>;
}

/// The identity of a service account and the key that proves it. `Debug` shows no key.
#[derive(Clone)]
pub struct ServiceAccountKey {
    email: String,
    key_id: Option<String>,
    signer: Arc<dyn Rs256>,
}

impl ServiceAccountKey {
    /// The account of this address, whose key is known to the provider as `key_id`.
    pub fn new(email: impl Into<String>, key_id: Option<String>, signer: Arc<dyn Rs256>) -> Self {
        Self { email: email.into(), key_id, signer }
    }

    /// The account's address, which is the issuer (`iss`) of its assertions.
    pub fn email(&self) -> &str {
        &self.email
    }

    /// The provider's name of the key (`kid`), if it has one.
    pub fn key_id(&self) -> Option<&str> {
        self.key_id.as_deref()
    }

    /// A signed assertion of `claims`, issued at `now`, as a compact JWS: the form field `assertion` of the grant
    /// type `urn:ietf:params:oauth:grant-type:jwt-bearer`. Whoever holds it has the access until it expires.
    ///
    /// # Errors
    /// Those of the signer.
    pub async fn assertion(&self, claims: &Assertion<'_>, now: DateTime<Utc>) -> Result<Secret> {
        let issued = now.timestamp();
        let life = i64::try_from(claims.life.as_secs()).unwrap_or(i64::MAX);
        let header = Header { alg: "RS256", typ: "JWT", kid: self.key_id() };
        let claims = Claims {
            iss: &self.email,
            sub: claims.subject,
            scope: (!claims.scopes.is_empty()).then(|| claims.scopes.join(" ")),
            aud: claims.audience,
            iat: issued,
            exp: issued.saturating_add(life),
        };
        let mut token = format!("{}.{}", encode(&header)?, encode(&claims)?);
        let signature = self.signer.sign(token.as_bytes()).await?;
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        Ok(Secret::new(token))
    }
}

impl fmt::Debug for ServiceAccountKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without the signer, which may be a stranger's and show more than it should.
        f.debug_struct("ServiceAccountKey")
            .field("email", &self.email)
            .field("key_id", &self.key_id)
            .finish_non_exhaustive()
    }
}

/// What a service account asks for.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Assertion<'a> {
    /// Who is to believe it (`aud`): the provider's token endpoint, in the spelling that the provider wants.
    pub audience: &'a str,
    /// The scopes asked for; with none the claim is left out.
    pub scopes: &'a [String],
    /// As whom the account wants to act (`sub`); `None` for itself.
    pub subject: Option<&'a str>,
    /// How long the assertion may be used, in whole seconds; providers allow an hour at most.
    pub life: Duration,
}

impl<'a> Assertion<'a> {
    /// For this audience: the account itself, no scopes yet, one hour.
    pub fn new(audience: &'a str) -> Self {
        Self { audience, scopes: &[], subject: None, life: Duration::from_secs(3600) }
    }

    /// Asks for these scopes.
    #[must_use]
    pub fn scopes(mut self, scopes: &'a [String]) -> Self {
        self.scopes = scopes;
        self
    }

    /// Asks to act as `subject`, which takes domain-wide delegation.
    #[must_use]
    pub fn subject(mut self, subject: &'a str) -> Self {
        self.subject = Some(subject);
        self
    }
}

#[derive(Serialize)]
struct Header<'a> {
    alg: &'static str,
    typ: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    kid: Option<&'a str>,
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
    aud: &'a str,
    iat: i64,
    exp: i64,
}

fn encode<T: Serialize>(part: &T) -> Result<String> {
    let json = serde_json::to_vec(part)
        .map_err(|error| Error::bug("an assertion cannot be written as JSON").with_source(error))?;
    Ok(URL_SAFE_NO_PAD.encode(json))
}
