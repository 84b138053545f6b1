//! From dirty keys to the meetings that they concern.

use std::sync::Arc;

use acquaint_core::depkey::DependencyKey;
use acquaint_core::store::{DirtyBatch, Store, TenantUpdate};

use super::super::{Failure, ensure, ensure_eq};
use super::Outcome;
use super::stage::{MANY, Stage, at, keys, live, meeting, reading};

impl Stage {
    /// Stores meetings, each under its identity, that read some keys.
    async fn meetings(&self, identities: &[&str], reads: &[&str]) -> Outcome {
        let writes: Vec<_> =
            identities.iter().map(|identity| reading(meeting(identity, identity, 0), reads)).collect();
        self.decide(&[], &writes, &[]).await
    }

    /// Takes batches of two, each answered before the next, until nothing is left.
    async fn batches_of_two(&self) -> Result<Vec<Vec<String>>, Failure> {
        let mut batches = Vec::new();
        loop {
            let batch = self.batch_at(at(0), 2).await?;
            if batch.is_empty() {
                return Ok(batches);
            }
            ensure!(batches.len() < 10, "the batches never end: {batches:?}");
            self.decide(&batch.marks, &[], &[]).await?;
            batches.push(batch.identities);
        }
    }
}

/// A meeting's own key names its identity, even if no such meeting is stored yet.
pub async fn a_meeting_key_names_its_identity(store: Arc<dyn Store>) -> Outcome {
    let mut stage = Stage::open(&store).await?;
    let own = DependencyKey::meeting("uid@host/2026");
    stage.page(&[live("a", "a", &[own.as_str()])]).await?;
    ensure_eq!(stage.batch().await?.identities, ["uid@host/2026"], "the identities of a batch");
    Ok(())
}

/// A key finds the meetings that looked for it, even if they found nothing.
pub async fn a_key_finds_the_meetings_that_looked_for_it(store: Arc<dyn Store>) -> Outcome {
    let mut stage = Stage::open(&store).await?;
    stage.meetings(&["i1", "i2"], &["domain:globex.com", "domain:other.com"]).await?;
    stage.meetings(&["i3"], &["domain:acme.com"]).await?;
    stage.page(&[live("a", "a", &["domain:globex.com"])]).await?;
    ensure_eq!(stage.batch().await?.identities, ["i1", "i2"], "meetings that once looked for the domain");
    Ok(())
}

/// A key that concerns all finds every meeting, though it is in no read-set.
pub async fn a_key_that_concerns_all_finds_every_meeting(store: Arc<dyn Store>) -> Outcome {
    let stage = Stage::open(&store).await?;
    stage.meetings(&["i2", "i1", "i3"], &[]).await?;
    let mut update = TenantUpdate::default();
    update.dirty = vec![DependencyKey::users()];
    store.update_tenant(&stage.tenant, &update).await?;
    let expected = [vec!["i1".to_owned(), "i2".to_owned()], vec!["i3".to_owned()]];
    ensure_eq!(stage.batches_of_two().await?, expected, "the batches of a key that concerns all");
    Ok(())
}

/// A key that concerns all is marked by a record that appears, goes or has other keys than before. One that changes and
/// keeps its keys says nothing to all.
pub async fn a_key_that_concerns_all_is_marked_as_keys_come_and_go(store: Arc<dyn Store>) -> Outcome {
    let mut stage = Stage::open(&store).await?;
    let users = DependencyKey::users();
    let keys = [users.as_str(), "colleague:c1/a", "user:a@x.com"];
    stage.page(&[live("a", "a", &keys)]).await?;
    stage.settle().await?;
    stage.page(&[live("a", "b", &keys)]).await?;
    let concerns_all = |batch: &DirtyBatch| batch.marks.iter().any(|mark| mark.key.concerns_all());
    ensure!(!concerns_all(&stage.batch().await?), "a record with the same keys has marked what concerns all");
    stage.settle().await?;
    stage.page(&[live("a", "c", &keys[..2])]).await?;
    ensure!(concerns_all(&stage.batch().await?), "a record with other keys has not marked what concerns all");
    Ok(())
}

/// A meeting behind several keys, or several meetings of one identity, are named once; identities are sorted.
pub async fn an_identity_is_named_once(store: Arc<dyn Store>) -> Outcome {
    let mut stage = Stage::open(&store).await?;
    let reads = ["account:c1/a", "account:c1/b"];
    stage.page(&[live("a", "a", &reads)]).await?;
    stage.settle().await?;
    stage.meetings(&["i2", "i1"], &reads).await?;
    stage.decide(&[], &[reading(meeting("another", "i1", 0), &reads)], &[]).await?;
    stage.page(&[live("a", "b", &reads)]).await?;
    let batch = stage.batch().await?;
    ensure_eq!(batch.identities, ["i1", "i2"], "the identities of a batch");
    ensure_eq!(batch.marks.len(), 2, "the marks of a batch");
    Ok(())
}

/// Keys that were marked first are expanded first; of one commit the smallest first.
pub async fn marks_are_expanded_oldest_first(store: Arc<dyn Store>) -> Outcome {
    let mut stage = Stage::open(&store).await?;
    for (name, identity) in [("account:c1/z", "i4"), ("contact:c1/a", "i2"), ("account:c1/b", "i3")] {
        stage.page(&[live(name, "old", &[name])]).await?;
        stage.meetings(&[identity], &[name]).await?;
    }
    stage.settle().await?;
    let new = |name: &str| live(name, "new", &[name]);
    stage.page(&[new("account:c1/z")]).await?;
    stage.page(&[new("contact:c1/a"), new("account:c1/b")]).await?;
    for expected in ["i4", "i3", "i2"] {
        let batch = stage.batch_at(at(0), 1).await?;
        ensure_eq!(batch.identities, [expected], "the oldest mark's identity");
        stage.decide(&batch.marks, &[], &[]).await?;
    }
    ensure!(stage.batch().await?.is_empty(), "marks are left after all were expanded");
    Ok(())
}

/// A key with more meetings than a batch holds is expanded over several batches, each meeting once.
pub async fn a_key_with_many_meetings_is_expanded_in_batches(store: Arc<dyn Store>) -> Outcome {
    let mut stage = Stage::open(&store).await?;
    stage.page(&[live("a", "a", &["account:c1/a"])]).await?;
    stage.settle().await?;
    stage.meetings(&["i5", "i3", "i1", "i4", "i2"], &["account:c1/a"]).await?;
    stage.page(&[live("a", "b", &["account:c1/a"])]).await?;
    let first = stage.batch_at(at(0), 2).await?;
    let reached: Vec<_> = first.marks.iter().map(|mark| mark.reached.as_deref()).collect();
    ensure_eq!(reached, [Some("i2")], "how far the first batch got");
    let batches = stage.batches_of_two().await?;
    ensure_eq!(batches, [vec!["i1", "i2"], vec!["i3", "i4"], vec!["i5"]], "the batches");
    Ok(())
}

/// A meeting whose decision has run out is decided again, without any mark.
pub async fn a_decision_that_ran_out_is_decided_again(store: Arc<dyn Store>) -> Outcome {
    let stage = Stage::open(&store).await?;
    let mut lasting = meeting("m1", "i1", 0);
    lasting.meeting.decision.valid_until = Some(at(100));
    let mut renewed = meeting("m2", "i2", 0);
    renewed.meeting.decision.valid_until = Some(at(100));
    stage.decide(&[], &[reading(lasting, &[]), reading(renewed.clone(), &[])], &[]).await?;
    renewed.meeting.decision.valid_until = None;
    stage.decide(&[], &[reading(renewed, &[])], &[]).await?;
    let early = stage.batch_at(at(99), MANY).await?;
    ensure!(early.is_empty(), "decisions that still hold were given out: {early:?}");
    let batch = stage.batch_at(at(100), MANY).await?;
    ensure_eq!(batch.identities, ["i1"], "decisions that have run out");
    Ok(())
}

/// A decision's read-set replaces the one before: what it no longer reads finds it no longer.
pub async fn a_new_decision_replaces_the_read_set(store: Arc<dyn Store>) -> Outcome {
    let mut stage = Stage::open(&store).await?;
    stage.page(&[live("a", "a", &["account:c1/a", "account:c1/b"])]).await?;
    stage.settle().await?;
    stage.meetings(&["i1"], &["account:c1/a"]).await?;
    stage.meetings(&["i1"], &["account:c1/b"]).await?;
    let reads = store.read_set(&stage.tenant, &"i1".into()).await?;
    ensure_eq!(reads, keys(&["account:c1/b"]), "what the last decision read");
    stage.page(&[live("b", "b", &["account:c1/a"])]).await?;
    let batch = stage.batch().await?;
    ensure!(batch.identities.is_empty(), "a key finds a meeting that no longer reads it: {batch:?}");
    Ok(())
}
