//! How a request is made to carry a credential.

use std::collections::BTreeMap;
use std::fmt::Debug;

use async_trait::async_trait;

use super::Request;
use crate::error::Result;

/// Names the credential that a request carried, so that a refusal can be laid to it and to no newer one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp(pub u64);

/// Puts a credential on the final request: method, URL and body are fixed when it is called.
#[async_trait]
pub trait Authenticator: Debug + Send + Sync + 'static {
    /// Adds the credential to `request`.
    ///
    /// # Errors
    /// `NeedsReauth`, `Misconfigured` or `Unavailable` if there is no live credential to add.
    async fn authenticate(&self, request: &mut Request) -> Result<Stamp>;

    /// The provider refused the credential `stamp` with 401. Returns whether another is at hand, so that the
    /// request should be repeated once.
    ///
    /// # Errors
    /// As [`Authenticator::authenticate`].
    async fn refused(&self, stamp: Stamp) -> Result<bool>;

    /// What the provider said beside the credential, by name: see [`crate::token::TokenSet::extra`].
    ///
    /// # Errors
    /// The token store's, and `Sealed`.
    async fn extra(&self) -> Result<BTreeMap<String, String>> {
        Ok(BTreeMap::new())
    }
}

/// No credential at all.
#[derive(Debug, Clone, Copy, Default)]
pub struct Anonymous;

#[async_trait]
impl Authenticator for Anonymous {
    async fn authenticate(&self, _request: &mut Request) -> Result<Stamp> {
        Ok(Stamp(0))
    }

    async fn refused(&self, _stamp: Stamp) -> Result<bool> {
        Ok(false)
    }
}
