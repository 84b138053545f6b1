//! What privacy takes out of the mirror again.

use std::collections::BTreeSet;
use std::ops::Bound;

use acquaint_core::depkey::DependencyKey;
use acquaint_core::ids::{RecordRef, Seq};
use acquaint_core::store::{Committed, Left, Live, LiveQuery, Shed, ShedWrite, StoredRecord};

use super::mirror::{Mirror, RecordRow};
use super::state::Tenant;

impl Mirror {
    pub(crate) fn live_records(&self, query: &LiveQuery<'_>) -> Vec<StoredRecord> {
        let live = |row: &&RecordRow| row.stored.gone.is_none();
        match query.which {
            Live::Of { connection, stream, after } | Live::NotUnderstood { connection, stream, after } => {
                let all = matches!(query.which, Live::Of { .. });
                let start = after.map_or(Bound::Unbounded, Bound::Excluded);
                let rows = self.rows.range((start, Bound::Unbounded)).map(|(_, row)| row);
                let own = rows.filter(|row| {
                    row.stored.record.connection == *connection && row.stored.record.stream == *stream
                });
                own.filter(live)
                    .filter(|row| all || row.stored.problem.is_some())
                    .take(query.limit)
                    .map(|row| row.stored.clone())
                    .collect()
            }
            Live::EndedBefore(before) => {
                let ended = |row: &RecordRow| row.stored.span.map(|(_, end)| end).filter(|end| *end < before);
                let mut found: Vec<_> =
                    self.rows.values().filter(live).filter_map(|row| Some((ended(row)?, row))).collect();
                found.sort_by_key(|(end, row)| (*end, &row.stored.record));
                found.into_iter().take(query.limit).map(|(_, row)| row.stored.clone()).collect()
            }
        }
    }
}

impl Tenant {
    pub(crate) fn shed(&mut self, shed: &Shed<'_>) -> Committed {
        if let Some(reached) = shed.reached {
            self.known = true;
            self.state.shedding = Some(reached.clone());
        }
        let stands = |write: &&ShedWrite| {
            let row = self.mirror.rows.get(&write.record);
            row.is_some_and(|row| row.stored.gone.is_none() && row.stored.touched == write.touched)
        };
        let writes: Vec<&ShedWrite> = shed.writes.iter().filter(stands).collect();
        let mut changed = 0;
        if !writes.is_empty() {
            let seq = self.take_seq();
            for write in writes {
                changed += usize::from(self.leave(&write.record, &write.left, seq));
            }
        }
        Committed { seq: self.state.seq, changed, version: 0 }
    }

    /// Says whether its views have changed, or it is gone.
    fn leave(&mut self, record: &RecordRef, left: &Left, seq: Seq) -> bool {
        let (raw, views, keys, problem) = match left {
            Left::Nothing(gone) => {
                self.bury(record, gone.clone(), seq);
                return true;
            }
            Left::Part { raw, views, keys, problem } => (raw, views, keys, problem),
        };
        let keys: BTreeSet<DependencyKey> = keys.iter().cloned().collect();
        let Some(row) = self.mirror.rows.get_mut(record) else { return false };
        row.stored.raw = raw.clone();
        row.stored.problem.clone_from(problem);
        if row.stored.views == *views && row.keys == keys {
            return false;
        }
        row.stored.views = views.clone();
        row.stored.changed = seq;
        let old = std::mem::replace(&mut row.keys, keys.clone());
        let same = old == keys;
        let marked: BTreeSet<DependencyKey> =
            old.union(&keys).filter(|key| !same || !key.concerns_all()).cloned().collect();
        self.mirror.withdraw(record, &old);
        self.mirror.provide(record, &keys);
        self.mark(&marked, seq);
        true
    }
}
