//! A name cut into words.

use super::NameKind;
use super::fold::fold;
use super::legal;

/// The most words of a name that count.
pub(super) const MAX_WORDS: usize = 24;

/// The most letters of a word that count.
pub(super) const MAX_LETTERS: usize = 32;

/// Words that join others and never carry a name alone.
const JOINTS: [&str; 10] = ["and", "de", "der", "des", "du", "for", "la", "of", "the", "und"];

/// A folded name and where its words are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Words {
    text: String,
    words: Vec<Word>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Word {
    start: usize,
    end: usize,
    silent: bool,
}

impl Words {
    /// The words of `name`. Of a company, letters that stand alone in a row are one word (`b v` is `bv`), and a legal
    /// form behind the first word is silent.
    pub(super) fn of(kind: NameKind, name: &str) -> Self {
        let folded = fold(name);
        let mut text = String::with_capacity(folded.len());
        let mut ranges: Vec<(usize, usize)> = Vec::with_capacity(8);
        let mut after_single = false;
        for word in folded.split(' ').filter(|word| !word.is_empty()) {
            let word =
                word.char_indices().nth(MAX_LETTERS).map_or(word, |(end, _)| word.get(..end).unwrap_or(word));
            let single = word.len() == 1 && word.bytes().all(|byte| byte.is_ascii_lowercase());
            let room = ranges.last().is_some_and(|(start, end)| end - start < MAX_LETTERS);
            let joined = single && after_single && room && kind == NameKind::Company;
            if !joined {
                if ranges.len() == MAX_WORDS {
                    break;
                }
                if !text.is_empty() {
                    text.push(' ');
                }
                ranges.push((text.len(), text.len()));
            }
            text.push_str(word);
            if let Some(range) = ranges.last_mut() {
                range.1 = text.len();
            }
            after_single = single;
        }
        let mut words: Vec<Word> =
            ranges.iter().map(|&(start, end)| Word { start, end, silent: false }).collect();
        if kind == NameKind::Company {
            silence(&text, &ranges, &mut words);
        }
        Self { text, words }
    }

    /// All words and whether each is silent.
    pub(super) fn all(&self) -> impl Iterator<Item = (&str, bool)> {
        self.words.iter().map(|word| (self.text.get(word.start..word.end).unwrap_or_default(), word.silent))
    }
}

/// Whether `word` only joins others.
pub(super) fn is_joint(word: &str) -> bool {
    JOINTS.contains(&word)
}

/// Marks legal forms: at the end of the name all of them, before it only those that are hardly anything else.
fn silence(text: &str, ranges: &[(usize, usize)], words: &mut [Word]) {
    let joins =
        |at: usize| ranges.get(at).is_some_and(|&(start, end)| text.get(start..end).is_some_and(is_joint));
    let Some(first) = (0..ranges.len()).find(|at| !joins(*at)) else { return };
    // Forms found one after the other, open as long as nothing but forms follows.
    let mut open: Vec<(usize, usize)> = Vec::new();
    let mut at = first + 1;
    while let Some(rest) = ranges.get(at..).filter(|rest| !rest.is_empty()) {
        let count = legal::form_at(text, rest);
        if count == 0 {
            if joins(at) && !open.is_empty() {
                open.push((at, 1)); // "gmbh & co kg": what joins two forms says no more than they do.
            } else {
                open.retain(|&(at, count)| {
                    count > 1 || ranges.get(at).is_some_and(|(start, end)| end - start > 2)
                });
                mark(words, &mut open);
            }
            at += 1;
        } else {
            open.push((at, count));
            at += count;
        }
    }
    mark(words, &mut open);
}

fn mark(words: &mut [Word], forms: &mut Vec<(usize, usize)>) {
    for (at, count) in forms.drain(..) {
        words.iter_mut().skip(at).take(count).for_each(|word| word.silent = true);
    }
}

/// The words of a company without legal forms and spaces, as a domain would spell them.
pub(crate) fn squashed(name: &str) -> String {
    Words::of(NameKind::Company, name).all().filter(|(_, silent)| !silent).map(|(word, _)| word).collect()
}

/// The initials of a company's words without legal forms, with and without words that only join others. None if a word
/// does not begin with a letter.
pub(crate) fn initials(name: &str) -> Vec<String> {
    let words = Words::of(NameKind::Company, name);
    super::query::acronyms(NameKind::Company, words.all().filter(|(_, silent)| !silent).map(|(word, _)| word))
}

/// The words of `name` in the form in which they are compared, legal forms included.
///
/// Of a company, letters that stand alone in a row are one word, so that `B. V.`, `b v` and `BV` are equal. At most
/// 24 words with at most 32 letters each.
pub fn words(kind: NameKind, name: &str) -> Vec<String> {
    Words::of(kind, name).all().map(|(word, _)| word.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    fn loud(name: &str) -> String {
        let words = Words::of(NameKind::Company, name);
        words.all().filter(|(_, silent)| !silent).map(|(word, _)| word).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn legal_forms_are_silent() {
        for (name, rest) in [
            ("Acme Inc.", "acme"),
            ("Müller & Söhne GmbH & Co. KG", "muller and sohne"),
            ("FK Metal s. r. o.", "fk metal"),
            ("Concrete Engineering Sp. z o.o.", "concrete engineering"),
            ("Kuehne Logistics Private Limited", "kuehne logistics"),
            ("Apple Operations Ltd Dublin", "apple operations dublin"),
            ("Limited", "limited"),
            ("The Limited", "the limited"),
            ("Co-operative Group", "co operative group"),
            ("AG Barr plc", "ag barr"),
            ("Same As Cash", "same as cash"),
        ] {
            assert_eq!(loud(name), rest, "{name}");
        }
    }

    #[test]
    fn letters_in_a_row_are_one_word_of_a_company_only() {
        assert_eq!(words(NameKind::Company, "J P Morgan"), ["jp", "morgan"]);
        assert_eq!(words(NameKind::Person, "J P Morgan"), ["j", "p", "morgan"]);
    }

    #[test]
    fn words_are_bounded() {
        let many = words(NameKind::Company, &"ab ".repeat(1000));
        assert_eq!(many.len(), MAX_WORDS);
        assert_eq!(words(NameKind::Person, &"x".repeat(1000))[0].len(), MAX_LETTERS);
    }
}
