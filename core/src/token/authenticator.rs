//! Requests that carry a grant's credential.

use std::collections::BTreeMap;

use async_trait::async_trait;

use super::{GrantKey, TokenManager};
use crate::auth::{GrantAuth, Signing};
use crate::error::Result;
use crate::http::{Authenticator, Request, Stamp};

/// Puts a grant's live credential on requests, as its scheme says; made by [`TokenManager::authenticator`].
#[derive(Debug)]
pub struct GrantAuthenticator {
    tokens: TokenManager,
    key: GrantKey,
    auth: GrantAuth,
}

impl GrantAuthenticator {
    pub(super) fn new(tokens: TokenManager, key: GrantKey, auth: GrantAuth) -> Self {
        Self { tokens, key, auth }
    }
}

#[async_trait]
impl Authenticator for GrantAuthenticator {
    async fn authenticate(&self, request: &mut Request) -> Result<Stamp> {
        let live = self.tokens.access(&self.key, &self.auth).await?;
        let with = Signing::new(&live.tokens, self.auth.app(), self.tokens.env());
        self.auth.carry().put(request, with).await.map_err(|error| error.with("grant", &self.key))?;
        Ok(live.stamp)
    }

    async fn refused(&self, stamp: Stamp) -> Result<bool> {
        self.tokens.refused(&self.key, &self.auth, stamp).await
    }

    async fn extra(&self) -> Result<BTreeMap<String, String>> {
        Ok(self.tokens.status(&self.key).await?.map(|status| status.extra).unwrap_or_default())
    }
}
