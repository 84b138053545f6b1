//! What providers were asked to tell.

use std::collections::BTreeMap;

use acquaint_core::ids::{ConnectionId, TenantId};
use acquaint_core::store::{LaneClaim, Subscription};
use acquaint_core::{Error, ErrorKind, Result};

use super::state::State;

/// By id, whoever's they are: a notification names nothing else.
#[derive(Default)]
pub(crate) struct Subscriptions {
    pub(crate) rows: BTreeMap<String, Subscription>,
}

impl State {
    pub(crate) fn put_subscription(&mut self, claim: &LaneClaim, subscription: &Subscription) -> Result<()> {
        self.fenced(claim)?;
        let Subscription { id, tenant, connection, .. } = subscription;
        if (tenant, connection) != (&claim.lane.tenant, &claim.lane.connection) {
            return Err(Error::bug("a claim of one connection was used for a subscription of another"));
        }
        if self.subscriptions.rows.get(id).is_some_and(|found| found.tenant != *tenant) {
            return Err(Error::new(
                ErrorKind::Conflict,
                "the id of a subscription is another tenant's already",
            )
            .with("connection", connection)
            .advise("make a new id for each subscription"));
        }
        self.subscriptions.rows.insert(id.clone(), subscription.clone());
        Ok(())
    }
}

impl Subscriptions {
    pub(crate) fn of(&self, tenant: &TenantId, connection: &ConnectionId) -> Vec<Subscription> {
        let rows = self.rows.values();
        rows.filter(|row| row.tenant == *tenant && row.connection == *connection).cloned().collect()
    }

    pub(crate) fn remove(&mut self, tenant: &TenantId, id: &str) {
        if self.rows.get(id).is_some_and(|row| row.tenant == *tenant) {
            self.rows.remove(id);
        }
    }

    pub(crate) fn erase(&mut self, tenant: &TenantId, connection: &ConnectionId) {
        self.rows.retain(|_, row| row.tenant != *tenant || row.connection != *connection);
    }
}
