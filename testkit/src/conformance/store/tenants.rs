//! Tenants, and what is known of them.

use std::sync::Arc;

use acquaint_core::ids::TenantId;
use acquaint_core::store::{InForce, Store, TenantUpdate};
use serde_json::{Value, json};

use super::super::{ensure, ensure_eq};
use super::Outcome;
use super::stage::{Stage, at, keys, marked};

fn slots(slots: Value) -> TenantUpdate {
    let mut update = TenantUpdate::default();
    if let Value::Object(slots) = slots {
        update.slots = slots;
    }
    update
}

/// An update changes what it names and nothing else; `null` empties a slot.
pub async fn a_tenant_stays_as_it_was_last_updated(store: Arc<dyn Store>) -> Outcome {
    let acme = TenantId::from("acme");
    ensure_eq!(store.tenant(&acme).await?, None, "a tenant that nobody has updated");
    let mut first = slots(json!({ "domains": ["acme.com"], "level": 1 }));
    first.in_force = Some(InForce::new("r1".into(), at(1)));
    let state = store.update_tenant(&acme, &first).await?;
    ensure_eq!(state.revision().cloned(), Some("r1".into()), "the revision after an update that sets it");

    let state = store.update_tenant(&acme, &slots(json!({ "level": null, "plan": "gold" }))).await?;
    ensure_eq!(
        state.revision().cloned(),
        Some("r1".into()),
        "the revision after an update that does not name it"
    );
    let expected = json!({ "domains": ["acme.com"], "plan": "gold" });
    ensure_eq!(Value::Object(state.slots.clone()), expected, "the slots after an update of some of them");
    ensure_eq!(store.tenant(&acme).await?, Some(state), "the tenant after its last update");
    Ok(())
}

/// Tenants are listed page by page in the order of their ids.
pub async fn tenants_are_listed_page_by_page_in_order(store: Arc<dyn Store>) -> Outcome {
    let all = ["a", "b", "c", "d", "e"].map(TenantId::from);
    for tenant in [2, 0, 4, 1, 3].map(|index: usize| &all[index]) {
        store.update_tenant(tenant, &TenantUpdate::default()).await?;
    }
    let mut listed: Vec<TenantId> = Vec::new();
    for _ in 0..all.len() {
        let page = store.tenants(listed.last(), 2).await?;
        ensure!(page.len() <= 2, "a page of {} where 2 were asked for", page.len());
        listed.extend(page);
    }
    ensure_eq!(listed, all, "all tenants, listed by pages of two");
    Ok(())
}

/// The keys of an update are marked dirty.
pub async fn an_update_of_a_tenant_marks_its_keys(store: Arc<dyn Store>) -> Outcome {
    let stage = Stage::open(&store).await?;
    let mut update = TenantUpdate::default();
    update.dirty = keys(&["users:", "revision:"]);
    store.update_tenant(&stage.tenant, &update).await?;
    ensure_eq!(marked(&stage.batch().await?), ["revision:", "users:"], "marks after an update");
    Ok(())
}

/// A key that an update marks again has moved, so that a batch taken before does not clear it.
pub async fn a_key_marked_again_by_an_update_has_moved(store: Arc<dyn Store>) -> Outcome {
    let stage = Stage::open(&store).await?;
    let mut update = TenantUpdate::default();
    update.dirty = keys(&["users:"]);
    store.update_tenant(&stage.tenant, &update).await?;
    let (before, seq) = (stage.batch().await?, stage.seq().await?);
    store.update_tenant(&stage.tenant, &update).await?;
    let after = stage.batch().await?;
    let moved = before.marks.first().zip(after.marks.first()).is_some_and(|(old, new)| new.seq > old.seq);
    ensure!(moved, "the mark stayed where it was: {:?}, then {:?}", before.marks, after.marks);
    ensure!(stage.seq().await? > seq, "the update took no seq of its own");
    Ok(())
}
