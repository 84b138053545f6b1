//! E-mail addresses as calendars and CRMs write them, and the one spelling by which they are compared.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

use crate::host;
use crate::plain::{Plain, plain};

/// The longest text in which an address is looked for, in bytes.
pub const MAX_ADDRESS_INPUT: usize = 2048;

/// The longest local part, in bytes. The standard says 64; calendar ids are a little longer.
pub(crate) const MAX_LOCAL: usize = 128;

/// A usable address: what was given, and its normal form.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    original: String,
    strict: String,
    at: usize,
}

/// The normal form of an address, borrowed. Two are the same mailbox if they are equal.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AddressRef<'a> {
    strict: &'a str,
    at: usize,
}

/// Why a text holds no usable address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AddressError {
    /// Nothing but blanks and punctuation.
    Empty,
    /// Longer than [`MAX_ADDRESS_INPUT`].
    TooLong,
    /// There is no `@` in it.
    NoAt,
    /// More than one address.
    Several,
    /// The part before the `@` is empty, too long, or holds a character that needs quoting.
    Local,
    /// The part after the `@` is no host name.
    Host,
}

impl fmt::Display for AddressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "no address here; give one such as jane@acme.com",
            Self::TooLong => "longer than 2048 bytes; give one address such as jane@acme.com",
            Self::NoAt => "no @ in it; give an address such as jane@acme.com",
            Self::Several => "more than one address; give one at a time",
            Self::Local => "the part before the @ is empty, longer than 128 bytes or needs quoting",
            Self::Host => "the part after the @ is no host name",
        })
    }
}

impl Error for AddressError {}

impl Address {
    /// Finds the one address in `text`.
    ///
    /// Copes with what people and programs leave around an address: a display name, angle brackets, quotes, a
    /// comment, `mailto:` (with its percent escapes and query) and `smtp:`, blanks, zero-width marks, full stops and
    /// semicolons. The local part is lower-cased, because no provider in use tells `Jane` from `jane`; the host
    /// becomes ASCII. Plus tags and dots stay: see [`relaxed`](crate::relaxed) for those.
    ///
    /// # Errors
    /// [`AddressError`] if there is no address, or more than one, or one that cannot work.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let mut strict = String::with_capacity(text.len().min(MAX_ADDRESS_INPUT));
        let at = parse_onto(text, &mut strict)?;
        Ok(Self { original: text.to_owned(), strict, at })
    }

    /// The normal form.
    pub fn as_ref(&self) -> AddressRef<'_> {
        AddressRef { strict: &self.strict, at: self.at }
    }
}

impl<'a> AddressRef<'a> {
    /// What [`parse_onto`] has written.
    pub(crate) fn new(strict: &'a str, at: usize) -> Self {
        Self { strict, at }
    }

    /// The normal form, by which two addresses are the same or not.
    pub fn as_str(self) -> &'a str {
        self.strict
    }

    /// The part before the `@`.
    pub fn local(self) -> &'a str {
        self.strict.get(..self.at).unwrap_or_default()
    }

    /// The part after the `@`: lower-case ASCII, no dot at the end.
    pub fn host(self) -> &'a str {
        self.strict.get(self.at + 1..).unwrap_or_default()
    }
}

impl fmt::Debug for AddressRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AddressRef({:?})", self.strict)
    }
}

/// Writes the normal form of the one address in `text` to the end of `strict`, and says how many bytes of it stand
/// before the `@`. Writes nothing if there is none.
pub(crate) fn parse_onto(text: &str, strict: &mut String) -> Result<usize, AddressError> {
    if text.len() > MAX_ADDRESS_INPUT {
        return Err(AddressError::TooLong);
    }
    if let Some(found) = plain_onto(text, strict) {
        return Ok(found.at);
    }
    let (local, host) = dressed(text)?;
    strict.push_str(&local);
    strict.push('@');
    strict.push_str(&host);
    Ok(local.len())
}

/// The same for what is an address and nothing else but blanks around it. Writes nothing to what may be another one.
#[inline]
pub(crate) fn plain_onto(text: &str, strict: &mut String) -> Option<Plain> {
    if text.len() > MAX_ADDRESS_INPUT {
        return None;
    }
    let bare = text.trim_ascii();
    let found = plain(bare.as_bytes())?;
    let start = strict.len();
    strict.push_str(bare);
    if found.upper
        && let Some(new) = strict.get_mut(start..)
    {
        new.make_ascii_lowercase();
    }
    Some(found)
}

/// Local part and host of the one address in `text`, whatever surrounds it.
fn dressed(text: &str) -> Result<(String, String), AddressError> {
    let bare = undressed(text)?;
    let Some((local, host)) = bare.rsplit_once('@') else { return Err(AddressError::NoAt) };
    let local = local.trim_matches(['"', '\'']);
    let usable = |c: char| {
        !is_blank(c) && !matches!(c, '(' | ')' | '<' | '>' | '[' | ']' | ':' | ';' | '@' | '\\' | ',' | '"')
    };
    if local.is_empty() || !local.chars().all(usable) {
        return Err(AddressError::Local);
    }
    let lower = local.to_lowercase();
    if lower.len() > MAX_LOCAL || !lower.chars().all(usable) {
        return Err(AddressError::Local);
    }
    Ok((lower, host::canonical(host).ok_or(AddressError::Host)?.into_owned()))
}

impl Address {
    /// The text as it was given.
    pub fn original(&self) -> &str {
        &self.original
    }

    /// The normal form, by which two addresses are the same or not.
    pub fn as_str(&self) -> &str {
        &self.strict
    }

    /// The part before the `@` of the normal form.
    pub fn local(&self) -> &str {
        self.strict.get(..self.at).unwrap_or_default()
    }

    /// The part after the `@` of the normal form: lower-case ASCII, no dot at the end.
    pub fn host(&self) -> &str {
        self.strict.get(self.at + 1..).unwrap_or_default()
    }

    /// The normal form alone, for those who keep it.
    pub fn into_string(self) -> String {
        self.strict
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({:?})", self.strict)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.strict)
    }
}

/// The address without what surrounds it.
fn undressed(text: &str) -> Result<Cow<'_, str>, AddressError> {
    let mut bare = trimmed(in_brackets(text));
    if bare.split(is_blank).nth(1).is_some() {
        // A display name or a comment without brackets: the address is the only word with an @.
        let mut words = bare.split(is_blank).filter(|word| word.contains('@'));
        let word = words.next().ok_or(AddressError::NoAt)?;
        if words.next().is_some() {
            return Err(AddressError::Several);
        }
        bare = trimmed(word);
    }
    if bare.is_empty() {
        return Err(AddressError::Empty);
    }
    if let Some(rest) = without_prefix(bare, "mailto:") {
        let rest = rest.split('?').next().unwrap_or_default();
        return Ok(match percent_decoded(rest) {
            Some(decoded) => Cow::Owned(trimmed(&decoded).to_owned()),
            None => Cow::Borrowed(trimmed(rest)),
        });
    }
    Ok(Cow::Borrowed(without_prefix(bare, "smtp:").map_or(bare, trimmed)))
}

/// What stands between the last `<` and the next `>`, if that looks like an address.
fn in_brackets(text: &str) -> &str {
    let inner = text.rfind('<').and_then(|open| text.get(open + 1..)).and_then(|rest| rest.split('>').next());
    inner.filter(|inner| inner.contains('@')).unwrap_or(text)
}

fn trimmed(text: &str) -> &str {
    let debris =
        |c: char| is_blank(c) || matches!(c, '"' | '\'' | '<' | '>' | '(' | ')' | '[' | ']' | ',' | ';');
    text.trim_start_matches(debris).trim_end_matches(|c: char| debris(c) || c == '.')
}

fn without_prefix<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let head = text.get(..prefix.len())?;
    if head.eq_ignore_ascii_case(prefix) { text.get(prefix.len()..) } else { None }
}

/// `None` if there is nothing to decode or the result would be no text.
fn percent_decoded(text: &str) -> Option<String> {
    if !text.contains('%') {
        return None;
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let digit = |at: usize| tail.get(at).and_then(|byte| char::from(*byte).to_digit(16));
        match (first, digit(0), digit(1)) {
            (b'%', Some(high), Some(low)) => {
                bytes.push(u8::try_from(high * 16 + low).ok()?);
                rest = tail.get(2..).unwrap_or_default();
            }
            _ => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8(bytes).ok()
}

/// Characters that show nothing: blanks, controls, zero-width and direction marks. Copying from a web page leaves them.
pub(crate) fn is_blank(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use proptest::prelude::*;

    use super::*;

    fn strict(text: &str) -> String {
        Address::parse(text).unwrap_or_else(|error| panic!("{text:?}: {error}")).into_string()
    }

    #[test]
    fn what_surrounds_an_address_is_dropped() {
        for text in [
            "jane@x.com",
            " Jane@X.com ",
            "mailto:jane@x.com",
            "MAILTO:JANE@X.COM",
            "mailto:jane%40x.com",
            "SMTP:jane@x.com",
            "mailto:jane@x.com?subject=Hi",
            "\"Jane\" <jane@x.com>",
            "Jane Doe <jane@x.com>;",
            "<jane@x.com>",
            "'jane@x.com'",
            "\"jane\"@x.com",
            "jane@x.com.",
            "jane@x.com;",
            "jane@x.com (Jane Doe)",
            "Doe, Jane jane@x.com",
            "\"Jane <jane@old.com>\" <jane@x.com>",
            "Jane <mailto:jane@x.com>",
            "\u{feff}jane@x.com\u{200b}",
            "<jane@x.com> \"<\"",
            "\u{202a}jane@x.com\u{202c}",
        ] {
            assert_eq!(strict(text), "jane@x.com", "{text:?}");
        }
    }

    #[test]
    fn the_original_is_kept() {
        let address = Address::parse("Jane <Jane@X.com>").unwrap();
        assert_eq!(
            (address.original(), address.local(), address.host()),
            ("Jane <Jane@X.com>", "jane", "x.com")
        );
    }

    #[test]
    fn tags_dots_and_apostrophes_stay() {
        assert_eq!(strict("Jane.Doe+News@gmail.com"), "jane.doe+news@gmail.com");
        assert_eq!(strict("o'brien@x.com"), "o'brien@x.com");
        assert_eq!(strict("jane.@docomo.ne.jp"), "jane.@docomo.ne.jp");
    }

    #[test]
    fn hosts_are_compared_in_ascii() {
        assert_eq!(strict("jörg@BÜCHER.example"), "jörg@xn--bcher-kva.example");
        assert_eq!(strict("ΑΣ@x.com"), strict("ας@x.com"));
    }

    #[test]
    fn what_is_no_address_says_why() {
        let error = |text: &str| Address::parse(text).unwrap_err();
        assert_eq!(error(" ;"), AddressError::Empty);
        assert_eq!(error("/o=ExchangeLabs/ou=x/cn=jane"), AddressError::NoAt);
        assert_eq!(error("jane doe"), AddressError::NoAt);
        assert_eq!(error("a@x.com b@y.com"), AddressError::Several);
        assert_eq!(error("a@x.com,b@y.com"), AddressError::Local);
        assert_eq!(error("ceo@customer.com@evil.com"), AddressError::Local);
        assert_eq!(error("@x.com"), AddressError::Local);
        assert_eq!(error("jane@"), AddressError::Host);
        assert_eq!(error("jane@[192.0.2.1]"), AddressError::Host);
        assert_eq!(error("mailto:a%20b@x.com"), AddressError::Local);
        assert_eq!(error("mailto:a%00b@x.com"), AddressError::Local);
        assert_eq!(error(&"x".repeat(10_000)), AddressError::TooLong);
        assert_eq!(error(&("x".repeat(129) + "@x.com")), AddressError::Local);
    }

    proptest! {
        #[test]
        fn the_short_way_agrees_with_the_long_one(text in "[a-bA-X0-9.@_+'xn-]{1,12}@[a-bA-B0-9.xn-]{1,12}|\\PC{0,12}@[a-z.]{0,9}") {
            if let Some(found) = plain(text.as_bytes()) {
                let (local, host) = dressed(&text).unwrap();
                prop_assert_eq!(local.len(), found.at);
                prop_assert_eq!(format!("{local}@{host}"), text.to_lowercase());
                prop_assert_eq!(found.upper, text != text.to_lowercase());
            }
        }

        #[test]
        fn normalising_twice_changes_nothing(text in "\\PC{0,40}@\\PC{0,40}|([a-zA-ZüßΣİ0-9 .;,<>\"'()%:@+-]|mailto:|%40){0,24}@[a-zA-Zü.。-]{1,12}") {
            if let Ok(address) = Address::parse(&text) {
                let again = Address::parse(address.as_str()).unwrap();
                prop_assert_eq!(again.as_str(), address.as_str());
                prop_assert_eq!(format!("{}@{}", address.local(), address.host()), address.as_str());
                prop_assert!(address.as_str().len() <= MAX_LOCAL + 1 + 253);
            }
        }

        #[test]
        fn nothing_makes_it_panic(text in any::<String>()) {
            let _ = Address::parse(&text);
            let _ = crate::domain::normalise(&text);
        }
    }
}
