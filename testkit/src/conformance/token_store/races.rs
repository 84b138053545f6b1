//! Many tasks at one time.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use acquaint_core::token::{Expected, GrantKey, Saved, Sealed, TokenStore};
use tokio::task::yield_now;

use super::super::{Failure, ensure, ensure_eq};
use super::Outcome;
use super::stage::{RACERS, attempt, grant, load, save, sealed, together, winner};

/// A credential of the usual size.
fn usual(text: &str) -> Sealed {
    Sealed::from_bytes(text.bytes().cycle().take(2_000).collect::<Vec<u8>>())
}

/// Of sixteen saves at one time where nothing is, one is stored and it is the one that is loaded.
pub async fn of_sixteen_concurrent_first_saves_one_wins(store: Arc<dyn TokenStore>) -> Outcome {
    for round in 0..4 {
        let key = grant("acme", &format!("g{round}"));
        let savers = (0..RACERS).map(|saver| {
            attempt(store.clone(), key.clone(), sealed(&format!("saver {saver}")), Expected::Absent)
        });
        let winner = winner(together(savers).await?)?;
        ensure_eq!(load(&store, &key).await?, winner, "what is stored after the race");
    }
    Ok(())
}

/// Of sixteen saves at one time that expect one version, one is stored and it is the one that is loaded; and so
/// for each version after it.
pub async fn of_sixteen_concurrent_saves_one_wins(store: Arc<dyn TokenStore>) -> Outcome {
    let key = grant("acme", "g");
    let mut version = save(&store, &key, &usual("first"), Expected::Absent).await?;
    for round in 0..8 {
        let savers = (0..RACERS).map(|saver| {
            let value = usual(&format!("round {round}, saver {saver};"));
            attempt(store.clone(), key.clone(), value, Expected::Version(version))
        });
        let winner = winner(together(savers).await?)?;
        version = winner.version;
        ensure_eq!(load(&store, &key).await?, winner, "what is stored after round {round} of the race");
    }
    Ok(())
}

/// A number that sixty-four tasks raise by one each is sixty-four in the end, and no version was followed by two.
pub async fn a_counter_of_sixty_four_tasks_loses_nothing(store: Arc<dyn TokenStore>) -> Outcome {
    const TASKS: usize = 64;
    let key = grant("acme", "counter");
    save(&store, &key, &sealed("0"), Expected::Absent).await?;
    let tasks = (0..TASKS).map(|_| raise(store.clone(), key.clone(), TASKS));
    let steps: Vec<(u64, u64)> = together(tasks).await?.into_iter().collect::<Result<_, _>>()?;
    let followed: BTreeSet<u64> = steps.iter().map(|step| step.0).collect();
    ensure_eq!(followed.len(), TASKS, "versions that were followed by one save, of {TASKS} saves");
    let given: BTreeSet<u64> = steps.iter().map(|step| step.1).collect();
    ensure_eq!(given.len(), TASKS, "different versions that were given to {TASKS} saves");
    ensure_eq!(load(&store, &key).await?.value, sealed("64"), "the number, which Debug does not show,");
    Ok(())
}

/// Raises the number by one, and says from which version to which.
async fn raise(store: Arc<dyn TokenStore>, key: GrantKey, tasks: usize) -> Result<(u64, u64), Failure> {
    // Each conflict is another task's only success.
    for _ in 0..tasks {
        let loaded = load(&store, &key).await?;
        let number = str::from_utf8(loaded.value.as_bytes()).ok().and_then(|text| text.parse::<u64>().ok());
        yield_now().await; // So that others load it, too.
        let number = number.ok_or_else(|| Failure::new("a number did not come back as it was saved"))?;
        let raised = sealed(&(number + 1).to_string());
        if let Saved::Stored(version) = store.save(&key, &raised, Expected::Version(loaded.version)).await? {
            return Ok((loaded.version, version));
        }
    }
    Err(Failure::new(format_args!("{tasks} conflicts, though only {} other tasks save once each", tasks - 1)))
}

/// Saves of different keys at one time are all stored.
pub async fn concurrent_saves_of_different_keys_are_all_stored(store: Arc<dyn TokenStore>) -> Outcome {
    let keys: Vec<GrantKey> =
        (0..64).map(|number| grant(&format!("t{}", number % 4), &format!("g{}", number / 4))).collect();
    let savers = keys.iter().map(|key| {
        let (store, key) = (store.clone(), key.clone());
        async move {
            let first = save(&store, &key, &sealed("first"), Expected::Absent).await?;
            save(&store, &key, &sealed(&key.to_string()), Expected::Version(first)).await
        }
    });
    let saved = together(savers).await?;
    for (key, version) in keys.iter().zip(saved) {
        let loaded = load(&store, key).await?;
        let same = loaded.version == version? && loaded.value == sealed(&key.to_string());
        ensure!(same, "{key:?} is not as it was saved beside other keys");
    }
    Ok(())
}

/// Whoever loads while somebody saves sees a whole value, never none, and never an older one than before.
pub async fn loads_during_saves_see_whole_values(store: Arc<dyn TokenStore>) -> Outcome {
    const SAVES: u8 = 30;
    let key = grant("acme", "g");
    let value = |number: u8| Sealed::from_bytes(vec![number; 20_000]);
    let mut version = save(&store, &key, &value(0), Expected::Absent).await?;
    let done = Arc::new(AtomicBool::new(false));
    let readers = (0..4).map(|_| tokio::spawn(watch(store.clone(), key.clone(), done.clone())));
    let readers: Vec<_> = readers.collect();
    let mut saved = Ok(());
    for number in 1..=SAVES {
        match save(&store, &key, &value(number), Expected::Version(version)).await {
            Ok(next) => version = next,
            Err(failure) => {
                saved = Err(failure);
                break;
            }
        }
        yield_now().await;
    }
    done.store(true, Ordering::SeqCst);
    for reader in readers {
        reader.await.map_err(|error| Failure::new(format_args!("a load panicked: {error}")))??;
    }
    saved
}

async fn watch(store: Arc<dyn TokenStore>, key: GrantKey, done: Arc<AtomicBool>) -> Outcome {
    let mut newest = 0;
    while !done.load(Ordering::SeqCst) {
        let loaded = load(&store, &key).await?;
        let bytes = loaded.value.as_bytes();
        let number = bytes.first().copied().unwrap_or_default();
        let whole = bytes.len() == 20_000 && bytes.iter().all(|byte| *byte == number);
        ensure!(whole, "a load gave parts of several values, or of one");
        ensure!(number >= newest, "a load gave value {number} after value {newest}");
        newest = number;
        yield_now().await;
    }
    Ok(())
}
