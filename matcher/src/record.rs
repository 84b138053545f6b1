//! What a CRM knows, as far as matching needs it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{Address, Key, RecordId, domain};

/// A person in the CRM.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Contact {
    /// Its name among all records.
    pub id: RecordId,
    /// The full name, as the CRM has it.
    pub name: Option<String>,
    /// Addresses as the CRM has them, the primary one first. What holds no address is passed over.
    pub emails: Vec<String>,
    /// Deleted, hidden or put aside: never an answer.
    pub archived: bool,
    /// The record that took this one's place.
    pub merged_into: Option<RecordId>,
    /// When the CRM made it, in seconds since 1970 UTC.
    pub created: Option<i64>,
}

/// A company in the CRM.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Account {
    /// Its name among all records.
    pub id: RecordId,
    /// The company's name, as the CRM has it.
    pub name: Option<String>,
    /// Domains or websites as the CRM has them, the primary one first. What holds no domain is passed over.
    pub domains: Vec<String>,
    /// The company that this one belongs to.
    pub parent: Option<RecordId>,
    /// Deleted, hidden or put aside: never an answer.
    pub archived: bool,
    /// The record that took this one's place.
    pub merged_into: Option<RecordId>,
    /// How many contacts the CRM counts.
    pub contacts: Option<u32>,
    /// When the CRM made it, in seconds since 1970 UTC.
    pub created: Option<i64>,
}

/// That a contact belongs to an account. There is at most one for each pair.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Link {
    /// The person.
    pub contact: RecordId,
    /// The company.
    pub account: RecordId,
    /// Whether the CRM calls this the contact's main company.
    pub primary: bool,
}

/// Records of all kinds, as a [`Key`] finds them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Records {
    /// People.
    pub contacts: Vec<Contact>,
    /// Companies.
    pub accounts: Vec<Account>,
    /// Who belongs where.
    pub links: Vec<Link>,
}

impl Contact {
    /// A contact of which nothing but the name is known.
    pub fn new(id: impl Into<RecordId>) -> Self {
        Self { id: id.into(), name: None, emails: vec![], archived: false, merged_into: None, created: None }
    }

    /// The same with one more address; the first is the primary one.
    #[must_use]
    pub fn email(mut self, email: impl Into<String>) -> Self {
        self.emails.push(email.into());
        self
    }

    /// Every key that this record answers.
    pub fn keys(&self) -> BTreeSet<Key> {
        let emails = self.emails.iter().filter_map(|email| Address::parse(email).ok());
        emails.map(|email| Key::Email(email.into_string())).chain([Key::Contact(self.id.clone())]).collect()
    }

    /// The same with usable, distinct addresses in their normal form only.
    pub(crate) fn normalised(mut self) -> Self {
        let emails = self.emails.iter().filter_map(|email| Some(Address::parse(email).ok()?.into_string()));
        self.emails = distinct(emails);
        self
    }
}

impl Account {
    /// An account of which nothing but the name is known.
    pub fn new(id: impl Into<RecordId>) -> Self {
        Self {
            id: id.into(),
            name: None,
            domains: vec![],
            parent: None,
            archived: false,
            merged_into: None,
            contacts: None,
            created: None,
        }
    }

    /// The same with one more domain; the first is the primary one.
    #[must_use]
    pub fn domain(mut self, domain: impl Into<String>) -> Self {
        self.domains.push(domain.into());
        self
    }

    /// Every key that this record answers.
    pub fn keys(&self) -> BTreeSet<Key> {
        let domains = self.domains.iter().filter_map(|text| domain::normalise(text).ok());
        let keys = domains.flat_map(|domain| {
            domain::keys(&domain).map(|key| Key::Domain(key.to_owned())).collect::<Vec<_>>()
        });
        keys.chain([Key::Account(self.id.clone())]).collect()
    }

    /// The same with usable, distinct domains in their normal form only.
    pub(crate) fn normalised(mut self) -> Self {
        self.domains = distinct(self.domains.iter().filter_map(|text| domain::normalise(text).ok()));
        self
    }
}

impl Link {
    /// That `contact` belongs to `account`, among others perhaps.
    pub fn new(contact: impl Into<RecordId>, account: impl Into<RecordId>) -> Self {
        Self { contact: contact.into(), account: account.into(), primary: false }
    }

    /// The same as the contact's main company.
    #[must_use]
    pub fn primary(mut self) -> Self {
        self.primary = true;
        self
    }

    /// Every key that this record answers.
    pub fn keys(&self) -> BTreeSet<Key> {
        BTreeSet::from([Key::AccountsOf(self.contact.clone())])
    }
}

impl Records {
    /// No records.
    pub fn new() -> Self {
        Self::default()
    }
}

/// In the same order, each once. These lists are short.
fn distinct(texts: impl Iterator<Item = String>) -> Vec<String> {
    let mut seen: BTreeSet<String> = BTreeSet::new();
    texts.filter(|text| seen.insert(text.clone())).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    #[test]
    fn a_record_says_which_keys_it_answers() {
        let texts = |keys: BTreeSet<Key>| keys.iter().map(Key::to_string).collect::<Vec<_>>();
        let contact =
            Contact::new("c").email("Jane <Jane@X.com>").email("nonsense").email("mailto:jane@x.com");
        assert_eq!(texts(contact.keys()), ["email:jane@x.com", "contact:c"]);
        let account = Account::new("a").domain("https://www.X.com/").domain("global.abb").domain("n/a");
        assert_eq!(texts(account.keys()), ["domain:abb", "domain:global.abb", "domain:x.com", "account:a"]);
        assert_eq!(texts(Link::new("c", "a").keys()), ["accounts_of:c"]);
    }
}
