//! Where sealed credentials rest. A product may implement this on its own database.

use std::fmt::{self, Debug};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::ids::{GrantId, TenantId};

/// Names one grant of one tenant. Keys are ordered by the bytes of the tenant, then by those of the grant.
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

    /// The bytes to keep. Any byte may occur; some kilobytes as a rule.
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
/// Calls come from many tasks at once, and over one database from many processes at once. What an implementation
/// promises is below, to be checked off one by one. `token_store_conformance!` of `acquaint-testkit` makes a test
/// of every part that a test can see.
///
/// 1. **`save` is atomic and durable.** `Stored` is answered once the value would survive a crash or a power cut.
///    Every `load` that begins afterwards, in any task or process, gives that value or a later one. No `load`
///    ever gives half of one, nor an absence between two. `Conflict` has changed nothing.
/// 2. **`save` compares and swaps.** It stores only if what is there at that very moment is as expected. Of any
///    number of concurrent saves of a key with one expectation, by tasks or processes, at most one is `Stored`; if
///    no call fails and nobody deletes the key, exactly one. The others are `Ok(Conflict)`, not errors; equal
///    values make no difference. `Absent` fits a key that was never saved and one that was deleted. Saves of
///    different keys are never each other's conflict.
/// 3. **A version is never used twice for a key,** whatever the values, not even after `delete` or a restart. It
///    need not be the next number, nor a larger one. `load` gives the version that the `save` of its value gave.
/// 4. **Values come back byte for byte.** Any byte may occur; a value may be empty, which is not an absence, and
///    may have 64 KiB at least.
/// 5. **No call reaches a grant of another tenant,** nor any but the one it names. Tenant and grant are any text:
///    empty, with any character, NUL and separators included, of 255 bytes each at least. Two names are one
///    only if their bytes are: case, accents, composition and spaces at the end tell them apart.
/// 6. **`load` writes nothing** that another call could see; the version stays.
/// 7. **`list` is in key order and complete.** The order is that of [`GrantKey`]: by the bytes of the tenant, then
///    by those of the grant. A page holds keys that come strictly after `after`, which need not exist (any more)
///    and need not be of the scope. It holds the first `limit` of them, and fewer only if there are no more: none for
///    0, all for `usize::MAX`. A listing page by page names every grant that exists throughout it exactly once,
///    saved anew meanwhile or not; one that comes or goes meanwhile may be missing. A deleted grant is not named.
/// 8. **`delete` removes durably and says whether there was something.** It takes no version. A key without a
///    value is no error: `false`, and nothing changes. Of concurrent deletes of one value exactly one gives
///    `true`. Of a `save` that expects a version and a concurrent `delete` nothing is left, whichever comes first.
/// 9. **A call whose future is dropped happens whole or not at all,** maybe only after the drop. It holds up no
///    later call. A `save` or `delete` that gives an error may have happened, too; the caller loads again.
#[async_trait]
pub trait TokenStore: Debug + Send + Sync + 'static {
    /// The value under `key` and its version, or `None`.
    ///
    /// # Errors
    /// `Store` if it cannot be read, never because it is absent.
    async fn load(&self, key: &GrantKey) -> Result<Option<Versioned<Sealed>>>;

    /// Stores `value` if what is there is as `expected`; otherwise a [`Saved::Conflict`].
    ///
    /// # Errors
    /// `Store` if it cannot be written; whether it was is then open.
    async fn save(&self, key: &GrantKey, value: &Sealed, expected: Expected) -> Result<Saved>;

    /// Removes what is under `key`, whatever its version; false if nothing was.
    ///
    /// # Errors
    /// `Store` if it cannot be written; whether it was is then open.
    async fn delete(&self, key: &GrantKey) -> Result<bool>;

    /// The first `limit` keys of `scope` that come after `after`, or all if they are fewer, in key order.
    ///
    /// # Errors
    /// `Store` if it cannot be read, `Unsupported` for a scope that this implementation does not know.
    async fn list(&self, scope: Scope, after: Option<&GrantKey>, limit: usize) -> Result<Vec<GrantKey>>;
}

#[async_trait]
impl<S: TokenStore + ?Sized> TokenStore for std::sync::Arc<S> {
    async fn load(&self, key: &GrantKey) -> Result<Option<Versioned<Sealed>>> {
        (**self).load(key).await
    }

    async fn save(&self, key: &GrantKey, value: &Sealed, expected: Expected) -> Result<Saved> {
        (**self).save(key, value, expected).await
    }

    async fn delete(&self, key: &GrantKey) -> Result<bool> {
        (**self).delete(key).await
    }

    async fn list(&self, scope: Scope, after: Option<&GrantKey>, limit: usize) -> Result<Vec<GrantKey>> {
        (**self).list(scope, after, limit).await
    }
}
