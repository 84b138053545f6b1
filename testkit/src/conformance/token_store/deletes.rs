//! Deletes, alone and against each other and saves.

use std::sync::Arc;

use acquaint_core::token::{Expected, Saved, TokenStore};

use super::super::{Failure, ensure, ensure_eq};
use super::Outcome;
use super::stage::{RACERS, grant, load, save, save_new, sealed, together};

/// A delete removes the credential and says whether there was one.
pub async fn a_delete_says_whether_there_was_anything(store: Arc<dyn TokenStore>) -> Outcome {
    let key = grant("acme", "g");
    ensure!(!store.delete(&key).await?, "the delete of nothing says that there was something");
    save(&store, &key, &sealed("a"), Expected::Absent).await?;
    ensure!(store.delete(&key).await?, "a delete says that there was nothing");
    ensure!(store.load(&key).await?.is_none(), "a deleted credential is still there");
    ensure!(!store.delete(&key).await?, "a second delete says that there was something");
    Ok(())
}

/// A delete removes the one grant that it names, and none whose name begins or ends like it.
pub async fn a_delete_leaves_other_grants(store: Arc<dyn TokenStore>) -> Outcome {
    let others = ["g", "1g1", "g1x", "g11", "h"].map(|name| grant("acme", name));
    save_new(&store, &others).await?;
    save_new(&store, [&grant("acme", "g1")]).await?;
    ensure!(store.delete(&grant("acme", "g1")).await?, "a delete says that there was nothing");
    for key in &others {
        ensure!(store.load(key).await?.is_some(), "{key:?} went with the delete of another grant");
    }
    Ok(())
}

/// After a delete a save that expects the old version is a conflict, and one that expects absence is stored.
pub async fn a_deleted_grant_is_saved_as_an_absent_one(store: Arc<dyn TokenStore>) -> Outcome {
    let key = grant("acme", "g");
    let version = save(&store, &key, &sealed("old"), Expected::Absent).await?;
    store.delete(&key).await?;
    ensure_eq!(
        store.save(&key, &sealed("x"), Expected::Version(version)).await?,
        Saved::Conflict,
        "a save that expects the version that was deleted"
    );
    ensure!(store.load(&key).await?.is_none(), "a conflict brought a deleted grant back");
    save(&store, &key, &sealed("new"), Expected::Absent).await?;
    ensure!(load(&store, &key).await?.value == sealed("new"), "what was saved after a delete is not there");
    Ok(())
}

/// Of sixteen deletes of one credential at one time, one says that there was something.
pub async fn of_sixteen_concurrent_deletes_one_removes(store: Arc<dyn TokenStore>) -> Outcome {
    for round in 0..4 {
        let key = grant("acme", &format!("g{round}"));
        save_new(&store, [&key]).await?;
        let deletes = (0..RACERS).map(|_| {
            let (store, key) = (store.clone(), key.clone());
            async move { store.delete(&key).await }
        });
        let removed: Vec<bool> = together(deletes).await?.into_iter().collect::<Result<_, _>>()?;
        let removed = removed.into_iter().filter(|removed| *removed).count();
        ensure_eq!(removed, 1, "deletes that say they removed the one credential");
        ensure!(store.load(&key).await?.is_none(), "a deleted credential is still there");
    }
    Ok(())
}

/// Of a save that expects a version and a delete at one time, nothing is left: either the delete takes what was
/// saved, or the save finds that its version is gone.
pub async fn a_save_that_races_a_delete_brings_nothing_back(store: Arc<dyn TokenStore>) -> Outcome {
    for round in 0..16 {
        let key = grant("acme", &format!("g{round}"));
        let version = save(&store, &key, &sealed("old"), Expected::Absent).await?;
        let calls = [true, false].map(|deletes| {
            let (store, key) = (store.clone(), key.clone());
            async move {
                if deletes {
                    let removed = store.delete(&key).await?;
                    ensure!(removed, "a delete beside a save says that there was nothing");
                } else {
                    store.save(&key, &sealed("new"), Expected::Version(version)).await?;
                }
                Ok::<(), Failure>(())
            }
        });
        for end in together(calls).await? {
            end?;
        }
        ensure!(store.load(&key).await?.is_none(), "a save brought back what a delete had removed");
    }
    Ok(())
}
