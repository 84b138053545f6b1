//! One character of a name that is held.

use super::pattern::Pattern;

/// A character, in as few bytes as the name allows.
pub(super) trait Letter: Copy {
    /// The character.
    fn char(self) -> char;

    /// Where it stands in the query: one bit for each place.
    fn places(self, pattern: &Pattern) -> u64;
}

/// A character up to U+00FF.
impl Letter for u8 {
    fn char(self) -> char {
        char::from(self)
    }

    #[inline]
    fn places(self, pattern: &Pattern) -> u64 {
        pattern.narrow(self)
    }
}

impl Letter for char {
    fn char(self) -> char {
        self
    }

    #[inline]
    fn places(self, pattern: &Pattern) -> u64 {
        match u8::try_from(self) {
            Ok(narrow) => pattern.narrow(narrow),
            Err(_) => pattern.wide(self),
        }
    }
}
