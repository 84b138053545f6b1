//! How a connection stands, as data.

mod gather;
mod text;

pub(crate) use gather::explain as explain_connection;

use acquaint_core::ids::{ConnectionId, ConnectorId, PartitionKey, SourceName, StreamName, UserId};
use acquaint_core::store::{ConnectionStatus, SubscriptionStatus};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::lane::LaneExplained;
use super::parts::ProblemExplained;
use crate::connect::Access;

/// How a connection stands: what it may read and reads, when, what fails, and what to do about it. It displays as
/// engineers read it; [`ConnectionExplained::tell`] says it to others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ConnectionExplained {
    /// Its id.
    pub connection: ConnectionId,
    /// The source of the manifest that it serves.
    pub source: SourceName,
    /// Whether the manifest in force has that source, read by the same connector.
    pub in_manifest: bool,
    /// The code that reads it.
    pub connector: ConnectorId,
    /// What the account is called: its address if it is one person's, else its label or the provider's id.
    pub account: String,
    /// Who made it.
    pub made_by: UserId,
    /// When.
    pub made: DateTime<Utc>,
    /// Whether it works.
    pub status: ConnectionStatus,
    /// The answer in one sentence.
    pub sentence: String,
    /// What to do, as orders to whoever supports the product. Empty if there is nothing to do.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub next: Vec<String>,
    /// What it was granted, beside what is needed; absent if the manifest does not have its source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access: Option<Access>,
    /// Its streams, in the connector's order.
    pub streams: Vec<StreamExplained>,
    /// What its provider was asked to tell.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subscriptions: Vec<SubscriptionExplained>,
    /// What is left of the provider's quotas, as far as this process has counted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub quotas: Vec<QuotaExplained>,
}

/// One stream of a connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StreamExplained {
    /// Which.
    pub stream: StreamName,
    /// Whether it is read.
    pub reads: Reads,
    /// Whether it is left out where its scopes are missing, and nothing waits for it.
    pub optional: bool,
    /// Its partitions, as far as they are found and chosen, by key.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub partitions: Vec<PartitionExplained>,
    /// Records that could not be understood, the first of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<ProblemExplained>,
    /// Whether there are more.
    #[serde(default)]
    pub more_problems: bool,
    /// How looking for its partitions stands, if they must be looked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub looks: Option<LaneExplained>,
}

/// One partition of a stream, such as one calendar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PartitionExplained {
    /// Which; empty for the whole of a stream without parts.
    pub partition: PartitionKey,
    /// What it is called; empty if it has no name of its own.
    pub label: String,
    /// Whether this connection reads it.
    pub reads: Reads,
    /// Whether it has been read completely under the settings of the manifest in force.
    pub complete: bool,
    /// The instant up to which everything is in the mirror.
    pub covers: Option<DateTime<Utc>>,
    /// Its lanes.
    pub lanes: Vec<LaneExplained>,
}

/// Whether something is read, or why not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Reads {
    /// It is read.
    Yes,
    /// The product pushes it itself.
    Pushed,
    /// No partition has been found yet, or none was chosen.
    NothingFound,
    /// Another connection of the tenant reads it.
    StandsBy {
        /// Which.
        reader: ConnectionId,
        /// What its account is called.
        account: String,
    },
    /// Its person has not granted what reading needs.
    Lacks {
        /// The scopes that are missing.
        scopes: Vec<String>,
    },
    /// The manifest in force has no use for it.
    NotUsed,
    /// The manifest in force does not have the connection's source.
    SourceGone,
    /// The connection must be authorised again.
    NeedsReauth,
    /// The connection was ended.
    Disconnected,
}

/// What a provider was asked to tell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SubscriptionExplained {
    /// The stream that it is about.
    pub stream: StreamName,
    /// The partition that it is about; empty for the list of the stream's partitions.
    pub partition: PartitionKey,
    /// Where it stands.
    pub status: SubscriptionStatus,
    /// When it ends by itself, if that is known.
    pub expires: Option<DateTime<Utc>>,
}

/// What is left of one quota.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct QuotaExplained {
    /// Its name.
    pub name: String,
    /// Calls that may still be made now.
    pub left: u32,
    /// Calls that may be made in all.
    pub limit: u32,
    /// When one more call may be made; now or before if it may at once.
    pub room_at: DateTime<Utc>,
}
