//! How alike two words are.

use std::cell::OnceCell;

use rapidfuzz::distance::osa;

use super::NameKind;
use super::lexicon::{self, Worth};

/// A word with all that comparing it needs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Word<'a> {
    pub(super) text: &'a str,
    pub(super) letters: &'a [char],
    pub(super) worth: Worth,
}

/// A [`Word`] that owns its parts.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Term {
    pub(super) text: String,
    pub(super) letters: Vec<char>,
    pub(super) worth: Worth,
}

impl Term {
    pub(super) fn new(kind: NameKind, text: &str) -> Self {
        Self { text: text.to_owned(), letters: text.chars().collect(), worth: lexicon::worth(kind, text) }
    }

    pub(super) fn word(&self) -> Word<'_> {
        Word { text: &self.text, letters: &self.letters, worth: self.worth }
    }

    /// A comparison of this term with many words.
    pub(super) fn slips(&self) -> Slips<'_> {
        Slips { letters: &self.letters, comparison: OnceCell::new() }
    }
}

/// Counts slips between one word and others. Set up by the first comparison, since most words need none.
pub(super) struct Slips<'a> {
    letters: &'a [char],
    comparison: OnceCell<osa::BatchComparator<char>>,
}

impl Slips<'_> {
    fn count(&self, other: &[char], allowed: usize) -> Option<usize> {
        let args = osa::Args::default().score_cutoff(allowed);
        let comparison =
            self.comparison.get_or_init(|| osa::BatchComparator::new(self.letters.iter().copied()));
        comparison.distance_with_args(other.iter().copied(), &args)
    }
}

/// How alike an initial and a name that begins with it are.
pub(super) const INITIAL: f32 = 0.95;
/// How alike a name and its nickname are.
const NICKNAME: f32 = 0.9;
/// The most that two different spellings are alike.
const SPELLING: f32 = 0.95;
/// The least and the further likeness of a word and a longer one that begins with it.
const PREFIX: (f32, f32) = (0.5, 0.45);

/// The shortest word that may stand for a longer one.
pub(super) const SHORTEST_PREFIX: usize = 4;

/// How many slips of the pen are forgiven if the longer of two words has so many letters.
pub(super) fn slips_in(letters: usize) -> usize {
    match letters {
        0..3 => 0,
        3..8 => 1,
        _ => 2,
    }
}

/// How alike two words of names are, from 0 to 1. Symmetric.
///
/// One for equal words. Less for, in a person's name, an initial or a nickname; for a word and its beginning; and for
/// few slips of the pen (swapped neighbours are one). A slip is only looked for in words that are not both on the
/// shipped list (`mario` is not a slip of `maria`), and in words with the same first or the same last letter.
pub(super) fn likeness(kind: NameKind, one: Word<'_>, slips: &Slips<'_>, other: Word<'_>) -> f32 {
    if one.text == other.text {
        return 1.0;
    }
    let mut best = 0.0_f32;
    if kind == NameKind::Person {
        let initials = (one.letters.len() == 1) != (other.letters.len() == 1);
        if initials && one.letters.first() == other.letters.first() {
            return INITIAL;
        }
        if lexicon::nicknames(one.text).contains(&other.text) {
            best = NICKNAME;
        }
    }
    if let Some(likeness) = prefix(kind, one, other) {
        best = best.max(likeness);
    }
    best.max(slip(one, slips, other))
}

/// How alike a word and another that begins with it are.
fn prefix(kind: NameKind, one: Word<'_>, other: Word<'_>) -> Option<f32> {
    if kind == NameKind::Person && one.worth.known && other.worth.known {
        return None;
    }
    let (short, long) = if one.letters.len() < other.letters.len() { (one, other) } else { (other, one) };
    if short.letters.len() < SHORTEST_PREFIX || !long.text.starts_with(short.text) {
        return None;
    }
    Some(PREFIX.0 + PREFIX.1 * ratio(short.letters.len(), long.letters.len()))
}

/// How alike two words are if one is a slip of the other. `slips` are those of `one`.
fn slip(one: Word<'_>, slips: &Slips<'_>, other: Word<'_>) -> f32 {
    if one.worth.known && other.worth.known {
        return 0.0;
    }
    if one.letters.first() != other.letters.first() && one.letters.last() != other.letters.last() {
        return 0.0;
    }
    let longest = one.letters.len().max(other.letters.len());
    let allowed = slips_in(longest);
    if allowed == 0 || one.letters.len().abs_diff(other.letters.len()) > allowed {
        return 0.0;
    }
    match slips.count(other.letters, allowed) {
        Some(count) => SPELLING * (1.0 - ratio(count, longest)),
        None => 0.0,
    }
}

/// A quotient of two small numbers.
#[expect(clippy::cast_precision_loss, reason = "both are lengths of words")]
fn ratio(part: usize, whole: usize) -> f32 {
    part as f32 / whole.max(1) as f32
}
