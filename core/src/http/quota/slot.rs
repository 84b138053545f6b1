//! A reservation.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::keeper::{Place, QuotaKeeper};
use super::{Quota, QuotaLimit};

/// An instant at which a call may be made. Unless it is used, others may have it.
#[must_use = "what is not used is given back"]
pub(in crate::http) struct Slot<'a> {
    keeper: &'a QuotaKeeper,
    at: DateTime<Utc>,
    taken: Vec<(Place, &'static str, QuotaLimit)>,
}

impl<'a> Slot<'a> {
    pub(super) fn new(keeper: &'a QuotaKeeper, at: DateTime<Utc>) -> Self {
        Self { keeper, at, taken: Vec::new() }
    }

    pub(super) fn took(&mut self, place: Place, quota: &Quota) {
        self.taken.push((place, quota.name, quota.limit));
    }

    /// How long it is until then, if it is not now.
    pub(in crate::http) fn wait(&self, now: DateTime<Utc>) -> Option<Duration> {
        (self.at - now).to_std().ok().filter(|wait| !wait.is_zero())
    }

    /// The call is made.
    pub(in crate::http) fn spend(mut self) {
        self.taken.clear();
    }
}

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        for (place, name, limit) in &self.taken {
            self.keeper.give_back(place, name, *limit, self.at);
        }
    }
}
