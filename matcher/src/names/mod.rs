//! Search for companies and people by name, to *suggest* records. Never to decide: two companies may share a name.
//!
//! ```
//! use acquaint_matcher::names::{NameIndex, NameKind};
//!
//! let mut index = NameIndex::new(NameKind::Company);
//! index.upsert(1, "International Business Machines Corp.");
//! index.upsert(2, "Time Warner Inc.");
//! index.upsert(3, "Müller & Söhne GmbH & Co. KG");
//!
//! assert_eq!(index.search("IBM", 5)[0].id, 1);
//! assert_eq!(index.search("timewarner", 5)[0].id, 2);
//! assert_eq!(index.search("Sohne und Mueller", 5)[0].id, 3);
//! ```
//!
//! # How a name is scored
//!
//! A name is [folded](fold) and cut into [words]. The **first score** is a cosine: each word of the query counts as
//! much as it is rare, and finds the word of the name that is most like it (the same word; a slip of the pen; the
//! beginning of it; a nickname or an initial of a person; two words written as one, one as two; an acronym). How rare a
//! word is comes from lists that are shipped, not from the index, so that one more name changes no other name's
//! score (it can only push another out of what is found). Legal forms count nothing here.
//!
//! The [`MAX_FOUND`] best by the first score get the **second score**, which is what a search returns: the first
//! score, the common beginning, and how many letters the names have in common as a whole. [`score()`] gives it for any
//! two names.
//!
//! # What is exact
//!
//! The search finds exactly the [`MAX_FOUND`] names that scoring every name would find, with one rule on top: a name
//! that has less than 0.3, or less than 0.6 of the best name's first score (0.7 of a person's), is not found, and
//! neither is one that shares nothing with the query but initials of a person, or names that may but need not be slips
//! of those asked for. (The first scores are sums of 32-bit numbers in a fixed order; the bounds by which names are
//! passed over leave room for rounding.) A name that is not among the best by the first score can have a better second
//! score than one that is; it is not found.

mod fold;
mod hash;
mod index;
mod legal;
mod lexicon;
mod likeness;
mod near;
mod pages;
mod plan;
mod postings;
mod query;
mod score;
mod search;
mod vocabulary;
mod words;

pub(crate) use fold::fold_onto;
pub use fold::{MAX_NAME, fold};
pub(crate) use hash::hash;
pub use index::NameIndex;
pub(crate) use lexicon::{is_common, nicknames};
pub use score::score;
pub use search::MAX_FOUND;
pub use words::words;
pub(crate) use words::{initials, squashed};

#[cfg(test)]
mod tests;

/// What the names of an index are names of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NameKind {
    /// Companies: legal forms hardly count, initials of all words may stand for the name.
    Company,
    /// People: nicknames and initials stand for given names.
    Person,
}

/// A name that was found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scored {
    /// Its number.
    pub id: u32,
    /// How well it fits, from 0 to 1. A rank among suggestions, no probability.
    pub score: f32,
}
