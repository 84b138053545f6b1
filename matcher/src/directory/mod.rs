//! All accounts and contacts of one tenant.

mod accounts;
mod ahead;
mod build;
mod change;
mod contacts;
mod hosts;
mod leads;
mod links;
mod table;

use std::collections::BTreeMap;
use std::sync::Arc;

use foldhash::fast::RandomState;

pub use self::accounts::AccountRef;
use self::accounts::AccountRow;
pub(crate) use self::ahead::{Ahead, Hashes, Known, Newcomer};
pub use self::contacts::ContactRef;
use self::contacts::ContactRow;
use self::hosts::Hosts;
use self::table::{Table, hash, narrow};
use crate::record::{Link, Pin, Records};
use crate::store::Index;
use crate::{Key, Lookup, full_name, relaxed};

/// All accounts and contacts of one tenant, found by [`Key`].
///
/// Every answer is sorted, so neither the order in which records came nor a hash decides anything. Records refer to
/// one another by name only: they may come in any order, and a reference to something that is not there is no error.
///
/// A clone is a snapshot: it costs a list of pointers, some thousandth of the records, and shares everything until
/// one of the two changes. So one owner can go on updating while others resolve against an `Arc` of a clone. A change
/// costs the same whether there are a thousand records or millions.
#[derive(Clone, Debug, Default)]
pub struct Directory {
    seed: RandomState,
    contacts: Table,
    accounts: Table,
    hosts: Hosts,
    /// Contacts by the hash of each of their addresses.
    by_email: Index,
    /// Contacts by the hash of the relaxed form of each address on a host that has one.
    by_relaxed: Index,
    /// Contacts by the hash of their full name.
    by_name: Index,
    /// Accounts by the hash of their parent's id.
    by_parent: Index,
    pins: Arc<BTreeMap<Key, Pin>>,
    count: (usize, usize, usize),
    snapshot: u64,
}

impl Directory {
    /// A directory without records.
    pub fn new() -> Self {
        Self::default()
    }

    /// A directory without records that grows to so many without moving.
    pub fn with_capacity(contacts: usize, accounts: usize) -> Self {
        Self {
            contacts: Table::with_capacity(contacts),
            accounts: Table::with_capacity(accounts),
            hosts: Hosts::with_capacity(accounts),
            by_email: Index::with_capacity(contacts),
            by_name: Index::with_capacity(contacts),
            ..Self::default()
        }
    }

    /// How many changes this directory has seen. Equal snapshots of one directory give equal answers.
    pub fn snapshot(&self) -> u64 {
        self.snapshot
    }

    /// How many contacts, accounts and links there are.
    pub fn len(&self) -> (usize, usize, usize) {
        self.count
    }

    /// Whether there is nothing to find.
    pub fn is_empty(&self) -> bool {
        self.count == (0, 0, 0) && self.pins.is_empty()
    }

    /// The heap that the directory occupies, in bytes; what clones share is counted in each.
    pub fn bytes(&self) -> usize {
        self.bytes_by_part().iter().map(|(_, bytes)| bytes).sum()
    }

    /// [`bytes`](Self::bytes) by what they are for.
    pub fn bytes_by_part(&self) -> [(&'static str, usize); 7] {
        let pins = self.pins.values().map(|pin| size_of::<(Key, Pin)>() + 2 * pin.subject.len());
        [
            ("contacts", self.contacts.bytes()),
            ("accounts", self.accounts.bytes()),
            ("hosts", self.hosts.bytes()),
            ("addresses", self.by_email.bytes() + self.by_relaxed.bytes()),
            ("names", self.by_name.bytes()),
            ("hierarchy", self.by_parent.bytes()),
            ("pins", pins.sum()),
        ]
    }

    /// Every record that provides `key`, sorted by name.
    ///
    /// For filling a [`Slice`](crate::Slice) and for showing what is there. Strategies ask a [`Lookup`].
    pub fn get(&self, key: &Key) -> Records {
        let mut records = Records::new();
        let sorted = |mut contacts: Vec<ContactRef<'_>>| {
            contacts.sort_unstable_by_key(|contact| contact.id());
            contacts.into_iter().map(ContactRef::to_contact).collect()
        };
        match key {
            Key::Email(email) => {
                let found = email
                    .rsplit_once('@')
                    .map(|(local, host)| self.with_email(self.hashes(local, host), local, host).collect());
                records.contacts = sorted(found.unwrap_or_default());
                records.pins.extend(self.pin(key).cloned());
            }
            Key::Relaxed(email) => records.contacts = sorted(self.with_relaxed(email).collect()),
            Key::Name(name) => records.contacts = sorted(self.with_name(name).collect()),
            Key::Domain(domain) => {
                let mut found: Vec<_> = self.with_domain(domain).collect();
                found.sort_unstable_by_key(|account| account.id());
                records.accounts = found.into_iter().map(AccountRef::to_account).collect();
                records.pins.extend(self.pin(key).cloned());
            }
            Key::ChildrenOf(id) => {
                let mut found: Vec<_> = self.children_of(id.as_str()).collect();
                found.sort_unstable_by_key(|account| account.id());
                records.accounts = found.into_iter().map(AccountRef::to_account).collect();
            }
            Key::Contact(id) => {
                records.contacts.extend(self.contact(id.as_str()).map(ContactRef::to_contact))
            }
            Key::Account(id) => {
                records.accounts.extend(self.account(id.as_str()).map(AccountRef::to_account))
            }
            Key::AccountsOf(id) => records.links = self.links_of(id.as_str()),
        }
        records
    }

    /// Every contact that is there, in no particular order.
    pub fn contacts(&self) -> impl Iterator<Item = ContactRef<'_>> {
        self.contacts.rows.numbers().filter_map(|number| self.contact_at(number))
    }

    /// Every account that is there, in no particular order.
    pub fn accounts(&self) -> impl Iterator<Item = AccountRef<'_>> {
        self.accounts.rows.numbers().filter_map(|number| self.account_at(number))
    }

    /// Every mail host and domain that contacts or accounts have, with the number of addresses on it, in no particular
    /// order.
    pub fn hosts(&self) -> impl Iterator<Item = (&str, u32)> {
        self.hosts.numbers().map(|number| {
            let host = self.hosts.get(number);
            (std::str::from_utf8(host.text).unwrap_or_default(), host.addresses)
        })
    }

    /// A reader that records what it is asked: one for each batch.
    pub fn lookup(&self) -> Lookup<'_> {
        Lookup::whole(self)
    }

    pub(crate) fn contact_at(&self, number: u32) -> Option<ContactRef<'_>> {
        let bytes = self.contacts.rows.get(number);
        ContactRow::read(bytes).present().then_some(ContactRef { directory: self, bytes })
    }

    pub(crate) fn account_at(&self, number: u32) -> Option<AccountRef<'_>> {
        let bytes = self.accounts.rows.get(number);
        AccountRow::read(bytes).present().then_some(AccountRef { directory: self, bytes })
    }

    pub(crate) fn contact(&self, id: &str) -> Option<ContactRef<'_>> {
        self.contact_at(self.contacts.find(hash(&self.seed, id), id)?)
    }

    pub(crate) fn account(&self, id: &str) -> Option<AccountRef<'_>> {
        self.account_at(self.accounts.find(hash(&self.seed, id), id)?)
    }

    /// The name of an account that a link may lead to, whether it is there or not.
    pub(crate) fn account_name(&self, number: u32) -> &str {
        AccountRow::read(self.accounts.rows.get(number)).id()
    }

    pub(crate) fn host_number(&self, host: &str) -> Option<u32> {
        self.hosts.find(hash(&self.seed, host), host)
    }

    pub(crate) fn with_email<'d>(
        &'d self,
        hashes: Hashes,
        local: &str,
        host: &str,
    ) -> impl Iterator<Item = ContactRef<'d>> {
        self.by_email.find(hashes.email).filter_map(move |number| {
            let found = self.contact_at(number)?;
            let is_it = |(number, text): (u32, &[u8])| {
                text == local.as_bytes() && self.hosts.get(number).text == host.as_bytes()
            };
            found.row().emails().any(is_it).then_some(found)
        })
    }

    /// The number of the host that has this hash.
    pub(crate) fn hashed_host(&self, hashes: Hashes, host: &str) -> Option<u32> {
        self.hosts.find(hashes.host, host)
    }

    /// The accounts that have the host with this number as a domain.
    pub(crate) fn with_host<'d>(&'d self, host: Option<u32>) -> impl Iterator<Item = AccountRef<'d>> {
        let accounts = host.map(|host| self.hosts.accounts(host));
        accounts.into_iter().flatten().filter_map(|number| self.account_at(number))
    }

    pub(crate) fn with_relaxed<'d>(&'d self, email: &str) -> impl Iterator<Item = ContactRef<'d>> {
        let numbers = self.by_relaxed.find(narrow(hash(&self.seed, email)));
        numbers.filter_map(move |number| {
            let found = self.contact_at(number)?;
            let mut keys = found.emails().filter_map(|email| {
                let (local, host) = email.rsplit_once('@')?;
                relaxed::key(local, host)
            });
            keys.any(|key| key == email).then_some(found)
        })
    }

    pub(crate) fn with_name<'d>(&'d self, name: &str) -> impl Iterator<Item = ContactRef<'d>> {
        let numbers = self.by_name.find(narrow(hash(&self.seed, name)));
        numbers.filter_map(move |number| {
            let found = self.contact_at(number)?;
            (found.name().and_then(full_name::key).as_deref() == Some(name)).then_some(found)
        })
    }

    pub(crate) fn with_domain<'d>(&'d self, domain: &str) -> impl Iterator<Item = AccountRef<'d>> {
        self.with_host(self.host_number(domain))
    }

    pub(crate) fn children_of<'d>(&'d self, id: &str) -> impl Iterator<Item = AccountRef<'d>> {
        let numbers = self.by_parent.find(narrow(hash(&self.seed, id)));
        numbers.filter_map(move |number| self.account_at(number).filter(|found| found.parent() == Some(id)))
    }

    /// The links of a contact, by the account's name.
    pub(crate) fn links_of(&self, contact: &str) -> Vec<Link> {
        let Some(number) = self.contacts.find(hash(&self.seed, contact), contact) else { return vec![] };
        let row = ContactRow::read(self.contacts.rows.get(number));
        let mut links: Vec<Link> = row
            .links()
            .map(|(account, primary)| Link { primary, ..Link::new(contact, self.account_name(account)) })
            .collect();
        links.sort_unstable_by(|one, other| one.account.cmp(&other.account));
        links
    }

    pub(crate) fn pin(&self, key: &Key) -> Option<&Pin> {
        self.pins.get(key)
    }

    pub(crate) fn has_pins(&self) -> bool {
        !self.pins.is_empty()
    }
}

#[cfg(test)]
mod tests;
