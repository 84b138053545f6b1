//! Defects of the join: batches and commits of meetings.

use std::collections::BTreeSet;

use acquaint_core::Result;
use acquaint_core::ids::{MeetingId, Seq, TenantId};
use acquaint_core::store::{
    ChangeKind, DirtyBatch, FeedEntry, JoinClaim, MEETING, Mark, MeetingCommit, MeetingQuery, MeetingRow,
    MeetingWrite, Store,
};
use chrono::{DateTime, Utc};

use super::store::TICK;
use super::{Broken, Defect};
use crate::memory::Tenant;

impl Broken {
    pub(super) async fn broken_feed_of(
        &self,
        tenant: &TenantId,
        meeting: &MeetingId,
        limit: usize,
    ) -> Result<Vec<FeedEntry>> {
        let mut found = match self.defect {
            Defect::EntriesOfAnyMeeting => self.inner.feed(tenant, 0, usize::MAX).await?,
            _ => self.inner.feed_of(tenant, meeting, usize::MAX).await?,
        };
        if self.is(Defect::EntriesOldestFirst) {
            found.sort_by_key(|entry| entry.position);
        }
        found.retain(|entry| entry.key.is_none() || !self.is(Defect::EntriesOfItemsAreLeftOut));
        found.truncate(limit);
        Ok(found)
    }

    pub(super) async fn broken_batch(
        &self,
        claim: &JoinClaim,
        limit: usize,
        now: DateTime<Utc>,
    ) -> Result<DirtyBatch> {
        let claim = self.join_claim(claim, Defect::BatchUnfenced);
        let now = if self.is(Defect::DecisionsHoldForEver) { DateTime::<Utc>::MIN_UTC } else { now };
        let mut seqs = Vec::new();
        if self.is(Defect::MarksByKey) {
            self.with(&claim.tenant, |tenant| {
                for (key, row) in &mut tenant.marks {
                    seqs.push((key.clone(), std::mem::replace(&mut row.seq, Seq(0))));
                }
            });
        }
        let mut batch = self.inner.dirty_batch(&claim, limit, now).await?;
        self.with(&claim.tenant, |tenant| {
            for (key, seq) in seqs {
                let marks = batch.marks.iter_mut().filter(|mark| mark.key == key);
                marks.for_each(|mark| mark.seq = seq);
                tenant.marks.entry(key).and_modify(|row| row.seq = seq);
            }
            match self.defect {
                Defect::BatchNamesNoCommit => batch.seq = Seq(0),
                Defect::BatchClears if batch.identities.is_empty() && batch.marks.len() == 1 => {
                    tenant.marks.clear();
                }
                Defect::MeetingKeysNeedAMeeting => {
                    let known: BTreeSet<&str> = tenant.meetings.identities().collect();
                    batch.identities.retain(|identity| known.contains(identity.as_str()));
                }
                Defect::AllNeedReaders if batch.marks.iter().any(|mark| mark.key.concerns_all()) => {
                    batch.identities.clear();
                }
                Defect::BatchRepeats if batch.marks.iter().all(|mark| mark.reached.is_none()) => {
                    let marks = batch.marks.iter().filter_map(|mark| tenant.marks.get_key_value(&mark.key));
                    let found = marks.flat_map(|(key, row)| tenant.expand(key, row.reached.as_deref()));
                    let found: Vec<String> = found.map(str::to_owned).collect();
                    if !found.is_empty() {
                        batch.identities = found;
                    }
                }
                _ => {}
            }
        });
        Ok(batch)
    }

    pub(super) async fn broken_meetings(&self, commit: &MeetingCommit<'_>) -> Result<()> {
        // What is delivered is left to the defects of the outbox.
        let delivers = self.with(&commit.claim.tenant, |tenant| tenant.state.in_force.is_some());
        let unfenced = self.join_claim(commit.claim, Defect::MeetingsUnfenced);
        let claim = if delivers { commit.claim.clone() } else { unfenced };
        let (mut marks, mut writes) = (commit.marks.to_vec(), commit.writes.to_vec());
        let mut removed = commit.removed.to_vec();
        writes.iter_mut().for_each(|write| self.break_contribution(write));
        let tenant = &claim.tenant;
        self.with(tenant, |tenant| self.break_commit(tenant, &mut marks, &mut writes, &mut removed));
        let (lease, entries) = self.with(tenant, |tenant| (tenant.join.lease_until, tenant.feed.len()));
        let given = MeetingCommit {
            claim: &claim,
            marks: &marks,
            writes: &writes,
            removed: &removed,
            ..commit.clone()
        };
        let outbox = self.with(tenant, |tenant| tenant.outbox.clone());
        let done = self.inner.commit_meetings(&given).await;
        self.break_outbox(&given, &outbox, done.is_ok());
        done?;

        for write in &writes {
            for copy in &write.row.meeting.copies {
                let place = (tenant.clone(), copy.clone());
                let mut copies = self.copies.lock().unwrap();
                copies.entry(place).or_default().insert(write.row.meeting.id.clone());
            }
        }
        self.with(tenant, |tenant| match self.defect {
            Defect::CommitKeepsJoinLease => tenant.join.lease_until = lease,
            Defect::RemovedStays => removed.iter().for_each(|row| tenant.meetings.put(row, &[])),
            Defect::ClearsByKind => {
                for mark in marks.iter().filter(|mark| mark.reached.is_none()) {
                    let kind = mark.key.as_str().split_once(':').map(|(kind, _)| kind);
                    tenant.marks.retain(|key, row| {
                        row.seq != mark.seq || key.as_str().split_once(':').map(|(kind, _)| kind) != kind
                    });
                }
            }
            Defect::PositionsSkip if tenant.feed.len() > entries => {
                tenant.feed.last_mut().unwrap().position += 1;
            }
            Defect::EntryCarriesPresent => {
                let told = |entry: &&mut FeedEntry| !entry.content.is_null() && entry.key.is_none();
                for entry in tenant.feed.iter_mut().skip(entries).filter(told) {
                    let write = writes.iter().find(|write| write.row.meeting.id == entry.meeting).unwrap();
                    entry.content = write.row.meeting.content.clone();
                }
            }
            Defect::AnnouncedItemsAreLost => {
                for mut write in writes {
                    write.row.announced_items.clear();
                    tenant.meetings.put(&write.row, &write.reads);
                }
            }
            Defect::ItemsHaveNoSection => {
                tenant.feed.iter_mut().for_each(|entry| entry.section = MEETING.to_owned());
            }
            Defect::ItemsCarryPresent => {
                for entry in tenant.feed.iter_mut().skip(entries).filter(|entry| !entry.content.is_null()) {
                    let write = writes.iter().find(|write| write.row.meeting.id == entry.meeting).unwrap();
                    if let Some(key) = &entry.key {
                        entry.content = write.row.meeting.items[&entry.section][key].clone();
                    }
                }
            }
            Defect::MeetingsGoFirst | Defect::MeetingsComeLast if !writes.is_empty() => {
                let goes = self.is(Defect::MeetingsGoFirst);
                let new = &mut tenant.feed[entries..];
                if new.iter().any(|entry| (entry.change == ChangeKind::Removed) == goes) {
                    new.sort_by_key(|entry| (entry.meeting.clone(), entry.key.is_some() == goes));
                }
                for (entry, position) in new.iter_mut().zip(entries as u64 + 1..) {
                    entry.position = position;
                }
            }
            _ => {}
        });
        Ok(())
    }

    pub(super) async fn broken_query(
        &self,
        tenant: &TenantId,
        query: &MeetingQuery,
    ) -> Result<Vec<MeetingRow>> {
        let mut given = query.clone();
        match self.defect {
            Defect::EndIsInclusive => given.to = given.to.map(|to| to + TICK),
            Defect::QueryHasNoBound if given.limit == 0 => given.limit = usize::MAX,
            _ => {}
        }
        let mut rows = self.inner.meetings(tenant, &given).await?;
        if self.is(Defect::MeetingsById) {
            rows.sort_by(|a, b| a.meeting.id.cmp(&b.meeting.id));
        }
        Ok(rows)
    }

    /// A commit of meetings as the defect has it.
    fn break_commit(
        &self,
        tenant: &Tenant,
        marks: &mut [Mark],
        writes: &mut [MeetingWrite],
        removed: &mut [MeetingRow],
    ) {
        for mark in marks {
            match (self.defect, tenant.marks.get(&mark.key)) {
                (Defect::MovedMarkIsCleared, Some(row)) => mark.seq = row.seq,
                (Defect::ExpansionIsNotResumed, _) if !mark.key.concerns_all() => mark.reached = None,
                _ => {}
            }
        }
        for write in writes {
            match self.defect {
                Defect::DescriptionIsLost => write.row.meeting.description = None,
                Defect::ReadSetsGrow => write.reads.extend(tenant.meetings.read_set(&write.row.meeting.id)),
                Defect::MissesAreNotKept => write.reads.retain(|key| {
                    !key.as_str().starts_with("domain:") || tenant.mirror.providers.contains_key(key)
                }),
                Defect::EveryWriteIsAnnounced if write.row.announced.is_some() => {
                    write.change = write.change.or(Some(ChangeKind::Changed));
                }
                _ => {}
            }
        }
        for row in removed {
            match self.defect {
                Defect::RemovalIsSilent if row.announced_items.is_empty() => row.announced = None,
                Defect::RemovalForgetsItems => row.announced_items.clear(),
                Defect::RemovalNeedsAMeeting if row.announced.is_none() => row.announced_items.clear(),
                _ => {}
            }
        }
    }
}
