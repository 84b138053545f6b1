//! The product's registration at a provider.

use crate::error::{Error, ErrorKind, Result};
use crate::secret::Secret;

/// The client id and secret under which a product is registered at a provider.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct OAuthApp {
    /// The client id; public.
    pub client_id: String,
    /// The client secret.
    pub client_secret: Secret,
}

impl OAuthApp {
    /// An app with this id and secret.
    pub fn new(client_id: impl Into<String>, client_secret: impl Into<Secret>) -> Self {
        Self { client_id: client_id.into(), client_secret: client_secret.into() }
    }

    /// Reads `{prefix}_CLIENT_ID` and `{prefix}_CLIENT_SECRET` from the environment.
    ///
    /// # Errors
    /// `Misconfigured`, naming the variable that is missing or empty.
    pub fn from_env(prefix: &str) -> Result<Self> {
        let read = |suffix: &str| {
            let name = format!("{prefix}_{suffix}");
            std::env::var(&name).ok().filter(|value| !value.trim().is_empty()).ok_or_else(|| {
                Error::new(ErrorKind::Misconfigured, "an OAuth app is not configured")
                    .with("variable", &name)
                    .advise(format!("set {name} to the value that the provider's developer console shows"))
            })
        };
        Ok(Self::new(read("CLIENT_ID")?, read("CLIENT_SECRET")?))
    }
}
