//! Owners: the people of a portal that records can belong to.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::record::stamp;

#[derive(Debug, Clone)]
pub(super) struct Owner {
    pub(super) id: u64,
    pub(super) user_id: u64,
    pub(super) email: String,
    pub(super) first_name: String,
    pub(super) last_name: String,
    pub(super) archived: bool,
    pub(super) created: DateTime<Utc>,
}

impl Owner {
    /// As the owners endpoint shows it. The owner's id is not the user's id, and an archived owner has no
    /// user.
    pub(super) fn json(&self) -> Value {
        json!({
            "id": self.id.to_string(),
            "email": self.email,
            "type": "PERSON",
            "firstName": self.first_name,
            "lastName": self.last_name,
            "userId": if self.archived { Value::Null } else { self.user_id.into() },
            "userIdIncludingInactive": self.user_id,
            "createdAt": stamp(self.created),
            "updatedAt": stamp(self.created),
            "archived": self.archived,
        })
    }
}
