//! Records as plain lists, and what merges and parents make of them.

use acquaint_matcher::{Account, Contact, Directory, Link, Pin, RecordId};

use super::hosts;

#[derive(Clone, Debug, Default)]
pub(crate) struct World {
    pub(crate) contacts: Vec<Contact>,
    pub(crate) accounts: Vec<Account>,
    pub(crate) links: Vec<Link>,
    pub(crate) pins: Vec<Pin>,
}

/// What happens to one record.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    Contact(Contact),
    Account(Account),
    Link(Link),
    Pin(Pin),
    NoContact(RecordId),
    NoAccount(RecordId),
    NoLink(RecordId, RecordId),
    NoPin(String),
}

/// What both kinds of records have.
pub(crate) trait Entry: Sized {
    fn id(&self) -> &RecordId;
    fn merged_into(&self) -> Option<&RecordId>;
    fn archived(&self) -> bool;
    fn all(world: &World) -> &[Self];
}

impl Entry for Contact {
    fn id(&self) -> &RecordId {
        &self.id
    }
    fn merged_into(&self) -> Option<&RecordId> {
        self.merged_into.as_ref()
    }
    fn archived(&self) -> bool {
        self.archived
    }
    fn all(world: &World) -> &[Self] {
        &world.contacts
    }
}

impl Entry for Account {
    fn id(&self) -> &RecordId {
        &self.id
    }
    fn merged_into(&self) -> Option<&RecordId> {
        self.merged_into.as_ref()
    }
    fn archived(&self) -> bool {
        self.archived
    }
    fn all(world: &World) -> &[Self] {
        &world.accounts
    }
}

/// Where merges lead: a record, or the one at which they go wrong and how.
pub(crate) type End<'w, R> = Result<&'w R, (RecordId, &'static str)>;

impl World {
    pub(crate) fn directory(&self) -> Directory {
        let mut directory =
            Directory::build(self.contacts.clone(), self.accounts.clone(), self.links.clone());
        self.pins.iter().cloned().for_each(|pin| directory.upsert_pin(pin));
        directory
    }

    pub(crate) fn apply(&mut self, change: Change) {
        match change {
            Change::Contact(contact) => {
                self.contacts.retain(|one| one.id != contact.id);
                self.contacts.push(contact);
            }
            Change::Account(account) => {
                self.accounts.retain(|one| one.id != account.id);
                self.accounts.push(account);
            }
            Change::Link(link) => {
                self.links.retain(|one| one.contact != link.contact || one.account != link.account);
                self.links.push(link);
            }
            Change::Pin(pin) => {
                // One that can be for nothing replaces nothing.
                if let Some(subject) = hosts::subject(&pin) {
                    self.pins.retain(|one| hosts::subject(one).as_ref() != Some(&subject));
                    self.pins.push(pin);
                }
            }
            Change::NoContact(id) => self.contacts.retain(|one| one.id != id),
            Change::NoAccount(id) => self.accounts.retain(|one| one.id != id),
            Change::NoLink(contact, account) => {
                self.links.retain(|one| one.contact != contact || one.account != account);
            }
            Change::NoPin(subject) => {
                self.pins.retain(|one| hosts::subject(one) != Some(hosts::bare(&subject)));
            }
        }
    }

    pub(crate) fn get<R: Entry>(&self, id: &RecordId) -> Option<&R> {
        R::all(self).iter().find(|one| one.id() == id)
    }

    /// The record that has taken the place of this one. `None` if there is no such record at all.
    pub(crate) fn end<R: Entry>(&self, start: &RecordId) -> Option<End<'_, R>> {
        let mut current: &R = self.get(start)?;
        let mut seen = vec![current.id()];
        while let Some(next) = current.merged_into() {
            if seen.contains(&next) {
                return Some(Err((start.clone(), "MergeLoop")));
            }
            let Some(found) = self.get(next) else {
                return Some(Err((current.id().clone(), "MergedAway")));
            };
            seen.push(next);
            current = found;
        }
        Some(Ok(current))
    }

    /// The companies above, nearest first, until one is missing or the account itself comes again.
    pub(crate) fn above(&self, account: &Account) -> Vec<&Account> {
        let mut all: Vec<&Account> = vec![];
        let mut at = account;
        while let Some(Some(Ok(parent))) = at.parent.as_ref().map(|parent| self.end::<Account>(parent)) {
            if parent.id == account.id || all.len() == 16 {
                break;
            }
            all.push(parent);
            at = parent;
        }
        all
    }

    /// Whether this is the tenant's own company or belongs to it.
    pub(crate) fn is_ours(&self, account: &Account) -> bool {
        hosts::has_our_domain(account) || self.above(account).into_iter().any(hosts::has_our_domain)
    }

    /// Whether the account can be an answer as it is.
    pub(crate) fn in_use(&self, account: &Account) -> bool {
        !account.archived && account.merged_into.is_none() && !self.is_ours(account)
    }
}
