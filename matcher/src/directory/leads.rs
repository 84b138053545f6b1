//! What leads to a contact besides its id: addresses, their relaxed forms, and the full name.

use foldhash::fast::RandomState;
use smallvec::SmallVec;

use super::contacts::ContactRow;
use super::hosts::Hosts;
use super::table::{both, hash, narrow};
use crate::address::parse_onto;
use crate::full_name::Scratch;
use crate::record::Contact;
use crate::{AddressRef, relaxed};

/// The addresses of some contacts in normal form, each once for each contact, with all hashes.
#[derive(Debug, Default)]
pub(super) struct Addresses {
    /// All of them one behind the other: mostly it is one, and nobody keeps it.
    text: String,
    all: SmallVec<[One; 2]>,
}

#[derive(Clone, Copy, Debug)]
struct One {
    start: usize,
    end: usize,
    at: usize,
    host: u64,
    email: u32,
    relaxed: Option<u32>,
}

/// Hashes of everything that leads to one contact, each once.
#[derive(Debug, Default)]
pub(super) struct Leads {
    pub(super) emails: SmallVec<[u32; 4]>,
    pub(super) relaxed: SmallVec<[u32; 4]>,
    pub(super) name: Option<u32>,
}

impl Addresses {
    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.all.clear();
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    /// Adds those of one contact.
    pub(super) fn add(&mut self, seed: &RandomState, contact: &Contact) {
        let first = self.all.len();
        for email in &contact.emails {
            let start = self.text.len();
            let Ok(at) = parse_onto(email, &mut self.text) else { continue };
            let end = self.text.len();
            let address = self.address(start, end, at);
            let (local, host) = (address.local(), hash(seed, address.host()));
            let email = narrow(both(hash(seed, local), host));
            let same = |one: &One| one.email == email && self.address(one.start, one.end, one.at) == address;
            if self.all.iter().skip(first).any(same) {
                continue;
            }
            let relaxed = relaxed::key(local, address.host()).map(|key| narrow(hash(seed, &key)));
            self.all.push(One { start, end, at, host, email, relaxed });
        }
    }

    /// Those from the first to the last of these, each with its host's hash.
    pub(super) fn get(&self, from: usize, to: usize) -> impl ExactSizeIterator<Item = (AddressRef<'_>, u64)> {
        let some = self.all.get(from..to).unwrap_or_default();
        some.iter().map(|one| (self.address(one.start, one.end, one.at), one.host))
    }

    /// The hashes of their hosts.
    pub(super) fn hosts(&self) -> impl Iterator<Item = u64> + Clone {
        self.all.iter().map(|one| one.host)
    }

    /// What leads to the contact that has these.
    pub(super) fn leads(&self, from: usize, to: usize, name: Option<u32>) -> Leads {
        let mut leads = Leads { name, ..Leads::default() };
        self.each_lead(from, to).for_each(|(email, relaxed)| leads.add(email, relaxed));
        leads
    }

    /// The hash of each address and of its relaxed form.
    pub(super) fn each_lead(&self, from: usize, to: usize) -> impl Iterator<Item = (u32, Option<u32>)> {
        self.all.get(from..to).unwrap_or_default().iter().map(|one| (one.email, one.relaxed))
    }

    fn address(&self, start: usize, end: usize, at: usize) -> AddressRef<'_> {
        AddressRef::new(self.text.get(start..end).unwrap_or_default(), at)
    }
}

impl Leads {
    /// What leads to the contact of this row, whose name has this hash; and the numbers and hashes of its hosts.
    pub(super) fn of(
        row: ContactRow<'_>,
        hosts: &Hosts,
        seed: &RandomState,
        name: Option<u32>,
    ) -> (Self, SmallVec<[(u32, u64); 2]>) {
        let (mut leads, mut on) = (Self { name, ..Self::default() }, SmallVec::new());
        for (number, local) in row.emails() {
            let host = hosts.text(number);
            let (Ok(local), Ok(text)) = (std::str::from_utf8(local), std::str::from_utf8(host)) else {
                continue;
            };
            let host = hash(seed, text);
            let relaxed = relaxed::key(local, text).map(|key| narrow(hash(seed, &key)));
            leads.add(narrow(both(hash(seed, local), host)), relaxed);
            on.push((number, host));
        }
        (leads, on)
    }

    fn add(&mut self, email: u32, relaxed: Option<u32>) {
        if !self.emails.contains(&email) {
            self.emails.push(email);
        }
        self.relaxed.extend(relaxed.filter(|relaxed| !self.relaxed.contains(relaxed)));
    }
}

/// The hash by which a contact of this name is found.
pub(super) fn name_lead(seed: &RandomState, name: Option<&str>, scratch: &mut Scratch) -> Option<u32> {
    scratch.key(name?).map(|key| narrow(hash(seed, key)))
}
