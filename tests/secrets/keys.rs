//! A key provider that tells the test which data keys there are.

use std::fmt;
use std::sync::Arc;

use acquaint::Result;
use acquaint::async_trait;
use acquaint::core::ids::TenantId;
use acquaint::core::keys::{DataKey, KeyId, KeyProvider, WrappedKey};

use crate::server::Heard;
use crate::shown::Shown;

/// Does as `inner` does, and notes the data keys that pass.
pub(crate) struct Witness {
    pub(crate) inner: Arc<dyn KeyProvider>,
    pub(crate) heard: Heard,
    pub(crate) shown: Arc<Shown>,
}

impl fmt::Debug for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

impl Witness {
    fn note(&self, wrapped: &WrappedKey, key: &DataKey) {
        self.heard.add("data key", key.expose());
        self.shown.value(wrapped);
        self.shown.value(key);
    }
}

#[async_trait]
impl KeyProvider for Witness {
    async fn current(&self, tenant: &TenantId) -> Result<KeyId> {
        self.inner.current(tenant).await
    }

    async fn wrap(&self, tenant: &TenantId, key: &DataKey) -> Result<WrappedKey> {
        let wrapped = self.inner.wrap(tenant, key).await?;
        self.note(&wrapped, key);
        Ok(wrapped)
    }

    async fn unwrap(&self, tenant: &TenantId, wrapped: &WrappedKey) -> Result<DataKey> {
        let key = self.inner.unwrap(tenant, wrapped).await?;
        self.note(wrapped, &key);
        Ok(key)
    }

    async fn destroy(&self, tenant: &TenantId) -> Result<()> {
        self.inner.destroy(tenant).await
    }
}
