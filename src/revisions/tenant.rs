//! A tenant's revisions.

use acquaint_core::ids::RevisionId;
use acquaint_core::store::{InForce, Revision, Standing, TenantUpdate};
use acquaint_core::{Error, ErrorKind, Result};

use super::{Apply, Plan, compare, lock};
use crate::manifest::Manifest;
use crate::tenant::Tenant;

impl Tenant {
    /// What is in force: which revision, since when, and whether it was applied to this tenant. `None` before the first
    /// sync.
    ///
    /// # Errors
    /// The store's.
    pub async fn revision_in_force(&self) -> Result<Option<InForce>> {
        Ok(self.engine.store.tenant(&self.id).await?.unwrap_or_default().in_force)
    }

    /// Up to `limit` of the revisions that are kept: those last put in force first, then those that never were.
    ///
    /// # Errors
    /// The store's.
    pub async fn revisions(&self, limit: usize) -> Result<Vec<Revision>> {
        self.engine.store.revisions(&self.id, limit).await
    }

    /// The manifest of a revision that is kept: to be compared ([`Manifest::differences`]), or put in force again.
    ///
    /// # Errors
    /// `NotFound` if it is not kept; `Misconfigured` if it does not fit what is registered now; the store's.
    pub async fn manifest(&self, revision: &RevisionId) -> Result<Manifest> {
        self.engine.kept(&self.id, revision).await?.ok_or_else(|| {
            Error::not_found("no such revision is kept for this tenant")
                .with("revision", revision)
                .advise("`revisions` lists those that are")
        })
    }

    /// What putting a manifest in force would change, from the mirror alone. What is still dirty is decided first under the
    /// revision in force, as the next sync would. The tenant's slots are filled in the one as in the other.
    ///
    /// # Errors
    /// `Invalid` if it does not fit what is registered, or what the tenant has filled into its slots; the store's.
    pub async fn plan(&self, manifest: &Manifest) -> Result<Plan> {
        compare::plan(&self.engine, &self.id, manifest).await.map_err(|error| error.operation("plan"))
    }

    /// Begins to put a manifest in force for this tenant alone. Going back is applying a former revision:
    /// `tenant.apply(&tenant.manifest(&before).await?)`.
    pub fn apply(&self, manifest: &Manifest) -> Apply {
        Apply::new(self.clone(), manifest.clone())
    }

    /// Goes by the engine's manifest again, from the next sync on.
    ///
    /// # Errors
    /// The store's.
    pub async fn follow(&self) -> Result<()> {
        loop {
            let known = self.engine.store.tenant(&self.id).await?.unwrap_or_default().in_force;
            let Some(known) = known.filter(|known| known.held) else { break };
            let mut update = TenantUpdate::default();
            update.expected = Some(Standing::under(Some(known.revision.clone())));
            update.in_force = Some(known.held(false));
            match self.engine.store.update_tenant(&self.id, &update).await {
                Err(error) if error.kind() == ErrorKind::Conflict => {}
                Err(error) => return Err(error),
                Ok(_) => break,
            }
        }
        lock(&self.engine.revisions.adopted).remove(&self.id);
        Ok(())
    }
}
