//! What is asked, and the first score: which words it shares with a name.

use super::NameKind;
use super::lexicon::{is_initial, worth};
use super::likeness::{INITIAL, Term, likeness, slip};
use super::words::{Words, is_joint};

/// How much of a match remains if two words are written as one.
const JOINED: f32 = 0.95;
/// How much an acronym of so many letters is worth as a match of the whole name.
const ACRONYM: [f32; 7] = [0.0, 0.0, 0.45, 0.65, 0.7, 0.7, 0.7];

/// A word that counts, of a name that is compared with a query.
#[derive(Clone, Copy, Debug)]
pub(super) struct Loud<'a> {
    pub(super) text: &'a str,
    pub(super) idf: f32,
}

/// A name that is asked for.
#[derive(Clone, Debug)]
pub(super) struct Query {
    pub(super) kind: NameKind,
    /// The words that count, each once.
    pub(super) words: Vec<Term>,
    /// Neighbours written as one word, with what both are worth.
    pub(super) joined: Vec<(Term, f32)>,
    /// The initials of the words.
    pub(super) acronyms: Vec<String>,
    pub(super) norm: f32,
}

/// The length of a name as a vector of words.
pub(super) fn norm<'a>(words: impl Iterator<Item = Loud<'a>>) -> f32 {
    let mut seen: Vec<&str> = Vec::with_capacity(8);
    let mut sum = 0.0_f32;
    for word in words {
        if !seen.contains(&word.text) {
            seen.push(word.text);
            sum += word.idf * word.idf;
        }
    }
    sum.sqrt()
}

/// The initials of a company's words, with and without those that only join the others.
pub(super) fn acronyms<'a>(kind: NameKind, words: impl Iterator<Item = &'a str>) -> Vec<String> {
    if kind != NameKind::Company {
        return Vec::new();
    }
    let (mut all, mut without) = (String::new(), String::new());
    for word in words {
        let Some(initial) = word.chars().next().filter(char::is_ascii_lowercase) else { return Vec::new() };
        all.push(initial);
        if !is_joint(word) {
            without.push(initial);
        }
    }
    let mut found = vec![all, without];
    found.dedup();
    found.retain(|acronym| (2..ACRONYM.len()).contains(&acronym.len()));
    found
}

/// What an acronym is worth as a match of the whole name, or nothing if it is none.
pub(super) fn acronym_worth(text: &str) -> f32 {
    if text.bytes().all(|byte| byte.is_ascii_lowercase()) { ACRONYM.get(text.len()).copied().unwrap_or(0.0) } else { 0.0 }
}

impl Query {
    pub(super) fn of(kind: NameKind, words: &Words) -> Self {
        let mut query = Self { kind, words: Vec::new(), joined: Vec::new(), acronyms: Vec::new(), norm: 0.0 };
        let loud = || words.all().filter(|(_, silent)| !silent).map(|(word, _)| word);
        for word in loud() {
            if !query.words.iter().any(|one| one.text == word) {
                query.words.push(Term::new(kind, word));
            }
        }
        for (one, other) in loud().zip(loud().skip(1)) {
            let both = Term::new(kind, &format!("{one}{other}"));
            if !query.joined.iter().any(|(joined, _)| joined.text == both.text) {
                query.joined.push((both, pair(worth(kind, one).idf, worth(kind, other).idf)));
            }
        }
        query.acronyms = acronyms(kind, loud());
        query.norm = norm(query.words.iter().map(|word| Loud { text: &word.text, idf: word.worth.idf }));
        query
    }

    /// What a word of a name that is so much like one of the query's words adds.
    pub(super) fn word_gain(word: &Term, likeness: f32, idf: f32) -> f32 {
        likeness * word.worth.idf.min(idf) * idf
    }

    /// What a word of a name that is so much like two of the query's words together adds.
    pub(super) fn joined_gain(worth: f32, likeness: f32, idf: f32) -> f32 {
        JOINED * likeness * worth.min(idf) * idf
    }

    /// What two neighbours of a name add that are together one word of the query.
    pub(super) fn split_gain(word: &Term, one: f32, other: f32) -> f32 {
        let both = pair(one, other);
        JOINED * word.worth.idf.min(both) * both
    }

    /// What a name of this length adds whose initials are a word of the query.
    pub(super) fn acronym_gain(word: &Term, norm: f32) -> f32 {
        acronym_worth(&word.text) * word.worth.idf * norm
    }

    /// What a word of a name adds that is the query's initials.
    pub(super) fn initials_gain(&self, text: &str, idf: f32) -> f32 {
        acronym_worth(text) * self.norm * idf
    }

    /// The first score of what all terms add together, in the order of [`Query::first_score`].
    pub(super) fn cosine(&self, gains: impl Iterator<Item = f32>, norm: f32) -> f32 {
        (gains.sum::<f32>() / (self.norm * norm).max(f32::MIN_POSITIVE)).min(1.0)
    }

    /// The first score of a name with these words, and whether more than initials of the query are in it.
    pub(super) fn first_score(&self, name: &[Loud<'_>]) -> (f32, bool) {
        let length = norm(name.iter().copied());
        let terms: Vec<Term> = name.iter().map(|word| Term::new(self.kind, word.text)).collect();
        let mut gains: Vec<f32> = Vec::new();
        let mut found = false;
        let best = |gain: &dyn Fn(&Term) -> f32| terms.iter().map(gain).fold(0.0_f32, f32::max);
        for word in &self.words {
            let gain = best(&|term| Self::word_gain(word, likeness(self.kind, word, term), term.worth.idf));
            found |= gain > 0.0 && !self.lazy(word);
            gains.push(gain);
        }
        for (both, worth) in &self.joined {
            gains.push(best(&|term| Self::joined_gain(*worth, joined_likeness(both, term), term.worth.idf)));
        }
        for word in &self.words {
            let splits = terms.iter().zip(terms.iter().skip(1)).filter(|(one, other)| is_split(&word.text, &one.text, &other.text));
            gains.push(splits.map(|(one, other)| Self::split_gain(word, one.worth.idf, other.worth.idf)).fold(0.0, f32::max));
        }
        let own = acronyms(self.kind, name.iter().map(|word| word.text));
        for word in &self.words {
            gains.push(if own.contains(&word.text) { Self::acronym_gain(word, length) } else { 0.0 });
        }
        gains.push(best(&|term| {
            if self.acronyms.contains(&term.text) { self.initials_gain(&term.text, term.worth.idf) } else { 0.0 }
        }));
        found |= gains.iter().skip(self.words.len()).any(|gain| *gain > 0.0);
        (self.cosine(gains.into_iter(), length), found)
    }

    /// Where what a word of the index adds to a part of the query stands in the sum of [`Query::first_score`]: the last
    /// part is the query's own initials, which come at the very end.
    pub(super) fn place(&self, part: usize) -> usize {
        let before = self.words.len() + self.joined.len();
        if part < before { part } else { before + 2 * self.words.len() }
    }

    /// What a name adds that begins with an initial of the query.
    pub(super) fn initial_gain(&self, word: &Term, idf: f32) -> f32 {
        Self::word_gain(word, INITIAL, idf)
    }

    /// Whether the word is an initial of a person, which many names fit and which therefore finds none alone.
    pub(super) fn lazy(&self, word: &Term) -> bool {
        self.kind == NameKind::Person && is_initial(&word.text)
    }
}

/// How alike two words of the query, written together, and a word of a name are.
pub(super) fn joined_likeness(both: &Term, term: &Term) -> f32 {
    if both.text == term.text { 1.0 } else { slip(both, term) }
}

/// Whether `one` and `other` together are `whole`.
pub(super) fn is_split(whole: &str, one: &str, other: &str) -> bool {
    whole.strip_prefix(one) == Some(other)
}

fn pair(one: f32, other: f32) -> f32 {
    (one * one + other * other).sqrt()
}
