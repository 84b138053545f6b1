//! Defects of the orders of keys.

use acquaint_core::ids::{RecordRef, Seq, TenantId};
use acquaint_core::record::Gone;
use acquaint_core::store::{KeyOrder, KeyQuery, RecordAt};

use super::{Broken, Defect};
use crate::memory::RecordRow;

impl Broken {
    /// The verb anew: a defect may lie anywhere in it.
    pub(super) fn broken_record_keys(&self, query: &KeyQuery<'_>) -> Vec<RecordAt> {
        let state = self.inner.state();
        let rows = state
            .tenants
            .iter()
            .flat_map(|(id, tenant)| tenant.mirror.rows.iter().map(move |(record, row)| (id, record, row)));
        let own = rows.filter(|(tenant, record, _)| self.is_asked(query, tenant, record));
        let mut found: Vec<RecordAt> = own.map(|(_, _, row)| self.at(row)).collect();
        match query.order {
            KeyOrder::ByKey(after) => {
                let repeats = self.is(Defect::KeysRepeat);
                found.retain(|at| at.gone.is_none() || self.is(Defect::KeysOfGoneRecords));
                found.retain(|at| after.is_none_or(|key| at.key > *key || (repeats && at.key == *key)));
                found.sort_by(|a, b| a.key.cmp(&b.key));
                found.truncate(query.limit.saturating_add(usize::from(self.is(Defect::KeysPastLimit))));
            }
            KeyOrder::ByCommit(seq, after) => {
                found.retain(|at| at.gone != Some(Gone::Deleted) || !self.is(Defect::DeletedAreLeftOut));
                found.retain(|at| match (after, self.defect) {
                    (Some(_), Defect::CommitIsCutOff) => at.touched > seq,
                    (Some(key), Defect::CommitsRepeat) => (at.touched, &at.key) >= (seq, key),
                    (Some(key), _) => (at.touched, &at.key) > (seq, key),
                    (None, Defect::CommitIsIncluded) => at.touched >= seq,
                    (None, _) => at.touched > seq,
                });
                found.sort_by(|a, b| (a.touched, &a.key).cmp(&(b.touched, &b.key)));
                if self.is(Defect::CommitsByKey) {
                    found.sort_by(|a, b| a.key.cmp(&b.key));
                }
                found.truncate(query.limit.saturating_add(usize::from(self.is(Defect::CommitsPastLimit))));
            }
        }
        found
    }

    fn is_asked(&self, query: &KeyQuery<'_>, tenant: &TenantId, record: &RecordRef) -> bool {
        (tenant == query.tenant || self.is(Defect::KeysOfAnyTenant))
            && (record.connection == *query.connection || self.is(Defect::KeysOfAnyConnection))
            && (record.stream == *query.stream || self.is(Defect::KeysOfAnyStream))
            && (record.partition == *query.partition || self.is(Defect::KeysOfAnyPartition))
    }

    fn at(&self, row: &RecordRow) -> RecordAt {
        let stored = &row.stored;
        let mut at =
            RecordAt { key: stored.record.key.clone(), touched: stored.touched, gone: stored.gone.clone() };
        match self.defect {
            Defect::KeysByChange => at.touched = stored.changed,
            Defect::SweptStayBehind if matches!(at.gone, Some(Gone::Unseen)) => at.touched = Seq(1),
            Defect::OrphansStayBehind if matches!(at.gone, Some(Gone::LostAccess)) => at.touched = Seq(1),
            Defect::KeysLoseReasons => at.gone = at.gone.map(|_| Gone::Deleted),
            _ => {}
        }
        at
    }
}
