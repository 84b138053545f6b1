//! The join's claim, dirty keys, and the commit of decided meetings.

use std::collections::BTreeSet;
use std::time::Duration;

use acquaint_core::depkey::DependencyKey;
use acquaint_core::ids::{Seq, WorkerId};
use acquaint_core::store::{
    Contribution, DirtyBatch, FeedEntry, JoinClaim, Mark, MeetingCommit, MeetingRow, Offer, Told,
};
use acquaint_core::{Error, Result};
use chrono::{DateTime, Utc};

use super::state::{State, Tenant, later};

#[derive(Default)]
pub(crate) struct JoinRow {
    pub(crate) fence: u64,
    pub(crate) holder: Option<WorkerId>,
    pub(crate) lease_until: Option<DateTime<Utc>>,
}

pub(crate) struct MarkRow {
    pub(crate) seq: Seq,
    /// Up to and including this identity it is dealt with.
    pub(crate) reached: Option<String>,
}

impl State {
    /// The tenant of a claim, if the claim is still the newest on its join.
    pub(crate) fn joining(&mut self, claim: &JoinClaim) -> Result<&mut Tenant> {
        let tenant = self.tenants.get_mut(&claim.tenant);
        tenant
            .filter(|tenant| tenant.join.fence == claim.fence)
            .ok_or_else(|| Error::fenced().with("tenant", &claim.tenant))
    }
}

impl Tenant {
    pub(crate) fn claim_join(
        &mut self,
        worker: &WorkerId,
        now: DateTime<Utc>,
        lease: Duration,
    ) -> Option<u64> {
        if self.join.lease_until.is_some_and(|until| until > now) {
            return None;
        }
        self.join.fence += 1;
        self.join.holder = Some(worker.clone());
        self.join.lease_until = Some(later(now, lease));
        Some(self.join.fence)
    }

    pub(crate) fn dirty_batch(&self, limit: usize, now: DateTime<Utc>) -> DirtyBatch {
        let mut identities: BTreeSet<String> = BTreeSet::new();
        let mut marks = Vec::new();
        let mut queue: Vec<(&DependencyKey, &MarkRow)> = self.marks.iter().collect();
        queue.sort_by_key(|(key, row)| (row.seq, *key));
        for (key, row) in queue {
            if identities.len() >= limit {
                break;
            }
            let mut reached = None;
            let mut cut = false;
            for identity in self.expand(key, row.reached.as_deref()) {
                if identities.len() >= limit && !identities.contains(identity) {
                    cut = true;
                    break;
                }
                identities.insert(identity.to_owned());
                reached = Some(identity.to_owned());
            }
            marks.push(Mark { key: key.clone(), seq: row.seq, reached: reached.filter(|_| cut) });
        }
        for identity in self.meetings.run_out(now) {
            if identities.len() >= limit {
                break;
            }
            identities.insert(identity.to_owned());
        }
        DirtyBatch { seq: self.state.seq, marks, identities: identities.into_iter().collect() }
    }

    /// The identities that a key concerns, in order, after `reached`.
    pub(crate) fn expand<'a>(&'a self, key: &'a DependencyKey, reached: Option<&str>) -> BTreeSet<&'a str> {
        let mut identities: BTreeSet<&str> = if let Some(identity) = key.meeting_identity() {
            BTreeSet::from([identity])
        } else if key.concerns_all() {
            self.meetings.identities().collect()
        } else {
            self.meetings.readers(key).collect()
        };
        if let Some(reached) = reached {
            identities.retain(|identity| *identity > reached);
        }
        identities
    }

    pub(crate) fn commit_meetings(&mut self, commit: &MeetingCommit<'_>) {
        self.join.lease_until = Some(commit.lease_until);
        for mark in commit.marks {
            let Some(row) = self.marks.get_mut(&mark.key).filter(|row| row.seq == mark.seq) else { continue };
            match &mark.reached {
                Some(reached) => row.reached = Some(reached.clone()),
                None => drop(self.marks.remove(&mark.key)),
            }
        }
        let destinations =
            self.state.in_force.as_ref().map(|known| known.destinations.clone()).unwrap_or_default();
        let first = self.state.synced.is_none();
        for write in commit.writes {
            self.meetings.put(&write.row, &write.reads);
            if let Some(contribution) = &write.gathered {
                self.gathered.contribute(&write.row.meeting.id, contribution);
            }
            let told = write.told();
            let offers = self.announce(&write.row, &told, write.backfill || first, commit.now);
            let stands = write.row.standing();
            let position = self.last_position();
            let stands =
                stands.iter().map(|told| Offer::telling(position, &write.row, told, true, commit.now));
            self.outbox.fill(&destinations, &offers, &stands.collect::<Vec<_>>());
        }
        for row in commit.removed {
            if self.meetings.remove(&row.meeting.id) {
                self.gathered.contribute(&row.meeting.id, &Contribution::default());
                let offers = self.announce(row, &row.withdrawn(), first, commit.now);
                self.outbox.fill(&destinations, &offers, &[]);
            }
        }
    }

    fn last_position(&self) -> u64 {
        self.feed.last().map_or(0, |entry| entry.position)
    }

    /// Puts what is told into the feed, and gives what is to be delivered of it.
    fn announce(
        &mut self,
        row: &MeetingRow,
        told: &[Told<'_>],
        backfill: bool,
        now: DateTime<Utc>,
    ) -> Vec<Offer> {
        let (meeting, last) = (&row.meeting.id, self.last_position());
        let numbered = || (last + 1..).zip(told);
        self.feed.extend(
            numbered().map(|(position, told)| FeedEntry::telling(position, meeting.clone(), told, now)),
        );
        numbered().map(|(position, told)| Offer::telling(position, row, told, backfill, now)).collect()
    }
}
