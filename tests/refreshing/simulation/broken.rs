//! Surroundings with one defect each, so that core does what it would do without one of its precautions.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use acquaint::core::token::{Expected, GrantKey, Saved, Scope, Sealed, TokenStore, Versioned};
use acquaint::{Result, async_trait};
use tokio::time::sleep;

use super::world::World;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Defect {
    /// The store writes whatever version it finds: everybody gets the lease.
    StoreIgnoresVersions,
    /// One process's clock is minutes ahead: to it every lease is over, as if it were shorter than the call.
    ClocksMinutesApart,
    /// The store says that it has kept something, and keeps it a little later.
    StoreAnswersBeforeItHasWritten,
    /// The store says that it has kept something, and sometimes has not.
    StoreLosesSaves,
    /// The server names a refresh token that is none where it should leave it out.
    OmittedTokenIsNamed,
    /// The transport calls a connection that broke one that was never made: nobody knows of a lost answer.
    BrokenConnectionsCountAsRefused,
}

impl Defect {
    /// The store as one process has it.
    pub(crate) fn over(self, world: &Arc<World>, under: Arc<dyn TokenStore>) -> Arc<dyn TokenStore> {
        match self {
            Self::StoreIgnoresVersions => Arc::new(IgnoresVersions(under)),
            Self::StoreLosesSaves => Arc::new(LosesSaves { world: Arc::clone(world), under }),
            Self::StoreAnswersBeforeItHasWritten => {
                Arc::new(WritesLater { world: Arc::clone(world), under, waiting: Arc::default() })
            }
            _ => under,
        }
    }
}

async fn version(store: &dyn TokenStore, key: &GrantKey) -> Result<u64> {
    Ok(store.load(key).await?.map_or(0, |found| found.version))
}

#[derive(Debug)]
struct IgnoresVersions(Arc<dyn TokenStore>);

#[async_trait]
impl TokenStore for IgnoresVersions {
    async fn load(&self, key: &GrantKey) -> Result<Option<Versioned<Sealed>>> {
        self.0.load(key).await
    }

    async fn save(&self, key: &GrantKey, value: &Sealed, _: Expected) -> Result<Saved> {
        let expected = Expected::Version(version(&*self.0, key).await?);
        self.0.save(key, value, expected).await
    }

    async fn delete(&self, key: &GrantKey) -> Result<bool> {
        self.0.delete(key).await
    }

    async fn list(&self, scope: Scope, after: Option<&GrantKey>, limit: usize) -> Result<Vec<GrantKey>> {
        self.0.list(scope, after, limit).await
    }
}

#[derive(Debug)]
struct LosesSaves {
    world: Arc<World>,
    under: Arc<dyn TokenStore>,
}

#[async_trait]
impl TokenStore for LosesSaves {
    async fn load(&self, key: &GrantKey) -> Result<Option<Versioned<Sealed>>> {
        self.under.load(key).await
    }

    async fn save(&self, key: &GrantKey, value: &Sealed, expected: Expected) -> Result<Saved> {
        if self.world.dice.percent(10) && !self.world.is_quiet() {
            self.world.tell("a save is lost");
            return Ok(Saved::Stored(version(&*self.under, key).await? + 1));
        }
        self.under.save(key, value, expected).await
    }

    async fn delete(&self, key: &GrantKey) -> Result<bool> {
        self.under.delete(key).await
    }

    async fn list(&self, scope: Scope, after: Option<&GrantKey>, limit: usize) -> Result<Vec<GrantKey>> {
        self.under.list(scope, after, limit).await
    }
}

#[derive(Debug)]
struct WritesLater {
    world: Arc<World>,
    under: Arc<dyn TokenStore>,
    /// What this process takes for kept.
    waiting: Arc<Mutex<Option<Versioned<Sealed>>>>,
}

impl WritesLater {
    fn waiting(&self) -> Option<Versioned<Sealed>> {
        self.waiting.lock().unwrap().clone()
    }
}

#[async_trait]
impl TokenStore for WritesLater {
    async fn load(&self, key: &GrantKey) -> Result<Option<Versioned<Sealed>>> {
        match self.waiting() {
            Some(waiting) => Ok(Some(waiting)),
            None => self.under.load(key).await,
        }
    }

    async fn save(&self, key: &GrantKey, value: &Sealed, expected: Expected) -> Result<Saved> {
        let found = match self.waiting() {
            Some(waiting) => waiting.version,
            None => version(&*self.under, key).await?,
        };
        if expected != Expected::Version(found) {
            return Ok(Saved::Conflict);
        }
        let next = Versioned { value: value.clone(), version: found + 1 };
        *self.waiting.lock().unwrap() = Some(next.clone());
        let (world, under, waiting) =
            (Arc::clone(&self.world), Arc::clone(&self.under), Arc::clone(&self.waiting));
        let key = key.clone();
        tokio::spawn(async move {
            sleep(Duration::from_millis(200)).await;
            let expected = Expected::Version(version(&*under, &key).await.unwrap());
            under.save(&key, &next.value, expected).await.unwrap();
            world.look(u32::MAX).await;
            waiting.lock().unwrap().take_if(|waiting| waiting.version == next.version);
        });
        Ok(Saved::Stored(found + 1))
    }

    async fn delete(&self, key: &GrantKey) -> Result<bool> {
        self.under.delete(key).await
    }

    async fn list(&self, scope: Scope, after: Option<&GrantKey>, limit: usize) -> Result<Vec<GrantKey>> {
        self.under.list(scope, after, limit).await
    }
}
