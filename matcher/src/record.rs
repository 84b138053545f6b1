//! What a CRM knows, as far as matching needs it.

use std::collections::BTreeSet;
use std::error::Error;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Address, Key, RecordId, domain, full_name, relaxed, suffix};

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

/// What a person has decided about an address or a domain: which records it is, or that it is none.
///
/// There is at most one for each address and each domain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Pin {
    /// The address, or the domain with all hosts below it.
    pub subject: String,
    /// The person it is. Only an address is one.
    pub contact: Option<RecordId>,
    /// The company it is.
    pub account: Option<RecordId>,
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
    /// What people have decided.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pins: Vec<Pin>,
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
        let mut keys = BTreeSet::from([Key::Contact(self.id.clone())]);
        for email in self.emails.iter().filter_map(|email| Address::parse(email).ok()) {
            keys.extend(relaxed::key(email.local(), email.host()).map(Key::Relaxed));
            keys.insert(Key::Email(email.into_string()));
        }
        keys.extend(self.name.as_deref().and_then(full_name::key).map(Key::Name));
        keys
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
        let parent = self.parent.iter().map(|parent| Key::ChildrenOf(parent.clone()));
        keys.chain(parent).chain([Key::Account(self.id.clone())]).collect()
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

impl Pin {
    /// That this address or domain is none of the CRM's, whatever the CRM says.
    pub fn nobody(subject: impl Into<String>) -> Self {
        Self { subject: subject.into(), contact: None, account: None }
    }

    /// That this address or domain is this account.
    pub fn account(subject: impl Into<String>, account: impl Into<RecordId>) -> Self {
        Self { account: Some(account.into()), ..Self::nobody(subject) }
    }

    /// That this address is this contact.
    pub fn contact(subject: impl Into<String>, contact: impl Into<RecordId>) -> Self {
        Self { contact: Some(contact.into()), ..Self::nobody(subject) }
    }

    /// The key that this record answers.
    ///
    /// # Errors
    /// [`PinError`] if the subject is neither an address nor a domain of one owner.
    pub fn key(&self) -> Result<Key, PinError> {
        if let Ok(address) = Address::parse(&self.subject) {
            return Ok(Key::Email(address.into_string()));
        }
        match domain::normalise(&self.subject) {
            Ok(domain) if self.contact.is_none() && !suffix::is_icann(&domain) => Ok(Key::Domain(domain)),
            _ => Err(PinError { subject: self.subject.chars().take(80).collect() }),
        }
    }
}

/// A pin that can be for nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PinError {
    subject: String,
}

impl fmt::Display for PinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:?} cannot be pinned: give an address such as jane@acme.com, or for an account a company's domain such as acme.com",
            self.subject
        )
    }
}

impl Error for PinError {}

impl Records {
    /// No records.
    pub fn new() -> Self {
        Self::default()
    }
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
