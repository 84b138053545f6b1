//! Sealed credentials.

use std::sync::Arc;

use acquaint_core::store::Store;
use acquaint_core::token::{Expected, GrantKey, Saved, Scope, Sealed};
use tokio::sync::Barrier;

use super::super::{Failure, ensure, ensure_eq};
use super::Outcome;

fn grant(tenant: &str, grant: &str) -> GrantKey {
    GrantKey { tenant: tenant.into(), grant: grant.into() }
}

fn sealed(text: &str) -> Sealed {
    Sealed::from_bytes(text)
}

async fn save(
    store: &Arc<dyn Store>,
    key: &GrantKey,
    value: &Sealed,
    expected: Expected,
) -> Result<u64, Failure> {
    match store.save(key, value, expected).await? {
        Saved::Stored(version) => Ok(version),
        Saved::Conflict => Err(Failure::new(format_args!("a save that expects {expected:?} was a conflict"))),
    }
}

/// A credential comes back byte for byte, whatever its bytes, under the version that the save gave.
pub async fn a_credential_comes_back_byte_for_byte(store: Arc<dyn Store>) -> Outcome {
    let all: Vec<u8> = (0..=255).cycle().take(5_000).collect();
    for (name, bytes) in [("all", all), ("empty", Vec::new())] {
        let (key, value) = (grant("acme", name), Sealed::from_bytes(bytes));
        let version = save(&store, &key, &value, Expected::Absent).await?;
        let loaded = store.load(&key).await?;
        let same = loaded.is_some_and(|loaded| loaded.value == value && loaded.version == version);
        ensure!(same, "the credential {name} did not come back as it was saved");
    }
    Ok(())
}

/// A save that expects something else than what is there is a conflict and changes nothing.
pub async fn a_save_that_expects_something_else_changes_nothing(store: Arc<dyn Store>) -> Outcome {
    let key = grant("acme", "g");
    ensure_eq!(
        store.save(&key, &sealed("x"), Expected::Version(1)).await?,
        Saved::Conflict,
        "a save that expects a version where there is none"
    );
    ensure!(store.load(&key).await?.is_none(), "a conflict stored something");
    for (name, wrong) in [("absent", None), ("newer", Some(1)), ("older", Some(-1))] {
        let key = grant("acme", name);
        let version = save(&store, &key, &sealed("first"), Expected::Absent).await?;
        let wrong = wrong.map_or(Expected::Absent, |by| Expected::Version(version.wrapping_add_signed(by)));
        let saved = store.save(&key, &sealed("x"), wrong).await?;
        ensure_eq!(saved, Saved::Conflict, "a save that expects {wrong:?} where version {version} is");
        let loaded = store.load(&key).await?;
        ensure!(loaded.is_some_and(|loaded| loaded.value == sealed("first")), "a conflict changed the value");
    }
    let first = save(&store, &key, &sealed("first"), Expected::Absent).await?;
    let second = save(&store, &key, &sealed("second"), Expected::Version(first)).await?;
    ensure!(second != first, "a save took the version of the one before");
    Ok(())
}

/// Of sixteen saves at one time with one expectation, one is stored and it is the one that is loaded.
pub async fn of_sixteen_concurrent_saves_one_wins(store: Arc<dyn Store>) -> Outcome {
    const SAVERS: usize = 16;
    let key = grant("acme", "g");
    let version = save(&store, &key, &sealed("first"), Expected::Absent).await?;
    let barrier = Arc::new(Barrier::new(SAVERS));
    let savers = (0..SAVERS).map(|saver| {
        let (store, key, barrier) = (store.clone(), key.clone(), barrier.clone());
        tokio::spawn(async move {
            let value = Sealed::from_bytes(format!("saver {saver}"));
            barrier.wait().await;
            (store.save(&key, &value, Expected::Version(version)).await, value)
        })
    });
    let mut winners = Vec::new();
    for outcome in futures::future::join_all(savers).await {
        let (saved, value) =
            outcome.map_err(|error| Failure::new(format_args!("a save panicked: {error}")))?;
        if let Saved::Stored(version) = saved? {
            winners.push((version, value));
        }
    }
    ensure_eq!(winners.len(), 1, "saves that were stored");
    let loaded = store.load(&key).await?.map(|loaded| (loaded.version, loaded.value));
    ensure_eq!(loaded, winners.pop(), "what is stored after the race");
    Ok(())
}

/// No version of a key comes back, not even after a delete.
pub async fn a_version_never_comes_back_after_a_delete(store: Arc<dyn Store>) -> Outcome {
    let key = grant("acme", "g");
    let mut seen = Vec::new();
    for _ in 0..3 {
        let version = save(&store, &key, &sealed("a"), Expected::Absent).await?;
        seen.push(version);
        seen.push(save(&store, &key, &sealed("b"), Expected::Version(version)).await?);
        store.delete(&key).await?;
    }
    let mut distinct = seen.clone();
    distinct.sort_unstable();
    distinct.dedup();
    ensure_eq!(distinct.len(), seen.len(), "distinct versions among {seen:?}");
    Ok(())
}

/// A delete removes the credential and says whether there was one.
pub async fn a_delete_says_whether_there_was_anything(store: Arc<dyn Store>) -> Outcome {
    let key = grant("acme", "g");
    ensure!(!store.delete(&key).await?, "the delete of nothing says that there was something");
    save(&store, &key, &sealed("a"), Expected::Absent).await?;
    ensure!(store.delete(&key).await?, "a delete says that there was nothing");
    ensure!(store.load(&key).await?.is_none(), "a deleted credential is still there");
    ensure!(!store.delete(&key).await?, "a second delete says that there was something");
    Ok(())
}

/// Loading does not change the version.
pub async fn a_load_writes_nothing(store: Arc<dyn Store>) -> Outcome {
    let key = grant("acme", "g");
    let version = save(&store, &key, &sealed("a"), Expected::Absent).await?;
    for _ in 0..3 {
        store.load(&key).await?;
    }
    save(&store, &key, &sealed("b"), Expected::Version(version)).await?;
    Ok(())
}

/// A listing goes page by page through all grants in the order of their keys.
pub async fn grants_are_listed_page_by_page_in_key_order(store: Arc<dyn Store>) -> Outcome {
    let mut all = Vec::new();
    for (tenant, name) in [("b", "g1"), ("a", "g2"), ("b", "g0"), ("a", "g1"), ("c", "g1")] {
        let key = grant(tenant, name);
        save(&store, &key, &sealed("x"), Expected::Absent).await?;
        all.push(key);
    }
    all.sort();
    let mut listed: Vec<GrantKey> = Vec::new();
    for _ in 0..all.len() {
        let page = store.list(Scope::All, listed.last(), 2).await?;
        ensure!(page.len() <= 2, "a page of {} where 2 were asked for", page.len());
        listed.extend(page);
    }
    ensure_eq!(listed, all, "all grants, listed by pages of two");
    Ok(())
}

/// A listing of one tenant names its grants alone.
pub async fn a_listing_of_one_tenant_names_no_other(store: Arc<dyn Store>) -> Outcome {
    for tenant in ["acme", "acme2", "globex"] {
        save(&store, &grant(tenant, "g"), &sealed("x"), Expected::Absent).await?;
    }
    let listed = store.list(Scope::Tenant("acme".into()), None, 10).await?;
    ensure_eq!(listed, [grant("acme", "g")], "the grants of one tenant");
    Ok(())
}

/// Grants of two tenants with equal ids are two grants.
pub async fn grants_of_tenants_with_equal_ids_stay_apart(store: Arc<dyn Store>) -> Outcome {
    let (ours, theirs) = (grant("acme", "g"), grant("globex", "g"));
    save(&store, &ours, &sealed("ours"), Expected::Absent).await?;
    ensure!(store.load(&theirs).await?.is_none(), "a tenant loaded the grant of another");
    ensure!(!store.delete(&theirs).await?, "a tenant deleted the grant of another");
    save(&store, &theirs, &sealed("theirs"), Expected::Absent).await?;
    let loaded = store.load(&ours).await?;
    ensure!(loaded.is_some_and(|loaded| loaded.value == sealed("ours")), "a tenant wrote to another's grant");
    Ok(())
}
