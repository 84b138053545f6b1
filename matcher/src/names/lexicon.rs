//! How telling a word is, by the shipped counts alone.

use std::collections::HashMap;
use std::sync::OnceLock;

use super::NameKind;

static COMPANY_WORDS: &str = include_str!("../../lists/company_words.txt");
static PERSON_WORDS: &str = include_str!("../../lists/person_words.txt");
static NICKNAMES: &str = include_str!("../../lists/nicknames.txt");

/// What the word of a name is worth.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Worth {
    /// The logarithm of how rare it is. No tenant's names have a part in it, so that one more name changes no score.
    pub(super) idf: f32,
    /// Whether it is on the list, and so hardly a slip of the pen.
    pub(super) known: bool,
}

/// What an initial of a person is worth: many names begin with each letter.
const INITIAL: f32 = 6.0;

/// A word of companies that is worth no more than this is in the names of one company in 5000.
const COMMON: f32 = 8.52;

/// Whether so many companies have `word` in their names that it names none of them.
pub(crate) fn is_common(word: &str) -> bool {
    lexicon(NameKind::Company).words.get(word).is_some_and(|idf| *idf <= COMMON)
}

/// The worth of `word`.
pub(super) fn worth(kind: NameKind, word: &str) -> Worth {
    if kind == NameKind::Person && is_initial(word) {
        return Worth { idf: INITIAL, known: true };
    }
    let lexicon = lexicon(kind);
    let idf = lexicon.words.get(word);
    Worth { idf: idf.copied().unwrap_or(lexicon.unseen), known: idf.is_some() }
}

/// Whether `word` is one letter.
pub(super) fn is_initial(word: &str) -> bool {
    let mut letters = word.chars();
    letters.next().is_some_and(char::is_alphabetic) && letters.next().is_none()
}

/// The names that people use for `name` or the other way round.
pub(crate) fn nicknames(name: &str) -> &'static [&'static str] {
    static TABLE: OnceLock<HashMap<&'static str, Vec<&'static str>>> = OnceLock::new();
    let table = TABLE.get_or_init(|| {
        let mut table: HashMap<&str, Vec<&str>> = HashMap::new();
        for (one, other) in NICKNAMES.lines().filter_map(|line| line.split_once(' ')) {
            table.entry(one).or_default().push(other);
            table.entry(other).or_default().push(one);
        }
        table
    });
    table.get(name).map_or(&[], Vec::as_slice)
}

struct Lexicon {
    words: HashMap<&'static str, f32>,
    unseen: f32,
}

fn lexicon(kind: NameKind) -> &'static Lexicon {
    static COMPANIES: OnceLock<Lexicon> = OnceLock::new();
    static PEOPLE: OnceLock<Lexicon> = OnceLock::new();
    match kind {
        NameKind::Company => COMPANIES.get_or_init(|| read(COMPANY_WORDS)),
        NameKind::Person => PEOPLE.get_or_init(|| read(PERSON_WORDS)),
    }
}

fn read(text: &'static str) -> Lexicon {
    let lines = || text.lines().filter_map(|line| line.split_once(' '));
    let counts = || lines().filter_map(|(word, count)| Some((word, count.parse::<f32>().ok()?)));
    let all = counts().find(|(word, _)| *word == "*").map_or(1.0, |(_, count)| count);
    let idf = |count: f32| {
        // In steps of 1/64: the last bits of a logarithm differ between machines.
        ((1.0 + all / count).ln() * 64.0).round() / 64.0
    };
    let rarest = counts().map(|(_, count)| count).fold(all, f32::min);
    let words = counts().filter(|(word, _)| *word != "*").map(|(word, count)| (word, idf(count))).collect();
    Lexicon { words, unseen: idf((rarest / 2.0).max(1.0)) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    #[test]
    fn the_lists_are_sorted_and_small() {
        for text in [COMPANY_WORDS, PERSON_WORDS] {
            let words: Vec<&str> = text.lines().map(|line| line.split_once(' ').unwrap().0).collect();
            assert!(words.windows(2).all(|pair| pair[0] < pair[1]));
            assert!(words.len() > 5000 && text.len() <= 150_000);
        }
        let pairs: Vec<&str> = NICKNAMES.lines().collect();
        assert!(pairs.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn what_many_companies_are_called_is_common() {
        assert!(["total", "target", "united", "orange", "mail"].into_iter().all(is_common));
        assert!(!["acme", "globex", "zyxq"].into_iter().any(is_common));
    }

    #[test]
    fn rare_words_are_worth_more() {
        let worth = |word| worth(NameKind::Company, word);
        assert!(worth("the").idf < worth("capital").idf && worth("capital").idf < worth("zyxq").idf);
        assert!(worth("capital").known && !worth("zyxq").known);
    }

    #[test]
    fn nicknames_lead_both_ways() {
        assert!(nicknames("bob").contains(&"robert") && nicknames("robert").contains(&"bob"));
        assert!(nicknames("zyxq").is_empty());
    }
}
