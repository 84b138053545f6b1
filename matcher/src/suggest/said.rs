//! What a display name says: who it is, and of which company.

/// Words in brackets that name no company.
const NO_COMPANY: [&str; 14] = [
    "ext", "extern", "external", "guest", "he", "her", "him", "his", "mr", "mrs", "ms", "she", "them", "they",
];

/// Signs between a person and a company, with the blanks that part them from a hyphen within a name.
const BETWEEN: [&str; 9] = [" | ", " - ", " – ", " — ", " / ", " @ ", " at ", " from ", " · "];

/// A display name in parts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Said<'a> {
    /// The person. Never an address.
    pub(super) person: Option<&'a str>,
    /// The company, as in `Jane Doe (Globex)`.
    pub(super) company: Option<&'a str>,
}

/// The parts of a display name. Reads only the first bracket or sign between the two.
pub(super) fn read(name: &str) -> Said<'_> {
    let (person, company) = bracket(name).or_else(|| between(name)).unwrap_or((name, ""));
    let part = |text: &str| text.chars().any(char::is_alphabetic) && !text.contains('@');
    let person = Some(person.trim()).filter(|text| part(text));
    let company = Some(company.trim()).filter(|text| part(text) && !is_no_company(text));
    Said { person, company }
}

fn bracket(name: &str) -> Option<(&str, &str)> {
    let (open, sign) = name.char_indices().find(|(_, sign)| matches!(sign, '(' | '['))?;
    let close = if sign == '(' { ')' } else { ']' };
    let (before, rest) = (name.get(..open)?, name.get(open + 1..)?);
    Some((before, rest.split(close).next().unwrap_or(rest)))
}

fn between(name: &str) -> Option<(&str, &str)> {
    let places = BETWEEN.iter().filter_map(|sign| Some((name.find(sign)?, sign.len())));
    let (at, length) = places.min()?;
    Some((name.get(..at)?, name.get(at + length..)?))
}

/// Whether each word is one that people put behind their names, as in `she/her`.
fn is_no_company(text: &str) -> bool {
    let text = text.to_lowercase();
    text.split(|sign: char| !sign.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .all(|word| NO_COMPANY.contains(&word))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    #[test]
    fn a_display_name_may_name_a_company() {
        for name in [
            "Jane Doe (Globex)",
            "Jane Doe [Globex]",
            "Jane Doe | Globex",
            "Jane Doe - Globex",
            "Jane Doe – Globex",
            "Jane Doe @ Globex",
            "Jane Doe at Globex",
            "Jane Doe (Globex",
        ] {
            assert_eq!(read(name), Said { person: Some("Jane Doe"), company: Some("Globex") }, "{name}");
        }
    }

    #[test]
    fn what_is_no_company_is_none() {
        for name in ["Jane Doe", "Jane Doe (she/her)", "Jane Doe (External)", "Jane Doe ()", "Jane Doe |"] {
            assert_eq!(read(name).company, None, "{name}");
        }
        assert_eq!(read("Doe-Smith, Jane").person, Some("Doe-Smith, Jane"));
        assert_eq!(read("jane@globex.com"), Said::default());
        assert_eq!(read("(Globex)"), Said { person: None, company: Some("Globex") });
        assert_eq!(read("12 | 34"), Said::default());
    }
}
