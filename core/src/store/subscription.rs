//! What providers were asked to tell.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::connector::Proof;
use crate::ids::{ConnectionId, PartitionKey, StreamName, TenantId};

/// A subscription to a provider's notifications. It is stored before the provider is asked for it, because the first
/// notification may come before the provider's answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Subscription {
    /// Names it in notifications; unique among all tenants.
    pub id: String,
    /// Whose it is.
    pub tenant: TenantId,
    /// The connection that asked for it.
    pub connection: ConnectionId,
    /// The stream that it is about.
    pub stream: StreamName,
    /// The partition that it is about; the whole is the list of the stream's partitions.
    pub partition: PartitionKey,
    /// What notifications must prove.
    pub proof: Proof,
    /// What the provider calls it.
    #[serde(default)]
    pub remote: Map<String, Value>,
    /// Where it stands.
    pub status: SubscriptionStatus,
    /// When it was asked for.
    pub created: DateTime<Utc>,
    /// When it ends by itself, if that is known.
    #[serde(default)]
    pub expires: Option<DateTime<Utc>>,
}

/// Where a subscription stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SubscriptionStatus {
    /// The provider is being asked, or was and its answer is not known.
    Asked,
    /// The provider has agreed.
    Live,
    /// It is no longer wanted; the provider is to be told.
    Ending,
}

impl Subscription {
    /// One that the provider is about to be asked for.
    pub fn new(
        id: impl Into<String>,
        tenant: TenantId,
        connection: ConnectionId,
        topic: crate::connector::Topic,
        proof: Proof,
        created: DateTime<Utc>,
    ) -> Self {
        Self {
            id: id.into(),
            tenant,
            connection,
            stream: topic.stream,
            partition: topic.partition,
            proof,
            remote: Map::new(),
            status: SubscriptionStatus::Asked,
            created,
            expires: None,
        }
    }

    /// As a connector sees it.
    pub fn seen(&self) -> crate::connector::Subscription<'_> {
        crate::connector::Subscription::new(&self.id, &self.proof, &self.remote)
    }
}
