//! One flight: a token is renewed by whoever holds the lease, and everybody else waits for the outcome.
//!
//! The record in the store is the only truth. A flight takes the lease by compare-and-swap, sends the refresh
//! token, and writes the outcome by compare-and-swap; each time it finds that the record has moved, it looks
//! again instead of insisting.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::manager::{Inner, Live};
use super::record::{GrantState, Pause, ReauthReason, RefreshLease, Renewal, TokenRecord};
use super::vault::Found;
use super::{Expected, GrantKey, Saved};
use crate::auth::GrantAuth;
use crate::error::{Error, ErrorKind, Result, Retry};
use crate::http::Stamp;
use crate::oauth::{CALL_TIMEOUT, TokenFailure};

/// How long a lease holds: the call's time-out, once more for the store to be slow before it, and once more for
/// clocks that differ.
const LEASE: Duration = CALL_TIMEOUT.saturating_mul(3);

/// How often a flight looks whether another process is done.
const POLL: Duration = Duration::from_millis(250);

/// How often an outcome is offered to a store that fails: for a bit more than a minute.
const SAVES: u32 = 20;

/// No longer than this is a token endpoint left alone, whatever it asks for.
const LONGEST_PAUSE: Duration = Duration::from_secs(24 * 60 * 60);

/// Sees to it that the token `stale` is replaced, and returns the one in its place.
pub(super) async fn renew(
    inner: &Inner,
    key: &GrantKey,
    auth: &GrantAuth,
    stale: Stamp,
    refused: bool,
) -> Result<Live> {
    let env = &inner.env;
    let owner = env.id("refresh");
    let patience = env.now() + LEASE + CALL_TIMEOUT;
    loop {
        let found = inner.vault.load(key).await?;
        if found.record.stamp != stale {
            found.record.check()?;
            return Ok(Live::from(&found.record));
        }
        found.record.check()?;
        let now = env.now();
        if let Some(lease) = &found.record.renewal.lease
            && lease.owner != owner
            && now < lease.deadline
        {
            if now >= patience {
                return Err(Error::new(
                    ErrorKind::Unavailable,
                    "another process is still renewing the token",
                )
                .retry(Retry::At(lease.deadline)));
            }
            env.clock.sleep(POLL.min((lease.deadline - now).to_std().unwrap_or(POLL))).await;
            continue;
        }
        if let Some(pause) = &found.record.renewal.pause
            && now < pause.until
        {
            return Err(paused(pause));
        }
        if !auth.renews(&found.record.tokens) {
            let reason = auth.end();
            let mut ended = found.record;
            ended.end(reason.clone(), now);
            match inner.vault.save(key, &ended, Expected::Version(found.version)).await? {
                Saved::Stored(_) => return Err(reason.error()),
                Saved::Conflict => continue,
            }
        }
        auth.check_client(&found.record.tokens).map_err(TokenFailure::into_error)?;

        let Some(leased) = take_lease(inner, key, found, &owner, auth.spends()).await? else { continue };
        if env.now() + CALL_TIMEOUT * 2 > leased.deadline {
            continue;
        }
        env.reach("token.leased").await?;
        let answer = auth.renew(env, &leased.found.record.tokens).await;
        env.reach("token.answered").await?;
        let outcome = match answer {
            Ok(tokens) => {
                let mut renewed =
                    TokenRecord::new(inner.fresh_stamp(), auth.renewed(tokens, &leased.found.record.tokens));
                renewed.replaced_refused = refused;
                // Whatever became of the lease meanwhile: as long as these are still the tokens that were
                // renewed, what the provider gave for them is worth more than anything the record says.
                let write = |record: &TokenRecord| {
                    let ours = record.renewal.lease.as_ref().is_some_and(|lease| lease.owner == owner);
                    let mut renewed = renewed.clone();
                    // So late that somebody else may have sent the old refresh token again, which may end the grant.
                    renewed.renewal.lost = u32::from(!ours && auth.spends());
                    (record.stamp == stale).then_some(renewed)
                };
                settle(inner, key, leased.found, write).await?;
                tracing::info!(grant = %key, "access token renewed");
                env.reach("token.saved").await?;
                continue;
            }
            Err(TokenFailure::Unanswered(error)) if auth.spends() => {
                // The lease stays: until its deadline nobody may send this refresh token again.
                tracing::warn!(grant = %key, %error, "the answer to a renewal was lost");
                return Err(TokenFailure::Unanswered(error).into_error().retry(Retry::At(leased.deadline)));
            }
            Err(failure) => failure,
        };
        tracing::warn!(grant = %key, failure = ?outcome, "an access token could not be renewed");
        let now = env.now();
        let write = |record: &TokenRecord| {
            let ours = record.stamp == stale
                && record.renewal.lease.as_ref().is_some_and(|lease| lease.owner == owner);
            ours.then(|| after_failure(record.clone(), &outcome, auth.spends(), now))
        };
        match settle(inner, key, leased.found, write).await {
            // Somebody else is in charge by now, and knows better.
            Ok(None) => continue,
            Ok(Some(record)) => {
                record.check()?;
                let error = outcome.into_error();
                return Err(match record.renewal.pause {
                    Some(pause) => error.retry(Retry::At(pause.until)),
                    None => error,
                });
            }
            Err(error) => {
                tracing::warn!(grant = %key, %error, "the outcome of a renewal could not be saved");
                return Err(outcome.into_error());
            }
        }
    }
}

struct Leased {
    found: Found,
    deadline: DateTime<Utc>,
}

/// Takes the lease, or `None` if the record has moved.
async fn take_lease(
    inner: &Inner,
    key: &GrantKey,
    found: Found,
    owner: &str,
    spends: bool,
) -> Result<Option<Leased>> {
    let deadline = inner.env.now() + LEASE;
    let Found { mut record, version } = found;
    if spends && record.renewal.lease.as_ref().is_some_and(|lease| lease.owner != owner) {
        record.renewal.lost += 1;
    }
    record.renewal.lease = Some(RefreshLease { owner: owner.to_owned(), deadline });
    record.renewal.pause = None;
    Ok(match inner.vault.save(key, &record, Expected::Version(version)).await? {
        Saved::Stored(version) => Some(Leased { found: Found { record, version }, deadline }),
        Saved::Conflict => None,
    })
}

/// Writes what `write` makes of the record, following the record as it moves and insisting against a store that
/// fails. Returns what was written, or `None` if `write` wants nothing of the record it was last shown.
async fn settle(
    inner: &Inner,
    key: &GrantKey,
    mut found: Found,
    write: impl Fn(&TokenRecord) -> Option<TokenRecord> + Send + Sync,
) -> Result<Option<TokenRecord>> {
    let mut failures = 0;
    loop {
        let Some(record) = write(&found.record) else { return Ok(None) };
        let attempt = match inner.vault.save(key, &record, Expected::Version(found.version)).await {
            Ok(Saved::Stored(_)) => return Ok(Some(record)),
            Ok(Saved::Conflict) => inner.vault.load(key).await.map(|moved| found = moved),
            Err(error) => Err(error),
        };
        if let Err(error) = attempt {
            failures += 1;
            if error.kind() == ErrorKind::NotFound || failures >= SAVES {
                return Err(error);
            }
            inner
                .env
                .clock
                .sleep(backoff(failures, Duration::from_millis(100), Duration::from_secs(5)))
                .await;
        }
    }
}

/// The record after an answer that brought no token.
///
/// What has passed the request on and got no answer (502, 504) does not end the wait: as long as the lease would have
/// held, the refresh token may still be at work behind it.
fn after_failure(
    mut record: TokenRecord,
    failure: &TokenFailure,
    spends: bool,
    now: DateTime<Utc>,
) -> TokenRecord {
    let lease = record.renewal.lease.take();
    let (until, limited) = match failure {
        TokenFailure::Revoked { code } => {
            let code = code.clone();
            let reason = match record.renewal.lost {
                0 => ReauthReason::Revoked { code },
                _ => ReauthReason::ReplyLost { code },
            };
            record.end(reason, now);
            return record;
        }
        // Nothing to wait for: the operator may have mended it by the next call.
        TokenFailure::Operator { .. }
        | TokenFailure::OtherClient
        | TokenFailure::NotAllowed { .. }
        | TokenFailure::Unsigned { transient: false, .. } => return record,
        TokenFailure::RateLimited { until } => (*until, true),
        TokenFailure::Unwell { status, said, until } => {
            record.renewal.lost += u32::from(spends && !said && may_hide_tokens(*status));
            let held = lease.filter(|_| spends && matches!(status, 502 | 504)).map(|lease| lease.deadline);
            ((*until).max(held), false)
        }
        TokenFailure::NotSent(_) | TokenFailure::Unanswered(_) | TokenFailure::Unsigned { .. } => {
            (None, false)
        }
    };
    record.renewal.failures += 1;
    let own = backoff(record.renewal.failures, Duration::from_secs(1), Duration::from_secs(60));
    let until = until.unwrap_or(now + own).clamp(now, now + LONGEST_PAUSE);
    record.renewal.pause = Some(Pause { until, limited });
    record
}

/// Whether an answer of this status, that cannot be read, may stand for one that carried the next refresh token: a
/// success, or the failure of something that had passed the request on (RFC 9110 section 15.6). A 503 has not.
fn may_hide_tokens(status: u16) -> bool {
    (200..300).contains(&status) || ((500..600).contains(&status) && status != 503)
}

impl TokenRecord {
    fn end(&mut self, reason: ReauthReason, since: DateTime<Utc>) {
        self.state = GrantState::NeedsReauth { reason, since };
        self.renewal = Renewal::default();
    }
}

fn paused(pause: &Pause) -> Error {
    let error = if pause.limited {
        Error::new(ErrorKind::RateLimited, "the token endpoint has asked to slow down")
    } else {
        Error::new(ErrorKind::Unavailable, "the token endpoint failed a moment ago")
    };
    error.retry(Retry::At(pause.until))
}

/// `first`, then double for every further failure, at most `longest`.
fn backoff(failures: u32, first: Duration, longest: Duration) -> Duration {
    first.saturating_mul(1 << failures.saturating_sub(1).min(16)).min(longest)
}
