//! The CRM's contacts, and to which accounts they are linked.

use super::crm::Clerk;
use super::firms::Shape;
use super::people::{Copies, Leaving, Person, Story};
use super::spelling::{folded, nickname};
use crate::{Contact, Link, RecordId};

impl Clerk<'_> {
    /// The contacts of one person.
    pub(super) fn person(&mut self, at: usize) {
        let people = self.people;
        let person = &people[at];
        self.crm.first.push(self.crm.contacts.len());
        if !person.known {
            self.crm.contacts_of.push(vec![]);
            self.crm.named.push(false);
            self.crm.linked.push(false);
            return;
        }
        let work = person.address.clone();
        let (emails, live) = match &person.story {
            Story::SecondAddress { other, work_first: true } => (vec![work, other.clone()], true),
            Story::SecondAddress { other, work_first: false } => (vec![other.clone(), work], true),
            Story::FreeMail { other, alone: true } => (vec![other.clone()], true),
            Story::FreeMail { other, alone: false } => (vec![work, other.clone()], true),
            Story::Left { how: Leaving::Unnoticed, .. } => (vec![work], true),
            Story::Left { address, .. } => (vec![work, address.clone()], true),
            Story::Misspelt { on_file } | Story::Crossed { on_file } | Story::OtherAddress { on_file } => {
                (vec![on_file.clone()], true)
            }
            Story::Contractor { own } => (vec![own.clone()], true),
            Story::Archived => (vec![work], false),
            Story::Moved { before, renewed: false } => (vec![before.clone()], true),
            Story::Moved { before, renewed: true } => (vec![work, before.clone()], true),
            Story::Plain | Story::Duplicated { .. } | Story::Partner { .. } | Story::Namesake => {
                (vec![work], true)
            }
        };
        let first = self.contact(person, &emails);
        if !live {
            self.crm.contacts.last_mut().into_iter().for_each(|one| one.archived = true);
        }
        let mut all = vec![first];
        if let Story::Duplicated { copies, other } = &person.story {
            self.copies(person, *copies, other, &mut all);
        }
        let named = self.crm.contacts[self.crm.first[at]].name.is_some();
        let mut linked = false;
        for id in &all {
            linked |= self.link_home(person, id);
        }
        all.retain(|id| {
            let record = self.crm.contacts.iter().rev().take(3).find(|one| one.id == *id);
            record.is_some_and(|one| !one.archived && one.merged_into.is_none())
        });
        self.crm.contacts_of.push(all);
        self.crm.named.push(named);
        self.crm.linked.push(linked);
    }

    fn contact(&mut self, person: &Person, emails: &[String]) -> RecordId {
        let mut contact = Contact::new(self.id('c'));
        let (given, family) = (person.given, &person.family);
        let short = match person.story {
            Story::OtherAddress { .. } if self.random.chance(0.4) => nickname(given),
            _ if self.random.chance(0.02) => nickname(given),
            _ => None,
        };
        let name = format!("{} {family}", short.unwrap_or(given));
        contact.name = match self.random.unit() {
            n if n < self.mix.nameless => None,
            n if n < self.mix.nameless + 0.03 => Some(format!("{family}, {given}")),
            n if n < self.mix.nameless + 0.09 => Some(folded(&name, self.random.chance(0.5))),
            _ => Some(name),
        };
        for email in emails {
            let odd = self.random.chance(self.mix.odd_case);
            contact.emails.push(if odd { capitalised(email) } else { email.clone() });
        }
        contact.created = self.date();
        let id = contact.id.clone();
        self.crm.contacts.push(contact);
        id
    }

    /// The other contacts of somebody whom the CRM has several times.
    fn copies(&mut self, person: &Person, copies: Copies, other: &str, all: &mut Vec<RecordId>) {
        let Some(first) = all.first().cloned() else { return };
        let address =
            if copies == Copies::OtherAddress || self.random.chance(0.3) { other } else { &person.address };
        let second = self.contact(person, &[address.to_owned()]);
        let last = self.crm.contacts.last_mut();
        match copies {
            Copies::SameAddress | Copies::OtherAddress => {}
            Copies::Merged => last.into_iter().for_each(|one| one.merged_into = Some(first.clone())),
            Copies::OneArchived => last.into_iter().for_each(|one| one.archived = true),
            Copies::Chain => {
                last.into_iter().for_each(|one| one.merged_into = Some(first.clone()));
                let third = self.contact(person, &[other.to_owned()]);
                self.crm
                    .contacts
                    .last_mut()
                    .into_iter()
                    .for_each(|one| one.merged_into = Some(second.clone()));
                all.push(third);
            }
        }
        all.push(second);
    }

    /// Links a contact to the accounts that people had in mind, and says whether there is one.
    fn link_home(&mut self, person: &Person, contact: &RecordId) -> bool {
        let home = &self.crm.homes[person.firm];
        if let Story::Partner { clients, employer_first } = &person.story {
            let mut homes: Vec<(RecordId, bool)> = vec![];
            let clients = clients
                .iter()
                .filter_map(|client| Some((self.crm.accounts_of[*client].first()?.clone(), false)));
            match home.first() {
                Some(employer) if *employer_first => {
                    homes.push((employer.clone(), true));
                    homes.extend(clients);
                }
                Some(_) => homes.extend(clients.take(1)),
                None => homes.extend(clients),
            }
            for (account, primary) in homes {
                let link = Link::new(contact, account);
                let new = !self
                    .crm
                    .links
                    .iter()
                    .rev()
                    .take(8)
                    .any(|one| one.contact == link.contact && one.account == link.account);
                if new {
                    self.crm.links.push(if primary { link.primary() } else { link });
                }
            }
            return true;
        }
        if home.is_empty() {
            return false;
        }
        let plain = self.firms[person.firm].shape == Shape::Plain;
        let own = matches!(person.story, Story::Contractor { .. } | Story::Left { .. });
        if plain && !own && self.random.chance(self.mix.unlinked) {
            return false;
        }
        let link = Link::new(contact, self.random.pick(home));
        let primary = self.random.chance(self.mix.primary_links);
        self.crm.links.push(if primary { link.primary() } else { link });
        true
    }

    /// Some companies' `info@` is a contact, and at others several contacts have it.
    pub(super) fn mailbox(&mut self, at: usize) {
        let firm = &self.firms[at];
        if firm.shape != Shape::Plain {
            return;
        }
        let address = format!("info@{}", firm.mail);
        match self.random.below(100) {
            0..=3 => {
                let mut contact = Contact::new(self.id('c')).email(address);
                contact.name = Some(firm.name.clone());
                contact.created = self.date();
                self.crm.mailboxes.insert(at, contact.id.clone());
                if let Some(home) = self.crm.homes[at].first() {
                    self.crm.links.push(Link::new(&contact.id, home));
                }
                self.crm.contacts.push(contact);
            }
            4..=6 => {
                let known =
                    |one: &usize| self.people[*one].known && matches!(self.people[*one].story, Story::Plain);
                let both: Vec<usize> = self.staff[at].clone().filter(known).take(2).collect();
                if both.len() == 2 {
                    for person in both {
                        self.crm.contacts[self.crm.first[person]].emails.push(address.clone());
                    }
                }
            }
            _ => {}
        }
    }
}

/// `jane.doe@x.com` as `Jane.Doe@x.com`.
pub(super) fn capitalised(address: &str) -> String {
    let mut start = true;
    let mut out = String::with_capacity(address.len());
    for c in address.chars() {
        out.push(if start { c.to_ascii_uppercase() } else { c });
        start = c == '.' && !out.contains('@');
    }
    out
}
