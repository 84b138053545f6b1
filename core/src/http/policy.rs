//! What holds for every call to one provider.

use std::time::Duration;

use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use url::{Origin, Url};

use super::quota::{Quota, next_reset};
use super::verdict::ErrorTable;

/// How long and how often a call is repeated.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RetryPolicy {
    /// Attempts in all, the first included.
    pub attempts: u32,
    /// The bound of the first wait; it doubles with every further one.
    pub base: Duration,
    /// The greatest bound of one wait.
    pub cap: Duration,
    /// The time that one call may spend waiting in all. What would need more is handed back with the instant
    /// at which to try again, so that nobody sleeps on a connection for hours.
    pub budget: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            attempts: 5,
            base: Duration::from_millis(500),
            cap: Duration::from_secs(20),
            budget: Duration::from_secs(60),
        }
    }
}

/// What holds for every call to one provider.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct HttpPolicy {
    /// Scheme, host and port to which a credential may go. Any other is refused before anything is sent.
    pub origins: Vec<Origin>,
    /// Domains to whose hosts a credential may go over HTTPS, on its usual port: `my.crm.example` allows
    /// `acme.my.crm.example`. For providers that tell an account's host only with its tokens.
    pub domains: Vec<String>,
    /// How the provider words its refusals.
    pub errors: ErrorTable,
    /// Patience.
    pub retry: RetryPolicy,
    /// How much the provider allows. Kept by clients that have a keeper: see [`super::HttpClient::quotas`].
    pub quotas: Vec<Quota>,
    /// The time of day, in UTC, at which the provider fills daily quotas again. A refusal with the verdict
    /// [`super::Verdict::QuotaExhausted`] that names no time holds until then, and for an hour without it.
    pub resets: Option<NaiveTime>,
}

impl HttpPolicy {
    /// Allows the origins of `urls`, judging refusals by `errors`.
    pub fn new<'a>(urls: impl IntoIterator<Item = &'a Url>, errors: ErrorTable) -> Self {
        let origins = urls.into_iter().map(Url::origin).collect();
        Self { origins, errors, ..Self::default() }
    }

    /// When a quota that is used up at `now`, by a refusal that names no time, is worth another attempt.
    pub(super) fn filled_again(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        match self.resets {
            Some(resets) => next_reset(resets, now),
            None => now + TimeDelta::hours(1),
        }
    }

    /// Whether a credential may go to `url`.
    pub(super) fn allows(&self, url: &Url) -> bool {
        let under = |host: &str| {
            let below =
                |domain: &String| host.strip_suffix(domain.as_str()).is_some_and(|rest| rest.ends_with('.'));
            self.domains.iter().any(below)
        };
        let usual = url.scheme() == "https" && url.port().is_none();
        self.origins.contains(&url.origin()) || (usual && url.host_str().is_some_and(under))
    }
}
