//! Bringing what a batch will need near, before it is needed.
//!
//! Each step reads what the one before has found, for all attendees of a group, so that they wait for memory together
//! and nothing is looked for twice. What was found on the way answers most attendees at once.

use smallvec::SmallVec;

use super::accounts::AccountRow;
use super::contacts::ContactRow;
use super::hosts::Host;
use super::table::{both, hash, narrow};
use super::{AccountRef, ContactRef, Directory};
use crate::AddressRef;
use crate::store::{Reader, Slot, Spot, Under};

/// The hashes of an address and of its host, in one directory and its clones.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Hashes {
    pub(super) email: u32,
    pub(super) host: u64,
}

/// What is known of one address before its questions are put.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ahead<'d> {
    pub(crate) hashes: Hashes,
    slot: Slot<'d>,
    /// Who may have the address.
    contact: Under,
    /// Of the address of the only contact that has the hash and this local part, or what has the host's hash if no
    /// contact has that of the address. Here and below `u32::MAX` is none.
    host: u32,
    /// The first account that the contact is linked to, or that has the host if there is no contact.
    account: u32,
    contact_row: Spot<'d>,
    host_row: Spot<'d>,
    account_row: Spot<'d>,
    /// Whether the contact is in use, and the account is all that it is linked to.
    plain: bool,
    /// Whether that address is the contact's primary one.
    primary: bool,
}

/// One contact in use with the address, and one account in use to which it is linked and which has its mail host.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known<'a> {
    pub(crate) contact: ContactRef<'a>,
    pub(crate) account: AccountRef<'a>,
    /// Those of contact and account in the directory.
    pub(crate) numbers: (u32, u32),
    /// Whether the address is the contact's primary one.
    pub(crate) primary: bool,
}

/// The one account that a stranger's mail host belongs to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Newcomer<'a> {
    pub(crate) account: AccountRef<'a>,
    /// That of the account in the directory.
    pub(crate) number: u32,
}

impl Directory {
    pub(crate) fn hashes(&self, local: &str, host: &str) -> Hashes {
        let host = hash(&self.seed, host);
        Hashes { email: narrow(both(hash(&self.seed, local), host)), host }
    }

    /// Reads ahead for these addresses, and adds what it found to `found`, in their order. What this returns is to be
    /// used for something, or nothing is read.
    pub(crate) fn read_ahead<'d, 'a, const N: usize>(
        &'d self,
        addresses: impl Iterator<Item = AddressRef<'a>> + Clone,
        found: &mut SmallVec<[Ahead<'d>; N]>,
    ) -> u64 {
        found.extend(addresses.clone().map(|address| self.first(address)));
        // What is found and what is read are loops of their own, so that the reads follow one another closely enough to
        // be under way all at once.
        let mut warmth = each(found, |one| one.slot.touch());
        found.iter_mut().for_each(|one| self.second(one));
        warmth ^= each(found, |one| one.slot.touch() ^ one.contact_row.touch());
        found.iter_mut().for_each(|one| self.third(one));
        warmth ^= each(found, |one| one.contact_row.touch() ^ one.host_row.touch());
        found.iter_mut().zip(addresses).for_each(|(one, address)| self.fourth(one, address));
        warmth ^= each(found, |one| one.host_row.touch() ^ one.account_row.touch());
        found.iter_mut().for_each(|one| self.fifth(one));
        warmth ^= each(found, |one| one.host_row.touch() ^ one.account_row.touch());
        found.iter_mut().for_each(Ahead::sixth);
        warmth ^ each(found, |one| one.account_row.touch())
    }

    /// The slots of the address.
    #[inline]
    fn first(&self, address: AddressRef<'_>) -> Ahead<'_> {
        let hashes = self.hashes(address.local(), address.host());
        Ahead {
            hashes,
            slot: self.by_email.slot(hashes.email),
            contact: Under::Several,
            host: u32::MAX,
            account: u32::MAX,
            contact_row: Spot::default(),
            host_row: Spot::default(),
            account_row: Spot::default(),
            plain: false,
            primary: false,
        }
    }

    /// The page of the contact, or the slots of the host.
    #[inline]
    fn second<'d>(&'d self, one: &mut Ahead<'d>) {
        one.contact = one.slot.under();
        match one.contact {
            Under::One(contact) => one.contact_row = self.contacts.rows.spot(contact),
            Under::Nothing => one.slot = self.hosts.table().slot(one.hashes.host),
            Under::Several => {}
        }
    }

    /// The row of the contact, or the page of the host.
    #[inline]
    fn third<'d>(&'d self, one: &mut Ahead<'d>) {
        match one.contact {
            Under::One(_) => one.contact_row.follow(),
            Under::Nothing => {
                if let Under::One(host) = one.slot.under() {
                    one.host = host;
                    one.host_row = self.hosts.table().rows.spot(host);
                }
            }
            Under::Several => {}
        }
    }

    /// The pages of the contact's host and account, or the row of the host.
    #[inline]
    fn fourth<'d>(&'d self, one: &mut Ahead<'d>, address: AddressRef<'_>) {
        match one.contact {
            Under::One(_) => {
                let row = ContactRow::read(one.contact_row.row());
                let local = address.local().as_bytes();
                // Of several with this local part the first may be another one, and then the host says so.
                let Some((at, (host, _))) = row.emails().enumerate().find(|(_, one)| one.1 == local) else {
                    return;
                };
                (one.host, one.primary) = (host, at == 0);
                let mut links = row.links();
                one.account = links.next().map_or(u32::MAX, |link| link.0);
                one.plain = links.len() == 0 && row.is_plain();
                one.host_row = self.hosts.table().rows.spot(one.host);
                one.account_row = self.accounts.rows.spot(one.account);
            }
            Under::Nothing => one.host_row.follow(),
            Under::Several => {}
        }
    }

    /// The rows of the contact's host and account, or the page of the host's account.
    #[inline]
    fn fifth<'d>(&'d self, one: &mut Ahead<'d>) {
        match one.contact {
            Under::One(_) => {
                one.host_row.follow();
                one.account_row.follow();
            }
            Under::Nothing => {
                if let Some(account) = Host::read(one.host_row.row()).sole_account() {
                    one.account = account;
                    one.account_row = self.accounts.rows.spot(account);
                }
            }
            Under::Several => {}
        }
    }

    /// The contact in use that alone has this address, if it is linked to one account alone and that
    /// [`ends`](Self::ends) at this host.
    #[inline]
    pub(crate) fn known<'d>(&'d self, ahead: &Ahead<'d>, host: &str, own: &[u32]) -> Option<Known<'d>> {
        let Under::One(contact) = ahead.contact else { return None };
        if !ahead.plain || !ahead.is_at(host) {
            return None;
        }
        Some(Known {
            account: self.ends(ahead, own)?,
            contact: ContactRef { directory: self, bytes: ahead.contact_row.row() },
            numbers: (contact, ahead.account),
            primary: ahead.primary,
        })
    }

    /// The account that [`ends`](Self::ends) at this host and alone has it, if no contact has an address of the same
    /// hash.
    #[inline]
    pub(crate) fn newcomer<'d>(&'d self, ahead: &Ahead<'d>, host: &str, own: &[u32]) -> Option<Newcomer<'d>> {
        if !matches!(ahead.contact, Under::Nothing) || !ahead.is_at(host) {
            return None;
        }
        Some(Newcomer { account: self.ends(ahead, own)?, number: ahead.account })
    }

    /// The account that was read ahead if it is in use, has the host, belongs to no other company and has none of the
    /// tenant's `own` hosts: then nobody has anything more to ask about it.
    #[inline]
    fn ends<'d>(&'d self, ahead: &Ahead<'d>, own: &[u32]) -> Option<AccountRef<'d>> {
        let bytes = ahead.account_row.row();
        let row = AccountRow::read(bytes);
        let mut has_host = false;
        for domain in row.domains() {
            has_host |= domain == ahead.host;
            if own.contains(&domain) {
                return None;
            }
        }
        (has_host && row.is_plain()).then_some(AccountRef { directory: self, bytes })
    }
}

/// What `touch` says of all of them, in one.
#[inline]
fn each<'d>(found: &[Ahead<'d>], touch: impl Fn(&Ahead<'d>) -> u64) -> u64 {
    found.iter().fold(0, |all, one| all ^ touch(one))
}

impl Ahead<'_> {
    /// The row of the host's account.
    #[inline]
    fn sixth(&mut self) {
        if self.contact == Under::Nothing {
            self.account_row.follow();
        }
    }

    /// Whether the host that was read ahead is this one.
    #[inline]
    fn is_at(&self, host: &str) -> bool {
        // What was not found reads as empty, and no host is.
        !host.is_empty() && Reader::new(self.host_row.row()).raw() == host.as_bytes()
    }
}
