//! Defects of items that gather meetings.

use acquaint_core::Result;
use acquaint_core::ids::TenantId;
use acquaint_core::store::{
    Contribution, GatherQuery, GatheredCommit, GatheredQuery, GatheredRow, Gathering, JoinClaim,
    MeetingWrite, Store,
};
use chrono::{DateTime, Utc};

use super::{Broken, Defect};

impl Broken {
    pub(super) async fn broken_gathering(
        &self,
        claim: &JoinClaim,
        query: &GatherQuery,
    ) -> Result<Vec<Gathering>> {
        let claim = self.join_claim(claim, Defect::GatheringUnfenced);
        let mut query = *query;
        if self.is(Defect::GatheringPastLimit) {
            query.limit = usize::MAX;
        }
        let mut found = self.inner.gathered_batch(&claim, &query).await?;
        if self.is(Defect::ItemsRunOutLate) {
            found.retain(|one| one.row.valid_until != Some(query.now));
        }
        for one in &mut found {
            match self.defect {
                Defect::MovedIsForgotten => one.moved = false,
                Defect::LatestIsTheNext => one.latest = one.ahead.first().or(one.latest.as_ref()).cloned(),
                _ => {}
            }
        }
        Ok(found)
    }

    /// What a commit of meetings says of items.
    pub(super) fn break_contribution(&self, write: &mut MeetingWrite) {
        if let Some(contribution) = &mut write.gathered {
            match self.defect {
                Defect::ChangesAreNotNoted => contribution.changed = false,
                Defect::EveryWriteIsNoted => contribution.changed = true,
                _ => {}
            }
        } else if self.is(Defect::SilenceLeavesItems) {
            write.gathered = Some(Contribution::default());
        }
    }

    pub(super) async fn broken_gathered(&self, commit: &GatheredCommit<'_>) -> Result<()> {
        let claim = self.join_claim(commit.claim, Defect::GatheredUnfenced);
        let (noted, entries) =
            self.with(&claim.tenant, |tenant| (tenant.gathered.noted.clone(), tenant.feed.len()));
        let given = GatheredCommit { claim: &claim, ..commit.clone() };
        self.inner.commit_gathered(&given).await?;
        self.with(&claim.tenant, |tenant| match self.defect {
            Defect::LookedAtStaysNoted if noted.len() > 1 => tenant.gathered.noted = noted,
            Defect::RefusalsAreLost => {
                tenant.gathered.rows.values_mut().for_each(|row| row.incomplete.clear());
            }
            Defect::ItemsAreNotDelivered => {
                tenant.outbox.rows.retain(|_, waiting| !waiting.row.subject.gathers())
            }
            Defect::StandingItemsAreNotOffered => {
                tenant
                    .outbox
                    .rows
                    .retain(|_, waiting| !(waiting.row.subject.gathers() && waiting.row.backfill));
            }
            Defect::ItemsCountAlone => {
                tenant.feed.iter_mut().skip(entries).for_each(|entry| entry.revision = 1);
            }
            _ => {}
        });
        Ok(())
    }

    pub(super) async fn broken_undecided(
        &self,
        after: Option<&TenantId>,
        limit: usize,
        now: DateTime<Utc>,
    ) -> Result<Vec<TenantId>> {
        let after = after.filter(|_| !self.is(Defect::UndecidedFromTheStart));
        let limit = if self.is(Defect::UndecidedPastLimit) { usize::MAX } else { limit };
        let mut found = self.inner.undecided(after, limit, now).await?;
        let over = |row: &GatheredRow| row.valid_until.is_some_and(|until| until <= now);
        found.retain(|id| {
            self.with(id, |tenant| match self.defect {
                Defect::MarkedIsDecided => tenant.marks.is_empty(),
                Defect::RunOutIsDecided => tenant.meetings.run_out(now).next().is_none(),
                Defect::NotedIsDecided => tenant.gathered.noted.is_empty(),
                Defect::RunOutItemIsDecided => !tenant.gathered.rows.values().any(over),
                _ => true,
            })
        });
        Ok(found)
    }

    pub(super) async fn broken_items(
        &self,
        tenant: &TenantId,
        query: &GatheredQuery,
    ) -> Result<Vec<GatheredRow>> {
        let mut given = query.clone();
        if self.is(Defect::ItemsRepeat) {
            let all = GatheredQuery::of(query.section.clone(), usize::MAX);
            let all = self.inner.gathered(tenant, &all).await?.into_iter();
            let from = |row: &GatheredRow| query.after.as_ref().is_none_or(|after| row.item.key >= *after);
            return Ok(all.filter(from).take(query.limit).collect());
        }
        if self.is(Defect::ItemsOfAll) && self.inner.gathered(tenant, query).await?.is_empty() {
            let tenants = self.inner.state().tenants.keys().cloned().collect::<Vec<_>>();
            given.limit = usize::MAX;
            for other in tenants {
                let found = self.inner.gathered(&other, &given).await?;
                if !found.is_empty() {
                    return Ok(found);
                }
            }
        }
        self.inner.gathered(tenant, query).await
    }
}
