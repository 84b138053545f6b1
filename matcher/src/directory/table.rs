//! Rows that are found by the text with which they begin.

use std::hint::black_box;

use foldhash::fast::RandomState;
use smallvec::SmallVec;

use crate::store::{Index, ROWS, Reader, Rows, Slot, Spot, Under};

/// Where rows lie that are read ahead.
pub(crate) type Spots<'a> = SmallVec<[Spot<'a>; ROWS]>;

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

    /// Makes a row that is there already be found by a text of this hash.
    pub(crate) fn enter(&mut self, hash: u64, number: u32) {
        self.index.insert(narrow(hash), number);
    }

    /// Reads all that is read to find the rows with these hashes, so that they wait for memory together.
    pub(crate) fn touch_all(&self, hashes: impl Iterator<Item = u64> + Clone) {
        self.touch_slots(hashes.clone());
        Self::touch_rows(self.touch_starts(hashes));
    }

    /// The first step of [`touch_all`](Self::touch_all), for those who have more to read in each.
    pub(crate) fn touch_slots(&self, hashes: impl Iterator<Item = u64>) {
        // Or nothing would be read.
        black_box(hashes.fold(0, |all, hash| all ^ self.slot(hash).touch()));
    }

    /// The second, which gives what the third needs.
    pub(crate) fn touch_starts(&self, hashes: impl Iterator<Item = u64>) -> Spots<'_> {
        let spots: Spots<'_> = hashes
            .map(|hash| match self.slot(hash).under() {
                Under::One(row) => self.rows.spot(row),
                Under::Nothing | Under::Several => Spot::default(),
            })
            .collect();
        black_box(spots.iter().fold(0, |all, spot| all ^ spot.touch()));
        spots
    }

    /// The third.
    pub(crate) fn touch_rows(mut spots: Spots<'_>) {
        spots.iter_mut().for_each(Spot::follow);
        black_box(spots.iter().fold(0, |all, spot| all ^ spot.touch()));
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
