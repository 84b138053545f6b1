//! Revisions, and which one is in force.

use std::sync::Arc;

use acquaint_core::ErrorKind;
use acquaint_core::depkey::DependencyKey;
use acquaint_core::ids::{Seq, TenantId};
use acquaint_core::store::{Announce, InForce, JoinClaim, Revision, Standing, Store, TenantUpdate};
use serde_json::json;

use super::super::{Failure, ensure, ensure_eq};
use super::Outcome;
use super::stage::{LEASE, Stage, at, marked};

fn revision(id: &str, kept: i64) -> Revision {
    Revision::new(id.into(), "rules", json!({ "name": id, "keep": [1, "ü", null] }), at(kept))
}

fn puts(id: &str, since: i64) -> TenantUpdate {
    let mut update = TenantUpdate::default();
    update.in_force = Some(InForce::new(id.into(), at(since)));
    update
}

/// Claims the join long after any claim of another check; `None` if somebody holds it.
async fn join(stage: &Stage, worker: &str) -> Result<Option<JoinClaim>, Failure> {
    Ok(stage.store.claim_join(&stage.tenant, &worker.into(), at(1_000), LEASE).await?)
}

/// A revision comes back as it was first put, whoever puts it again.
pub async fn a_revision_stays_as_it_was_first_put(store: Arc<dyn Store>) -> Outcome {
    let acme = TenantId::from("acme");
    let first = revision("r1", 1);
    ensure_eq!(store.revision(&acme, &first.id).await?, None, "a revision that nobody has put");
    store.put_revision(&acme, &first).await?;
    let mut other = revision("r1", 2);
    other.name = "others".to_owned();
    store.put_revision(&acme, &other).await?;
    ensure_eq!(store.revision(&acme, &first.id).await?, Some(first.clone()), "the revision put twice");
    ensure_eq!(store.revisions(&acme, 10).await?, [first], "all revisions");
    Ok(())
}

/// Those last put in force come first, then those that never were, the newest first.
pub async fn revisions_come_in_the_order_in_which_they_were_in_force(store: Arc<dyn Store>) -> Outcome {
    let acme = TenantId::from("acme");
    for (id, kept) in [("r1", 1), ("r2", 2), ("r3", 3), ("r5", 4), ("r4", 4)] {
        store.put_revision(&acme, &revision(id, kept)).await?;
    }
    for (id, since) in [("r1", 10), ("r2", 11), ("r1", 12)] {
        store.update_tenant(&acme, &puts(id, since)).await?;
    }
    let listed = store.revisions(&acme, 10).await?;
    let order: Vec<&str> = listed.iter().map(|revision| revision.id.as_str()).collect();
    ensure_eq!(order, ["r1", "r2", "r4", "r5", "r3"], "all revisions");
    let since: Vec<_> = listed.iter().map(|revision| revision.in_force).collect();
    ensure_eq!(since, [Some(at(12)), Some(at(11)), None, None, None], "when they were put in force");
    ensure_eq!(store.revisions(&acme, 2).await?.len(), 2, "revisions where 2 were asked for");
    Ok(())
}

/// Equal ids of two tenants are two revisions.
pub async fn revisions_of_tenants_stay_apart(store: Arc<dyn Store>) -> Outcome {
    let (acme, zeta) = (TenantId::from("acme"), TenantId::from("zeta"));
    store.put_revision(&acme, &revision("r1", 1)).await?;
    ensure_eq!(store.revision(&zeta, &"r1".into()).await?, None, "another tenant's revision");
    ensure_eq!(store.revisions(&zeta, 10).await?, [], "revisions of a tenant that has none");
    store.put_revision(&zeta, &revision("r1", 2)).await?;
    store.update_tenant(&zeta, &puts("r1", 5)).await?;
    let own = store.revision(&acme, &"r1".into()).await?;
    ensure_eq!(own, Some(revision("r1", 1)), "the revision after another tenant has put its own in force");
    Ok(())
}

/// What is in force comes back as it was put, and stays under updates that do not name it.
pub async fn what_is_in_force_comes_back(store: Arc<dyn Store>) -> Outcome {
    let acme = TenantId::from("acme");
    let in_force = InForce::new("r1".into(), at(7)).held(true).announce(Announce::KeptChanges);
    let mut update = TenantUpdate::default();
    update.in_force = Some(in_force.clone());
    store.update_tenant(&acme, &update).await?;
    store.update_tenant(&acme, &TenantUpdate::default()).await?;
    let state = store.tenant(&acme).await?.unwrap_or_default();
    ensure_eq!(state.in_force, Some(in_force), "what is in force");
    Ok(())
}

/// An update that expects another revision or another commit changes nothing at all.
pub async fn an_update_that_expects_another_standing_changes_nothing(store: Arc<dyn Store>) -> Outcome {
    let stage = Stage::open(&store).await?;
    let mut first = puts("r1", 1);
    first.dirty.extend([DependencyKey::revision(), DependencyKey::users()]);
    let state = store.update_tenant(&stage.tenant, &first).await?;
    let (before, batch) = (state.clone(), stage.batch().await?);
    let marks = marked(&batch);
    for standing in [
        Standing::under(None),
        Standing::under(Some("r2".into())).at(state.seq),
        Standing::under(Some("r1".into())).at(Seq(state.seq.0 + 1)),
    ] {
        let mut update = puts("r3", 2);
        update.slots.insert("domains".to_owned(), json!(["acme.com"]));
        update.dirty.push(DependencyKey::from_stored("domain:acme.com"));
        update.expected = Some(standing.clone());
        let refused = store.update_tenant(&stage.tenant, &update).await;
        let kind = refused.as_ref().err().map(acquaint_core::Error::kind);
        ensure_eq!(kind, Some(ErrorKind::Conflict), "an update that expects {standing:?}");
        ensure_eq!(store.tenant(&stage.tenant).await?, Some(before.clone()), "the tenant after it");
        ensure_eq!(marked(&stage.batch().await?), marks, "marks after it");
    }
    let r1 = Standing::under(Some("r1".into()));
    for (standing, id) in [(r1.at(state.seq), "r3"), (Standing::under(Some("r3".into())), "r4")] {
        let mut update = puts(id, 2);
        update.expected = Some(standing);
        let state = store.update_tenant(&stage.tenant, &update).await?;
        ensure_eq!(state.revision().cloned(), Some(id.into()), "the revision where it stood as expected");
    }
    Ok(())
}

/// Whoever decides by another revision or by other slots than are in force from now on commits nothing.
pub async fn what_decides_otherwise_fences_the_join(store: Arc<dyn Store>) -> Outcome {
    let stage = Stage::open(&store).await?;
    store.update_tenant(&stage.tenant, &puts("r1", 1)).await?;
    let mut slots = TenantUpdate::default();
    slots.slots.insert("domains".to_owned(), json!(["acme.com"]));
    for (update, worker) in [(puts("r2", 2), "w3"), (slots, "w4")] {
        let claim = join(&stage, "w2").await?;
        let before = claim.as_ref().map_or(0, |claim| claim.fence);
        ensure!(claim.is_some(), "a join that nobody holds could not be claimed");
        store.update_tenant(&stage.tenant, &update).await?;
        // Whoever claims it next fences the former off, as every claim does.
        let next = join(&stage, worker).await?;
        let fence = next.as_ref().map_or(0, |next| next.fence);
        ensure!(fence > before, "after {update:?} the next claim has fence {fence}, after {before}");
        if let Some(next) = next {
            store.release_join(&next).await?;
        }
    }
    Ok(())
}

/// An update that leaves revision and slots as they are lets a join go on.
pub async fn what_decides_alike_leaves_the_join(store: Arc<dyn Store>) -> Outcome {
    let stage = Stage::open(&store).await?;
    let mut same = puts("r1", 1);
    same.slots.insert("domains".to_owned(), json!(["acme.com"]));
    store.update_tenant(&stage.tenant, &same).await?;
    ensure!(join(&stage, "w2").await?.is_some(), "a join that nobody holds could not be claimed");
    same.dirty.push(DependencyKey::users());
    same.in_force = Some(InForce::new("r1".into(), at(2)).held(true));
    store.update_tenant(&stage.tenant, &same).await?;
    ensure!(join(&stage, "w3").await?.is_none(), "an update that changes nothing has freed the join");
    Ok(())
}
