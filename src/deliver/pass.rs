//! One bounded pass over what is due.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use acquaint_core::Result;
use acquaint_core::delivery::Destination;
use acquaint_core::error::Error;
use acquaint_core::ids::{DestinationName, TenantId};
use acquaint_core::store::{ClaimDeliveries, ClaimedDelivery, DeliveryOutcome, SettleDeliveries, Settlement};
use futures::stream::FuturesUnordered;
use futures::{FutureExt, StreamExt};

use super::attempt::{attempt, outcome};
use super::policy::{DeliverOptions, DeliveryPolicy};
use super::report::DeliveryReport;
use crate::engine::Engine;

/// A destination that is being served.
struct Served<'e> {
    name: &'e DestinationName,
    destination: &'e Arc<dyn Destination>,
    /// Attempts that run.
    running: usize,
    /// Nothing more is due there.
    dry: bool,
}

/// An attempt that has ended, and to which of the destinations it was.
struct Ended {
    served: usize,
    claimed: ClaimedDelivery,
    result: Option<Result<()>>,
}

/// Attempts what was due when it began, of one tenant or of all. Each attempt is settled as soon as it has ended: a crash
/// in between costs that it is made again, under the same id. Once `stop` is set nothing more is begun.
pub(crate) async fn deliver(
    engine: &Engine,
    tenant: Option<&TenantId>,
    options: &DeliverOptions,
    stop: Option<&AtomicBool>,
) -> Result<DeliveryReport> {
    let (env, policy) = (&engine.env, &engine.delivery);
    let asked =
        |name: &DestinationName| options.destinations.is_empty() || options.destinations.contains(name);
    let mut served: Vec<Served<'_>> = engine
        .destinations
        .iter()
        .filter(|(name, _)| asked(name))
        .map(|(name, destination)| Served { name, destination, running: 0, dry: false })
        .collect();
    let share = policy.share(engine.destinations.len());
    // What falls due while it works is for the next one.
    let due_by = env.now();
    let mut left = policy.attempts;
    let mut report = DeliveryReport::default();
    let mut running = FuturesUnordered::new();
    loop {
        if stop.is_some_and(|stop| stop.load(Ordering::Relaxed)) {
            // What runs is brought to its end.
            left = 0;
        }
        for (index, served) in served.iter_mut().enumerate() {
            let limit = share.saturating_sub(served.running).min(left);
            if served.dry || limit == 0 {
                continue;
            }
            let request = ClaimDeliveries {
                tenant,
                destination: served.name,
                worker: &engine.worker,
                now: env.now(),
                due_by,
                lease: policy.timeout + engine.lease,
                limit,
            };
            let claimed = engine.store.claim_deliveries(&request).await?;
            env.reach("deliver.claimed").await?;
            served.dry = claimed.is_empty();
            served.running += claimed.len();
            left = left.saturating_sub(claimed.len());
            for claimed in claimed {
                let destination = Arc::clone(served.destination);
                running.push(async move {
                    let result = attempt(env, policy, &*destination, &claimed).await;
                    Ended { served: index, claimed, result }
                });
            }
        }
        let Some(first) = running.next().await else { break };
        env.reach("deliver.sent").await?;
        let mut ended = vec![first];
        while let Some(Some(more)) = running.next().now_or_never() {
            ended.push(more);
        }
        for one in &ended {
            served[one.served].running -= 1;
        }
        let recovered = settle(engine, policy, ended, &mut report).await?;
        // A destination that takes something may be tried with the rest.
        served
            .iter_mut()
            .filter(|served| recovered.contains(served.name))
            .for_each(|served| served.dry = false);
    }
    report.more = left == 0;
    Ok(report)
}

/// Settles attempts. Gives the destinations that have taken something.
async fn settle(
    engine: &Engine,
    policy: &DeliveryPolicy,
    ended: Vec<Ended>,
    report: &mut DeliveryReport,
) -> Result<Vec<DestinationName>> {
    let settlements: Vec<Settlement> = ended
        .into_iter()
        .filter_map(|Ended { claimed, result, .. }| {
            let outcome = outcome(&engine.env, policy, &claimed, result?);
            note(&claimed, &outcome);
            Some(Settlement { claim: claimed.claim, outcome })
        })
        .collect();
    if settlements.is_empty() {
        return Ok(Vec::new());
    }
    let settle =
        SettleDeliveries { settlements: &settlements, breaker: policy.breaker.max(1), now: engine.env.now() };
    let settled = engine.store.settle_deliveries(&settle).await?;
    engine.env.reach("deliver.settled").await?;
    if settled.len() != settlements.len() {
        return Err(Error::bug("the store has not said of every delivery whether it was settled"));
    }
    let mut working = Vec::new();
    for (settlement, settled) in settlements.into_iter().zip(settled) {
        let destination = settlement.claim.destination;
        let tally = report.destinations.entry(destination.clone()).or_default();
        match settlement.outcome {
            _ if !settled => tally.lost += 1,
            DeliveryOutcome::Delivered => {
                tally.delivered += 1;
                working.push(destination);
            }
            DeliveryOutcome::Failed { retry: Some(_), .. } => tally.failed += 1,
            DeliveryOutcome::Failed { retry: None, .. } => tally.dead += 1,
        }
    }
    Ok(working)
}

fn note(claimed: &ClaimedDelivery, outcome: &DeliveryOutcome) {
    if let DeliveryOutcome::Failed { error, retry, .. } = outcome {
        let claim = &claimed.claim;
        tracing::warn!(
            tenant = %claim.tenant, destination = %claim.destination, meeting = %claim.subject.meeting,
            revision = claim.revision, attempt = claimed.row.attempts, retry = ?retry, error, "a delivery failed"
        );
    }
}
