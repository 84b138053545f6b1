//! The join: dirty keys become meetings to decide, decided meetings become changes.
//!
//! One worker at a time joins a tenant, under a fence. It reads marks first and the directory after, so what
//! it decides with is at least as new as the marks that it clears; a mark that moves meanwhile stays.

mod advance;
mod at_hand;
mod copies;
mod decide;
mod gather;
mod linked;
mod people;
mod precedence;
mod ready;
mod resolve;
#[cfg(test)]
mod unfetched;

pub(crate) use advance::advance;
pub(crate) use at_hand::AtHand;
pub(crate) use copies::{Ahead, Copy, Draft, address, ahead, merge};
pub(crate) use decide::{Bench, decide};
pub(crate) use gather::look;
pub(crate) use people::{classifier, users};
pub(crate) use precedence::Heard;
pub(crate) use ready::pending;
pub(crate) use resolve::{Resolved, resolve};

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use acquaint_core::depkey::DependencyKey;
use acquaint_core::ids::{ConnectionId, MeetingId, RecordRef, Seq, SourceName, TenantId};
use acquaint_core::meeting::Meeting;
use acquaint_core::store::{
    Announce, DirtyBatch, InForce, JoinClaim, MeetingCommit, MeetingRow, MeetingWrite, Store, Told,
};
use acquaint_core::view::{CalendarEvent, View};
use acquaint_core::{ErrorKind, Result};
use acquaint_matcher::Matcher;

use crate::engine::Engine;
use crate::manifest::{Evaluation, Unfetched};
use crate::{privacy, views};

/// The most meetings decided in one commit.
const BATCH: usize = 200;

/// What a join did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Joined {
    /// Meetings decided.
    pub(crate) decided: u64,
    /// Entries put into the feed.
    pub(crate) changes: u64,
    /// Whether somebody else holds the join of this tenant.
    pub(crate) busy: bool,
    /// Whether there may be more to decide.
    pub(crate) more: bool,
}

/// Decides everything that is dirty, until nothing is.
pub(crate) async fn join(engine: &Engine, tenant: &TenantId) -> Result<Joined> {
    if pending(engine, tenant).await?.is_empty() {
        join_ready(engine, tenant, usize::MAX).await
    } else {
        Ok(Joined::default())
    }
}

/// As [`join`], where it is known that nothing is pending, and at most so many batches.
pub(crate) async fn join_ready(engine: &Engine, tenant: &TenantId, most: usize) -> Result<Joined> {
    let mut joined = Joined::default();
    let claim = engine.store.claim_join(tenant, &engine.worker, engine.env.now(), engine.lease).await?;
    let Some(claim) = claim else {
        joined.busy = true;
        return Ok(joined);
    };
    let result = batches(engine, &claim, most, &mut joined).await;
    let released = engine.store.release_join(&claim).await;
    match result.and(released) {
        // Another worker has taken over; the rest is its.
        Err(error) if error.kind() == ErrorKind::Fenced => joined.busy = true,
        other => other?,
    }
    Ok(joined)
}

async fn batches(engine: &Engine, claim: &JoinClaim, most: usize, joined: &mut Joined) -> Result<()> {
    for round in 0..most {
        let batch = engine.store.dirty_batch(claim, BATCH, engine.env.now()).await?;
        engine.env.reach("join.marks_read").await?;
        if batch.is_empty() {
            return gather::items(engine, claim, most - round, joined).await;
        }
        // After the claim: whoever puts another revision in force from here on fences it off.
        let Some(in_force) = in_force(engine, &claim.tenant).await? else { return Ok(()) };
        let outcome = outcome(engine, &claim.tenant, &batch, in_force.announce).await?;
        engine.env.reach("join.decided").await?;
        let now = engine.env.now();
        engine
            .store
            .commit_meetings(&MeetingCommit {
                claim,
                marks: &batch.marks,
                writes: &outcome.writes,
                removed: &outcome.removed,
                now,
                lease_until: now + engine.lease,
            })
            .await?;
        engine.env.reach("join.committed").await?;
        joined.decided += u64::try_from(outcome.writes.len()).unwrap_or(u64::MAX);
        joined.changes += outcome.changes;
    }
    joined.more = true;
    Ok(())
}

/// What is in force, if it is this engine's revision with the slots that this engine goes by. An engine with others decides
/// nothing.
pub(crate) async fn in_force(engine: &Engine, tenant: &TenantId) -> Result<Option<InForce>> {
    let state = engine.store.tenant(tenant).await?.unwrap_or_default();
    let manifest = &engine.manifest;
    let same = manifest.open_of(&state.slots) == *manifest.filled();
    Ok(state.in_force.filter(|in_force| same && in_force.revision == *manifest.revision()))
}

/// What a batch comes to.
#[derive(Debug, Default)]
struct Outcome {
    writes: Vec<MeetingWrite>,
    removed: Vec<MeetingRow>,
    changes: u64,
}

async fn outcome(
    engine: &Engine,
    tenant: &TenantId,
    batch: &DirtyBatch,
    announce: Announce,
) -> Result<Outcome> {
    let decided = decide_all(engine, tenant, &batch.identities, batch.seq, &Planned::default()).await?;
    let mut outcome = Outcome { removed: decided.gone, ..Outcome::default() };
    for one in decided.meetings {
        let write = advance(one, engine.manifest.output(), announce);
        outcome.changes += entries(write.told());
        outcome.writes.push(write);
    }
    outcome.changes += outcome.removed.iter().map(|row| entries(row.withdrawn())).sum::<u64>();
    Ok(outcome)
}

/// What identities come to under the engine's manifest.
#[derive(Debug, Default)]
pub(crate) struct DecidedAll {
    pub(crate) meetings: Vec<Decided>,
    /// Stored meetings that have no copy any more.
    pub(crate) gone: Vec<MeetingRow>,
}

/// One meeting, decided.
#[derive(Debug)]
pub(crate) struct Decided {
    /// As it is stored, if it is.
    pub(crate) before: Option<MeetingRow>,
    pub(crate) meeting: Meeting,
    /// What the decision read, sorted.
    pub(crate) reads: Vec<DependencyKey>,
    /// What cannot be told for want of something that has not been fetched: a clause, or the output.
    pub(crate) unknown: Option<Arc<str>>,
}

/// How a decision that is only planned sees the mirror.
#[derive(Debug, Default)]
pub(crate) struct Planned {
    /// What depends on this cannot be told.
    pub(crate) unfetched: Option<Arc<Unfetched>>,
    /// Whether the manifest keeps out what the mirror still holds.
    pub(crate) sheds: bool,
}

/// Decides all meetings of these identities from what the mirror holds, and writes nothing. `seq` is a commit that the
/// mirror has seen.
pub(crate) async fn decide_all(
    engine: &Engine,
    tenant: &TenantId,
    identities: &[String],
    seq: Seq,
    planned: &Planned,
) -> Result<DecidedAll> {
    let store = &*engine.store;
    let mut gathered = gather(store, tenant, identities).await?;
    if planned.sheds {
        privacy::permitted(engine, tenant, &mut gathered.copies).await?;
    }
    let (manifest, sources) = (&engine.manifest, sources_of(engine, tenant).await?);
    let matcher = matcher_for(engine, tenant).await?;
    let evaluator = engine.manifest.evaluator();
    let drafts: Vec<Draft> =
        gathered.copies.iter().flat_map(|(identity, copies)| merge(identity, copies.clone())).collect();
    let (resolved, entities) = resolve(store, tenant, (manifest, &matcher), &sources, &drafts).await?;
    let bench = Bench {
        manifest,
        evaluator: &evaluator,
        sources: &sources,
        now: engine.env.now(),
        seq,
        unfetched: planned.unfetched.clone(),
    };
    let continued = gathered.continued_by(&drafts);
    let decided = drafts.iter().zip(resolved).zip(continued).map(|((draft, resolved), before)| {
        let id = before
            .as_ref()
            .map_or_else(|| MeetingId::from(engine.env.id("mtg")), |row| row.meeting.id.clone());
        let stored = before.as_ref().map(|row| &row.meeting);
        let mut evaluation = Evaluation::default();
        let meeting = decide(&bench, id, draft, &resolved, &entities, stored, &mut evaluation);
        let unknown = evaluation.unknown.or_else(|| evaluation.unknown_output.then(|| "output".into()));
        Decided { before, meeting, reads: resolved.reads, unknown }
    });
    Ok(DecidedAll { meetings: decided.collect(), gone: gathered.rows })
}

fn entries(told: Vec<Told<'_>>) -> u64 {
    u64::try_from(told.len()).unwrap_or(u64::MAX)
}

/// The matcher of the manifest with the tenant's own people.
pub(crate) async fn matcher_for(engine: &Engine, tenant: &TenantId) -> Result<Matcher> {
    let matching = engine.manifest.matching();
    let classifier = classifier(&*engine.store, tenant, &matching.internal).await?;
    Ok(matching.matcher.clone().with_classifier(classifier))
}

/// Which source of the manifest each connection serves. What a connection of none has mirrored is looked up no
/// more.
pub(crate) async fn sources_of(
    engine: &Engine,
    tenant: &TenantId,
) -> Result<BTreeMap<ConnectionId, SourceName>> {
    let connections = engine.store.connections(tenant).await?;
    Ok(connections
        .into_iter()
        .filter(|connection| engine.source(connection).is_some())
        .map(|connection| (connection.id, connection.source))
        .collect())
}

/// The copies of the identities of a batch, and the stored meetings that they may continue.
#[derive(Debug, Default)]
struct Gathered {
    copies: BTreeMap<String, Vec<Copy>>,
    /// Stored meetings not yet continued. What remains in the end has no copy any more.
    rows: Vec<MeetingRow>,
}

/// Whether a draft continues a stored meeting.
type Fit<'a> = &'a dyn Fn(&MeetingRow, &Draft) -> bool;

impl Gathered {
    /// The stored meeting that each draft continues, if any: one with its identity and organiser, else one with
    /// its identity, else one that had one of its copies and has lost them all. Best fits are dealt out first.
    fn continued_by(&mut self, drafts: &[Draft]) -> Vec<Option<MeetingRow>> {
        let mut continued: Vec<Option<MeetingRow>> = vec![None; drafts.len()];
        let copies = &self.copies;
        let same = |row: &MeetingRow, draft: &Draft| row.meeting.identity == draft.identity;
        let called = |row: &MeetingRow, draft: &Draft| row.meeting.organiser == draft.organiser;
        let shares = |row: &MeetingRow, draft: &Draft| {
            row.meeting.copies.iter().any(|copy| draft.copies.contains(copy))
        };
        let fits: [Fit<'_>; 5] = [
            // Private meetings show no organiser: only their copies tell them apart.
            &|row, draft| same(row, draft) && called(row, draft) && shares(row, draft),
            &|row, draft| same(row, draft) && called(row, draft),
            &|row, draft| same(row, draft) && shares(row, draft),
            &|row, draft| same(row, draft),
            &|row, draft| !copies.contains_key(&row.meeting.identity) && shares(row, draft),
        ];
        for fit in fits {
            for (draft, slot) in drafts.iter().zip(&mut continued) {
                if slot.is_none()
                    && let Some(index) = self.rows.iter().position(|row| fit(row, draft))
                {
                    *slot = Some(self.rows.remove(index));
                }
            }
        }
        continued
    }
}

async fn gather(store: &dyn Store, tenant: &TenantId, identities: &[String]) -> Result<Gathered> {
    let mut identities: BTreeSet<String> = identities.iter().cloned().collect();
    let mut rows = rows_of(store, tenant, &identities).await?;
    // Where a meeting's copies now have another identity it goes on under that one, with its id.
    let copies: Vec<RecordRef> = rows.values().flat_map(|row| row.meeting.copies.iter().cloned()).collect();
    let moved = identities_of(store, tenant, &copies).await?;
    identities.extend(moved);
    let copies = copies_of(store, tenant, &identities).await?;
    let present: Vec<RecordRef> = copies.values().flatten().map(|copy| copy.record.clone()).collect();
    rows.extend(rows_of(store, tenant, &identities).await?);
    let former = store.meetings_with(tenant, &present).await?;
    let abandoned: BTreeSet<String> = former.iter().map(|row| row.meeting.identity.clone()).collect();
    let alive = copies_of(store, tenant, &abandoned).await?;
    for row in former {
        if !alive.contains_key(&row.meeting.identity) {
            rows.insert(row.meeting.id.clone(), row);
        }
    }
    Ok(Gathered { copies, rows: rows.into_values().collect() })
}

async fn rows_of(
    store: &dyn Store,
    tenant: &TenantId,
    identities: &BTreeSet<String>,
) -> Result<BTreeMap<MeetingId, MeetingRow>> {
    let identities: Vec<String> = identities.iter().cloned().collect();
    let rows = store.meetings_of(tenant, &identities).await?;
    Ok(rows.into_iter().map(|row| (row.meeting.id.clone(), row)).collect())
}

async fn identities_of(store: &dyn Store, tenant: &TenantId, records: &[RecordRef]) -> Result<Vec<String>> {
    let mut identities = Vec::new();
    for record in store.records(tenant, records).await? {
        identities.extend(events(&record.views)?.map(|event| event.identity()));
    }
    Ok(identities)
}

/// The copies of meetings, by identity. An identity without copies is left out.
pub(crate) async fn copies_of(
    store: &dyn Store,
    tenant: &TenantId,
    identities: &BTreeSet<String>,
) -> Result<BTreeMap<String, Vec<Copy>>> {
    let keys: Vec<DependencyKey> =
        identities.iter().map(|identity| DependencyKey::meeting(identity)).collect();
    let mut copies: BTreeMap<String, Vec<Copy>> = BTreeMap::new();
    for found in store.providing(tenant, &keys).await? {
        for event in events(&found.views)? {
            let identity = event.identity();
            if found.key.meeting_identity() == Some(&identity) {
                copies.entry(identity).or_default().push(Copy { record: found.record.clone(), event });
            }
        }
    }
    Ok(copies)
}

fn events(encoded: &[u8]) -> Result<impl Iterator<Item = CalendarEvent>> {
    Ok(views::decode(encoded)?.into_iter().filter_map(|view| match view {
        View::Event(event) => Some(*event),
        _ => None,
    }))
}
