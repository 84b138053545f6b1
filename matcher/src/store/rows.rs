//! Rows of bytes, by number.

use std::sync::Arc;

/// Rows in a page.
const ROWS: usize = 64;

/// The bytes in front of a page's rows.
const HEAD: usize = ROWS * 4;

/// Rows of bytes, each found by its number in a constant number of steps.
///
/// They lie in pages of 64, each in one piece so that a row is near the place that says where it is. A change writes
/// its page anew, some five kilobytes, and leaves the old one to clones; a clone copies the list of pages. Numbers of
/// removed rows are given again.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rows {
    /// In front where each row begins, zero if there is none; then the rows, each behind its length.
    pages: Vec<Arc<[u8]>>,
    free: Vec<u32>,
    next: u32,
    /// Instead of pages while many rows are added and changed, each in a piece of its own. An empty one is none.
    loose: Option<Vec<Vec<u8>>>,
}

impl Rows {
    /// The row with this number; empty if there is none.
    pub(crate) fn get(&self, number: u32) -> &[u8] {
        let (page, slot) = place(number);
        match self.pages.get(page) {
            Some(page) => row(page, slot),
            None => self.loose(number),
        }
    }

    #[cold]
    fn loose(&self, number: u32) -> &[u8] {
        self.loose.as_ref().and_then(|rows| rows.get(number as usize)).map_or(&[], Vec::as_slice)
    }

    /// Makes changes cheap and reading ahead useless until [`seal`](Self::seal), as long as there are no rows. None may
    /// be empty.
    pub(crate) fn loosen(&mut self) {
        if self.pages.is_empty() {
            self.loose.get_or_insert_default();
        }
    }

    /// Lays the rows in pages.
    pub(crate) fn seal(&mut self) {
        let mut rows = self.loose.take().unwrap_or_default().into_iter();
        self.pages.reserve_exact(rows.len().div_ceil(ROWS));
        // What is laid is let go, so that there are never two of all.
        while rows.len() > 0 {
            let some: Vec<Vec<u8>> = rows.by_ref().take(ROWS).collect();
            self.pages.push(page(&some));
        }
    }

    /// Where the page says where the row is, without looking at it yet.
    #[inline]
    pub(crate) fn spot(&self, number: u32) -> Spot<'_> {
        let (page, slot) = place(number);
        self.pages.get(page).map_or(Spot::default(), |page| Spot { page, at: slot * 4 })
    }

    /// Adds a row and says its number.
    pub(crate) fn add(&mut self, row: &[u8]) -> u32 {
        let number = self.free.pop().unwrap_or_else(|| {
            self.next += 1;
            self.next - 1
        });
        self.set(number, row);
        number
    }

    /// Puts a row in the place of the one with this number.
    pub(crate) fn set(&mut self, number: u32, row: &[u8]) {
        let (at, slot) = place(number);
        if let Some(loose) = &mut self.loose {
            match loose.get_mut(number as usize) {
                Some(place) => row.clone_into(place),
                None => loose.push(row.to_vec()),
            }
            return;
        }
        if self.get(number).len() == row.len() && !row.is_empty() {
            return self.patch(number, 0, row);
        }
        match self.pages.get_mut(at) {
            Some(page) => *page = with(page, slot, Some(row)),
            None => self.pages.push(with(&[0; HEAD], slot, Some(row))),
        }
    }

    /// Writes over a part of the row without changing its length.
    pub(crate) fn patch(&mut self, number: u32, offset: usize, bytes: &[u8]) {
        let (at, slot) = place(number);
        if let Some(row) = self.loose.as_mut().and_then(|rows| rows.get_mut(number as usize)) {
            if let Some(place) = row.get_mut(offset..offset + bytes.len()) {
                place.copy_from_slice(bytes);
            }
            return;
        }
        let Some(page) = self.pages.get_mut(at) else { return };
        let Some((start, len)) = span(page, start(page, slot)) else { return };
        if offset + bytes.len() <= len
            && let Some(place) = Arc::make_mut(page).get_mut(start + offset..start + offset + bytes.len())
        {
            place.copy_from_slice(bytes);
        }
    }

    /// Forgets a row. Its number may be given to another one.
    pub(crate) fn remove(&mut self, number: u32) {
        let (at, slot) = place(number);
        if let Some(row) = self.loose.as_mut().and_then(|rows| rows.get_mut(number as usize)) {
            if !row.is_empty() {
                row.clear();
                self.free.push(number);
            }
            return;
        }
        let Some(page) = self.pages.get_mut(at) else { return };
        if start(page, slot) != 0 {
            *page = with(page, slot, None);
            self.free.push(number);
        }
    }

    /// The heap that the rows occupy, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        let pages: usize = self.pages.iter().map(|page| page.len() + 16).sum();
        pages + self.pages.capacity() * 16 + self.free.capacity() * 4
    }

    /// The numbers of all rows, ascending.
    pub(crate) fn numbers(&self) -> impl Iterator<Item = u32> + '_ {
        let is_there = |number: u32| {
            let (page, slot) = place(number);
            self.pages.get(page).is_some_and(|page| start(page, slot) != 0)
        };
        (0..self.next).filter(move |number| is_there(*number))
    }
}

/// Where a row lies, found in steps: each reads what the one before has brought near.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spot<'a> {
    page: &'a [u8],
    at: usize,
}

impl Default for Spot<'_> {
    /// Nowhere: an empty row, that can be read like any other.
    fn default() -> Self {
        Self { page: &[0; 2], at: 1 }
    }
}

impl<'a> Spot<'a> {
    /// Reads what is there, so that it is near when it is needed. See [`Slot::touch`](super::Slot::touch).
    #[inline]
    pub(crate) fn touch(self) -> u64 {
        self.page.get(self.at).copied().map_or(0, u64::from)
    }

    /// From the place that says where the row is to the row, without looking at it yet.
    #[inline]
    pub(crate) fn follow(&mut self) {
        match start(self.page, self.at / 4) {
            0 => *self = Self::default(),
            start => self.at = start,
        }
    }

    /// The row, once it was followed to; empty if there is none.
    #[inline]
    pub(crate) fn row(self) -> &'a [u8] {
        span(self.page, self.at)
            .and_then(|(start, len)| self.page.get(start..start + len))
            .unwrap_or_default()
    }
}

fn place(number: u32) -> (usize, usize) {
    (number as usize / ROWS, number as usize % ROWS)
}

fn start(page: &[u8], slot: usize) -> usize {
    let bytes = page.get(slot * 4..).and_then(|rest| rest.first_chunk());
    bytes.map_or(0, |bytes| u32::from_le_bytes(*bytes) as usize)
}

/// Where the row that starts here lies, without its length.
#[inline]
fn span(page: &[u8], start: usize) -> Option<(usize, usize)> {
    match *page.get(start).filter(|_| start != 0)? {
        255 => {
            let bytes = page.get(start + 1..)?.first_chunk()?;
            Some((start + 5, u32::from_le_bytes(*bytes) as usize))
        }
        len => Some((start + 1, usize::from(len))),
    }
}

fn row(page: &[u8], slot: usize) -> &[u8] {
    span(page, start(page, slot)).and_then(|(start, len)| page.get(start..start + len)).unwrap_or_default()
}

/// The page with this row in the place of what is there.
fn with(page: &[u8], slot: usize, new: Option<&[u8]>) -> Arc<[u8]> {
    // Rows lie in the order of their slots, so that what is before this one and what is behind it stay in one piece.
    let behind = (slot + 1..ROWS).map(|at| start(page, at)).find(|start| *start != 0);
    let (from, to) = match span(page, start(page, slot)) {
        Some((first, len)) => (start(page, slot), first + len),
        None => (behind.unwrap_or(page.len()), behind.unwrap_or(page.len())),
    };
    let (before, after) = (page.get(..from).unwrap_or_default(), page.get(to..).unwrap_or_default());
    let mut bytes = Vec::with_capacity(page.len() + new.map_or(0, <[u8]>::len) + 5);
    bytes.extend_from_slice(before);
    new.into_iter().for_each(|row| push(&mut bytes, row));
    let moved = bytes.len();
    bytes.extend_from_slice(after);
    set_start(&mut bytes, slot, if new.is_some() { from } else { 0 });
    for at in slot + 1..ROWS {
        match start(page, at) {
            0 => {}
            old => set_start(&mut bytes, at, old - to + moved),
        }
    }
    bytes.into()
}

/// A page of these rows. One that is empty is none.
fn page(rows: &[Vec<u8>]) -> Arc<[u8]> {
    let len: usize = rows.iter().map(|row| row.len() + 5).sum();
    let mut bytes = Vec::with_capacity(HEAD + len);
    bytes.extend_from_slice(&[0; HEAD]);
    for (slot, row) in rows.iter().enumerate().filter(|(_, row)| !row.is_empty()) {
        let start = bytes.len();
        set_start(&mut bytes, slot, start);
        push(&mut bytes, row);
    }
    bytes.into()
}

/// Writes a row behind its length.
fn push(bytes: &mut Vec<u8>, row: &[u8]) {
    match u8::try_from(row.len()) {
        Ok(len) if len < 255 => bytes.push(len),
        _ => {
            bytes.push(255);
            bytes.extend_from_slice(&u32::try_from(row.len()).unwrap_or(u32::MAX).to_le_bytes());
        }
    }
    bytes.extend_from_slice(row);
}

fn set_start(page: &mut [u8], slot: usize, start: usize) {
    if let Some(place) = page.get_mut(slot * 4..slot * 4 + 4) {
        place.copy_from_slice(&u32::try_from(start).unwrap_or(0).to_le_bytes());
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn rows_of_every_length_come_back() {
        let mut rows = Rows::default();
        let lengths = [0, 1, 2, 253, 254, 255, 256, 65_534, 65_535, 65_536, 70_000];
        let numbers: Vec<u32> = lengths.iter().map(|len| rows.add(&vec![7; *len])).collect();
        for (number, len) in numbers.iter().zip(lengths) {
            assert_eq!(rows.get(*number), vec![7; len], "{len}");
        }
        let old = rows.clone();
        rows.patch(numbers[3], 1, &[8, 9]);
        assert_eq!(
            (rows.get(numbers[3])[..4].to_vec(), old.get(numbers[3])[..4].to_vec()),
            (vec![7, 8, 9, 7], vec![7; 4])
        );
        rows.patch(numbers[3], 252, &[8, 9]);
        assert_eq!(rows.get(numbers[3]).last(), Some(&7));
    }

    proptest! {
        #[test]
        fn they_agree_with_a_map(
            steps in prop::collection::vec((0..3_u8, 0..100_u32, 1..400_usize), 0..300),
            loose in prop::option::of(0..300_usize),
        ) {
            let (mut rows, mut map) = (Rows::default(), BTreeMap::new());
            loose.iter().for_each(|_| rows.loosen());
            for (at, (step, number, len)) in steps.into_iter().enumerate() {
                if loose.is_some_and(|end| at >= end) {
                    rows.seal();
                }
                let row = vec![u8::try_from(number).unwrap(); len];
                match step {
                    0 => {
                        let number = rows.add(&row);
                        prop_assert!(map.insert(number, row).is_none());
                    }
                    1 if map.contains_key(&number) => {
                        rows.set(number, &row);
                        map.insert(number, row);
                    }
                    2 if map.remove(&number).is_some() => rows.remove(number),
                    _ => {}
                }
            }
            rows.seal();
            prop_assert_eq!(rows.numbers().collect::<Vec<_>>(), map.keys().copied().collect::<Vec<_>>());
            for (number, row) in map {
                prop_assert_eq!(rows.get(number), row);
            }
            prop_assert!(rows.bytes() < 4_000_000);
        }
    }
}
