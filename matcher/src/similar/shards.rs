//! A map whose changes take a bounded time and whose clones are cheap.

use std::collections::HashMap;
use std::sync::Arc;

/// How many parts there are; a power of two. A change copies, and growing rehashes, one of them.
const SHARDS: usize = 1024;

/// A map in parts that are shared between clones until they change.
#[derive(Clone, Debug)]
pub(super) struct Shards<V>(Vec<Option<Arc<HashMap<u32, V>>>>);

impl<V> Default for Shards<V> {
    fn default() -> Self {
        Self((0..SHARDS).map(|_| None).collect())
    }
}

impl<V: Clone> Shards<V> {
    pub(super) fn get(&self, key: u32) -> Option<&V> {
        self.0.get(shard(key))?.as_ref()?.get(&key)
    }

    /// The part that holds `key` or would, for changing it.
    pub(super) fn shard_mut(&mut self, key: u32) -> Option<&mut HashMap<u32, V>> {
        self.0.get_mut(shard(key)).map(|shard| Arc::make_mut(shard.get_or_insert_default()))
    }

    pub(super) fn len(&self) -> usize {
        self.parts().map(HashMap::len).sum()
    }

    /// Roughly what the tables take: entries, their marks and the free places.
    pub(super) fn bytes(&self) -> usize {
        let parts = self
            .parts()
            .map(|part| size_of::<HashMap<u32, V>>() + part.capacity() * 8 / 7 * (size_of::<(u32, V)>() + 1));
        size_of_val(&self.0[..]) + parts.sum::<usize>()
    }

    pub(super) fn values(&self) -> impl Iterator<Item = &V> {
        self.parts().flat_map(HashMap::values)
    }

    fn parts(&self) -> impl Iterator<Item = &HashMap<u32, V>> {
        self.0.iter().flatten().map(|part| &**part)
    }
}

/// Neighbouring keys are in different parts.
fn shard(key: u32) -> usize {
    (key.wrapping_mul(0x9e37_79b1) >> 22) as usize % SHARDS
}
