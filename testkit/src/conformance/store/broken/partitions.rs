//! Defects of the partitions of a stream.

use acquaint_core::Result;
use acquaint_core::ids::RecordRef;
use acquaint_core::record::Gone;
use acquaint_core::store::{SetPartitions, Store};

use super::{Broken, Defect};

impl Broken {
    pub(super) async fn broken_partitions(&self, set: &SetPartitions<'_>) -> Result<bool> {
        let claim = self.lane_claim(set.claim, Defect::PartitionsUnfenced);
        let mut given = SetPartitions { claim: &claim, ..set.clone() };
        match self.defect {
            Defect::NewPartitionsGetOneLane => given.lanes = given.lanes.get(..1).unwrap_or_default(),
            Defect::RetiresAllAtOnce => given.limit = usize::MAX,
            _ => {}
        }
        let tenant = &claim.lane.tenant;
        let (details, lanes) = self.with(tenant, |tenant| (tenant.partitions.clone(), tenant.lanes.len()));
        let told = self.told(tenant);
        let more = self.inner.set_partitions(&given).await?;
        if self.is(Defect::PartitionKeepsTold) {
            self.leave(tenant, told);
            self.come_back();
        }
        self.with(tenant, |tenant| match self.defect {
            Defect::DetailsAreKept => {
                for (place, mut old) in details {
                    if let Some(part) = tenant.partitions.get(&place) {
                        old.placement = part.placement;
                        old.follows = part.follows.clone();
                    }
                    tenant.partitions.insert(place, old);
                }
            }
            Defect::PlacementIsLost => {
                tenant.partitions.values_mut().for_each(|partition| partition.placement = None);
            }
            Defect::PlacementStays => {
                for (place, old) in details {
                    if let Some(part) = tenant.partitions.get_mut(&place) {
                        part.placement = part.placement.or(old.placement);
                    }
                }
            }
            Defect::FollowsIsLost => {
                tenant.partitions.values_mut().for_each(|partition| partition.follows = None);
            }
            Defect::FollowsStays => {
                for (place, old) in details {
                    if let Some(part) = tenant.partitions.get_mut(&place) {
                        part.follows = part.follows.take().or(old.follows);
                    }
                }
            }
            Defect::FencesRestart if tenant.lanes.len() < lanes => tenant.fence = 0,
            Defect::RetirementSaysDeleted => {
                for row in tenant.mirror.rows.values_mut() {
                    if row.stored.gone == Some(Gone::LostAccess) {
                        row.stored.gone = Some(Gone::Deleted);
                    }
                }
            }
            Defect::RetiresWhole | Defect::RetiresEveryStream => {
                let whole = self.is(Defect::RetiresWhole);
                let records = tenant.mirror.rows.keys().filter(|record| {
                    let own = record.stream == claim.lane.stream;
                    let known = set.partitions.iter().any(|part| part.key == record.partition);
                    if whole { own && record.partition.as_str().is_empty() } else { !own && !known }
                });
                let records: Vec<RecordRef> = records.cloned().collect();
                tenant.bury_all(&records, &Gone::LostAccess);
            }
            _ => {}
        });
        Ok(more)
    }
}
