//! What commits put into the outbox, and what becomes of it there.

use std::sync::Arc;

use acquaint_core::delivery::Subject;
use acquaint_core::ids::{DestinationName, MeetingId, TenantId};
use acquaint_core::store::{
    ChangeKind, ClaimDeliveries, ClaimedDelivery, DeliveryOutcome, DeliveryQuery, DeliveryRow,
    DeliveryStatus, InForce, MeetingCommit, MeetingRow, SettleDeliveries, Settlement, Store, TenantUpdate,
};
use serde_json::json;

use super::super::{Failure, ensure, ensure_eq};
use super::feed::{announced, announcing, attended};
use super::stage::{LEASE, MANY, Stage, at, ensure_fenced, reading};
use super::{Opener, Outcome};

const MEETINGS: [&str; 3] = ["m1", "m2", "m3"];

pub(super) fn names(names: &[&str]) -> Vec<DestinationName> {
    names.iter().map(|name| DestinationName::from(*name)).collect()
}

/// A tenant that has been synced, under a revision that names these destinations.
pub(super) async fn delivering(
    store: &Arc<dyn Store>,
    tenant: &str,
    destinations: &[&str],
) -> Result<Stage, Failure> {
    let stage = Stage::of(store, tenant, "p").await?;
    stage.names("r1", destinations, true).await?;
    Ok(stage)
}

impl Stage {
    /// Puts a revision in force that names these destinations.
    pub(super) async fn names(&self, revision: &str, destinations: &[&str], synced: bool) -> Outcome {
        let mut update = TenantUpdate::default();
        update.in_force = Some(InForce::new(revision.into(), at(0)).destinations(names(destinations)));
        update.synced = synced.then(|| at(0));
        self.store.update_tenant(&self.tenant, &update).await?;
        Ok(())
    }

    /// Announces meetings with a revision, each in a commit of its own.
    pub(super) async fn tell(&self, meetings: &[&str], revision: u64) -> Outcome {
        let change = if revision == 1 { ChangeKind::Added } else { ChangeKind::Changed };
        for id in meetings {
            let row = announced(id, revision, &format!("{id} at {revision}"));
            self.decide(&[], &[announcing(row, change)], &[]).await?;
        }
        Ok(())
    }

    /// What this tenant has due for `product`.
    pub(super) async fn due(&self, now: i64, limit: usize) -> Result<Vec<ClaimedDelivery>, Failure> {
        claim_for(&self.store, Some(&self.tenant), "product", now, limit).await
    }

    /// The one delivery that is due.
    pub(super) async fn one_due(&self, now: i64) -> Result<ClaimedDelivery, Failure> {
        let due = self.due(now, MANY).await?;
        let [one] = <[_; 1]>::try_from(due)
            .map_err(|due| Failure::new(format_args!("{} deliveries are due, not 1", due.len())))?;
        Ok(one)
    }

    pub(super) async fn rows(&self, query: &DeliveryQuery) -> Result<Vec<DeliveryRow>, Failure> {
        Ok(self.store.deliveries(&self.tenant, query).await?)
    }

    pub(super) async fn settle_as(
        &self,
        claimed: &ClaimedDelivery,
        outcome: DeliveryOutcome,
        now: i64,
    ) -> Result<bool, Failure> {
        settle(&self.store, &[(claimed, outcome)], 5, now).await.map(|settled| settled == [true])
    }
}

pub(super) async fn claim_for(
    store: &Arc<dyn Store>,
    tenant: Option<&TenantId>,
    destination: &str,
    now: i64,
    limit: usize,
) -> Result<Vec<ClaimedDelivery>, Failure> {
    let (worker, destination) = ("w1".into(), destination.into());
    let request = ClaimDeliveries {
        tenant,
        destination: &destination,
        worker: &worker,
        now: at(now),
        due_by: at(now),
        lease: LEASE,
        limit,
    };
    Ok(store.claim_deliveries(&request).await?)
}

pub(super) async fn settle(
    store: &Arc<dyn Store>,
    ended: &[(&ClaimedDelivery, DeliveryOutcome)],
    breaker: u32,
    now: i64,
) -> Result<Vec<bool>, Failure> {
    let settlements: Vec<Settlement> = ended
        .iter()
        .map(|(claimed, outcome)| Settlement { claim: claimed.claim.clone(), outcome: outcome.clone() })
        .collect();
    let settle = SettleDeliveries { settlements: &settlements, breaker, now: at(now) };
    Ok(store.settle_deliveries(&settle).await?)
}

/// The meetings of claims, in order.
pub(super) fn meetings(claimed: &[ClaimedDelivery]) -> Vec<&str> {
    claimed.iter().map(|claimed| claimed.claim.subject.meeting.as_str()).collect()
}

/// What a commit tells is due at once at every destination that the revision in force names, and nowhere else.
pub async fn what_is_told_is_due_at_every_destination_in_force(store: Arc<dyn Store>) -> Outcome {
    let stage = delivering(&store, "acme", &["mirror", "product"]).await?;
    stage.tell(&["m1"], 1).await?;
    for destination in ["mirror", "product"] {
        let due = claim_for(&store, Some(&stage.tenant), destination, 5, MANY).await?;
        ensure_eq!(meetings(&due), ["m1"], "what is due at {destination}");
        let delivery = due[0].row.delivery(&stage.tenant);
        ensure_eq!(delivery.id, "m1:1", "the id of the delivery");
        ensure_eq!(delivery.content, json!({ "title": "m1 at 1" }), "its content");
        let found = (delivery.change, delivery.position, delivery.attempt, delivery.attempted, delivery.made);
        ensure_eq!(found, (ChangeKind::Added, 1, 1, at(5), at(5)), "how it was made");
    }
    ensure_eq!(claim_for(&store, None, "other", 5, MANY).await?, [], "what is due at another");
    Ok(())
}

/// A commit that is refused puts nothing into the outbox: meetings and deliveries come together.
pub async fn a_refused_commit_delivers_nothing(store: Arc<dyn Store>) -> Outcome {
    let stage = delivering(&store, "acme", &["product"]).await?;
    let old = stage.join().await?;
    let new = store.claim_join(&stage.tenant, &"w2".into(), at(61), LEASE).await?;
    ensure!(new.is_some(), "a join whose lease has run out could not be claimed");
    let writes = [announcing(announced("m1", 1, "x"), ChangeKind::Added)];
    let (marks, removed): (&[_], &[MeetingRow]) = (&[], &[]);
    let commit =
        MeetingCommit { claim: &old, marks, writes: &writes, removed, now: at(62), lease_until: at(99) };
    ensure_fenced(store.commit_meetings(&commit).await, "commit_meetings")?;
    ensure_eq!(stage.rows(&DeliveryQuery::default()).await?, [], "the outbox after a refused commit");
    Ok(())
}

/// Of one subject only the newest snapshot waits, and an undelivered older one is delivered no more.
pub async fn a_newer_snapshot_supersedes_an_undelivered_one(store: Arc<dyn Store>) -> Outcome {
    let stage = delivering(&store, "acme", &["product"]).await?;
    for revision in [1, 2, 3] {
        stage.tell(&["m1"], revision).await?;
    }
    let due = stage.one_due(5).await?;
    ensure_eq!((due.claim.revision, due.row.revision), (3, 3), "the snapshot that is due");
    ensure_eq!(due.row.content, json!({ "title": "m1 at 3" }), "its content");
    ensure_eq!(due.row.change, ChangeKind::Added, "the change, where nothing was delivered before");
    Ok(())
}

/// A subject that changes again does not lose its turn.
pub async fn a_superseding_snapshot_takes_the_turn_of_the_older(store: Arc<dyn Store>) -> Outcome {
    let stage = delivering(&store, "acme", &["product"]).await?;
    stage.tell(&["m1", "m2"], 1).await?;
    stage.tell(&["m1"], 2).await?;
    ensure_eq!(meetings(&stage.due(5, MANY).await?), ["m1", "m2"], "the order");
    Ok(())
}

/// Of one tenant the greatest priority comes first, then what is news, then what has waited longest.
pub async fn deliveries_come_by_priority_and_turn(store: Arc<dyn Store>) -> Outcome {
    let stage = delivering(&store, "acme", &["product"]).await?;
    stage.tell(&["m1"], 1).await?;
    let mut old = announcing(announced("m2", 1, "x"), ChangeKind::Added);
    old.backfill = true;
    stage.decide(&[], &[old], &[]).await?;
    stage.tell(&["m3"], 1).await?;
    let mut urgent = announced("m4", 1, "x");
    urgent.meeting.decision.priority = 7;
    stage.decide(&[], &[announcing(urgent, ChangeKind::Added)], &[]).await?;
    let due = stage.due(5, 3).await?;
    ensure_eq!(meetings(&due), ["m4", "m1", "m3"], "the first three");
    ensure_eq!(due[0].row.priority, 7, "the priority of the first");
    Ok(())
}

/// A destination that the revision in force no longer names loses its outbox; who is at it then settles nothing.
pub async fn a_destination_named_no_more_loses_its_outbox(store: Arc<dyn Store>) -> Outcome {
    let stage = delivering(&store, "acme", &["audit", "product"]).await?;
    stage.tell(&["m1", "m2"], 1).await?;
    let held = stage.due(5, 1).await?;
    stage.names("r2", &["audit"], true).await?;
    let rows = stage.rows(&DeliveryQuery::default()).await?;
    ensure!(rows.iter().all(|row| row.destination.as_str() == "audit"), "what is left is {rows:?}");
    ensure_eq!(rows.len(), 2, "what is left for the other destination");
    ensure_eq!(store.outlets(&stage.tenant).await?.len(), 1, "the destinations left");
    let settled = stage.settle_as(&held[0], DeliveryOutcome::Delivered, 6).await?;
    ensure!(!settled, "a delivery to a destination that is named no more was settled");
    stage.names("r3", &["audit", "product"], true).await?;
    ensure_eq!(stage.due(6, MANY).await?, [], "what is due there once it is named again");
    Ok(())
}

/// A destination that is named later is offered what stands announced of each meeting that is written, once.
pub async fn a_destination_named_later_is_offered_what_stands(store: Arc<dyn Store>) -> Outcome {
    let stage = delivering(&store, "acme", &[]).await?;
    let row = attended(announced("m1", 4, "x"), &["a", "b"]);
    let mut silent = announced("m2", 1, "x");
    silent.announced = None;
    stage.names("r2", &["product"], true).await?;
    for _ in 0..2 {
        let writes = [reading(row.clone(), &[]), reading(silent.clone(), &[])];
        stage.decide(&[], &writes, &[]).await?;
    }
    let rows = stage.rows(&DeliveryQuery::default()).await?;
    let meeting = MeetingId::from("m1");
    let item = |key: &str| Subject::item(meeting.clone(), "attendance", key);
    let subjects: Vec<_> = rows.iter().map(|row| row.subject.clone()).collect();
    ensure_eq!(subjects, [item("a"), item("b"), Subject::meeting(meeting.clone())], "what is offered");
    let found: Vec<_> = rows.iter().map(|row| (row.revision, row.change)).collect();
    ensure_eq!(found, [(4, ChangeKind::Added); 3], "how it is offered");
    // What nobody there has heard of need not be withdrawn.
    stage.decide(&[], &[], &[announced("m3", 1, "x")]).await?;
    ensure_eq!(stage.rows(&DeliveryQuery::default()).await?.len(), 3, "what is offered in the end");
    Ok(())
}

/// What is told before a sync has ended with everything decided is backfill, and so is what a commit says is.
pub async fn what_was_there_before_is_backfill(store: Arc<dyn Store>) -> Outcome {
    let stage = Stage::open(&store).await?;
    stage.names("r1", &["product"], false).await?;
    stage.tell(&["m1"], 1).await?;
    stage.names("r1", &["product"], true).await?;
    stage.tell(&["m2"], 1).await?;
    let mut old = announcing(announced("m3", 1, "x"), ChangeKind::Added);
    old.backfill = true;
    stage.decide(&[], &[old], &[]).await?;
    let rows = stage.rows(&DeliveryQuery::default()).await?;
    let backfill: Vec<bool> = rows.iter().map(|row| row.backfill).collect();
    ensure_eq!(backfill, [true, false, true], "what is backfill");
    Ok(())
}

/// Deliveries are listed by destination and subject, from any place on, and of one meeting or status alone.
pub async fn deliveries_are_listed_page_by_page(store: Arc<dyn Store>) -> Outcome {
    let stage = delivering(&store, "acme", &["audit", "product"]).await?;
    stage.tell(&MEETINGS, 1).await?;
    let mut query = DeliveryQuery::default();
    query.limit = 4;
    let first = stage.rows(&query).await?;
    let place = |row: &DeliveryRow| (row.destination.clone(), row.subject.clone());
    let places: Vec<_> = first.iter().map(place).collect();
    let of = |destination: &str, id: &str| (destination.into(), Subject::meeting(id.into()));
    let expected = [of("audit", "m1"), of("audit", "m2"), of("audit", "m3"), of("product", "m1")];
    ensure_eq!(places, expected, "the first page");
    query.after = places.last().cloned();
    let rest: Vec<_> = stage.rows(&query).await?.iter().map(place).collect();
    ensure_eq!(rest, [of("product", "m2"), of("product", "m3")], "the rest");
    let mut query = DeliveryQuery::default();
    query.meeting = Some("m2".into());
    let found: Vec<_> = stage.rows(&query).await?.iter().map(place).collect();
    ensure_eq!(found, [of("audit", "m2"), of("product", "m2")], "those of a meeting");
    query.destination = Some("audit".into());
    query.status = Some(DeliveryStatus::Pending);
    ensure_eq!(stage.rows(&query).await?.len(), 1, "those to one destination that are pending");
    query.status = Some(DeliveryStatus::Dead);
    ensure_eq!(stage.rows(&query).await?, [], "those that are dead");
    Ok(())
}

/// Tenants with equal ids have deliveries of their own.
pub async fn deliveries_of_tenants_stay_apart(store: Arc<dyn Store>) -> Outcome {
    let one = delivering(&store, "acme", &["product"]).await?;
    let other = delivering(&store, "zeta", &["product"]).await?;
    one.tell(&["m1"], 1).await?;
    other.tell(&["m1"], 1).await?;
    let due = other.due(5, MANY).await?;
    ensure!(due.iter().all(|due| due.claim.tenant == other.tenant), "claimed for another tenant: {due:?}");
    ensure!(other.settle_as(&due[0], DeliveryOutcome::Delivered, 6).await?, "a claim was not settled");
    let pending = |row: &DeliveryRow| row.status == DeliveryStatus::Pending;
    let rows = one.rows(&DeliveryQuery::default()).await?;
    ensure!(rows.len() == 1 && rows.iter().all(pending), "one's deliveries are {rows:?}");
    let rows = other.rows(&DeliveryQuery::default()).await?;
    ensure!(rows.len() == 1 && !rows.iter().any(pending), "the other's deliveries are {rows:?}");
    Ok(())
}

/// What is pending, and what became of the rest, is there when the store is opened again.
pub async fn deliveries_are_there_after_reopening(opener: Opener) -> Outcome {
    let opened = opener.open().await;
    let stage = delivering(&opened.store, "acme", &["product"]).await?;
    stage.tell(&MEETINGS, 1).await?;
    let due = stage.due(5, 2).await?;
    ensure_eq!(due.len(), 2, "claims");
    stage.settle_as(&due[0], DeliveryOutcome::Delivered, 6).await?;
    let tenant = stage.tenant.clone();
    let before = stage.rows(&DeliveryQuery::default()).await?;
    let outlets = opened.store.outlets(&tenant).await?;
    drop((stage, opened));
    let store = opener.open().await.store;
    let after = store.deliveries(&tenant, &DeliveryQuery::default()).await?;
    ensure!(!after.is_empty(), "no delivery is there after reopening");
    ensure_eq!(after, before, "the deliveries after reopening");
    ensure_eq!(store.outlets(&tenant).await?, outlets, "the destinations after reopening");
    Ok(())
}
