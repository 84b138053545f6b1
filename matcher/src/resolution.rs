//! The answer for one attendee.

use serde::{Deserialize, Serialize};

use crate::evidence::{Candidate, Evidence};
use crate::{Class, RecordId, Score};

/// The answer for one attendee: who it is in the CRM, which strategies say so, and why.
///
/// The contact and the account are found independently, each by the first strategy that can. So there may be a contact
/// without an account, an account without a contact (a colleague of known people), both or neither.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Resolution {
    /// The attendee as the calendar has it, cut after 1024 bytes.
    pub attendee: String,
    /// Its address in normal form, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// What it is to the tenant. Only external classes are looked up.
    pub class: Class,
    /// The person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<RecordId>,
    /// The strategy that found the person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact_by: Option<String>,
    /// How sure the person is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact_score: Option<Score>,
    /// The company.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<RecordId>,
    /// The strategy that found the company.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_by: Option<String>,
    /// How sure the company is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_score: Option<Score>,
    /// Whether only a tie-break decided on the contact or the account.
    #[serde(default)]
    pub ambiguous: bool,
    /// If so, by how much the choice is likelier than all others together; the smaller one if both were chosen so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub margin: Option<Score>,
    /// If so, all between which it decided, the chosen ones included.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub candidates: Vec<Candidate>,
    /// What each strategy that was tried has to say, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Evidence>,
}

impl Resolution {
    /// The strategy that decided: the one that found the account, or else the contact.
    pub fn strategy(&self) -> Option<&str> {
        self.account_by.as_deref().or(self.contact_by.as_deref())
    }

    /// The smaller one of the two scores. `None` if nothing was found.
    pub fn score(&self) -> Option<Score> {
        self.contact_score.into_iter().chain(self.account_score).min()
    }

    /// Whether there is a contact or an account.
    pub fn is_resolved(&self) -> bool {
        self.contact.is_some() || self.account.is_some()
    }
}
