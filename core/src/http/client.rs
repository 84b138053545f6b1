//! The client that a connector calls its provider with: authenticated, allow-listed, patient.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use serde::Serialize;
use serde::de::DeserializeOwned;
use url::Url;

use super::policy::{HttpPolicy, RetryPolicy};
use super::quota::{Block, QuotaKeeper, QuotaKeys};
use super::verdict::{Refusal, Verdict, retry_after};
use super::{Authenticator, Request, Response, Stamp, TransportError};
use crate::env::Env;
use crate::error::{Error, ErrorKind, Result};
use crate::record::parse_json;

/// The operation of calls that name none.
const UNNAMED: &str = "http";

/// Counts what a client sends. Shared by its clones.
#[derive(Debug)]
pub struct HttpStats {
    requests: AtomicU64,
    received: AtomicU64,
    /// In milliseconds; [`UNDATED`] before the first answer with a date.
    skew: AtomicI64,
}

const UNDATED: i64 = i64::MIN;

impl Default for HttpStats {
    fn default() -> Self {
        Self { requests: AtomicU64::new(0), received: AtomicU64::new(0), skew: AtomicI64::new(UNDATED) }
    }
}

impl HttpStats {
    /// Requests sent, repeats included.
    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// Body bytes received, after decompression.
    pub fn received(&self) -> u64 {
        self.received.load(Ordering::Relaxed)
    }

    /// How far the provider's clock is ahead of ours, as the last answer with a `Date` (RFC 9110 section 6.6.1) showed it,
    /// to about a second and the time that the answer took; `None` before one came.
    pub fn skew(&self) -> Option<TimeDelta> {
        Some(self.skew.load(Ordering::Relaxed)).filter(|skew| *skew != UNDATED).map(TimeDelta::milliseconds)
    }

    /// Learns from an answer that came at `now`.
    fn date(&self, response: &Response, now: DateTime<Utc>) {
        let date = response.headers().get(header::DATE).and_then(|date| date.to_str().ok());
        let date = date.and_then(|date| DateTime::parse_from_rfc2822(date.trim()).ok());
        if let Some(date) = date {
            self.skew.store((date.to_utc() - now).num_milliseconds(), Ordering::Relaxed);
        }
    }
}

/// Calls one provider on behalf of one connection. Cheap to clone.
#[derive(Debug, Clone)]
pub struct HttpClient {
    env: Env,
    auth: Arc<dyn Authenticator>,
    policy: Arc<HttpPolicy>,
    stats: Arc<HttpStats>,
    quotas: Option<(Arc<QuotaKeeper>, Arc<QuotaKeys>)>,
}

impl HttpClient {
    /// A client that authenticates with `auth` and follows `policy`. It keeps no quotas, and a refusal is a matter
    /// of the one call; see [`HttpClient::quotas`].
    pub fn new(env: Env, auth: Arc<dyn Authenticator>, policy: Arc<HttpPolicy>) -> Self {
        Self { env, auth, policy, stats: Arc::new(HttpStats::default()), quotas: None }
    }

    /// Keeps the policy's quotas together with all clients of `keeper`: each call, repeats included, is counted
    /// under `keys` before it is made. It waits for room if that comes within its patience, and otherwise fails
    /// without a request. Refusals that ask to wait hold for all clients of the account, or of the app.
    #[must_use]
    pub fn quotas(mut self, keeper: Arc<QuotaKeeper>, keys: QuotaKeys) -> Self {
        self.quotas = Some((keeper, Arc::new(keys)));
        self
    }

    /// What it has sent so far.
    pub fn stats(&self) -> &Arc<HttpStats> {
        &self.stats
    }

    /// What the provider said beside the grant's tokens, by name: the account's own host, its id.
    ///
    /// # Errors
    /// The token store's, and `Sealed`.
    pub async fn granted(&self) -> Result<std::collections::BTreeMap<String, String>> {
        self.auth.extra().await
    }

    /// A GET.
    pub fn get(&self, url: Url) -> Call<'_> {
        self.call(Method::GET, url)
    }

    /// A POST.
    pub fn post(&self, url: Url) -> Call<'_> {
        self.call(Method::POST, url)
    }

    /// Any method.
    pub fn call(&self, method: Method, url: Url) -> Call<'_> {
        Call {
            client: self,
            method,
            url,
            body: Ok(Bytes::new()),
            headers: HeaderMap::new(),
            operation: None,
            once: false,
        }
    }
}

/// One call, being put together. `Debug` shows neither query nor headers nor body.
#[must_use = "a call does nothing until it is sent"]
pub struct Call<'a> {
    client: &'a HttpClient,
    method: Method,
    url: Url,
    body: Result<Bytes>,
    headers: HeaderMap,
    operation: Option<&'static str>,
    once: bool,
}

impl fmt::Debug for Call<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("method", &self.method)
            .field("host", &self.url.host_str())
            .field("operation", &self.operation)
            .finish_non_exhaustive()
    }
}

impl Call<'_> {
    /// Adds query parameters.
    pub fn query<K: AsRef<str>, V: AsRef<str>>(mut self, pairs: impl IntoIterator<Item = (K, V)>) -> Self {
        let mut pairs = pairs.into_iter().peekable();
        if pairs.peek().is_some() {
            self.url.query_pairs_mut().extend_pairs(pairs);
        }
        self
    }

    /// Sets a JSON body.
    pub fn json<T: Serialize + ?Sized>(mut self, body: &T) -> Self {
        self.body = serde_json::to_vec(body)
            .map(Bytes::from)
            .map_err(|error| Error::bug("a request body does not serialise").with_source(error));
        self.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        self
    }

    /// Sets a header, in place of one set before. The credential is not set here.
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// Names the operation in errors and spans, and for quotas that count some operations alone.
    pub fn operation(mut self, operation: &'static str) -> Self {
        self.operation = Some(operation);
        self
    }

    /// Sends it at most once: for calls that must not be repeated when their outcome is unknown.
    pub fn once(mut self) -> Self {
        self.once = true;
        self
    }

    /// Sends it and reads the answer as JSON.
    ///
    /// # Errors
    /// As [`Call::send`]; `Malformed` if the body is not a `T`.
    pub async fn receive<T: DeserializeOwned>(self) -> Result<T> {
        let operation = self.operation;
        let response = self.send().await?;
        parse_json(response.body()).map_err(|error| match operation {
            Some(operation) => error.operation(operation),
            None => error,
        })
    }

    /// Sends it until it succeeds, patience ends, or it is clear that it never will.
    ///
    /// # Errors
    /// What the provider's error table says; `RateLimited` and `QuotaExhausted` with the time to try again
    /// if that lies beyond the budget, by the provider's word or by a quota's; `Unavailable` if no answer came; `Invalid` if the host is not allowed.
    pub async fn send(self) -> Result<Response> {
        let operation = self.operation.unwrap_or(UNNAMED);
        self.attempts().await.map_err(|error| error.operation(operation))
    }

    async fn attempts(mut self) -> Result<Response> {
        let client = self.client;
        if !client.policy.allows(&self.url) {
            return Err(Error::invalid("this host is not one that the connector may call")
                .with("host", self.url.host_str().unwrap_or("none")));
        }
        let body = std::mem::replace(&mut self.body, Ok(Bytes::new()))?;
        let retry = &client.policy.retry;
        let started = client.env.now();
        let mut attempt = 0;
        let mut reauthorised = false;
        loop {
            attempt += 1;
            let (request, stamp) = self.admitted(&body, started).await?;
            client.stats.requests.fetch_add(1, Ordering::Relaxed);
            let carried = client.policy.errors.correlates().then(|| request.clone());
            let sent = client.env.http.send(request).await;
            let now = client.env.now();
            if let Ok(response) = &sent {
                client.stats.date(response, now);
            }
            let (error, not_before) = match sent {
                Ok(response) if response.status().is_success() => {
                    let received = u64::try_from(response.body().len()).unwrap_or(u64::MAX);
                    client.stats.received.fetch_add(received, Ordering::Relaxed);
                    return Ok(response);
                }
                Ok(response) => {
                    let refusal = client.policy.errors.judge(&response);
                    let refusal = carried.iter().fold(refusal, Refusal::answering);
                    let after = retry_after(&response, now);
                    match refusal.verdict {
                        Verdict::Unauthorized if !reauthorised && client.auth.refused(stamp).await? => {
                            reauthorised = true;
                            attempt -= 1;
                            continue;
                        }
                        Verdict::SlowDown(seconds) => {
                            let least = after.unwrap_or(now + TimeDelta::seconds(i64::from(seconds)));
                            client.block(&refusal, Block { until: least, exhausted: false }, now);
                            (refusal.into_error(Some(least)), Some(least))
                        }
                        Verdict::QuotaExhausted => {
                            let until = after.unwrap_or_else(|| client.policy.filled_again(now));
                            client.block(&refusal, Block { until, exhausted: true }, now);
                            return Err(refusal.into_error(Some(until)));
                        }
                        Verdict::Unavailable => (refusal.into_error(after), after),
                        _ => return Err(refusal.into_error(after)),
                    }
                }
                Err(error) => (from_transport(error), None),
            };
            if self.once || attempt >= retry.attempts || !error.is_transient() {
                return Err(error);
            }
            let wait = wait(retry, attempt, client.env.fraction(), not_before, now);
            let spent = (now - started).to_std().unwrap_or_default();
            if spent + wait > retry.budget {
                return Err(error);
            }
            tracing::debug!(attempt, wait_ms = wait.as_millis(), %error, "repeating a call");
            client.env.clock.sleep(wait).await;
        }
    }
}

impl Call<'_> {
    /// A request that may go at once: it is counted by every quota that it falls under, and carries a credential.
    async fn admitted(&self, body: &Bytes, started: DateTime<Utc>) -> Result<(Request, Stamp)> {
        let client = self.client;
        let Some((keeper, keys)) = &client.quotas else { return self.authenticated(body).await };
        let (quotas, operation) = (&client.policy.quotas, self.operation.unwrap_or(UNNAMED));
        let patience = |now: DateTime<Utc>| {
            client.policy.retry.budget.saturating_sub((now - started).to_std().unwrap_or_default())
        };
        let now = client.env.now();
        // No credential is renewed for a call that is not made.
        keeper.look(keys, quotas, operation, now, patience(now))?;
        let mut ready = self.authenticated(body).await?;
        loop {
            let now = client.env.now();
            let slot = keeper.reserve(keys, quotas, operation, now, patience(now))?;
            let Some(wait) = slot.wait(now) else {
                slot.spend();
                return Ok(ready);
            };
            tracing::debug!(wait_ms = wait.as_millis(), "waiting for room in a quota");
            client.env.clock.sleep(wait).await;
            ready = self.authenticated(body).await?;
            // Somebody else may have been refused meanwhile; then another slot is needed.
            if keeper.blocked_until(keys, client.env.now()).is_none() {
                slot.spend();
                return Ok(ready);
            }
        }
    }

    async fn authenticated(&self, body: &Bytes) -> Result<(Request, Stamp)> {
        let mut request = Request::new(body.clone());
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = self
            .url
            .as_str()
            .parse()
            .map_err(|error| Error::bug("a request has no valid address").with_source(error))?;
        request.headers_mut().insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        for (name, value) in &self.headers {
            request.headers_mut().insert(name, value.clone());
        }
        let stamp = self.client.auth.authenticate(&mut request).await?;
        Ok((request, stamp))
    }
}

impl HttpClient {
    /// Makes everybody whom a refusal concerns wait.
    fn block(&self, refusal: &Refusal, block: Block, now: DateTime<Utc>) {
        if let Some((keeper, keys)) = &self.quotas {
            keeper.block(keys, refusal.blocks, block, now);
        }
    }
}

/// Full jitter below a doubling bound; never before the instant that the provider names.
fn wait(
    retry: &RetryPolicy,
    attempt: u32,
    fraction: f64,
    not_before: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Duration {
    let bound = retry.base.saturating_mul(1 << attempt.saturating_sub(1).min(16)).min(retry.cap);
    let jitter = bound.mul_f64(fraction);
    match not_before.and_then(|at| (at - now).to_std().ok()) {
        Some(asked) => asked + jitter.min(asked.max(retry.base)),
        None => jitter,
    }
}

fn from_transport(error: TransportError) -> Error {
    match error {
        TransportError::Unsendable => Error::new(ErrorKind::Bug, error.to_string()),
        TransportError::TooLarge => Error::new(ErrorKind::Malformed, error.to_string()),
        _ => Error::unavailable(error),
    }
}
