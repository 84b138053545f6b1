//! Which names have a word: a first guess at good answers.
//!
//! Nothing depends on it but speed, so it may forget: words are known by a hash, and of a frequent one only some
//! names are kept.

use std::cmp::Reverse;

use super::shards::Shards;
use super::text::words;

/// How many names are kept of one word. More would be of no use: they are too many to be compared for a guess.
const PER_WORD: usize = 64;

/// How many words are kept of one name.
const WORDS: usize = 32;

/// The weight of a word that one name has; with twice as many names it is one less.
const RAREST: u32 = 16;

/// Names by word.
#[derive(Clone, Debug, Default)]
pub(super) struct Postings(Shards<Names>);

/// Most words are in one name only, which needs no allocation.
#[derive(Clone, Debug)]
enum Names {
    One([u32; 1]),
    Many(Box<[u32]>),
}

impl Names {
    fn ids(&self) -> &[u32] {
        match self {
            Self::One(id) => id,
            Self::Many(ids) => ids,
        }
    }
}

impl Postings {
    /// Notes that the name `id` has these words.
    pub(super) fn insert(&mut self, id: u32, letters: &[char]) {
        for word in words(letters).take(WORDS) {
            let key = key(word);
            let Some(shard) = self.0.shard_mut(key) else { continue };
            match shard.get_mut(&key) {
                None => {
                    shard.insert(key, Names::One([id]));
                }
                Some(known) if known.ids().contains(&id) || known.ids().len() >= PER_WORD => {}
                Some(known) => *known = Names::Many([known.ids(), &[id]].concat().into()),
            }
        }
    }

    /// Forgets that the name `id` has these words.
    pub(super) fn remove(&mut self, id: u32, letters: &[char]) {
        for word in words(letters).take(WORDS) {
            let key = key(word);
            let Some(shard) = self.0.shard_mut(key) else { continue };
            let empty = match shard.get_mut(&key) {
                None => false,
                Some(Names::One([known])) => *known == id,
                Some(Names::Many(ids)) => {
                    *ids = ids.iter().copied().filter(|known| *known != id).collect();
                    ids.is_empty()
                }
            };
            if empty {
                shard.remove(&key);
            }
        }
    }

    /// The names that have most words of a query in common with it, a rare word counting more; at most `count`.
    pub(super) fn guesses(&self, letters: &[char], count: usize) -> Vec<u32> {
        let mut weights: Vec<(u32, u32)> = Vec::new();
        for ids in words(letters).take(WORDS).filter_map(|word| self.0.get(key(word))).map(Names::ids) {
            let weight = RAREST.saturating_sub(ids.len().max(1).ilog2());
            weights.extend(ids.iter().map(|id| (*id, weight)));
        }
        weights.sort_unstable();
        weights.dedup_by(|later, first| {
            let same = later.0 == first.0;
            if same {
                first.1 += later.1;
            }
            same
        });
        weights.sort_unstable_by_key(|(id, weight)| (Reverse(*weight), *id));
        weights.into_iter().take(count).map(|(id, _)| id).collect()
    }

    pub(super) fn bytes(&self) -> usize {
        let lists = self.0.values().map(|names| match names {
            Names::One(_) => 0,
            Names::Many(ids) => size_of_val::<[u32]>(ids),
        });
        self.0.bytes() + lists.sum::<usize>()
    }
}

/// FNV-1a over the characters.
fn key(word: &[char]) -> u32 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for letter in word {
        hash = (hash ^ u64::from(u32::from(*letter))).wrapping_mul(0x0000_0100_0000_01b3);
    }
    (hash ^ (hash >> 32)) as u32
}
