//! The product's registration at a provider.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::{Error, ErrorKind, Result};
use crate::secret::Secret;

/// The client id and secret under which a product is registered at a provider.
///
/// While the secret is being rotated there are two: each is tried, and the one that the provider took last comes
/// first the next time.
#[derive(Clone)]
#[non_exhaustive]
pub struct OAuthApp {
    /// The client id; public.
    pub client_id: String,
    /// The client secret; empty for a public client.
    pub client_secret: Secret,
    /// Another secret of the same client, while one replaces the other.
    pub other_secret: Option<Secret>,
    /// Whether the provider took the other secret last. Shared by clones.
    other_first: Arc<AtomicBool>,
}

impl fmt::Debug for OAuthApp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OAuthApp")
            .field("client_id", &self.client_id)
            .field("secrets", &(1 + usize::from(self.other_secret.is_some())))
            .finish_non_exhaustive()
    }
}

impl OAuthApp {
    /// An app with this id and secret.
    pub fn new(client_id: impl Into<String>, client_secret: impl Into<Secret>) -> Self {
        Self {
            client_id: client_id.into(),
            client_secret: client_secret.into(),
            other_secret: None,
            other_first: Arc::default(),
        }
    }

    /// A public client, which has no secret (RFC 6749 section 2.1).
    pub fn public(client_id: impl Into<String>) -> Self {
        Self::new(client_id, "")
    }

    /// Adds a second secret, for as long as one replaces the other: the old one or the new one.
    #[must_use]
    pub fn also(mut self, secret: impl Into<Secret>) -> Self {
        self.other_secret = Some(secret.into());
        self
    }

    /// Reads `{prefix}_CLIENT_ID` and `{prefix}_CLIENT_SECRET` from the environment, and
    /// `{prefix}_CLIENT_SECRET_OTHER` if it is there.
    ///
    /// # Errors
    /// `Misconfigured`, naming the variable that is missing or empty.
    pub fn from_env(prefix: &str) -> Result<Self> {
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
        let read = |suffix: &str| {
            let name = format!("{prefix}_{suffix}");
            variable(&name).ok_or_else(|| {
                Error::new(ErrorKind::Misconfigured, "an OAuth app is not configured")
                    .with("variable", &name)
                    .advise(format!("set {name} to the value that the provider's developer console shows"))
            })
        };
        let mut app = Self::new(read("CLIENT_ID")?, read("CLIENT_SECRET")?);
        app.other_secret = variable(&format!("{prefix}_CLIENT_SECRET_OTHER")).map(Secret::new);
        Ok(app)
    }

    /// Whether one of the secrets that hold now is the one that `fits`. A client without a secret has none.
    pub fn has_secret(&self, fits: impl Fn(&Secret) -> bool) -> bool {
        self.secrets().into_iter().any(|(secret, _)| !secret.expose().is_empty() && fits(secret))
    }

    /// The secrets to try, in order, each with whether it is the other one.
    pub(crate) fn secrets(&self) -> Vec<(&Secret, bool)> {
        let mut secrets = vec![(&self.client_secret, false)];
        secrets.extend(self.other_secret.as_ref().map(|secret| (secret, true)));
        if self.other_first.load(Ordering::Relaxed) {
            secrets.reverse();
        }
        secrets
    }

    /// Notes which secret the provider took.
    pub(crate) fn took(&self, other: bool) {
        self.other_first.store(other, Ordering::Relaxed);
    }
}
