//! One spelling for all spellings of a letter.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// How much of a name is read, in bytes. Nobody is called more than that.
pub const MAX_NAME: usize = 512;

/// `text` in lower case, without marks and punctuation, with single spaces between its words.
///
/// Compatibility forms and accents go (`Ｍüller` is `muller`), letters without a decomposition get their usual
/// replacement (`ß` is `ss`, `ø` is `o`), `&` is the word `and`, an apostrophe joins (`O'Neill` is `oneill`), and so
/// do the dots of an abbreviation (`S.p.A.` is `spa`, `J.P. Morgan` is `jp morgan`). Every other sign parts words, as
/// does the border between Chinese, Japanese or Korean writing and any other.
///
/// Reads the first [`MAX_NAME`] bytes and writes no more than that. What it returns is its own folding.
pub fn fold(text: &str) -> String {
    let mut out = String::new();
    fold_onto(text, &mut out);
    out
}

/// Writes the folding of `text` into `out`, which is empty.
pub(crate) fn fold_onto(text: &str, out: &mut String) {
    let text = head(text, MAX_NAME);
    if !plain_onto(text, out) {
        *out = folded(text);
    }
}

fn folded(text: &str) -> String {
    let mut sink = Sink::default();
    if text.is_ascii() {
        text.bytes().for_each(|byte| sink.push(char::from(byte.to_ascii_lowercase())));
    } else {
        for letter in text.chars() {
            if matches!(letter, '\u{b4}' | '\u{2018}' | '\u{2019}' | '\u{2bc}') {
                continue; // All of them stand for an apostrophe; one would decompose to a space.
            }
            for part in letter.to_lowercase().nfkd().filter(|part| !is_combining_mark(*part)) {
                // What a letter decomposes to may be a capital again.
                for part in part.to_lowercase() {
                    match replacement(part) {
                        Some(plain) => plain.chars().for_each(|plain| sink.push(plain)),
                        None => sink.push(part),
                    }
                }
            }
        }
    }
    sink.finish()
}

/// Writes the folding of a text of plain letters and spaces alone, as most names are, and says whether it is one.
fn plain_onto(text: &str, out: &mut String) -> bool {
    // Whether each letter may be here, and whether no space is where it would be dropped.
    let (mut plain, mut spaced, mut space) = (true, true, true);
    for byte in text.bytes() {
        let before = std::mem::replace(&mut space, byte == b' ');
        plain &= byte.is_ascii_alphanumeric() | space;
        spaced &= !(space & before);
    }
    if !plain {
        return false;
    }
    if spaced & !space {
        out.push_str(text);
        out.make_ascii_lowercase();
        return true;
    }
    out.reserve(text.len());
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out.make_ascii_lowercase();
    true
}

/// As much of `text` as fits into `limit` bytes.
pub(super) fn head(text: &str, limit: usize) -> &str {
    let mut end = text.len().min(limit);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

fn replacement(letter: char) -> Option<&'static str> {
    Some(match letter {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'ł' => "l",
        'đ' | 'ð' => "d",
        'þ' => "th",
        'ħ' => "h",
        'ı' => "i",
        'ŋ' => "n",
        'ŧ' => "t",
        _ => return None,
    })
}

/// Takes letters and signs in order and writes words.
#[derive(Default)]
struct Sink {
    out: String,
    /// What was read since the last sign that parts words, dots included.
    chunk: String,
    /// Whether that is East Asian writing.
    wide: bool,
}

impl Sink {
    fn push(&mut self, letter: char) {
        match letter {
            '\'' | '`' => {}
            '.' => self.chunk.push('.'),
            '&' => {
                self.word();
                self.chunk.push_str("and");
                self.word();
            }
            _ if letter.is_alphanumeric() => {
                let wide = is_wide(letter);
                if wide != self.wide {
                    self.word();
                    self.wide = wide;
                }
                self.chunk.push(letter);
            }
            _ => self.word(),
        }
    }

    /// Ends a chunk: letters that stand alone between dots are joined, everything else between dots is a word.
    fn word(&mut self) {
        let mut after_single = false;
        for part in self.chunk.split('.').filter(|part| !part.is_empty()) {
            let mut letters = part.chars();
            let single = letters.next().is_some_and(char::is_alphabetic) && letters.next().is_none();
            if !(self.out.is_empty() || single && after_single) {
                self.out.push(' ');
            }
            self.out.push_str(part);
            after_single = single;
        }
        self.chunk.clear();
    }

    fn finish(mut self) -> String {
        self.word();
        let kept = head(&self.out, MAX_NAME).trim_end().len();
        self.out.truncate(kept);
        self.out
    }
}

fn is_wide(letter: char) -> bool {
    matches!(u32::from(letter), 0x1100..=0x11ff | 0x3040..=0x30ff | 0x3400..=0x9fff | 0xac00..=0xd7ff | 0xf900..=0xfaff | 0x2_0000..=0x3_ffff)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn spellings_fold_together() {
        for (text, folded) in [
            ("  ACME,  Inc. ", "acme inc"),
            ("Müller & Söhne GmbH", "muller and sohne gmbh"),
            ("Ｇｒｕｐｐｏ S.p.A.", "gruppo spa"),
            ("J.P. Morgan", "jp morgan"),
            ("j.p.morgan", "jp morgan"),
            ("amazon.com", "amazon com"),
            ("L\u{2019}Oréal / O'Neill", "loreal oneill"),
            ("Straße Ærø Łódź İstanbul ığdır", "strasse aero lodz istanbul igdir"),
            ("ge医疗", "ge 医疗"),
            ("No.1 A/S", "no 1 a s"),
            ("", ""),
            ("...&...", "and"),
        ] {
            assert_eq!(fold(text), folded, "{text}");
        }
    }

    #[test]
    fn a_letter_that_stands_for_a_phrase_stays_bounded() {
        assert!(fold(&"\u{fdfa}".repeat(1000)).len() <= MAX_NAME);
        assert!(fold(&"é".repeat(100_000)).len() <= MAX_NAME);
    }

    proptest! {
        #[test]
        fn a_folded_name_is_its_own_folding(text in "\\PC{0,40}|[a-c.&' é]{0,12}") {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once);
        }

        #[test]
        fn the_fast_path_is_the_slow_one(text in "[ -~]{0,40}") {
            let slow = fold(&format!("{text} é"));
            let fast = format!("{} e", fold(&text));
            prop_assert_eq!(fast.trim(), slow.trim());
        }
    }
}
