//! Who may be invited: for each cause somebody with an address, and who that is in the CRM.

use std::collections::HashSet;
use std::ops::Range;

use super::Cause;
use super::crm::Crm;
use super::firms::{Firm, Shape};
use super::naming::Naming;
use super::people::{Person, Story};
use super::random::Random;
use super::tenant::Tenant;
use super::words::Country;
use crate::{Class, Kind, RecordId};

/// Somebody or something that may be invited.
#[derive(Debug)]
pub(super) struct Seat {
    /// Given and family name.
    pub(super) name: Option<(String, String)>,
    /// A name that is nobody's, such as a room's.
    pub(super) label: Option<String>,
    /// What the attendee's company is called.
    pub(super) firm: Option<String>,
    pub(super) address: Option<String>,
    pub(super) kind: Kind,
    pub(super) class: Class,
    pub(super) contacts: Vec<RecordId>,
    pub(super) accounts: Vec<RecordId>,
    pub(super) contact_resolvable: bool,
    pub(super) account_resolvable: bool,
    /// Whether the contact can be told by its name alone; and if so whether the address tells the name.
    pub(super) by_name: Option<bool>,
}

impl Seat {
    /// Somebody of whom the CRM knows nothing.
    pub(super) fn nobody(name: Option<(String, String)>, address: String) -> Self {
        Self {
            name,
            label: None,
            firm: None,
            address: Some(address),
            kind: Kind::Person,
            class: Class::External,
            contacts: vec![],
            accounts: vec![],
            contact_resolvable: false,
            account_resolvable: false,
            by_name: None,
        }
    }

    /// Something that is none of the tenant's customers.
    pub(super) fn of_class(class: Class, address: String) -> Self {
        Self { class, ..Self::nobody(None, address) }
    }
}

/// Everything there is, hidden truth and picture.
pub(super) struct Hall<'a, 'b> {
    pub(super) firms: &'a [Firm],
    pub(super) people: &'a [Person],
    pub(super) staff: &'a [Range<usize>],
    pub(super) tenant: &'a Tenant,
    pub(super) crm: &'a Crm,
    pub(super) naming: &'a mut Naming<'b>,
    pub(super) random: Random,
    /// The mailboxes that somebody has.
    pub(super) taken: HashSet<String>,
    /// For each cause, the people who are a case of it.
    pools: Vec<Vec<usize>>,
    /// Companies about which nothing is peculiar.
    plain: Vec<usize>,
    made_up: usize,
}

impl<'a, 'b> Hall<'a, 'b> {
    pub(super) fn new(
        (firms, people, staff): (&'a [Firm], &'a [Person], &'a [Range<usize>]),
        tenant: &'a Tenant,
        crm: &'a Crm,
        naming: &'a mut Naming<'b>,
        taken: HashSet<String>,
        random: Random,
    ) -> Self {
        let mut pools = vec![vec![]; Cause::ALL.len()];
        for (at, person) in people.iter().enumerate() {
            if let Some(cause) = cause_of(&firms[person.firm], person) {
                pools[cause as usize].push(at);
            }
        }
        let plain = firms.iter().enumerate().filter(|(_, firm)| firm.shape == Shape::Plain).map(|(at, _)| at);
        let plain = plain.collect();
        Self { firms, people, staff, tenant, crm, naming, random, taken, pools, plain, made_up: 0 }
    }

    /// Somebody who is a case of `cause`, or nobody if this world has no such case.
    pub(super) fn seat(&mut self, cause: Cause) -> Option<Seat> {
        match cause {
            Cause::SecondaryAddress => self.secondary(),
            Cause::RelaxedAddress => self.relaxed(),
            Cause::HostBelow => self.host_below(),
            Cause::SubsidiaryOwnDomain | Cause::OtherMailDomain => self.by_votes(cause),
            Cause::SubsidiaryGroupMail | Cause::RegionalOffice | Cause::University => {
                self.shared_domain(cause)
            }
            Cause::Takeover => self.takeover(),
            Cause::SiblingDomain => self.sibling_domain(),
            Cause::Partner => self.partner(),
            Cause::Contractor => self.contractor(),
            Cause::StaleContact => self.stale(),
            Cause::MisspeltInCrm | Cause::NameAtAccount => self.by_name(cause),
            Cause::CrossedInCrm => self.crossed(),
            Cause::DuplicateContact => self.duplicate_contact(),
            Cause::SameName => self.same_name(),
            Cause::Idn => self.idn(),
            Cause::RoleAddress => self.role(),
            Cause::DistributionList => self.list(),
            Cause::FreeMailStranger => Some(self.free_mail_stranger()),
            Cause::UnknownCompany => Some(self.unknown_company()),
            Cause::Disposable => Some(self.disposable()),
            Cause::InternalUser => Some(self.user()),
            Cause::OwnSubsidiary => Some(self.own_subsidiary()),
            Cause::InternalFreeMail => self.user_on_free_mail(),
            Cause::Room => Some(self.room()),
            Cause::Robot => Some(self.robot()),
            Cause::NoAddress => Some(self.no_address()),
            Cause::KnownContact
            | Cause::UnknownColleague
            | Cause::SiblingCustomers
            | Cause::Founder
            | Cause::DuplicateAccount
            | Cause::ArchivedRecord
            | Cause::ArchivedUnderLive
            | Cause::BrandTld
            | Cause::CountrySuffix => self.draw(cause).map(|at| self.at_work(at)),
        }
    }

    /// Some person who is a case of `cause`.
    pub(super) fn draw(&mut self, cause: Cause) -> Option<usize> {
        let pool = &self.pools[cause as usize];
        (!pool.is_empty()).then(|| *self.random.pick(pool))
    }

    /// Some company about which nothing is peculiar.
    pub(super) fn plain_firm(&mut self) -> Option<usize> {
        (!self.plain.is_empty()).then(|| *self.random.pick(&self.plain))
    }

    /// Somebody by the address at work, which the CRM has if it has the person, at a company whose domain it has.
    pub(super) fn at_work(&self, at: usize) -> Seat {
        let person = &self.people[at];
        let (contacts, accounts) =
            (self.crm.contacts_of[at].clone(), self.crm.accounts_of[person.firm].clone());
        Seat {
            firm: Some(self.firms[person.firm].name.clone()),
            contact_resolvable: !contacts.is_empty(),
            account_resolvable: !accounts.is_empty()
                && (self.crm.mail_known[person.firm] || self.crm.linked[at]),
            contacts,
            accounts,
            ..Seat::nobody(Some((person.given.to_owned(), person.family.clone())), person.address.clone())
        }
    }

    /// The same if the address is not in the CRM: only the name tells who it is.
    pub(super) fn at_work_by_name(&self, at: usize) -> Seat {
        let mut seat = self.at_work(at);
        seat.by_name = Some(self.people[at].telling);
        seat.contact_resolvable &= self.crm.named[at];
        seat.account_resolvable = !seat.accounts.is_empty() && self.crm.mail_known[self.people[at].firm];
        seat
    }

    /// A number that no other invented address has.
    pub(super) fn number(&mut self) -> usize {
        self.made_up += 1;
        1_000 + self.made_up
    }

    /// A name that nobody is known to have; somebody may, all the same.
    pub(super) fn any_name(&mut self) -> (&'static Country, String, String) {
        let country = self.naming.country(&mut self.random);
        let given = country.people.given(&mut self.random);
        (country, given.to_owned(), country.people.family(&mut self.random))
    }
}

/// Of which cause somebody is a case, if they are invited by their usual address.
fn cause_of(firm: &Firm, person: &Person) -> Option<Cause> {
    let cause = match (firm.shape, &person.story) {
        (Shape::Plain, story) => match story {
            Story::Plain if Country::is_below_two_labels(&firm.mail) => Cause::CountrySuffix,
            Story::Plain if person.known => Cause::KnownContact,
            Story::Plain => Cause::UnknownColleague,
            Story::SecondAddress { .. } => Cause::SecondaryAddress,
            Story::FreeMail { .. } => Cause::RelaxedAddress,
            Story::Left { .. } => Cause::StaleContact,
            Story::Misspelt { .. } => Cause::MisspeltInCrm,
            Story::Crossed { .. } => Cause::CrossedInCrm,
            Story::Duplicated { .. } => Cause::DuplicateContact,
            Story::OtherAddress { .. } => Cause::NameAtAccount,
            Story::Contractor { .. } => Cause::Contractor,
            Story::Archived => Cause::ArchivedRecord,
            Story::Namesake => Cause::SameName,
            Story::Moved { .. } | Story::Partner { .. } => return None,
        },
        (Shape::OwnDomain, _) => Cause::SubsidiaryOwnDomain,
        (Shape::GroupMail, _) => Cause::SubsidiaryGroupMail,
        (Shape::Office, _) => Cause::RegionalOffice,
        (Shape::Bought(_), _) => Cause::Takeover,
        (Shape::OtherMail { .. }, _) => Cause::OtherMailDomain,
        (Shape::Sibling, _) => Cause::SiblingCustomers,
        (Shape::Reseller { .. }, _) => Cause::Partner,
        // Those who are not known are strangers on free mail like any other.
        (Shape::Founder, _) if person.known => Cause::Founder,
        (Shape::Founder, _) => return None,
        (Shape::University, _) => Cause::University,
        (Shape::Brand, _) => Cause::BrandTld,
        (Shape::Idn, _) => Cause::Idn,
        (Shape::Duplicated(_), _) => Cause::DuplicateAccount,
        (Shape::Archived, _) => Cause::ArchivedRecord,
        (Shape::ArchivedUnderLive, _) => Cause::ArchivedUnderLive,
        (Shape::Stranger, _) => Cause::UnknownCompany,
    };
    Some(cause)
}
