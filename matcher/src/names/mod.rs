//! Search for companies and people by name.

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

pub use fold::{MAX_NAME, fold};
pub use index::NameIndex;
pub use score::score;
pub use search::MAX_FOUND;
pub use words::words;

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
