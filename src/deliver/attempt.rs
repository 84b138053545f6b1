//! One attempt, and what its end means.

use std::panic::AssertUnwindSafe;

use acquaint_core::delivery::Destination;
use acquaint_core::env::Env;
use acquaint_core::error::Retry;
use acquaint_core::store::{ClaimedDelivery, DeliveryOutcome, Trouble};
use acquaint_core::{Error, ErrorKind, Result};
use chrono::{DateTime, TimeDelta, Utc};
use futures::FutureExt;
use futures::future::{Either, select};

use super::policy::DeliveryPolicy;

/// The longest that a destination is left alone at its own wish, and how long one that is gone is.
const LONGEST: TimeDelta = TimeDelta::days(1);

/// The most characters of a reason that are kept.
const REASON: usize = 500;

/// Makes one attempt. `None` if there is no time for it before the claim runs out: somebody else may be at it then.
pub(super) async fn attempt(
    env: &Env,
    policy: &DeliveryPolicy,
    destination: &dyn Destination,
    claimed: &ClaimedDelivery,
) -> Option<Result<()>> {
    let timeout = TimeDelta::from_std(policy.timeout).unwrap_or(TimeDelta::MAX);
    let ends = env.now().checked_add_signed(timeout);
    if ends.is_none_or(|ends| ends > claimed.lease_until) {
        return None;
    }
    let delivery = claimed.row.delivery(&claimed.claim.tenant);
    let delivering = Box::pin(AssertUnwindSafe(destination.deliver(&delivery)).catch_unwind());
    let ended = match select(delivering, env.clock.sleep(policy.timeout)).await {
        Either::Left((Ok(answer), _)) => answer.map(|_| ()),
        Either::Left((Err(_), _)) => Err(Error::bug("the destination panicked").retry(Retry::Backoff)),
        Either::Right(_) => Err(Error::new(ErrorKind::Unavailable, "the destination did not answer in time")),
    };
    Some(ended)
}

/// What the end of an attempt means for the delivery and for its destination.
pub(super) fn outcome(
    env: &Env,
    policy: &DeliveryPolicy,
    claimed: &ClaimedDelivery,
    ended: Result<()>,
) -> DeliveryOutcome {
    let Err(error) = ended else { return DeliveryOutcome::Delivered };
    let now = env.now();
    let row = &claimed.row;
    let (at, trouble) = match (error.retry_verdict(), error.kind()) {
        (Retry::Never, ErrorKind::NotFound) => {
            let until = now + LONGEST;
            (Some(until), Trouble::Gone { until })
        }
        (Retry::Never, _) => (None, Trouble::Refused),
        (Retry::At(at), _) => {
            let until = at.clamp(now, now + LONGEST);
            (Some(until), Trouble::Busy { until })
        }
        _ => {
            let at = now + policy.wait(row.attempts, env.fraction());
            let until = now + policy.wait(claimed.failures.saturating_add(1), env.fraction());
            (Some(at), Trouble::Failing { until })
        }
    };
    let began = row.first_attempt.unwrap_or(now);
    let retry = at.filter(|at| *at <= end_of(began, policy));
    let error: String = error.to_string().chars().take(REASON).collect();
    DeliveryOutcome::Failed { error, retry, trouble }
}

/// When a snapshot is given up.
fn end_of(began: DateTime<Utc>, policy: &DeliveryPolicy) -> DateTime<Utc> {
    let term = TimeDelta::from_std(policy.term).unwrap_or(TimeDelta::MAX);
    began.checked_add_signed(term).unwrap_or(DateTime::<Utc>::MAX_UTC)
}
