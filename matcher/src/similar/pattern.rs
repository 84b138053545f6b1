//! A query, prepared for being compared with many names.

use super::word::Word;

/// Where each character stands in a query.
#[derive(Debug)]
pub(super) struct Pattern<W> {
    narrow: [W; 256],
    /// What is above U+00FF, sorted.
    wide: Vec<(char, W)>,
}

impl<W: Word> Pattern<W> {
    /// Of a query that has not more characters than `W` has places; the others are left out.
    pub(super) fn new(letters: &[char]) -> Self {
        let mut pattern = Self { narrow: [W::NONE; 256], wide: Vec::new() };
        for (place, letter) in (0..).zip(letters.iter().take(W::PLACES)) {
            let place = W::when(true) << place;
            match u8::try_from(*letter) {
                Ok(narrow) => {
                    let places = &mut pattern.narrow[usize::from(narrow)];
                    *places = *places | place;
                }
                Err(_) => pattern.wide.push((*letter, place)),
            }
        }
        pattern.wide.sort_unstable_by_key(|known| known.0);
        pattern.wide.dedup_by(|later, first| {
            let same = later.0 == first.0;
            if same {
                first.1 = first.1 | later.1;
            }
            same
        });
        pattern
    }

    #[inline]
    pub(super) fn narrow(&self, letter: u8) -> W {
        self.narrow[usize::from(letter)]
    }

    pub(super) fn wide(&self, letter: char) -> W {
        let found = self.wide.binary_search_by_key(&letter, |known| known.0);
        found.ok().and_then(|at| self.wide.get(at)).map_or(W::NONE, |known| known.1)
    }
}
