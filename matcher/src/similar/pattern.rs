//! A query, prepared for being compared with many names.

/// How long a query may be for the comparison in single words of the machine.
pub(super) const WORD: usize = 64;

/// Where each character stands among the first 64 of a query.
#[derive(Debug)]
pub(super) struct Pattern {
    narrow: [u64; 256],
    /// What is above U+00FF, sorted.
    wide: Vec<(char, u64)>,
}

impl Pattern {
    pub(super) fn new(letters: &[char]) -> Self {
        let mut pattern = Self { narrow: [0; 256], wide: Vec::new() };
        for (place, letter) in letters.iter().take(WORD).enumerate() {
            let bit = 1 << place;
            match u8::try_from(*letter) {
                Ok(narrow) => pattern.narrow[usize::from(narrow)] |= bit,
                Err(_) => match pattern.wide.binary_search_by_key(letter, |known| known.0) {
                    Ok(at) => pattern.wide.iter_mut().skip(at).take(1).for_each(|known| known.1 |= bit),
                    Err(at) => pattern.wide.insert(at, (*letter, bit)),
                },
            }
        }
        pattern
    }

    #[inline]
    pub(super) fn narrow(&self, letter: u8) -> u64 {
        self.narrow[usize::from(letter)]
    }

    pub(super) fn wide(&self, letter: char) -> u64 {
        let found = self.wide.binary_search_by_key(&letter, |known| known.0);
        found.ok().and_then(|at| self.wide.get(at)).map_or(0, |known| known.1)
    }
}
