//! Data keys that have been unwrapped, for a while.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

use crate::ids::TenantId;
use crate::keys::{DataKey, KeyId, WrappedKey};

/// How long an unwrapped key is kept: how long a destroyed one may live on in another process.
const LIFE: TimeDelta = TimeDelta::minutes(15);

/// How many tenants' keys are kept at a time.
const TENANTS: usize = 20_000;

/// How many keys of one tenant: one for each process that has sealed for it lately, and each wrapping key.
const KEYS: usize = 16;

/// Unwrapped data keys by tenant. `Debug` shows no key.
#[derive(Default)]
pub(super) struct KeyCache(Mutex<HashMap<TenantId, Vec<Kept>>>);

struct Kept {
    wrapped: WrappedKey,
    key: DataKey,
    until: DateTime<Utc>,
}

impl fmt::Debug for KeyCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyCache").finish_non_exhaustive()
    }
}

impl KeyCache {
    /// The key that `wrapped` holds.
    pub(super) fn key(&self, tenant: &TenantId, wrapped: &WrappedKey, now: DateTime<Utc>) -> Option<DataKey> {
        let all = self.all();
        let kept = all.get(tenant)?.iter().find(|kept| kept.wrapped == *wrapped && now < kept.until)?;
        Some(kept.key.clone())
    }

    /// Any key of the tenant that the key `by` has wrapped.
    pub(super) fn wrapped_by(
        &self,
        tenant: &TenantId,
        by: &KeyId,
        now: DateTime<Utc>,
    ) -> Option<(WrappedKey, DataKey)> {
        let all = self.all();
        let kept = all.get(tenant)?.iter().find(|kept| kept.wrapped.by == *by && now < kept.until)?;
        Some((kept.wrapped.clone(), kept.key.clone()))
    }

    pub(super) fn keep(&self, tenant: &TenantId, wrapped: &WrappedKey, key: &DataKey, now: DateTime<Utc>) {
        let mut all = self.all();
        if all.len() >= TENANTS && !all.contains_key(tenant) {
            all.retain(|_, kept| kept.iter().any(|kept| now < kept.until));
            if all.len() >= TENANTS {
                all.clear();
            }
        }
        let keys = all.entry(tenant.clone()).or_default();
        keys.retain(|kept| now < kept.until && kept.wrapped != *wrapped);
        if keys.len() >= KEYS {
            keys.remove(0);
        }
        keys.push(Kept { wrapped: wrapped.clone(), key: key.clone(), until: now + LIFE });
    }

    pub(super) fn forget(&self, tenant: &TenantId) {
        self.all().remove(tenant);
    }

    fn all(&self) -> MutexGuard<'_, HashMap<TenantId, Vec<Kept>>> {
        // Nothing panics while it is held.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
