//! What a tenant fills into the slots of its manifest.

use acquaint_core::depkey::DependencyKey;
use acquaint_core::store::{Standing, TenantState, TenantUpdate};
use acquaint_core::{Error, ErrorKind, Result};
use serde_json::{Map, Value};

use crate::connect;
use crate::engine::Engine;
use crate::manifest::{Problems, SlotKind, refused};
use crate::sync;
use crate::tenant::Tenant;

/// How often it is tried again because another revision was put in force meanwhile.
const ATTEMPTS: usize = 5;

impl Tenant {
    /// What is filled into its slots, by name. [`crate::Manifest::slots`] says which there are.
    ///
    /// # Errors
    /// The store's.
    pub async fn slots(&self) -> Result<Map<String, Value>> {
        Ok(self.engine.store.tenant(&self.id).await?.unwrap_or_default().slots)
    }

    /// Fills a slot that the manifest opens: see [`Tenant::set_slots`]. `null` empties it.
    ///
    /// # Errors
    /// As [`Tenant::set_slots`].
    pub async fn set_slot(&self, slot: &str, value: impl Into<Value>) -> Result<()> {
        let mut values = Map::new();
        values.insert(slot.to_owned(), value.into());
        self.set_slots(values).await
    }

    /// Fills slots that the manifest opens, all of these or none; `null` empties one, which always fits. From the next sync
    /// on everything is read and decided for this tenant as if the values stood in the manifest: what is read otherwise
    /// is read anew, whatever is due, and what is mapped otherwise is decided anew. What a narrower window leaves out stays
    /// as it was read last, as with every window.
    ///
    /// # Errors
    /// `Invalid` if the manifest opens no such slot, or would be wrong with a value in its place; its source is
    /// [`Problems`] with everything that does not fit, and where in which value. Nothing is changed then. `Conflict`
    /// if revisions keep being put in force meanwhile; the store's.
    pub async fn set_slots(&self, values: Map<String, Value>) -> Result<()> {
        let Self { engine, id } = self;
        for _ in 0..ATTEMPTS {
            let state = engine.store.tenant(id).await?.unwrap_or_default();
            let target = target(self, &state, &values).await?;
            let mut update = TenantUpdate::default();
            let stands = |name: &str| state.slots.get(name).unwrap_or(&Value::Null);
            update.slots = values.clone().into_iter().filter(|(name, value)| stands(name) != value).collect();
            if update.slots.is_empty() {
                return Ok(());
            }
            update.dirty = dirty(&target, &update.slots);
            // `Standing` names the revision that the values were checked against.
            update.expected = Some(Standing::under(state.revision().cloned()));
            match engine.store.update_tenant(id, &update).await {
                Err(error) if error.kind() == ErrorKind::Conflict => {}
                Err(error) => return Err(error),
                Ok(_) => {
                    connect::look_at_scopes(&target, id).await?;
                    if state.in_force.is_some() {
                        sync::make_lanes(&target, id).await?;
                    }
                    engine.stirred.notify_one();
                    return Ok(());
                }
            }
        }
        Err(Error::new(ErrorKind::Conflict, "revisions keep being put in force while slots are filled")
            .with("tenant", id)
            .advise("fill them again"))
    }
}

/// The engine as it works with these values, if they fit: under the manifest that the next sync puts in force, or else under
/// the one in force.
async fn target(tenant: &Tenant, state: &TenantState, values: &Map<String, Value>) -> Result<Engine> {
    let Tenant { engine, id } = tenant;
    let next = match engine.next(id, state).await {
        Err(error) if state.in_force.is_none() => return Err(error),
        next => next.ok().flatten(),
    };
    let wrong = match next.map(|manifest| fitted(engine, &manifest, state, values)) {
        Some(Ok(target)) => return Ok(target),
        Some(Err(error)) => Some(error),
        None => None,
    };
    let kept = match state.revision() {
        Some(revision) => engine.kept(id, revision).await?,
        None => None,
    };
    match (kept, wrong) {
        (Some(kept), None) => fitted(engine, &kept, state, values),
        // What is said of the manifest to come is of use, not what is said of the one that goes.
        (Some(kept), Some(wrong)) => fitted(engine, &kept, state, values).map_err(|_| wrong),
        (None, Some(wrong)) => Err(wrong),
        (None, None) => fitted(engine, &engine.manifest, state, values),
    }
}

fn fitted(
    engine: &Engine,
    manifest: &crate::manifest::Manifest,
    state: &TenantState,
    values: &Map<String, Value>,
) -> Result<Engine> {
    // What a former revision has left behind may be cleared away.
    let strange = values.iter().filter(|(name, value)| !value.is_null() || !state.slots.contains_key(*name));
    let problems: Vec<_> = strange.filter_map(|(name, _)| manifest.unopened(name)).collect();
    if !problems.is_empty() {
        return Err(refused(Problems { problems }));
    }
    let mut slots = state.slots.clone();
    slots.extend(values.clone());
    engine.with_slots(manifest, &slots)
}

/// What has to be decided anew. What is read otherwise changes records, which say so themselves.
fn dirty(target: &Engine, changed: &Map<String, Value>) -> Vec<DependencyKey> {
    let changed = |kinds: &[SlotKind]| {
        let slots = target.manifest.slots().iter();
        slots.filter(|slot| kinds.contains(&slot.kind)).any(|slot| changed.contains_key(&slot.name))
    };
    let mut dirty = Vec::new();
    if changed(&[SlotKind::Domains]) {
        dirty.push(DependencyKey::users());
    }
    if changed(&[SlotKind::Fields, SlotKind::Field]) {
        dirty.push(DependencyKey::revision());
    }
    dirty
}
