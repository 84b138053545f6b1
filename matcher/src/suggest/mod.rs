//! Suggestions for what no strategy decides: whom an attendee *may* be, for a person to look at.
//!
//! They are asked for on demand and are never part of an answer of [`Matcher`](crate::Matcher). A name or a likeness
//! would otherwise let one new record move meetings from one account to another without anybody noticing. Whoever
//! accepts a suggestion makes it a [`Pin`](crate::Pin), and from then on that decides.
//!
//! ```
//! use acquaint_matcher::suggest::{Hint, Suggester};
//! use acquaint_matcher::{Account, Attendee, Classifier, Directory, Record};
//!
//! let mut globex = Account::new("crm/globex").domain("globex.com");
//! globex.name = Some("Globex Corporation".to_owned());
//! let directory = Directory::build([], [globex], []);
//! let suggester = Suggester::build(&directory);
//!
//! let stranger = Attendee::new("Jane Doe <jane@globex.de>"); // no account has globex.de
//! let found = suggester.for_attendee(&directory, &stranger, &Classifier::default(), 5);
//! assert_eq!(found[0].record, Record::Account("crm/globex".into()));
//! assert_eq!((found[0].clues[0].hint, &*found[0].clues[0].matched), (Hint::SiblingDomain, "globex.com"));
//! assert_eq!(found[0].clues[1].hint, Hint::CompanyName);
//! assert!(!found[0].score.is_sure());
//! ```
//!
//! # How suggestions are scored
//!
//! Each [`Clue`] has a score, capped for its [`Hint`]. Clues from one source (the label of the mail domain; the company
//! in the display name; the person in it; the contacts on the mail host) are not independent, so only the best of each
//! source counts. The sources are put together by noisy-or: with scores `a` and `b` it is `1 - (1 - a)(1 - b)`. The
//! result stays below [`Score::AUTO_LINK`], whatever agrees. Unlike the scores of answers these were not measured on
//! worlds with known truth: they put a list in order.
//!
//! # Cost
//!
//! A [`Suggester`] holds the distinct names, hosts, labels and ids of the records in use beside the directory. Where
//! every record had a name with a word of its own, that was 700 bytes for each contact or account, most of it for names;
//! names that share words need less. An update touches only what the record has, but a change to a name that
//! is new or no longer used goes through a [`NameIndex`](crate::names::NameIndex). A question costs at most three
//! searches by name and the reading of a bounded number of records ([`MAX_VOTERS`] of one host at most), however large
//! the directory is.

mod finder;
mod ids;
mod named;
mod people;
mod said;
mod suggester;
mod unmatched;
mod weigh;

use serde::{Deserialize, Serialize};

pub use self::suggester::Suggester;
pub use self::unmatched::Unmatched;
use crate::{Record, Score};

#[cfg(test)]
mod tests;

/// How many contacts on one host are asked for their accounts, the first by id.
pub const MAX_VOTERS: usize = 1024;

/// How many records of one name, or of one domain label, are suggested at most. More have it by chance, and none is
/// suggested.
pub const MAX_NAMESAKES: usize = 16;

/// A record that an attendee may be, and all that speaks for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Suggestion {
    /// Which one. Always one in use: neither archived nor merged into another.
    pub record: Record,
    /// How much speaks for it, below [`Score::AUTO_LINK`].
    pub score: Score,
    /// What speaks for it, the strongest first.
    pub clues: Vec<Clue>,
}

/// One thing that speaks for a record.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Clue {
    /// What it is.
    pub hint: Hint,
    /// How much this alone would be worth.
    pub score: Score,
    /// The part of the attendee that led to it: a name, a label of the mail domain, or the mail host.
    pub asked: String,
    /// What it found: the name of the contact or account as the CRM has it, a domain of the account, or the mail host.
    /// What speaks for an account speaks for its contacts of the attendee's name too.
    pub matched: String,
    /// For [`Hint::DomainVotes`], how the contacts voted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub votes: Option<Votes>,
}

/// How many of the contacts on a host belong to an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Votes {
    /// Those that the CRM links to this account, merges followed.
    pub linked: u32,
    /// Those that it links to any account, of the [`MAX_VOTERS`] that were asked.
    pub voters: u32,
}

/// What kind of thing speaks for a record, in the order of trust.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Hint {
    /// Contacts with addresses on the attendee's very mail host belong to this account.
    DomainVotes,
    /// The account has a domain with the label of the attendee's, under another suffix: `acme.de` and `acme.com`. Not
    /// for labels of fewer than four letters, common words, and brands of free mail.
    SiblingDomain,
    /// The account's name is like the label of the attendee's mail domain, split or abbreviated, or like the company
    /// in the display name, as in `Jane Doe (Globex)`.
    CompanyName,
    /// The contact's name is like the attendee's; or it is so for a contact that belongs to this account.
    PersonName,
}
