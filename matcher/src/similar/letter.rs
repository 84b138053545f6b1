//! One character of a name that is held.

use super::pattern::Pattern;
use super::word::Word;

/// A character, in as few bytes as the name allows.
pub(super) trait Letter: Copy {
    /// The character.
    fn char(self) -> char;

    /// Where it stands in the query.
    fn places<W: Word>(self, pattern: &Pattern<W>) -> W;
}

/// A character up to U+00FF.
impl Letter for u8 {
    #[inline]
    fn char(self) -> char {
        char::from(self)
    }

    #[inline]
    fn places<W: Word>(self, pattern: &Pattern<W>) -> W {
        pattern.narrow(self)
    }
}

impl Letter for char {
    #[inline]
    fn char(self) -> char {
        self
    }

    #[inline]
    fn places<W: Word>(self, pattern: &Pattern<W>) -> W {
        match u8::try_from(self) {
            Ok(narrow) => pattern.narrow(narrow),
            Err(_) => pattern.wide(self),
        }
    }
}
