//! Push: how a provider tells that there is something to read.

use std::fmt;
use std::fmt::Debug;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use url::Url;

use super::stream::Context;
use crate::error::{Error, Result};
use crate::ids::{PartitionKey, RecordKey, StreamName};
use crate::record::Gone;
use crate::secret::Secret;

/// How a provider's notifications are asked for and understood.
///
/// A notification is a hint: it says *look again*, and never *this is the data*. It may be lost, repeated, forged,
/// or come before the answer to the request that asked for it. The engine owns all that follows from it: it keeps
/// subscriptions, renews them before they end, and goes on polling.
///
/// There are two kinds. Some providers are asked, partition by partition, and name the subscription in what they send:
/// [`Route::Channel`], with [`Push::verify`], [`Push::subscribe`] and [`Push::stop`]. Others send what concerns any
/// account of an app to one address, signed with the app's secret: [`Route::Accounts`], with [`Push::signed`].
#[async_trait]
pub trait Push: Debug + Send + Sync {
    /// Which subscription a request concerns, or what to answer if it concerns none. Nothing in the request is to
    /// be trusted yet. Pure and cheap: anybody can send one.
    fn route(&self, request: &http::Request<Bytes>) -> Route;

    /// What a request says to a subscription, once it is certain that the provider sent it. Pure.
    ///
    /// # Errors
    /// `Forbidden` if that is not certain. `Unsupported` by default.
    fn verify(
        &self,
        request: &http::Request<Bytes>,
        subscription: &Subscription<'_>,
        now: DateTime<Utc>,
    ) -> Result<Hint> {
        let _ = (request, subscription, now);
        Err(Error::unsupported().operation("verify"))
    }

    /// Whether a request that was sent to `address` is signed with the secret of an app, recently enough. Pure. `address` is
    /// the one that the provider was given; what the request says of its own is not to be trusted.
    ///
    /// # Errors
    /// `Forbidden` if it is not. `Unsupported` by default.
    fn signed(
        &self,
        request: &http::Request<Bytes>,
        address: &Url,
        secret: &Secret,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let _ = (request, address, secret, now);
        Err(Error::unsupported().operation("signed"))
    }

    /// Asks the provider for notifications. Notifications may come before it returns.
    ///
    /// # Errors
    /// `Unsupported` if the provider sends none for this topic, which is no fault: it is polled. `NotFound` if what
    /// is to be watched is gone. Otherwise as any call to the provider. `Unsupported` by default.
    async fn subscribe(&self, cx: &Context, topic: &Topic, order: &Order) -> Result<Subscribed> {
        let _ = (cx, topic, order);
        Err(Error::unsupported().operation("subscribe"))
    }

    /// Asks the provider to stop. What it no longer knows counts as stopped.
    ///
    /// # Errors
    /// As any call to the provider. `Unsupported` by default.
    async fn stop(&self, cx: &Context, subscription: &Subscription<'_>) -> Result<()> {
        let _ = (cx, subscription);
        Err(Error::unsupported().operation("stop"))
    }
}

/// What notifications are to tell of: the changes of one partition of a stream or, in a stream that has several,
/// under [`PartitionKey::whole`] the comings and goings of its partitions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topic {
    /// The stream.
    pub stream: StreamName,
    /// The partition.
    pub partition: PartitionKey,
}

/// What a provider is asked for.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Order {
    /// Names the subscription in notifications: at most 64 letters, digits and `_`, never used before.
    pub id: String,
    /// What notifications must carry to be believed: at most 64 letters, digits and `_`, 128 bits of them random.
    pub secret: Secret,
    /// Where notifications go.
    pub address: Url,
    /// How long they should come; the provider may cut it short.
    pub life: Duration,
}

impl Order {
    /// An order.
    pub fn new(id: impl Into<String>, secret: Secret, address: Url, life: Duration) -> Self {
        Self { id: id.into(), secret, address, life }
    }
}

/// What a provider agreed to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Subscribed {
    /// What the provider calls it, as far as stopping and verifying need it. No secret.
    pub remote: Map<String, Value>,
    /// When notifications end by themselves; `None` if they do not.
    pub expires: Option<DateTime<Utc>>,
}

impl Subscribed {
    /// Agreed, without an end.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets when it ends.
    #[must_use]
    pub fn expires(mut self, at: DateTime<Utc>) -> Self {
        self.expires = Some(at);
        self
    }

    /// Notes a name that the provider gave.
    #[must_use]
    pub fn remote(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.remote.insert(name.into(), value.into());
        self
    }
}

/// A subscription as a connector sees it.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Subscription<'a> {
    /// [`Order::id`].
    pub id: &'a str,
    /// Tells whether a notification carries [`Order::secret`].
    pub proof: &'a Proof,
    /// [`Subscribed::remote`]; empty as long as the provider has not answered.
    pub remote: &'a Map<String, Value>,
}

impl<'a> Subscription<'a> {
    /// A subscription.
    pub fn new(id: &'a str, proof: &'a Proof, remote: &'a Map<String, Value>) -> Self {
        Self { id, proof, remote }
    }
}

/// What is kept of a subscription's secret: enough to know it again, too little to tell it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Proof(String);

impl Proof {
    /// Of a secret that nobody can guess: a digest of a guessable one would give it away.
    pub fn of(secret: &Secret) -> Self {
        Self(digest(secret.expose()))
    }

    /// Whether `candidate` is the secret. Takes the same time whatever they share.
    pub fn fits(&self, candidate: &str) -> bool {
        let candidate = digest(candidate);
        let differing = self.0.bytes().zip(candidate.bytes()).fold(0, |all, (a, b)| all | (a ^ b));
        self.0.len() == candidate.len() && differing == 0
    }
}

impl fmt::Debug for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[proof]")
    }
}

fn digest(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Where a request goes.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Route {
    /// To the subscription with this [`Order::id`], if there is one.
    Channel(String),
    /// To every connection of these accounts whose app has signed it.
    Accounts(Vec<Told>),
    /// Nowhere: this is the answer.
    Answer(http::Response<Bytes>),
}

/// What a notification tells of one account: records that are to be read again, or a partition that is to be looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Told {
    /// The account, as [`super::Identity::account`] names it.
    pub account: String,
    /// The stream. It declares [`super::StreamSpec::told`].
    pub stream: StreamName,
    /// The partition.
    pub partition: PartitionKey,
    /// The records; none if anything in the partition may have changed.
    pub keys: Vec<KeyHint>,
}

impl Told {
    /// Something in a partition may have changed.
    pub fn new(
        account: impl Into<String>,
        stream: impl Into<StreamName>,
        partition: impl Into<PartitionKey>,
    ) -> Self {
        Self { account: account.into(), stream: stream.into(), partition: partition.into(), keys: Vec::new() }
    }

    /// Adds a record.
    #[must_use]
    pub fn key(mut self, key: impl Into<KeyHint>) -> Self {
        self.keys.push(key.into());
        self
    }
}

/// A record that is to be read again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct KeyHint {
    /// Which.
    pub key: RecordKey,
    /// Why it is gone, should reading find that it is and not say why.
    pub gone: Option<Gone>,
}

impl KeyHint {
    /// A record that is to be read again.
    pub fn new(key: impl Into<RecordKey>) -> Self {
        Self { key: key.into(), gone: None }
    }

    /// Sets why it is gone, should it be.
    #[must_use]
    pub fn gone(mut self, gone: Gone) -> Self {
        self.gone = Some(gone);
        self
    }
}

impl<K: Into<RecordKey>> From<K> for KeyHint {
    fn from(key: K) -> Self {
        Self::new(key)
    }
}

/// What a notification says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Hint {
    /// The subscription has begun; nothing has changed.
    Begun,
    /// Something may have changed: look again.
    Look,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_knows_its_secret_and_shows_nothing() {
        let proof = Proof::of(&Secret::new("right"));
        assert!(proof.fits("right"));
        for wrong in ["", "righ", "right ", "RIGHT"] {
            assert!(!proof.fits(wrong), "{wrong}");
        }
        assert_eq!(format!("{proof:?}"), "[proof]");
    }
}
