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
    /// A [`Deal`].
    Deal,
    /// A [`LoggedMeeting`].
    Meeting,
    /// A [`CustomObject`].
    Object,
    /// A [`Colleague`].
    Colleague,
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
    /// How far it has come with the tenant, by the provider's internal name: `customer`.
    pub stage: Option<String>,
    /// The id of the [`Colleague`] who looks after it.
    pub owner: Option<String>,
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
    /// How far they have come with the tenant, by the provider's internal name: `customer`.
    pub stage: Option<String>,
    /// The id of the [`Colleague`] who looks after them.
    pub owner: Option<String>,
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
    /// The provider's id of the user account behind them, where that is another one.
    pub user: Option<String>,
    /// Whether they have left: what they looked after still names them.
    pub left: bool,
}

/// A business that a tenant hopes to do, or has done.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Deal {
    /// The provider's id.
    pub id: String,
    /// Its name, if it has one.
    pub name: Option<String>,
    /// The pipeline that it goes through, by the provider's internal name.
    pub pipeline: Option<String>,
    /// How far it has come, by the provider's internal name.
    pub stage: Option<String>,
    /// What it is worth, as the decimal number that the CRM holds.
    pub amount: Option<String>,
    /// The currency of the amount, if it has one of its own: `EUR`.
    pub currency: Option<String>,
    /// When it was or should be closed.
    pub closes: Option<DateTime<Utc>>,
    /// The id of the [`Colleague`] who looks after it.
    pub owner: Option<String>,
    /// Ids of records that were merged into this one.
    pub merged: Vec<String>,
    /// When it was made.
    pub created: Option<DateTime<Utc>>,
    /// Everything else that was asked for.
    pub fields: Fields,
}

/// A meeting as the CRM has logged it. It is no [`super::CalendarEvent`], though it may tell of the same meeting.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct LoggedMeeting {
    /// The provider's id.
    pub id: String,
    /// Its title, if it has one.
    pub title: Option<String>,
    /// When it begins.
    pub start: Option<DateTime<Utc>>,
    /// When it ends.
    pub end: Option<DateTime<Utc>>,
    /// What came of it, by the provider's internal name.
    pub outcome: Option<String>,
    /// Where it takes place.
    pub location: Option<String>,
    /// Where it is joined or described.
    pub url: Option<String>,
    /// The id of the [`Colleague`] who holds it.
    pub owner: Option<String>,
    /// Ids of records that were merged into this one.
    pub merged: Vec<String>,
    /// When it was logged.
    pub created: Option<DateTime<Utc>>,
    /// Everything else that was asked for.
    pub fields: Fields,
}

/// A record of a type that the tenant has made up in its CRM.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct CustomObject {
    /// The provider's id, unique within its type.
    pub id: String,
    /// Its type, by the provider's internal name.
    pub r#type: String,
    /// What people know it by, if there is such a thing.
    pub name: Option<String>,
    /// The id of the [`Colleague`] who looks after it.
    pub owner: Option<String>,
    /// Ids of records that were merged into this one.
    pub merged: Vec<String>,
    /// When it was made.
    pub created: Option<DateTime<Utc>>,
    /// Everything else that was asked for.
    pub fields: Fields,
}

/// A link from one CRM record to another. One link per pair, however many labels it carries. The id of a
/// [`CustomObject`] stands behind its type: `2-3465404/77`.
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
    /// A link without labels.
    pub fn new(from: (EntityKind, impl Into<String>), to: (EntityKind, impl Into<String>)) -> Self {
        Self {
            from_kind: from.0,
            from: from.1.into(),
            to_kind: to.0,
            to: to.1.into(),
            primary: false,
            labels: Vec::new(),
        }
    }

    /// A contact's link to an account.
    pub fn contact_to_account(contact: impl Into<String>, account: impl Into<String>, primary: bool) -> Self {
        let (contact, account) = ((EntityKind::Contact, contact), (EntityKind::Account, account));
        Self { primary, ..Self::new(contact, account) }
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

impl Deal {
    /// A deal with an id and a name.
    pub fn new(id: impl Into<String>, name: impl Into<String>) -> Self {
        Self { id: id.into(), name: Some(name.into()), ..Self::default() }
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
