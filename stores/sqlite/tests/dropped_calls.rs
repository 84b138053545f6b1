//! What becomes of a call whose future is dropped.
#![allow(clippy::unwrap_used)]

mod support;

use std::pin::pin;
use std::task::{Context, Waker};

use acquaint_core::ErrorKind;
use acquaint_core::store::Store;
use acquaint_sqlite::Sqlite;
use support::{claim, commit, ensure, live, tenant};

#[tokio::test]
async fn a_call_that_nobody_waits_for_is_done_whole() {
    let directory = tempfile::tempdir().unwrap();
    let store = Sqlite::at(directory.path().join("acquaint.db")).open().await.unwrap();
    ensure(&store, &["head"]).await;
    let claimed = claim(&store, "w", 0, 1).await.remove(0);
    let writes = [live("e1", "one")];
    {
        let call = pin!(commit(&store, &claimed.claim, 0, &writes));
        // Polled once it is in line; then it is dropped, done or not.
        let _ = call.poll(&mut Context::from_waker(Waker::noop()));
    }
    // Calls are done in turn, so this one sees what the dropped one did.
    let error = commit(&store, &claimed.claim, 0, &writes).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert_eq!(store.tenant(&tenant()).await.unwrap().unwrap().seq.0, 1);
}

#[tokio::test]
async fn a_call_that_never_began_does_nothing() {
    let store = Sqlite::in_memory().await.unwrap();
    ensure(&store, &["head"]).await;
    let claimed = claim(&store, "w", 0, 1).await.remove(0);
    drop(commit(&store, &claimed.claim, 0, &[live("e1", "one")]));
    assert!(store.tenant(&tenant()).await.unwrap().is_none());
}
