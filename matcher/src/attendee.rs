//! Who was invited, as a calendar says it.

use std::ops::Range;

use crate::address::{parse_onto, plain_onto};
use crate::{Address, AddressError, AddressRef};

/// The longest text that is kept of what a calendar gave, in bytes.
const MAX_KEPT: usize = 1024;

/// What the calendar says an attendee is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// A person, or nothing is said.
    #[default]
    Person,
    /// A list of people behind one address.
    Group,
    /// A room or a piece of equipment.
    Resource,
}

/// One attendee of a meeting.
#[derive(Clone, Debug)]
pub struct Attendee {
    original: String,
    name: Option<String>,
    kind: Kind,
    address: Result<Address, AddressError>,
}

impl Attendee {
    /// An attendee with this address, as the calendar has it: see [`Address::parse`] for what may surround it.
    ///
    /// What holds no address is an attendee too, of the class [`Unknown`](crate::Class::Unknown).
    pub fn new(address: &str) -> Self {
        Self {
            original: cut(address).to_owned(),
            name: name_in(cut(address)).map(str::to_owned),
            kind: Kind::Person,
            address: Address::parse(address),
        }
    }

    /// The same with a display name.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        self.name = Some(cut(name).to_owned());
        self
    }

    /// The same with what the calendar says it is.
    #[must_use]
    pub fn of_kind(mut self, kind: Kind) -> Self {
        self.kind = kind;
        self
    }

    /// The text as it was given, or its first 1024 bytes.
    pub fn original(&self) -> &str {
        &self.original
    }

    /// The display name, or its first 1024 bytes; without one, what stands before an address in angle brackets.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// What the calendar says it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The address.
    ///
    /// # Errors
    /// Why there is none.
    pub fn address(&self) -> Result<&Address, AddressError> {
        self.address.as_ref().map_err(|error| *error)
    }
}

/// One attendee of a meeting, borrowed.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct AttendeeRef<'a> {
    /// The text as it was given, or its first 1024 bytes.
    pub original: &'a str,
    /// The display name, or its first 1024 bytes.
    pub name: Option<&'a str>,
    /// What the calendar says it is.
    pub kind: Kind,
    /// The address, or why there is none.
    pub address: Result<AddressRef<'a>, AddressError>,
}

impl<'a> From<&'a Attendee> for AttendeeRef<'a> {
    fn from(attendee: &'a Attendee) -> Self {
        Self {
            original: attendee.original(),
            name: attendee.name(),
            kind: attendee.kind(),
            address: attendee.address().map(Address::as_ref),
        }
    }
}

/// The attendees of a meeting or of many, in one place.
///
/// Holds all texts in one buffer, so that a batch costs a few allocations whatever its size, and none if it is cleared
/// and filled again.
#[derive(Clone, Debug, Default)]
pub struct Attendees {
    text: String,
    rows: Vec<Row>,
}

#[derive(Clone, Debug)]
struct Row {
    original: Range<usize>,
    name: Option<Range<usize>>,
    kind: Kind,
    /// Where the normal form is, and how much of it stands before the `@`.
    address: Result<(Range<usize>, usize), AddressError>,
}

impl Attendees {
    /// Nobody.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an attendee with this address, as [`Attendee::new`] takes it.
    pub fn push(&mut self, address: &str) {
        self.push_as(address, None, Kind::Person);
    }

    /// Adds an attendee with this address, display name and kind.
    pub fn push_as(&mut self, address: &str, name: Option<&str>, kind: Kind) {
        let start = self.text.len();
        if let Some(found) = plain_onto(address, &mut self.text) {
            let strict = start..self.text.len();
            // Most calendars give the normal form, which then need not be kept twice; and there is no name in it.
            let is_kept = !found.upper && address.len() == strict.len();
            let original = if is_kept { strict.clone() } else { self.keep(cut(address)) };
            let name = name.map(|name| self.keep(cut(name)));
            return self.rows.push(Row { original, name, kind, address: Ok((strict, found.at)) });
        }
        let parsed = parse_onto(address, &mut self.text).map(|at| (start..self.text.len(), at));
        let original = cut(address);
        let original = self.keep(original);
        let name = name.map(cut).or_else(|| name_in(cut(address))).map(|name| self.keep(name));
        self.rows.push(Row { original, name, kind, address: parsed });
    }

    /// Forgets all, and keeps the room for others.
    pub fn clear(&mut self) {
        self.text.clear();
        self.rows.clear();
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// All of them, in their order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = AttendeeRef<'_>> {
        let text = |range: &Range<usize>| self.text.get(range.clone()).unwrap_or_default();
        self.rows.iter().map(move |row| AttendeeRef {
            original: text(&row.original),
            name: row.name.as_ref().map(text),
            kind: row.kind,
            address: match &row.address {
                Ok((strict, at)) => Ok(AddressRef::new(text(strict), *at)),
                Err(error) => Err(*error),
            },
        })
    }

    fn keep(&mut self, text: &str) -> Range<usize> {
        let start = self.text.len();
        self.text.push_str(text);
        start..self.text.len()
    }
}

/// The display name in `"Jane Doe" <jane@acme.com>`.
fn name_in(text: &str) -> Option<&str> {
    let (name, address) = text.rsplit_once('<')?;
    let name = name.trim_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\''));
    (address.contains('@') && !name.is_empty()).then_some(name)
}

fn cut(text: &str) -> &str {
    if text.len() <= MAX_KEPT {
        return text;
    }
    let end = (0..=MAX_KEPT.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    text.get(..end.unwrap_or(0)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    #[test]
    fn a_name_before_the_address_is_a_display_name() {
        let name = |text: &str| Attendee::new(text).name().map(str::to_owned);
        assert_eq!(name("\"Jane Doe\" <jane@acme.com>").as_deref(), Some("Jane Doe"));
        assert_eq!(name("Jane <jane@acme.com>;").as_deref(), Some("Jane"));
        for text in ["<jane@acme.com>", "jane@acme.com", "Jane Doe", "Jane < Doe", "\"\" <jane@acme.com>"] {
            assert_eq!(name(text), None, "{text}");
        }
        assert_eq!(Attendee::new("Jane <jane@acme.com>").named("J. Doe").name(), Some("J. Doe"));
    }

    #[test]
    fn a_batch_says_what_single_attendees_say() {
        let texts = ["jane@x.com", "Jane <Jane@X.com>", "nobody", "", "j.d+x@gmail.com"];
        let mut batch = Attendees::new();
        batch.push("forgotten@x.com");
        batch.clear();
        texts.iter().for_each(|text| batch.push_as(text, Some("Jane Doe"), Kind::Group));
        for (text, found) in texts.iter().zip(batch.iter()) {
            let single = Attendee::new(text).named("Jane Doe").of_kind(Kind::Group);
            let single = AttendeeRef::from(&single);
            assert_eq!(format!("{found:?}"), format!("{single:?}"));
        }
        assert_eq!(batch.len(), 5);
    }

    #[test]
    fn an_endless_text_is_cut_between_characters() {
        let attendee = Attendee::new(&"ü".repeat(9_999)).named(&("x".to_owned() + &"ü".repeat(9_999)));
        assert_eq!(attendee.original().len(), 1024);
        assert_eq!(attendee.name().unwrap().len(), 1023);
        assert_eq!(attendee.address(), Err(AddressError::TooLong));
    }
}
