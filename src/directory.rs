//! From the mirror's views to the matcher's records, and the dependency keys that both share.

use std::collections::{BTreeMap, BTreeSet};

use acquaint_core::depkey::DependencyKey;
use acquaint_core::ids::{ConnectionId, RecordRef};
use acquaint_core::view::{Account, Contact, EntityKind, View};
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
            View::Colleague(_) => {
                keys.insert(DependencyKey::users());
            }
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
    /// The accounts of each contact, and which is the primary one.
    pub(crate) links: BTreeMap<RecordId, BTreeMap<RecordId, bool>>,
}

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
}
