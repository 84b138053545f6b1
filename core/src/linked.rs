//! What hangs on an account or a contact in the CRM: who looks after it, and its deals.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The most deals that are kept of one account or contact: the newest. [`super::meeting::Entity::deals_cut`] says
/// whether there are more.
pub const MOST_DEALS: usize = 100;

/// The colleague who looks after a record.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Owner {
    /// The provider's id of the colleague, as the record names it.
    pub id: String,
    /// The whole name, if the mirror holds the colleague and knows it.
    pub name: Option<String>,
    /// The primary address, normalised where it is one, if the mirror holds the colleague and knows it.
    pub email: Option<String>,
}

impl Owner {
    /// A colleague of whom only the id is known.
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into(), ..Self::default() }
    }
}

/// A deal that the CRM associates with an account or a contact, with the fields that the manifest maps.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct LinkedDeal {
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
    /// When it was made.
    pub created: Option<DateTime<Utc>>,
    /// Who looks after it. Only if the manifest names the owners of deals.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<Owner>,
    /// Mapped fields, under the manifest's names.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub fields: Map<String, Value>,
}

impl LinkedDeal {
    /// A deal of which only the id is known.
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into(), ..Self::default() }
    }

    /// Greater is newer. A longer number is a greater one.
    fn age(&self) -> (Option<DateTime<Utc>>, usize, &str) {
        (self.created, self.id.len(), &self.id)
    }

    /// Puts the newest first, and those of which nobody knows when they were made last; of equally old ones the one
    /// with the longer, or else greater id.
    pub fn newest_first(deals: &mut [Self]) {
        deals.sort_by(|a, b| b.age().cmp(&a.age()));
    }
}
