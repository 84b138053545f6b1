//! An index of many entries at once.

use std::collections::HashMap;
use std::sync::Arc;

use super::{CROWD, CROWDED, Index, SPLIT_AT, chunk_of, entry, hash_of, number_of, rebuilt, slots_for};

impl Index {
    /// An index of these entries, hashes with numbers. One that comes twice counts once.
    ///
    /// What belongs together is brought together first: so each chunk is made once, of the size that it needs.
    pub(crate) fn build(entries: impl Iterator<Item = (u32, u32)>) -> Self {
        let all: Vec<u64> = entries.map(|(hash, number)| entry(hash, number)).collect();
        let parts = (all.len() / SPLIT_AT).next_power_of_two();
        let (mut all, ends) = parted(all, parts, |hash| hash as usize & (parts - 1));
        let mut start = 0;
        for end in ends {
            all.get_mut(start..end).unwrap_or_default().sort_unstable();
            start = end;
        }
        all.dedup();
        let crowds = crowds(&mut all);
        let chunks = all.len().div_ceil(SPLIT_AT).max(1);
        let (all, ends) = parted(all, chunks, |hash| chunk_of(hash, chunks));
        let mut index = Self {
            chunks: Vec::with_capacity(chunks),
            used: Vec::with_capacity(chunks),
            len: all.len(),
            crowds,
        };
        let mut start = 0;
        for end in ends {
            let entries = all.get(start..end).unwrap_or_default();
            index.chunks.push(rebuilt(entries, slots_for(entries.len())));
            index.used.push(u32::try_from(entries.len()).unwrap_or(u32::MAX));
            start = end;
        }
        index
    }
}

/// Takes out those that are too many under one hash. Equal hashes stand together.
fn crowds(all: &mut Vec<u64>) -> HashMap<u32, Arc<Vec<u32>>> {
    let mut crowds = HashMap::new();
    let crowded = |group: &&[u64]| group.len() > CROWD;
    for group in all.chunk_by(|one, other| hash_of(*one) == hash_of(*other)).filter(crowded) {
        let numbers = group.iter().map(|entry| number_of(*entry)).collect();
        crowds.insert(group.first().map_or(0, |entry| hash_of(*entry)), Arc::new(numbers));
    }
    if !crowds.is_empty() {
        all.retain(|entry| !crowds.contains_key(&hash_of(*entry)));
        all.extend(crowds.keys().map(|hash| entry(*hash, CROWDED)));
    }
    crowds
}

/// The entries part by part, and where each part ends.
fn parted(entries: Vec<u64>, parts: usize, part: impl Fn(u32) -> usize) -> (Vec<u64>, Vec<usize>) {
    let mut ends = vec![0; parts];
    for entry in &entries {
        if let Some(count) = ends.get_mut(part(hash_of(*entry))) {
            *count += 1;
        }
    }
    let mut before = 0;
    for start in &mut ends {
        before += std::mem::replace(start, before);
    }
    let mut parted = vec![0; entries.len()];
    // Where the next of each part goes, which is at last where the part ends.
    for entry in entries {
        if let Some(next) = ends.get_mut(part(hash_of(entry))) {
            if let Some(place) = parted.get_mut(*next) {
                *place = entry;
            }
            *next += 1;
        }
    }
    (parted, ends)
}
