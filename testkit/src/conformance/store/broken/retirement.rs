//! Defects of connections that end.

use std::collections::BTreeMap;

use acquaint_core::Result;
use acquaint_core::ids::{RecordRef, Seq, TenantId};
use acquaint_core::store::{LaneId, RetireConnection, Retired, Store, TenantUpdate};

use super::{Broken, Defect};
use crate::memory::RecordRow;

impl Broken {
    pub(super) async fn broken_retirement(&self, retire: &RetireConnection<'_>) -> Result<Retired> {
        let (tenant, id) = (retire.tenant, retire.connection);
        let mut given = *retire;
        match self.defect {
            Defect::ErasureIgnoresLimit => given.limit = usize::MAX,
            Defect::RetirementTakesRecords => given.erase = true,
            _ => {}
        }
        let known = self.with(tenant, |tenant| tenant.connections.get(id).cloned());
        let seq = self.with(tenant, |tenant| tenant.state.seq);
        let marks = self.marked(tenant);
        let partitions = self.with(tenant, |tenant| tenant.partitions.clone());
        let records = self.own(tenant, retire);
        let subscriptions = self.inner.state().subscriptions.rows.clone();
        let lanes = self.with(tenant, |tenant| {
            let kept = |_: &LaneId, held: bool| match self.defect {
                Defect::RetirementKeepsFreeLanes => !held,
                Defect::RetirementKeepsHeldLanes => held,
                _ => false,
            };
            let lanes = std::mem::take(&mut tenant.lanes);
            let (mut kept, rest): (BTreeMap<_, _>, BTreeMap<_, _>) =
                lanes.into_iter().partition(|(id, row)| kept(id, row.lease_until.is_some()));
            // What they were told is another check's.
            kept.values_mut().for_each(|row| row.told.clear());
            tenant.lanes = rest;
            kept
        });
        let told = self.told(tenant);
        let retired = self.inner.retire_connection(&given).await?;
        if self.is(Defect::RetirementKeepsTold) {
            self.leave(tenant, told);
        }
        self.with(tenant, |tenant| tenant.lanes.extend(lanes));
        self.after_retirement(retire, subscriptions, retired.more);
        self.see();
        let erased = records.into_iter().filter(|(record, _)| !self.has(tenant, record));
        let erased: Vec<(RecordRef, RecordRow)> = erased.collect();
        match self.defect {
            Defect::RetirementKeepsPartitions => {
                self.with(tenant, |tenant| tenant.partitions.extend(partitions));
            }
            Defect::RetirementRestartsFences => self.with(tenant, |tenant| tenant.fence = 0),
            Defect::ErasureSparesTombstones => self.with(tenant, |tenant| {
                tenant.mirror.rows.extend(erased.into_iter().filter(|(_, row)| row.stored.gone.is_some()));
            }),
            Defect::ErasureKeepsConnection if retired.records > 0 => self.with(tenant, |tenant| {
                tenant.connections.extend(known.map(|link| (link.id.clone(), link)));
            }),
            Defect::ErasureTakesConnectionFirst => self.with(tenant, |tenant| {
                if retired.more {
                    tenant.connections.remove(id);
                }
            }),
            Defect::ErasureForgetsVersions => self.with(tenant, |tenant| tenant.erased.clear()),
            Defect::ErasureMarksNothing => self.unmark(tenant, &marks, |_| true),
            Defect::ErasureTakesNoSeq => self.with(tenant, |tenant| {
                tenant.state.seq = seq;
                tenant.marks.values_mut().for_each(|mark| mark.seq = mark.seq.min(seq));
            }),
            Defect::EmptyErasureTakesSeq if retired.records == 0 && known.is_some() && retire.erase => {
                self.with(tenant, |tenant| tenant.state.seq = Seq(tenant.state.seq.0 + 1));
            }
            Defect::ErasureTakesEqualKeys => self.with(tenant, |tenant| {
                tenant.mirror.rows.retain(|other, _| {
                    !erased.iter().any(|(record, _)| {
                        (&record.stream, &record.partition, &record.key)
                            == (&other.stream, &other.partition, &other.key)
                    })
                });
            }),
            Defect::ErasureCrossesTenants => {
                let tenants: Vec<TenantId> = self.inner.state().tenants.keys().cloned().collect();
                for other in tenants.iter().filter(|other| *other != tenant) {
                    let mut theirs = given;
                    theirs.tenant = other;
                    self.inner.retire_connection(&theirs).await?;
                }
            }
            Defect::RetirementMakesTenants => {
                self.inner.update_tenant(tenant, &TenantUpdate::default()).await?;
            }
            _ => {}
        }
        Ok(retired)
    }

    fn own(&self, tenant: &TenantId, retire: &RetireConnection<'_>) -> Vec<(RecordRef, RecordRow)> {
        self.inner.state().read(tenant, |tenant| {
            let rows = tenant.mirror.rows.iter();
            let own = rows.filter(|(record, _)| record.connection == *retire.connection);
            own.map(|(record, row)| (record.clone(), row.clone())).collect()
        })
    }

    fn has(&self, tenant: &TenantId, record: &RecordRef) -> bool {
        self.inner.state().read(tenant, |tenant| tenant.mirror.rows.contains_key(record))
    }
}
