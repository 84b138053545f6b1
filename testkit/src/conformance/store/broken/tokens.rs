//! Credentials, without a defect.

use acquaint_core::token::{Expected, GrantKey, Saved, Scope, Sealed, TokenStore, Versioned};
use acquaint_core::{Result, async_trait};

use super::Broken;

#[async_trait]
impl TokenStore for Broken {
    async fn load(&self, key: &GrantKey) -> Result<Option<Versioned<Sealed>>> {
        self.inner.load(key).await
    }

    async fn save(&self, key: &GrantKey, value: &Sealed, expected: Expected) -> Result<Saved> {
        self.inner.save(key, value, expected).await
    }

    async fn delete(&self, key: &GrantKey) -> Result<bool> {
        self.inner.delete(key).await
    }

    async fn list(&self, scope: Scope, after: Option<&GrantKey>, limit: usize) -> Result<Vec<GrantKey>> {
        self.inner.list(scope, after, limit).await
    }
}
