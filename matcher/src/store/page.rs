//! Changing and laying the pages in which rows lie.

use std::sync::Arc;

use super::codec::Writer;
use super::rows::{HEAD, ROWS, span, start};

/// The bytes behind a page's rows that are kept for rows to grow into: one and a half for each.
const SPARE: usize = 96;

/// Where the rows of a page end.
fn end(page: &[u8]) -> usize {
    (0..ROWS).rev().find_map(|slot| span(page, slot)).map_or(HEAD, |(start, len)| start + len)
}

/// Puts this row in the place of what is there, and everything behind it where it belongs then.
pub(super) fn splice(page: &mut Arc<[u8]>, slot: usize, new: Option<&[u8]>, filling: bool) {
    let end = end(page);
    let (from, to) = match span(page, slot) {
        Some((first, len)) => (start(page, slot), first + len),
        None => {
            let behind = (slot + 1..ROWS).map(|at| start(page, at)).find(|start| *start != 0);
            (behind.unwrap_or(end), behind.unwrap_or(end))
        }
    };
    let (prefix, written) = new.map_or(([0; 5], 0), |row| prefix(row.len()));
    let behind = from + written + new.map_or(0, <[u8]>::len);
    let used = behind + (end - to);
    // Neither too little nor too much.
    let fits =
        used <= page.len() && page.len() - used <= SPARE * 2 + used / 8 || filling && used <= page.len();
    if !fits {
        let room = used + if filling { SPARE + used / 2 } else { SPARE };
        let mut other: Arc<[u8]> = std::iter::repeat_n(0, room).collect();
        if let Some(bytes) = Arc::get_mut(&mut other) {
            copy(bytes, 0, page.get(..from).unwrap_or_default());
            copy(bytes, behind, page.get(to..end).unwrap_or_default());
        }
        *page = other;
    }
    let bytes = Arc::make_mut(page);
    if fits && behind != to {
        bytes.copy_within(to..end, behind);
    }
    copy(bytes, from, prefix.get(..written).unwrap_or_default());
    copy(bytes, from + written, new.unwrap_or_default());
    set_start(bytes, slot, if new.is_some() { from } else { 0 });
    if behind != to {
        let starts = bytes.get_mut(slot * 4 + 4..HEAD).unwrap_or_default();
        for place in starts.chunks_exact_mut(4) {
            if let Some(place) = place.first_chunk_mut::<4>() {
                let old = u32::from_le_bytes(*place);
                let moved = old.wrapping_add(behind as u32).wrapping_sub(to as u32);
                *place = if old == 0 { 0 } else { moved }.to_le_bytes();
            }
        }
    }
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

    pub(super) fn page(mut self) -> Arc<[u8]> {
        let bytes = &mut self.0.0;
        bytes.resize(bytes.len() + SPARE, 0);
        bytes.as_slice().into()
    }
}

fn set_start(page: &mut [u8], slot: usize, start: usize) {
    if let Some(place) = page.get_mut(slot * 4..slot * 4 + 4) {
        place.copy_from_slice(&u32::try_from(start).unwrap_or(0).to_le_bytes());
    }
}
