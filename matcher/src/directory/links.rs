//! Who belongs where.

use super::Directory;
use super::accounts::{AccountParts, AccountRow};
use super::contacts::{ContactParts, ContactRow, Links};
use super::table::hash;
use crate::RecordId;
use crate::record::Link;
use crate::store::Writer;

impl Directory {
    /// Adds a link, or puts it in the place of the one between the same two. Neither of them need be there.
    pub fn upsert_link(&mut self, link: Link) {
        let (account, contact) = (link.account.as_str(), link.contact.as_str());
        let account = self.account_to_link(hash(&self.seed, account), account);
        let contact = self.contact_to_link(hash(&self.seed, contact), contact);
        let new =
            self.change_links(contact, |links| match links.binary_search_by_key(&account, |one| one.0) {
                Ok(at) => {
                    if let Some(old) = links.get_mut(at) {
                        old.1 = link.primary;
                    }
                    false
                }
                Err(at) => {
                    links.insert(at, (account, link.primary));
                    true
                }
            });
        if new {
            self.count_links(account, 1);
            self.count.2 += 1;
        }
        self.snapshot += 1;
    }

    /// Forgets a link and says whether there was one.
    pub fn remove_link(&mut self, contact: &RecordId, account: &RecordId) -> bool {
        let (contact_hash, account_hash) =
            (hash(&self.seed, contact.as_str()), hash(&self.seed, account.as_str()));
        let contact_number = self.contacts.find(contact_hash, contact.as_str());
        let account_number = self.accounts.find(account_hash, account.as_str());
        let (Some(from), Some(to)) = (contact_number, account_number) else { return false };
        let gone = self.change_links(from, |links| {
            let before = links.len();
            links.retain(|one| one.0 != to);
            links.len() < before
        });
        if !gone {
            return false;
        }
        let row = ContactRow::read(self.contacts.rows.get(from));
        if !row.present() && row.links().len() == 0 {
            self.contacts.remove(contact_hash, from);
        }
        self.count_links(to, u32::MAX);
        let row = AccountRow::read(self.accounts.rows.get(to));
        if !row.present() && row.links() == 0 {
            self.accounts.remove(account_hash, to);
        }
        self.count.2 -= 1;
        self.snapshot += 1;
        true
    }

    pub(super) fn contact_to_link(&mut self, hashed: u64, id: &str) -> u32 {
        self.contacts.find(hashed, id).unwrap_or_else(|| {
            let row = ContactParts { id, ..ContactParts::default() }.write();
            self.contacts.add(hashed, row.as_slice())
        })
    }

    pub(super) fn account_to_link(&mut self, hashed: u64, id: &str) -> u32 {
        self.accounts.find(hashed, id).unwrap_or_else(|| {
            let row = AccountParts { id, ..AccountParts::default() }.write();
            self.accounts.add(hashed, row.as_slice())
        })
    }

    fn change_links(&mut self, contact: u32, change: impl FnOnce(&mut Links) -> bool) -> bool {
        let row = ContactRow::read(self.contacts.rows.get(contact));
        let mut links = row.links().collect();
        let said = change(&mut links);
        let mut new = Writer::default();
        row.write_with(&links, &mut new);
        self.contacts.rows.set(contact, new.as_slice());
        said
    }

    /// Counts so many more links to the account; wraps around to count less.
    pub(super) fn count_links(&mut self, account: u32, more: u32) {
        let row = AccountRow::read(self.accounts.rows.get(account));
        let (offset, links) = (row.counter(), row.links().wrapping_add(more));
        self.accounts.rows.patch(account, offset, &links.to_le_bytes());
    }
}
