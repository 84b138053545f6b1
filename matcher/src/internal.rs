//! Who belongs to the tenant.

use std::collections::{BTreeMap, BTreeSet};

use crate::{Address, AddressRef, Class, domain, suffix};

/// Who belongs to the tenant: its domains with everything below them, its users' addresses, and exceptions.
///
/// Entries that cannot be used are not lost but listed by [`ignored`](Self::ignored), so that a tenant can be told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Internal {
    domains: BTreeSet<String>,
    users: BTreeSet<String>,
    overrides: BTreeMap<String, Class>,
    ignored: Vec<Ignored>,
}

/// An entry that says nothing about who is internal.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ignored {
    /// The entry as it was given, or its first 80 characters.
    pub entry: String,
    /// What is wrong with it.
    pub why: String,
}

impl Internal {
    /// Nobody.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same with one more domain and all below it. A public suffix such as `co.uk` is ignored.
    #[must_use]
    pub fn domain(mut self, text: &str) -> Self {
        match domain::normalise(text) {
            Ok(domain) if suffix::is_icann(&domain) => self.ignore(text, "anybody can have a name below it"),
            Ok(domain) => {
                self.domains.insert(domain);
            }
            Err(error) => self.ignore(text, &error.to_string()),
        }
        self
    }

    /// The same with one more user's address, on whatever host it is.
    #[must_use]
    pub fn user(mut self, address: &str) -> Self {
        match Address::parse(address) {
            Ok(address) => {
                self.users.insert(address.into_string());
            }
            Err(error) => self.ignore(address, &error.to_string()),
        }
        self
    }

    /// The same with one address whose class a person has decided. It comes before everything else.
    #[must_use]
    pub fn assign(mut self, address: &str, class: Class) -> Self {
        match Address::parse(address) {
            Ok(address) => {
                self.overrides.insert(address.into_string(), class);
            }
            Err(error) => self.ignore(address, &error.to_string()),
        }
        self
    }

    /// The domains, in normal form.
    pub fn domains(&self) -> impl Iterator<Item = &str> {
        self.domains.iter().map(String::as_str)
    }

    /// The entries that could not be used.
    pub fn ignored(&self) -> &[Ignored] {
        &self.ignored
    }

    pub(crate) fn users(&self) -> impl Iterator<Item = &str> {
        self.users.iter().map(String::as_str)
    }

    pub(crate) fn assigned(&self, address: AddressRef<'_>) -> Option<Class> {
        if self.overrides.is_empty() { None } else { self.overrides.get(address.as_str()).copied() }
    }

    fn ignore(&mut self, entry: &str, why: &str) {
        self.ignored.push(Ignored { entry: entry.chars().take(80).collect(), why: why.to_owned() });
    }
}
