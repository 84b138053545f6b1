//! A wrapping key for each tenant, in a folder of its own.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;

use super::disk::{Disk, Lock, name_of};
use super::keyfile::TenantKey;
use super::memory::{self, Purpose};
use super::{DataKey, KeyId, KeyProvider, Keys, WrappedKey};
use crate::error::{Error, ErrorKind, Result};
use crate::ids::TenantId;

/// How many keys are tried before it is said that the master is the wrong one.
const SAMPLE: usize = 16;

/// One wrapping key per tenant, each in a file of its own under the product's [`Keys`]: a tenant's can be destroyed.
///
/// What is sealed for a tenant opens only with its file, so [`KeyProvider::destroy`] makes all of its credentials
/// unreadable, in the database and in every copy and backup of it. That holds as long as nobody has kept the file:
///
/// - **keep the folder apart from the database, and out of its backups and snapshots.** If it is backed up by itself,
///   for fear of losing it, then a tenant is destroyed for good when the last such backup is gone;
/// - a file is overwritten before it is removed, but flash drives and copy-on-write file systems may keep the old
///   bytes for a while. They are of use only to who has the master key as well;
/// - who has unwrapped a data key before may still hold it for a quarter of an hour.
///
/// Losing the folder destroys all tenants' keys: every connection must then be authorised again.
///
/// Several processes and machines may share a folder, on a file system with locks. Nothing of it is kept in memory:
/// each call reads the tenant's file, of some 250 bytes, so that a key that another process has destroyed serves
/// nobody. Must be used within a Tokio runtime; the reading and writing is done on its threads for blocking work.
///
/// ```no_run
/// use acquaint_core::keys::{KeyFolder, Keys};
///
/// let keys = KeyFolder::at("/var/lib/product/keys", Keys::from_env("ACQUAINT_KEY")?)?;
/// # Ok::<(), acquaint_core::Error>(())
/// ```
#[derive(Clone)]
pub struct KeyFolder {
    inner: Arc<Inner>,
    /// What sealed before there was a folder.
    before: Option<Keys>,
}

struct Inner {
    disk: Disk,
    master: Keys,
}

impl fmt::Debug for KeyFolder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyFolder")
            .field("disk", &self.inner.disk)
            .field("master", &self.inner.master)
            .field("before", &self.before)
            .finish()
    }
}

impl KeyFolder {
    /// The keys in the directory `path`, under `master`. On Unix the directory, if it is made here, and its files are
    /// for their owner alone.
    ///
    /// # Errors
    /// `Misconfigured` if the directory cannot be used: its parent must exist. `Sealed` if there are keys in it and
    /// `master` does not open them.
    pub fn at(path: impl Into<PathBuf>, master: Keys) -> Result<Self> {
        let path = path.into();
        let disk = Disk::at(path.clone()).map_err(|error| {
            Error::new(ErrorKind::Misconfigured, "this directory cannot be used for keys")
                .with("folder", path.display())
                .advise("name a directory whose parent exists and that this process may write to")
                .with_source(error)
        })?;
        let inner = Inner { disk, master };
        inner.check_master(&inner.lock_shared()?)?;
        Ok(Self { inner: Arc::new(inner), before: None })
    }

    /// Also opens what `keys` sealed before there was a folder. Seal everything anew, then leave this out: until then
    /// a tenant's destruction spares what still lies under the former keys.
    #[must_use]
    pub fn retired(mut self, keys: Keys) -> Self {
        self.before = Some(keys);
        self
    }

    /// Puts every tenant's key under the current master key, so that a retired one can be dropped once this has
    /// succeeded. Returns how many were under another one. The tenants' keys stay the same: nothing in the database
    /// is stale for it.
    ///
    /// May run beside everything else, and be stopped and run again. First give the new master key to every process
    /// that uses the folder, with the old one retired: who does not have it cannot open what was rewritten.
    ///
    /// # Errors
    /// `Sealed` if some key opens with no master key, after all the others have been rewritten: keep the retired ones
    /// until that is mended. `Unavailable` if the folder cannot be used.
    pub async fn rewrap(&self) -> Result<u64> {
        let mut rewrapped = 0;
        let mut failed: Option<(u64, Error)> = None;
        for name in
            self.blocking(|inner| inner.disk.names().map_err(|error| inner.disk.failed(error))).await?
        {
            match self.blocking(move |inner| inner.rewrap(&name)).await {
                Ok(changed) => rewrapped += u64::from(changed),
                Err(error) if error.kind() == ErrorKind::Sealed => match &mut failed {
                    Some((count, _)) => *count += 1,
                    None => failed = Some((1, error)),
                },
                Err(error) => return Err(error),
            }
        }
        match failed {
            None => Ok(rewrapped),
            Some((count, error)) => Err(error.with("failed", count).with("rewrapped", rewrapped)),
        }
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Inner) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let inner = Arc::clone(&self.inner);
        let done = tokio::task::spawn_blocking(move || work(&inner)).await;
        done.unwrap_or_else(|error| {
            Err(if error.is_panic() {
                Error::bug("work on the folder of keys was cut short")
            } else {
                Error::new(ErrorKind::Unavailable, "the runtime is shutting down")
            })
        })
    }
}

#[async_trait]
impl KeyProvider for KeyFolder {
    /// Makes a key if the tenant has none.
    async fn current(&self, tenant: &TenantId) -> Result<KeyId> {
        let name = name_of(tenant);
        self.blocking(move |inner| Ok(inner.current(&name)?.id)).await
    }

    async fn wrap(&self, tenant: &TenantId, key: &DataKey) -> Result<WrappedKey> {
        let name = name_of(tenant);
        let TenantKey { id, key: kek } = self.blocking(move |inner| inner.current(&name)).await?;
        let bytes = memory::wrap(&kek, &id, Purpose::DataKey, tenant.as_str(), key)?;
        Ok(WrappedKey { by: id, bytes })
    }

    async fn unwrap(&self, tenant: &TenantId, wrapped: &WrappedKey) -> Result<DataKey> {
        let name = name_of(tenant);
        let found = self.blocking(move |inner| inner.find(&name)).await?;
        let Some(TenantKey { id, key }) = found.filter(|found| found.id == wrapped.by) else {
            if let Some(before) = &self.before
                && let Ok(key) = before.unwrap(tenant, wrapped).await
            {
                return Ok(key);
            }
            return Err(Error::new(
                ErrorKind::Sealed,
                "the tenant's key was destroyed, or is not in this folder of keys",
            )
            .with("tenant", tenant)
            .with("key", wrapped.by.shown())
            .with("folder", self.inner.disk.path().display())
            .advise(
                "look whether this is the right folder; if the tenant's key was destroyed, what was sealed with it \
                 is lost and must be authorised again",
            ));
        };
        memory::unwrap(&key, &id, Purpose::DataKey, tenant.as_str(), &wrapped.bytes)
    }

    async fn destroy(&self, tenant: &TenantId) -> Result<()> {
        let name = name_of(tenant);
        self.blocking(move |inner| {
            let lock = inner.lock()?;
            inner.disk.destroy(&name, &lock).map_err(|error| inner.disk.failed(error))
        })
        .await
    }
}

/// All of it blocks.
impl Inner {
    fn lock(&self) -> Result<Lock> {
        self.disk.lock().map_err(|error| self.disk.failed(error))
    }

    fn lock_shared(&self) -> Result<Lock> {
        self.disk.lock_shared().map_err(|error| self.disk.failed(error))
    }

    /// Without a lock what is found is right, as it proves itself; that there is nothing or nothing sound may be
    /// because it is being replaced.
    fn read(&self, name: &str) -> Result<Option<(TenantKey, KeyId)>> {
        let bytes = self.disk.read(name).map_err(|error| self.disk.failed(error))?;
        let read = |bytes: Vec<u8>| TenantKey::from_bytes(&bytes, name, &self.master);
        bytes.map(read).transpose().map_err(|error| error.with("file", name))
    }

    fn find(&self, name: &str) -> Result<Option<TenantKey>> {
        let found = match self.read(name) {
            Ok(Some(found)) => Some(found),
            _ => {
                let _lock = self.lock_shared()?;
                self.read(name)?
            }
        };
        Ok(found.map(|(key, _)| key))
    }

    fn current(&self, name: &str) -> Result<TenantKey> {
        if let Ok(Some((key, _))) = self.read(name) {
            return Ok(key);
        }
        let lock = self.lock()?;
        if let Some((key, _)) = self.read(name)? {
            return Ok(key);
        }
        self.check_master(&lock)?;
        let key = TenantKey::random();
        self.write(name, &key, &lock)?;
        Ok(key)
    }

    /// # Errors
    /// If there are keys and none of some opens: more under a wrong master would be in nobody's reach.
    fn check_master(&self, _lock: &Lock) -> Result<()> {
        let mut failed = Ok(());
        for name in self.disk.some_names(SAMPLE).map_err(|error| self.disk.failed(error))? {
            match self.read(&name) {
                Ok(Some(_)) => return Ok(()),
                Ok(None) => {}
                Err(error) => failed = failed.and(Err(error)),
            }
        }
        failed
    }

    fn rewrap(&self, name: &str) -> Result<bool> {
        let lock = self.lock()?;
        self.disk.tidy(name, &lock).map_err(|error| self.disk.failed(error))?;
        match self.read(name)? {
            Some((key, master)) if master != *self.master.current_id() => {
                self.write(name, &key, &lock)?;
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    fn write(&self, name: &str, key: &TenantKey, lock: &Lock) -> Result<()> {
        let bytes = key.to_bytes(name, &self.master)?;
        self.disk.write(name, &bytes, lock).map_err(|error| self.disk.failed(error))
    }
}
