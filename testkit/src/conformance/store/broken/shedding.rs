//! Defects of what is taken out of the mirror again.

use acquaint_core::Result;
use acquaint_core::record::Gone;
use acquaint_core::store::{
    Committed, Left, Live, LiveQuery, Shed, ShedWrite, Shedding, Store, StoredRecord,
};

use super::{Broken, Defect};

impl Broken {
    /// The verb anew: a defect may lie anywhere in it.
    pub(super) fn broken_live_records(&self, query: &LiveQuery<'_>) -> Vec<StoredRecord> {
        let state = self.inner.state();
        if let Live::NotUnderstood { connection, stream, after } = query.which {
            drop(state);
            let all = LiveQuery { which: Live::Of { connection, stream, after }, ..query.clone() };
            let again = Live::NotUnderstood { connection, stream, after: None };
            return match self.defect {
                Defect::AllAreNotUnderstood => self.broken_live_records(&all),
                Defect::NotUnderstoodRepeat => self.inner.state().read(query.tenant, |tenant| {
                    tenant.mirror.live_records(&LiveQuery { which: again, ..query.clone() })
                }),
                _ => self.inner.state().read(query.tenant, |tenant| tenant.mirror.live_records(query)),
            };
        }
        let any_tenant = match query.which {
            Live::Of { .. } | Live::NotUnderstood { .. } => self.is(Defect::LiveOfAnyTenant),
            Live::EndedBefore(_) => self.is(Defect::EndedOfAnyTenant),
        };
        let tenants = state.tenants.iter().filter(|(id, _)| *id == query.tenant || any_tenant);
        let rows = tenants.flat_map(|(_, tenant)| tenant.mirror.rows.values());
        let mut found: Vec<StoredRecord> = rows.map(|row| row.stored.clone()).collect();
        let (of, ended) = match query.which {
            Live::Of { connection, stream, after } | Live::NotUnderstood { connection, stream, after } => {
                found.retain(|one| {
                    (one.record.connection == *connection || self.is(Defect::LiveOfAnyConnection))
                        && (one.record.stream == *stream || self.is(Defect::LiveOfAnyStream))
                        && after.is_none_or(|after| {
                            one.record > *after || (self.is(Defect::LiveRepeats) && one.record == *after)
                        })
                });
                (true, false)
            }
            Live::EndedBefore(before) => {
                found.retain(|one| match one.span {
                    Some((_, end)) => end < before || (self.is(Defect::EndIsIncluded) && end == before),
                    None => self.is(Defect::SpanlessEnded),
                });
                if !self.is(Defect::EndedByReference) {
                    found.sort_by_key(|one| (one.span.map(|(_, end)| end), one.record.clone()));
                }
                (false, true)
            }
        };
        let all = (of && self.is(Defect::LiveAreGone)) || (ended && self.is(Defect::EndedAreGone));
        found.retain(|one| one.gone.is_none() || (all && one.gone == Some(Gone::Deleted)));
        found.truncate(query.limit.saturating_add(usize::from(ended && self.is(Defect::EndedPastLimit))));
        found
    }

    pub(super) async fn broken_shed(&self, shed: &Shed<'_>) -> Result<Committed> {
        let mut writes = shed.writes.to_vec();
        if self.is(Defect::ShedsWhatMoved) {
            for write in &mut writes {
                let stored = self.inner.records(shed.tenant, std::slice::from_ref(&write.record)).await?;
                write.touched = stored.first().map_or(write.touched, |stored| stored.touched);
            }
        }
        for write in &mut writes {
            self.spoil(write);
        }
        let kept = Shedding::done("nothing");
        let reached =
            shed.reached.map(|reached| if self.is(Defect::SheddingIsLost) { &kept } else { reached });
        let committed = self.inner.shed(&Shed { tenant: shed.tenant, writes: &writes, reached }).await?;
        let mut state = self.inner.state();
        let tenant = state.tenant(shed.tenant);
        match self.defect {
            Defect::PartMarksNothing if committed.changed > 0 && is_part(shed) => tenant.marks.clear(),
            Defect::SamePartMarks if committed.changed == 0 => {
                let records = writes.iter().filter_map(|write| tenant.mirror.rows.get(&write.record));
                let keys: Vec<_> = records.flat_map(|row| row.keys.iter().cloned()).collect();
                tenant.mark(&keys, committed.seq);
            }
            Defect::PartTouches => {
                for write in writes.iter().filter(|_| is_part(shed) && committed.changed > 0) {
                    let row = tenant.mirror.rows.get_mut(&write.record);
                    row.into_iter().for_each(|row| row.stored.touched = committed.seq);
                }
            }
            _ => {}
        }
        Ok(committed)
    }

    fn spoil(&self, write: &mut ShedWrite) {
        match &mut write.left {
            Left::Nothing(gone) if self.is(Defect::ShedLosesReasons) => *gone = Gone::Deleted,
            Left::Part { raw, views, .. } if self.is(Defect::PartKeepsRaw) && views == "left" => {
                let state = self.inner.state();
                let stored = state.tenants.values().find_map(|tenant| tenant.mirror.rows.get(&write.record));
                *raw = stored.map(|row| row.stored.raw.clone()).unwrap_or_default();
            }
            _ => {}
        }
    }
}

fn is_part(shed: &Shed<'_>) -> bool {
    shed.writes.iter().any(|write| matches!(write.left, Left::Part { .. }))
}
