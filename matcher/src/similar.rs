//! Names that look alike: a search that is fast and yet loses nothing.
//!
//! [`Similar`] holds names under ids and finds the `k` most similar to a query. It looks at few of them closely, but
//! its answers are those of a comparison with every name: same ids, same order, same scores to the last bit. What it
//! leaves out it leaves out because a bound on the score proves that it cannot be among the best.
//!
//! ```
//! use acquaint_matcher::similar::{Scorer, Similar};
//!
//! let names = Similar::build([(7, "acme corporation"), (8, "acne clinics"), (9, "initech")]);
//! let hits = names.search("acme corporatoin", Scorer::JaroWinkler, 2, 0.8);
//! assert_eq!(hits.first().map(|hit| hit.id), Some(7));
//! ```
//!
//! # How it finds them
//!
//! 1. The rarest words of the query give a few names that are probably good. Their scores are the first hurdle.
//! 2. Names are kept by length, and next to each name stands how often it has each of 32 groups of letters. The
//!    letters that two names can have in common at most follow from these counts by 32 minima, and an upper bound of
//!    each score follows from the letters in common. Lengths are visited from the query's outwards; in each one a
//!    number of letters is worked out that a name must share to pass the hurdle.
//! 3. Names that can pass are compared, several at a time, and the hurdle rises. For Jaro-Winkler the longest common
//!    subsequence comes first: it bounds how many letters can stand in the same order, and rejects nearly all.

mod column;
mod index;
mod jaro;
mod lcs;
mod letter;
mod need;
mod pattern;
mod postings;
mod rack;
mod search;
mod shards;
mod signature;
mod text;
mod top;
mod word;

pub use self::index::Similar;

/// How many characters (Unicode scalar values) of a name or a query count; the rest is cut off.
///
/// Exactness is meant of what is left: two names that differ after it are equally good answers.
pub const MAX_LETTERS: usize = 255;

/// What is meant by similar. Scores are from 0 (nothing in common) to 1 (equal).
///
/// Characters are Unicode scalar values and compared as they are: whether case, accents or punctuation count is
/// decided by who normalises the names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Scorer {
    /// Twice the longest common subsequence, divided by the sum of the lengths. Two empty names are equal.
    Indel,
    /// [`Indel`](Self::Indel) of the names with their words sorted by code points and joined by one space.
    ///
    /// A word is what stands between spaces (U+0020) and is not empty.
    TokenSort,
    /// Jaro similarity, raised by a tenth of what is missing for each of the first four characters that agree if it
    /// is above 0.7.
    JaroWinkler,
}

/// A name that was found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hit {
    /// The id under which the name is held.
    pub id: u32,
    /// How similar it is to the query: 0 to 1.
    pub score: f64,
}
