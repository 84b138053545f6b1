//! The endings that say what a company is by law, and nothing about which one it is.

use std::collections::HashSet;
use std::sync::OnceLock;

static LEGAL_FORMS: &str = include_str!("../../lists/legal_forms.txt");

/// The most words that one legal form has.
const LONGEST: usize = 5;

fn forms() -> &'static HashSet<&'static str> {
    static FORMS: OnceLock<HashSet<&'static str>> = OnceLock::new();
    FORMS.get_or_init(|| LEGAL_FORMS.lines().collect())
}

/// How many of `words`, from the first on, are one legal form: the longest that fits, or none.
///
/// `text` is what the words are cut from, one space between each; they are given as ranges in it.
pub(super) fn form_at(text: &str, words: &[(usize, usize)]) -> usize {
    let Some(&(start, _)) = words.first() else { return 0 };
    for count in (1..=words.len().min(LONGEST)).rev() {
        let Some(&(_, end)) = words.get(count - 1) else { continue };
        if text.get(start..end).is_some_and(|form| forms().contains(form)) {
            return count;
        }
    }
    0
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    #[test]
    fn the_list_is_sorted_and_fits() {
        let lines: Vec<&str> = LEGAL_FORMS.lines().collect();
        assert!(lines.windows(2).all(|pair| pair[0] < pair[1]) && lines.len() > 100);
        assert!(lines.iter().all(|line| line.split(' ').count() <= LONGEST));
    }
}
