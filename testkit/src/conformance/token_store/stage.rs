//! What the checks have in common.

use std::future::Future;
use std::sync::Arc;

use acquaint_core::token::{Expected, GrantKey, Saved, Sealed, TokenStore, Versioned};
use futures::future::join_all;
use tokio::sync::Barrier;

use super::super::Failure;

/// How many calls race for one outcome.
pub(super) const RACERS: usize = 16;

pub(super) fn grant(tenant: &str, grant: &str) -> GrantKey {
    GrantKey { tenant: tenant.into(), grant: grant.into() }
}

pub(super) fn sealed(text: &str) -> Sealed {
    Sealed::from_bytes(text)
}

/// Saves what must be stored, and gives its version.
pub(super) async fn save(
    store: &Arc<dyn TokenStore>,
    key: &GrantKey,
    value: &Sealed,
    expected: Expected,
) -> Result<u64, Failure> {
    match store.save(key, value, expected).await? {
        Saved::Stored(version) => Ok(version),
        Saved::Conflict => Err(Failure::new(format_args!(
            "a save of {key:?} that expects {expected:?}, which is what is there, was a conflict"
        ))),
    }
}

/// Saves grants that are not there yet.
pub(super) async fn save_new<'a>(
    store: &Arc<dyn TokenStore>,
    keys: impl IntoIterator<Item = &'a GrantKey>,
) -> Result<(), Failure> {
    for key in keys {
        save(store, key, &sealed(&format!("{key:?}")), Expected::Absent).await?;
    }
    Ok(())
}

/// What must be there.
pub(super) async fn load(store: &Arc<dyn TokenStore>, key: &GrantKey) -> Result<Versioned<Sealed>, Failure> {
    let loaded = store.load(key).await?;
    loaded.ok_or_else(|| Failure::new(format_args!("{key:?} is not there, though it was stored")))
}

/// Runs calls as tasks of their own, which begin together, and gives what they gave.
pub(super) async fn together<F>(calls: impl IntoIterator<Item = F>) -> Result<Vec<F::Output>, Failure>
where
    F: Future<Output: Send> + Send + 'static,
{
    let calls: Vec<F> = calls.into_iter().collect();
    let barrier = Arc::new(Barrier::new(calls.len()));
    let tasks = calls.into_iter().map(|call| {
        let barrier = Arc::clone(&barrier);
        tokio::spawn(async move {
            barrier.wait().await;
            call.await
        })
    });
    let ends = join_all(tasks).await.into_iter();
    ends.map(|end| end.map_err(|error| Failure::new(format_args!("a call panicked: {error}")))).collect()
}

/// One save of a race: what it was told, and its value.
pub(super) async fn attempt(
    store: Arc<dyn TokenStore>,
    key: GrantKey,
    value: Sealed,
    expected: Expected,
) -> Result<Option<Versioned<Sealed>>, Failure> {
    Ok(match store.save(&key, &value, expected).await? {
        Saved::Stored(version) => Some(Versioned { value, version }),
        Saved::Conflict => None,
    })
}

/// The one save of a race that was stored. Fails if there was none, or more than one.
pub(super) fn winner(
    outcomes: Vec<Result<Option<Versioned<Sealed>>, Failure>>,
) -> Result<Versioned<Sealed>, Failure> {
    let racers = outcomes.len();
    let outcomes: Vec<_> = outcomes.into_iter().collect::<Result<_, _>>()?;
    let mut winners: Vec<_> = outcomes.into_iter().flatten().collect();
    match (winners.pop(), winners.len()) {
        (Some(winner), 0) => Ok(winner),
        (winner, others) => Err(Failure::new(format_args!(
            "of {racers} concurrent saves with one expectation {} were stored instead of one",
            others + usize::from(winner.is_some()),
        ))),
    }
}
