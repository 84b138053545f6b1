//! A join answers later questions from what it read before: its directory is older than the marks it clears.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use acquaint::core::depkey::DependencyKey;
use acquaint::core::ids::{TenantId, WorkerId};
use acquaint::core::store::{JoinClaim, ProvidedView, Store};
use acquaint::{Result, async_trait};
use chrono::{DateTime, Utc};

use crate::history::layer::{Layer, Over};
use crate::history::run::Bend;

#[derive(Debug, Default)]
pub struct OldDirectory;

impl Bend for OldDirectory {
    fn over(&self, store: Arc<dyn Store>) -> Arc<dyn Store> {
        Over::store(Bent { under: store, read: Mutex::default() })
    }
}

#[derive(Debug)]
struct Bent {
    under: Arc<dyn Store>,
    /// What the join that runs has read.
    read: Mutex<BTreeMap<DependencyKey, Vec<ProvidedView>>>,
}

#[async_trait]
impl Layer for Bent {
    fn under(&self) -> &dyn Store {
        &*self.under
    }

    async fn claim_join(
        &self,
        tenant: &TenantId,
        worker: &WorkerId,
        now: DateTime<Utc>,
        lease: Duration,
    ) -> Result<Option<JoinClaim>> {
        self.read.lock().unwrap().clear();
        self.under.claim_join(tenant, worker, now, lease).await
    }

    async fn providing(&self, tenant: &TenantId, keys: &[DependencyKey]) -> Result<Vec<ProvidedView>> {
        let mut keys: Vec<&DependencyKey> = keys.iter().collect();
        keys.sort();
        keys.dedup();
        let mut found = Vec::new();
        for key in keys {
            let known = self.read.lock().unwrap().get(key).cloned();
            let views = match known {
                Some(views) => views,
                None => self.under.providing(tenant, std::slice::from_ref(key)).await?,
            };
            self.read.lock().unwrap().insert(key.clone(), views.clone());
            found.extend(views);
        }
        Ok(found)
    }
}
