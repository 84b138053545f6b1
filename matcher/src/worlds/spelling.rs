//! The many ways in which one name is written.

use super::random::Random;
use super::words::NICKNAMES;

/// In plain ASCII letters; `german` writes ü as ue, as German speakers do.
pub(super) fn folded(text: &str, german: bool) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            'ä' if german => out.push_str("ae"),
            'ö' if german => out.push_str("oe"),
            'ü' if german => out.push_str("ue"),
            'Ä' if german => out.push_str("Ae"),
            'Ö' if german => out.push_str("Oe"),
            'Ü' if german => out.push_str("Ue"),
            'ß' => out.push_str("ss"),
            'æ' => out.push_str("ae"),
            'á' | 'à' | 'â' | 'ä' | 'å' | 'ã' | 'ą' => out.push('a'),
            'Å' | 'Ä' | 'Á' => out.push('A'),
            'ç' | 'ć' => out.push('c'),
            'é' | 'è' | 'ê' | 'ë' | 'ę' => out.push('e'),
            'É' => out.push('E'),
            'í' | 'î' | 'ï' => out.push('i'),
            'ł' => out.push('l'),
            'Ł' => out.push('L'),
            'ñ' | 'ń' => out.push('n'),
            'ó' | 'ò' | 'ô' | 'ö' | 'ø' | 'õ' => out.push('o'),
            'Ö' => out.push('O'),
            'ś' => out.push('s'),
            'ü' | 'ú' | 'ù' => out.push('u'),
            'Ü' => out.push('U'),
            'Ø' => out.push('O'),
            'ż' | 'ź' => out.push('z'),
            c => out.push(c),
        }
    }
    out
}

/// Lower-case ASCII letters and digits alone, as in a domain or a local part.
pub(super) fn squashed(text: &str, german: bool) -> String {
    let lower = folded(text, german).to_ascii_lowercase();
    lower.chars().filter(char::is_ascii_alphanumeric).collect()
}

/// The same with one slip of the finger; what is too short stays.
pub(super) fn misspelt(text: &str, random: &mut Random) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    if letters.len() < 4 {
        return text.to_owned();
    }
    // The first letter is rarely wrong.
    let at = random.between(1, letters.len() - 2);
    match random.below(4) {
        0 if letters[at] != letters[at + 1] => letters.swap(at, at + 1),
        1 => letters.insert(at, letters[at]),
        _ => {
            letters.remove(at);
        }
    }
    letters.into_iter().collect()
}

/// What somebody with this given name may be called.
pub(super) fn nickname(given: &str) -> Option<&'static str> {
    NICKNAMES.iter().find(|(name, _)| *name == given).map(|(_, short)| *short)
}

/// How a company makes local parts from names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    FirstDotLast,
    InitialLast,
    First,
    InitialDotLast,
    LastDotFirst,
    FirstLast,
    FirstUnderscoreLast,
}

/// In about the proportions in which they are met.
const STYLES: [Style; 20] = [
    Style::FirstDotLast,
    Style::FirstDotLast,
    Style::FirstDotLast,
    Style::FirstDotLast,
    Style::FirstDotLast,
    Style::FirstDotLast,
    Style::FirstDotLast,
    Style::FirstDotLast,
    Style::FirstDotLast,
    Style::FirstDotLast,
    Style::InitialLast,
    Style::InitialLast,
    Style::InitialLast,
    Style::InitialLast,
    Style::First,
    Style::First,
    Style::InitialDotLast,
    Style::LastDotFirst,
    Style::FirstLast,
    Style::FirstUnderscoreLast,
];

impl Style {
    pub(super) fn draw(random: &mut Random) -> Self {
        *random.pick(&STYLES)
    }

    /// The local part for a name.
    pub(super) fn local(self, given: &str, family: &str, german: bool) -> String {
        let (given, family) = (squashed(given, german), squashed(family, german));
        let initial: String = given.chars().take(1).collect();
        match self {
            Self::FirstDotLast => format!("{given}.{family}"),
            Self::InitialLast => format!("{initial}{family}"),
            Self::First => given,
            Self::InitialDotLast => format!("{initial}.{family}"),
            Self::LastDotFirst => format!("{family}.{given}"),
            Self::FirstLast => format!("{given}{family}"),
            Self::FirstUnderscoreLast => format!("{given}_{family}"),
        }
    }

    /// Whether the local part tells both names.
    pub(super) fn tells_name(self) -> bool {
        !matches!(self, Self::InitialLast | Self::First | Self::InitialDotLast)
    }
}

/// A display name, and whether it tells both names.
pub(super) fn display_name(
    given: &str,
    family: &str,
    firm: Option<&str>,
    odd: bool,
    random: &mut Random,
) -> (String, bool) {
    let plain = format!("{given} {family}");
    if !odd {
        return (plain, true);
    }
    let initial = |name: &str| name.chars().next().unwrap_or('X');
    match random.below(12) {
        0..=2 => (format!("{family}, {given}"), true),
        3 => (format!("{} {given}", family.to_uppercase()), true),
        4 => (format!("{given} {}.", initial(family)), false),
        5 => (format!("{}. {family}", initial(given)), false),
        6 => nickname(given).map_or((plain, true), |short| (format!("{short} {family}"), true)),
        7 => (folded(&plain, random.chance(0.5)), true),
        8 => (format!("{given} {}", misspelt(family, random)), true),
        9 => (firm.map_or(plain.clone(), |firm| format!("{plain} ({firm})")), true),
        10 => (firm.map_or(plain.clone(), |firm| format!("{plain} | {firm}")), true),
        _ => (given.to_owned(), false),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::super::words::{COUNTRIES, People, STEMS, TAILS};
    use super::*;

    #[test]
    fn every_word_can_be_written_in_ascii() {
        let countries = COUNTRIES.iter().flat_map(|one| {
            let People { given, family, heads, tails } = one.people;
            given.iter().chain(*family).chain(*heads).chain(*tails).chain(one.trades).chain([&one.name])
        });
        for word in countries.chain(STEMS).chain(TAILS) {
            assert!(folded(word, false).is_ascii() && folded(word, true).is_ascii(), "{word}");
            assert!(!squashed(word, false).is_empty());
        }
    }

    #[test]
    fn a_slip_changes_a_word_and_keeps_its_first_letter() {
        let mut random = Random::new(1, 1);
        for _ in 0..1000 {
            let slip = misspelt("globex", &mut random);
            assert!(slip != "globex" && slip.starts_with('g') && slip.len() + 1 >= "globex".len());
        }
    }
}
