//! Ways of finding a contact or an account for an attendee.

mod closure;
mod contact_account;
mod domain;
mod email;
mod name;
mod own;
mod parent_domain;
mod pinned;

use std::any::Any;
use std::fmt::Debug;
use std::sync::Arc;

pub use self::closure::from_fn;
pub use self::contact_account::ContactAccount;
pub use self::domain::Domain;
pub use self::email::Email;
pub use self::name::Name;
pub use self::parent_domain::ParentDomain;
pub use self::pinned::Pinned;
use crate::attendee::AttendeeRef;
use crate::evidence::{CandidateRef, Loss, Reason};
use crate::lookup::KeyRef;
use crate::rank::Ranked;
use crate::{AccountRef, AddressRef, Class, Classifier, ContactRef, Ground, Lookup, Score, score};

/// One way of finding a contact or an account for an attendee.
///
/// A strategy is a pure function of its two arguments. Everything that it knows of the CRM comes from the [`Lookup`],
/// which records what was asked; what it got elsewhere would not be seen to change.
pub trait Strategy: Any + Debug + Send + Sync {
    /// The name by which configuration and evidence speak of it. Constant.
    fn name(&self) -> &str;

    /// Changes whenever the same question may get another answer; part of [`Matcher::fingerprint`](crate::Matcher::fingerprint).
    fn version(&self) -> u32 {
        1
    }

    /// Looks for what `who` lacks so far.
    fn resolve<'a>(&self, who: &Subject<'a>, look: &Lookup<'a>) -> Answer<'a>;
}

/// An attendee on its way through the strategies.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Subject<'a> {
    /// The attendee.
    pub attendee: AttendeeRef<'a>,
    /// Its address.
    pub address: AddressRef<'a>,
    /// What it is to the tenant: always one that is external.
    pub class: Class,
    /// The contact that an earlier strategy found.
    pub contact: Option<ContactRef<'a>>,
    /// The account that an earlier strategy found.
    pub account: Option<AccountRef<'a>>,
    /// Who is internal, and the word lists.
    pub classifier: &'a Classifier,
}

/// What a strategy says.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Answer<'a> {
    /// Here is a contact, an account or both. Only what was lacking is taken.
    Found(Finding<'a>),
    /// The next strategy should try.
    NotMine(Refusal<'a>),
    /// No strategy should try any more: what was found so far stands.
    Stop(Refusal<'a>),
    /// This is one of the tenant's own. A contact that was found stands, an account does not.
    Ours(Refusal<'a>),
}

/// What a strategy found.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Finding<'a> {
    /// The person.
    pub contact: Option<ContactRef<'a>>,
    /// The company.
    pub account: Option<AccountRef<'a>>,
    /// What speaks for it.
    pub ground: Ground,
    /// How sure it is.
    pub score: Score,
    /// The key through which it was found.
    pub matched: Option<KeyRef<'a>>,
    /// Whether only a tie-break decided.
    pub ambiguous: bool,
    /// Whether it was found by its primary address, domain or link.
    pub primary: bool,
    /// Every record that was weighed, the chosen one first. None is as good as the found one alone.
    pub candidates: Vec<CandidateRef<'a>>,
}

/// Why a strategy found nothing, or stopped.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Refusal<'a> {
    /// The reason.
    pub reason: Reason,
    /// The key that is the reason, if one is.
    pub matched: Option<KeyRef<'a>>,
    /// Records that were weighed and lost.
    pub candidates: Vec<CandidateRef<'a>>,
}

impl<'a> Finding<'a> {
    /// A contact that was found, by a strategy from elsewhere.
    pub fn contact(contact: ContactRef<'a>) -> Self {
        Self { contact: Some(contact), ..Self::nothing() }
    }

    /// An account that was found, by a strategy from elsewhere.
    pub fn account(account: AccountRef<'a>) -> Self {
        Self { account: Some(account), ..Self::nothing() }
    }

    /// The same with how sure it is; without this it is [`Score::UNKNOWN`].
    #[must_use]
    pub fn scored(mut self, score: Score) -> Self {
        self.score = score;
        self
    }

    /// The same with the key through which it was found.
    #[must_use]
    pub fn through(mut self, matched: KeyRef<'a>) -> Self {
        self.matched = Some(matched);
        self
    }

    fn nothing() -> Self {
        Self {
            contact: None,
            account: None,
            ground: Ground::Other,
            score: Score::UNKNOWN,
            matched: None,
            ambiguous: false,
            primary: true,
            candidates: vec![],
        }
    }

    /// What was the only one there.
    fn sole(ground: Ground, primary: bool, matched: KeyRef<'a>) -> Self {
        Self { ground, primary, score: score::of(ground, None), matched: Some(matched), ..Self::nothing() }
    }

    fn ranked<R>(
        ranked: Ranked<'a, R>,
        lost: Vec<CandidateRef<'a>>,
        ground: Ground,
        tie: Option<Loss>,
        matched: KeyRef<'a>,
    ) -> Self {
        let mut candidates = ranked.candidates;
        candidates.extend(lost);
        Self {
            ground,
            score: score::of(ground, tie),
            matched: Some(matched),
            ambiguous: tie.is_some(),
            candidates,
            ..Self::nothing()
        }
    }
}

impl From<Reason> for Refusal<'_> {
    fn from(reason: Reason) -> Self {
        Self { reason, matched: None, candidates: vec![] }
    }
}

impl<'a> Refusal<'a> {
    fn after(reason: Reason, candidates: impl IntoIterator<Item = CandidateRef<'a>>) -> Self {
        Self { reason, matched: None, candidates: candidates.into_iter().collect() }
    }
}

/// The names that [`by_name`] knows, in the order in which they are tried by default.
pub const NAMES: [&str; 6] = ["pinned", "email", "contact_account", "domain", "parent_domain", "name"];

/// The strategy with this name.
pub fn by_name(name: &str) -> Option<Arc<dyn Strategy>> {
    match name {
        "pinned" => Some(Arc::new(Pinned)),
        "email" => Some(Arc::new(Email)),
        "contact_account" => Some(Arc::new(ContactAccount)),
        "domain" => Some(Arc::new(Domain)),
        "parent_domain" => Some(Arc::new(ParentDomain)),
        "name" => Some(Arc::new(Name)),
        _ => None,
    }
}

fn not_mine<'a>(reason: Reason) -> Answer<'a> {
    Answer::NotMine(reason.into())
}
