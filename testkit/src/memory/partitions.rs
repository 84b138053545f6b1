//! The partitions of a stream: new ones get lanes, those that went are retired.

use std::collections::BTreeSet;

use acquaint_core::ids::{PartitionKey, RecordRef};
use acquaint_core::record::Gone;
use acquaint_core::store::{LaneId, SetPartitions};

use super::lanes::LaneRow;
use super::state::Tenant;

impl Tenant {
    pub(crate) fn set_partitions(&mut self, set: &SetPartitions<'_>) -> bool {
        let own = &set.claim.lane;
        for partition in set.partitions {
            let part = (own.connection.clone(), own.stream.clone(), partition.key.clone());
            self.partitions.insert(part, partition.clone());
            for (lane, due) in set.lanes {
                let id = LaneId { partition: partition.key.clone(), lane: lane.clone(), ..own.clone() };
                self.lanes.entry(id).or_insert_with(|| LaneRow::new(*due));
            }
        }

        // The whole holds the lane that discovers the parts.
        let mut known: BTreeSet<PartitionKey> = set.partitions.iter().map(|part| part.key.clone()).collect();
        known.insert(PartitionKey::whole());
        self.lanes.retain(|id, _| {
            id.connection != own.connection || id.stream != own.stream || known.contains(&id.partition)
        });
        self.partitions.retain(|(connection, stream, partition), _| {
            *connection != own.connection || *stream != own.stream || known.contains(partition)
        });

        let orphaned = |record: &RecordRef| {
            record.connection == own.connection
                && record.stream == own.stream
                && !known.contains(&record.partition)
        };
        let live = self.mirror.rows.values().map(|row| &row.stored).filter(|stored| stored.gone.is_none());
        let mut orphans: Vec<RecordRef> = live
            .map(|stored| &stored.record)
            .filter(|record| orphaned(record))
            .take(set.limit.saturating_add(1))
            .cloned()
            .collect();
        let more = orphans.len() > set.limit;
        orphans.truncate(set.limit);
        self.bury_all(&orphans, &Gone::LostAccess);
        more
    }
}
