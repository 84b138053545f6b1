//! Rows of bytes, by number.

use std::sync::Arc;

/// Rows in a page.
const ROWS: usize = 64;

const FREE: u32 = u32::MAX;

/// Rows of bytes, each found by its number in a constant number of steps.
///
/// They lie in pages of 64. A change copies a page that a clone shares, and nothing else; a clone copies the list of
/// pages. Numbers of removed rows are given again.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rows {
    pages: Vec<Arc<Page>>,
    free: Vec<u32>,
    next: u32,
}

#[derive(Clone, Debug)]
struct Page {
    /// The rows, each behind its length, and what is left of replaced ones.
    bytes: Vec<u8>,
    garbage: usize,
    starts: [u32; ROWS],
}

impl Rows {
    /// The row with this number; empty if there is none.
    pub(crate) fn get(&self, number: u32) -> &[u8] {
        let (page, slot) = place(number);
        let Some(page) = self.pages.get(page) else { return &[] };
        page.row(slot)
    }

    /// Reads where the row begins, so that it is near when it is asked for. See [`Index::touch`](super::Index::touch).
    pub(crate) fn touch_start(&self, number: u32) -> u32 {
        let (page, slot) = place(number);
        self.pages.get(page).and_then(|page| page.starts.get(slot)).copied().unwrap_or(FREE)
    }

    /// Reads the beginning of the row.
    pub(crate) fn touch_row(&self, number: u32) -> u8 {
        let (page, slot) = place(number);
        let Some(page) = self.pages.get(page) else { return 0 };
        let start = page.starts.get(slot).copied().unwrap_or(FREE) as usize;
        page.bytes.get(start).copied().unwrap_or(0)
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
        if at == self.pages.len() {
            self.pages.push(Arc::new(Page { bytes: vec![], garbage: 0, starts: [FREE; ROWS] }));
        }
        let Some(page) = self.pages.get_mut(at) else { return };
        Arc::make_mut(page).set(slot, row);
    }

    /// Writes over a part of the row without changing its length.
    pub(crate) fn patch(&mut self, number: u32, offset: usize, bytes: &[u8]) {
        let (at, slot) = place(number);
        let Some(page) = self.pages.get_mut(at) else { return };
        let page = Arc::make_mut(page);
        let Some((start, len)) = page.span(slot) else { return };
        if offset + bytes.len() <= len
            && let Some(place) = page.bytes.get_mut(start + offset..start + offset + bytes.len())
        {
            place.copy_from_slice(bytes);
        }
    }

    /// Forgets a row. Its number may be given to another one.
    pub(crate) fn remove(&mut self, number: u32) {
        let (at, slot) = place(number);
        let Some(page) = self.pages.get_mut(at) else { return };
        let page = Arc::make_mut(page);
        let Some((start, len)) = page.span(slot) else { return };
        page.garbage += len + head(len);
        let _ = start;
        if let Some(start) = page.starts.get_mut(slot) {
            *start = FREE;
        }
        page.tidy();
        self.free.push(number);
    }

    /// The heap that the rows occupy, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        let pages: usize = self.pages.iter().map(|page| page.bytes.capacity() + size_of::<Page>() + 16).sum();
        pages + self.pages.capacity() * 8 + self.free.capacity() * 4
    }

    /// The numbers of all rows, ascending.
    pub(crate) fn numbers(&self) -> impl Iterator<Item = u32> + '_ {
        (0..self.next).filter(|number| self.touch_start(*number) != FREE)
    }
}

impl Page {
    fn row(&self, slot: usize) -> &[u8] {
        self.span(slot).and_then(|(start, len)| self.bytes.get(start..start + len)).unwrap_or_default()
    }

    /// Where the row lies, without its length.
    fn span(&self, slot: usize) -> Option<(usize, usize)> {
        let start = self.starts.get(slot).copied().filter(|start| *start != FREE)? as usize;
        match self.bytes.get(start..start + 3)? {
            [len, ..] if *len < 255 => Some((start + 1, *len as usize)),
            [_, low, high] if [*low, *high] != [255, 255] => {
                Some((start + 3, usize::from(u16::from_le_bytes([*low, *high]))))
            }
            _ => {
                let bytes = self.bytes.get(start + 3..start + 7)?.try_into().ok()?;
                Some((start + 7, u32::from_le_bytes(bytes) as usize))
            }
        }
    }

    fn set(&mut self, slot: usize, row: &[u8]) {
        match self.span(slot) {
            Some((start, len)) if len == row.len() => {
                if let Some(place) = self.bytes.get_mut(start..start + len) {
                    place.copy_from_slice(row);
                }
                return;
            }
            Some((_, len)) => self.garbage += len + head(len),
            None => {}
        }
        if let Some(start) = self.starts.get_mut(slot) {
            *start = FREE;
        }
        self.append(slot, row);
        self.tidy();
        if slot + 1 == ROWS {
            self.bytes.shrink_to_fit();
        }
    }

    fn append(&mut self, slot: usize, row: &[u8]) {
        let (Ok(start), Some(place)) = (u32::try_from(self.bytes.len()), self.starts.get_mut(slot)) else {
            return;
        };
        *place = start;
        match (u8::try_from(row.len()), u16::try_from(row.len())) {
            (Ok(len), _) if len < 255 => self.bytes.push(len),
            (_, Ok(len)) if len < u16::MAX => {
                self.bytes.push(255);
                self.bytes.extend_from_slice(&len.to_le_bytes());
            }
            _ => {
                self.bytes.extend_from_slice(&[255, 255, 255]);
                self.bytes.extend_from_slice(&u32::try_from(row.len()).unwrap_or(u32::MAX).to_le_bytes());
            }
        }
        self.bytes.extend_from_slice(row);
        // The length is read three bytes at once.
        if row.len() < 2 {
            self.bytes.extend_from_slice(&[0, 0]);
            self.garbage += 2;
        }
    }

    /// Drops what replaced rows left once that is more than the rows.
    fn tidy(&mut self) {
        if self.garbage <= self.bytes.len() / 2 {
            return;
        }
        let old = self.clone();
        self.bytes = Vec::with_capacity(old.bytes.len() - old.garbage + 16);
        self.garbage = 0;
        for (slot, start) in old.starts.iter().enumerate() {
            if *start != FREE {
                self.append(slot, old.row(slot));
            }
        }
    }
}

fn place(number: u32) -> (usize, usize) {
    (number as usize / ROWS, number as usize % ROWS)
}

/// How long the length of a row is.
fn head(len: usize) -> usize {
    if len < 255 {
        1
    } else if len < usize::from(u16::MAX) {
        3
    } else {
        7
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
        fn they_agree_with_a_map(steps in prop::collection::vec((0..3_u8, 0..100_u32, 0..400_usize), 0..300)) {
            let (mut rows, mut map) = (Rows::default(), BTreeMap::new());
            for (step, number, len) in steps {
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
            prop_assert_eq!(rows.numbers().collect::<Vec<_>>(), map.keys().copied().collect::<Vec<_>>());
            for (number, row) in map {
                prop_assert_eq!(rows.get(number), row);
            }
            prop_assert!(rows.bytes() < 4_000_000);
        }
    }
}
