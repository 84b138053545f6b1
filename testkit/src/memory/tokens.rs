//! Sealed credentials.

use std::collections::BTreeMap;
use std::ops::Bound;

use acquaint_core::token::{Expected, GrantKey, Saved, Scope, Sealed, Versioned};
use acquaint_core::{Error, Result};

#[derive(Default)]
pub(crate) struct Tokens {
    pub(crate) values: BTreeMap<GrantKey, Versioned<Sealed>>,
    /// The last version of each key that ever had one.
    pub(crate) versions: BTreeMap<GrantKey, u64>,
}

impl Tokens {
    pub(crate) fn load(&self, key: &GrantKey) -> Option<Versioned<Sealed>> {
        self.values.get(key).cloned()
    }

    pub(crate) fn save(&mut self, key: &GrantKey, value: &Sealed, expected: Expected) -> Saved {
        let found = match self.values.get(key) {
            None => Expected::Absent,
            Some(stored) => Expected::Version(stored.version),
        };
        if found != expected {
            return Saved::Conflict;
        }
        let last = self.versions.entry(key.clone()).or_default();
        *last += 1;
        let version = *last;
        self.values.insert(key.clone(), Versioned { value: value.clone(), version });
        Saved::Stored(version)
    }

    pub(crate) fn delete(&mut self, key: &GrantKey) -> bool {
        self.values.remove(key).is_some()
    }

    pub(crate) fn list(
        &self,
        scope: &Scope,
        after: Option<&GrantKey>,
        limit: usize,
    ) -> Result<Vec<GrantKey>> {
        let tenant = match scope {
            Scope::All => None,
            Scope::Tenant(tenant) => Some(tenant),
            _ => return Err(Error::unsupported().operation("list")),
        };
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        let rest = self.values.range((start, Bound::Unbounded)).map(|(key, _)| key);
        Ok(rest
            .filter(|key| tenant.is_none_or(|tenant| key.tenant == *tenant))
            .take(limit)
            .cloned()
            .collect())
    }
}
