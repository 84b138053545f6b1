//! Saves and loads one after the other: expectations and versions.

use std::sync::Arc;

use acquaint_core::token::{Expected, Saved, Scope, TokenStore};

use super::super::{ensure, ensure_eq};
use super::Outcome;
use super::stage::{grant, load, save, sealed};

/// A save that expects something else than what is there is a conflict and changes nothing.
pub async fn a_save_that_expects_something_else_changes_nothing(store: Arc<dyn TokenStore>) -> Outcome {
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
        let before = load(&store, &key).await?;
        let wrong = wrong.map_or(Expected::Absent, |by| Expected::Version(version.wrapping_add_signed(by)));
        let saved = store.save(&key, &sealed("x"), wrong).await?;
        ensure_eq!(saved, Saved::Conflict, "a save that expects {wrong:?} where version {version} is");
        ensure_eq!(load(&store, &key).await?, before, "what is there after a conflict");
    }
    Ok(())
}

/// Every save gives a version that the key never had, even if it had the value before.
pub async fn every_save_gives_a_version_of_its_own(store: Arc<dyn TokenStore>) -> Outcome {
    let key = grant("acme", "g");
    let mut seen = vec![save(&store, &key, &sealed("a"), Expected::Absent).await?];
    let mut last = seen[0];
    for value in ["b", "a", "a", "b", "c", "a", "b", "b"] {
        last = save(&store, &key, &sealed(value), Expected::Version(last)).await?;
        ensure!(!seen.contains(&last), "version {last} was given again; before it were {seen:?}");
        seen.push(last);
    }
    Ok(())
}

/// No version of a key comes back, not even after a delete.
pub async fn a_version_never_comes_back_after_a_delete(store: Arc<dyn TokenStore>) -> Outcome {
    let key = grant("acme", "g");
    let mut seen = Vec::new();
    for round in 0..3 {
        let first = save(&store, &key, &sealed(&format!("{round}, first")), Expected::Absent).await?;
        let value = sealed(&format!("{round}, second"));
        let second = save(&store, &key, &value, Expected::Version(first)).await?;
        for version in [first, second] {
            ensure!(!seen.contains(&version), "version {version} came back after a delete; {seen:?} were");
            seen.push(version);
        }
        store.delete(&key).await?;
    }
    Ok(())
}

/// Loading does not change the version, and makes nothing of what is not there.
pub async fn a_load_writes_nothing(store: Arc<dyn TokenStore>) -> Outcome {
    let key = grant("acme", "g");
    let version = save(&store, &key, &sealed("a"), Expected::Absent).await?;
    for _ in 0..120 {
        store.load(&key).await?;
    }
    let saved = store.save(&key, &sealed("b"), Expected::Version(version)).await?;
    ensure!(saved != Saved::Conflict, "after loads alone the version that was stored is no longer there");
    let absent = grant("acme", "absent");
    ensure!(store.load(&absent).await?.is_none(), "something is there that was never saved");
    ensure_eq!(store.list(Scope::All, None, 10).await?, [key], "the grants after a load of another");
    save(&store, &absent, &sealed("a"), Expected::Absent).await?;
    Ok(())
}
