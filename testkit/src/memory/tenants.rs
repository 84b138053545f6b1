//! What is known of tenants, and the revisions that are kept for them.

use std::cmp::Reverse;

use acquaint_core::store::{Revision, TenantState, TenantUpdate};
use acquaint_core::{Error, ErrorKind, Result};

use super::state::Tenant;

impl Tenant {
    pub(crate) fn update(&mut self, update: &TenantUpdate) -> Result<TenantState> {
        if update.expected.as_ref().is_some_and(|expected| !expected.is_of(&self.state)) {
            return Err(Error::new(ErrorKind::Conflict, "the tenant has moved on meanwhile"));
        }
        self.known = true;
        let (revision, slots) = (self.state.revision().cloned(), self.state.slots.clone());
        for (slot, value) in &update.slots {
            if value.is_null() {
                self.state.slots.remove(slot);
            } else {
                self.state.slots.insert(slot.clone(), value.clone());
            }
        }
        let mut decides_otherwise = self.state.slots != slots;
        if let Some(in_force) = &update.in_force {
            decides_otherwise |= revision.as_ref() != Some(&in_force.revision);
            if let Some(kept) = self.revisions.get_mut(&in_force.revision) {
                kept.in_force = Some(in_force.since);
            }
            self.outbox.keep(&in_force.destinations);
            self.state.in_force = Some(in_force.clone());
        }
        if decides_otherwise {
            self.join.fence += 1;
            self.join.lease_until = None;
        }
        self.state.synced = self.state.synced.or(update.synced);
        self.mark_anew(&update.dirty);
        Ok(self.state.clone())
    }

    pub(crate) fn put_revision(&mut self, revision: &Revision) {
        self.known = true;
        self.revisions.entry(revision.id.clone()).or_insert_with(|| revision.clone());
    }

    pub(crate) fn listed_revisions(&self, limit: usize) -> Vec<Revision> {
        let mut all: Vec<&Revision> = self.revisions.values().collect();
        all.sort_by_key(|revision| (Reverse(revision.in_force), Reverse(revision.kept), &revision.id));
        all.into_iter().take(limit).cloned().collect()
    }
}
