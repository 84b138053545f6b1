//! Sealing everything anew after the key has changed.

use super::{Expected, GrantKey, Saved, Scope, TokenManager};
use crate::error::{Error, ErrorKind, Result};
use crate::seal::Binding;

const PAGE: usize = 100;
const ATTEMPTS: usize = 16;

/// What [`TokenManager::reseal`] did.
#[derive(Debug, Default)]
#[non_exhaustive]
#[must_use]
pub struct Resealed {
    /// How many credentials were sealed anew.
    pub resealed: u64,
    /// How many were sealed with the current key already.
    pub current: u64,
    /// Which could not be, and why. They are as they were, and a key that they need must stay configured.
    pub failed: Vec<(GrantKey, Error)>,
}

impl TokenManager {
    /// Seals every credential of `scope` with the current key, so that a retired one can be dropped once nothing
    /// has failed. May run beside everything else, and be stopped and run again.
    ///
    /// # Errors
    /// The store's, if it cannot list.
    pub async fn reseal(&self, scope: Scope) -> Result<Resealed> {
        let mut report = Resealed::default();
        let mut after: Option<GrantKey> = None;
        loop {
            let page = self.inner.vault.store.list(scope.clone(), after.as_ref(), PAGE).await?;
            let Some(last) = page.last() else { return Ok(report) };
            after = Some(last.clone());
            for key in page {
                match self.reseal_one(&key).await {
                    Ok(true) => report.resealed += 1,
                    Ok(false) => report.current += 1,
                    Err(error) => report.failed.push((key, error)),
                }
            }
        }
    }

    async fn reseal_one(&self, key: &GrantKey) -> Result<bool> {
        let vault = &self.inner.vault;
        for _ in 0..ATTEMPTS {
            let Some(found) = vault.store.load(key).await? else { return Ok(false) };
            if !vault.sealer.is_stale(&key.tenant, &found.value).await? {
                return Ok(false);
            }
            let place = Binding::from(key);
            let bytes = vault.sealer.open(&place, &found.value).await?;
            let sealed = vault.sealer.seal(&place, &bytes).await?;
            let saved = vault.store.save(key, &sealed, Expected::Version(found.version)).await?;
            if let Saved::Stored(_) = saved {
                return Ok(true);
            }
        }
        Err(Error::new(ErrorKind::Conflict, "the credential keeps being changed by others")
            .with("grant", key))
    }
}
