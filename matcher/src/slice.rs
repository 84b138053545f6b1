//! The part of a directory that one batch needs.

use std::collections::HashSet;

use crate::record::Records;
use crate::{Directory, Key, Lookup};

/// The part of a directory that one batch needs, for callers who do not hold the whole in memory.
///
/// It answers only what was loaded. Any other key is recorded as *missing*: load it, ask again, and repeat until
/// nothing is missing. The answers are then those of the whole directory. The rounds are few, because one round
/// asks everything that can be asked so far for the whole batch.
///
/// ```
/// use acquaint_matcher::{Account, Attendee, Directory, Matcher, Slice};
///
/// let whole = Directory::build([], [Account::new("crm/1").domain("acme.com")], []);
/// let (matcher, attendees) = (Matcher::default(), [Attendee::new("jane@acme.com")]);
/// let mut slice = Slice::new();
/// let resolutions = loop {
///     let lookup = slice.lookup();
///     let resolutions = matcher.resolve(&attendees, &lookup);
///     let missing = lookup.missing();
///     if missing.is_empty() {
///         break resolutions;
///     }
///     for key in missing {
///         slice.load(key.clone(), whole.get(&key)); // in real life: from a database
///     }
/// };
/// assert_eq!(resolutions, matcher.resolve(&attendees, &whole.lookup()));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Slice {
    records: Directory,
    loaded: HashSet<Key>,
}

impl Slice {
    /// A slice that knows nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in `records`, which must be *all* that provide `key`; none is an answer too.
    ///
    /// A contact or account that comes with any key need not be loaded again by its name. All records of one slice
    /// must come from the same state of the directory, or the answers are of no state at all.
    pub fn load(&mut self, key: Key, records: Records) {
        records.contacts.into_iter().for_each(|contact| self.records.upsert_contact(contact));
        records.accounts.into_iter().for_each(|account| self.records.upsert_account(account));
        records.links.into_iter().for_each(|link| self.records.upsert_link(link));
        records.pins.into_iter().for_each(|pin| self.records.upsert_pin(pin));
        self.loaded.insert(key);
    }

    /// A reader that records what it is asked and what it could not answer: a new one for each round.
    pub fn lookup(&self) -> Lookup<'_> {
        Lookup::part(self)
    }

    pub(crate) fn records(&self) -> &Directory {
        &self.records
    }

    pub(crate) fn knows(&self, key: &Key) -> bool {
        let by_name = match key {
            Key::Contact(id) => self.records.contact(id.as_str()).is_some(),
            Key::Account(id) => self.records.account(id.as_str()).is_some(),
            _ => false,
        };
        by_name || self.loaded.contains(key)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;
    use crate::Account;

    #[test]
    fn a_record_that_came_with_another_key_is_not_missing() {
        let whole = Directory::build([], [Account::new("a").domain("x.com")], []);
        let key = Key::Domain("x.com".into());
        let mut slice = Slice::new();
        slice.load(key.clone(), whole.get(&key));
        let lookup = slice.lookup();
        assert!(lookup.account("a").is_some() && lookup.missing().is_empty());
        assert!(lookup.account("b").is_none());
        assert_eq!(lookup.missing(), [Key::Account("b".into())]);
    }
}
