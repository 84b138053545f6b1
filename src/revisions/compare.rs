//! Finding out what a revision would change.

use std::collections::BTreeSet;
use std::time::Duration;

use acquaint_core::ids::{DestinationName, MeetingId, RevisionId, Seq, TenantId};
use acquaint_core::store::{Announce, ChangeKind, MeetingQuery, MeetingRow, Told};
use acquaint_core::view::EventTime;
use acquaint_core::{Error, Result};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::items::PlannedItems;
use super::plan::{Plan, PlanCounts, PlannedChange, PlannedDeliveries, PlannedFetch, PlannedMeeting};
use super::reading;
use crate::engine::Engine;
use crate::join::{self, Decided, Joined};
use crate::manifest::{Manifest, Output};
use crate::privacy;

/// Meetings compared at a time.
const BATCH: usize = 200;

/// How often to look whether another worker has decided what is dirty.
const POLL: Duration = Duration::from_millis(250);

/// What `manifest` would change for a tenant.
pub(crate) async fn plan(engine: &Engine, tenant: &TenantId, manifest: &Manifest) -> Result<Plan> {
    manifest
        .fits(&engine.registry)
        .map_err(|problems| Error::invalid(problems.to_string()).with_source(problems))?;
    let current = engine.in_force(tenant).await?;
    let slots = engine.store.tenant(tenant).await?.unwrap_or_default().slots;
    let target = engine.with_slots(manifest, &slots)?;
    let pending = settle(&current, tenant).await?.pending;
    let state = engine.store.tenant(tenant).await?.unwrap_or_default();
    let changes = reading::changes(&current, &target, tenant).await?;
    let mut comparison = Comparison::new(state.revision(), &target, changes.unfetched.is_some());
    if pending.is_empty() {
        let (now, then) = (current.manifest.privacy(), target.manifest.privacy());
        let planned =
            join::Planned { unfetched: changes.unfetched.clone(), sheds: then.is_tighter_than(now) };
        comparison.run(&target, tenant, state.seq, &planned).await?;
        comparison.items(&target, tenant).await?;
    }
    let named_now = state.in_force.as_ref().map(|known| known.destinations.clone()).unwrap_or_default();
    let mut plan = Plan {
        tenant: tenant.clone(),
        from: state.revision().cloned(),
        to: manifest.revision().clone(),
        seq: state.seq,
        at: engine.env.now(),
        hash: String::new(),
        examined: comparison.examined,
        counts: comparison.counts,
        deliveries: comparison.deliveries,
        destinations_gained: but(&manifest.destinations(), &named_now),
        destinations_lost: but(&named_now, &manifest.destinations()),
        destinations: manifest.destinations(),
        items_uncounted: comparison.uncounted,
        meetings: comparison.meetings,
        unconnected: changes.unconnected,
        fetches: changes.fetches,
        scopes: changes.scopes,
        ended: changes.ended,
        privacy: changes.privacy,
        pending,
    };
    plan.meetings.sort_by(|a, b| key(a).cmp(&key(b)));
    // What reading costs is no part of what applying does.
    let fetches: Vec<_> = plan.fetches.iter().map(PlannedFetch::identity).collect();
    for part in [
        serde_json::to_vec(&(&plan.unconnected, &fetches, &plan.ended, &plan.privacy)),
        serde_json::to_vec(&(&plan.scopes, &plan.pending)),
    ] {
        let part = part.map_err(|error| Error::bug("a plan does not serialise").with_source(error))?;
        comparison.hash.update(&part);
    }
    plan.hash = named(&comparison.hash.finalize());
    Ok(plan)
}

/// What is among some destinations and not among others.
fn but(some: &[DestinationName], others: &[DestinationName]) -> Vec<DestinationName> {
    some.iter().filter(|name| !others.contains(name)).cloned().collect()
}

fn key(planned: &PlannedMeeting) -> (chrono::DateTime<chrono::Utc>, &str) {
    (planned.start.instant(), planned.meeting.as_str())
}

fn named(digest: &[u8]) -> String {
    let mut name = String::from("plan_");
    digest.iter().take(12).for_each(|byte| name.push_str(&format!("{byte:02x}")));
    name
}

/// What deciding all that is dirty came to.
#[derive(Debug, Default)]
pub(super) struct Settled {
    pub(super) joined: Joined,
    /// What it waits for, if nothing could be decided.
    pub(super) pending: Vec<String>,
}

/// Decides what is dirty under an engine's manifest, so that what is stored is what the mirror comes to.
pub(super) async fn settle(engine: &Engine, tenant: &TenantId) -> Result<Settled> {
    let mut settled = Settled::default();
    privacy::upkeep(engine, tenant).await?;
    loop {
        let pending = join::pending(engine, tenant).await?;
        if !pending.is_empty() {
            settled.pending = pending.iter().map(ToString::to_string).collect();
            return Ok(settled);
        }
        let joined = join::join(engine, tenant).await?;
        settled.joined.decided += joined.decided;
        settled.joined.changes += joined.changes;
        if !joined.busy {
            return Ok(settled);
        }
        engine.env.clock.sleep(POLL).await;
    }
}

/// What has been compared so far.
struct Comparison {
    examined: u64,
    counts: PlanCounts,
    deliveries: PlannedDeliveries,
    meetings: Vec<PlannedMeeting>,
    items: Option<PlannedItems>,
    /// Whether items are left out.
    uncounted: bool,
    /// Of all that would happen, whether it is listed or not.
    hash: Sha256,
}

impl Comparison {
    fn new(from: Option<&RevisionId>, target: &Engine, unfetched: bool) -> Self {
        let mut hash = Sha256::new();
        let from = from.map_or("", RevisionId::as_str);
        let filled = Value::Object(target.manifest.filled().clone());
        let evaluator = target.manifest.evaluator();
        hash.update(format!("{from}\n{}\n{evaluator}\n{filled}\n", target.manifest.revision()));
        let (counts, deliveries) = (PlanCounts::default(), PlannedDeliveries::default());
        let items = Some(PlannedItems::new(target.manifest.output(), target.env.now(), unfetched));
        Self { examined: 0, counts, deliveries, meetings: Vec::new(), items, uncounted: false, hash }
    }

    async fn run(
        &mut self,
        target: &Engine,
        tenant: &TenantId,
        seq: Seq,
        planned: &join::Planned,
    ) -> Result<()> {
        let mut query = MeetingQuery::default();
        query.limit = BATCH;
        // Copies that differ in time share an identity, so one may be come across twice.
        let mut seen = BTreeSet::new();
        let output = target.manifest.output();
        loop {
            let page = target.store.meetings(tenant, &query).await?;
            let Some(last) = page.last() else { return Ok(()) };
            query.after = Some((last.meeting.start.instant(), last.meeting.id.clone()));
            let fresh = page.iter().map(|row| &row.meeting.identity);
            let identities: Vec<String> = fresh.filter(|one| seen.insert((*one).clone())).cloned().collect();
            let decided = join::decide_all(target, tenant, &identities, seq, planned).await?;
            for one in decided.meetings {
                self.meeting(one, output);
            }
            for row in decided.gone {
                self.gone(row);
            }
        }
    }

    fn meeting(&mut self, decided: Decided, output: &Output) {
        self.examined += 1;
        if let Some(items) = &mut self.items {
            match &decided.unknown {
                Some(_) => items.unknown(output),
                None => items.add(&decided.meeting, output),
            }
        }
        if let Some(because) = &decided.unknown {
            self.counts.unknown += 1;
            let change = PlannedChange::Unknown { because: because.to_string() };
            self.list(MeetingRow::new(decided.meeting), change, Value::Null);
            return;
        }
        let before = decided.before.clone();
        let write = join::advance(decided, output, Announce::All);
        if !self.entries(&write.row.meeting.id, &write.told()) {
            return;
        }
        let was_told = before.as_ref().is_some_and(is_told);
        let row = write.row;
        let (content, change) = match (was_told, is_told(&row)) {
            (false, _) => {
                self.counts.gained += 1;
                let dropped_by = before.and_then(|before| before.meeting.decision.because);
                (row.announced.clone().unwrap_or_default(), PlannedChange::Gained { dropped_by })
            }
            (true, true) => {
                self.counts.changed += 1;
                let told = before.and_then(|before| before.announced).unwrap_or_default();
                let content = row.announced.clone().unwrap_or_default();
                let mut fields = differing(&told, &content);
                fields.extend(write.items.iter().map(|item| format!("{} of {}", item.section, item.key)));
                (content, PlannedChange::Changed { fields })
            }
            (true, false) => {
                self.counts.lost += 1;
                (Value::Null, PlannedChange::Lost { because: row.meeting.decision.because.clone() })
            }
        };
        self.list(row, change, content);
    }

    /// Notes what would be told of accounts and contacts once all meetings were gone through.
    async fn items(&mut self, target: &Engine, tenant: &TenantId) -> Result<()> {
        let Some(items) = self.items.take() else { return Ok(()) };
        self.uncounted = items.uncounted;
        for write in items.told(&*target.store, tenant, target.manifest.output()).await? {
            let Some(told) = write.told(0) else { continue };
            self.counts.items += 1;
            self.deliveries.all += 1;
            self.deliveries.kept_changes += u64::from(told.change != ChangeKind::Changed);
            self.hash
                .update(serde_json::json!([told.section, told.key, told.change, told.content]).to_string());
        }
        Ok(())
    }

    fn gone(&mut self, row: MeetingRow) {
        self.examined += 1;
        if self.entries(&row.meeting.id, &row.withdrawn()) {
            self.counts.lost += 1;
            self.list(row, PlannedChange::Lost { because: None }, Value::Null);
        }
    }

    /// Notes what would be put into the feed of a meeting. Says whether anything would.
    fn entries(&mut self, meeting: &MeetingId, told: &[Told<'_>]) -> bool {
        for Told { section, key, change, content, .. } in told {
            self.deliveries.all += 1;
            self.deliveries.kept_changes += u64::from(*change != ChangeKind::Changed);
            self.hash.update(serde_json::json!([meeting, section, key, change, content]).to_string());
        }
        !told.is_empty()
    }

    fn list(&mut self, row: MeetingRow, change: PlannedChange, content: Value) {
        let (meeting, title, start): (_, _, EventTime) =
            (row.meeting.id, row.meeting.title, row.meeting.start);
        self.hash.update(serde_json::json!([meeting, start, change]).to_string());
        if self.meetings.len() < Plan::LISTED {
            self.meetings.push(PlannedMeeting { meeting, title, start, change, content });
        }
    }
}

fn is_told(row: &MeetingRow) -> bool {
    row.announced.is_some() || row.announced_items.values().any(|items| !items.is_empty())
}

/// The names whose values differ.
fn differing(before: &Value, after: &Value) -> Vec<String> {
    let (Value::Object(before), Value::Object(after)) = (before, after) else { return Vec::new() };
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    names.into_iter().filter(|name| before.get(*name) != after.get(*name)).cloned().collect()
}
