//! Rows that are found by the text with which they begin.

use foldhash::fast::RandomState;

use crate::store::{Index, Reader, Rows, Slot};

/// Rows that each begin with the text by which they are found.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table {
    pub(crate) rows: Rows,
    index: Index,
}

impl Table {
    pub(crate) fn with_capacity(rows: usize) -> Self {
        Self { rows: Rows::default(), index: Index::with_capacity(rows) }
    }

    /// The number of the row that begins with `text`.
    pub(crate) fn find(&self, hash: u64, text: &str) -> Option<u32> {
        let mut numbers = self.index.find(narrow(hash));
        numbers.find(|number| Reader::new(self.rows.get(*number)).raw() == text.as_bytes())
    }

    /// Where the search for a row with this hash begins.
    #[inline]
    pub(crate) fn slot(&self, hash: u64) -> Slot<'_> {
        self.index.slot(narrow(hash))
    }

    /// Adds a row that begins with a text of this hash.
    pub(crate) fn add(&mut self, hash: u64, row: &[u8]) -> u32 {
        let number = self.rows.add(row);
        self.index.insert(narrow(hash), number);
        number
    }

    /// See [`Rows::loosen`].
    pub(crate) fn loosen(&mut self) {
        self.rows.loosen();
    }

    /// See [`Rows::seal`].
    pub(crate) fn seal(&mut self) {
        self.rows.seal();
    }

    pub(crate) fn remove(&mut self, hash: u64, number: u32) {
        self.index.remove(narrow(hash), number);
        self.rows.remove(number);
    }

    pub(crate) fn bytes(&self) -> usize {
        self.rows.bytes() + self.index.bytes()
    }
}

/// The hash of a text in one directory and its clones.
pub(crate) fn hash(seed: &RandomState, text: &str) -> u64 {
    use std::hash::{BuildHasher, Hasher};
    let mut hasher = seed.build_hasher();
    hasher.write(text.as_bytes());
    hasher.finish()
}

/// The hash of an address, from those of its parts.
pub(crate) fn both(local: u64, host: u64) -> u64 {
    (local ^ host.rotate_left(29)).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// What an index keeps of a hash.
pub(crate) fn narrow(hash: u64) -> u32 {
    ((hash >> 32) ^ hash) as u32
}
