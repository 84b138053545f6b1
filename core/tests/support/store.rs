//! A token store in memory, whose failures can be ordered.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use acquaint_core::token::{Expected, GrantKey, Saved, Scope, Sealed, TokenStore, Versioned};
use acquaint_core::{Error, Result, async_trait};

/// How the next `save` goes wrong.
#[derive(Debug, Clone, Copy)]
pub enum SaveFault {
    /// Nothing is stored.
    Refused,
    /// It is stored, but the caller hears of a failure.
    Doubtful,
}

#[derive(Debug, Default)]
pub struct MemoryTokenStore {
    rows: Mutex<BTreeMap<GrantKey, Versioned<Sealed>>>,
    version: Mutex<u64>,
    faults: Mutex<VecDeque<Option<SaveFault>>>,
    saves: AtomicUsize,
}

impl MemoryTokenStore {
    /// How many `save`s have changed something.
    pub fn saves(&self) -> usize {
        self.saves.load(Ordering::SeqCst)
    }

    /// Lets `pass` saves through and then refuses `times`.
    pub fn refuse_saves(&self, pass: usize, times: usize) {
        self.plan(pass, times, SaveFault::Refused);
    }

    /// Lets `pass` saves through and then makes one doubtful.
    pub fn doubt_save(&self, pass: usize) {
        self.plan(pass, 1, SaveFault::Doubtful);
    }

    fn plan(&self, pass: usize, times: usize, fault: SaveFault) {
        let mut faults = self.faults.lock().unwrap();
        faults.extend(std::iter::repeat_n(None, pass));
        faults.extend(std::iter::repeat_n(Some(fault), times));
    }

    /// Whether any stored byte sequence contains `text`.
    pub fn contains(&self, text: &str) -> bool {
        let rows = self.rows.lock().unwrap();
        rows.values()
            .any(|row| row.value.as_bytes().windows(text.len()).any(|window| window == text.as_bytes()))
    }

    /// Puts one grant's row under another's key.
    pub fn copy(&self, from: &GrantKey, to: &GrantKey) {
        let mut rows = self.rows.lock().unwrap();
        let row = rows[from].clone();
        rows.insert(to.clone(), row);
    }
}

#[async_trait]
impl TokenStore for MemoryTokenStore {
    async fn load(&self, key: &GrantKey) -> Result<Option<Versioned<Sealed>>> {
        tokio::task::yield_now().await;
        Ok(self.rows.lock().unwrap().get(key).cloned())
    }

    async fn save(&self, key: &GrantKey, value: &Sealed, expected: Expected) -> Result<Saved> {
        tokio::task::yield_now().await;
        let fault = self.faults.lock().unwrap().pop_front().flatten();
        if matches!(fault, Some(SaveFault::Refused)) {
            return Err(Error::store("disk full"));
        }
        let mut rows = self.rows.lock().unwrap();
        let found = rows.get(key).map_or(Expected::Absent, |row| Expected::Version(row.version));
        if found != expected {
            return Ok(Saved::Conflict);
        }
        let mut version = self.version.lock().unwrap();
        *version += 1;
        rows.insert(key.clone(), Versioned { value: value.clone(), version: *version });
        self.saves.fetch_add(1, Ordering::SeqCst);
        if fault.is_some() {
            return Err(Error::store("connection lost"));
        }
        Ok(Saved::Stored(*version))
    }

    async fn delete(&self, key: &GrantKey) -> Result<bool> {
        Ok(self.rows.lock().unwrap().remove(key).is_some())
    }

    async fn list(&self, scope: Scope, after: Option<&GrantKey>, limit: usize) -> Result<Vec<GrantKey>> {
        let rows = self.rows.lock().unwrap();
        let within = |key: &&GrantKey| match &scope {
            Scope::Tenant(tenant) => key.tenant == *tenant,
            _ => true,
        };
        let later = |key: &&GrantKey| after.is_none_or(|after| *key > after);
        Ok(rows.keys().filter(within).filter(later).take(limit).cloned().collect())
    }
}
