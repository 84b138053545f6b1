//! The CRM's picture of the truth: out of date, with gaps, and in places twice.

use std::collections::BTreeMap;
use std::ops::Range;

use super::Mix;
use super::firms::{Deal, Firm, Shape, Twins};
use super::people::Person;
use super::random::Random;
use super::spelling::misspelt;
use super::tenant::Tenant;
use super::words::{PROVIDER, SOCIAL};
use crate::{Account, Contact, Link, RecordId, domain};

/// The records, and what they mean.
#[derive(Debug, Default)]
pub(super) struct Crm {
    pub(super) contacts: Vec<Contact>,
    pub(super) accounts: Vec<Account>,
    pub(super) links: Vec<Link>,
    /// For each company, the live accounts that stand for it.
    pub(super) accounts_of: Vec<Vec<RecordId>>,
    /// For each company, whether one of those has its mail domain.
    pub(super) mail_known: Vec<bool>,
    /// For each person, the live contacts that are them.
    pub(super) contacts_of: Vec<Vec<RecordId>>,
    /// For each person, whether such a contact has a name.
    pub(super) named: Vec<bool>,
    /// For each person, whether such a contact has a link to an account.
    pub(super) linked: Vec<bool>,
    /// The contact that is the mailbox `info@` of a company.
    pub(super) mailboxes: BTreeMap<usize, RecordId>,
    /// For each company, the accounts to which its people are linked: also those merged or put aside.
    pub(super) homes: Vec<Vec<RecordId>>,
    /// For each person, where in `contacts` the first of theirs is.
    pub(super) first: Vec<usize>,
    made: u64,
}

/// What all who write into a CRM need.
pub(super) struct Clerk<'a> {
    pub(super) firms: &'a [Firm],
    pub(super) people: &'a [Person],
    pub(super) staff: &'a [Range<usize>],
    pub(super) mix: &'a Mix,
    pub(super) random: Random,
    pub(super) crm: Crm,
}

impl Clerk<'_> {
    /// Writes all records.
    pub(super) fn work(mut self, tenant: &Tenant) -> Crm {
        for at in 0..self.firms.len() {
            self.firm(at);
        }
        for at in 0..self.people.len() {
            self.person(at);
        }
        for at in 0..self.firms.len() {
            self.mailbox(at);
        }
        self.own_company(tenant);
        self.junk();
        self.count_contacts();
        self.crm
    }

    /// Ids that say nothing about which record is older or better.
    pub(super) fn id(&mut self, kind: char) -> RecordId {
        self.crm.made += 1;
        // An odd factor maps 24 bits onto themselves.
        let number = self.crm.made.wrapping_mul(0x9e37_79b1) & 0xff_ffff;
        let round = self.crm.made >> 24;
        RecordId::new(if round == 0 {
            format!("crm/{kind}{number}")
        } else {
            format!("crm/{kind}{number}x{round}")
        })
    }

    /// Some second of the last ten years.
    pub(super) fn date(&mut self) -> Option<i64> {
        let second = 1_450_000_000 + i64::try_from(self.random.below(315_000_000)).unwrap_or(0);
        self.random.chance(0.95).then_some(second)
    }

    fn account(&mut self, firm: &Firm, site: Option<&str>) -> RecordId {
        let mut account = Account::new(self.id('a'));
        let mut name = firm.name.clone();
        if self.random.chance(self.mix.legal_forms) {
            name = format!("{name} {}", self.random.pick_skewed(firm.country.legal_forms));
        }
        if self.random.chance(self.mix.misspelt_accounts) {
            name = misspelt(&name, &mut self.random);
        }
        if self.random.chance(0.03) {
            name = name.to_uppercase();
        }
        account.name = Some(name);
        account.domains.extend(site.map(|site| self.website(site)));
        account.created = self.date();
        let id = account.id.clone();
        self.crm.accounts.push(account);
        id
    }

    /// A domain as people and imports write it.
    fn website(&mut self, domain: &str) -> String {
        match self.random.below(10) {
            0..=1 => format!("https://www.{domain}/"),
            2 => format!("http://{domain}"),
            3..=4 => format!("www.{domain}"),
            5 => domain.to_ascii_uppercase(),
            _ => domain.to_owned(),
        }
    }

    fn last(&mut self) -> Option<&mut Account> {
        self.crm.accounts.last_mut()
    }

    fn set_parent(&mut self, owner: Option<usize>, rate: f64) {
        let parent = owner.and_then(|owner| self.crm.accounts_of[owner].first().cloned());
        if self.random.chance(rate) {
            self.last().into_iter().for_each(|one| one.parent.clone_from(&parent));
        }
    }

    /// Gives the owner's account a domain more. Says whether there is one.
    fn add_domain(&mut self, owner: usize, domain: &str) -> bool {
        let text = self.website(domain);
        let Some(id) = self.crm.accounts_of[owner].first() else { return false };
        // Owners come shortly before those that they own.
        let account = self.crm.accounts.iter_mut().rev().find(|one| one.id == *id);
        account.map(|account| account.domains.push(text)).is_some()
    }

    /// The accounts of one company.
    fn firm(&mut self, at: usize) {
        let firms = self.firms;
        let firm = &firms[at];
        let site = Some(&*firm.site);
        let of_owner = |crm: &Crm| firm.owner.map(|owner| crm.accounts_of[owner].clone()).unwrap_or_default();
        // Accounts, those to which people are linked if they are others, and whether the mail domain is there.
        let (live, homes, mail_known) = match firm.shape {
            Shape::Plain | Shape::Sibling | Shape::Brand => (vec![self.account(firm, site)], None, true),
            Shape::Idn => {
                let ascii = domain::normalise(&firm.site).unwrap_or_default();
                let site = if self.random.chance(0.4) { Some(&*ascii) } else { site };
                (vec![self.account(firm, site)], None, true)
            }
            Shape::OwnDomain => match self.random.below(20) {
                // Not an account of its own.
                0..=3 => {
                    let known = firm.owner.is_some_and(|owner| self.add_domain(owner, &firm.site));
                    (of_owner(&self.crm), None, known)
                }
                4 => (of_owner(&self.crm), None, false),
                n => {
                    let site = site.filter(|_| n > 6);
                    let id = self.account(firm, site);
                    self.set_parent(firm.owner, self.mix.known_parents);
                    (vec![id], None, site.is_some())
                }
            },
            Shape::GroupMail => {
                let site = site.filter(|_| self.random.chance(0.8));
                let id = self.account(firm, site);
                self.set_parent(firm.owner, self.mix.known_parents);
                (vec![id], None, false)
            }
            Shape::Office => {
                let id = self.account(firm, site);
                self.set_parent(firm.owner, 1.0);
                (vec![id], None, true)
            }
            Shape::Bought(deal) => self.bought(firm, deal),
            Shape::OtherMail { no_site } => {
                let social = format!("{}/{}", self.random.pick(SOCIAL), firm.site.replace('.', "-"));
                let social = self.random.chance(0.15).then_some(&*social);
                (vec![self.account(firm, if no_site { social } else { site })], None, false)
            }
            Shape::Reseller { known: false } | Shape::Stranger => (vec![], None, false),
            Shape::Reseller { known: true } => (vec![self.account(firm, site)], None, true),
            Shape::Founder => {
                let site = match self.random.unit() {
                    n if n < self.mix.free_mail_websites => Some(&*firm.mail),
                    n if n < 0.5 => site,
                    _ => None,
                };
                (vec![self.account(firm, site)], None, false)
            }
            Shape::University => {
                if firm.owner.is_none() && self.random.chance(0.3) {
                    (vec![], None, false)
                } else {
                    let id = self.account(firm, site);
                    self.set_parent(firm.owner, 0.6);
                    (vec![id], None, true)
                }
            }
            Shape::Duplicated(twins) => self.twins(firm, twins),
            Shape::Archived => {
                let id = self.account(firm, site);
                self.last().into_iter().for_each(|one| one.archived = true);
                (vec![], Some(vec![id]), false)
            }
            Shape::ArchivedUnderLive => {
                let id = self.account(firm, site);
                self.set_parent(firm.owner, 1.0);
                self.last().into_iter().for_each(|one| one.archived = true);
                (of_owner(&self.crm), Some(vec![id]), true)
            }
        };
        self.crm.homes.push(homes.unwrap_or_else(|| live.clone()));
        self.crm.accounts_of.push(live);
        self.crm.mail_known.push(mail_known);
    }

    fn bought(&mut self, firm: &Firm, deal: Deal) -> (Vec<RecordId>, Option<Vec<RecordId>>, bool) {
        let id = self.account(firm, Some(&firm.site));
        let buyer = firm.owner.map(|owner| self.crm.accounts_of[owner].clone()).unwrap_or_default();
        match deal {
            Deal::Merged => {
                let into = buyer.first().cloned();
                self.last().into_iter().for_each(|one| one.merged_into.clone_from(&into));
                let homes = if self.random.chance(0.5) { buyer.clone() } else { vec![id] };
                (buyer, Some(homes), true)
            }
            Deal::Child | Deal::Apart => {
                if deal == Deal::Child {
                    self.set_parent(firm.owner, 1.0);
                }
                let all = std::iter::once(id.clone()).chain(buyer).collect();
                (all, Some(vec![id]), true)
            }
            Deal::Absorbed => {
                self.last().into_iter().for_each(|one| one.archived = true);
                let known = firm.owner.is_some_and(|owner| self.add_domain(owner, &firm.site));
                (buyer, Some(vec![id]), known)
            }
        }
    }

    fn twins(&mut self, firm: &Firm, twins: Twins) -> (Vec<RecordId>, Option<Vec<RecordId>>, bool) {
        let site = Some(&*firm.site);
        let first = self.account(firm, site);
        let second = self.account(firm, site.filter(|_| twins != Twins::OneWithout));
        let mut both = vec![first.clone(), second.clone()];
        match twins {
            Twins::SameDomain | Twins::OneWithout => (both, None, true),
            Twins::Merged => {
                self.last().into_iter().for_each(|one| one.merged_into = Some(first.clone()));
                (vec![first], Some(both), true)
            }
            Twins::Chain => {
                self.last().into_iter().for_each(|one| one.merged_into = Some(first.clone()));
                let third = self.account(firm, None);
                self.last().into_iter().for_each(|one| one.merged_into = Some(second.clone()));
                both.push(third);
                (vec![first], Some(both), true)
            }
            Twins::OneArchived => {
                self.last().into_iter().for_each(|one| one.archived = true);
                (vec![first], Some(both), true)
            }
        }
    }

    /// The tenant itself, its subsidiaries and some of its people.
    fn own_company(&mut self, tenant: &Tenant) {
        let own = self.id('a');
        let mut account = Account::new(&own).domain(&tenant.domains[0]).domain(&tenant.domains[1]);
        account.name = Some(tenant.name.to_owned());
        self.crm.accounts.push(account);
        for (name, domain) in [("Labs", &tenant.named_subsidiary), ("Forge", &tenant.other_subsidiary)] {
            let mut account = Account::new(self.id('a')).domain(domain);
            account.name = Some(format!("{} {name}", tenant.name));
            account.parent = Some(own.clone());
            self.crm.accounts.push(account);
        }
        for user in tenant.users.iter().step_by(4) {
            let mut contact = Contact::new(self.id('c')).email(&user.address);
            contact.name = Some(format!("{} {}", user.given, user.family));
            self.crm.links.push(Link::new(&contact.id, &own));
            self.crm.contacts.push(contact);
        }
    }

    /// What imports leave behind, and a customer on whose domain anybody can be.
    fn junk(&mut self) {
        if self.firms.len() < 100 {
            return;
        }
        for domain in ["co.uk", "com.cy", "https://", "n/a"] {
            let mut account = Account::new(self.id('a')).domain(domain);
            account.name = Some("Imported".to_owned());
            self.crm.accounts.push(account);
        }
        let mut provider = Account::new(self.id('a')).domain(PROVIDER);
        provider.name = Some("Regionet".to_owned());
        self.crm.accounts.push(provider);
    }

    /// Most accounts say how many contacts they have.
    fn count_contacts(&mut self) {
        let mut counts: BTreeMap<&RecordId, u32> = BTreeMap::new();
        for link in &self.crm.links {
            *counts.entry(&link.account).or_default() += 1;
        }
        for account in &mut self.crm.accounts {
            let count = counts.get(&account.id).copied().unwrap_or(0);
            account.contacts = self.random.chance(0.85).then_some(count);
        }
    }
}
