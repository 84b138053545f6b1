//! Calls whose future is dropped, as a time-out or a cancelled request does it.

use std::future::Future;
use std::sync::Arc;

use acquaint_core::token::{Expected, Saved, Sealed, TokenStore, Versioned};
use tokio::task::yield_now;

use super::super::{Failure, ensure};
use super::Outcome;
use super::stage::{grant, load, save, sealed};

/// After how many turns of the runtime calls are dropped, one call each.
const TURNS: std::ops::Range<usize> = 0..12;

/// Polls the call, and drops it if it is not done after some turns of the runtime.
async fn drop_after<T>(turns: usize, call: impl Future<Output = T>) -> Option<T> {
    let patience = async {
        for _ in 0..turns {
            yield_now().await;
        }
    };
    tokio::select! {
        biased;
        done = call => Some(done),
        () = patience => None,
    }
}

/// A dropped save has stored its value or has left the one before; either way the next save goes through.
pub async fn a_dropped_save_has_happened_or_not(store: Arc<dyn TokenStore>) -> Outcome {
    let key = grant("acme", "g");
    save(&store, &key, &sealed("first"), Expected::Absent).await?;
    for turns in TURNS {
        let before = load(&store, &key).await?;
        let value = sealed(&format!("dropped after {turns} turns"));
        let expected = Expected::Version(before.version);
        let saved = drop_after(turns, store.save(&key, &value, expected)).await.transpose()?;
        let after = load(&store, &key).await?;
        let stored = after.value == value && after.version != before.version;
        ensure!(stored || after == before, "a save that was dropped after {turns} turns left something else");
        ensure!(
            stored || !matches!(saved, Some(Saved::Stored(_))),
            "a save was stored, and a load afterwards does not give it"
        );
        replace(&store, after).await?;
    }
    Ok(())
}

/// Saves something that the dropped save cannot have meant. That one may still be stored once: not twice.
async fn replace(store: &Arc<dyn TokenStore>, mut found: Versioned<Sealed>) -> Outcome {
    let key = grant("acme", "g");
    for _ in 0..2 {
        let expected = Expected::Version(found.version);
        if let Saved::Stored(version) = store.save(&key, &sealed("next"), expected).await? {
            let loaded = load(store, &key).await?;
            let own = loaded.version == version && loaded.value == sealed("next");
            ensure!(own, "a dropped save came after a later one");
            return Ok(());
        }
        found = load(store, &key).await?;
    }
    Err(Failure::new("after a dropped save no other goes through"))
}

/// A dropped delete has removed the value or has left it whole; either way the next delete removes it.
pub async fn a_dropped_delete_has_happened_or_not(store: Arc<dyn TokenStore>) -> Outcome {
    for turns in TURNS {
        let key = grant("acme", &format!("g{turns}"));
        save(&store, &key, &sealed("whole"), Expected::Absent).await?;
        let before = load(&store, &key).await?;
        let removed = drop_after(turns, store.delete(&key)).await.transpose()?;
        let after = store.load(&key).await?;
        let left = after.is_some();
        ensure!(
            after.is_none_or(|after| after == before),
            "a delete that was dropped after {turns} turns left something else"
        );
        ensure!(!(left && removed == Some(true)), "a delete removed a credential that is still there");
        store.delete(&key).await?;
        ensure!(store.load(&key).await?.is_none(), "after a dropped delete the next removes nothing");
    }
    Ok(())
}
