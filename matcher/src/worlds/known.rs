//! Seats for people whom the CRM has, or might have.

use super::Cause;
use super::firms::Shape;
use super::people::{Copies, Leaving, Story};
use super::seats::{Hall, Seat};
use crate::domain;

impl Hall<'_, '_> {
    pub(super) fn secondary(&mut self) -> Option<Seat> {
        let at = self.draw(Cause::SecondaryAddress)?;
        let mut seat = self.at_work(at);
        if let Story::SecondAddress { other, work_first: true } = &self.people[at].story {
            seat.address = Some(other.clone());
        }
        // A free-mail host tells no account, but the link does.
        seat.account_resolvable &= self.crm.linked[at] || self.host_tells(&seat, at);
        Some(seat)
    }

    fn host_tells(&self, seat: &Seat, at: usize) -> bool {
        let host = seat.address.as_deref().and_then(|address| address.rsplit('@').next());
        host == Some(&*self.firms[self.people[at].firm].mail)
    }

    pub(super) fn relaxed(&mut self) -> Option<Seat> {
        let at = self.draw(Cause::RelaxedAddress)?;
        let mut seat = self.at_work(at);
        let Story::FreeMail { other, alone } = &self.people[at].story else { return None };
        if !alone && self.random.chance(0.3) {
            // Nobody but their own mail server knows whether a plus means anything at a company.
            seat = self.at_work_by_name(at);
            seat.address = seat.address.map(|address| address.replacen('@', "+meetings@", 1));
            return Some(seat);
        }
        let (local, host) = other.split_once('@')?;
        let tagged = format!("{local}+{}@{host}", self.random.pick(&["crm", "work", "cal"]));
        seat.address = Some(match host {
            "gmail.com" => match self.random.below(4) {
                0 => tagged,
                1 => format!("{local}@googlemail.com"),
                2 => format!("{}@{host}", local.replace('.', "")),
                _ => format!("{}+x@googlemail.com", local.replace('.', "")),
            },
            "icloud.com" if self.random.chance(0.6) => format!("{local}@me.com"),
            _ => tagged,
        });
        seat.account_resolvable = self.crm.linked[at];
        Some(seat)
    }

    /// Somebody at a plain company, known or not, by a host below the company's.
    pub(super) fn host_below(&mut self) -> Option<Seat> {
        let cause = if self.random.chance(0.4) { Cause::KnownContact } else { Cause::UnknownColleague };
        let at = self.draw(cause)?;
        let mut seat = self.at_work_by_name(at);
        let below = self.random.pick(&["@eu.", "@mail.", "@corp.", "@us.", "@ext.", "@uk.mail."]);
        seat.address = seat.address.map(|address| address.replacen('@', below, 1));
        Some(seat)
    }

    /// Somebody at a company of which the CRM may have the mail domain in its contacts alone. Two of those are enough to
    /// say whose it is; one may be on somebody else's domain.
    pub(super) fn by_votes(&mut self, cause: Cause) -> Option<Seat> {
        let at = self.draw(cause)?;
        let mut seat = self.at_work(at);
        let colleagues = self.staff[self.people[at].firm].clone();
        let votes = colleagues.filter(|one| *one != at && self.crm.linked[*one]).count();
        seat.account_resolvable |= !seat.accounts.is_empty() && votes >= 2;
        Some(seat)
    }

    /// Somebody at one of several accounts with one domain: which one, only the CRM's link tells.
    pub(super) fn shared_domain(&mut self, cause: Cause) -> Option<Seat> {
        let at = self.draw(cause)?;
        let person = &self.people[at];
        let mut seat = self.at_work(at);
        let firm = &self.firms[person.firm];
        if !person.known {
            // The whole is a right answer for a part, and one that its domain gives.
            let whole = firm.owner.map(|owner| self.crm.accounts_of[owner].clone()).unwrap_or_default();
            let next = self.firms.get(person.firm + 1);
            let is_whole = firm.owner.is_none()
                && (firm.shape == Shape::University
                    || next.is_some_and(|next| next.owner == Some(person.firm)));
            seat.account_resolvable = !whole.is_empty() || is_whole && self.crm.mail_known[person.firm];
            seat.accounts.extend(whole);
        }
        if firm.shape == Shape::University && self.random.chance(0.08) {
            // Who has left a university keeps the address and works somewhere else.
            let (_, given, family) = self.any_name();
            let host = format!("@alumni.{}", firm.mail);
            return Some(Seat::nobody(Some((given, family)), format!("m{}{host}", self.number())));
        }
        Some(seat)
    }

    pub(super) fn takeover(&mut self) -> Option<Seat> {
        let at = self.draw(Cause::Takeover)?;
        let mut seat = self.at_work(at);
        if let Story::Moved { renewed: false, .. } = self.people[at].story {
            // The CRM has the old address. Only accounts that lead to the buyer bring the name within reach.
            let reach = self.firms[self.people[at].firm].shape == Shape::Bought(super::firms::Deal::Merged);
            seat = self.at_work_by_name(at);
            seat.contact_resolvable &= reach;
        }
        seat.account_resolvable = !seat.accounts.is_empty();
        Some(seat)
    }

    /// Nothing in the CRM says whose domain this is; that it is called like a customer's may be chance.
    pub(super) fn sibling_domain(&mut self) -> Option<Seat> {
        let at = self.draw(Cause::UnknownColleague)?;
        let (label, _) = self.firms[self.people[at].firm].mail.split_once('.')?;
        let other = *self.random.pick(&["com", "de", "eu", "net", "fr", "co.uk", "io", "nl"]);
        let domain = self.naming.sibling(label, other)?;
        let mut seat = self.at_work(at);
        let local = seat.address.as_deref().and_then(|address| address.split('@').next()).unwrap_or_default();
        seat.address = Some(format!("{local}@{domain}"));
        (seat.account_resolvable, seat.contact_resolvable) = (false, false);
        Some(seat)
    }

    pub(super) fn partner(&mut self) -> Option<Seat> {
        let at = self.draw(Cause::Partner)?;
        let mut seat = self.at_work(at);
        let person = &self.people[at];
        let Story::Partner { clients, employer_first } = &person.story else { return None };
        let client = self.crm.accounts_of[*clients.first()?].first().cloned();
        if !person.known {
            // The employer, if the CRM has it. That its people look after a customer makes nobody a customer.
            seat.account_resolvable = !seat.accounts.is_empty();
        } else if seat.accounts.is_empty() {
            // With one customer it is that one; with more, only the meeting would tell which.
            seat.accounts.extend(client);
            seat.account_resolvable = clients.iter().all(|one| Some(one) == clients.first());
        } else if !employer_first {
            seat.accounts.extend(client);
        }
        Some(seat)
    }

    pub(super) fn contractor(&mut self) -> Option<Seat> {
        let at = self.draw(Cause::Contractor)?;
        let mut seat = self.at_work(at);
        let Story::Contractor { own } = &self.people[at].story else { return None };
        seat.address = Some(own.clone());
        seat.account_resolvable = self.crm.linked[at];
        Some(seat)
    }

    pub(super) fn stale(&mut self) -> Option<Seat> {
        let at = self.draw(Cause::StaleContact)?;
        let mut seat = self.at_work(at);
        let Story::Left { to, address, how } = &self.people[at].story else { return None };
        seat.address = Some(address.clone());
        seat.firm = Some(self.firms[*to].name.clone());
        seat.accounts.clone_from(&self.crm.accounts_of[*to]);
        seat.account_resolvable = *how != Leaving::Private && self.crm.mail_known[*to];
        seat.contact_resolvable &= *how != Leaving::Unnoticed;
        Some(seat)
    }

    /// Somebody at a known company of whom the CRM has another address.
    pub(super) fn by_name(&mut self, cause: Cause) -> Option<Seat> {
        let at = self.draw(cause)?;
        Some(self.at_work_by_name(at))
    }

    /// Mail programs write such a host in either of its forms.
    pub(super) fn idn(&mut self) -> Option<Seat> {
        let at = self.draw(Cause::Idn)?;
        let mut seat = self.at_work(at);
        let ascii = seat.address.as_deref().and_then(|address| {
            let (local, host) = address.split_once('@')?;
            Some(format!("{local}@{}", domain::normalise(host).ok()?))
        });
        if self.random.chance(0.5) {
            seat.address = ascii;
        }
        Some(seat)
    }

    /// The address says one person and the name another. It is the person whose name it is.
    pub(super) fn crossed(&mut self) -> Option<Seat> {
        let at = self.draw(Cause::CrossedInCrm)?;
        Some(Seat { contact_resolvable: false, ..self.at_work(at) })
    }

    pub(super) fn duplicate_contact(&mut self) -> Option<Seat> {
        let at = self.draw(Cause::DuplicateContact)?;
        let mut seat = self.at_work(at);
        let story = &self.people[at].story;
        if let Story::Duplicated { copies: Copies::OtherAddress | Copies::Chain, other } = story
            && self.random.chance(0.3)
        {
            seat.address = Some(other.clone());
            seat.account_resolvable = self.crm.linked[at];
        }
        Some(seat)
    }

    /// Somebody called like a contact: at another company that the CRM has, at the same one or on free mail.
    pub(super) fn same_name(&mut self) -> Option<Seat> {
        let place = self.random.below(10);
        if place < 5 {
            return self.draw(Cause::SameName).map(|at| self.at_work(at));
        }
        let at = self.draw(Cause::KnownContact)?;
        let person = &self.people[at];
        if place < 7 {
            return self.relative(at);
        }
        let (given, family) = (person.given.to_owned(), person.family.clone());
        let address = self.free_address(&given, &family);
        Some(Seat::nobody(Some((given, family)), address))
    }

    /// Somebody new with a contact's family name, at the same company. Half of them share the initial too.
    fn relative(&mut self, at: usize) -> Option<Seat> {
        let person = &self.people[at];
        let firm = &self.firms[person.firm];
        let alike = self.random.chance(0.5);
        let fits = |given: &&&str| {
            **given != person.given && (!alike || given.chars().next() == person.given.chars().next())
        };
        let given: Vec<&&str> = firm.country.people.given.iter().filter(fits).collect();
        let given = **given.get(self.random.below(given.len()))?;
        let colleagues = &self.people[self.staff[person.firm].clone()];
        if colleagues.iter().any(|one| one.given == given && one.family == person.family) {
            return None;
        }
        let local = firm.style.local(given, &person.family, firm.country.writes_umlauts());
        let mut address = format!("{local}@{}", firm.mail);
        let mut number = 1;
        while !self.taken.insert(address.clone()) {
            number += 1;
            address = format!("{local}{number}@{}", firm.mail);
        }
        let name = Some((given.to_owned(), person.family.clone()));
        let known = self.at_work(at);
        Some(Seat {
            name,
            address: Some(address),
            contacts: vec![],
            contact_resolvable: false,
            account_resolvable: true,
            ..known
        })
    }
}
