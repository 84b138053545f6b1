//! Why an answer is what it is.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::lookup::KeyRef;
use crate::{AccountRef, ContactRef, Ground, Key, RecordId, Score};

/// What one strategy asked, found and decided about one attendee.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Evidence {
    /// The strategy's name.
    pub strategy: String,
    /// What it said.
    pub verdict: Verdict,
    /// Why it found nothing, or stopped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// The key through which the chosen record was found, or which is the reason: it names the very address or domain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matched: Option<Key>,
    /// Every key it asked for, hits and misses, in the order of the first question.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub asked: Vec<Key>,
    /// Every record it weighed: the chosen one first, then the others by rank, then those that could not win.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub candidates: Vec<Candidate>,
    /// Whether only a tie-break decided.
    #[serde(default)]
    pub ambiguous: bool,
    /// What speaks for what was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ground: Option<Ground>,
    /// How often what was found on such a ground is right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<Score>,
}

/// What a strategy said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Verdict {
    /// Here is a contact or an account.
    Found,
    /// The next strategy should try.
    NotMine,
    /// No strategy should try any more.
    Stop,
    /// This is one of the tenant's own.
    Ours,
}

/// Why a strategy found nothing, or stopped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Reason {
    /// An earlier strategy has answered what this one could.
    AlreadyAnswered,
    /// No record has what was asked for.
    NoRecord,
    /// This strategy needs a contact, and there is none.
    NoContact,
    /// The contact belongs to no account.
    NoLink,
    /// There are records, and each of them was lost; the candidates say why.
    NoneLeft,
    /// Several people share the mailbox: none of them is *the* contact.
    SharedMailbox,
    /// Anybody can have a mailbox on this domain.
    FreeMail,
    /// The host is one of students or alumni, and they are no staff.
    Students,
    /// Several schools or universities share this domain.
    SharedEducation,
    /// A throw-away address.
    Disposable,
    /// A person has decided that it is nobody of the CRM.
    PinnedToNobody,
    /// The calendar gives no full name.
    NoName,
    /// There is no account yet within which to look.
    NoAccount,
    /// Too many records have what was asked for.
    TooMany,
    /// The account is the tenant's own company, or belongs to it.
    OwnCompany,
    /// The host is a bare name, not a domain.
    NoDomain,
    /// In the words of a strategy that is not part of this crate.
    Other(Cow<'static, str>),
}

/// A record that was weighed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Candidate {
    /// Which one, after following merges.
    pub record: Record,
    /// The key through which it was found. Only a strategy from elsewhere may not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matched: Option<Key>,
    /// Whether it was found by its primary address, domain or link.
    pub primary: bool,
    /// The merged records on the way to this one, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub merged_from: Vec<RecordId>,
    /// How it went.
    pub outcome: Outcome,
}

/// A record's kind and name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Record {
    /// A person.
    Contact(RecordId),
    /// A company.
    Account(RecordId),
}

/// How it went for a candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Outcome {
    /// It is the answer.
    Chosen,
    /// It is not.
    Lost(Loss),
}

/// Why a candidate lost: by a tie-break, in the order in which those are applied, or because it can be no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Loss {
    /// Found by an additional address, domain or link, the chosen one by its primary one.
    Additional,
    /// A parent of it is among the candidates.
    Child,
    /// The chosen one has more contacts.
    FewerContacts,
    /// The chosen one is older.
    Younger,
    /// The chosen one's id is smaller.
    LargerId,
    /// Put aside in the CRM.
    Archived,
    /// Merged into a record that is not there.
    MergedAway,
    /// Merged in a circle, or more than 32 times over.
    MergeLoop,
    /// Not in the directory.
    Unknown,
    /// The tenant's own company, or one that belongs to it.
    OwnCompany,
    /// One of several people who share a mailbox.
    SharedMailbox,
    /// Of another account than the one that was found.
    OtherAccount,
    /// Not the name that goes with this domain.
    OtherName,
}

/// A [`Candidate`] that borrows.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CandidateRef<'a> {
    /// Which one, after following merges.
    pub record: RecordRef<'a>,
    /// The key through which it was found.
    pub matched: KeyRef<'a>,
    /// Whether it was found by its primary address, domain or link.
    pub primary: bool,
    /// The merged records on the way to this one, sorted.
    pub merged_from: Vec<&'a str>,
    /// How it went.
    pub outcome: Outcome,
}

/// A [`Record`] that borrows.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum RecordRef<'a> {
    /// A person.
    Contact(ContactRef<'a>),
    /// A company.
    Account(AccountRef<'a>),
    /// A person of this name that is not there.
    NoContact(&'a str),
    /// A company of this name that is not there.
    NoAccount(&'a str),
}

impl<'a> RecordRef<'a> {
    /// Its name among all records.
    pub fn id(self) -> &'a str {
        match self {
            Self::Contact(contact) => contact.id(),
            Self::Account(account) => account.id(),
            Self::NoContact(id) | Self::NoAccount(id) => id,
        }
    }

    pub(crate) fn to_record(self) -> Record {
        match self {
            Self::Contact(_) | Self::NoContact(_) => Record::Contact(self.id().into()),
            Self::Account(_) | Self::NoAccount(_) => Record::Account(self.id().into()),
        }
    }
}

impl<'a> CandidateRef<'a> {
    /// A record that was chosen.
    pub fn chosen(record: RecordRef<'a>, matched: KeyRef<'a>) -> Self {
        Self { record, matched, primary: true, merged_from: vec![], outcome: Outcome::Chosen }
    }

    /// A record that lost.
    pub fn lost(record: RecordRef<'a>, matched: KeyRef<'a>, loss: Loss) -> Self {
        Self { record, matched, primary: true, merged_from: vec![], outcome: Outcome::Lost(loss) }
    }

    /// The same, to keep.
    pub fn to_candidate(&self) -> Candidate {
        Candidate {
            record: self.record.to_record(),
            matched: Some(self.matched.to_key()),
            primary: self.primary,
            merged_from: self.merged_from.iter().map(|id| RecordId::from(*id)).collect(),
            outcome: self.outcome,
        }
    }
}

impl Outcome {
    /// Whether only a tie-break stood between this candidate and being chosen, or it was chosen.
    pub fn is_contender(self) -> bool {
        match self {
            Self::Chosen => true,
            Self::Lost(loss) => {
                matches!(
                    loss,
                    Loss::Additional | Loss::Child | Loss::FewerContacts | Loss::Younger | Loss::LargerId
                )
            }
        }
    }
}
