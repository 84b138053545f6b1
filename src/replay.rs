//! Telling again what was told before.

use std::time::Duration;

use acquaint_core::ids::TenantId;
use acquaint_core::store::{
    ChangeKind, ItemChange, JoinClaim, MeetingCommit, MeetingQuery, MeetingRow, MeetingWrite,
};
use acquaint_core::{ErrorKind, Result};
use chrono::{DateTime, Utc};

use crate::engine::Engine;

/// Meetings told again at a time.
const BATCH: usize = 200;

/// How often to look whether another worker is done with the tenant's meetings.
const POLL: Duration = Duration::from_millis(250);

/// Puts what was announced of kept meetings that overlap with a range into the feed again. Returns how many meetings that
/// were.
pub(crate) async fn replay(
    engine: &Engine,
    tenant: &TenantId,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> Result<u64> {
    let mut query = MeetingQuery::default();
    (query.kept, query.from, query.to, query.limit) = (Some(true), Some(from), Some(to), BATCH);
    let mut told = 0;
    loop {
        // Only whoever decides a tenant's meetings may write them.
        let now = engine.env.now();
        let Some(claim) = engine.store.claim_join(tenant, &engine.worker, now, engine.lease).await? else {
            engine.env.clock.sleep(POLL).await;
            continue;
        };
        let result = pages(engine, &claim, &mut query, &mut told).await;
        let released = engine.store.release_join(&claim).await;
        match result.and(released) {
            // Another worker has taken over: the rest is told once it is done.
            Err(error) if error.kind() == ErrorKind::Fenced => {}
            other => return other.map(|()| told),
        }
    }
}

/// Goes on where `query` stands.
async fn pages(engine: &Engine, claim: &JoinClaim, query: &mut MeetingQuery, told: &mut u64) -> Result<()> {
    loop {
        let page = engine.store.meetings(&claim.tenant, query).await?;
        let Some(last) = page.last() else { return Ok(()) };
        let after = (last.meeting.start.instant(), last.meeting.id.clone());
        let mut writes = Vec::new();
        for row in page {
            let reads = engine.store.read_set(&claim.tenant, &row.meeting.id).await?;
            writes.extend(again(row).map(|(row, change, items)| MeetingWrite {
                row,
                reads,
                change,
                items,
                backfill: false,
                gathered: None,
            }));
        }
        let now = engine.env.now();
        let commit = MeetingCommit {
            claim,
            marks: &[],
            writes: &writes,
            removed: &[],
            now,
            lease_until: now + engine.lease,
        };
        engine.store.commit_meetings(&commit).await?;
        *told += u64::try_from(writes.len()).unwrap_or(u64::MAX);
        query.after = Some(after);
    }
}

/// A meeting with all that was announced of it as changed; `None` if nothing was.
fn again(mut row: MeetingRow) -> Option<(MeetingRow, Option<ChangeKind>, Vec<ItemChange>)> {
    let change = row.announced.is_some().then_some(ChangeKind::Changed);
    let items: Vec<ItemChange> = row
        .announced_items
        .iter()
        .flat_map(|(section, items)| {
            let changed = |key: &String| ItemChange {
                section: section.clone(),
                key: key.clone(),
                change: ChangeKind::Changed,
            };
            items.keys().map(changed)
        })
        .collect();
    if change.is_none() && items.is_empty() {
        return None;
    }
    row.revision = row.revision.saturating_add(1);
    Some((row, change, items))
}
