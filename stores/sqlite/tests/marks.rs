//! What a batch of dirty keys costs, however many there are.
#![allow(clippy::unwrap_used)]

mod support;

use std::time::Duration;

use acquaint_core::depkey::DependencyKey;
use acquaint_core::ids::WorkerId;
use acquaint_core::store::{MeetingCommit, Store, TenantUpdate};
use acquaint_sqlite::Sqlite;
use support::{at, tenant};

/// A first sync marks millions of keys before there is any meeting.
#[tokio::test]
async fn keys_that_concern_no_meeting_are_cleared_in_bounded_batches() {
    const KEYS: usize = 10_000;
    let store = Sqlite::in_memory().await.unwrap();
    let mut update = TenantUpdate::default();
    update.dirty = (0..KEYS).map(|n| DependencyKey::from_stored(format!("email:{n}@example.com"))).collect();
    store.update_tenant(&tenant(), &update).await.unwrap();

    let lease = Duration::from_secs(60);
    let claim = store.claim_join(&tenant(), &WorkerId::from("w"), at(0), lease).await.unwrap().unwrap();
    let mut cleared = 0;
    loop {
        let batch = store.dirty_batch(&claim, 100, at(0)).await.unwrap();
        if batch.is_empty() {
            break;
        }
        assert!(batch.marks.len() <= 4_096 && batch.identities.is_empty());
        cleared += batch.marks.len();
        let commit = MeetingCommit {
            claim: &claim,
            marks: &batch.marks,
            writes: &[],
            removed: &[],
            now: at(0),
            lease_until: at(60),
        };
        store.commit_meetings(&commit).await.unwrap();
    }
    assert_eq!(cleared, KEYS);
}
