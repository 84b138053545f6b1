//! Rows of bytes, by number.

use std::ops::Range;
use std::sync::Arc;

use super::codec::Writer;
use super::page::{Laying, SPARE, put};

/// Rows in a page.
pub(crate) const ROWS: usize = 64;

/// The bytes in front of a page's rows.
pub(super) const HEAD: usize = ROWS * 4;

/// Rows of bytes, each found by its number in a constant number of steps.
///
/// They lie in pages of 64, each in one piece so that a row is near the place that says where it is. A row that grows
/// moves those behind it within its page, some five kilobytes; if a clone has the page too, or there is no room left in
/// it, it is written anew. A clone copies the list of pages. Numbers of removed rows are given again.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rows {
    /// In front where each row begins, zero if there is none; then the rows in the order of their slots, each behind its
    /// length. Between them and at the end there may be room.
    pages: Vec<Arc<[u8]>>,
    /// How much room each page has.
    spare: Vec<u32>,
    free: Vec<u32>,
    next: u32,
}

impl Rows {
    /// The row with this number; empty if there is none.
    pub(crate) fn get(&self, number: u32) -> &[u8] {
        let (page, slot) = place(number);
        match self.pages.get(page) {
            Some(page) => row(page, slot),
            None => &[],
        }
    }

    /// Where the page says where the row is, without looking at it yet.
    #[inline]
    pub(crate) fn spot(&self, number: u32) -> Spot<'_> {
        let (page, slot) = place(number);
        self.pages.get(page).map_or(Spot::default(), |page| Spot { page, at: slot * 4 })
    }

    /// The number that the next row to be [added](Self::add) will have.
    pub(crate) fn vacant(&self) -> u32 {
        self.free.last().copied().unwrap_or(self.next)
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
        let last = at + 1 >= self.pages.len();
        if at == self.pages.len() {
            self.pages.push([0; HEAD].into());
            self.spare.push(0);
        }
        if let (Some(page), Some(spare)) = (self.pages.get_mut(at), self.spare.get_mut(at)) {
            // The last page is soon to have more rows, until it has all.
            put(page, spare, slot, Some(row), last && slot + 1 < ROWS);
        }
    }

    /// Writes over a part of the row without changing its length.
    pub(crate) fn patch(&mut self, number: u32, offset: usize, bytes: &[u8]) {
        let (at, slot) = place(number);
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
        let (Some(page), Some(spare)) = (self.pages.get_mut(at), self.spare.get_mut(at)) else { return };
        if start(page, slot) != 0 {
            put(page, spare, slot, None, false);
            self.free.push(number);
        }
    }

    /// The number of the first row that [`lay`](Self::lay) will lay.
    pub(crate) fn unlaid(&self) -> u32 {
        self.next.next_multiple_of(ROWS as u32)
    }

    /// Lays so many rows, a page at most, behind all that there are. What `write` writes is a row.
    pub(crate) fn lay(&mut self, rows: usize, mut write: impl FnMut(usize, &mut Writer)) {
        self.next = self.unlaid() + rows.min(ROWS) as u32;
        let mut laid = Laying::default();
        (0..rows.min(ROWS)).for_each(|slot| laid.push(slot, |to| write(slot, to)));
        self.pages.push(laid.page(SPARE));
        self.spare.push(SPARE as u32);
    }

    /// Lays each page anew of which one row at least is `changed`. What `write` writes, of a row and its number,
    /// comes in its place.
    pub(crate) fn lay_again(
        &mut self,
        mut changed: impl FnMut(Range<u32>) -> bool,
        mut write: impl FnMut(u32, &[u8], &mut Writer),
    ) {
        for (at, (page, spare)) in self.pages.iter_mut().zip(&mut self.spare).enumerate() {
            let first = (at * ROWS) as u32;
            if !changed(first..first + ROWS as u32) {
                continue;
            }
            let mut laid = Laying::default();
            for slot in (0..ROWS).filter(|slot| start(page, *slot) != 0) {
                laid.push(slot, |to| write(first + slot as u32, row(page, slot), to));
            }
            (*page, *spare) = (laid.page(SPARE), SPARE as u32);
        }
        self.pages.shrink_to_fit();
    }

    /// The heap that the rows occupy, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        let pages: usize = self.pages.iter().map(|page| page.len() + 16).sum();
        pages + self.pages.capacity() * 16 + self.spare.capacity() * 4 + self.free.capacity() * 4
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

pub(super) fn start(page: &[u8], slot: usize) -> usize {
    let bytes = page.get(slot * 4..).and_then(|rest| rest.first_chunk());
    bytes.map_or(0, |bytes| u32::from_le_bytes(*bytes) as usize)
}

/// Where the row that starts here lies, without its length.
#[inline]
pub(super) fn span(page: &[u8], start: usize) -> Option<(usize, usize)> {
    match *page.get(start).filter(|_| start != 0)? {
        255 => {
            let bytes = page.get(start + 1..)?.first_chunk()?;
            Some((start + 5, u32::from_le_bytes(*bytes) as usize))
        }
        len => Some((start + 1, usize::from(len))),
    }
}

pub(super) fn row(page: &[u8], slot: usize) -> &[u8] {
    span(page, start(page, slot)).and_then(|(start, len)| page.get(start..start + len)).unwrap_or_default()
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
            laid in prop::collection::vec(1..400_usize, 0..150),
            longer in 0..300_usize,
            steps in prop::collection::vec((0..3_u8, 0..200_u32, 1..400_usize, any::<bool>()), 0..300),
        ) {
            let (mut rows, mut map) = (Rows::default(), BTreeMap::new());
            for group in laid.chunks(ROWS) {
                let first = rows.unlaid();
                rows.lay(group.len(), |slot, to| {
                    to.copy(&vec![slot as u8; group[slot]]);
                });
                let row = |(slot, len): (usize, &usize)| (first + slot as u32, vec![slot as u8; *len]);
                map.extend(group.iter().enumerate().map(row));
            }
            rows.lay_again(|numbers| numbers.contains(&70), |number, row, to| {
                to.copy(row).copy(&vec![7; if number == 70 { longer } else { 0 }]);
            });
            map.entry(70).and_modify(|row| row.resize(row.len() + longer, 7));
            let mut clones = vec![];
            for (step, number, len, cloned) in steps {
                if cloned {
                    clones.push((rows.clone(), map.clone()));
                }
                let row = vec![u8::try_from(number).unwrap(); len];
                match step {
                    0 => {
                        let vacant = rows.vacant();
                        prop_assert_eq!(rows.add(&row), vacant);
                        prop_assert!(map.insert(vacant, row).is_none());
                    }
                    1 if map.contains_key(&number) => {
                        rows.set(number, &row);
                        map.insert(number, row);
                    }
                    2 if map.remove(&number).is_some() => rows.remove(number),
                    _ => {}
                }
            }
            clones.push((rows, map));
            for (rows, map) in clones {
                prop_assert_eq!(rows.numbers().collect::<Vec<_>>(), map.keys().copied().collect::<Vec<_>>());
                let all: usize = map.values().map(|row| row.len() + 5).sum();
                prop_assert!(rows.bytes() < 2 * all + 4 * 1024, "{} for {all}", rows.bytes());
                for (number, row) in map {
                    prop_assert_eq!(rows.get(number), row);
                }
            }
        }
    }
}
