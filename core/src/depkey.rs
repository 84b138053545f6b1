//! Dependency keys: what a decision read, and what a record provides.
//!
//! A record's keys, old and new, are marked dirty when it changes. A decision keeps the keys that it read,
//! those included that gave nothing: so a company added today finds the meetings of last month that once
//! looked for its domain.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

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

    /// Wraps a key as text: `email:jane@acme.com`, `domain:acme.com`, … The matcher's keys read like this.
    pub fn from_stored(key: impl Into<Arc<str>>) -> Self {
        Self(key.into())
    }

    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether every decision reads it, so that it is in no read-set and concerns all meetings.
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
