//! Dependency keys: what a decision read, and what a record provides.
//!
//! A record's keys, old and new, are marked dirty when it changes. A decision keeps the keys that it read,
//! those included that gave nothing: so a company added today finds the meetings of last month that once
//! looked for its domain.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::ids::ConnectionId;

/// One dependency key: a kind, a colon and a value.
///
/// Besides those that have a constructor here there are the questions that a directory can be asked, in the
/// matcher's own words: `email:`, `domain:`, `contact:`, `account:`, `accounts_of:`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DependencyKey(Arc<str>);

impl DependencyKey {
    /// The copies of one meeting. The value is [`crate::view::CalendarEvent::identity`].
    pub fn meeting(identity: &str) -> Self {
        Self(format!("meeting:{identity}").into())
    }

    /// Who belongs to the tenant: users, colleagues, internal domains. Every decision reads it.
    pub fn users() -> Self {
        Self("users:".into())
    }

    /// The revision in force. Every decision reads it.
    pub fn revision() -> Self {
        Self("revision:".into())
    }

    /// That somebody with this address belongs to the tenant. Nobody asks for it: it says of a colleague's record what
    /// of it concerns all, so that another name does not.
    pub fn user(email: &str) -> Self {
        Self(format!("user:{email}").into())
    }

    /// A colleague of a connection, by the provider's id: who looks after a record.
    pub fn colleague(connection: &ConnectionId, id: &str) -> Self {
        Self(format!("colleague:{connection}/{id}").into())
    }

    /// A deal of a connection, by the provider's id or that of one that was merged into it.
    pub fn deal(connection: &ConnectionId, id: &str) -> Self {
        Self(format!("deal:{connection}/{id}").into())
    }

    /// The deals that hang on an account of a connection. What links the two provides it.
    pub fn deals_of_account(connection: &ConnectionId, id: &str) -> Self {
        Self(format!("deals_of_account:{connection}/{id}").into())
    }

    /// The deals that hang on a contact of a connection. What links the two provides it.
    pub fn deals_of_contact(connection: &ConnectionId, id: &str) -> Self {
        Self(format!("deals_of_contact:{connection}/{id}").into())
    }

    /// Wraps a key as text: `email:jane@acme.com`, `domain:acme.com`, … The matcher's keys read like this.
    pub fn from_stored(key: impl Into<Arc<str>>) -> Self {
        Self(key.into())
    }

    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether every decision reads it, so that it is in no read-set and concerns all meetings. A record that provides
    /// one besides names in keys of its own what of it matters to all: if it changes and its keys do not, such a key is
    /// not marked.
    pub fn concerns_all(&self) -> bool {
        matches!(&*self.0, "users:" | "revision:")
    }

    /// The identity, if this names the copies of one meeting.
    pub fn meeting_identity(&self) -> Option<&str> {
        self.0.strip_prefix("meeting:")
    }
}

impl fmt::Display for DependencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for DependencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}
