//! Ways of finding a contact or an account for an attendee.

mod contact_account;
mod domain;
mod email;

use std::fmt::Debug;
use std::sync::Arc;

pub use self::contact_account::ContactAccount;
pub use self::domain::Domain;
pub use self::email::Email;
use crate::evidence::{Candidate, Reason};
use crate::{Address, Attendee, Class, Classifier, Key, Lookup, RecordId};

/// One way of finding a contact or an account for an attendee.
///
/// A strategy is a pure function of its two arguments. Everything that it knows of the CRM comes from the [`Lookup`],
/// which records what was asked; what it got elsewhere would not be seen to change.
pub trait Strategy: Debug + Send + Sync {
    /// The name by which configuration and evidence speak of it. Constant.
    fn name(&self) -> &'static str;

    /// Changes whenever the same question may get another answer; part of [`Matcher::fingerprint`](crate::Matcher::fingerprint).
    fn version(&self) -> u32 {
        1
    }

    /// Looks for what `who` lacks so far.
    fn resolve(&self, who: &Subject<'_>, look: &Lookup<'_>) -> Answer;
}

/// An attendee on its way through the strategies.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Subject<'a> {
    /// The attendee.
    pub attendee: &'a Attendee,
    /// Its address.
    pub address: &'a Address,
    /// What it is to the tenant: always one that is external.
    pub class: Class,
    /// The contact that an earlier strategy found.
    pub contact: Option<&'a RecordId>,
    /// The account that an earlier strategy found.
    pub account: Option<&'a RecordId>,
    /// Who is internal, and the word lists.
    pub classifier: &'a Classifier,
}

/// What a strategy says.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Answer {
    /// Here is a contact, an account or both. Only what was lacking is taken.
    Found(Finding),
    /// The next strategy should try.
    NotMine(Refusal),
    /// No strategy should try any more: what was found so far stands.
    Stop(Refusal),
}

/// What a strategy found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// The person.
    pub contact: Option<RecordId>,
    /// The company.
    pub account: Option<RecordId>,
    /// The key through which it was found.
    pub matched: Option<Key>,
    /// Whether only a tie-break decided.
    pub ambiguous: bool,
    /// Every record that was weighed, the chosen one first.
    pub candidates: Vec<Candidate>,
}

/// Why a strategy found nothing, or stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refusal {
    /// The reason.
    pub reason: Reason,
    /// Records that were weighed and lost.
    pub candidates: Vec<Candidate>,
}

impl Finding {
    /// A contact that was found.
    pub fn contact(id: RecordId) -> Self {
        Self { contact: Some(id), ..Self::default() }
    }

    /// An account that was found.
    pub fn account(id: RecordId) -> Self {
        Self { account: Some(id), ..Self::default() }
    }
}

impl From<Reason> for Refusal {
    fn from(reason: Reason) -> Self {
        Self { reason, candidates: vec![] }
    }
}

/// The names that [`by_name`] knows, in the order in which they are tried by default.
pub const NAMES: [&str; 3] = ["email", "contact_account", "domain"];

/// The strategy with this name.
pub fn by_name(name: &str) -> Option<Arc<dyn Strategy>> {
    match name {
        "email" => Some(Arc::new(Email)),
        "contact_account" => Some(Arc::new(ContactAccount)),
        "domain" => Some(Arc::new(Domain)),
        _ => None,
    }
}

fn not_mine(reason: Reason) -> Answer {
    Answer::NotMine(reason.into())
}
