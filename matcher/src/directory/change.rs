//! Putting contacts, accounts and pins in and taking them out.

use std::hint::black_box;
use std::sync::Arc;

use smallvec::SmallVec;

use super::Directory;
use super::accounts::{AccountParts, AccountRow};
use super::contacts::{ContactParts, ContactRow, Links};
use super::leads::{Addresses, Leads, name_lead};
use super::table::{Table, hash, narrow};
use crate::full_name::Scratch;
use crate::record::{Account, Contact, Pin};
use crate::{RecordId, domain};

/// Numbers and hashes of hosts.
type HostList = SmallVec<[(u32, u64); 2]>;

impl Directory {
    /// Adds a contact, or puts it in the place of the one with its name.
    pub fn upsert_contact(&mut self, contact: Contact) {
        let (id, mut scratch) = (contact.id.as_str(), Scratch::default());
        let (id_hash, name) = (hash(&self.seed, id), contact.name.as_deref());
        let mut addresses = Addresses::default();
        addresses.add(&self.seed, &contact);
        let new = addresses.leads(0, addresses.len(), name_lead(&self.seed, name, &mut scratch));
        self.touch_leads(&new);
        let (own, hosts) = ([id_hash].into_iter(), self.hosts.table());
        self.contacts.touch_slots(own.clone());
        hosts.touch_slots(addresses.hosts());
        let (own, on) = (self.contacts.touch_starts(own), hosts.touch_starts(addresses.hosts()));
        Table::touch_rows(own);
        Table::touch_rows(on);
        let number = self.contacts.find(id_hash, id);
        let row = ContactRow::read(number.map_or(&[], |number| self.contacts.rows.get(number)));
        let links: Links = row.links().collect();
        let (mut old, mut on) = (Leads::default(), HostList::new());
        if row.present() {
            let old_name = row.name();
            // Mostly the name stays.
            let lead =
                if old_name == name { new.name } else { name_lead(&self.seed, old_name, &mut scratch) };
            (old, on) = Leads::of(row, &self.hosts, &self.seed, lead);
            self.touch_leads(&old);
            self.count.0 -= 1;
        }
        let mut emails = SmallVec::new();
        for (address, host_hash) in addresses.get(0, addresses.len()) {
            // It may be counted on its host already.
            let known = on.iter().position(|(host, hashed)| {
                *hashed == host_hash && self.hosts.text(*host) == address.host().as_bytes()
            });
            let host = match known {
                Some(at) => on.swap_remove(at).0,
                None => self.hosts.add_address(host_hash, address.host()),
            };
            emails.push((host, address.local()));
        }
        self.drop_addresses(&on);
        let row = ContactParts {
            id,
            present: true,
            archived: contact.archived,
            created: contact.created,
            merged_into: contact.merged_into.as_ref().map(RecordId::as_str),
            name,
            links,
            emails,
        }
        .write();
        let number = match number {
            Some(number) => {
                self.contacts.rows.set(number, row.as_slice());
                number
            }
            None => self.contacts.add(id_hash, row.as_slice()),
        };
        self.change_leads(number, &old, &new);
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
        let links: Links = row.links().collect();
        let name = name_lead(&self.seed, row.name(), &mut Scratch::default());
        let (old, on) = Leads::of(row, &self.hosts, &self.seed, name);
        self.touch_leads(&old);
        self.drop_addresses(&on);
        self.change_leads(number, &old, &Leads::default());
        if links.is_empty() {
            self.contacts.remove(hashed, number);
        } else {
            let row = ContactParts { id: id.as_str(), links, ..ContactParts::default() }.write();
            self.contacts.rows.set(number, row.as_slice());
        }
        self.count.0 -= 1;
        self.snapshot += 1;
        true
    }

    /// Adds an account, or puts it in the place of the one with its name.
    pub fn upsert_account(&mut self, account: Account) {
        let id = account.id.as_str();
        let id_hash = hash(&self.seed, id);
        let old_number = self.accounts.find(id_hash, id);
        let number = old_number.unwrap_or_else(|| self.accounts.rows.vacant());
        let row = AccountRow::read(old_number.map_or(&[], |number| self.accounts.rows.get(number)));
        let (links, mut old) = (row.links(), self.hosts_of_account(row));
        if row.present() {
            if let Some(parent) = row.parent() {
                self.by_parent.remove(narrow(hash(&self.seed, parent)), number);
            }
            self.count.1 -= 1;
        }
        let mut domains = SmallVec::new();
        for domain in account.domains.iter().filter_map(|text| domain::normalise(text).ok()) {
            for (at, key) in domain::keys(&domain).enumerate() {
                let hashed = hash(&self.seed, key);
                let known = old.iter().position(|(host, old_hash)| {
                    *old_hash == hashed && self.hosts.text(*host) == key.as_bytes()
                });
                let host = match known {
                    Some(at) => old.swap_remove(at).0,
                    None => self.hosts.add_account(hashed, key, number),
                };
                if at == 0 && !domains.contains(&host) {
                    domains.push(host);
                }
            }
        }
        old.iter().for_each(|(host, hashed)| self.hosts.drop_account(*hashed, *host, number));
        let parts = AccountParts {
            id,
            links,
            present: true,
            archived: account.archived,
            created: account.created,
            contacts: account.contacts,
            parent: account.parent.as_ref().map(RecordId::as_str),
            merged_into: account.merged_into.as_ref().map(RecordId::as_str),
            name: account.name.as_deref(),
            domains,
        };
        if let Some(parent) = parts.parent {
            self.by_parent.insert(narrow(hash(&self.seed, parent)), number);
        }
        let row = parts.write();
        match old_number {
            Some(number) => self.accounts.rows.set(number, row.as_slice()),
            None => drop(self.accounts.add(id_hash, row.as_slice())),
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
        if let Some(parent) = row.parent() {
            self.by_parent.remove(narrow(hash(&self.seed, parent)), number);
        }
        let (links, hosts) = (row.links(), self.hosts_of_account(row));
        hosts.iter().for_each(|(host, hashed)| self.hosts.drop_account(*hashed, *host, number));
        if links == 0 {
            self.accounts.remove(hashed, number);
        } else {
            let row = AccountParts { id: id.as_str(), links, ..AccountParts::default() }.write();
            self.accounts.rows.set(number, row.as_slice());
        }
        self.count.1 -= 1;
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

    /// Reads where these will be looked for, so that they wait for memory together.
    fn touch_leads(&self, leads: &Leads) {
        let emails = leads.emails.iter().fold(0, |all, lead| all ^ self.by_email.slot(*lead).touch());
        // Or nothing would be read.
        black_box(leads.name.map_or(emails, |name| emails ^ self.by_name.slot(name).touch()));
    }

    /// Makes what leads to a contact what it is now.
    fn change_leads(&mut self, contact: u32, old: &Leads, new: &Leads) {
        for (index, old, new) in [
            (&mut self.by_email, old.emails.as_slice(), new.emails.as_slice()),
            (&mut self.by_relaxed, &old.relaxed, &new.relaxed),
            (&mut self.by_name, old.name.as_slice(), new.name.as_slice()),
        ] {
            old.iter().filter(|lead| !new.contains(lead)).for_each(|lead| index.remove(*lead, contact));
            new.iter().filter(|lead| !old.contains(lead)).for_each(|lead| index.insert(*lead, contact));
        }
    }

    fn drop_addresses(&mut self, on: &[(u32, u64)]) {
        on.iter().for_each(|(host, hashed)| self.hosts.drop_address(*hashed, *host));
    }

    /// Everything under which an account of these domains is found.
    fn hosts_of_account(&self, row: AccountRow<'_>) -> HostList {
        let mut all = HostList::new();
        for domain in row.domains() {
            let text = std::str::from_utf8(self.hosts.text(domain)).unwrap_or_default();
            for key in domain::keys(text) {
                let hashed = hash(&self.seed, key);
                let host = self.hosts.find(hashed, key).filter(|host| !all.iter().any(|one| one.0 == *host));
                all.extend(host.map(|host| (host, hashed)));
            }
        }
        all
    }
}
