//! The only way in which strategies read a directory.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashSet};

use crate::record::{Account, Contact, Link};
use crate::{Directory, Key, RecordId, Slice};

/// Reads a [`Directory`] or a [`Slice`] and records every key that it was asked for, hits and misses.
///
/// What it recorded is sufficient: as long as no record that provides one of those keys changes, the same questions
/// get the same answers. A lookup is cheap to make; take one for each unit whose dependencies are kept.
#[derive(Debug)]
pub struct Lookup<'a> {
    records: &'a Directory,
    slice: Option<&'a Slice>,
    asked: RefCell<Asked>,
}

#[derive(Debug, Default)]
struct Asked {
    /// In the order of the questions since [`Lookup::begin`], with repeats.
    current: Vec<Key>,
    all: HashSet<Key>,
    missing: BTreeSet<Key>,
}

/// A contact in a directory.
#[derive(Clone, Copy, Debug)]
pub struct ContactRef<'a>(&'a Contact);

/// An account in a directory.
#[derive(Clone, Copy, Debug)]
pub struct AccountRef<'a>(&'a Account);

impl<'a> Lookup<'a> {
    pub(crate) fn whole(directory: &'a Directory) -> Self {
        Self { records: directory, slice: None, asked: RefCell::default() }
    }

    pub(crate) fn part(slice: &'a Slice) -> Self {
        Self { records: slice.records(), slice: Some(slice), asked: RefCell::default() }
    }

    /// Every contact with this address, by name. Also asks for each of those contacts.
    ///
    /// `email` must be normal, as [`Address::as_str`](crate::Address::as_str) is.
    pub fn contacts_with_email(&self, email: &str) -> Vec<ContactRef<'a>> {
        if !self.ask(Key::Email(email.to_owned())) {
            return vec![];
        }
        self.records.with_email(email).iter().filter_map(|id| self.contact(id)).collect()
    }

    /// Every account with this domain, by name. Also asks for each of those accounts.
    ///
    /// `domain` must be one of [`domain::candidates`](crate::domain::candidates).
    pub fn accounts_with_domain(&self, domain: &str) -> Vec<AccountRef<'a>> {
        if !self.ask(Key::Domain(domain.to_owned())) {
            return vec![];
        }
        self.records.with_domain(domain).iter().filter_map(|id| self.account(id)).collect()
    }

    /// This contact, if there is one.
    pub fn contact(&self, id: &RecordId) -> Option<ContactRef<'a>> {
        if self.ask(Key::Contact(id.clone())) { self.records.contact(id).map(ContactRef) } else { None }
    }

    /// This account, if there is one.
    pub fn account(&self, id: &RecordId) -> Option<AccountRef<'a>> {
        if self.ask(Key::Account(id.clone())) { self.records.account(id).map(AccountRef) } else { None }
    }

    /// The links of this contact, by the account's name. The accounts may be merged, archived or unknown.
    pub fn accounts_of(&self, contact: &RecordId) -> Vec<Link> {
        if !self.ask(Key::AccountsOf(contact.clone())) {
            return vec![];
        }
        self.records.links_of(contact).to_vec()
    }

    /// Every key asked for so far, sorted, each once.
    pub fn asked(&self) -> Vec<Key> {
        let mut keys: Vec<Key> = self.asked.borrow().all.iter().cloned().collect();
        keys.sort_unstable();
        keys
    }

    /// The keys among [`asked`](Self::asked) that a slice has not loaded, sorted. While there are any, what was
    /// resolved with this lookup is a guess and must not be used. Always empty for a whole directory.
    pub fn missing(&self) -> Vec<Key> {
        self.asked.borrow().missing.iter().cloned().collect()
    }

    /// Notes the question and says whether it can be answered.
    fn ask(&self, key: Key) -> bool {
        let known = self.slice.is_none_or(|slice| slice.knows(&key));
        let mut asked = self.asked.borrow_mut();
        if !known {
            asked.missing.insert(key.clone());
        }
        asked.all.insert(key.clone());
        asked.current.push(key);
        known
    }

    /// Starts a new list of questions.
    pub(crate) fn begin(&self) {
        self.asked.borrow_mut().current.clear();
    }

    /// The questions since [`begin`](Self::begin), each once, in the order in which they were first put.
    pub(crate) fn end(&self) -> Vec<Key> {
        let keys = std::mem::take(&mut self.asked.borrow_mut().current);
        let mut seen = HashSet::new();
        keys.into_iter().filter(|key| seen.insert(key.clone())).collect()
    }
}

impl<'a> ContactRef<'a> {
    /// Its name among all records.
    pub fn id(self) -> &'a RecordId {
        &self.0.id
    }

    /// The full name, as the CRM has it.
    pub fn name(self) -> Option<&'a str> {
        self.0.name.as_deref()
    }

    /// Its addresses in normal form, the primary one first.
    pub fn emails(self) -> impl ExactSizeIterator<Item = &'a str> {
        self.0.emails.iter().map(String::as_str)
    }

    /// Whether it was put aside.
    pub fn archived(self) -> bool {
        self.0.archived
    }

    /// The record that took its place.
    pub fn merged_into(self) -> Option<&'a RecordId> {
        self.0.merged_into.as_ref()
    }

    /// When the CRM made it, in seconds since 1970 UTC.
    pub fn created(self) -> Option<i64> {
        self.0.created
    }
}

impl<'a> AccountRef<'a> {
    /// Its name among all records.
    pub fn id(self) -> &'a RecordId {
        &self.0.id
    }

    /// The company's name, as the CRM has it.
    pub fn name(self) -> Option<&'a str> {
        self.0.name.as_deref()
    }

    /// Its domains in normal form, the primary one first.
    pub fn domains(self) -> impl ExactSizeIterator<Item = &'a str> {
        self.0.domains.iter().map(String::as_str)
    }

    /// The company that it belongs to.
    pub fn parent(self) -> Option<&'a RecordId> {
        self.0.parent.as_ref()
    }

    /// Whether it was put aside.
    pub fn archived(self) -> bool {
        self.0.archived
    }

    /// The record that took its place.
    pub fn merged_into(self) -> Option<&'a RecordId> {
        self.0.merged_into.as_ref()
    }

    /// How many contacts the CRM counts.
    pub fn contacts(self) -> Option<u32> {
        self.0.contacts
    }

    /// When the CRM made it, in seconds since 1970 UTC.
    pub fn created(self) -> Option<i64> {
        self.0.created
    }
}
