//! The receiver's side, for products that are written in Rust, and for tests.

use acquaint_core::{Error, ErrorKind, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use http::HeaderMap;
use serde_json::Value;

use super::{ID, SIGNATURE, TIMESTAMP, WebhookSecret};

/// How old a request may be, and how far ahead by a clock that is: five minutes, as the scheme's libraries have it.
const TOLERANCE: TimeDelta = TimeDelta::minutes(5);

/// Believes requests that are signed with one of its secrets.
#[derive(Debug, Clone)]
pub struct Verifier {
    secrets: Vec<WebhookSecret>,
}

/// A request that is believed.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Verified {
    /// The same on every attempt of one delivery.
    pub id: String,
    /// The body: see [`Delivery::payload`](acquaint_core::delivery::Delivery::payload).
    pub payload: Value,
}

impl Verifier {
    /// Believes what is signed with this secret.
    pub fn new(secret: WebhookSecret) -> Self {
        Self { secrets: vec![secret] }
    }

    /// And what is signed with another one, while they are exchanged.
    #[must_use]
    pub fn or(mut self, secret: WebhookSecret) -> Self {
        self.secrets.push(secret);
        self
    }

    /// Reads a request that is signed and fresh. Give its body as it came, and bound its size before: what stands in a manifest's
    /// output fits into a megabyte.
    ///
    /// # Errors
    /// `Forbidden` if it is not signed with one of the secrets, or not within five minutes of `now`; `Malformed` if its body
    /// is no JSON.
    pub fn verify(&self, headers: &HeaderMap, body: &[u8], now: DateTime<Utc>) -> Result<Verified> {
        let forged = |why: &str| {
            Error::new(ErrorKind::Forbidden, "the webhook is not to be believed").with("because", why)
        };
        let header = |name: &'static str| {
            let value = headers.get(name).and_then(|value| value.to_str().ok());
            value.ok_or_else(|| forged("a header is missing").with("header", name))
        };
        let id = header(ID)?;
        let timestamp: i64 = header(TIMESTAMP)?.parse().map_err(|_| forged("its time is none"))?;
        let sent = DateTime::from_timestamp(timestamp, 0).ok_or_else(|| forged("its time is none"))?;
        if (now - sent).abs() > TOLERANCE {
            return Err(forged("it is too old, or this clock is wrong"));
        }
        let signatures = header(SIGNATURE)?.split(' ').filter_map(|one| one.strip_prefix("v1,"));
        let believed = signatures.filter_map(|one| STANDARD.decode(one).ok()).any(|signature| {
            self.secrets.iter().any(|secret| secret.has_signed(&signature, id, timestamp, body))
        });
        if !believed {
            return Err(forged("none of its signatures fits"));
        }
        Ok(Verified { id: id.to_owned(), payload: serde_json::from_slice(body).map_err(Error::malformed)? })
    }
}
