//! Names of one shape.

use std::sync::Arc;

use super::column::Column;
use super::signature::{self, Head, SCAN, Signature};
use super::text::Text;

/// What all names of a shelf have in common. Ordered by length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Shape {
    /// The number of characters.
    pub(super) length: u8,
    /// The same with the words sorted, which is less where spaces are doubled or at an end.
    pub(super) sorted: u8,
    /// Whether a character needs more than a byte.
    pub(super) wide: bool,
}

impl Shape {
    pub(super) fn of(text: &Text) -> Self {
        // Texts are cut, so neither is longer than 255 characters.
        let byte = |length: usize| u8::try_from(length).unwrap_or(u8::MAX);
        Self { length: byte(text.given.len()), sorted: byte(text.sorted.len()), wide: text.is_wide() }
    }

    /// How many names of this shape are kept together: fewer of long ones, so that a copy takes a bounded time.
    pub(super) fn rows(self) -> usize {
        const BYTES: usize = 48 * 1024;
        let letters = usize::from(self.length) + usize::from(self.sorted);
        let each = size_of::<Signature>() + letters * if self.wide { size_of::<char>() } else { 1 };
        (BYTES / each).clamp(1, SCAN)
    }
}

/// Some names of one shape, by columns. The row of a name says nothing about it.
#[derive(Clone, Debug)]
pub(super) struct Rack {
    pub(super) ids: Vec<u32>,
    pub(super) heads: Vec<Head>,
    pub(super) signatures: Vec<Signature>,
    pub(super) given: Column,
    pub(super) sorted: Column,
}

impl Rack {
    fn new(shape: Shape) -> Self {
        Self {
            ids: Vec::new(),
            heads: Vec::new(),
            signatures: Vec::new(),
            given: Column::new(shape.wide),
            sorted: Column::new(shape.wide),
        }
    }

    fn push(&mut self, id: u32, text: &Text) {
        self.ids.push(id);
        self.heads.push(Head::of(&text.given));
        self.signatures.push(signature::of(&text.given));
        self.given.push(&text.given);
        self.sorted.push(&text.sorted);
    }

    /// Gives back room for names that will not come.
    fn shrink(&mut self) {
        self.ids.shrink_to_fit();
        self.heads.shrink_to_fit();
        self.signatures.shrink_to_fit();
        self.given.shrink();
        self.sorted.shrink();
    }

    fn pop(&mut self, shape: Shape) -> Option<(u32, Text)> {
        let id = self.ids.pop()?;
        self.heads.pop();
        self.signatures.pop();
        Some((
            id,
            Text { given: self.given.pop(shape.length.into()), sorted: self.sorted.pop(shape.sorted.into()) },
        ))
    }

    /// Puts another name in the place of the one in `row`.
    fn set(&mut self, row: usize, id: u32, text: &Text) {
        put(&mut self.ids, row, id);
        put(&mut self.heads, row, Head::of(&text.given));
        put(&mut self.signatures, row, signature::of(&text.given));
        self.given.set(row, &text.given);
        self.sorted.set(row, &text.sorted);
    }

    fn bytes(&self) -> usize {
        self.ids.capacity() * size_of::<u32>()
            + self.heads.capacity() * size_of::<Head>()
            + self.signatures.capacity() * size_of::<Signature>()
            + self.given.bytes()
            + self.sorted.bytes()
    }
}

/// All names of one shape, in racks that are shared between clones until they change. All but the last are full.
#[derive(Clone, Debug)]
pub(super) struct Shelf {
    shape: Shape,
    racks: Vec<Arc<Rack>>,
}

impl Shelf {
    pub(super) fn new(shape: Shape) -> Self {
        Self { shape, racks: Vec::new() }
    }

    pub(super) fn racks(&self) -> impl Iterator<Item = &Rack> {
        self.racks.iter().map(|rack| &**rack)
    }

    /// The rack of a row of the shelf, and the row in it.
    pub(super) fn rack(&self, row: u32) -> Option<(&Rack, usize)> {
        let (rack, row) = self.split(row);
        Some((self.racks.get(rack)?, row))
    }

    /// Adds a name and tells its row.
    pub(super) fn push(&mut self, id: u32, text: &Text) -> u32 {
        let rows = self.shape.rows();
        if self.racks.last().is_none_or(|rack| rack.ids.len() >= rows) {
            self.racks.push(Arc::new(Rack::new(self.shape)));
        }
        let before = (self.racks.len() - 1) * rows;
        let row = self.racks.last_mut().map_or(0, |rack| {
            let rack = Arc::make_mut(rack);
            rack.push(id, text);
            if rack.ids.len() == rows {
                rack.shrink();
            }
            rack.ids.len() - 1
        });
        // Ids are of 32 bits, so there are never more rows.
        (before + row) as u32
    }

    /// Takes out the name in `row`. Its place is taken by the last one: its id, if it is another.
    pub(super) fn remove(&mut self, row: u32) -> Option<u32> {
        let (at, row) = self.split(row);
        let last = Arc::make_mut(self.racks.last_mut()?);
        let (id, text) = last.pop(self.shape)?;
        if last.ids.is_empty() {
            self.racks.pop();
        }
        // It may have been the last one itself.
        let rack = self.racks.get_mut(at).filter(|rack| row < rack.ids.len())?;
        Arc::make_mut(rack).set(row, id, &text);
        Some(id)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.racks.is_empty()
    }

    pub(super) fn bytes(&self) -> usize {
        self.racks().map(|rack| size_of::<Rack>() + rack.bytes()).sum::<usize>()
            + self.racks.capacity() * size_of::<Arc<Rack>>()
    }

    fn split(&self, row: u32) -> (usize, usize) {
        let rows = self.shape.rows();
        (row as usize / rows, row as usize % rows)
    }
}

fn put<T>(column: &mut [T], row: usize, value: T) {
    if let Some(place) = column.get_mut(row) {
        *place = value;
    }
}
