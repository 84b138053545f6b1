//! Tenants, connections, and authorisations under way.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::auth::AuthKind;
use crate::depkey::DependencyKey;
use crate::ids::{ConnectionId, ConnectorId, GrantId, RevisionId, Seq, SourceName, TenantId, UserId};
use crate::notice::Notice;
use crate::token::Sealed;

use super::revision::{InForce, Standing};
use super::shed::Shedding;

/// What is known of a tenant.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TenantState {
    /// The newest mirror commit.
    pub seq: Seq,
    /// The revision in force.
    pub in_force: Option<InForce>,
    /// The slots that the tenant fills.
    pub slots: Map<String, Value>,
    /// How far the mirror has been gone through for what privacy keeps out; `None` if it never was.
    #[serde(default)]
    pub shedding: Option<Shedding>,
}

impl TenantState {
    /// The revision in force.
    pub fn revision(&self) -> Option<&RevisionId> {
        self.in_force.as_ref().map(|in_force| &in_force.revision)
    }
}

/// A change of a tenant.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct TenantUpdate {
    /// Puts a revision in force.
    pub in_force: Option<InForce>,
    /// Sets one slot each; `null` empties it.
    pub slots: Map<String, Value>,
    /// Keys to mark dirty.
    pub dirty: Vec<DependencyKey>,
    /// Changes nothing unless the tenant stands so.
    pub expected: Option<Standing>,
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
    /// How the grant is kept alive.
    #[serde(default)]
    pub auth: AuthKind,
    /// The scopes that were granted, if there are such and the provider said which.
    #[serde(default)]
    pub scopes: Option<Vec<String>>,
    /// The scopes that reading needs and that were not granted, as the product was last told.
    #[serde(default)]
    pub missing: Vec<String>,
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
    /// Counted by the store: grows with every write, also across an erasure; 0 for one that never was written.
    #[serde(skip)]
    pub version: u64,
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
            auth: AuthKind::None,
            scopes: None,
            missing: Vec::new(),
            account: account.into(),
            email: None,
            label: String::new(),
            status: ConnectionStatus::Active,
            created,
            version: 0,
        }
    }

    /// Whether it uses a grant at the provider, working or not.
    pub fn holds_grant(&self) -> bool {
        self.grant.is_some() && !matches!(self.status, ConnectionStatus::Disconnected { .. })
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
    /// It was ended on purpose. What it mirrored is kept, or being erased; nothing is read any more.
    Disconnected {
        /// When.
        since: DateTime<Utc>,
    },
}

impl fmt::Display for ConnectionStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Active => f.write_str("active"),
            Self::NeedsReauth { reason } => write!(f, "needs to be authorised again: {reason}"),
            Self::Disconnected { since } => write!(f, "disconnected on {}", since.format("%Y-%m-%d")),
        }
    }
}

/// A connection to write.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct PutConnection<'a> {
    /// The connection, with the version that it was read with; 0 expects that there is none of its id.
    pub connection: &'a Connection,
    /// Keys to mark dirty.
    pub dirty: &'a [DependencyKey],
    /// What the product is told.
    pub notices: &'a [Notice],
    /// Writes nothing if a connection of another tenant holds a grant for the same account of the same connector.
    pub alone: bool,
}

impl<'a> PutConnection<'a> {
    /// Writes the connection and nothing else, whoever else is connected to the account.
    pub fn new(connection: &'a Connection) -> Self {
        Self { connection, dirty: &[], notices: &[], alone: false }
    }

    /// Marks keys dirty.
    #[must_use]
    pub fn dirty(mut self, dirty: &'a [DependencyKey]) -> Self {
        self.dirty = dirty;
        self
    }

    /// Tells the product something.
    #[must_use]
    pub fn notices(mut self, notices: &'a [Notice]) -> Self {
        self.notices = notices;
        self
    }

    /// Writes only if no other tenant is connected to the account.
    #[must_use]
    pub fn alone(mut self, alone: bool) -> Self {
        self.alone = alone;
        self
    }
}

/// What [`super::Store::put_connection`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Put {
    /// It is written, and has this version now.
    Stored(u64),
    /// It has another version than expected; nothing was written. Comes before [`Put::Taken`].
    Conflict,
    /// Another tenant is connected to the account; nothing was written.
    Taken,
}

/// The end of a connection.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct RetireConnection<'a> {
    /// Whose it is.
    pub tenant: &'a TenantId,
    /// Which.
    pub connection: &'a ConnectionId,
    /// Whether its records and, after the last of them, the connection itself are removed too.
    pub erase: bool,
    /// At most so many records in one call.
    pub limit: usize,
}

impl<'a> RetireConnection<'a> {
    /// Ends a connection, keeping what it mirrored.
    pub fn new(tenant: &'a TenantId, connection: &'a ConnectionId) -> Self {
        Self { tenant, connection, erase: false, limit: 500 }
    }

    /// Removes what it mirrored, too.
    #[must_use]
    pub fn erase(mut self, erase: bool) -> Self {
        self.erase = erase;
        self
    }
}

/// What one call of [`super::Store::retire_connection`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Retired {
    /// How many records were removed.
    pub records: u64,
    /// Whether there are more; call again until not.
    pub more: bool,
}

/// What became of a ticket that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TakenTicket {
    /// It is the caller's, and nobody else's from now on.
    Taken(Ticket),
    /// Somebody had it before.
    Used,
    /// There is none, or it has run out.
    Unknown,
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
