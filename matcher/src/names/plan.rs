//! Which words of an index answer which part of a query, and what each adds at most.

use super::NameIndex;
use super::hash::hash;
use super::index::loud;
use super::query::{Query, acronym_worth, acronyms, is_split, share};

/// The parts of a query that are looked up together because they share a word of the index.
#[derive(Debug)]
pub(super) struct Group {
    /// For each part the words that answer it, the best first, and what each adds.
    pub(super) parts: Vec<Vec<(u32, f32)>>,
    /// The most that the group adds, in terms of the length of the name.
    pub(super) cap: f32,
    /// How many entries its lists have.
    pub(super) mass: usize,
}

/// A query in terms of an index.
#[derive(Debug)]
pub(super) struct Plan<'a> {
    query: &'a Query,
    /// Word of the index, part of the query, what it adds: sorted.
    gains: Vec<(u32, usize, f32)>,
    /// The groups, those that add most first.
    pub(super) groups: Vec<Group>,
    /// What the initials of the query add at most.
    pub(super) lazy: f32,
    /// For each word the names, by slot, that may have it as two words, and those that may have it as initials.
    whole: Vec<(Vec<u32>, Vec<u32>)>,
    /// Whether what the words add is just summed up, so that a sum of some of it is never more than the whole.
    pub(super) exact: bool,
}

impl<'a> Plan<'a> {
    pub(super) fn new(index: &NameIndex, query: &'a Query) -> Self {
        let words = query.words.len();
        let mut lists: Vec<Vec<(u32, f32)>> = Vec::with_capacity(query.parts());
        let idf = |token: u32| index.vocabulary.get(token).map_or(0.0, |token| token.worth.idf);
        let mut lazy = 0.0;
        for word in &query.words {
            let mates = index.vocabulary.mates(word);
            lists.push(
                mates
                    .into_iter()
                    .map(|(token, like)| (token, Query::word_gain(word, like, idf(token))))
                    .collect(),
            );
            if query.lazy(word) {
                lazy += word.worth.idf;
            }
        }
        for joined in &query.joined {
            let token = index.vocabulary.number(&joined.text);
            lists.push(
                token.map(|token| (token, joined.gain(&joined.text, idf(token)))).into_iter().collect(),
            );
        }
        let initials = query
            .acronyms
            .iter()
            .filter_map(|acronym| index.vocabulary.number(acronym).map(|token| (acronym, token)));
        lists.push(
            initials.map(|(acronym, token)| (token, query.initials_gain(acronym, idf(token)))).collect(),
        );
        let whole = query
            .words
            .iter()
            .map(|word| {
                let key = hash(word.text.bytes());
                let initials = if acronym_worth(&word.text) > 0.0 {
                    index.initials.get(key).collect()
                } else {
                    Vec::new()
                };
                (index.joined.get(key).collect(), initials)
            })
            .collect();
        let mut gains: Vec<(u32, usize, f32)> = lists
            .iter()
            .enumerate()
            .flat_map(|(part, list)| list.iter().map(move |(token, gain)| (*token, part, *gain)))
            .collect();
        gains.sort_unstable_by_key(|(token, part, _)| (*token, *part));
        let groups = grouped(index, query, &mut lists, &gains);
        let exact = gains.iter().all(|(_, part, _)| *part < words);
        Self { query, gains, groups, lazy, whole, exact }
    }

    /// Names that are found without a word in common.
    pub(super) fn whole(&self) -> impl Iterator<Item = u32> {
        self.whole.iter().flat_map(|(joined, initials)| joined.iter().chain(initials).copied())
    }

    /// How much of the name in `slot` is in the query too: equal, to the last bit, to [`Query::cover`].
    pub(super) fn cover(&self, index: &NameIndex, slot: u32) -> f32 {
        let Some(doc) = index.doc(slot) else { return 0.0 };
        let own = self.query.words.len() + self.query.joined.len();
        share(index.loud(doc.words()).map(|(number, token)| {
            let start = self.gains.partition_point(|(token, _, _)| *token < number);
            let gains = self.gains.iter().skip(start).take_while(|(token, _, _)| *token == number);
            let mut best =
                gains.filter(|(_, part, _)| *part < own).map(|(_, _, gain)| *gain).fold(0.0_f32, f32::max);
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
        best.resize(self.query.parts(), 0.0);
        for number in doc.words() {
            let start = self.gains.partition_point(|(token, _, _)| token < number);
            for (_, part, gain) in self.gains.iter().skip(start).take_while(|(token, _, _)| token == number) {
                raise(best, *part, *gain);
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
        let length = index.norm(slot);
        for (at, (word, (joined, initials))) in self.query.words.iter().zip(&self.whole).enumerate() {
            if joined.binary_search(&slot).is_ok() {
                let loud = index.loud(doc.words()).map(|(_, token)| loud(token));
                for (one, other) in loud.clone().zip(loud.skip(1)) {
                    if is_split(&word.text, one.text, other.text) {
                        raise(best, at, Query::split_gain(word, one.idf, other.idf));
                    }
                }
            }
            if initials.binary_search(&slot).is_ok() {
                let own = acronyms(self.query.kind, index.loud(doc.words()).map(|(_, token)| &*token.text));
                if own.contains(&word.text) {
                    raise(best, at, Query::acronym_gain(word, length));
                }
            }
        }
        Some(self.query.cosine(best, length))
    }
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
    lists: &mut [Vec<(u32, f32)>],
    gains: &[(u32, usize, f32)],
) -> Vec<Group> {
    let mut leader: Vec<usize> = (0..lists.len()).collect();
    for pair in gains.windows(2) {
        if let [(one, first, _), (other, second, _)] = pair
            && one == other
        {
            let (from, to) = (leader.get(*second).copied(), leader.get(*first).copied());
            leader.iter_mut().filter(|one| Some(**one) == from).for_each(|one| *one = to.unwrap_or(*one));
        }
    }
    let mut groups: Vec<Group> = Vec::new();
    for head in 0..lists.len() {
        let mut group = Group { parts: Vec::new(), cap: 0.0, mass: 0 };
        for (part, list) in lists.iter_mut().enumerate() {
            if leader.get(part) != Some(&head) || query.words.get(part).is_some_and(|word| query.lazy(word)) {
                continue;
            }
            let mut cap = 0.0_f32;
            for (token, gain) in list.iter() {
                if let Some(token) = index.vocabulary.get(*token) {
                    cap = cap.max(gain / token.worth.idf.max(f32::MIN_POSITIVE));
                    group.mass += token.postings.slots().len();
                }
            }
            list.sort_unstable_by(|one, other| other.1.total_cmp(&one.1));
            group.cap += cap;
            group.parts.push(std::mem::take(list));
        }
        if group.mass > 0 {
            groups.push(group);
        }
    }
    groups.sort_by(|one, other| other.cap.total_cmp(&one.cap).then(one.mass.cmp(&other.mass)));
    groups
}
