//! A name or a query, cut and with its words in order.

use super::MAX_LETTERS;

/// The characters of a name that count.
#[derive(Debug, Default)]
pub(super) struct Text {
    /// As they come.
    pub(super) given: Vec<char>,
    /// With the words sorted and joined by one space.
    pub(super) sorted: Vec<char>,
}

impl Text {
    pub(super) fn new(name: &str) -> Self {
        let given: Vec<char> = name.chars().take(MAX_LETTERS).collect();
        let mut words: Vec<&[char]> = words(&given).collect();
        words.sort_unstable();
        let sorted = words.join(&' ');
        Self { given, sorted }
    }

    /// Whether a character needs more than a byte.
    pub(super) fn is_wide(&self) -> bool {
        self.given.iter().any(|letter| u8::try_from(*letter).is_err())
    }
}

pub(super) fn words(letters: &[char]) -> impl Iterator<Item = &[char]> {
    letters.split(|letter| *letter == ' ').filter(|word| !word.is_empty())
}
