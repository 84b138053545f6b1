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
        Slips {
            letters: &self.letters,
            nicknames: lexicon::nicknames(&self.text),
            comparison: OnceCell::new(),
        }
    }
}

/// What comparing one word with many needs. Slips are prepared by the first word that needs it, since most need none.
pub(super) struct Slips<'a> {
    letters: &'a [char],
    nicknames: &'static [&'static str],
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
/// How much of a likeness remains if it is weak.
const WEAK: f32 = 0.85;
/// The least and the further likeness of a word and a longer one that begins with it.
const PREFIX: (f32, f32) = (0.5, 0.45);

/// The shortest word that may stand for a longer one.
pub(super) const SHORTEST_PREFIX: usize = 4;

/// How alike two words are.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Likeness {
    /// From 0 to 1.
    pub(super) share: f32,
    /// Whether that is too little to find a name by; it only adds to what else of the name is found.
    pub(super) weak: bool,
}

/// How many slips of the pen are forgiven.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Forgiven {
    /// So many find a name.
    pub(super) firm: usize,
    /// So many only add to what else is found.
    pub(super) weak: usize,
}

/// What is forgiven if the longer of two words has so many letters; `known` if both are on the shipped list.
///
/// Most names of people are two or three words, of which the others then tell whether a doubtful one is meant.
pub(super) fn forgiven(kind: NameKind, letters: usize, known: bool) -> Forgiven {
    let firm = match letters {
        _ if known => 0,
        0..3 => 0,
        3..8 => 1,
        _ => 2,
    };
    let weak = match (kind, letters) {
        (NameKind::Company, _) => firm,
        (NameKind::Person, 0..4) if known => 0,
        (NameKind::Person, _) if known => 1,
        (NameKind::Person, 6..8) => 2,
        (NameKind::Person, _) => firm,
    };
    Forgiven { firm, weak }
}

/// How alike two words of names are. Symmetric.
///
/// One for equal words. Less for, in a person's name, an initial or a nickname; for a word and its beginning; and for
/// few slips of the pen (swapped neighbours are one). A slip is only looked for in words with the same first or the
/// same last letter. If both words are on the shipped list it is weak in a person's name (`mario` is rarely a slip of
/// `maria`) and none in a company's.
pub(super) fn likeness(kind: NameKind, one: Word<'_>, slips: &Slips<'_>, other: Word<'_>) -> Likeness {
    let firm = |share: f32| Likeness { share, weak: false };
    if one.text == other.text {
        return firm(1.0);
    }
    let mut best = 0.0_f32;
    if kind == NameKind::Person {
        let initials = (one.letters.len() == 1) != (other.letters.len() == 1);
        if initials && one.letters.first() == other.letters.first() {
            return firm(INITIAL);
        }
        if slips.nicknames.contains(&other.text) {
            best = NICKNAME;
        }
    }
    if let Some(likeness) = prefix(kind, one, other) {
        best = best.max(likeness);
    }
    let slip = slip(kind, one, slips, other);
    Likeness { share: best.max(slip.share), weak: best == 0.0 && slip.weak }
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

/// Whether `other` may be a slip of `one`. Soon told for most words, and never wrong in saying no.
pub(super) fn may_slip(kind: NameKind, one: &Term, other: &str, known: bool) -> bool {
    let (one, other) = (one.text.as_bytes(), other.as_bytes());
    if !one.is_ascii() || !other.is_ascii() {
        return true;
    }
    match forgiven(kind, one.len().max(other.len()), known).weak {
        0 => false,
        1 => within_one(one, other),
        _ => true,
    }
}

/// Whether one slip makes the one of the other.
fn within_one(one: &[u8], other: &[u8]) -> bool {
    let same = |(one, other): &(&u8, &u8)| one == other;
    let start = one.iter().zip(other).take_while(same).count();
    let (Some(one), Some(other)) = (one.get(start..), other.get(start..)) else { return false };
    let end = one.iter().rev().zip(other.iter().rev()).take_while(same).count();
    let rest = |word: &[u8]| word.len() - end;
    match (rest(one), rest(other)) {
        (0 | 1, 0 | 1) => true,
        (2, 2) => one.first() == other.get(1) && one.get(1) == other.first(),
        _ => false,
    }
}

/// How alike two words are if one is a slip of the other. `slips` are those of `one`.
fn slip(kind: NameKind, one: Word<'_>, slips: &Slips<'_>, other: Word<'_>) -> Likeness {
    let longest = one.letters.len().max(other.letters.len());
    let allowed = forgiven(kind, longest, one.worth.known && other.worth.known);
    if allowed.weak == 0
        || one.letters.len().abs_diff(other.letters.len()) > allowed.weak
        || one.letters.first() != other.letters.first() && one.letters.last() != other.letters.last()
    {
        return Likeness::default();
    }
    let Some(count) = slips.count(other.letters, allowed.weak) else { return Likeness::default() };
    let weak = count > allowed.firm;
    let share = SPELLING * (1.0 - ratio(count, longest));
    Likeness { share: if weak { share * WEAK } else { share }, weak }
}

/// A quotient of two small numbers.
#[expect(clippy::cast_precision_loss, reason = "both are lengths of words")]
fn ratio(part: usize, whole: usize) -> f32 {
    part as f32 / whole.max(1) as f32
}
