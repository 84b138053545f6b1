//! Stores that are opened again, or twice at one time, as by a restart and by two processes.

use acquaint_core::token::{Expected, Saved, Scope};

use super::super::{ensure, ensure_eq};
use super::stage::{RACERS, attempt, grant, load, save, save_new, sealed, together, winner};
use super::{Opener, Outcome};

/// What was stored is there, value and version, when the store is opened again.
pub async fn what_was_stored_is_there_after_reopening(opener: Opener) -> Outcome {
    let keys = [grant("acme", "g1"), grant("acme", "g2"), grant("globex", "g1")];
    let opened = opener.open().await;
    save_new(&opened.store, &keys).await?;
    let first = load(&opened.store, &keys[1]).await?.version;
    save(&opened.store, &keys[1], &sealed("newer"), Expected::Version(first)).await?;
    let mut before = Vec::new();
    for key in &keys {
        before.push(load(&opened.store, key).await?);
    }
    drop(opened);
    let opened = opener.open().await;
    for (key, before) in keys.iter().zip(before) {
        let same = load(&opened.store, key).await? == before;
        ensure!(same, "{key:?} is not as it was stored before the store was opened again");
    }
    ensure_eq!(opened.store.list(Scope::All, None, 10).await?, keys, "the grants after reopening");
    Ok(())
}

/// What was deleted is not there when the store is opened again.
pub async fn what_was_deleted_stays_gone_after_reopening(opener: Opener) -> Outcome {
    let key = grant("acme", "g");
    let opened = opener.open().await;
    save_new(&opened.store, [&key]).await?;
    opened.store.delete(&key).await?;
    drop(opened);
    let opened = opener.open().await;
    ensure!(opened.store.load(&key).await?.is_none(), "a deleted grant came back with reopening");
    Ok(())
}

/// No version of a key comes back after the store is opened again, be the key there or deleted.
pub async fn a_version_never_comes_back_after_reopening(opener: Opener) -> Outcome {
    let (kept, deleted) = (grant("acme", "kept"), grant("acme", "deleted"));
    let mut seen = Vec::new();
    for round in 0..2 {
        let opened = opener.open().await;
        for key in [&kept, &deleted] {
            let found = opened.store.load(key).await?;
            let expected = found.map_or(Expected::Absent, |found| Expected::Version(found.version));
            let version = save(&opened.store, key, &sealed(&format!("{round}")), expected).await?;
            let repeated = seen.contains(&(key, version));
            ensure!(!repeated, "version {version} of {key:?} came back after reopening");
            seen.push((key, version));
        }
        opened.store.delete(&deleted).await?;
    }
    Ok(())
}

/// A save or delete through one opening is seen through another at once.
pub async fn what_one_opening_does_is_seen_by_the_other(opener: Opener) -> Outcome {
    let (one, other) = (opener.open().await.store, opener.open().await.store);
    let key = grant("acme", "g");
    let mut expected = Expected::Absent;
    for (number, (saver, loader)) in [(&one, &other), (&one, &other), (&other, &one)].into_iter().enumerate()
    {
        let value = sealed(&format!("{number}"));
        let version = save(saver, &key, &value, expected).await?;
        let loaded = load(loader, &key).await?;
        ensure!(loaded.version == version && loaded.value == value, "a load by another opening is stale");
        ensure_eq!(
            loader.list(Scope::All, None, 10).await?,
            std::slice::from_ref(&key),
            "a listing by another opening"
        );
        expected = Expected::Version(version);
    }
    ensure!(one.delete(&key).await?, "a delete of what another opening saved says that there was nothing");
    ensure!(other.load(&key).await?.is_none(), "another opening still has what was deleted");
    Ok(())
}

/// Of sixteen saves at one time through two openings, one is stored; and so for each version after it.
pub async fn of_saves_by_two_openings_one_wins(opener: Opener) -> Outcome {
    let (one, other) = (opener.open().await, opener.open().await);
    let key = grant("acme", "g");
    let first = save(&one.store, &key, &sealed("first"), Expected::Absent).await?;
    let mut expected = Expected::Version(first);
    for round in 0..8 {
        let savers = (0..RACERS).map(|saver| {
            let store = if saver % 2 == 0 { &one.store } else { &other.store };
            attempt(store.clone(), key.clone(), sealed(&format!("round {round}, saver {saver}")), expected)
        });
        let winner = winner(together(savers).await?)?;
        expected = Expected::Version(winner.version);
        let third = opener.open().await;
        ensure_eq!(load(&third.store, &key).await?, winner, "what is stored after round {round} of the race");
    }
    let stale = one.store.save(&key, &sealed("x"), Expected::Absent).await?;
    ensure_eq!(stale, Saved::Conflict, "a save that expects nothing where both openings have saved");
    Ok(())
}
