//! Tenants, connections, and authorisations under way.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::depkey::DependencyKey;
use crate::ids::{ConnectionId, ConnectorId, GrantId, RevisionId, Seq, SourceName, TenantId, UserId};
use crate::token::Sealed;

/// What is known of a tenant.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TenantState {
    /// The newest mirror commit.
    pub seq: Seq,
    /// The revision in force.
    pub revision: Option<RevisionId>,
    /// The slots that the tenant fills.
    pub slots: Map<String, Value>,
}

/// A change of a tenant.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct TenantUpdate {
    /// Sets the revision in force.
    pub revision: Option<RevisionId>,
    /// Sets one slot each; `null` empties it.
    pub slots: Map<String, Value>,
    /// Keys to mark dirty.
    pub dirty: Vec<DependencyKey>,
}

/// One tenant's use of a grant for a named source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Connection {
    /// Whose it is.
    pub tenant: TenantId,
    /// Its id.
    pub id: ConnectionId,
    /// The source that it serves.
    pub source: SourceName,
    /// The code that reads it.
    pub connector: ConnectorId,
    /// Who made it.
    pub user: UserId,
    /// Its grant, if the connector needs one.
    pub grant: Option<GrantId>,
    /// The provider's id of the account.
    pub account: String,
    /// The account's address, if it is one person's.
    pub email: Option<String>,
    /// For people: what the account is called.
    pub label: String,
    /// Whether it works.
    pub status: ConnectionStatus,
    /// When it was made.
    pub created: DateTime<Utc>,
}

impl Connection {
    /// An active connection without a grant or an address.
    pub fn new(
        tenant: TenantId,
        id: ConnectionId,
        source: SourceName,
        connector: ConnectorId,
        user: UserId,
        account: impl Into<String>,
        created: DateTime<Utc>,
    ) -> Self {
        Self {
            tenant,
            id,
            source,
            connector,
            user,
            grant: None,
            account: account.into(),
            email: None,
            label: String::new(),
            status: ConnectionStatus::Active,
            created,
        }
    }
}

/// Whether a connection works.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ConnectionStatus {
    /// It works.
    Active,
    /// Its person must authorise again; until then nothing is sent.
    NeedsReauth {
        /// Why.
        reason: String,
    },
}

/// An authorisation that is under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    /// A digest of the `state` value that travels through the browser.
    pub id: String,
    /// Whose it is.
    pub tenant: TenantId,
    /// Everything else, sealed: it holds the PKCE verifier.
    pub sealed: Sealed,
    /// When it ends.
    pub expires: DateTime<Utc>,
}
