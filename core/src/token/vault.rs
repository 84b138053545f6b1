//! A token store seen through the seal: records in the clear on this side, sealed bytes on the other.

use std::sync::Arc;

use super::record::TokenRecord;
use super::{Expected, GrantKey, Saved, TokenStore};
use crate::error::{Error, Result};
use crate::seal::{Binding, Sealer};

#[derive(Debug)]
pub(super) struct Vault {
    pub(super) store: Arc<dyn TokenStore>,
    pub(super) sealer: Sealer,
}

/// A record and the version to name when it is replaced.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) record: TokenRecord,
    pub(super) version: u64,
}

impl Vault {
    pub(super) async fn find(&self, key: &GrantKey) -> Result<Option<Found>> {
        let Some(sealed) = self.store.load(key).await? else { return Ok(None) };
        let opened = self.sealer.open(&Binding::from(key), &sealed.value).await;
        let record = opened.and_then(|bytes| TokenRecord::from_bytes(&bytes));
        let record = record.map_err(|error| error.with("grant", key))?;
        Ok(Some(Found { record, version: sealed.version }))
    }

    /// The record, which must be there.
    pub(super) async fn load(&self, key: &GrantKey) -> Result<Found> {
        self.find(key).await?.ok_or_else(|| {
            Error::not_found("no credential is stored for this grant")
                .with("grant", key)
                .advise("connect it first; it may have been disconnected meanwhile")
        })
    }

    pub(super) async fn save(
        &self,
        key: &GrantKey,
        record: &TokenRecord,
        expected: Expected,
    ) -> Result<Saved> {
        let bytes = record.to_bytes()?;
        let sealed = self.sealer.seal(&Binding::from(key), &bytes).await?;
        self.store.save(key, &sealed, expected).await
    }
}
