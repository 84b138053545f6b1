//! Sweeps: what a baseline has not seen becomes a tombstone.

use acquaint_core::ids::RecordRef;
use acquaint_core::record::Gone;
use acquaint_core::store::{Sweep, SweepCount, Swept};

use super::mirror::RecordRow;
use super::state::Tenant;

impl Tenant {
    pub(crate) fn count_sweep(&self, sweep: &Sweep<'_>) -> SweepCount {
        let mut count = SweepCount::default();
        for row in self.sweepable(sweep) {
            count.live += 1;
            count.unseen += u64::from(row.stored.touched <= sweep.began_seq);
        }
        count
    }

    pub(crate) fn sweep(&mut self, sweep: &Sweep<'_>) -> Swept {
        let unseen = self.sweepable(sweep).filter(|row| row.stored.touched <= sweep.began_seq);
        let mut records: Vec<RecordRef> =
            unseen.take(sweep.limit.saturating_add(1)).map(|row| row.stored.record.clone()).collect();
        let more = records.len() > sweep.limit;
        records.truncate(sweep.limit);
        self.bury_all(&records, &Gone::Unseen);
        Swept { removed: records.len(), more }
    }

    /// Makes tombstones under one new seq, if there are any.
    pub(crate) fn bury_all(&mut self, records: &[RecordRef], gone: &Gone) {
        if records.is_empty() {
            return;
        }
        let seq = self.take_seq();
        for record in records {
            self.bury(record, gone.clone(), seq);
        }
    }

    /// Live records of the claim's partition that overlap the window. One without a span always does: nothing
    /// says that it lies outside.
    fn sweepable<'a>(&'a self, sweep: &'a Sweep<'_>) -> impl Iterator<Item = &'a RecordRow> {
        let lane = &sweep.claim.lane;
        self.mirror.partition((&lane.connection, &lane.stream, &lane.partition), None).filter(|row| {
            let inside = match (sweep.window, row.stored.span) {
                (Some(window), Some((start, end))) => window.overlaps(start, end),
                _ => true,
            };
            row.stored.gone.is_none() && inside
        })
    }
}
