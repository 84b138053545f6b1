//! Items of accounts and contacts, once every meeting is decided.
//!
//! An item is what its kept meetings hold by now, so nothing but them is read: whatever changes in a CRM has come to
//! them before.

use acquaint_core::Result;
use acquaint_core::store::{Announce, GatherQuery, GatheredCommit, GatheredWrite, Gathering, JoinClaim};
use chrono::{DateTime, Utc};

use super::Joined;
use super::advance::{change, is_announced};
use crate::engine::Engine;
use crate::manifest::{AROUND, Output};

/// The most items looked at in one commit, and how many if their meetings are listed.
const BATCH: usize = 200;
const BATCH_WITH_LISTS: usize = 20;

/// Looks at all items that meetings have changed or that hold no longer, until there are none.
/// In at most so many batches.
pub(super) async fn items(
    engine: &Engine,
    claim: &JoinClaim,
    most: usize,
    joined: &mut Joined,
) -> Result<()> {
    let output = engine.manifest.output();
    let lists = output.lists_meetings();
    for _ in 0..most {
        let now = engine.env.now();
        let query = GatherQuery::at(now, if lists { BATCH_WITH_LISTS } else { BATCH });
        let query = query.around(if lists { AROUND } else { 1 });
        let batch = engine.store.gathered_batch(claim, &query).await?;
        engine.env.reach("join.items_read").await?;
        if batch.is_empty() {
            return Ok(());
        }
        let Some(in_force) = super::in_force(engine, &claim.tenant).await? else { return Ok(()) };
        let looked_at = batch.into_iter().map(|gathering| look(output, gathering, now, in_force.announce));
        let writes: Vec<GatheredWrite> = looked_at.collect();
        let now = engine.env.now();
        let commit = GatheredCommit { claim, writes: &writes, now, lease_until: now + engine.lease };
        engine.store.commit_gathered(&commit).await?;
        engine.env.reach("join.items_committed").await?;
        let told = writes.iter().filter(|write| write.change.is_some()).count();
        joined.changes += u64::try_from(told).unwrap_or(u64::MAX);
    }
    joined.more = true;
    Ok(())
}

/// The item as it is to be written: what it puts into the feed is told only if it differs from what was told last. Of what
/// another revision brings with it, only what `announce` says.
pub(crate) fn look(
    output: &Output,
    gathering: Gathering,
    now: DateTime<Utc>,
    announce: Announce,
) -> GatheredWrite {
    let item = output.gather(&gathering, now);
    let moved = gathering.moved;
    let mut row = gathering.row;
    row.incomplete = item.incomplete;
    row.valid_until = item.valid_until;
    if !row.incomplete.is_empty() {
        // What was told before stands until what is missing is there.
        return GatheredWrite { row, change: None, backfill: moved };
    }
    let change = change(row.announced.as_ref(), item.content.as_ref());
    let change = change.filter(|change| !moved || is_announced(*change, announce));
    row.announced = item.content;
    GatheredWrite { row, change, backfill: moved }
}
