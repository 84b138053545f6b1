//! The keys that credentials are sealed with, and where they come from.
//!
//! Every tenant has data keys of its own, which seal its credentials. A data key never rests in the clear: it lies
//! beside what it sealed, wrapped by a [`KeyProvider`]. So a key-management service wraps and unwraps without ever
//! seeing a credential, and whoever can destroy a tenant's wrapping key can make all of its credentials unreadable
//! at once, in every copy and every backup.
//!
//! [`Keys`] are the product's own, one for all tenants. A [`KeyFolder`] has one for each tenant, which can be destroyed.

mod disk;
mod folder;
mod keyfile;
mod memory;

pub use folder::KeyFolder;
pub use memory::Keys;

use std::fmt;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::env::Entropy;
use crate::error::{Error, Result};
use crate::ids::TenantId;

/// Names a wrapping key. Written in the clear beside what the key wrapped; at most 255 bytes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KeyId(String);

impl KeyId {
    /// Wraps a key's name.
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name as it may be shown: out of damaged bytes, only if it looks like one.
    pub(crate) fn shown(&self) -> &str {
        let plain =
            |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b':' | b'/');
        if self.0.len() <= 255 && self.0.bytes().all(plain) { &self.0 } else { "unreadable" }
    }
}

impl From<&str> for KeyId {
    fn from(id: &str) -> Self {
        Self::new(id)
    }
}

impl From<String> for KeyId {
    fn from(id: String) -> Self {
        Self::new(id)
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A 256-bit key. `Debug` shows nothing of it, and its memory is cleared when it is dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct DataKey(Zeroizing<[u8; 32]>);

impl DataKey {
    /// Wraps 32 bytes, which must come from a cryptographic random source.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// A fresh key out of `entropy`.
    pub fn random(entropy: &dyn Entropy) -> Self {
        let mut key = Zeroizing::new([0; 32]);
        entropy.fill(&mut *key);
        Self(key)
    }

    /// The key itself.
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// Eight bytes of a digest of the key for one purpose; they tell nothing else about it.
    fn digest(&self, purpose: &[u8]) -> [u8; 8] {
        let digest = Sha256::new().chain_update(purpose).chain_update(self.expose()).finalize();
        let mut start = [0; 8];
        for (to, from) in start.iter_mut().zip(digest) {
            *to = from;
        }
        start
    }
}

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[key]")
    }
}

/// A data key as it rests: wrapped, and useless without the provider's key. `Debug` does not show it, as it is the key
/// itself under [`Keys::plaintext`].
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct WrappedKey {
    /// The key that wrapped it.
    pub by: KeyId,
    /// The wrapped key, in a form that only its provider knows; at most 64 KiB.
    pub bytes: Vec<u8>,
}

impl fmt::Debug for WrappedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = format_args!("[{} wrapped bytes]", self.bytes.len());
        f.debug_struct("WrappedKey").field("by", &self.by).field("bytes", &bytes).finish()
    }
}

/// Wraps the data keys of tenants. Implement it over a key-management service.
///
/// What has been unwrapped is kept in memory for a quarter of an hour, so that a service is asked about once per
/// tenant, process and quarter. [`KeyProvider::current`] is asked whenever something is written: answer it without
/// the network.
#[async_trait]
pub trait KeyProvider: fmt::Debug + Send + Sync + 'static {
    /// The id of the key that wraps `tenant`'s data keys from now on. What was wrapped by another one is stale,
    /// and sealed anew when asked for.
    ///
    /// # Errors
    /// `Unavailable` if the keys cannot be reached now.
    async fn current(&self, tenant: &TenantId) -> Result<KeyId>;

    /// Wraps `key` with the current key, so that it can be unwrapped for the same tenant only.
    ///
    /// # Errors
    /// `Unavailable` if the keys cannot be reached now.
    async fn wrap(&self, tenant: &TenantId, key: &DataKey) -> Result<WrappedKey>;

    /// Unwraps what [`KeyProvider::wrap`] gave for the same tenant. A key must stay known until nothing that it
    /// wrapped is left.
    ///
    /// # Errors
    /// `Sealed` if this cannot be unwrapped, now or ever: an unknown or destroyed key, altered bytes, another
    /// tenant's. `Unavailable` if the keys cannot be reached now.
    async fn unwrap(&self, tenant: &TenantId, wrapped: &WrappedKey) -> Result<DataKey>;

    /// Destroys what opens `tenant`'s data keys, so that nothing sealed for it can be opened again, whoever has
    /// kept a copy. Destroying twice is no error. Other tenants are not touched.
    ///
    /// # Errors
    /// `Unsupported`, as by default, if one key serves several tenants.
    async fn destroy(&self, tenant: &TenantId) -> Result<()> {
        Err(Error::unsupported()
            .operation("destroy")
            .with("tenant", tenant)
            .advise("use a key provider that has a key for each tenant"))
    }
}

#[async_trait]
impl<P: KeyProvider + ?Sized> KeyProvider for std::sync::Arc<P> {
    async fn current(&self, tenant: &TenantId) -> Result<KeyId> {
        (**self).current(tenant).await
    }

    async fn wrap(&self, tenant: &TenantId, key: &DataKey) -> Result<WrappedKey> {
        (**self).wrap(tenant, key).await
    }

    async fn unwrap(&self, tenant: &TenantId, wrapped: &WrappedKey) -> Result<DataKey> {
        (**self).unwrap(tenant, wrapped).await
    }

    async fn destroy(&self, tenant: &TenantId) -> Result<()> {
        (**self).destroy(tenant).await
    }
}
