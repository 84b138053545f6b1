//! Defects of records that a provider has told of.

use std::collections::BTreeMap;

use acquaint_core::connector::KeyHint;
use acquaint_core::ids::{RecordKey, TenantId};
use acquaint_core::record::Gone;
use acquaint_core::store::{HintKeys, LaneClaim, LaneId, LaneSeed, PageCommit, Store};
use acquaint_core::{ErrorKind, Result};
use chrono::{DateTime, Utc};

use super::{Broken, Defect};
use crate::memory::ToldRow;

pub(super) type Told = BTreeMap<RecordKey, ToldRow>;

impl Broken {
    pub(super) async fn broken_hint_keys(&self, hint: &HintKeys<'_>) -> Result<()> {
        let lane = hint.lane;
        let old = self.with(&lane.tenant, |tenant| tenant.lanes.get(lane).map(|row| row.told.clone()));
        let Some(old) = old else { return self.hint_unknown(hint).await };
        let mut given = hint.clone();
        // What becomes of reasons is another check's than what becomes of records without any.
        let plain = old.values().map(|told| &told.gone).chain(hint.keys.iter().map(|hint| &hint.gone));
        let reasons = plain.flatten().count() > 0;
        let all = old.len() + hint.keys.len();
        match self.defect {
            Defect::OverflowHintsNobody if !reasons => given.instead = &[],
            Defect::OverflowComesEarly if !reasons => given.most = given.most.saturating_sub(1),
            Defect::RepeatsCountTwice if !reasons && all > hint.most => given.most = 0,
            Defect::ReasonsAreCounted if reasons && all > hint.most => given.most = 0,
            Defect::ReasonsWakeNobodyElse if reasons => given.instead = &[],
            Defect::OverflowMakesLanes => {
                let seeds = hint.instead.iter().map(|name| LaneId { lane: name.clone(), ..lane.clone() });
                let seeds = seeds.map(|id| LaneSeed { id, due: DateTime::<Utc>::MAX_UTC });
                self.inner.ensure_lanes(&seeds.collect::<Vec<_>>()).await?;
            }
            _ => {}
        }
        self.inner.hint_keys(&given).await?;
        let overflown = self.with(&lane.tenant, |tenant| {
            let Some(row) = tenant.lanes.get_mut(lane) else { return false };
            let overflown = row.told.is_empty() && !hint.keys.is_empty();
            let forgotten = hint.keys.iter().any(|hint| !row.told.contains_key(&hint.key));
            match self.defect {
                Defect::OverflowForgetsReasons if forgotten => row.told.clear(),
                Defect::OverflowKeepsAll if forgotten && reasons => {
                    let hint_seq = row.hint_seq;
                    let all = hint.keys.iter().map(|hint| (hint.key.clone(), told(hint, hint_seq)));
                    row.told.extend(all);
                }
                Defect::ReasonsWakeNobody if forgotten && reasons => row.done_hint = row.hint_seq,
                Defect::ToldIsNoHint if !reasons => row.done_hint = row.hint_seq,
                Defect::ToldLiftsBackOff => row.not_before = DateTime::<Utc>::MIN_UTC,
                Defect::FirstReasonStays => {
                    for (key, told) in &mut row.told {
                        let first = old.get(key).and_then(|old| old.gone.clone());
                        told.gone = first.or(told.gone.take());
                    }
                }
                Defect::NoReasonClears => {
                    for hint in hint.keys {
                        if let (None, Some(told)) = (&hint.gone, row.told.get_mut(&hint.key)) {
                            told.gone = None;
                        }
                    }
                }
                Defect::OverflowKeepsOld if overflown => row.told = old,
                Defect::OverflowKeepsNew if overflown => {
                    let hint_seq = row.hint_seq;
                    row.told =
                        hint.keys.iter().map(|hint| (hint.key.clone(), told(hint, hint_seq))).collect();
                }
                _ => {}
            }
            overflown
        });
        self.reach(hint, overflown).await
    }

    /// What the defect does when the lane is not there.
    async fn hint_unknown(&self, hint: &HintKeys<'_>) -> Result<()> {
        let lane = hint.lane;
        match self.defect {
            Defect::UnknownLaneHintsOthers => self.inner.hint(&beside(lane, hint)).await,
            Defect::UnknownLaneIsMade => {
                let seed = LaneSeed { id: lane.clone(), due: DateTime::<Utc>::MAX_UTC };
                self.inner.ensure_lanes(&[seed]).await
            }
            Defect::UnknownLaneWaits => {
                let rows = hint.keys.iter().map(|hint| (hint.key.clone(), told(hint, 1))).collect();
                self.left.lock().unwrap().insert(lane.clone(), rows);
                Ok(())
            }
            _ => self.inner.hint_keys(hint).await,
        }
    }

    /// What the defect does to lanes that were not told.
    async fn reach(&self, hint: &HintKeys<'_>, overflown: bool) -> Result<()> {
        let own = hint.lane;
        let lanes: Vec<LaneId> = {
            let state = self.inner.state();
            state.tenants.values().flat_map(|tenant| tenant.lanes.keys()).cloned().collect()
        };
        let alike = |id: &LaneId| {
            (&id.stream, &id.partition, &id.lane) == (&own.stream, &own.partition, &own.lane) && id != own
        };
        for id in lanes {
            match self.defect {
                Defect::ToldReachesTenants if id.tenant != own.tenant && alike(&id) => {
                    self.inner.hint_keys(&HintKeys { lane: &id, ..hint.clone() }).await?;
                }
                Defect::ToldReachesConnections if id.tenant == own.tenant && alike(&id) => {
                    self.inner.hint_keys(&HintKeys { lane: &id, ..hint.clone() }).await?;
                }
                Defect::OverflowForgetsConnections if overflown && id.tenant == own.tenant && alike(&id) => {
                    self.change_told(&id, Told::clear);
                }
                Defect::OverflowWakesTenants if overflown && id.tenant != own.tenant && alike(&id) => {
                    self.inner.hint(&beside(&id, hint)).await?;
                }
                Defect::OverflowHintsAll
                    if overflown && id != *own && LaneId { lane: own.lane.clone(), ..id.clone() } == *own =>
                {
                    self.inner.hint(&[id]).await?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    pub(super) async fn broken_hinted_keys(&self, claim: &LaneClaim, limit: usize) -> Result<Vec<KeyHint>> {
        let mut claim = self.lane_claim(claim, Defect::ToldUnfenced);
        if self.is(Defect::ToldShowsAll) {
            claim.hint_seq = u64::MAX;
        }
        let limit = if self.is(Defect::ToldIgnoresLimit) { usize::MAX } else { limit };
        let mut found = self.inner.hinted_keys(&claim, limit).await?;
        match self.defect {
            Defect::ToldIsReversed => found.reverse(),
            Defect::ToldForgetsSuccessors => {
                for hint in &mut found {
                    if let Some(Gone::MergedInto(_)) = hint.gone {
                        hint.gone = Some(Gone::Deleted);
                    }
                }
            }
            _ => {}
        }
        Ok(found)
    }

    /// What a page settles with the defect, of what it should.
    pub(super) fn broken_settling(&self, commit: &PageCommit<'_>) -> Vec<RecordKey> {
        let lane = &commit.claim.lane;
        let (version, told) = self.with(&lane.tenant, |tenant| {
            tenant.lanes.get(lane).map(|row| (row.version, row.told.clone())).unwrap_or_default()
        });
        match self.defect {
            Defect::NothingIsSettled => Vec::new(),
            Defect::EverythingIsSettled => told.into_keys().collect(),
            // What the page settles is another check's.
            Defect::VersionIsNotCompared if version != commit.expected => Vec::new(),
            _ => commit.settled.to_vec(),
        }
    }

    /// What the defect settles besides, once the page is committed or refused.
    pub(super) fn after_settling(&self, page: &PageCommit<'_>, refused: Option<ErrorKind>) {
        let lane = &page.claim.lane;
        let settle = |told: &mut Told| told.retain(|key, _| !page.settled.contains(key));
        match (self.defect, refused) {
            (Defect::SettlesWhatIsNew, None)
            | (Defect::SettlesBeforeCompare, Some(ErrorKind::Conflict))
            | (Defect::SettlesUnfenced, Some(ErrorKind::Fenced)) => self.change_told(lane, settle),
            (Defect::SettlesEveryLane, None) => {
                let lanes: Vec<LaneId> =
                    self.with(&lane.tenant, |tenant| tenant.lanes.keys().cloned().collect());
                lanes.iter().filter(|id| *id != lane).for_each(|id| self.change_told(id, settle));
            }
            _ => {}
        }
    }

    fn change_told(&self, lane: &LaneId, change: impl FnOnce(&mut Told)) {
        self.with(&lane.tenant, |tenant| {
            if let Some(row) = tenant.lanes.get_mut(lane) {
                change(&mut row.told);
            }
        });
    }

    /// What the tenant's lanes were told.
    pub(super) fn told(&self, tenant: &TenantId) -> BTreeMap<LaneId, Told> {
        self.inner.state().read(tenant, |tenant| {
            tenant.lanes.iter().map(|(id, row)| (id.clone(), row.told.clone())).collect()
        })
    }

    /// Keeps what lanes were told that are there no more.
    pub(super) fn leave(&self, tenant: &TenantId, before: BTreeMap<LaneId, Told>) {
        let now = self.told(tenant);
        let gone = before.into_iter().filter(|(id, _)| !now.contains_key(id));
        self.left.lock().unwrap().extend(gone);
    }

    /// Gives it to lanes that are there again.
    pub(super) fn come_back(&self) {
        for (id, told) in self.left.lock().unwrap().iter() {
            self.change_told(id, |row| row.extend(told.clone()));
        }
    }
}

fn beside(lane: &LaneId, hint: &HintKeys<'_>) -> Vec<LaneId> {
    hint.instead.iter().map(|name| LaneId { lane: name.clone(), ..lane.clone() }).collect()
}

fn told(hint: &KeyHint, number: u64) -> ToldRow {
    ToldRow { hint: number, gone: hint.gone.clone() }
}
