//! Who belongs where.

use super::Directory;
use super::accounts::{AccountParts, AccountRow};
use super::contacts::{ContactParts, ContactRow};
use super::table::hash;
use crate::RecordId;
use crate::record::Link;

impl Directory {
    /// Adds a link, or puts it in the place of the one between the same two. Neither of them need be there.
    pub fn upsert_link(&mut self, link: Link) {
        let account = self.account_to_link(link.account.as_str());
        let contact = self.contact_to_link(link.contact.as_str());
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
            self.count_link(account, 1);
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
        self.count_link(to, -1);
        let row = AccountRow::read(self.accounts.rows.get(to));
        if !row.present() && row.links() == 0 {
            self.accounts.remove(account_hash, to);
        }
        self.count.2 -= 1;
        self.snapshot += 1;
        true
    }

    fn contact_to_link(&mut self, id: &str) -> u32 {
        let hashed = hash(&self.seed, id);
        self.contacts.find(hashed, id).unwrap_or_else(|| {
            let row = ContactParts { id, ..ContactParts::default() }.write();
            self.contacts.add(hashed, row.as_slice())
        })
    }

    fn account_to_link(&mut self, id: &str) -> u32 {
        let hashed = hash(&self.seed, id);
        self.accounts.find(hashed, id).unwrap_or_else(|| {
            let row = AccountParts { id, ..AccountParts::default() }.write();
            self.accounts.add(hashed, row.as_slice())
        })
    }

    fn change_links(&mut self, contact: u32, change: impl FnOnce(&mut Vec<(u32, bool)>) -> bool) -> bool {
        let mut parts = ContactRow::read(self.contacts.rows.get(contact)).parts();
        let said = change(&mut parts.links);
        let row = parts.write();
        self.contacts.rows.set(contact, row.as_slice());
        said
    }

    fn count_link(&mut self, account: u32, by: i32) {
        let row = AccountRow::read(self.accounts.rows.get(account));
        let (offset, links) = (row.counter(), row.links().saturating_add_signed(by));
        self.accounts.rows.patch(account, offset, &links.to_le_bytes());
    }
}
