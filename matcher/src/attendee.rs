//! Who was invited, as a calendar says it.

use crate::{Address, AddressError};

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
            name: None,
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

    /// The display name, or its first 1024 bytes.
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

fn cut(text: &str) -> &str {
    let end = (0..=MAX_KEPT.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    text.get(..end.unwrap_or(0)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    #[test]
    fn an_endless_text_is_cut_between_characters() {
        let attendee = Attendee::new(&"ü".repeat(9_999)).named(&("x".to_owned() + &"ü".repeat(9_999)));
        assert_eq!(attendee.original().len(), 1024);
        assert_eq!(attendee.name().unwrap().len(), 1023);
        assert_eq!(attendee.address(), Err(AddressError::TooLong));
    }
}
