//! Which revision of a manifest is in force for a tenant.
//!
//! Every revision that was ever in force is kept with its content, so an engine can work under one that it was not built
//! with. A tenant follows the engine's manifest until a revision is applied to it.

mod apply;
mod compare;
mod diff;
mod items;
mod plan;
mod reading;
mod source;
mod tenant;

pub use apply::{Applied, Apply};
pub use diff::Difference;
pub use plan::{
    Plan, PlanCounts, PlannedChange, PlannedDeliveries, PlannedFetch, PlannedMeeting, PlannedPrivacy,
    PlannedScopes,
};
pub use source::{ManifestFile, ManifestSource, Refreshed};

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use acquaint_core::depkey::DependencyKey;
use acquaint_core::ids::{RevisionId, TenantId};
use acquaint_core::store::{InForce, Revision, Standing, TenantUpdate};
use acquaint_core::{Error, ErrorKind, Result};

use crate::connect;
use crate::engine::Engine;
use crate::manifest::Manifest;
use source::Newest;

/// The most manifests kept compiled. Their number follows that of revisions in use, not that of tenants.
const MOST: usize = 64;

/// What an engine remembers of revisions.
#[derive(Debug, Default)]
pub(crate) struct Revisions {
    /// Those that were read back from the store.
    compiled: Mutex<BTreeMap<RevisionId, Manifest>>,
    /// Tenants for which this engine has put its own in force.
    adopted: Mutex<BTreeSet<TenantId>>,
    /// Where newer ones of its own come from.
    source: Option<Arc<dyn ManifestSource>>,
    newest: Mutex<Newest>,
}

impl Revisions {
    pub(crate) fn new(source: Option<Arc<dyn ManifestSource>>) -> Self {
        Self { source, ..Self::default() }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Engine {
    /// The engine as it works for a tenant: under the manifest that is in force there, or that its next sync puts in
    /// force.
    ///
    /// # Errors
    /// As [`Engine::in_force`].
    pub(crate) async fn of(&self, tenant: &TenantId) -> Result<Arc<Self>> {
        let adopted = lock(&self.revisions.adopted).contains(tenant);
        let state = self.store.tenant(tenant).await?.unwrap_or_default();
        let follows = state.in_force.as_ref().is_none_or(|known| !known.held && !adopted);
        if follows { Ok(Arc::new(self.newest())) } else { self.under_kept(tenant, state.revision()).await }
    }

    /// The engine under the manifest that is in force for a tenant. If that is not kept, under its own, which decides
    /// nothing as long as another one is in force.
    ///
    /// # Errors
    /// `Misconfigured` if the manifest in force does not fit this engine; the store's.
    pub(crate) async fn in_force(&self, tenant: &TenantId) -> Result<Arc<Self>> {
        let state = self.store.tenant(tenant).await?.unwrap_or_default();
        self.under_kept(tenant, state.revision()).await
    }

    async fn under_kept(&self, tenant: &TenantId, revision: Option<&RevisionId>) -> Result<Arc<Self>> {
        let manifest = match revision {
            Some(revision) => self.kept(tenant, revision).await?,
            None => None,
        };
        Ok(Arc::new(manifest.map_or_else(|| self.clone(), |manifest| self.under(manifest))))
    }

    /// A manifest by its revision, if it is kept.
    pub(crate) async fn kept(&self, tenant: &TenantId, revision: &RevisionId) -> Result<Option<Manifest>> {
        if revision == self.manifest.revision() {
            return Ok(Some(self.manifest.clone()));
        }
        if let Some(known) = lock(&self.revisions.compiled).get(revision) {
            return Ok(Some(known.clone()));
        }
        let Some(kept) = self.store.revision(tenant, revision).await? else { return Ok(None) };
        // JSON is YAML.
        let manifest = Manifest::check(&kept.content.to_string(), &self.registry).map_err(|problems| {
            Error::new(ErrorKind::Misconfigured, "a revision does not fit this engine")
                .with("tenant", tenant)
                .with("revision", revision)
                .advise("run a release that has what it names, or apply another revision")
                .with_source(problems)
        })?;
        let mut compiled = lock(&self.revisions.compiled);
        if compiled.len() >= MOST {
            compiled.clear();
        }
        compiled.insert(revision.clone(), manifest.clone());
        Ok(Some(manifest))
    }
}

/// Puts the engine's manifest in force for a tenant to which no other was applied; another one than before makes every
/// meeting dirty. Once for each engine and tenant: an engine that was overtaken by another one does not fight it.
pub(crate) async fn adopt(engine: &Engine, tenant: &TenantId) -> Result<()> {
    if !lock(&engine.revisions.adopted).insert(tenant.clone()) {
        return Ok(());
    }
    let adopted = put_in_force(&engine.newest(), tenant).await;
    if adopted.is_err() {
        lock(&engine.revisions.adopted).remove(tenant);
    }
    adopted
}

async fn put_in_force(engine: &Engine, tenant: &TenantId) -> Result<()> {
    let own = engine.manifest.revision();
    keep(engine, tenant, &engine.manifest).await?;
    loop {
        let state = engine.store.tenant(tenant).await?.unwrap_or_default();
        if state.in_force.as_ref().is_some_and(|known| known.held || known.revision == *own) {
            return Ok(());
        }
        let mut update = TenantUpdate::default();
        update.in_force = Some(InForce::new(own.clone(), engine.env.now()));
        update.dirty.push(DependencyKey::revision());
        update.expected = Some(Standing::under(state.revision().cloned()));
        match engine.store.update_tenant(tenant, &update).await {
            Err(error) if error.kind() == ErrorKind::Conflict => {}
            Err(error) => return Err(error),
            Ok(_) => return connect::look_at_scopes(engine, tenant).await,
        }
    }
}

/// Keeps a manifest, so that it can be put in force.
pub(crate) async fn keep(engine: &Engine, tenant: &TenantId, manifest: &Manifest) -> Result<()> {
    let (id, content) = (manifest.revision().clone(), manifest.to_json().clone());
    let revision = Revision::new(id, manifest.name(), content, engine.env.now());
    engine.store.put_revision(tenant, &revision).await
}
