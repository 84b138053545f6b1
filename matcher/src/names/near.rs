//! Finds the words that a slip of the pen may have made another.

use std::collections::HashMap;
use std::sync::Arc;

use super::NameKind;
use super::hash::hash;
use super::likeness::{Term, forgiven};
use super::pages::Shards;
use super::words::MAX_LETTERS;

/// How often each group of letters occurs in a word: three bits a group, as many of them set as there are letters.
///
/// The bits in which two words differ are then at most as many as the counts differ.
type Counts = u64;

/// Words of one length with one letter at one end.
#[derive(Clone, Debug, Default)]
struct Group {
    counts: Vec<Counts>,
    tokens: Vec<u32>,
}

/// Words by length and first letter, and once more by length and last letter.
#[derive(Clone, Debug)]
pub(super) struct Near {
    kind: NameKind,
    groups: Shards<u32, Arc<Group>>,
}

/// Twenty-one groups of letters. Rare ones share a group.
fn group(letter: char) -> u32 {
    match letter {
        'a' => 0,
        'b' => 1,
        'c' => 2,
        'd' => 3,
        'e' => 4,
        'f' | 'v' | 'w' => 5,
        'g' => 6,
        'h' => 7,
        'i' => 8,
        'k' | 'q' | 'x' => 9,
        'l' => 10,
        'm' => 11,
        'n' => 12,
        'o' => 13,
        'p' => 14,
        'r' => 15,
        's' => 16,
        't' => 17,
        'u' => 18,
        'j' | 'y' => 19,
        _ => 20,
    }
}

fn counts(letters: &[char]) -> Counts {
    let mut counts = 0;
    for letter in letters {
        let place = 3 * group(*letter);
        let group = 0b111 << place;
        // One bit more, up to three.
        counts |= ((counts & group) << 1 | 1 << place) & group;
    }
    counts
}

/// The names of a word's two groups.
fn keys(letters: usize, known: bool, first: char, last: char) -> [u32; 2] {
    let key = |end: u8, letter: char| {
        let shape = [u8::try_from(letters).unwrap_or(u8::MAX), u8::from(known), end];
        hash(shape.into_iter().chain(u32::from(letter).to_le_bytes()))
    };
    [key(0, first), key(1, last)]
}

fn ends(term: &Term) -> Option<(char, char)> {
    Some((*term.letters.first()?, *term.letters.last()?))
}

impl Near {
    pub(super) fn new(kind: NameKind) -> Self {
        Self { kind, groups: Shards::new(64) }
    }

    pub(super) fn insert(&mut self, token: u32, term: &Term) {
        // Whether a word one letter longer may be meant.
        let asked = || forgiven(self.kind, term.letters.len() + 1, false).weak > 0;
        let Some((first, last)) = ends(term).filter(|_| asked()) else { return };
        for key in keys(term.letters.len(), term.worth.known, first, last) {
            if let Some(shard) = self.groups.of(&key) {
                let group = Arc::make_mut(shard.entry(key).or_default());
                group.counts.push(counts(&term.letters));
                group.tokens.push(token);
            }
        }
    }

    pub(super) fn remove(&mut self, token: u32, term: &Term) {
        let Some((first, last)) = ends(term) else { return };
        for key in keys(term.letters.len(), term.worth.known, first, last) {
            if let Some(shard) = self.groups.of(&key) {
                take(shard, key, token);
            }
        }
    }

    /// Adds to `found` all words that may be within the slips allowed of `term`, some twice, and some that are not.
    pub(super) fn find(&self, term: &Term, found: &mut Vec<u32>) {
        let Some((first, last)) = ends(term) else { return };
        let own = term.letters.len();
        let asked = counts(&term.letters);
        for letters in own.saturating_sub(2).max(1)..=(own + 2).min(MAX_LETTERS) {
            for known in [false, true] {
                let allowed = forgiven(self.kind, own.max(letters), known && term.worth.known).weak;
                if own.abs_diff(letters) > allowed || allowed == 0 {
                    continue;
                }
                for key in keys(letters, known, first, last) {
                    if let Some(group) = self.groups.get(&key) {
                        scan(group, asked, allowed, found);
                    }
                }
            }
        }
    }

    pub(super) fn bytes(&self) -> usize {
        let groups: usize = self
            .groups
            .iter()
            .map(|(_, group)| 64 + group.counts.capacity() * 8 + group.tokens.capacity() * 4)
            .sum();
        self.groups.bytes() + groups
    }
}

/// A slip changes the counts by two at most.
fn scan(group: &Group, asked: Counts, allowed: usize, found: &mut Vec<u32>) {
    match allowed {
        1 => scan_within::<2>(group, asked, found),
        _ => scan_within::<4>(group, asked, found),
    }
}

fn scan_within<const LIMIT: usize>(group: &Group, asked: Counts, found: &mut Vec<u32>) {
    const STRIDE: usize = 16;
    for (counts, tokens) in group.counts.chunks(STRIDE).zip(group.tokens.chunks(STRIDE)) {
        // First all distances, without a branch, so that the compiler takes several at a time; most are too large.
        let mut apart = [Counts::MAX; STRIDE];
        for (apart, counts) in apart.iter_mut().zip(counts) {
            let mut bits = counts ^ asked;
            for _ in 0..LIMIT {
                bits &= bits.wrapping_sub(1);
            }
            *apart = bits;
        }
        if apart.iter().map(|bits| u32::from(*bits == 0)).sum::<u32>() > 0 {
            let near = apart.iter().zip(tokens).filter(|(bits, _)| **bits == 0);
            found.extend(near.map(|(_, token)| *token));
        }
    }
}

fn take(shard: &mut HashMap<u32, Arc<Group>>, key: u32, token: u32) {
    let Some(group) = shard.get_mut(&key) else { return };
    let group = Arc::make_mut(group);
    if let Some(at) = group.tokens.iter().position(|one| *one == token) {
        group.tokens.swap_remove(at);
        group.counts.swap_remove(at);
    }
    if group.tokens.is_empty() {
        shard.remove(&key);
    }
}
