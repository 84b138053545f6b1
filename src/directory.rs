//! From the mirror's views to the matcher's records, and the dependency keys that both share.

use std::collections::{BTreeMap, BTreeSet};

use acquaint_core::depkey::DependencyKey;
use acquaint_core::ids::{ConnectionId, RecordRef};
use acquaint_core::view::{Account, Association, Colleague, Contact, Deal, EntityKind, View};
use acquaint_matcher::{Key, Link, RecordId, Records};
use chrono::{DateTime, Utc};

/// The matcher's name for a record of a connection.
pub(crate) fn record_id(connection: &ConnectionId, id: &str) -> RecordId {
    RecordId::new(format!("{connection}/{id}"))
}

/// A matcher's key as a dependency key.
pub(crate) fn dependency(key: &Key) -> DependencyKey {
    DependencyKey::from_stored(key.to_string())
}

/// What the matcher knows of one view.
pub(crate) fn records(connection: &ConnectionId, view: &View) -> Records {
    let mut records = Records::new();
    match view {
        View::Account(account) => {
            let id = record_id(connection, &account.id);
            let mut record = acquaint_matcher::Account::new(id.clone());
            record.name.clone_from(&account.name);
            record.domains.clone_from(&account.domains);
            record.parent = account.parent.as_deref().map(|parent| record_id(connection, parent));
            record.created = account.created.map(|at| at.timestamp());
            records.accounts.push(record);
            records.accounts.extend(account.merged.iter().map(|old| {
                let mut redirect = acquaint_matcher::Account::new(record_id(connection, old));
                redirect.merged_into = Some(id.clone());
                redirect
            }));
        }
        View::Contact(contact) => {
            let id = record_id(connection, &contact.id);
            let mut record = acquaint_matcher::Contact::new(id.clone());
            record.name.clone_from(&contact.name);
            record.emails.clone_from(&contact.emails);
            record.created = contact.created.map(|at| at.timestamp());
            records.contacts.push(record);
            records.contacts.extend(contact.merged.iter().map(|old| {
                let mut redirect = acquaint_matcher::Contact::new(record_id(connection, old));
                redirect.merged_into = Some(id.clone());
                redirect
            }));
        }
        View::Association(link)
            if (link.from_kind, link.to_kind) == (EntityKind::Contact, EntityKind::Account) =>
        {
            let found = Link::new(record_id(connection, &link.from), record_id(connection, &link.to));
            records.links.push(if link.primary { found.primary() } else { found });
        }
        _ => {}
    }
    records
}

/// The dependency keys that views provide, sorted.
pub(crate) fn keys(connection: &ConnectionId, views: &[View]) -> Vec<DependencyKey> {
    let mut keys = BTreeSet::new();
    for view in views {
        match view {
            View::Event(event) => {
                keys.insert(DependencyKey::meeting(&event.identity()));
            }
            View::Colleague(colleague) => {
                keys.insert(DependencyKey::users());
                keys.extend(colleague.emails.iter().map(|email| DependencyKey::user(email)));
                keys.insert(DependencyKey::colleague(connection, &colleague.id));
            }
            View::Deal(deal) => keys.extend(deal_keys(connection, deal)),
            View::Association(link) => keys.extend(deals_of(connection, link).map(|(key, _)| key)),
            _ => {}
        }
        let records = records(connection, view);
        keys.extend(
            records.accounts.iter().flat_map(acquaint_matcher::Account::keys).map(|key| dependency(&key)),
        );
        keys.extend(
            records.contacts.iter().flat_map(acquaint_matcher::Contact::keys).map(|key| dependency(&key)),
        );
        keys.extend(records.links.iter().flat_map(Link::keys).map(|key| dependency(&key)));
    }
    keys.into_iter().collect()
}

/// The keys that a deal provides: its own, and those of what was merged into it.
pub(crate) fn deal_keys(connection: &ConnectionId, deal: &Deal) -> impl Iterator<Item = DependencyKey> {
    let ids = std::iter::once(&deal.id).chain(&deal.merged);
    ids.map(|id| DependencyKey::deal(connection, id))
}

/// The key that a link from a deal provides, or one to a deal, and the id of the deal.
fn deals_of<'a>(connection: &ConnectionId, link: &'a Association) -> Option<(DependencyKey, &'a str)> {
    let (from, to) = ((link.from_kind, &*link.from), (link.to_kind, &*link.to));
    let (deal, (kind, id)) = match (from, to) {
        ((EntityKind::Deal, deal), other) | (other, (EntityKind::Deal, deal)) => (deal, other),
        _ => return None,
    };
    match kind {
        EntityKind::Account => Some((DependencyKey::deals_of_account(connection, id), deal)),
        EntityKind::Contact => Some((DependencyKey::deals_of_contact(connection, id), deal)),
        _ => None,
    }
}

/// The keys by which the deals of an account are found: its own, and those of what was merged into it.
pub(crate) fn deals_of_account(record: &RecordRef, account: &Account) -> impl Iterator<Item = DependencyKey> {
    let ids = std::iter::once(&account.id).chain(&account.merged);
    ids.map(|id| DependencyKey::deals_of_account(&record.connection, id))
}

/// The keys by which the deals of a contact are found: its own, and those of what was merged into it.
pub(crate) fn deals_of_contact(record: &RecordRef, contact: &Contact) -> impl Iterator<Item = DependencyKey> {
    let ids = std::iter::once(&contact.id).chain(&contact.merged);
    ids.map(|id| DependencyKey::deals_of_contact(&record.connection, id))
}

/// When an event takes place, for windows.
pub(crate) fn span(views: &[View]) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
    views.iter().find_map(|view| match view {
        View::Event(event) => {
            let start = event.start.instant();
            Some((start, event.end.instant().max(start)))
        }
        _ => None,
    })
}

/// Accounts and contacts by the matcher's name, for what a resolution needs beyond ids.
#[derive(Debug, Default)]
pub(crate) struct Entities {
    pub(crate) accounts: BTreeMap<RecordId, (RecordRef, Account)>,
    pub(crate) contacts: BTreeMap<RecordId, (RecordRef, Contact)>,
    /// The deals that hang on an account or contact, by the key that they were found with.
    linked: BTreeMap<DependencyKey, BTreeSet<DealAt>>,
    /// By the key that was asked for.
    pub(crate) deals: BTreeMap<DependencyKey, (ConnectionId, Deal)>,
    /// By the key that was asked for.
    pub(crate) colleagues: BTreeMap<DependencyKey, Colleague>,
    /// The accounts of each contact, and which is the primary one.
    pub(crate) links: BTreeMap<RecordId, BTreeMap<RecordId, bool>>,
}

/// Where a deal is found. A greater one is newer in most CRMs, whose ids are numbers that grow.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct DealAt {
    length: usize,
    key: DependencyKey,
}

/// The most deals that are looked at of one account or contact: more than anybody reads, and few enough for a read-set.
const MOST_LINKS: usize = 1_000;

impl Entities {
    pub(crate) fn add(&mut self, record: &RecordRef, view: View) {
        match view {
            View::Account(account) => {
                self.accounts.insert(record_id(&record.connection, &account.id), (record.clone(), account));
            }
            View::Association(_) => {
                for link in records(&record.connection, &view).links {
                    self.links.entry(link.contact).or_default().insert(link.account, link.primary);
                }
            }
            View::Contact(contact) => {
                self.contacts.insert(record_id(&record.connection, &contact.id), (record.clone(), contact));
            }
            _ => {}
        }
    }

    /// Notes that a link of a connection, found with `key`, leads to a deal, if it does.
    pub(crate) fn add_link(&mut self, key: DependencyKey, connection: &ConnectionId, link: &Association) {
        if let Some((_, deal)) = deals_of(connection, link).filter(|(own, _)| *own == key) {
            let deal = DealAt { length: deal.len(), key: DependencyKey::deal(connection, deal) };
            self.linked.entry(key).or_default().insert(deal);
        }
    }

    /// Takes in a deal that was asked for with `key`: the record itself rather than one that it was merged into.
    pub(crate) fn add_deal(&mut self, key: DependencyKey, connection: ConnectionId, deal: Deal) {
        if !deal_keys(&connection, &deal).any(|own| own == key) {
            return;
        }
        let rank = |deal: &Deal| (DependencyKey::deal(&connection, &deal.id) != key, deal.id.clone());
        if self.deals.get(&key).is_none_or(|(_, known)| rank(&deal) < rank(known)) {
            self.deals.insert(key, (connection, deal));
        }
    }

    /// The keys of the deals that were found with `key`, the newest first, and whether there are more.
    pub(crate) fn linked(&self, key: &DependencyKey) -> (impl Iterator<Item = &DependencyKey>, bool) {
        let all = self.linked.get(key);
        let more = all.is_some_and(|all| all.len() > MOST_LINKS);
        (all.into_iter().flatten().rev().take(MOST_LINKS).map(|deal| &deal.key), more)
    }
}
