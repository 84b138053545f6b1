//! What suggestions are found in, and how it is kept up.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::RandomState;
use smallvec::SmallVec;

use super::finder::Finder;
use super::ids::Keys;
use super::named::Named;
use super::{Suggestion, Unmatched, unmatched, weigh};
use crate::names::{NameKind, initials, squashed};
use crate::{
    Account, Address, AttendeeRef, Classifier, Contact, Directory, RecordId, Resolution, domain, names,
    suffix,
};

/// A label with fewer letters is too often a coincidence.
const SHORTEST_LABEL: usize = 4;

/// So are fewer initials.
const SHORTEST_INITIALS: usize = 3;

/// Finds suggestions in the records of one [`Directory`].
///
/// Whoever changes contacts or accounts of the directory tells the suggester too, in any order; links and pins it reads
/// from the directory. What it was not told makes it miss or rank a suggestion wrongly, but it never suggests a record
/// that is not there or not in use. The suggestions depend on the records alone, not on the order or the history of
/// their changes.
///
/// A clone copies the tables, in time and memory proportional to the records.
#[derive(Clone, Debug)]
pub struct Suggester {
    pub(super) people: Named,
    pub(super) companies: Named,
    /// Accounts by their names without legal forms and spaces.
    pub(super) squashed: Keys,
    /// Accounts by the initials of their names.
    pub(super) initials: Keys,
    /// Accounts by the labels of their domains that can have siblings.
    pub(super) labels: Keys,
    /// Contacts by the hosts of their addresses.
    pub(super) hosts: Keys,
    contacts: HashMap<RecordId, Held, RandomState>,
    accounts: HashMap<RecordId, Held, RandomState>,
}

/// Under which texts a record is kept.
#[derive(Clone, Debug, Default)]
struct Held {
    name: Option<Arc<str>>,
    squashed: SmallVec<[Arc<str>; 1]>,
    initials: SmallVec<[Arc<str>; 1]>,
    /// Hosts of a contact, labels of an account.
    keys: SmallVec<[Arc<str>; 1]>,
}

impl Default for Suggester {
    fn default() -> Self {
        Self {
            people: Named::new(NameKind::Person),
            companies: Named::new(NameKind::Company),
            squashed: Keys::default(),
            initials: Keys::default(),
            labels: Keys::default(),
            hosts: Keys::default(),
            contacts: HashMap::default(),
            accounts: HashMap::default(),
        }
    }
}

impl Suggester {
    /// A suggester for the records of this directory: the same as an empty one that was told of each.
    pub fn build(directory: &Directory) -> Self {
        let mut all = Self::default();
        for account in directory.accounts().filter(|account| account.in_use()) {
            all.add_account(&account.id().into(), account.name(), account.domains());
        }
        for contact in directory.contacts().filter(|contact| contact.in_use()) {
            let emails: Vec<String> = contact.emails().collect();
            let hosts = emails.iter().filter_map(|email| Some(email.rsplit_once('@')?.1));
            all.add_contact(&contact.id().into(), contact.name(), hosts);
        }
        all
    }

    /// Takes note of a new or changed contact.
    pub fn upsert_contact(&mut self, contact: &Contact) {
        self.remove_contact(&contact.id);
        if !contact.archived && contact.merged_into.is_none() {
            let emails: Vec<Address> =
                contact.emails.iter().filter_map(|email| Address::parse(email).ok()).collect();
            self.add_contact(&contact.id, contact.name.as_deref(), emails.iter().map(Address::host));
        }
    }

    /// Takes note of a new or changed account.
    pub fn upsert_account(&mut self, account: &Account) {
        self.remove_account(&account.id);
        if !account.archived && account.merged_into.is_none() {
            let domains: Vec<String> =
                account.domains.iter().filter_map(|text| domain::normalise(text).ok()).collect();
            self.add_account(&account.id, account.name.as_deref(), domains.iter().map(String::as_str));
        }
    }

    /// Takes note that a contact is gone.
    pub fn remove_contact(&mut self, id: &RecordId) {
        let Some(held) = self.contacts.remove(id) else { return };
        if let Some(name) = held.name {
            self.people.remove(&name, id);
        }
        for host in held.keys {
            self.hosts.remove(&host, id);
        }
    }

    /// Takes note that an account is gone.
    pub fn remove_account(&mut self, id: &RecordId) {
        let Some(held) = self.accounts.remove(id) else { return };
        if let Some(name) = held.name {
            self.companies.remove(&name, id);
        }
        for text in held.squashed {
            self.squashed.remove(&text, id);
        }
        for text in held.initials {
            self.initials.remove(&text, id);
        }
        for label in held.keys {
            self.labels.remove(&label, id);
        }
    }

    /// Whom this attendee may be: at most `k` records, by score, then hint, then id.
    ///
    /// Nobody for an attendee who is not external or whose address or domain was pinned to nobody. No person for a
    /// mailbox that several people share. Never the tenant's own company or those below it, nor its people. On a
    /// free-mail or throw-away domain only the display name is a hint. What the strategies find is not left out: ask
    /// about those attendees for whom they find nothing.
    pub fn for_attendee<'a>(
        &self,
        directory: &Directory,
        attendee: impl Into<AttendeeRef<'a>>,
        classifier: &Classifier,
        k: usize,
    ) -> Vec<Suggestion> {
        let mut finder = Finder::new(self, directory, classifier);
        finder.attendee(attendee.into());
        weigh::best(finder.found, k)
    }

    /// Which mail domains of unresolved attendees look like accounts, or like companies that are no accounts yet.
    ///
    /// Counts the external attendees without an account by the domain that was registered, without free-mail,
    /// throw-away and internal domains and what was pinned to nobody. The `k` domains with most attendees, then by
    /// name.
    pub fn unmatched_domains<'a>(
        &self,
        directory: &Directory,
        resolutions: impl IntoIterator<Item = &'a Resolution>,
        classifier: &Classifier,
        k: usize,
    ) -> Vec<Unmatched> {
        unmatched::list(self, directory, resolutions.into_iter(), classifier, k)
    }

    fn add_contact<'a>(&mut self, id: &RecordId, name: Option<&str>, hosts: impl Iterator<Item = &'a str>) {
        let mut held = Held { name: name.and_then(|name| self.people.add(name, id)), ..Held::default() };
        for host in hosts {
            keep(&mut held.keys, &mut self.hosts, host, id);
        }
        self.contacts.insert(id.clone(), held);
    }

    fn add_account<'a>(&mut self, id: &RecordId, name: Option<&str>, domains: impl Iterator<Item = &'a str>) {
        let mut held = Held::default();
        if let Some(name) = name {
            held.name = self.companies.add(name, id);
            for text in [squashed(name), squashed(&transcribed(name))].iter().filter(|text| !text.is_empty())
            {
                keep(&mut held.squashed, &mut self.squashed, text, id);
            }
            for text in initials(name).iter().filter(|text| text.len() >= SHORTEST_INITIALS) {
                keep(&mut held.initials, &mut self.initials, text, id);
            }
        }
        for (label, _) in domains.filter_map(suffix::owned).filter(|(label, _)| can_have_siblings(label)) {
            keep(&mut held.keys, &mut self.labels, label, id);
        }
        self.accounts.insert(id.clone(), held);
    }
}

/// The name as a domain without umlauts has it: `mueller` for `Müller`.
fn transcribed(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    for letter in name.chars().take(names::MAX_NAME) {
        match letter {
            'ä' | 'Ä' => text.push_str("ae"),
            'ö' | 'Ö' => text.push_str("oe"),
            'ü' | 'Ü' => text.push_str("ue"),
            _ => text.push(letter),
        }
    }
    text
}

fn keep(held: &mut SmallVec<[Arc<str>; 1]>, keys: &mut Keys, text: &str, id: &RecordId) {
    if !held.iter().any(|one| **one == *text) {
        held.push(keys.add(text, id).0);
    }
}

/// Whether two domains with this label are likely of one owner. Brands of free mail are for the lists to say.
pub(super) fn can_have_siblings(label: &str) -> bool {
    let letters = label.bytes().filter(u8::is_ascii_alphabetic).count();
    letters >= SHORTEST_LABEL && !names::is_common(label)
}
