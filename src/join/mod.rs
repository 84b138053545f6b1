//! The join: dirty keys become meetings to decide, decided meetings become changes.
//!
//! One worker at a time joins a tenant, under a fence. It reads marks first and the directory after, so what
//! it decides with is at least as new as the marks that it clears; a mark that moves meanwhile stays.

mod at_hand;
mod copies;
mod decide;
mod people;
mod ready;
mod resolve;

pub(crate) use at_hand::AtHand;
pub(crate) use copies::{Copy, Draft, address, merge};
pub(crate) use decide::{Bench, decide};
pub(crate) use people::{classifier, users};
pub(crate) use ready::pending;
pub(crate) use resolve::{Resolved, resolve};

use std::collections::{BTreeMap, BTreeSet};

use acquaint_core::depkey::DependencyKey;
use acquaint_core::ids::{ConnectionId, MeetingId, RecordRef, SourceName, TenantId};
use acquaint_core::meeting::Meeting;
use acquaint_core::store::{
    ChangeKind, DirtyBatch, JoinClaim, MeetingCommit, MeetingRow, MeetingWrite, Store,
};
use acquaint_core::view::{CalendarEvent, View};
use acquaint_core::{ErrorKind, Result};
use acquaint_matcher::Matcher;

use crate::engine::Engine;
use crate::manifest::Evaluation;
use crate::views;

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
    for _ in 0..most {
        let batch = engine.store.dirty_batch(claim, BATCH, engine.env.now()).await?;
        engine.env.reach("join.marks_read").await?;
        // After the marks: whoever puts another revision in force from here on marks everything anew.
        if batch.is_empty() || !in_force(engine, &claim.tenant).await? {
            return Ok(());
        }
        let outcome = outcome(engine, &claim.tenant, &batch).await?;
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
    Ok(())
}

/// Whether this engine's revision is the one in force. An engine with another one decides nothing.
pub(crate) async fn in_force(engine: &Engine, tenant: &TenantId) -> Result<bool> {
    let state = engine.store.tenant(tenant).await?.unwrap_or_default();
    Ok(state.revision.as_ref() == Some(engine.manifest.revision()))
}

/// What a batch comes to.
#[derive(Debug, Default)]
struct Outcome {
    writes: Vec<MeetingWrite>,
    removed: Vec<MeetingRow>,
    changes: u64,
}

async fn outcome(engine: &Engine, tenant: &TenantId, batch: &DirtyBatch) -> Result<Outcome> {
    let store = &*engine.store;
    let mut gathered = gather(store, tenant, &batch.identities).await?;
    let (manifest, sources) = (&engine.manifest, sources_of(engine, tenant).await?);
    let matcher = matcher_for(engine, tenant).await?;
    let evaluator = engine.manifest.evaluator();
    let drafts: Vec<Draft> =
        gathered.copies.iter().flat_map(|(identity, copies)| merge(identity, copies.clone())).collect();
    let (resolved, entities) = resolve(store, tenant, &matcher, &sources, &drafts).await?;
    let now = engine.env.now();
    let bench = Bench { manifest, evaluator: &evaluator, sources: &sources, now, seq: batch.seq };
    let mut outcome = Outcome::default();
    let continued = gathered.continued_by(&drafts);
    for ((draft, resolved), row) in drafts.iter().zip(&resolved).zip(continued) {
        let id =
            row.as_ref().map_or_else(|| MeetingId::from(engine.env.id("mtg")), |row| row.meeting.id.clone());
        let meeting = decide(&bench, id, draft, resolved, &entities, &mut Evaluation::default());
        let (row, change) = advance(row, meeting);
        outcome.changes += u64::from(change.is_some());
        outcome.writes.push(MeetingWrite { row, reads: resolved.reads.clone(), change });
    }
    outcome.removed = gathered.rows;
    outcome.changes += outcome.removed.iter().map(|row| u64::from(row.announced.is_some())).sum::<u64>();
    Ok(outcome)
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

/// What a decision changes for those who listen: something only if the content differs from what they were
/// last told.
fn advance(row: Option<MeetingRow>, meeting: Meeting) -> (MeetingRow, Option<ChangeKind>) {
    let (revision, announced) = row.map_or((0, None), |row| (row.revision, row.announced));
    let change = match (&announced, meeting.decision.kept) {
        (None, true) => Some(ChangeKind::Added),
        (Some(told), true) if *told != meeting.content => Some(ChangeKind::Changed),
        (Some(_), false) => Some(ChangeKind::Removed),
        _ => None,
    };
    let mut row = MeetingRow::new(meeting);
    row.revision = revision + u64::from(change.is_some());
    row.announced = match change {
        Some(ChangeKind::Removed) => None,
        Some(_) => Some(row.meeting.content.clone()),
        None => announced,
    };
    (row, change)
}
