//! All accounts and contacts of one tenant.

use std::collections::HashMap;
use std::hash::Hash;

use crate::record::{Account, Contact, Link, Records};
use crate::{Key, Lookup, RecordId, domain};

/// All accounts and contacts of one tenant, found by [`Key`].
///
/// Every answer is sorted, so neither the order in which records came nor a hash decides anything. Records refer to
/// one another by name only: they may come in any order, and a reference to something that is not there is no error.
#[derive(Clone, Debug, Default)]
pub struct Directory {
    contacts: HashMap<RecordId, Contact>,
    accounts: HashMap<RecordId, Account>,
    links: HashMap<RecordId, Vec<Link>>,
    by_email: HashMap<String, Vec<RecordId>>,
    by_domain: HashMap<String, Vec<RecordId>>,
    snapshot: u64,
}

impl Directory {
    /// A directory without records.
    pub fn new() -> Self {
        Self::default()
    }

    /// A directory of these records. Of two records with one name the later counts.
    pub fn build(
        contacts: impl IntoIterator<Item = Contact>,
        accounts: impl IntoIterator<Item = Account>,
        links: impl IntoIterator<Item = Link>,
    ) -> Self {
        let mut directory = Self::new();
        contacts.into_iter().for_each(|contact| directory.upsert_contact(contact));
        accounts.into_iter().for_each(|account| directory.upsert_account(account));
        links.into_iter().for_each(|link| directory.upsert_link(link));
        directory
    }

    /// How many changes this directory has seen. Equal snapshots of one directory give equal answers.
    pub fn snapshot(&self) -> u64 {
        self.snapshot
    }

    /// How many contacts, accounts and links there are.
    pub fn len(&self) -> (usize, usize, usize) {
        (self.contacts.len(), self.accounts.len(), self.links.values().map(Vec::len).sum())
    }

    /// Whether there is nothing to find.
    pub fn is_empty(&self) -> bool {
        self.len() == (0, 0, 0)
    }

    /// Adds a contact, or puts it in the place of the one with its name.
    pub fn upsert_contact(&mut self, contact: Contact) {
        self.remove_contact(&contact.id);
        let contact = contact.normalised();
        for email in &contact.emails {
            add(&mut self.by_email, email, &contact.id);
        }
        self.contacts.insert(contact.id.clone(), contact);
        self.snapshot += 1;
    }

    /// Adds an account, or puts it in the place of the one with its name.
    pub fn upsert_account(&mut self, account: Account) {
        self.remove_account(&account.id);
        let account = account.normalised();
        for key in account.domains.iter().flat_map(|domain| domain::keys(domain)) {
            add(&mut self.by_domain, key, &account.id);
        }
        self.accounts.insert(account.id.clone(), account);
        self.snapshot += 1;
    }

    /// Adds a link, or puts it in the place of the one between the same two.
    pub fn upsert_link(&mut self, link: Link) {
        let links = self.links.entry(link.contact.clone()).or_default();
        match links.binary_search_by(|other| other.account.cmp(&link.account)) {
            Ok(at) => {
                if let Some(old) = links.get_mut(at) {
                    *old = link;
                }
            }
            Err(at) => links.insert(at, link),
        }
        self.snapshot += 1;
    }

    /// Forgets a contact and says whether there was one. Its links stay: they are records of their own.
    pub fn remove_contact(&mut self, id: &RecordId) -> bool {
        let Some(old) = self.contacts.remove(id) else { return false };
        for email in &old.emails {
            remove(&mut self.by_email, email, id);
        }
        self.snapshot += 1;
        true
    }

    /// Forgets an account and says whether there was one. Its links stay: they are records of their own.
    pub fn remove_account(&mut self, id: &RecordId) -> bool {
        let Some(old) = self.accounts.remove(id) else { return false };
        for key in old.domains.iter().flat_map(|domain| domain::keys(domain)) {
            remove(&mut self.by_domain, key, id);
        }
        self.snapshot += 1;
        true
    }

    /// Forgets a link and says whether there was one.
    pub fn remove_link(&mut self, contact: &RecordId, account: &RecordId) -> bool {
        let Some(links) = self.links.get_mut(contact) else { return false };
        let Ok(at) = links.binary_search_by(|other| other.account.cmp(account)) else { return false };
        links.remove(at);
        if links.is_empty() {
            self.links.remove(contact);
        }
        self.snapshot += 1;
        true
    }

    /// Every record that provides `key`, sorted by name.
    ///
    /// For filling a [`Slice`](crate::Slice) and for showing what is there. Strategies ask a [`Lookup`].
    pub fn get(&self, key: &Key) -> Records {
        let mut records = Records::new();
        match key {
            Key::Email(email) => {
                records.contacts =
                    self.with_email(email).iter().filter_map(|id| self.contact(id)).cloned().collect();
            }
            Key::Domain(domain) => {
                records.accounts =
                    self.with_domain(domain).iter().filter_map(|id| self.account(id)).cloned().collect();
            }
            Key::Contact(id) => records.contacts.extend(self.contact(id).cloned()),
            Key::Account(id) => records.accounts.extend(self.account(id).cloned()),
            Key::AccountsOf(id) => records.links.extend_from_slice(self.links_of(id)),
        }
        records
    }

    /// A reader that records what it is asked: one for each batch.
    pub fn lookup(&self) -> Lookup<'_> {
        Lookup::whole(self)
    }

    pub(crate) fn contact(&self, id: &RecordId) -> Option<&Contact> {
        self.contacts.get(id)
    }

    pub(crate) fn account(&self, id: &RecordId) -> Option<&Account> {
        self.accounts.get(id)
    }

    pub(crate) fn links_of(&self, contact: &RecordId) -> &[Link] {
        self.links.get(contact).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn with_email(&self, email: &str) -> &[RecordId] {
        self.by_email.get(email).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn with_domain(&self, domain: &str) -> &[RecordId] {
        self.by_domain.get(domain).map_or(&[], Vec::as_slice)
    }
}

fn add(index: &mut HashMap<String, Vec<RecordId>>, key: &str, id: &RecordId) {
    let ids = index.entry(key.to_owned()).or_default();
    if let Err(at) = ids.binary_search(id) {
        ids.insert(at, id.clone());
    }
}

fn remove<K>(index: &mut HashMap<String, Vec<RecordId>>, key: &K, id: &RecordId)
where
    K: AsRef<str> + Hash + Eq + ?Sized,
{
    let Some(ids) = index.get_mut(key.as_ref()) else { return };
    if let Ok(at) = ids.binary_search(id) {
        ids.remove(at);
    }
    if ids.is_empty() {
        index.remove(key.as_ref());
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    fn ids(directory: &Directory, key: &str) -> Vec<String> {
        let records = directory.get(&key.parse().unwrap());
        let contacts = records.contacts.iter().map(|contact| contact.id.to_string());
        contacts.chain(records.accounts.iter().map(|account| account.id.to_string())).collect()
    }

    #[test]
    fn an_upsert_replaces_every_key_of_the_old_record() {
        let mut directory = Directory::new();
        directory.upsert_contact(Contact::new("c").email("Old@X.com"));
        directory.upsert_contact(Contact::new("c").email("new@x.com"));
        assert_eq!(ids(&directory, "email:old@x.com"), [""; 0]);
        assert_eq!(ids(&directory, "email:new@x.com"), ["c"]);
        directory.upsert_account(Account::new("a").domain("global.abb"));
        directory.upsert_account(Account::new("a").domain("acme.com"));
        assert_eq!(ids(&directory, "domain:abb"), [""; 0]);
        assert_eq!(ids(&directory, "domain:acme.com"), ["a"]);
        assert_eq!(directory.len(), (1, 1, 0));
    }

    #[test]
    fn a_removed_record_leaves_nothing_behind() {
        let mut directory = Directory::build(
            [Contact::new("c").email("jane@x.com")],
            [Account::new("a").domain("x.com")],
            [Link::new("c", "a"), Link::new("c", "a").primary()],
        );
        assert_eq!(directory.len(), (1, 1, 1));
        let before = directory.snapshot();
        assert!(directory.remove_contact(&"c".into()) && !directory.remove_contact(&"c".into()));
        assert!(directory.remove_account(&"a".into()) && !directory.remove_account(&"a".into()));
        assert!(
            directory.remove_link(&"c".into(), &"a".into())
                && !directory.remove_link(&"c".into(), &"a".into())
        );
        assert!(directory.is_empty() && directory.by_email.is_empty() && directory.by_domain.is_empty());
        assert_eq!(directory.snapshot(), before + 3);
    }

    #[test]
    fn answers_are_sorted() {
        let ten = (0..10).rev().map(|n| Account::new(format!("a{n}")).domain("x.com"));
        let directory = Directory::build([], ten, []);
        let found = ids(&directory, "domain:x.com");
        assert!(found.is_sorted() && found.len() == 10);
    }
}
