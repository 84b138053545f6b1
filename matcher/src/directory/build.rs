//! A directory of many records at once.
//!
//! What each record needs is worked out by itself, and what is looked up for it is read together with the next ones' so
//! that they wait for memory together. Rows are laid in pages as they come, a page of contacts at a time and without
//! links; what leads to them is brought together and made an index at the end, and so are links.

use std::cell::Cell;
use std::collections::HashSet;

use smallvec::SmallVec;

use super::Directory;
use super::contacts::{ContactParts, ContactRow, Links};
use super::hosts::Hosts;
use super::leads::{Addresses, Leads, name_lead};
use super::table::{Table, hash};
use crate::RecordId;
use crate::full_name::Scratch;
use crate::record::{Account, Contact, Link};
use crate::store::{Index, ROWS};

/// What is not in a directory yet.
#[derive(Debug, Default)]
struct Rest {
    addresses: Addresses,
    scratch: Scratch,
    /// Contacts by what leads to them.
    emails: Vec<(u32, u32)>,
    relaxed: Vec<(u32, u32)>,
    names: Vec<(u32, u32)>,
    /// How many addresses are on each host.
    counts: Vec<u32>,
    /// Hosts that had none for a while, with their hashes.
    emptied: Vec<(u64, u32)>,
    /// Contacts whose place another one of the same name took.
    gone: HashSet<u32>,
    /// Contact, account, and whether it is the main one, in the order in which they came.
    links: Vec<(u32, u32, bool)>,
}

impl Directory {
    /// A directory of these records. Of two records with one name the later counts.
    pub fn build(
        contacts: impl IntoIterator<Item = Contact>,
        accounts: impl IntoIterator<Item = Account>,
        links: impl IntoIterator<Item = Link>,
    ) -> Self {
        let (contacts, accounts) = (contacts.into_iter(), accounts.into_iter());
        let mut directory = Self {
            contacts: Table::with_capacity(contacts.size_hint().0),
            accounts: Table::with_capacity(accounts.size_hint().0),
            hosts: Hosts::with_capacity(accounts.size_hint().0),
            ..Self::default()
        };
        let mut rest = Rest::default();
        accounts.for_each(|account| directory.upsert_account(account));
        in_groups(contacts, |group| directory.lay_contacts(group, &mut rest));
        in_groups(links.into_iter(), |group| directory.note_links(group, &mut rest));
        directory.lay_links(rest.links);
        for (number, count) in (0..).zip(rest.counts) {
            if count > 0 {
                directory.hosts.count_addresses(number, count);
            }
        }
        for (hashed, host) in rest.emptied {
            directory.hosts.drop_unused(hashed, host);
        }
        let index = |entries: Vec<(u32, u32)>| {
            Index::build(
                entries.into_iter().filter(|one| rest.gone.is_empty() || !rest.gone.contains(&one.1)),
            )
        };
        directory.by_email = index(rest.emails);
        directory.by_relaxed = index(rest.relaxed);
        directory.by_name = index(rest.names);
        directory
    }

    /// Lays a page of contacts.
    fn lay_contacts(&mut self, group: &[Contact], rest: &mut Rest) {
        rest.addresses.clear();
        let mut ends = SmallVec::<[usize; ROWS]>::new();
        for contact in group {
            rest.addresses.add(&self.seed, contact);
            ends.push(rest.addresses.len());
        }
        let ids: SmallVec<[u64; ROWS]> =
            group.iter().map(|contact| hash(&self.seed, contact.id.as_str())).collect();
        self.hosts.table().touch_all(rest.addresses.hosts());
        self.contacts.touch_slots(ids.iter().copied());
        let mut hosts = SmallVec::<[u32; 2 * ROWS]>::new();
        for (address, hashed) in rest.addresses.get(0, rest.addresses.len()) {
            let host = self.hosts.intern(hashed, address.host());
            count(&mut rest.counts, host);
            hosts.push(host);
        }
        let first = self.contacts.rows.unlaid();
        let (mut from, addresses) = (0, &rest.addresses);
        self.contacts.rows.lay(group.len(), |slot, row| {
            let (Some(contact), Some(to)) = (group.get(slot), ends.get(slot)) else { return };
            let hosts = hosts.get(from..*to).unwrap_or_default().iter().copied();
            let parts = ContactParts {
                id: contact.id.as_str(),
                present: true,
                archived: contact.archived,
                created: contact.created,
                merged_into: contact.merged_into.as_ref().map(RecordId::as_str),
                name: contact.name.as_deref(),
                links: Links::new(),
                emails: hosts.zip(addresses.get(from, *to).map(|(address, _)| address.local())).collect(),
            };
            parts.write_to(row);
            from = *to;
        });
        let mut from = 0;
        for (((contact, id), to), number) in group.iter().zip(&ids).zip(ends).zip(first..) {
            if let Some(old) = self.contacts.find(*id, contact.id.as_str()) {
                self.forget_laid(*id, old, rest);
            }
            self.contacts.enter(*id, number);
            for (email, relaxed) in rest.addresses.each_lead(from, to) {
                rest.emails.push((email, number));
                rest.relaxed.extend(relaxed.map(|lead| (lead, number)));
            }
            let name = name_lead(&self.seed, contact.name.as_deref(), &mut rest.scratch);
            rest.names.extend(name.map(|lead| (lead, number)));
            from = to;
            self.count.0 += 1;
            self.snapshot += 1;
        }
    }

    /// Forgets a contact whose name another one has that came later.
    fn forget_laid(&mut self, hashed: u64, number: u32, rest: &mut Rest) {
        let row = ContactRow::read(self.contacts.rows.get(number));
        let (_, on) = Leads::of(row, &self.hosts, &self.seed, None);
        for (host, hashed) in on {
            if let Some(count) = rest.counts.get_mut(host as usize) {
                *count -= 1;
                rest.emptied.extend((*count == 0).then_some((hashed, host)));
            }
        }
        self.contacts.remove(hashed, number);
        rest.gone.insert(number);
        self.count.0 -= 1;
    }

    /// Finds both ends of each link, or makes them.
    fn note_links(&mut self, group: &[Link], rest: &mut Rest) {
        let hashes = group
            .iter()
            .map(|link| (hash(&self.seed, link.contact.as_str()), hash(&self.seed, link.account.as_str())));
        let hashes: SmallVec<[(u64, u64); ROWS]> = hashes.collect();
        self.contacts.touch_all(hashes.iter().map(|one| one.0));
        self.accounts.touch_all(hashes.iter().map(|one| one.1));
        for (link, (contact, account)) in group.iter().zip(hashes) {
            let account = self.account_to_link(account, link.account.as_str());
            let contact = self.contact_to_link(contact, link.contact.as_str());
            rest.links.push((contact, account, link.primary));
            self.snapshot += 1;
        }
    }

    /// Lays the pages of contacts anew that have links.
    fn lay_links(&mut self, mut links: Vec<(u32, u32, bool)>) {
        links.sort_by_key(|(contact, account, _)| (*contact, *account));
        // Of those between the same two the last counts.
        links.dedup_by(|later, one| {
            let same = (later.0, later.1) == (one.0, one.1);
            if same {
                one.2 = later.2;
            }
            same
        });
        self.count.2 = links.len();
        let mut counts = vec![];
        links.iter().for_each(|link| count(&mut counts, link.1));
        for (account, links) in (0..).zip(counts) {
            if links > 0 {
                self.count_links(account, links);
            }
        }
        let left = Cell::new(links.as_slice());
        self.contacts.rows.lay_again(
            |numbers| left.get().first().is_some_and(|link| numbers.contains(&link.0)),
            |number, row, to| {
                let left_now = left.get();
                let end = left_now.iter().position(|link| link.0 != number).unwrap_or(left_now.len());
                let (own, others) = left_now.split_at(end);
                left.set(others);
                let own: Links = own.iter().map(|(_, account, main)| (*account, *main)).collect();
                ContactRow::read(row).write_with(&own, to);
            },
        );
    }
}

fn in_groups<T>(mut all: impl Iterator<Item = T>, mut take: impl FnMut(&[T])) {
    let mut group = Vec::with_capacity(ROWS);
    loop {
        group.clear();
        group.extend(all.by_ref().take(ROWS));
        if group.is_empty() {
            return;
        }
        take(&group);
    }
}

/// Counts one more at this place.
fn count(counts: &mut Vec<u32>, at: u32) {
    let at = at as usize;
    if counts.len() <= at {
        counts.resize(at + 1, 0);
    }
    if let Some(count) = counts.get_mut(at) {
        *count += 1;
    }
}
