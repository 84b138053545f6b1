//! Changing and laying the pages in which rows lie.

use std::sync::Arc;

use super::codec::Writer;
use super::rows::{HEAD, ROWS, row, span, start};

/// The bytes of a new page that are kept for its rows to grow into: one and a half for each.
pub(super) const SPARE: usize = 96;

/// Where a row lies or would lie.
struct Place {
    from: usize,
    /// What is written there now.
    len: usize,
    /// Where the next row begins.
    to: usize,
}

/// Where the rows of a page begin.
fn starts(page: &[u8]) -> impl DoubleEndedIterator<Item = usize> + ExactSizeIterator {
    let starts = page.get(..HEAD).unwrap_or_default().chunks_exact(4);
    starts.map(|bytes| bytes.first_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes) as usize))
}

fn find(page: &[u8], slot: usize) -> Place {
    let to = starts(page).skip(slot + 1).find(|start| *start != 0).unwrap_or(page.len());
    let from = start(page, slot);
    if from != 0 {
        return Place { from, len: behind(page, slot) - from, to };
    }
    let before = (0..slot).rev().find(|slot| start(page, *slot) != 0);
    Place { from: before.map_or(HEAD, |slot| behind(page, slot)), len: 0, to }
}

/// Where the row ends.
fn behind(page: &[u8], slot: usize) -> usize {
    span(page, start(page, slot)).map_or(HEAD, |(start, len)| start + len)
}

/// Where the last row ends. It is far from the others, so that asking costs.
fn end(page: &[u8]) -> usize {
    starts(page).rposition(|start| start != 0).map_or(HEAD, |slot| behind(page, slot))
}

/// Puts this row in the place of what is there, or nothing. `spare` is how much of the page belongs to no row.
///
/// What is behind it moves only if there is no room in front of it, and then only as far as it has to.
pub(super) fn put(page: &mut Arc<[u8]>, spare: &mut u32, slot: usize, new: Option<&[u8]>, filling: bool) {
    let place = find(page, slot);
    let (prefix, written) = new.map_or(([0; 5], 0), |row| prefix(row.len()));
    let len = written + new.map_or(0, <[u8]>::len);
    let shift = (place.from + len).saturating_sub(place.to);
    let left = (*spare as usize + place.len).checked_sub(len);
    let fits = left.is_some_and(|left| filling || left <= SPARE * 2 + page.len() / 8);
    let end = if shift > 0 { end(page) } else { 0 };
    if !fits || end + shift > page.len() || shift > 0 && place.to == page.len() {
        // Too small, too large, or full of gaps.
        let room = if filling { SPARE + page.len() / 2 } else { SPARE };
        let mut laid = Laying::default();
        for at in 0..ROWS {
            let row = if at == slot { new } else { span(page, start(page, at)).map(|_| row(page, at)) };
            if let Some(row) = row {
                laid.push(at, |to| {
                    to.copy(row);
                });
            }
        }
        *page = laid.page(room);
        *spare = room as u32;
        return;
    }
    *spare = left.unwrap_or_default() as u32;
    let bytes = Arc::make_mut(page);
    if shift > 0 {
        bytes.copy_within(place.to..end, place.to + shift);
        let starts = bytes.get_mut(slot * 4 + 4..HEAD).unwrap_or_default();
        for place in starts.chunks_exact_mut(4).filter_map(<[u8]>::first_chunk_mut) {
            let old = u32::from_le_bytes(*place);
            *place = if old == 0 { 0 } else { old.wrapping_add(shift as u32) }.to_le_bytes();
        }
    }
    copy(bytes, place.from, prefix.get(..written).unwrap_or_default());
    copy(bytes, place.from + written, new.unwrap_or_default());
    set_start(bytes, slot, if new.is_some() { place.from } else { 0 });
}

fn copy(page: &mut [u8], at: usize, bytes: &[u8]) {
    if let Some(place) = page.get_mut(at..at + bytes.len()) {
        place.copy_from_slice(bytes);
    }
}

/// What stands in front of a row of this length, and how much of it.
fn prefix(len: usize) -> ([u8; 5], usize) {
    match u8::try_from(len) {
        Ok(len) if len < 255 => ([len, 0, 0, 0, 0], 1),
        _ => {
            let [a, b, c, d] = u32::try_from(len).unwrap_or(u32::MAX).to_le_bytes();
            ([255, a, b, c, d], 5)
        }
    }
}

/// A page that rows are written to one after the other.
#[derive(Debug)]
pub(super) struct Laying(Writer);

impl Default for Laying {
    fn default() -> Self {
        let mut bytes = Vec::with_capacity(HEAD + ROWS * 128);
        bytes.resize(HEAD, 0);
        Self(Writer(bytes))
    }
}

impl Laying {
    pub(super) fn push(&mut self, slot: usize, write: impl FnOnce(&mut Writer)) {
        let start = self.0.0.len();
        self.0.byte(0);
        write(&mut self.0);
        let bytes = &mut self.0.0;
        set_start(bytes, slot, start);
        match prefix(bytes.len() - start - 1) {
            ([len, ..], 1) => copy(bytes, start, &[len]),
            (prefix, _) => drop(bytes.splice(start..=start, prefix)),
        }
    }

    /// The page, with so much room behind its rows.
    pub(super) fn page(mut self, room: usize) -> Arc<[u8]> {
        let bytes = &mut self.0.0;
        bytes.resize(bytes.len() + room, 0);
        bytes.as_slice().into()
    }
}

fn set_start(page: &mut [u8], slot: usize, start: usize) {
    if let Some(place) = page.get_mut(slot * 4..slot * 4 + 4) {
        place.copy_from_slice(&u32::try_from(start).unwrap_or(0).to_le_bytes());
    }
}
