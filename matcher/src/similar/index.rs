//! The names that are searched.

use std::collections::BTreeMap;

use super::postings::Postings;
use super::rack::{Rack, Shape, Shelf};
use super::shards::Shards;
use super::text::Text;
use super::{Hit, Scorer, search};

/// How many names are compared first of all. Each costs as much as hundreds that are passed over.
const GUESSES: usize = 24;

/// Names under ids, searched by likeness.
///
/// Names are taken as they are given: who wants `ACME` to be like `acme` normalises names and queries alike. Several
/// ids may have the same name. Characters after the first [`MAX_LETTERS`](super::MAX_LETTERS) do not count.
///
/// The order in which names came and what was there before decide nothing: equal names under equal ids give equal
/// answers. A change takes microseconds, whatever the number of names; there is nothing that has to be rebuilt. A
/// clone shares what has not changed since, and is made in microseconds.
#[derive(Clone, Debug, Default)]
pub struct Similar {
    shelves: BTreeMap<Shape, Shelf>,
    places: Shards<Place>,
    postings: Postings,
}

/// Where a name is.
#[derive(Clone, Copy, Debug)]
struct Place {
    shape: Shape,
    row: u32,
}

impl Similar {
    /// No names.
    pub fn new() -> Self {
        Self::default()
    }

    /// These names. Of two with one id the later counts.
    pub fn build<'a>(names: impl IntoIterator<Item = (u32, &'a str)>) -> Self {
        let mut similar = Self::new();
        names.into_iter().for_each(|(id, name)| similar.upsert(id, name));
        similar
    }

    /// Adds a name, or puts it in the place of the one with this id.
    pub fn upsert(&mut self, id: u32, name: &str) {
        self.remove(id);
        let text = Text::new(name);
        let shape = Shape::of(&text);
        let row = self.shelves.entry(shape).or_insert_with(|| Shelf::new(shape)).push(id, &text);
        self.put(id, Place { shape, row });
        self.postings.insert(id, &text.sorted);
    }

    /// Forgets a name and says whether there was one.
    pub fn remove(&mut self, id: u32) -> bool {
        let Some(Place { shape, row }) = self.places.shard_mut(id).and_then(|places| places.remove(&id))
        else {
            return false;
        };
        if let Some(shelf) = self.shelves.get_mut(&shape) {
            if let Some((rack, row)) = shelf.rack(row) {
                self.postings.remove(id, &rack.sorted.get(row, shape.sorted.into()));
            }
            let moved = shelf.remove(row);
            if shelf.is_empty() {
                self.shelves.remove(&shape);
            }
            if let Some(moved) = moved {
                self.put(moved, Place { shape, row });
            }
        }
        true
    }

    /// How many names there are.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there are no names.
    pub fn is_empty(&self) -> bool {
        self.shelves.is_empty()
    }

    /// The bytes that are allocated for the names and the index. What clones share is counted in each of them, and
    /// the shape of hash tables is estimated.
    pub fn bytes(&self) -> usize {
        self.shelves.values().map(|shelf| size_of::<(Shape, Shelf)>() + shelf.bytes()).sum::<usize>()
            + self.places.bytes()
            + self.postings.bytes()
    }

    /// The `k` names that are most similar to `query`, without those that score less than `cutoff`.
    ///
    /// The best comes first; of two equally good ones the smaller id. That is exactly what a comparison of the query
    /// with every name would give. A `cutoff` that is no number leaves out nothing.
    ///
    /// `k` is meant to be small: time grows with `k` for each name that gets among the best.
    pub fn search(&self, query: &str, scorer: Scorer, k: usize, cutoff: f64) -> Vec<Hit> {
        search::run(self, query, scorer, k, cutoff)
    }

    /// Some names that have words of the query and are probably good.
    pub(super) fn guesses(&self, words: &[char]) -> impl Iterator<Item = (Shape, &Rack, usize)> {
        self.postings.guesses(words, GUESSES).into_iter().filter_map(|id| {
            let place = self.places.get(id)?;
            let (rack, row) = self.shelves.get(&place.shape)?.rack(place.row)?;
            Some((place.shape, rack, row))
        })
    }

    /// All names by shape, those of `length` first and then ever shorter and longer ones.
    pub(super) fn outward(&self, length: usize) -> impl Iterator<Item = (Shape, &Shelf)> {
        let middle = Shape { length: u8::try_from(length).unwrap_or(u8::MAX), sorted: 0, wide: false };
        let mut shorter = self.shelves.range(..middle).rev().peekable();
        let mut longer = self.shelves.range(middle..).peekable();
        let distance = move |shape: &Shape| usize::from(shape.length).abs_diff(length);
        std::iter::from_fn(move || match (shorter.peek(), longer.peek()) {
            (Some(short), Some(long)) if distance(short.0) < distance(long.0) => shorter.next(),
            (_, Some(_)) => longer.next(),
            (_, None) => shorter.next(),
        })
        .map(|(shape, shelf)| (*shape, shelf))
    }

    fn put(&mut self, id: u32, place: Place) {
        if let Some(places) = self.places.shard_mut(id) {
            places.insert(id, place);
        }
    }
}
