//! Putting contacts, accounts and pins in and taking them out.

use std::sync::Arc;

use smallvec::SmallVec;

use super::Directory;
use super::accounts::{AccountParts, AccountRow};
use super::contacts::{ContactParts, ContactRow};
use super::table::{both, hash, narrow};
use crate::address::parse_onto;
use crate::record::{Account, Contact, Pin};
use crate::{AddressRef, RecordId, domain, full_name, relaxed};

impl Directory {
    /// Adds a contact, or puts it in the place of the one with its name.
    pub fn upsert_contact(&mut self, contact: Contact) {
        let id = contact.id.as_str();
        let id_hash = hash(&self.seed, id);
        let number = self.contacts.find(id_hash, id);
        let mut links = vec![];
        if let Some(number) = number {
            links.extend(ContactRow::read(self.contacts.rows.get(number)).links());
            self.forget_keys_of_contact(number);
        }
        // All addresses in one text: mostly it is one, and nobody keeps it.
        let (mut text, mut spans) = (String::new(), SmallVec::<[_; 4]>::new());
        for email in &contact.emails {
            let start = text.len();
            if let Ok(at) = parse_onto(email, &mut text) {
                spans.push((start..text.len(), at));
            }
        }
        let mut addresses = SmallVec::<[(AddressRef<'_>, u64); 4]>::new();
        for (span, at) in spans {
            let address = AddressRef::new(text.get(span).unwrap_or_default(), at);
            if !addresses.iter().any(|one| one.0 == address) {
                addresses.push((address, hash(&self.seed, address.host())));
            }
        }
        let emails = addresses
            .iter()
            .map(|(address, host)| (self.hosts.add_address(*host, address.host()), address.local()));
        let row = ContactParts {
            id,
            present: true,
            archived: contact.archived,
            created: contact.created,
            merged_into: contact.merged_into.as_ref().map(RecordId::as_str),
            name: contact.name.as_deref(),
            links,
            emails: emails.collect(),
        }
        .write();
        let number = match number {
            Some(number) => {
                self.contacts.rows.set(number, row.as_slice());
                number
            }
            None => self.contacts.add(id_hash, row.as_slice()),
        };
        for (address, host_hash) in &addresses {
            let (local, host) = (address.local(), address.host());
            let hashed = both(hash(&self.seed, local), *host_hash);
            self.by_email.insert(narrow(hashed), number);
            if let Some(key) = relaxed::key(local, host) {
                self.by_relaxed.insert(narrow(hash(&self.seed, &key)), number);
            }
        }
        if let Some(key) = contact.name.as_deref().and_then(full_name::key) {
            self.by_name.insert(narrow(hash(&self.seed, &key)), number);
        }
        self.count.0 += 1;
        self.snapshot += 1;
    }

    /// Forgets a contact and says whether there was one. Its links stay: they are records of their own.
    pub fn remove_contact(&mut self, id: &RecordId) -> bool {
        let hashed = hash(&self.seed, id.as_str());
        let Some(number) = self.contacts.find(hashed, id.as_str()) else { return false };
        let row = ContactRow::read(self.contacts.rows.get(number));
        if !row.present() {
            return false;
        }
        let links: Vec<(u32, bool)> = row.links().collect();
        self.forget_keys_of_contact(number);
        if links.is_empty() {
            self.contacts.remove(hashed, number);
        } else {
            let row = ContactParts { id: id.as_str(), links, ..ContactParts::default() }.write();
            self.contacts.rows.set(number, row.as_slice());
        }
        self.snapshot += 1;
        true
    }

    /// Adds an account, or puts it in the place of the one with its name.
    pub fn upsert_account(&mut self, account: Account) {
        let id = account.id.as_str();
        let id_hash = hash(&self.seed, id);
        let mut parts = AccountParts {
            id,
            present: true,
            archived: account.archived,
            created: account.created,
            contacts: account.contacts,
            parent: account.parent.as_ref().map(RecordId::as_str),
            merged_into: account.merged_into.as_ref().map(RecordId::as_str),
            name: account.name.as_deref(),
            ..AccountParts::default()
        };
        let number = match self.accounts.find(id_hash, id) {
            Some(number) => {
                parts.links = AccountRow::read(self.accounts.rows.get(number)).links();
                self.forget_keys_of_account(number);
                number
            }
            // The row is written again once the number is known to the domains.
            None => self.accounts.add(id_hash, parts.write().as_slice()),
        };
        let mut domains: Vec<String> = Vec::with_capacity(account.domains.len());
        for domain in account.domains.iter().filter_map(|text| domain::normalise(text).ok()) {
            if !domains.contains(&domain) {
                domains.push(domain);
            }
        }
        for domain in &domains {
            for (at, key) in domain::keys(domain).enumerate() {
                let host = self.hosts.add_account(hash(&self.seed, key), key, number);
                if at == 0 {
                    parts.domains.push(host);
                }
            }
        }
        self.accounts.rows.set(number, parts.write().as_slice());
        if let Some(parent) = parts.parent {
            self.by_parent.insert(narrow(hash(&self.seed, parent)), number);
        }
        self.count.1 += 1;
        self.snapshot += 1;
    }

    /// Forgets an account and says whether there was one. Its links stay: they are records of their own.
    pub fn remove_account(&mut self, id: &RecordId) -> bool {
        let hashed = hash(&self.seed, id.as_str());
        let Some(number) = self.accounts.find(hashed, id.as_str()) else { return false };
        let row = AccountRow::read(self.accounts.rows.get(number));
        if !row.present() {
            return false;
        }
        let links = row.links();
        self.forget_keys_of_account(number);
        if links == 0 {
            self.accounts.remove(hashed, number);
        } else {
            let row = AccountParts { id: id.as_str(), links, ..AccountParts::default() }.write();
            self.accounts.rows.set(number, row.as_slice());
        }
        self.snapshot += 1;
        true
    }

    /// Adds a pin, or puts it in the place of the one for the same address or domain. One that is for neither is
    /// passed over: [`Pin::key`] says so beforehand.
    pub fn upsert_pin(&mut self, pin: Pin) {
        if let Ok(key) = pin.key() {
            Arc::make_mut(&mut self.pins).insert(key, pin);
            self.snapshot += 1;
        }
    }

    /// Forgets the pin for this address or domain and says whether there was one.
    pub fn remove_pin(&mut self, subject: &str) -> bool {
        let Ok(key) = Pin::nobody(subject).key() else { return false };
        let removed = Arc::make_mut(&mut self.pins).remove(&key).is_some();
        self.snapshot += u64::from(removed);
        removed
    }

    /// Takes a contact out of everything that leads to it but its id, and out of the count.
    fn forget_keys_of_contact(&mut self, number: u32) {
        let bytes = self.contacts.rows.get(number).to_vec();
        let row = ContactRow::read(&bytes);
        if !row.present() {
            return;
        }
        for (host, local) in row.emails() {
            let text = self.hosts.get(host).text.to_vec();
            let (Ok(local), Ok(text)) = (std::str::from_utf8(local), std::str::from_utf8(&text)) else {
                continue;
            };
            let host_hash = hash(&self.seed, text);
            self.by_email.remove(narrow(both(hash(&self.seed, local), host_hash)), number);
            if let Some(key) = relaxed::key(local, text) {
                self.by_relaxed.remove(narrow(hash(&self.seed, &key)), number);
            }
            self.hosts.drop_address(host_hash, host);
        }
        if let Some(key) = row.name().and_then(full_name::key) {
            self.by_name.remove(narrow(hash(&self.seed, &key)), number);
        }
        self.count.0 -= 1;
    }

    /// Takes an account out of everything that leads to it but its id, and out of the count.
    fn forget_keys_of_account(&mut self, number: u32) {
        let bytes = self.accounts.rows.get(number).to_vec();
        let row = AccountRow::read(&bytes);
        if !row.present() {
            return;
        }
        let domains: Vec<String> = row
            .domains()
            .map(|host| String::from_utf8_lossy(self.hosts.get(host).text).into_owned())
            .collect();
        for key in domains.iter().flat_map(|domain| domain::keys(domain)) {
            let hashed = hash(&self.seed, key);
            if let Some(host) = self.hosts.find(hashed, key) {
                self.hosts.drop_account(hashed, host, number);
            }
        }
        if let Some(parent) = row.parent() {
            self.by_parent.remove(narrow(hash(&self.seed, parent)), number);
        }
        self.count.1 -= 1;
    }
}
