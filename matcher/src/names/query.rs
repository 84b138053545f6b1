//! What is asked, and the first score: which words it shares with a name.

use super::NameKind;
use super::lexicon::is_initial;
use super::likeness::{INITIAL, Term, likeness};
use super::words::{Words, is_joint};

/// How much of a match remains if two words are written as one.
const JOINED: f32 = 0.95;
/// How much if a letter stands in the place of the space.
const STRUCK: f32 = 0.85;
/// How much if the space is one letter too early or too late.
const SHIFTED: f32 = 0.9;
/// The fewest letters of a word in which a letter may stand for a space.
const SHORTEST_STRUCK: usize = 6;
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
    pub(super) joined: Vec<Joined>,
    /// The initials of the words.
    pub(super) acronyms: Vec<String>,
    pub(super) norm: f32,
}

/// Two neighbours of a query written as one word.
#[derive(Clone, Debug)]
pub(super) struct Joined {
    pub(super) text: String,
    /// Where in it the second begins.
    border: usize,
    /// Whether both are on the shipped list, so that the space is where it belongs.
    known: bool,
    worth: f32,
    /// The places of the two among the query's words.
    one: usize,
    other: usize,
}

impl Joined {
    /// What this word of a name adds.
    pub(super) fn gain(&self, word: &str, idf: f32) -> f32 {
        if self.text == word { JOINED * self.worth.min(idf) * idf } else { 0.0 }
    }

    /// The same two words with the space one letter earlier or later.
    pub(super) fn shifted(&self) -> impl Iterator<Item = (&str, &str)> {
        let earlier = self.text.get(..self.border).and_then(|word| word.char_indices().next_back());
        let later = self.text.get(self.border..).and_then(|word| word.chars().next());
        let borders = [earlier.map(|(at, _)| at), later.map(|letter| self.border + letter.len_utf8())];
        let borders = borders.into_iter().filter(|_| !self.known).flatten();
        borders
            .filter_map(|at| self.text.split_at_checked(at))
            .filter(|(one, other)| !one.is_empty() && !other.is_empty())
    }

    /// What two neighbours of a name add that are the two with the space in another place.
    pub(super) fn shift_gain(&self, one: Loud<'_>, other: Loud<'_>) -> f32 {
        if !self.shifted().any(|words| words == (one.text, other.text)) {
            return 0.0;
        }
        let both = pair(one.idf, other.idf);
        SHIFTED * self.worth.min(both) * both
    }
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
    if text.bytes().all(|byte| byte.is_ascii_lowercase()) {
        ACRONYM.get(text.len()).copied().unwrap_or(0.0)
    } else {
        0.0
    }
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
        let place = |word: &str| query.words.iter().position(|one| one.text == word).unwrap_or(0);
        for (first, second) in loud().zip(loud().skip(1)) {
            let text = format!("{first}{second}");
            if !query.joined.iter().any(|joined| joined.text == text) {
                let (one, other) = (place(first), place(second));
                let worth = |at: usize| query.words.get(at).map(|word: &Term| word.worth).unwrap_or_default();
                query.joined.push(Joined {
                    text,
                    border: first.len(),
                    known: worth(one).known && worth(other).known,
                    worth: pair(worth(one).idf, worth(other).idf),
                    one,
                    other,
                });
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

    /// What two neighbours of a name add that are together one word of the query.
    pub(super) fn split_gain(word: &Term, one: Loud<'_>, other: Loud<'_>) -> f32 {
        let both = pair(one.idf, other.idf);
        split(word, one.text, other.text) * word.worth.idf.min(both) * both
    }

    /// What a name of this length adds whose initials are a word of the query.
    pub(super) fn acronym_gain(word: &Term, norm: f32) -> f32 {
        acronym_worth(&word.text) * word.worth.idf * norm
    }

    /// What a word of a name adds that is the query's initials.
    pub(super) fn initials_gain(&self, text: &str, idf: f32) -> f32 {
        acronym_worth(text) * self.norm * idf
    }

    /// The first score of a name of this length: what its words add for each word of the query and, if that is more,
    /// for two neighbours as one word, or for the initials of all. In the order of [`Query::parts`].
    pub(super) fn cosine(&self, gains: &[f32], norm: f32) -> f32 {
        let (words, rest) = gains.split_at_checked(self.words.len()).unwrap_or((gains, &[]));
        let mut sum: f32 = words.iter().sum();
        for (joined, gain) in self.joined.iter().zip(rest) {
            let apart = words.get(joined.one).unwrap_or(&0.0) + words.get(joined.other).unwrap_or(&0.0);
            sum += (gain - apart).max(0.0);
        }
        let sum = sum.max(rest.last().copied().unwrap_or(0.0));
        (sum / (self.norm * norm).max(f32::MIN_POSITIVE)).min(1.0)
    }

    /// How many parts a query has: its words, its neighbours, its initials.
    pub(super) fn parts(&self) -> usize {
        self.words.len() + self.joined.len() + 1
    }

    /// The first score of a name with these words, and whether more than initials of the query are in it.
    pub(super) fn first_score(&self, name: &[Loud<'_>]) -> (f32, bool) {
        let length = norm(name.iter().copied());
        let terms: Vec<Term> = name.iter().map(|word| Term::new(self.kind, word.text)).collect();
        let own = acronyms(self.kind, name.iter().map(|word| word.text));
        let mut gains: Vec<f32> = Vec::with_capacity(self.parts());
        let mut found = false;
        let best = |gain: &dyn Fn(&Term) -> f32| terms.iter().map(gain).fold(0.0_f32, f32::max);
        let neighbours = || name.iter().copied().zip(name.iter().copied().skip(1));
        for word in &self.words {
            let slips = word.slips();
            let (mut gain, mut weak) = (0.0_f32, 0.0_f32);
            for term in &terms {
                let alike = likeness(self.kind, word.word(), &slips, term.word());
                let best = if alike.weak { &mut weak } else { &mut gain };
                *best = best.max(Self::word_gain(word, alike.share, term.worth.idf));
            }
            found |= gain > 0.0 && !self.lazy(word);
            for (one, other) in neighbours() {
                let split = Self::split_gain(word, one, other);
                gain = gain.max(split);
                found |= split > 0.0;
            }
            if own.contains(&word.text) {
                gain = gain.max(Self::acronym_gain(word, length));
                found = true;
            }
            gains.push(if gain > 0.0 { gain } else { weak });
        }
        for joined in &self.joined {
            let shifted =
                neighbours().map(|(one, other)| joined.shift_gain(one, other)).fold(0.0_f32, f32::max);
            gains.push(best(&|term| joined.gain(&term.text, term.worth.idf)).max(shifted));
        }
        gains.push(best(&|term| {
            if self.acronyms.contains(&term.text) {
                self.initials_gain(&term.text, term.worth.idf)
            } else {
                0.0
            }
        }));
        found |= gains.iter().skip(self.words.len()).any(|gain| *gain > 0.0);
        (self.cosine(&gains, length), found)
    }

    /// How much of a name with these words is in the query too.
    pub(super) fn cover(&self, name: &[Loud<'_>]) -> f32 {
        let covered = name.iter().map(|word| {
            let term = Term::new(self.kind, word.text);
            let words = self.words.iter().map(|own| {
                let alike = likeness(self.kind, own.word(), &own.slips(), term.word());
                Self::word_gain(own, alike.share, word.idf)
            });
            let joined = self.joined.iter().map(|joined| joined.gain(word.text, word.idf));
            (word.idf, words.chain(joined).fold(0.0_f32, f32::max))
        });
        share(covered)
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

/// How much `word` is like the two together.
fn split(word: &Term, one: &str, other: &str) -> f32 {
    match word.text.strip_prefix(one).and_then(|rest| rest.strip_suffix(other)) {
        Some("") => JOINED,
        Some(between) if may_be_struck(word) && between.chars().nth(1).is_none() => STRUCK,
        _ => 0.0,
    }
}

/// Whether a letter of the word may stand in the place of a space.
pub(super) fn may_be_struck(word: &Term) -> bool {
    !word.worth.known && word.letters.len() >= SHORTEST_STRUCK
}

/// Of words with these worths and gains, the share that is matched.
pub(super) fn share(words: impl Iterator<Item = (f32, f32)>) -> f32 {
    let (mut all, mut matched) = (0.0_f32, 0.0_f32);
    for (idf, gain) in words {
        all += idf;
        matched += gain / idf.max(f32::MIN_POSITIVE);
    }
    (matched / all.max(f32::MIN_POSITIVE)).min(1.0)
}

fn pair(one: f32, other: f32) -> f32 {
    (one * one + other * other).sqrt()
}
