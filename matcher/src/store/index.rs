//! From a hash to the numbers of rows.

mod build;

use std::collections::HashMap;
use std::sync::Arc;

/// No entry. No row has the number `u32::MAX`, so no entry looks like this.
const EMPTY: u64 = u64::MAX;

/// The mean number of entries in a chunk above which the next chunk is split.
const SPLIT_AT: usize = 320;

/// The slots of the first chunk.
const SMALLEST: usize = 8;

/// More entries than this under one hash leave the chunks, where each would be in the way of all others.
const CROWD: usize = 16;

/// In the place of a number: that those under this hash are a crowd. No row has this number either.
const CROWDED: u32 = u32::MAX - 1;

/// Which rows may be meant by a hash: as many as there are entries, each a 32-bit hash and a number.
///
/// The slots lie in chunks of some four kilobytes. A change copies a chunk that a clone shares, and splits at most one,
/// so no change costs more than moving a chunk, however large the whole is. A clone copies the list of chunks.
///
/// A hash only proposes: whoever asks compares the row itself.
#[derive(Clone, Debug)]
pub(crate) struct Index {
    /// Open addressing with linear probing in each. A power of two of slots, an eighth of them empty at least.
    chunks: Vec<Arc<[u64]>>,
    /// How many entries each chunk has.
    used: Vec<u32>,
    len: usize,
    /// The numbers under each hash that has a crowd of them, ascending.
    crowds: HashMap<u32, Arc<Vec<u32>>>,
}

impl Default for Index {
    fn default() -> Self {
        Self { chunks: vec![vec![EMPTY; SMALLEST].into()], used: vec![0], len: 0, crowds: HashMap::new() }
    }
}

impl Index {
    /// An index with room for `entries` without splitting.
    pub(crate) fn with_capacity(entries: usize) -> Self {
        let chunks = entries.div_ceil(SPLIT_AT);
        if chunks < 2 {
            return Self::default();
        }
        // What is not split yet has twice as many entries as the rest.
        let slots = |chunk: usize| {
            let base = base(chunks);
            let split = chunk >= base || chunk + base < chunks;
            let share = if split { entries / (2 * base) } else { entries / base };
            slots_for(share)
        };
        Self {
            chunks: (0..chunks).map(|chunk| vec![EMPTY; slots(chunk)].into()).collect(),
            used: vec![0; chunks],
            len: 0,
            crowds: HashMap::new(),
        }
    }

    /// The numbers that were entered under `hash`, in no order that means anything.
    pub(crate) fn find(&self, hash: u32) -> Find<'_> {
        let chunk = self.chunks.get(self.chunk_of(hash)).map_or(&[][..], |chunk| chunk);
        Find { chunk, at: home(hash, chunk.len()), hash, crowds: &self.crowds, crowd: &[] }
    }

    /// Where the search for `hash` begins, without looking at it yet.
    #[inline]
    pub(crate) fn slot(&self, hash: u32) -> Slot<'_> {
        let chunk = self.chunks.get(self.chunk_of(hash)).map_or(&[][..], |chunk| chunk);
        Slot { chunk, at: home(hash, chunk.len()), hash }
    }

    pub(crate) fn insert(&mut self, hash: u32, number: u32) {
        if let Some(crowd) = self.crowds.get_mut(&hash) {
            if let Err(at) = crowd.binary_search(&number) {
                Arc::make_mut(crowd).insert(at, number);
            }
            return;
        }
        if self.find(hash).nth(CROWD - 1).is_some() {
            let mut crowd: Vec<u32> = self.find(hash).chain([number]).collect();
            crowd.iter().for_each(|one| self.take(hash, *one));
            crowd.sort_unstable();
            self.put(hash, CROWDED);
            self.crowds.insert(hash, Arc::new(crowd));
        } else {
            self.put(hash, number);
        }
    }

    fn put(&mut self, hash: u32, number: u32) {
        let at = self.chunk_of(hash);
        let (Some(chunk), Some(used)) = (self.chunks.get_mut(at), self.used.get_mut(at)) else { return };
        *used += 1;
        if *used as usize > chunk.len() / 8 * 7 {
            *chunk = rebuilt(chunk, chunk.len() * 2);
        }
        place(Arc::make_mut(chunk), hash, number);
        self.len += 1;
        if self.len > self.chunks.len() * SPLIT_AT {
            self.split();
        }
    }

    /// Forgets one entry, if it is there.
    pub(crate) fn remove(&mut self, hash: u32, number: u32) {
        let Some(crowd) = self.crowds.get_mut(&hash) else { return self.take(hash, number) };
        if let Ok(at) = crowd.binary_search(&number) {
            Arc::make_mut(crowd).remove(at);
        }
        if crowd.is_empty() {
            self.crowds.remove(&hash);
            self.take(hash, CROWDED);
        }
    }

    fn take(&mut self, hash: u32, number: u32) {
        let at = self.chunk_of(hash);
        let (Some(chunk), Some(used)) = (self.chunks.get_mut(at), self.used.get_mut(at)) else { return };
        let mask = chunk.len() - 1;
        let wanted = entry(hash, number);
        let mut hole = home(hash, chunk.len());
        loop {
            match chunk.get(hole).copied() {
                Some(found) if found == wanted => break,
                Some(EMPTY) | None => return,
                Some(_) => hole = (hole + 1) & mask,
            }
        }
        let slots = Arc::make_mut(chunk);
        // Whatever the hole would cut off from its home moves into it.
        let mut next = hole;
        loop {
            next = (next + 1) & mask;
            let found = slots.get(next).copied().unwrap_or(EMPTY);
            if found == EMPTY {
                break;
            }
            let from_home = next.wrapping_sub(home(hash_of(found), slots.len())) & mask;
            if from_home >= (next.wrapping_sub(hole) & mask) {
                set(slots, hole, found);
                hole = next;
            }
        }
        set(slots, hole, EMPTY);
        *used -= 1;
        self.len -= 1;
    }

    /// The heap that this index occupies, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        let slots: usize = self.chunks.iter().map(|chunk| chunk.len() * 8 + 16).sum();
        let crowds: usize = self.crowds.values().map(|crowd| crowd.capacity() * 4 + 64).sum();
        slots + self.chunks.capacity() * 16 + self.used.capacity() * 4 + crowds
    }

    fn chunk_of(&self, hash: u32) -> usize {
        chunk_of(hash, self.chunks.len())
    }

    /// Gives half of the next chunk in turn to a new one at the end.
    fn split(&mut self) {
        let old = self.chunks.len() - base(self.chunks.len());
        let new = self.chunks.len();
        let Some(entries) = self.chunks.get(old).cloned() else { return };
        self.chunks.push(Arc::from([]));
        let (mut stay, mut go): (Vec<u64>, Vec<u64>) = (vec![], vec![]);
        for found in entries.iter().copied().filter(|entry| *entry != EMPTY) {
            if self.chunk_of(hash_of(found)) == new { go.push(found) } else { stay.push(found) }
        }
        self.used.push(u32::try_from(go.len()).unwrap_or(u32::MAX));
        for (at, entries) in [(old, stay), (new, go)] {
            let slots = slots_for(entries.len());
            if let (Some(chunk), Some(used)) = (self.chunks.get_mut(at), self.used.get_mut(at)) {
                *used = u32::try_from(entries.len()).unwrap_or(u32::MAX);
                *chunk = rebuilt(&entries, slots);
            }
        }
    }
}

/// Chunks up to the last power of two have been split if there are enough behind it.
fn chunk_of(hash: u32, chunks: usize) -> usize {
    let base = base(chunks);
    let wide = hash as usize & (2 * base - 1);
    if wide < chunks { wide } else { wide & (base - 1) }
}

/// How many slots so many entries need.
fn slots_for(entries: usize) -> usize {
    (entries * 5 / 4).next_power_of_two().max(SMALLEST)
}

/// The largest power of two that is not above `chunks`.
fn base(chunks: usize) -> usize {
    1 << chunks.max(1).ilog2()
}

/// Where a search for `hash` begins. The low bits have chosen the chunk.
fn home(hash: u32, slots: usize) -> usize {
    hash.rotate_left(12) as usize & slots.wrapping_sub(1)
}

fn entry(hash: u32, number: u32) -> u64 {
    u64::from(hash) << 32 | u64::from(number)
}

fn hash_of(entry: u64) -> u32 {
    (entry >> 32) as u32
}

fn number_of(entry: u64) -> u32 {
    (entry & 0xffff_ffff) as u32
}

fn set(slots: &mut [u64], at: usize, entry: u64) {
    if let Some(slot) = slots.get_mut(at) {
        *slot = entry;
    }
}

fn place(slots: &mut [u64], hash: u32, number: u32) {
    let mask = slots.len() - 1;
    let mut at = home(hash, slots.len());
    while slots.get(at).is_some_and(|found| *found != EMPTY) {
        at = (at + 1) & mask;
    }
    set(slots, at, entry(hash, number));
}

fn rebuilt(entries: &[u64], slots: usize) -> Arc<[u64]> {
    let mut new: Arc<[u64]> = std::iter::repeat_n(EMPTY, slots).collect();
    if let Some(new) = Arc::get_mut(&mut new) {
        for found in entries.iter().filter(|entry| **entry != EMPTY) {
            place(new, hash_of(*found), number_of(*found));
        }
    }
    new
}

/// A place of an index, found before it is read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slot<'a> {
    chunk: &'a [u64],
    at: usize,
    hash: u32,
}

/// What there is under a hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Under {
    Nothing,
    One(u32),
    Several,
}

impl Slot<'_> {
    /// Reads the slot, so that it is near when it is needed. Reads of several one after the other wait for memory
    /// together.
    #[inline]
    pub(crate) fn touch(self) -> u64 {
        self.chunk.get(self.at).copied().unwrap_or(0)
    }

    /// What there is under the hash.
    #[inline]
    pub(crate) fn under(self) -> Under {
        let (mut at, mut found) = (self.at, Under::Nothing);
        loop {
            let entry = self.chunk.get(at).copied().unwrap_or(EMPTY);
            if entry == EMPTY {
                return found;
            }
            if hash_of(entry) == self.hash {
                if found != Under::Nothing || number_of(entry) == CROWDED {
                    return Under::Several;
                }
                found = Under::One(number_of(entry));
            }
            at = (at + 1) & (self.chunk.len() - 1);
        }
    }
}

/// The iterator that [`Index::find`] gives.
#[derive(Clone, Debug)]
pub(crate) struct Find<'a> {
    chunk: &'a [u64],
    at: usize,
    hash: u32,
    crowds: &'a HashMap<u32, Arc<Vec<u32>>>,
    crowd: &'a [u32],
}

impl Iterator for Find<'_> {
    type Item = u32;

    #[inline]
    fn next(&mut self) -> Option<u32> {
        if let Some((first, rest)) = self.crowd.split_first() {
            self.crowd = rest;
            return Some(*first);
        }
        loop {
            let found = self.chunk.get(self.at).copied().unwrap_or(EMPTY);
            if found == EMPTY {
                return None;
            }
            self.at = (self.at + 1) & (self.chunk.len() - 1);
            if hash_of(found) == self.hash {
                if number_of(found) != CROWDED {
                    return Some(number_of(found));
                }
                let (first, rest) = self.crowds.get(&self.hash)?.split_first()?;
                (self.chunk, self.crowd) = (&[], rest);
                return Some(*first);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn sorted(index: &Index, hash: u32) -> Vec<u32> {
        let mut numbers: Vec<u32> = index.find(hash).collect();
        numbers.sort_unstable();
        numbers
    }

    #[test]
    fn everything_is_found_as_the_index_grows_and_shrinks() {
        let hash = |n: u32| n.wrapping_mul(0x9e37_79b9);
        let built = Index::build((0..7_000).map(|n| (hash(n), n)));
        assert!((0..7_000).all(|n| sorted(&built, hash(n)) == [n]));
        for (mut index, from) in [(Index::default(), 0), (Index::with_capacity(5_000), 0), (built, 7_000)] {
            (from..20_000).for_each(|n| index.insert(hash(n), n));
            assert!((0..20_000).all(|n| sorted(&index, hash(n)) == [n]));
            let before = index.clone();
            (0..20_000).step_by(2).for_each(|n| index.remove(hash(n), n));
            assert!((0..20_000).all(|n| sorted(&index, hash(n)).len() == n as usize % 2));
            assert!((0..20_000).all(|n| sorted(&before, hash(n)) == [n]));
            assert_eq!((index.len, before.len), (10_000, 20_000));
        }
    }

    #[test]
    fn equal_hashes_share_a_chunk_however_many_they_are() {
        let mut index = Index::default();
        (0..3_000).for_each(|n| index.insert(7, n));
        assert_eq!(sorted(&index, 7), (0..3_000).collect::<Vec<_>>());
        assert!(sorted(&index, 8).is_empty());
    }

    proptest! {
        #[test]
        fn it_agrees_with_a_set(
            built in prop::collection::vec((0..6_u32, 0..60_u32), 0..900),
            steps in prop::collection::vec((any::<bool>(), 0..6_u32, 0..60_u32), 0..900),
        ) {
            // Few low and high bits, so that chunks and homes collide.
            let wide = |hash: u32| (hash << 20) | (hash & 3);
            let built = built.into_iter().map(|(hash, number)| (wide(hash), number));
            let (mut index, mut set) = (Index::build(built.clone()), built.collect::<BTreeSet<_>>());
            for (add, hash, number) in steps {
                let hash = wide(hash);
                if !add {
                    index.remove(hash, number);
                    set.remove(&(hash, number));
                } else if set.insert((hash, number)) {
                    index.insert(hash, number);
                }
            }
            for hash in (0..6_u32).map(wide) {
                let expected: Vec<u32> = set.iter().filter(|one| one.0 == hash).map(|one| one.1).collect();
                prop_assert_eq!(sorted(&index, hash), expected);
            }
        }
    }
}
