//! Tables in parts, so that a copy shares what does not change and no growth takes long.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;
use std::iter::repeat_n;
use std::sync::Arc;

use super::hash::hash;

/// How many entries of a table lie together.
const PAGE: usize = 256;

/// A growing list that is copied page by page.
#[derive(Clone, Debug)]
pub(super) struct Pages<T> {
    /// All pages are full; what is behind `len` is nothing yet.
    pages: Vec<Arc<[T]>>,
    len: usize,
}

impl<T: Clone + Default> Pages<T> {
    pub(super) fn new() -> Self {
        Self { pages: Vec::new(), len: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn get(&self, at: u32) -> Option<&T> {
        let at = at as usize;
        self.pages.get(at / PAGE)?.get(at % PAGE)
    }

    pub(super) fn get_mut(&mut self, at: u32) -> Option<&mut T> {
        let at = at as usize;
        Arc::make_mut(self.pages.get_mut(at / PAGE)?).get_mut(at % PAGE)
    }

    pub(super) fn push(&mut self, value: T) {
        if self.len == self.pages.len() * PAGE {
            self.pages.push((0..PAGE).map(|_| T::default()).collect());
        }
        let at = self.len;
        if let Some(place) =
            self.pages.get_mut(at / PAGE).and_then(|page| Arc::make_mut(page).get_mut(at % PAGE))
        {
            *place = value;
        }
        self.len += 1;
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.pages.iter().flat_map(|page| page.iter()).take(self.len)
    }
}

/// A map that is copied shard by shard.
#[derive(Clone, Debug)]
pub(super) struct Shards<K, V> {
    shards: Vec<Arc<HashMap<K, V>>>,
}

/// What a [`Shards`] can be asked for: its shard goes by its bytes.
pub(super) trait Sharded {
    /// Which shard, before the remainder.
    fn shard(&self) -> u32;
}

impl Sharded for str {
    fn shard(&self) -> u32 {
        hash(self.bytes())
    }
}

impl Sharded for u32 {
    fn shard(&self) -> u32 {
        hash(self.to_le_bytes())
    }
}

impl<K: Eq + Hash + Clone, V: Clone> Shards<K, V> {
    pub(super) fn new(count: usize) -> Self {
        Self { shards: repeat_n(Arc::default(), count.max(1)).collect() }
    }

    fn at<Q: Sharded + ?Sized>(&self, key: &Q) -> usize {
        key.shard() as usize % self.shards.len()
    }

    pub(super) fn get<Q>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
        Q: Sharded + Hash + Eq + ?Sized,
    {
        self.shards.get(self.at(key))?.get(key)
    }

    /// The shard of `key`, to write to.
    pub(super) fn of<Q: Sharded + ?Sized>(&mut self, key: &Q) -> Option<&mut HashMap<K, V>> {
        let at = self.at(key);
        self.shards.get_mut(at).map(Arc::make_mut)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.shards.iter().flat_map(|shard| shard.iter())
    }

    /// Roughly the memory of the map itself, without what its keys and values point at.
    pub(super) fn bytes(&self) -> usize {
        self.shards.iter().map(|shard| shard.capacity() * (size_of::<(K, V)>() + 1) * 8 / 7 + 64).sum()
    }
}

/// Which slots have which hash: sorted pairs in shards.
#[derive(Clone, Debug)]
pub(super) struct Pairs {
    shards: Vec<Arc<Vec<(u32, u32)>>>,
}

impl Pairs {
    pub(super) fn new(count: usize) -> Self {
        Self { shards: repeat_n(Arc::default(), count.max(1)).collect() }
    }

    pub(super) fn insert(&mut self, hash: u32, slot: u32) {
        let at = hash as usize % self.shards.len();
        if let Some(shard) = self.shards.get_mut(at).map(Arc::make_mut)
            && let Err(place) = shard.binary_search(&(hash, slot))
        {
            shard.insert(place, (hash, slot));
        }
    }

    pub(super) fn remove(&mut self, hash: u32, slot: u32) {
        let at = hash as usize % self.shards.len();
        if let Some(shard) = self.shards.get_mut(at).map(Arc::make_mut)
            && let Ok(place) = shard.binary_search(&(hash, slot))
        {
            shard.remove(place);
        }
    }

    /// The slots with this hash, in order.
    pub(super) fn get(&self, hash: u32) -> impl Iterator<Item = u32> {
        let shard = self.shards.get(hash as usize % self.shards.len());
        let shard = shard.map_or(&[][..], |shard| shard.as_slice());
        let start = shard.partition_point(|pair| pair.0 < hash);
        shard.iter().skip(start).take_while(move |pair| pair.0 == hash).map(|pair| pair.1)
    }

    pub(super) fn bytes(&self) -> usize {
        self.shards.iter().map(|shard| shard.capacity() * 8 + 8).sum()
    }
}
