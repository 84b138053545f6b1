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
pub(super) struct KeyCache(Mutex<All>);

#[derive(Default)]
struct All {
    tenants: HashMap<TenantId, Vec<Kept>>,
    swept: Option<DateTime<Utc>>,
    /// Counts what was forgotten.
    age: Age,
}

/// When a key was asked for: before or after something was forgotten.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Age(u64);

struct Kept {
    wrapped: WrappedKey,
    key: DataKey,
    since: DateTime<Utc>,
}

impl Kept {
    /// Not if the clock was set back either, or a key would live on until it has caught up.
    fn is_good(&self, now: DateTime<Utc>) -> bool {
        (self.since..self.since + LIFE).contains(&now)
    }
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
        let mut keys = all.tenants.get(tenant)?.iter();
        let kept = keys.find(|kept| kept.wrapped == *wrapped && kept.is_good(now))?;
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
        let mut keys = all.tenants.get(tenant)?.iter();
        let kept = keys.find(|kept| kept.wrapped.by == *by && kept.is_good(now))?;
        Some((kept.wrapped.clone(), kept.key.clone()))
    }

    /// To be had before a provider is asked, and named when its answer is kept.
    pub(super) fn age(&self) -> Age {
        self.all().age
    }

    /// Keeps a key, unless something was forgotten since it was asked for: it may have been this one.
    pub(super) fn keep(
        &self,
        tenant: &TenantId,
        wrapped: &WrappedKey,
        key: &DataKey,
        age: Age,
        now: DateTime<Utc>,
    ) {
        let mut all = self.all();
        if all.age != age {
            return;
        }
        let full = all.tenants.len() >= TENANTS && !all.tenants.contains_key(tenant);
        if full || all.swept.is_none_or(|swept| !(swept..swept + LIFE).contains(&now)) {
            all.swept = Some(now);
            all.tenants.retain(|_, keys| {
                keys.retain(|kept| kept.is_good(now));
                !keys.is_empty()
            });
            if all.tenants.len() >= TENANTS {
                all.tenants.clear();
            }
        }
        let keys = all.tenants.entry(tenant.clone()).or_default();
        keys.retain(|kept| kept.is_good(now) && kept.wrapped != *wrapped);
        if keys.len() >= KEYS {
            keys.remove(0);
        }
        keys.push(Kept { wrapped: wrapped.clone(), key: key.clone(), since: now });
    }

    pub(super) fn forget(&self, tenant: &TenantId) {
        let mut all = self.all();
        all.age.0 += 1;
        all.tenants.remove(tenant);
    }

    fn all(&self) -> MutexGuard<'_, All> {
        // Nothing panics while it is held.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minutes(minutes: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::minutes(minutes)
    }

    fn keep(cache: &KeyCache, tenant: &str, now: DateTime<Utc>) -> WrappedKey {
        let wrapped = WrappedKey { by: "a".into(), bytes: vec![1] };
        cache.keep(&tenant.into(), &wrapped, &DataKey::new([7; 32]), cache.age(), now);
        wrapped
    }

    #[test]
    fn a_key_is_good_for_a_quarter_of_an_hour_and_not_before_it_came() {
        let cache = KeyCache::default();
        let wrapped = keep(&cache, "acme", minutes(0));
        for (now, good) in [(0, true), (14, true), (15, false), (-1, false)] {
            assert_eq!(cache.key(&"acme".into(), &wrapped, minutes(now)).is_some(), good, "{now}");
        }
        assert!(cache.key(&"globex".into(), &wrapped, minutes(0)).is_none());
    }

    #[test]
    fn keys_that_nobody_asks_for_again_leave_the_memory() {
        let cache = KeyCache::default();
        keep(&cache, "acme", minutes(0));
        keep(&cache, "globex", minutes(10));
        keep(&cache, "initech", minutes(20));
        let tenants = cache.all().tenants.keys().cloned().collect::<std::collections::BTreeSet<_>>();
        assert_eq!(tenants, ["globex".into(), "initech".into()].into());
    }
}
