//! Requests that carry a grant's access token.

use async_trait::async_trait;
use http::HeaderValue;
use http::header::AUTHORIZATION;
use zeroize::Zeroizing;

use super::{GrantKey, TokenManager};
use crate::error::{Error, ErrorKind, Result};
use crate::http::{Authenticator, Request, Stamp};
use crate::oauth::GrantAuth;

/// Puts a grant's access token on requests as `Authorization: Bearer`; made by [`TokenManager::bearer`].
#[derive(Debug)]
pub struct Bearer {
    tokens: TokenManager,
    key: GrantKey,
    auth: GrantAuth,
}

impl Bearer {
    pub(super) fn new(tokens: TokenManager, key: GrantKey, auth: GrantAuth) -> Self {
        Self { tokens, key, auth }
    }
}

#[async_trait]
impl Authenticator for Bearer {
    async fn authenticate(&self, request: &mut Request) -> Result<Stamp> {
        let live = self.tokens.access(&self.key, &self.auth).await?;
        let text = Zeroizing::new(format!("Bearer {}", live.secret.expose()));
        let mut header = HeaderValue::from_str(&text).map_err(|_| {
            Error::new(ErrorKind::Malformed, "the provider's access token cannot stand in a header")
                .with("grant", &self.key)
        })?;
        header.set_sensitive(true);
        request.headers_mut().insert(AUTHORIZATION, header);
        Ok(live.stamp)
    }

    async fn refused(&self, stamp: Stamp) -> Result<bool> {
        self.tokens.refused(&self.key, &self.auth, stamp).await
    }
}
