//! Accounts, contacts, colleagues and the links between them.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Further fields of a record under the provider's names. Values are scalars or lists of scalars.
pub type Fields = BTreeMap<String, Value>;

/// What kind of record an id names; ids are unique only within a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum EntityKind {
    /// An [`Account`].
    Account,
    /// A [`Contact`].
    Contact,
}

/// A company or other organisation of the CRM.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Account {
    /// The provider's id.
    pub id: String,
    /// Its name, if it has one.
    pub name: Option<String>,
    /// Its domains as the CRM holds them, the primary one first. Not normalised.
    pub domains: Vec<String>,
    /// The id of the account above it.
    pub parent: Option<String>,
    /// Ids of records that were merged into this one.
    pub merged: Vec<String>,
    /// When it was made.
    pub created: Option<DateTime<Utc>>,
    /// Everything else that was asked for.
    pub fields: Fields,
}

/// A person outside, as the CRM knows them.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Contact {
    /// The provider's id.
    pub id: String,
    /// The whole name, if there is one.
    pub name: Option<String>,
    /// E-mail addresses as the CRM holds them, the primary one first. Not normalised.
    pub emails: Vec<String>,
    /// Ids of records that were merged into this one.
    pub merged: Vec<String>,
    /// When it was made.
    pub created: Option<DateTime<Utc>>,
    /// Everything else that was asked for.
    pub fields: Fields,
}

/// A person of the tenant's own: a user of the product, or an owner in the CRM.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Colleague {
    /// The provider's id.
    pub id: String,
    /// The whole name, if there is one.
    pub name: Option<String>,
    /// E-mail addresses, the primary one first. Not normalised.
    pub emails: Vec<String>,
}

/// A link from one CRM record to another. One link per pair, however many labels it carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Association {
    /// The kind of the record that links.
    pub from_kind: EntityKind,
    /// Its id.
    pub from: String,
    /// The kind of the record linked to.
    pub to_kind: EntityKind,
    /// Its id.
    pub to: String,
    /// Whether the provider calls it the primary one of its kind.
    pub primary: bool,
    /// Labels in the provider's words, sorted.
    pub labels: Vec<String>,
}

impl Association {
    /// A contact's link to an account.
    pub fn contact_to_account(contact: impl Into<String>, account: impl Into<String>, primary: bool) -> Self {
        Self {
            from_kind: EntityKind::Contact,
            from: contact.into(),
            to_kind: EntityKind::Account,
            to: account.into(),
            primary,
            labels: Vec::new(),
        }
    }
}

impl Account {
    /// An account with an id and a name.
    pub fn new(id: impl Into<String>, name: impl Into<String>) -> Self {
        Self { id: id.into(), name: Some(name.into()), ..Self::default() }
    }

    /// Adds a domain; the first one added is the primary one.
    #[must_use]
    pub fn domain(mut self, domain: impl Into<String>) -> Self {
        self.domains.push(domain.into());
        self
    }

    /// Sets the account above it.
    #[must_use]
    pub fn parent(mut self, id: impl Into<String>) -> Self {
        self.parent = Some(id.into());
        self
    }

    /// Sets a further field.
    #[must_use]
    pub fn field(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.fields.insert(name.into(), value.into());
        self
    }
}

impl Contact {
    /// A contact with an id and a primary address.
    pub fn new(id: impl Into<String>, email: impl Into<String>) -> Self {
        Self { id: id.into(), emails: vec![email.into()], ..Self::default() }
    }

    /// Sets the name.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Adds a further address.
    #[must_use]
    pub fn email(mut self, email: impl Into<String>) -> Self {
        self.emails.push(email.into());
        self
    }

    /// Sets a further field.
    #[must_use]
    pub fn field(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.fields.insert(name.into(), value.into());
        self
    }
}

impl Colleague {
    /// A colleague with an id and a primary address.
    pub fn new(id: impl Into<String>, email: impl Into<String>) -> Self {
        Self { id: id.into(), emails: vec![email.into()], ..Self::default() }
    }
}
