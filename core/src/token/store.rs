//! Where sealed credentials rest. A product may implement this on its own database.

use std::fmt::{self, Debug};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::ids::{GrantId, TenantId};

/// Names one grant of one tenant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct GrantKey {
    /// The tenant whose grant it is.
    pub tenant: TenantId,
    /// The grant.
    pub grant: GrantId,
}

impl fmt::Display for GrantKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.tenant, self.grant)
    }
}

/// A sealed credential: opaque, encrypted, bound to its tenant and grant. Safe to write anywhere.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed(Vec<u8>);

impl Sealed {
    /// Wraps bytes that a store kept.
    pub fn from_bytes(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into())
    }

    /// The bytes to keep. Any byte may occur; some kilobytes at most.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{} sealed bytes]", self.0.len())
    }
}

/// A value and the version under which the store keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Versioned<T> {
    /// The value.
    pub value: T,
    /// The version, to be named in the next `save`.
    pub version: u64,
}

/// What a `save` expects to find.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// Nothing is stored under the key.
    Absent,
    /// This version is stored.
    Version(u64),
}

/// What a `save` did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Saved {
    /// The value is stored durably, under this version.
    Stored(u64),
    /// Something else was found than expected; nothing was changed.
    Conflict,
}

/// Which grants `list` names.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Scope {
    /// All tenants'.
    All,
    /// One tenant's.
    Tenant(TenantId),
}

/// Keeps sealed credentials. It never sees a token in the clear.
///
/// Promises an implementation makes:
/// 1. `save` is atomic and durable: after `Stored`, every later `load` by anyone gives the value or a newer one;
/// 2. of several concurrent `save`s with one expectation at most one is `Stored`, the others are `Conflict`;
/// 3. a version is never used twice for a key, not even after `delete`;
/// 4. values come back byte for byte;
/// 5. no call reaches a grant of another tenant;
/// 6. `load` writes nothing;
/// 7. `list` is in key order and complete for grants that existed throughout the listing.
#[async_trait]
pub trait TokenStore: Debug + Send + Sync + 'static {
    /// The value under `key`, or `None`.
    async fn load(&self, key: &GrantKey) -> Result<Option<Versioned<Sealed>>>;

    /// Stores `value` if what is there is as `expected`.
    async fn save(&self, key: &GrantKey, value: &Sealed, expected: Expected) -> Result<Saved>;

    /// Removes what is under `key`; false if nothing was.
    async fn delete(&self, key: &GrantKey) -> Result<bool>;

    /// Up to `limit` keys of `scope` that come after `after`.
    async fn list(&self, scope: Scope, after: Option<&GrantKey>, limit: usize) -> Result<Vec<GrantKey>>;
}
