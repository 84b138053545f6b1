//! The facts of a tenant.

use acquaint::core::ids::{ConnectionId, RecordRef, SourceName};
use acquaint::core::view::{Account, Association, CalendarEvent, Colleague, Contact, Deal, View};
use serde_json::{Map, Value};

/// Everything that an evaluation may look at.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    pub events: Vec<(RecordRef, CalendarEvent)>,
    pub accounts: Vec<Known<Account>>,
    pub contacts: Vec<Known<Contact>>,
    pub links: Vec<Known<Association>>,
    pub colleagues: Vec<Known<Colleague>>,
    pub deals: Vec<Known<Deal>>,
    /// The addresses of those who made connections.
    pub users: Vec<String>,
    pub slots: Map<String, Value>,
    /// Which source each connection serves.
    pub sources: Vec<(ConnectionId, SourceName)>,
}

/// A CRM record, and the connection that it came by.
#[derive(Debug, Clone)]
pub struct Known<T> {
    pub connection: ConnectionId,
    pub record: T,
}

impl Facts {
    /// Adds what a live record says.
    pub fn add(&mut self, record: &RecordRef, view: View) {
        let connection = record.connection.clone();
        match view {
            View::Event(event) => self.events.push((record.clone(), *event)),
            View::Account(record) => self.accounts.push(Known { connection, record }),
            View::Contact(record) => self.contacts.push(Known { connection, record }),
            View::Association(record) => self.links.push(Known { connection, record }),
            View::Colleague(record) => self.colleagues.push(Known { connection, record }),
            View::Deal(record) => self.deals.push(Known { connection, record }),
            other => panic!("a view that no history makes: {other:?}"),
        }
    }

    pub fn source(&self, connection: &ConnectionId) -> SourceName {
        let found = self.sources.iter().find(|(id, _)| id == connection);
        found.unwrap_or_else(|| panic!("{connection} is no connection")).1.clone()
    }
}
