//! Which revision of a manifest is in force for a tenant.
//!
//! Every revision that was ever in force is kept with its content, so an engine can work under one that it was not built
//! with. A tenant follows the engine's manifest until a revision is applied to it.

mod apply;
mod calls;
mod compare;
mod diff;
mod folder;
mod items;
mod plan;
mod reading;
mod slots;
mod source;
mod tenant;

pub use apply::{Applied, Apply};
pub use diff::Difference;
pub use folder::ManifestFolder;
pub use plan::{
    Plan, PlanCounts, PlannedChange, PlannedDeliveries, PlannedFetch, PlannedMeeting, PlannedPrivacy,
    PlannedScopes,
};
pub use source::{ManifestFile, ManifestSource, Refreshed};

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use acquaint_core::depkey::DependencyKey;
use acquaint_core::ids::{RevisionId, TenantId};
use acquaint_core::store::{InForce, Revision, Standing, TenantState, TenantUpdate};
use acquaint_core::{Error, ErrorKind, Result};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::connect;
use crate::engine::Engine;
use crate::manifest::{Manifest, Problems, refused};
use source::Newest;

/// The most manifests kept compiled. Their number follows that of revisions in use, not that of tenants.
const MOST: usize = 64;

/// The most kept compiled for tenants who have filled slots.
const MOST_FILLED: usize = 256;

/// What an engine remembers of revisions.
#[derive(Default)]
pub(crate) struct Revisions {
    /// Those that were read back from the store.
    compiled: Mutex<BTreeMap<RevisionId, Manifest>>,
    /// Those with what is filled into their slots, by a digest of that.
    filled: Mutex<BTreeMap<(RevisionId, [u8; 32]), Manifest>>,
    /// Tenants for which this engine has put one of its own in force, and which.
    adopted: Mutex<BTreeMap<TenantId, RevisionId>>,
    /// Where newer ones of its own come from.
    source: Option<Arc<dyn ManifestSource>>,
    /// Those for all tenants, and those of groups.
    newest: Mutex<BTreeMap<Option<String>, Newest>>,
}

impl fmt::Debug for Revisions {
    /// Without what tenants have filled in.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Revisions").field("source", &self.source).finish_non_exhaustive()
    }
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
    /// force, with what the tenant has filled into its slots.
    ///
    /// # Errors
    /// As [`Engine::in_force`]; as [`Engine::newest_of`] for a tenant for whom nothing is in force yet.
    pub(crate) async fn of(&self, tenant: &TenantId) -> Result<Arc<Self>> {
        let state = self.store.tenant(tenant).await?.unwrap_or_default();
        let next = self.next(tenant, &state).await;
        match next.and_then(|next| next.map(|next| self.with_slots(&next, &state.slots)).transpose()) {
            Ok(Some(engine)) => Ok(Arc::new(engine)),
            Err(error) if state.in_force.is_none() => Err(error),
            // What cannot be put in force leaves the tenant with what is.
            _ => self.under_kept(tenant, &state).await,
        }
    }

    /// The engine under the manifest that is in force for a tenant. If that is not kept, under its own, which decides
    /// nothing as long as another one is in force.
    ///
    /// # Errors
    /// `Misconfigured` if the manifest in force does not fit this engine or what the tenant has filled in; the store's.
    pub(crate) async fn in_force(&self, tenant: &TenantId) -> Result<Arc<Self>> {
        let state = self.store.tenant(tenant).await?.unwrap_or_default();
        self.under_kept(tenant, &state).await
    }

    /// The manifest that a tenant's next sync puts in force, if it is to.
    async fn next(&self, tenant: &TenantId, state: &TenantState) -> Result<Option<Manifest>> {
        if state.in_force.as_ref().is_some_and(|known| known.held) {
            return Ok(None);
        }
        let newest = self.newest_of(tenant).await?;
        let adopted = lock(&self.revisions.adopted).get(tenant) == Some(newest.revision());
        Ok((state.in_force.is_none() || !adopted).then_some(newest))
    }

    async fn under_kept(&self, tenant: &TenantId, state: &TenantState) -> Result<Arc<Self>> {
        let manifest = match state.revision() {
            Some(revision) => self.kept(tenant, revision).await?,
            None => None,
        };
        let Some(manifest) = manifest else { return Ok(Arc::new(self.clone())) };
        self.with_slots(&manifest, &state.slots).map(Arc::new).map_err(|error| {
            Error::new(
                ErrorKind::Misconfigured,
                "what the tenant has filled in does not fit the revision in force",
            )
            .with("tenant", tenant)
            .with("revision", manifest.revision())
            .advise("fill its slots otherwise, or empty them with `set_slot(…, null)`")
            .with_source(error)
        })
    }

    /// The engine under a manifest with what a tenant has filled into its slots.
    ///
    /// # Errors
    /// `Invalid` with everything that does not fit.
    pub(crate) fn with_slots(&self, manifest: &Manifest, slots: &Map<String, Value>) -> Result<Self> {
        self.filled(manifest, slots).map(|manifest| self.under(manifest)).map_err(refused)
    }

    fn filled(&self, manifest: &Manifest, slots: &Map<String, Value>) -> Result<Manifest, Problems> {
        let open = manifest.open_of(slots);
        if open == *manifest.filled() {
            return Ok(manifest.clone());
        }
        let digest = Sha256::digest(Value::Object(open).to_string());
        let key = (manifest.revision().clone(), digest.into());
        if let Some(known) = lock(&self.revisions.filled).get(&key) {
            return Ok(known.clone());
        }
        let manifest = manifest.filled_with(slots, &self.registry)?;
        let mut filled = lock(&self.revisions.filled);
        if filled.len() >= MOST_FILLED {
            filled.clear();
        }
        filled.insert(key, manifest.clone());
        Ok(manifest)
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
///
/// One that cannot be had, or that what the tenant has filled in does not fit, leaves the tenant with the one in force.
pub(crate) async fn adopt(engine: &Engine, tenant: &TenantId) -> Result<()> {
    let newest = match engine.newest_of(tenant).await {
        Ok(newest) => newest,
        Err(error) => {
            return stay(&engine.store.tenant(tenant).await?.unwrap_or_default(), tenant, error);
        }
    };
    let own = newest.revision().clone();
    if lock(&engine.revisions.adopted).insert(tenant.clone(), own.clone()) == Some(own) {
        return Ok(());
    }
    let adopted = put_in_force(engine, &newest, tenant).await;
    if !matches!(adopted, Ok(true)) {
        lock(&engine.revisions.adopted).remove(tenant);
    }
    adopted.map(drop)
}

/// Leaves a tenant with the revision in force, if there is one.
fn stay(state: &TenantState, tenant: &TenantId, error: Error) -> Result<()> {
    if state.in_force.is_none() {
        return Err(error);
    }
    tracing::warn!(%tenant, %error, "a manifest cannot be put in force; the tenant goes on with what it has");
    Ok(())
}

/// Says whether it could be.
async fn put_in_force(engine: &Engine, manifest: &Manifest, tenant: &TenantId) -> Result<bool> {
    let own = manifest.revision();
    keep(engine, tenant, manifest).await?;
    loop {
        let state = engine.store.tenant(tenant).await?.unwrap_or_default();
        if state.in_force.as_ref().is_some_and(|known| known.held || known.revision == *own) {
            return Ok(true);
        }
        let engine = match engine.with_slots(manifest, &state.slots) {
            Ok(engine) => engine,
            Err(error) => return stay(&state, tenant, error).map(|()| false),
        };
        let mut update = TenantUpdate::default();
        let destinations = engine.manifest.destinations();
        update.in_force = Some(InForce::new(own.clone(), engine.env.now()).destinations(destinations));
        update.dirty.push(DependencyKey::revision());
        update.expected = Some(Standing::under(state.revision().cloned()));
        match engine.store.update_tenant(tenant, &update).await {
            Err(error) if error.kind() == ErrorKind::Conflict => {}
            Err(error) => return Err(error),
            Ok(_) => return connect::look_at_scopes(&engine, tenant).await.map(|()| true),
        }
    }
}

/// Keeps a manifest, so that it can be put in force.
pub(crate) async fn keep(engine: &Engine, tenant: &TenantId, manifest: &Manifest) -> Result<()> {
    let (id, content) = (manifest.revision().clone(), manifest.to_json().clone());
    let revision = Revision::new(id, manifest.name(), content, engine.env.now());
    engine.store.put_revision(tenant, &revision).await
}
