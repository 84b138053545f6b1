//! Records that a provider has told of, by the lane that reads them.

use acquaint_core::connector::KeyHint;
use acquaint_core::ids::RecordKey;
use acquaint_core::record::Gone;
use acquaint_core::store::{HintKeys, LaneClaim, LaneId, PageCommit};

use super::lanes::LaneRow;
use super::state::{State, Tenant};

#[derive(Debug, Clone)]
pub(crate) struct ToldRow {
    /// The hint that told of it last.
    pub(crate) hint: u64,
    pub(crate) gone: Option<Gone>,
}

impl State {
    pub(crate) fn hint_keys(&mut self, hint: &HintKeys<'_>) {
        let lanes = self.tenants.get_mut(&hint.lane.tenant).map(|tenant| &mut tenant.lanes);
        let Some(row) = lanes.and_then(|lanes| lanes.get_mut(hint.lane)) else { return };
        if hint.keys.is_empty() {
            return;
        }
        let number = row.hint_seq + 1;
        for KeyHint { key, gone, .. } in hint.keys {
            let told = row.told.entry(key.clone()).or_insert(ToldRow { hint: number, gone: None });
            told.hint = number;
            told.gone = gone.clone().or(told.gone.take());
        }
        if row.told.values().filter(|told| told.gone.is_none()).count() > hint.most {
            row.told.retain(|_, told| told.gone.is_some());
            if !row.told.is_empty() {
                row.hint_seq = number;
            }
            let instead = hint.instead.iter().map(|lane| LaneId { lane: lane.clone(), ..hint.lane.clone() });
            self.want(&instead.collect::<Vec<_>>(), false);
        } else {
            row.hint_seq = number;
        }
    }
}

impl Tenant {
    pub(crate) fn hinted_keys(&self, claim: &LaneClaim, limit: usize) -> Vec<KeyHint> {
        let told = self.lanes.get(&claim.lane).into_iter().flat_map(|row| &row.told);
        let before = told.filter(|(_, told)| told.hint <= claim.hint_seq);
        before.take(limit).map(|(key, told)| hint_of(key.clone(), told.gone.clone())).collect()
    }
}

impl LaneRow {
    /// Forgets what a page has dealt with, but for what was told anew since the claim.
    pub(crate) fn settle(&mut self, commit: &PageCommit<'_>) {
        for key in commit.settled {
            if self.told.get(key).is_some_and(|told| told.hint <= commit.claim.hint_seq) {
                self.told.remove(key);
            }
        }
    }
}

fn hint_of(key: RecordKey, gone: Option<Gone>) -> KeyHint {
    let mut hint = KeyHint::new(key);
    hint.gone = gone;
    hint
}
