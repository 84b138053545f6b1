//! The second score: how alike two names are as a whole.

use rapidfuzz::distance::{indel, osa};

use super::NameKind;
use super::lexicon::worth;
use super::query::{Loud, Query};
use super::words::Words;

/// What the parts of the second score weigh, for companies and for people. Each sums up to one. Tuned on one half of
/// the queries of the accuracy example, which reports the other half.
const COMPANY: Parts = [0.355, 0.0, 0.045, 0.21, 0.02, 0.03, 0.115, 0.225];
const PERSON: Parts = [0.55, 0.1, 0.0, 0.1, 0.0, 0.25, 0.0, 0.0];

/// Where among them the sorted words are.
const SORTED: usize = 4;

/// The parts of the second score.
pub(super) type Parts = [f32; 8];

/// A name in the forms in which it is compared as a whole.
#[derive(Clone, Debug, Default)]
pub(super) struct Shape {
    /// The words that count, without spaces.
    squashed: String,
    /// How much of that is the first word.
    first: usize,
    /// The words that count, sorted.
    sorted: String,
    /// All words.
    full: String,
}

impl Shape {
    pub(super) fn of<'a>(words: impl Iterator<Item = (&'a str, bool)>) -> Self {
        let mut shape = Self::default();
        let mut loud: Vec<&str> = Vec::with_capacity(8);
        for (word, silent) in words {
            if !shape.full.is_empty() {
                shape.full.push(' ');
            }
            shape.full.push_str(word);
            if !silent {
                shape.squashed.push_str(word);
                if loud.is_empty() {
                    shape.first = word.len();
                }
                loud.push(word);
            }
        }
        loud.sort_unstable();
        shape.sorted = loud.join(" ");
        shape
    }
}

/// A query in the forms in which it is compared as a whole.
pub(super) struct Whole {
    shape: Shape,
    weights: Parts,
    squashed: indel::BatchComparator<u8>,
    sorted: indel::BatchComparator<u8>,
    full: Full,
}

/// A comparison of all words in their order.
enum Full {
    Company(indel::BatchComparator<u8>),
    /// As they stand; with the first word last; and with the last one first. Who writes the family name first, or first
    /// what others write last, leaves the other words in their order.
    Person(Vec<osa::BatchComparator<u8>>),
}

impl Full {
    fn of(kind: NameKind, full: &str) -> Self {
        if kind == NameKind::Company {
            return Self::Company(indel::BatchComparator::new(full.bytes()));
        }
        let first = full.split_once(' ');
        let last = full.rsplit_once(' ').filter(|(rest, _)| rest.contains(' '));
        let turned = [first, last].into_iter().flatten();
        let turned =
            turned.map(|(one, other)| osa::BatchComparator::new([other, " ", one].concat().into_bytes()));
        let straight = osa::BatchComparator::new(full.bytes());
        Self::Person(std::iter::once(straight).chain(turned).collect())
    }

    fn similarity(&self, name: &str) -> f64 {
        match self {
            Self::Company(full) => full.normalized_similarity(name.bytes()),
            Self::Person(turns) => turns.iter().fold(0.0_f64, |best, turn| {
                // What is no better need not be known.
                let args = osa::Args::default().score_cutoff(best);
                turn.normalized_similarity_with_args(name.bytes(), &args)
                    .map_or(best, |share| best.max(share))
            }),
        }
    }
}

impl Whole {
    pub(super) fn of(kind: NameKind, words: &Words) -> Self {
        let shape = Shape::of(words.all());
        let weights = match kind {
            NameKind::Company => COMPANY,
            NameKind::Person => PERSON,
        };
        Self {
            weights,
            squashed: indel::BatchComparator::new(shape.squashed.bytes()),
            sorted: indel::BatchComparator::new(shape.sorted.bytes()),
            full: Full::of(kind, &shape.full),
            shape,
        }
    }

    /// The parts of the second score, each from 0 to 1: the first score; the common beginning as a share of the longer
    /// and of the shorter name; the share of letters in common of the names without spaces and with sorted words; how
    /// much alike all words are in their order; the common beginning of the first words; and how much of the name is in
    /// the query.
    pub(super) fn parts(&self, first: f32, cover: f32, name: &Shape) -> Parts {
        let common =
            self.shape.squashed.bytes().zip(name.squashed.bytes()).take_while(|(a, b)| a == b).count();
        let longer = self.shape.squashed.len().max(name.squashed.len());
        [
            first,
            ratio(common, longer),
            ratio(common, self.shape.squashed.len().min(name.squashed.len())),
            narrow(self.squashed.normalized_similarity(name.squashed.bytes())),
            if self.weights[SORTED] > 0.0 {
                narrow(self.sorted.normalized_similarity(name.sorted.bytes()))
            } else {
                0.0
            },
            narrow(self.full.similarity(&name.full)),
            ratio(common.min(self.shape.first).min(name.first), self.shape.first.max(name.first)),
            cover,
        ]
    }

    /// The second score of a name with this first score.
    pub(super) fn score(&self, first: f32, cover: f32, name: &Shape) -> f32 {
        self.parts(first, cover, name).iter().zip(self.weights).map(|(part, weight)| part * weight).sum()
    }
}

/// How alike two names are, from 0 to 1: the score that a search gives `name` when `query` is asked for.
///
/// It depends on the two names and the shipped word lists alone. It is not symmetric.
pub fn score(kind: NameKind, query: &str, name: &str) -> f32 {
    let (asked, name) = (Words::of(kind, query), Words::of(kind, name));
    let loud: Vec<Loud<'_>> = name
        .all()
        .filter(|(_, silent)| !silent)
        .map(|(text, _)| Loud { text, idf: worth(kind, text).idf })
        .collect();
    let query = Query::of(kind, &asked);
    let (first, _) = query.first_score(&loud);
    Whole::of(kind, &asked).score(first, query.cover(&loud), &Shape::of(name.all()))
}

#[expect(clippy::cast_precision_loss, reason = "both are lengths of names")]
fn ratio(part: usize, whole: usize) -> f32 {
    part as f32 / whole.max(1) as f32
}

#[expect(clippy::cast_possible_truncation, reason = "a share needs no more than 24 bits")]
fn narrow(share: f64) -> f32 {
    share as f32
}
