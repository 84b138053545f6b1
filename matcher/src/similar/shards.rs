//! A map whose changes take a bounded time and whose clones are cheap.

use std::collections::HashMap;
use std::sync::Arc;

/// How many parts there are; a power of two. A change copies, and growing rehashes, one of them.
const SHARDS: usize = 256;

/// A map in parts that are shared between clones until they change.
#[derive(Clone, Debug)]
pub(super) struct Shards<V>(Vec<Arc<HashMap<u32, V>>>);

impl<V> Default for Shards<V> {
    fn default() -> Self {
        Self((0..SHARDS).map(|_| Arc::default()).collect())
    }
}

impl<V: Clone> Shards<V> {
    pub(super) fn get(&self, key: u32) -> Option<&V> {
        self.0.get(shard(key))?.get(&key)
    }

    /// The part that holds `key`, for changing it.
    pub(super) fn shard_mut(&mut self, key: u32) -> Option<&mut HashMap<u32, V>> {
        self.0.get_mut(shard(key)).map(Arc::make_mut)
    }

    pub(super) fn len(&self) -> usize {
        self.0.iter().map(|shard| shard.len()).sum()
    }

    /// Roughly what the tables take: entries, their marks and the free places.
    pub(super) fn bytes(&self) -> usize {
        self.0.iter().map(|shard| shard.capacity() * 8 / 7 * (size_of::<(u32, V)>() + 1)).sum()
    }

    pub(super) fn values(&self) -> impl Iterator<Item = &V> {
        self.0.iter().flat_map(|shard| shard.values())
    }
}

/// Neighbouring keys are in different parts.
fn shard(key: u32) -> usize {
    (key.wrapping_mul(0x9e37_79b1) >> 24) as usize % SHARDS
}
