//! The full name of a person as a key.

use crate::names;

/// Whether a word before or after a name is no part of it.
fn is_title(word: &str) -> bool {
    // Most words are longer than any of them.
    if word.len() > 4 {
        return false;
    }
    matches!(
        word,
        "cfa"
            | "cpa"
            | "dipl"
            | "dr"
            | "esq"
            | "frau"
            | "herr"
            | "ii"
            | "iii"
            | "ing"
            | "jr"
            | "llm"
            | "mag"
            | "mba"
            | "md"
            | "miss"
            | "mme"
            | "mr"
            | "mrs"
            | "ms"
            | "msc"
            | "mx"
            | "phd"
            | "prof"
            | "rer"
            | "sir"
            | "sr"
            | "univ"
    )
}

/// More other names of one person than this are not asked for.
const MAX_OTHERS: usize = 12;

/// The key by which two spellings of one full name are the same, or `None` if `name` is no full name.
///
/// First and last word in the order of the alphabet, [folded](names::fold) and without titles: `Dr. Jané M. Doe` and
/// `Doe, Jane` are both `doe jane`. A name of one word, or with an initial for one of the two, is no full name: too
/// many people have it.
pub fn full_name(name: &str) -> Option<String> {
    key(name)
}

pub(crate) fn key(name: &str) -> Option<String> {
    Scratch::default().key(name).map(str::to_owned)
}

/// Where keys of many names are made, one after the other.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    folded: String,
    key: String,
}

impl Scratch {
    /// The [`full_name`] of `name`.
    pub(crate) fn key(&mut self, name: &str) -> Option<&str> {
        self.folded.clear();
        names::fold_onto(name, &mut self.folded);
        let (first, last) = ends(&self.folded)?;
        if first <= last && self.folded.len() == first.len() + 1 + last.len() {
            return Some(&self.folded);
        }
        self.key.clear();
        together(first, last, &mut self.key);
        Some(&self.key)
    }
}

/// The keys of this name with another given name: one that a nickname stands for, or the other way round. At most
/// twelve. Either word may be the given name.
pub(crate) fn other_keys(name: &str) -> Vec<String> {
    let folded = names::fold(name);
    let Some((first, last)) = ends(&folded) else { return vec![] };
    let both = |one, other| {
        let mut key = String::new();
        together(one, other, &mut key);
        key
    };
    let given_first = names::nicknames(first).iter().map(|other| both(other, last));
    let given_last = names::nicknames(last).iter().map(|other| both(first, other));
    let own = both(first, last);
    given_first.chain(given_last).filter(|other| *other != own).take(MAX_OTHERS).collect()
}

/// The first and the last word of a folded name, if each is more than an initial.
fn ends(folded: &str) -> Option<(&str, &str)> {
    // Words are too short for a search by machine words to pay.
    let space = |byte: &u8| *byte == b' ';
    let counts = |word: &str| !word.is_empty() && !is_title(word);
    let mut rest = folded;
    let first = loop {
        let end = rest.as_bytes().iter().position(space)?;
        let word = rest.get(..end)?;
        rest = rest.get(end + 1..)?;
        if counts(word) {
            break word;
        }
    };
    let last = loop {
        let space = rest.as_bytes().iter().rposition(space);
        let word = rest.get(space.map_or(0, |space| space + 1)..)?;
        if counts(word) {
            break word;
        }
        rest = rest.get(..space?)?;
    };
    let full = |word: &str| word.chars().nth(1).is_some();
    (full(first) && full(last)).then_some((first, last))
}

fn together(one: &str, other: &str, key: &mut String) {
    let (first, second) = if one <= other { (one, other) } else { (other, one) };
    key.reserve(first.len() + 1 + second.len());
    key.push_str(first);
    key.push(' ');
    key.push_str(second);
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn spellings_of_one_name_share_a_key() {
        for name in ["Jane Doe", "DOE, Jane", "Dr. Jané M. Doe", "jane  doe (Ms.)", "Doe Jane, MBA"] {
            assert_eq!(full_name(name).as_deref(), Some("doe jane"), "{name}");
        }
    }

    #[test]
    fn what_many_people_have_is_no_full_name() {
        for name in ["Jane", "", "J. Doe", "Jane D.", "Dr. Doe", "张伟"] {
            assert_eq!(full_name(name), None, "{name}");
        }
    }

    #[test]
    fn a_nickname_leads_to_the_name_whichever_comes_first() {
        assert!(other_keys("Bob Smith").contains(&"robert smith".to_owned()));
        assert!(other_keys("Smith, Robert").contains(&"bob smith".to_owned()));
        assert!(other_keys("Xq Zyxq").is_empty());
    }

    proptest! {
        #[test]
        fn a_key_is_its_own_key(name in "\\PC{0,30}|([a-zé]{1,4}[ ,.'-]{1,2}){1,4}") {
            if let Some(key) = full_name(&name) {
                prop_assert_eq!(full_name(&key), Some(key));
            }
            prop_assert!(other_keys(&name).len() <= MAX_OTHERS);
        }
    }
}
