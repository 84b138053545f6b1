//! Claims on deliveries, how attempts end, and what that says of destinations.

use std::sync::Arc;

use acquaint_core::notice::NoticeKind;
use acquaint_core::store::{
    ChangeKind, Delivered, DeliveryOutcome, DeliveryQuery, DeliveryStatus, Store, Trouble,
};

use super::super::{Failure, ensure, ensure_eq};
use super::Outcome;
use super::feed::{announced, announcing};
use super::outbox::{claim_for, delivering, meetings, settle};
use super::stage::{MANY, Stage, at};

/// A failure after which it is tried again, and the destination is down until an instant if it is.
fn fails(retry: i64, until: i64) -> DeliveryOutcome {
    let trouble = Trouble::Failing { until: at(until) };
    DeliveryOutcome::Failed { error: "no answer".to_owned(), retry: Some(at(retry)), trouble }
}

fn dies(trouble: Trouble) -> DeliveryOutcome {
    DeliveryOutcome::Failed { error: "refused".to_owned(), retry: None, trouble }
}

impl Stage {
    /// What the product was told.
    async fn told(&self) -> Result<Vec<NoticeKind>, Failure> {
        let notices = self.store.notices(&self.tenant, 0, MANY).await?;
        Ok(notices.into_iter().map(|entry| entry.notice.kind).collect())
    }

    /// Announces that a meeting is kept no more.
    async fn withdraw(&self, id: &str, revision: u64) -> Outcome {
        let mut row = announced(id, revision, "x");
        row.announced = None;
        self.decide(&[], &[announcing(row, ChangeKind::Removed)], &[]).await
    }

    async fn dead(&self) -> Result<Vec<String>, Failure> {
        let mut query = DeliveryQuery::default();
        query.status = Some(DeliveryStatus::Dead);
        let rows = self.rows(&query).await?;
        Ok(rows.into_iter().map(|row| row.subject.to_string()).collect())
    }
}

/// Of one subject no two attempts run at a time.
pub async fn a_delivery_in_flight_is_claimed_by_nobody_else(store: Arc<dyn Store>) -> Outcome {
    let stage = delivering(&store, "acme", &["product"]).await?;
    stage.tell(&["m1"], 1).await?;
    stage.one_due(5).await?;
    ensure_eq!(stage.due(64, MANY).await?, [], "what is due while an attempt runs");
    Ok(())
}

/// A snapshot that comes while an older one is in flight waits for the end of that attempt, and is due then whatever
/// became of it.
pub async fn what_changes_in_flight_waits_for_the_attempt(store: Arc<dyn Store>) -> Outcome {
    let stage = delivering(&store, "acme", &["product"]).await?;
    stage.tell(&["m1"], 1).await?;
    let first = stage.one_due(5).await?;
    stage.tell(&["m1"], 2).await?;
    ensure_eq!(stage.due(7, MANY).await?, [], "what is due while the first attempt runs");
    ensure!(stage.settle_as(&first, DeliveryOutcome::Delivered, 8).await?, "the first was not settled");
    let second = stage.one_due(9).await?;
    ensure_eq!((second.claim.revision, second.row.attempts), (2, 1), "what is due after the first");
    ensure_eq!(second.row.delivered, Some(Delivered { revision: 1, at: at(8) }), "what was delivered");
    stage.tell(&["m1"], 3).await?;
    ensure!(stage.settle_as(&second, fails(1_000, 1_000), 10).await?, "the second was not settled");
    let third = stage.one_due(11).await?;
    ensure_eq!((third.claim.revision, third.row.error), (3, None), "what is due after a failure");
    Ok(())
}

/// What happened is told as it is to somebody who knows what was delivered there.
pub async fn a_change_is_told_by_what_was_delivered(store: Arc<dyn Store>) -> Outcome {
    let stage = delivering(&store, "acme", &["product"]).await?;
    let mut found = Vec::new();
    for revision in [1, 2] {
        stage.tell(&["m1"], revision).await?;
        let due = stage.one_due(5).await?;
        found.push(due.row.change);
        ensure!(stage.settle_as(&due, DeliveryOutcome::Delivered, 6).await?, "a claim was not settled");
    }
    // Gone and back again before anybody heard that it was gone.
    stage.withdraw("m1", 3).await?;
    stage.tell(&["m1"], 4).await?;
    found.push(stage.one_due(7).await?.row.change);
    ensure_eq!(found, [ChangeKind::Added, ChangeKind::Changed, ChangeKind::Changed], "what is told");
    Ok(())
}

/// An attempt that nobody settles, because of a crash, is made again once its lease is over, under the same id.
pub async fn an_attempt_that_is_lost_is_made_again(store: Arc<dyn Store>) -> Outcome {
    let stage = delivering(&store, "acme", &["product"]).await?;
    stage.tell(&["m1"], 1).await?;
    let first = claim_for(&store, None, "product", 5, MANY).await?;
    let second = claim_for(&store, None, "product", 65, MANY).await?;
    ensure_eq!((meetings(&first), meetings(&second)), (vec!["m1"], vec!["m1"]), "the two attempts");
    ensure_eq!(second[0].claim.revision, first[0].claim.revision, "the revision of the second");
    ensure_eq!(second[0].row.content, first[0].row.content, "the content of the second");
    ensure_eq!((first[0].row.attempts, second[0].row.attempts), (1, 2), "the count of attempts");
    ensure!(second[0].claim.fence > first[0].claim.fence, "the second has no greater fence");
    Ok(())
}

/// Whoever has lost a delivery to another worker settles nothing, and nobody settles twice.
pub async fn a_fenced_delivery_is_not_settled(store: Arc<dyn Store>) -> Outcome {
    let stage = delivering(&store, "acme", &["product"]).await?;
    stage.tell(&["m1"], 1).await?;
    let (old, new) = (stage.one_due(5).await?, stage.one_due(65).await?);
    ensure!(!stage.settle_as(&old, DeliveryOutcome::Delivered, 66).await?, "the old claim was settled");
    let rows = stage.rows(&DeliveryQuery::default()).await?;
    ensure_eq!((rows[0].status, rows[0].delivered), (DeliveryStatus::Pending, None), "the delivery");
    ensure!(stage.settle_as(&new, DeliveryOutcome::Delivered, 67).await?, "the new claim was not settled");
    let rows = stage.rows(&DeliveryQuery::default()).await?;
    ensure_eq!(rows[0].status, DeliveryStatus::Delivered, "the delivery in the end");
    ensure!(rows[0].content.is_null(), "what is delivered is kept with its content");
    ensure!(!stage.settle_as(&new, DeliveryOutcome::Delivered, 68).await?, "the new claim was settled twice");
    Ok(())
}

/// A delivery that failed is due again at its time, as it is, with the reason.
pub async fn a_failed_delivery_waits_for_its_retry(store: Arc<dyn Store>) -> Outcome {
    let stage = delivering(&store, "acme", &["product"]).await?;
    stage.tell(&["m1"], 1).await?;
    let first = stage.one_due(5).await?;
    ensure!(stage.settle_as(&first, fails(100, 0), 6).await?, "the claim was not settled");
    ensure_eq!(stage.due(99, MANY).await?, [], "what is due before the retry");
    let again = stage.one_due(100).await?;
    ensure_eq!((again.claim.revision, again.row.attempts, again.failures), (1, 2, 1), "the retry");
    ensure_eq!(again.row.error.as_deref(), Some("no answer"), "why the first failed");
    let began = (again.row.first_attempt, again.row.last_attempt);
    ensure_eq!(began, (Some(at(5)), Some(at(100))), "when attempts began");
    Ok(())
}

/// Whoever was served longest ago comes first, and nobody takes all while others wait.
pub async fn no_tenant_waits_for_another(store: Arc<dyn Store>) -> Outcome {
    let large = delivering(&store, "acme", &["product"]).await?;
    let small = delivering(&store, "zeta", &["product"]).await?;
    large.tell(&["m1", "m2", "m3", "m4", "m5", "m6", "m7"], 1).await?;
    small.tell(&["m1", "m2"], 1).await?;
    let mut served = Vec::new();
    for _ in 0..2 {
        let claimed = claim_for(&store, None, "product", 5, 1).await?;
        served.extend(claimed.into_iter().map(|claimed| claimed.claim.tenant));
    }
    ensure_eq!(served, [large.tenant.clone(), small.tenant.clone()], "who is served first");
    let claimed = claim_for(&store, None, "product", 5, 4).await?;
    ensure_eq!(claimed.len(), 4, "claims where 4 were asked for");
    ensure!(
        claimed.iter().any(|claimed| claimed.claim.tenant == small.tenant),
        "one tenant has taken all: {claimed:?}"
    );
    Ok(())
}

/// What is given up blocks nothing, is told once, and comes back when it is asked for.
pub async fn a_dead_letter_blocks_nothing(store: Arc<dyn Store>) -> Outcome {
    let stage = delivering(&store, "acme", &["product"]).await?;
    stage.tell(&["m1", "m2", "m3"], 1).await?;
    let due = stage.due(5, 2).await?;
    for claimed in &due {
        ensure!(stage.settle_as(claimed, dies(Trouble::Refused), 6).await?, "a claim was not settled");
    }
    ensure_eq!(stage.dead().await?, ["m1", "m2"], "the dead letters");
    let besides = stage.due(1_000, MANY).await?;
    ensure_eq!(meetings(&besides), ["m3"], "what is due besides");
    ensure!(stage.settle_as(&besides[0], DeliveryOutcome::Delivered, 1_000).await?, "it was not settled");
    let told = stage.told().await?;
    let first = NoticeKind::DeadLetter {
        destination: "product".into(),
        meeting: "m1".into(),
        reason: "refused".to_owned(),
    };
    ensure_eq!(told, [first], "what the product is told");
    let offered = store.offer_again(&stage.tenant, &"product".into(), at(1_001)).await?;
    ensure_eq!((offered, stage.dead().await?), (2, Vec::<String>::new()), "dead letters that came back");
    let due = stage.due(1_002, MANY).await?;
    ensure_eq!(meetings(&due), ["m1", "m2"], "what is due then");
    ensure_eq!((due[0].claim.revision, due[0].row.attempts), (1, 1), "the first of them");
    Ok(())
}

/// After so many failures in a row a destination is left alone, then tried with one delivery at a time, the least tried
/// one, until one succeeds; the product is told when it goes down and when it is back.
pub async fn a_destination_that_is_down_is_probed(store: Arc<dyn Store>) -> Outcome {
    let stage = delivering(&store, "acme", &["product"]).await?;
    stage.tell(&["m1", "m2", "m3", "m4"], 1).await?;
    let due = stage.due(5, 2).await?;
    let ended: Vec<_> = due.iter().map(|claimed| (claimed, fails(50, 100))).collect();
    ensure_eq!(settle(&store, &ended, 2, 6).await?, [true; 2], "what was settled");
    ensure_eq!(stage.due(99, MANY).await?, [], "what is due while it is left alone");
    let probe = stage.one_due(100).await?;
    ensure_eq!(meetings(std::slice::from_ref(&probe)), ["m3"], "what is tried");
    ensure_eq!(stage.due(101, MANY).await?, [], "what is due while it is tried");
    ensure_eq!(settle(&store, &[(&probe, fails(150, 200))], 2, 102).await?, [true], "the first probe");
    ensure_eq!(stage.due(199, MANY).await?, [], "what is due after a probe that failed");
    let probe = stage.one_due(200).await?;
    settle(&store, &[(&probe, DeliveryOutcome::Delivered)], 2, 201).await?;
    ensure_eq!(stage.due(202, MANY).await?.len(), 3, "what is due once it is back");
    let destination = || "product".into();
    let down = NoticeKind::DestinationDown { destination: destination(), reason: "no answer".to_owned() };
    let back = NoticeKind::DestinationRecovered { destination: destination() };
    ensure_eq!(stage.told().await?, [down, back], "what the product is told");
    Ok(())
}

/// Once a destination is back, what was given up is offered again, as it then stands.
pub async fn a_recovered_destination_is_offered_its_dead_letters(store: Arc<dyn Store>) -> Outcome {
    let stage = delivering(&store, "acme", &["product"]).await?;
    stage.tell(&["m1"], 1).await?;
    let first = stage.one_due(5).await?;
    settle(&store, &[(&first, dies(Trouble::Failing { until: at(50) }))], 1, 6).await?;
    stage.tell(&["m2"], 1).await?;
    let probe = stage.one_due(50).await?;
    settle(&store, &[(&probe, DeliveryOutcome::Delivered)], 1, 51).await?;
    ensure_eq!(meetings(&stage.due(52, MANY).await?), ["m1"], "what is due once it is back");
    Ok(())
}

/// A destination that asks to be left alone is, and so is one that is gone.
pub async fn a_destination_is_left_alone_if_it_asks(store: Arc<dyn Store>) -> Outcome {
    let stage = delivering(&store, "acme", &["product"]).await?;
    stage.tell(&["m1", "m2"], 1).await?;
    let busy = |retry, trouble| DeliveryOutcome::Failed {
        error: "busy".to_owned(),
        retry: Some(at(retry)),
        trouble,
    };
    let first = stage.due(5, 1).await?;
    stage.settle_as(&first[0], busy(7, Trouble::Busy { until: at(300) }), 6).await?;
    ensure_eq!(stage.due(299, MANY).await?, [], "what is due while it asks to wait");
    let first = stage.due(300, MANY).await?;
    ensure_eq!(first.len(), 2, "what is due after it");
    stage.settle_as(&first[0], busy(302, Trouble::Gone { until: at(400) }), 301).await?;
    stage.settle_as(&first[1], busy(302, Trouble::Refused), 301).await?;
    let outlets = store.outlets(&stage.tenant).await?;
    ensure_eq!((outlets.len(), outlets[0].outlet.down), (1, true), "whether it is down at once");
    Ok(())
}

/// A destination says how much there is for it.
pub async fn a_destination_says_how_much_there_is_for_it(store: Arc<dyn Store>) -> Outcome {
    let stage = delivering(&store, "acme", &["product"]).await?;
    stage.tell(&["m1", "m2", "m3", "m4"], 1).await?;
    let due = stage.due(5, 2).await?;
    let ended = [(&due[0], DeliveryOutcome::Delivered), (&due[1], fails(50, 100))];
    settle(&store, &ended, 5, 6).await?;
    let states = store.outlets(&stage.tenant).await?;
    ensure_eq!(states.len(), 1, "the destinations");
    let state = &states[0];
    ensure_eq!((state.pending, state.delivered, state.dead), (3, 1, 0), "how much there is");
    ensure_eq!((state.outlet.failures, state.outlet.down), (1, false), "how it stands");
    Ok(())
}
