//! The client that a connector calls its provider with: authenticated, allow-listed, patient.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use serde::Serialize;
use serde::de::DeserializeOwned;
use url::Url;

use super::policy::{HttpPolicy, RetryPolicy};
use super::verdict::{Verdict, retry_after};
use super::{Authenticator, Request, Response, TransportError};
use crate::env::Env;
use crate::error::{Error, ErrorKind, Result};
use crate::record::parse_json;

/// Counts what a client sends. Shared by its clones.
#[derive(Debug, Default)]
pub struct HttpStats {
    requests: AtomicU64,
    received: AtomicU64,
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
}

/// Calls one provider on behalf of one connection. Cheap to clone.
#[derive(Debug, Clone)]
pub struct HttpClient {
    env: Env,
    auth: Arc<dyn Authenticator>,
    policy: Arc<HttpPolicy>,
    stats: Arc<HttpStats>,
}

impl HttpClient {
    /// A client that authenticates with `auth` and follows `policy`.
    pub fn new(env: Env, auth: Arc<dyn Authenticator>, policy: Arc<HttpPolicy>) -> Self {
        Self { env, auth, policy, stats: Arc::new(HttpStats::default()) }
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

    /// Names the operation in errors and spans.
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
    /// if that lies beyond the budget; `Unavailable` if no answer came; `Invalid` if the host is not allowed.
    pub async fn send(self) -> Result<Response> {
        let operation = self.operation.unwrap_or("http");
        self.attempts().await.map_err(|error| error.operation(operation))
    }

    async fn attempts(self) -> Result<Response> {
        let client = self.client;
        if !client.policy.allows(&self.url) {
            return Err(Error::invalid("this host is not one that the connector may call")
                .with("host", self.url.host_str().unwrap_or("none")));
        }
        let body = self.body?;
        let retry = &client.policy.retry;
        let started = client.env.now();
        let mut attempt = 0;
        let mut reauthorised = false;
        loop {
            attempt += 1;
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
            let stamp = client.auth.authenticate(&mut request).await?;
            client.stats.requests.fetch_add(1, Ordering::Relaxed);
            let sent = client.env.http.send(request).await;
            let now = client.env.now();
            let (error, not_before) = match sent {
                Ok(response) if response.status().is_success() => {
                    let received = u64::try_from(response.body().len()).unwrap_or(u64::MAX);
                    client.stats.received.fetch_add(received, Ordering::Relaxed);
                    return Ok(response);
                }
                Ok(response) => {
                    let refusal = client.policy.errors.judge(&response);
                    let after = retry_after(&response, now);
                    match refusal.verdict {
                        Verdict::Unauthorized if !reauthorised && client.auth.refused(stamp).await? => {
                            reauthorised = true;
                            attempt -= 1;
                            continue;
                        }
                        Verdict::SlowDown(seconds) => {
                            let least = after.unwrap_or(now + TimeDelta::seconds(i64::from(seconds)));
                            (refusal.into_error(Some(least)), Some(least))
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
