//! Which words of an index answer which part of a query, and what each adds at most.

use super::NameIndex;
use super::hash::hash;
use super::index::{initial_bit, loud};
use super::likeness::Term;
use super::query::{Joined, Query, acronym_worth, acronyms, may_be_struck, share};
use super::words::MAX_WORDS;

/// A word of the index that answers a part of a query.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mate {
    pub(super) token: u32,
    /// What it adds.
    pub(super) gain: f32,
}

/// Names that answer a part of a query without having one of its words, by slot and in order.
#[derive(Debug, Default)]
struct Entire {
    /// Two of their words may be the part.
    neighbours: Vec<u32>,
    /// Their initials may be the part.
    initials: Vec<u32>,
}

/// The parts of a query that are looked up together because they share a word of the index.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) parts: Vec<Part>,
    /// The most that the group adds, in terms of the length of the name.
    pub(super) cap: f32,
    /// The most that its weak words add.
    pub(super) weak: f32,
    /// How many entries its lists have: those of words that find a name, and of weak ones.
    pub(super) mass: [usize; 2],
}

/// What answers a part of a query, the best first.
#[derive(Debug, Default)]
pub(super) struct Part {
    /// Marks names that have the part already. No part without a mark has more than one word.
    pub(super) mark: u32,
    pub(super) firm: Vec<Mate>,
    /// What only adds to what else is found, and counts only in names with none of the others.
    pub(super) weak: Vec<Mate>,
}

/// A query in terms of an index.
#[derive(Debug)]
pub(super) struct Plan<'a> {
    query: &'a Query,
    /// Word of the index, part of the query, what it adds, whether it is weak: sorted.
    gains: Vec<(u32, usize, f32, bool)>,
    /// The groups, those in the fewest names first: the others may then be in no new name that matters.
    pub(super) groups: Vec<Group>,
    /// What the initials of the query add at most.
    pub(super) lazy: f32,
    /// For each word, and then for each two neighbours.
    entire: Vec<Entire>,
    /// Whether what the words add is just summed up, so that a sum of some of it is never more than the whole.
    pub(super) exact: bool,
}

impl<'a> Plan<'a> {
    pub(super) fn new(index: &NameIndex, query: &'a Query) -> Self {
        let mut parts: Vec<Part> = Vec::with_capacity(query.parts());
        let idf = |token: u32| index.vocabulary.get(token).map_or(0.0, |token| token.worth.idf);
        let mut lazy = 0.0;
        for (at, word) in query.words.iter().enumerate() {
            let mut part = Part { mark: 1 << at.min(MAX_WORDS), ..Part::default() };
            for (token, like) in index.vocabulary.mates(word) {
                let mate = Mate { token, gain: Query::word_gain(word, like.share, idf(token)) };
                if like.weak { part.weak.push(mate) } else { part.firm.push(mate) }
            }
            parts.push(part);
            if query.lazy(word) {
                lazy += word.worth.idf;
            }
        }
        for joined in &query.joined {
            let token = index.vocabulary.number(&joined.text);
            let mate = token.map(|token| Mate { token, gain: joined.gain(&joined.text, idf(token)) });
            parts.push(Part { firm: mate.into_iter().collect(), ..Part::default() });
        }
        let mut initials = Part { mark: 1 << MAX_WORDS, ..Part::default() };
        for acronym in &query.acronyms {
            let token = index.vocabulary.number(acronym);
            let gain = |token| query.initials_gain(acronym, idf(token));
            initials.firm.extend(token.map(|token| Mate { token, gain: gain(token) }));
        }
        parts.push(initials);
        let of_words = query.words.iter().map(|word| Entire::of_word(index, word));
        let entire =
            of_words.chain(query.joined.iter().map(|joined| Entire::of_two(index, joined))).collect();
        let mut gains: Vec<(u32, usize, f32, bool)> = Vec::new();
        for (at, part) in parts.iter().enumerate() {
            gains.extend(part.firm.iter().map(|mate| (mate.token, at, mate.gain, false)));
            gains.extend(part.weak.iter().map(|mate| (mate.token, at, mate.gain, true)));
        }
        gains.sort_unstable_by_key(|(token, at, _, _)| (*token, *at));
        let exact = gains.iter().all(|(_, at, _, _)| *at < query.words.len());
        let groups = grouped(index, query, parts, &gains);
        Self { query, gains, groups, lazy, entire, exact }
    }

    /// Names that are found without a word in common.
    pub(super) fn entire(&self) -> impl Iterator<Item = u32> {
        self.entire.iter().flat_map(|entire| entire.neighbours.iter().chain(&entire.initials).copied())
    }

    /// What the initials of the query add at most to a name whose words begin with these letters.
    pub(super) fn lazy_of(&self, initials: u32) -> f32 {
        let lazy = self.query.words.iter().filter(|word| self.query.lazy(word));
        lazy.filter(|word| initial_bit(&word.text) & initials != 0).map(|word| word.worth.idf).sum()
    }

    fn gains(&self, number: u32) -> impl Iterator<Item = &(u32, usize, f32, bool)> {
        let start = self.gains.partition_point(|(token, _, _, _)| *token < number);
        self.gains.iter().skip(start).take_while(move |(token, _, _, _)| *token == number)
    }

    /// How much of the name in `slot` is in the query too: equal, to the last bit, to [`Query::cover`].
    pub(super) fn cover(&self, index: &NameIndex, slot: u32) -> f32 {
        let Some(doc) = index.doc(slot) else { return 0.0 };
        let own = self.query.words.len() + self.query.joined.len();
        share(index.loud(doc.words()).map(|(number, token)| {
            let gains = self.gains(number).filter(|(_, part, _, _)| *part < own);
            let mut best = gains.map(|(_, _, gain, _)| *gain).fold(0.0_f32, f32::max);
            for word in self.query.words.iter().filter(|word| self.query.lazy(word)) {
                if token.text.starts_with(word.text.as_str()) && token.text.len() > word.text.len() {
                    best = best.max(self.query.initial_gain(word, token.worth.idf));
                }
            }
            (token.worth.idf, best)
        }))
    }

    /// The first score of the name in `slot`: equal, to the last bit, to [`Query::first_score`].
    pub(super) fn first_score(&self, index: &NameIndex, slot: u32, best: &mut Vec<f32>) -> Option<f32> {
        let doc = index.doc(slot)?;
        best.clear();
        best.resize(2 * self.query.parts(), 0.0);
        // The weak ones lie behind the others until it is known which of them count.
        let words = self.query.parts();
        for number in doc.words() {
            for (_, part, gain, weak) in self.gains(*number) {
                raise(best, if *weak { words + part } else { *part }, *gain);
            }
        }
        // Only initials need the words themselves, which lie far apart in memory.
        for (at, word) in self.query.words.iter().enumerate().filter(|(_, word)| self.query.lazy(word)) {
            for (_, token) in index.loud(doc.words()) {
                if token.text.starts_with(word.text.as_str()) && token.text.len() > word.text.len() {
                    raise(best, at, self.query.initial_gain(word, token.worth.idf));
                }
            }
        }
        let length = index.mark(slot).norm;
        for (at, entire) in self.entire.iter().enumerate() {
            let word = self.query.words.get(at);
            if entire.neighbours.binary_search(&slot).is_ok() {
                let joined = self.query.joined.get(at.wrapping_sub(self.query.words.len()));
                let loud = index.loud(doc.words()).map(|(_, token)| loud(token));
                for (one, other) in loud.clone().zip(loud.skip(1)) {
                    let split = word.map_or(0.0, |word| Query::split_gain(word, one, other));
                    raise(best, at, joined.map_or(split, |joined| joined.shift_gain(one, other)));
                }
            }
            if let Some(word) = word
                && entire.initials.binary_search(&slot).is_ok()
            {
                let own = acronyms(self.query.kind, index.loud(doc.words()).map(|(_, token)| &*token.text));
                if own.contains(&word.text) {
                    raise(best, at, Query::acronym_gain(word, length));
                }
            }
        }
        if let Some((firm, weak)) = best.split_at_mut_checked(words) {
            for (firm, weak) in firm.iter_mut().zip(weak).filter(|(firm, _)| **firm == 0.0) {
                *firm = *weak;
            }
        }
        best.truncate(words);
        Some(self.query.cosine(best, length))
    }
}

impl Entire {
    fn of_word(index: &NameIndex, word: &Term) -> Self {
        let key = hash(word.text.bytes());
        let mut neighbours: Vec<u32> = index.joined.get(key).collect();
        if may_be_struck(word) {
            for (at, letter) in word.text.char_indices() {
                let one = word.text.get(..at).unwrap_or_default();
                let other = word.text.get(at + letter.len_utf8()..).unwrap_or_default();
                two(index, one, other, &mut neighbours);
            }
            neighbours.sort_unstable();
            neighbours.dedup();
        }
        let initials =
            if acronym_worth(&word.text) > 0.0 { index.initials.get(key).collect() } else { Vec::new() };
        Self { neighbours, initials }
    }

    fn of_two(index: &NameIndex, joined: &Joined) -> Self {
        let mut neighbours = Vec::new();
        for (one, other) in joined.shifted() {
            two(index, one, other, &mut neighbours);
        }
        neighbours.sort_unstable();
        neighbours.dedup();
        Self { neighbours, initials: Vec::new() }
    }
}

/// Adds the names that may have these two words as neighbours.
fn two(index: &NameIndex, one: &str, other: &str, found: &mut Vec<u32>) {
    let Some(slots) = index.slots_of(one).filter(|_| index.slots_of(other).is_some()) else { return };
    // Many names may have the two letter by letter, but with the space elsewhere.
    let both = index.joined.get(hash(one.bytes().chain(other.bytes())));
    found.extend(both.filter(|slot| slots.binary_search(slot).is_ok()));
}

fn raise(best: &mut [f32], at: usize, gain: f32) {
    if let Some(best) = best.get_mut(at) {
        *best = best.max(gain);
    }
}

/// Puts parts that share a word of the index together: only parts that share none add up like sides of a right angle.
fn grouped(
    index: &NameIndex,
    query: &Query,
    mut parts: Vec<Part>,
    gains: &[(u32, usize, f32, bool)],
) -> Vec<Group> {
    let mut leader: Vec<usize> = (0..parts.len()).collect();
    for pair in gains.windows(2) {
        if let [(one, first, _, _), (other, second, _, _)] = pair
            && one == other
        {
            let (from, to) = (leader.get(*second).copied(), leader.get(*first).copied());
            leader.iter_mut().filter(|one| Some(**one) == from).for_each(|one| *one = to.unwrap_or(*one));
        }
    }
    let mut groups: Vec<Group> = Vec::new();
    for head in 0..parts.len() {
        let mut group = Group { parts: Vec::new(), cap: 0.0, weak: 0.0, mass: [0; 2] };
        for (at, part) in parts.iter_mut().enumerate() {
            if leader.get(at) != Some(&head) || query.words.get(at).is_some_and(|word| query.lazy(word)) {
                continue;
            }
            let (firm, firm_mass) = ranked(index, &mut part.firm);
            let (weak, weak_mass) = ranked(index, &mut part.weak);
            group.cap += firm.max(weak);
            group.weak += weak;
            group.mass = [group.mass[0] + firm_mass, group.mass[1] + weak_mass];
            group.parts.push(std::mem::take(part));
        }
        if group.mass != [0; 2] {
            groups.push(group);
        }
    }
    groups.sort_by_key(|group| group.mass);
    groups
}

/// Puts the best first and says how much one adds at most in terms of the length of a name, and how many names have one.
fn ranked(index: &NameIndex, mates: &mut [Mate]) -> (f32, usize) {
    let (mut cap, mut mass) = (0.0_f32, 0);
    for token in mates.iter().filter_map(|mate| Some((mate.gain, index.vocabulary.get(mate.token)?))) {
        let (gain, token) = token;
        cap = cap.max(gain / token.worth.idf.max(f32::MIN_POSITIVE));
        mass += token.postings.slots().len();
    }
    mates.sort_unstable_by(|one, other| other.gain.total_cmp(&one.gain).then(one.token.cmp(&other.token)));
    (cap, mass)
}
