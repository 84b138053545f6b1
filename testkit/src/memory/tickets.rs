//! Authorisations under way.

use std::collections::BTreeMap;

use acquaint_core::ids::TenantId;
use acquaint_core::store::{TakenTicket, Ticket};
use acquaint_core::token::Sealed;
use chrono::{DateTime, Utc};

#[derive(Default)]
pub(crate) struct Tickets {
    pub(crate) rows: BTreeMap<String, TicketRow>,
}

pub(crate) struct TicketRow {
    pub(crate) tenant: TenantId,
    pub(crate) expires: DateTime<Utc>,
    /// Gone once it was taken.
    pub(crate) sealed: Option<Sealed>,
}

impl Tickets {
    pub(crate) fn put(&mut self, ticket: &Ticket) {
        let Ticket { id, tenant, sealed, expires } = ticket.clone();
        self.rows.insert(id, TicketRow { tenant, expires, sealed: Some(sealed) });
    }

    pub(crate) fn take(&mut self, id: &str, now: DateTime<Utc>) -> TakenTicket {
        // Those that nobody came back with go here too.
        self.rows.retain(|_, row| row.expires > now);
        let Some(row) = self.rows.get_mut(id) else { return TakenTicket::Unknown };
        let Some(sealed) = row.sealed.take() else { return TakenTicket::Used };
        TakenTicket::Taken(Ticket {
            id: id.to_owned(),
            tenant: row.tenant.clone(),
            sealed,
            expires: row.expires,
        })
    }
}
