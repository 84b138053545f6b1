//! Comparing text without regard to case, and without building any.
//!
//! Two texts are equal if [`str::to_lowercase`] makes them equal. What a rule compares with is folded when the
//! manifest is compiled; what it is compared with is folded letter by letter as it is read.

use std::fmt::{self, Display, Write};

/// Text as it is compared: without regard to case.
pub(super) fn fold(text: &str) -> String {
    text.to_lowercase()
}

/// A folded text to compare with.
#[derive(Debug, Clone)]
pub(crate) struct Folded {
    text: Box<str>,
    letters: Box<[char]>,
    /// For each beginning of `letters`: how long the longest shorter beginning is in which it ends (Knuth, Morris and
    /// Pratt), so that a search reads every letter once.
    borders: Box<[usize]>,
}

impl Folded {
    pub(super) fn new(text: &str) -> Self {
        let text = fold(text).into_boxed_str();
        let letters: Box<[char]> = text.chars().collect();
        let mut borders = vec![0; letters.len()];
        let mut length = 0;
        for at in 1..letters.len() {
            while length > 0 && letters[at] != letters[length] {
                length = borders[length - 1];
            }
            length += usize::from(letters[at] == letters[length]);
            borders[at] = length;
        }
        Self { text, letters, borders: borders.into() }
    }

    /// Whether `text` is this one.
    pub(super) fn is(&self, text: &str) -> bool {
        match Shape::of(text) {
            Shape::Plain => self.text.eq_ignore_ascii_case(text),
            Shape::Letters => lower(text).eq(self.letters.iter().copied()),
            Shape::Sigma => *self.text == *fold(text),
        }
    }

    /// Whether `text` begins with this one.
    pub(super) fn begins(&self, text: &str) -> bool {
        match Shape::of(text) {
            Shape::Plain => text
                .as_bytes()
                .get(..self.text.len())
                .is_some_and(|head| head.eq_ignore_ascii_case(self.text.as_bytes())),
            Shape::Letters => leads(lower(text), self.letters.iter().copied()),
            Shape::Sigma => fold(text).starts_with(&*self.text),
        }
    }

    /// Whether `text` ends with this one.
    pub(super) fn ends(&self, text: &str) -> bool {
        match Shape::of(text) {
            Shape::Plain => text
                .len()
                .checked_sub(self.text.len())
                .and_then(|at| text.as_bytes().get(at..))
                .is_some_and(|tail| tail.eq_ignore_ascii_case(self.text.as_bytes())),
            Shape::Letters => leads(lower(text).rev(), self.letters.iter().rev().copied()),
            Shape::Sigma => fold(text).ends_with(&*self.text),
        }
    }

    /// Whether this one is somewhere in `text`.
    pub(super) fn within(&self, text: &str) -> bool {
        match Shape::of(text) {
            Shape::Plain => self.search(text.bytes().map(|byte| char::from(byte.to_ascii_lowercase()))),
            Shape::Letters => self.search(lower(text)),
            Shape::Sigma => fold(text).contains(&*self.text),
        }
    }

    fn search(&self, text: impl Iterator<Item = char>) -> bool {
        let mut length = 0;
        if self.letters.is_empty() {
            return true;
        }
        for letter in text {
            while length > 0 && self.letters[length] != letter {
                length = self.borders[length - 1];
            }
            length += usize::from(self.letters[length] == letter);
            if length == self.letters.len() {
                return true;
            }
        }
        false
    }
}

impl Display for Folded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// How a text is folded.
enum Shape {
    /// Byte by byte.
    Plain,
    /// Letter by letter.
    Letters,
    /// As a whole: what a capital sigma becomes depends on the letters around it. The one case that allocates.
    Sigma,
}

impl Shape {
    fn of(text: &str) -> Self {
        if text.is_ascii() {
            Self::Plain
        } else if text.contains('Σ') {
            Self::Sigma
        } else {
            Self::Letters
        }
    }
}

fn lower(text: &str) -> impl DoubleEndedIterator<Item = char> {
    text.chars().flat_map(char::to_lowercase)
}

/// Whether the first letters are those of `head`.
fn leads(mut text: impl Iterator<Item = char>, mut head: impl Iterator<Item = char>) -> bool {
    head.all(|letter| text.next() == Some(letter))
}

/// Shows what `value` writes to `look`. What is short, as numbers are, is written without allocating.
pub(super) fn shown<R>(value: &impl Display, look: impl FnOnce(&str) -> R) -> R {
    let mut short = Short { bytes: [0; Short::MOST], length: 0 };
    match write!(short, "{value}").map(|()| std::str::from_utf8(&short.bytes[..short.length])) {
        Ok(Ok(text)) => look(text),
        _ => look(&value.to_string()),
    }
}

struct Short {
    bytes: [u8; Self::MOST],
    length: usize,
}

impl Short {
    /// More than any number of 64 bits takes.
    const MOST: usize = 40;
}

impl Write for Short {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.length + text.len();
        self.bytes.get_mut(self.length..end).ok_or(fmt::Error)?.copy_from_slice(text.as_bytes());
        self.length = end;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Letters whose case is odd, among plain ones.
    fn texts() -> impl Strategy<Value = String> {
        prop_oneof!["[aAbBkKiIsS]{0,8}", "[aAsSßẞİıK\u{307}σςΣ \u{2019}éÉǅ]{0,8}", ".{0,8}"]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_000))]

        #[test]
        fn folded_comparison_is_that_of_lower_case_texts(text in texts(), part in texts(), cut in 0..8_usize) {
            // Parts of the text itself too, or hardly anything would be found.
            let own: String = text.chars().skip(cut / 2).take(cut).collect();
            for part in [part, own, text.to_uppercase()] {
                let (folded, naive) = (Folded::new(&part), text.to_lowercase());
                let wanted = part.to_lowercase();
                prop_assert_eq!(folded.is(&text), naive == wanted, "{} is {}", text, part);
                prop_assert_eq!(folded.begins(&text), naive.starts_with(&wanted), "{} begins {}", text, part);
                prop_assert_eq!(folded.ends(&text), naive.ends_with(&wanted), "{} ends {}", text, part);
                prop_assert_eq!(folded.within(&text), naive.contains(&wanted), "{} contains {}", text, part);
            }
        }

        #[test]
        fn what_is_shown_is_what_it_writes(number in any::<f64>(), text in ".{0,60}") {
            prop_assert!(shown(&number, |shown| shown == number.to_string()));
            prop_assert!(shown(&text, |shown| shown == text));
        }
    }
}
