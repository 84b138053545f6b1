//! Collects the clues of one attendee.

use std::collections::BTreeMap;

use super::suggester::can_have_siblings;
use super::weigh::{self, Clues, Source, keep};
use super::{Clue, Hint, MAX_NAMESAKES, MAX_VOTERS, Suggester, Votes, said};
use crate::names::squashed;
use crate::settle::follow;
use crate::{
    AccountRef, AddressRef, AttendeeRef, Classifier, ContactRef, Directory, Key, Lookup, Record, RecordId,
    Score, domain, rank, suffix,
};

/// Names of companies that are less alike are left out, in thousandths.
const ALIKE_COMPANIES: u16 = 500;

/// How much alike a company and its initials are, in thousandths: many have the same.
const INITIALS: u16 = 600;

/// Collects the clues of one attendee, or of one domain.
pub(super) struct Finder<'a> {
    pub(super) suggester: &'a Suggester,
    directory: &'a Directory,
    classifier: &'a Classifier,
    look: Lookup<'a>,
    pub(super) found: Clues,
}

impl<'a> Finder<'a> {
    pub(super) fn new(
        suggester: &'a Suggester,
        directory: &'a Directory,
        classifier: &'a Classifier,
    ) -> Self {
        Self { suggester, directory, classifier, look: directory.lookup(), found: Clues::new() }
    }

    /// All clues of an attendee.
    pub(super) fn attendee(&mut self, attendee: AttendeeRef<'_>) {
        let class = self.classifier.classify(attendee);
        let Ok(address) = attendee.address else { return };
        if !class.is_external() || is_nobody(self.directory, address) {
            return;
        }
        let anybodys = self.is_anybodys(address.host());
        if !anybodys {
            self.host(address.host());
        }
        let said = attendee.name.map(said::read).unwrap_or_default();
        if let Some(company) = said.company {
            self.company(company, Source::Company);
        }
        if let Some(person) = said.person.filter(|_| !class.is_shared()) {
            self.person(person, anybodys);
        }
    }

    /// The clues of a mail host on which not anybody can have a mailbox.
    pub(super) fn host(&mut self, host: &str) {
        self.votes(host);
        let Some((label, registered)) = suffix::owned(host) else { return };
        self.siblings(label, registered);
        let (written, _) = idna::domain_to_unicode(label);
        self.company(&written, Source::Label);
    }

    /// Whether anybody can have a mailbox on the host or above it.
    pub(super) fn is_anybodys(&self, host: &str) -> bool {
        domain::candidates(host).any(|domain| self.classifier.lists().is_anybodys(domain))
    }

    /// The accounts of the contacts on this very host.
    fn votes(&mut self, host: &str) {
        let Some(contacts) = self.suggester.hosts.get(host) else { return };
        let mut voters = 0;
        let mut linked: BTreeMap<&'a str, (u32, AccountRef<'a>)> = BTreeMap::new();
        for id in contacts.iter().take(MAX_VOTERS) {
            let Some(contact) = self.contact(id) else { continue };
            let accounts = self.accounts_of(contact);
            voters += u32::from(!accounts.is_empty());
            for account in accounts {
                linked.entry(account.id()).or_insert((0, account)).0 += 1;
            }
        }
        for (id, (linked, account)) in linked {
            if self.is_own(account) {
                continue;
            }
            let (hint, score) = (Hint::DomainVotes, weigh::votes(linked, voters));
            let votes = Some(Votes { linked, voters });
            let clue = Clue { hint, score, asked: host.to_owned(), matched: host.to_owned(), votes };
            keep(&mut self.found, Record::Account(id.into()), Source::Host, clue);
        }
    }

    /// The accounts that have another domain with this label.
    fn siblings(&mut self, label: &str, registered: &str) {
        if !can_have_siblings(label) || self.classifier.lists().is_free_mail_brand(label) {
            return;
        }
        let Some(ids) = self.suggester.labels.get(label).filter(|ids| ids.len() <= MAX_NAMESAKES) else {
            return;
        };
        let accounts: Vec<_> = ids.iter().filter_map(|id| self.account(id)).collect();
        for account in &accounts {
            let mut siblings = account.domains().filter(|domain| {
                suffix::owned(domain).is_some_and(|(own, above)| own == label && above != registered)
            });
            let Some(sibling) = siblings.next() else { continue };
            let clue = clue(Hint::SiblingDomain, weigh::sibling(accounts.len()), label, sibling);
            keep(&mut self.found, Record::Account(account.id().into()), Source::Label, clue);
        }
    }

    /// The accounts whose names are like this one.
    fn company(&mut self, name: &str, source: Source) {
        let suggester = self.suggester;
        let (spelled, alike) = (squashed(name), suggester.companies.search(name));
        let equal = suggester.squashed.get(&spelled).map(|ids| (1000, ids));
        let initials = suggester.initials.get(&spelled).map(|ids| (INITIALS, ids));
        let alike = alike.into_iter().filter(|one| one.score >= ALIKE_COMPANIES);
        let found = equal.into_iter().chain(initials).chain(alike.map(|one| (one.score, one.records)));
        for (alike, ids) in found.filter(|(_, ids)| ids.len() <= MAX_NAMESAKES) {
            let accounts: Vec<_> = ids.iter().filter_map(|id| self.account(id)).collect();
            for account in &accounts {
                let score = weigh::company(alike, accounts.len());
                let clue = clue(Hint::CompanyName, score, name, account.name().unwrap_or_default());
                keep(&mut self.found, Record::Account(account.id().into()), source, clue);
            }
        }
    }

    /// The contact, if it is in use.
    pub(super) fn contact(&self, id: &RecordId) -> Option<ContactRef<'a>> {
        self.directory.contact(id.as_str()).filter(|contact| contact.in_use())
    }

    /// The account, if it is in use and not the tenant's own.
    fn account(&self, id: &RecordId) -> Option<AccountRef<'a>> {
        let account = self.directory.account(id.as_str()).filter(|account| account.in_use())?;
        (!self.is_own(account)).then_some(account)
    }

    /// The accounts in use to which the contact belongs, merges followed, each once, by id.
    pub(super) fn accounts_of(&self, contact: ContactRef<'a>) -> Vec<AccountRef<'a>> {
        let links = self.look.accounts_of(contact).into_iter().take(MAX_NAMESAKES);
        let ends = links.filter_map(|(account, _)| follow(&self.look, account.ok()?).0.ok());
        let mut accounts: Vec<_> = ends.filter(|account| account.in_use()).collect();
        accounts.sort_unstable_by_key(|account| account.id());
        accounts.dedup_by_key(|account| account.id());
        accounts
    }

    /// Whether the account is the tenant's own company or below it.
    pub(super) fn is_own(&self, account: AccountRef<'a>) -> bool {
        let own =
            |account: AccountRef<'a>| account.domains().any(|domain| self.classifier.is_own_domain(domain));
        self.classifier.has_own_domains() && (own(account) || rank::ancestors(&self.look, account).any(own))
    }

    /// Whether the contact has an address on one of the tenant's domains.
    pub(super) fn is_colleague(&self, contact: ContactRef<'a>) -> bool {
        let internal = |email: String| {
            email.rsplit_once('@').is_some_and(|(_, host)| self.classifier.is_internal_host(host))
        };
        self.classifier.has_own_domains() && contact.emails().any(internal)
    }
}

pub(super) fn clue(hint: Hint, score: Score, asked: &str, matched: &str) -> Clue {
    Clue { hint, score, asked: asked.to_owned(), matched: matched.to_owned(), votes: None }
}

/// Whether a person has decided that the address, or the nearest pinned domain of it, is nobody.
pub(super) fn is_nobody(directory: &Directory, address: AddressRef<'_>) -> bool {
    if !directory.has_pins() {
        return false;
    }
    let keys = std::iter::once(Key::Email(address.as_str().to_owned()))
        .chain(domain::candidates(address.host()).map(|domain| Key::Domain(domain.to_owned())));
    let pin = keys.into_iter().find_map(|key| directory.pin(&key));
    pin.is_some_and(|pin| pin.contact.is_none() && pin.account.is_none())
}
