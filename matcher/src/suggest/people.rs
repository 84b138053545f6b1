//! The clues of a person's name.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::finder::{Finder, clue};
use super::ids::Ids;
use super::weigh::{self, Source, keep};
use super::{Hint, MAX_NAMESAKES};
use crate::{AccountRef, Record, full_name};

/// How much alike two names are, in thousandths, that are one but for the order of the words, titles and middle names.
const SAME: u16 = 950;

/// How much alike they are if one of them has a nickname.
const NICKNAME: u16 = 850;

/// Names that are less alike are left out: most are other people.
const LEAST: u16 = 750;

impl<'a> Finder<'a> {
    /// The contacts whose names are like this one, and their accounts.
    ///
    /// A contact shares the score with all whose names are as much alike or more.
    pub(super) fn person(&mut self, name: &str, anybodys: bool) {
        // Too many people have one name alone, or an initial.
        let Some(key) = full_name::key(name) else { return };
        let others = full_name::other_keys(name);
        let suggester = self.suggester;
        let mut tiers: BTreeMap<Reverse<u16>, Vec<&Ids>> = BTreeMap::new();
        for one in suggester.people.search(name) {
            let alike = match full_name::key(one.name) {
                Some(own) if own == key => one.score.max(SAME),
                Some(own) if others.contains(&own) => one.score.max(NICKNAME),
                _ => one.score,
            };
            if alike >= LEAST {
                tiers.entry(Reverse(alike)).or_default().push(one.records);
            }
        }
        let mut people = vec![];
        let mut all = 0;
        for (Reverse(alike), tier) in tiers {
            all += tier.iter().map(|ids| ids.len()).sum::<usize>();
            if all > MAX_NAMESAKES {
                break;
            }
            let mut companies: BTreeMap<&str, (usize, &str)> = BTreeMap::new();
            for id in tier.into_iter().flat_map(Ids::iter) {
                let Some(contact) = self.contact(id) else { continue };
                let accounts = self.accounts_of(contact);
                let own = |account: &AccountRef<'a>| self.is_own(*account);
                if self.is_colleague(contact) || !accounts.is_empty() && accounts.iter().all(own) {
                    continue;
                }
                let others: Vec<_> = accounts.iter().copied().filter(|account| !own(account)).collect();
                let matched = contact.name().unwrap_or_default();
                for account in &others {
                    let company = companies.entry(account.id()).or_insert((0, matched));
                    *company = (company.0 + 1, company.1.min(matched));
                }
                let record = Record::Contact(contact.id().into());
                let clue = clue(Hint::PersonName, weigh::person(alike, anybodys, 1, all), name, matched);
                keep(&mut self.found, record.clone(), Source::Person, clue);
                people.push((record, others));
            }
            for (id, (own, matched)) in companies {
                let clue = clue(Hint::PersonName, weigh::person(alike, anybodys, own, all), name, matched);
                keep(&mut self.found, Record::Account(id.into()), Source::Person, clue);
            }
        }
        // What else speaks for a company speaks for its person among all of that name.
        for (person, accounts) in people {
            for account in accounts {
                let clues = self.found.get(&Record::Account(account.id().into())).into_iter().flatten();
                let others = clues.filter(|((source, _), _)| *source != Source::Person);
                let others: Vec<_> = others.map(|((source, _), clue)| (*source, clue.clone())).collect();
                for (source, clue) in others {
                    keep(&mut self.found, person.clone(), source, clue);
                }
            }
        }
    }
}
