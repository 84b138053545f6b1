//! Records that could not be understood.

use acquaint_core::Result;
use acquaint_core::ids::{ConnectionId, PartitionKey, RecordRef, StreamName};
use acquaint_core::store::{Live, LiveQuery};

use super::parts::ProblemExplained;
use crate::tenant::Tenant;

/// The most that are named.
pub(super) const MOST: usize = 10;

/// The first of a stream's records that could not be understood, of one partition or all, and whether there are more.
pub(super) async fn of(
    tenant: &Tenant,
    (connection, stream): (&ConnectionId, &StreamName),
    partition: Option<&PartitionKey>,
) -> Result<(Vec<ProblemExplained>, bool)> {
    let mut found = Vec::new();
    // No key is smaller, so that nothing of the partition comes before.
    let mut after = partition.map(|partition| RecordRef {
        connection: connection.clone(),
        stream: stream.clone(),
        partition: partition.clone(),
        key: "".into(),
    });
    loop {
        let which = Live::NotUnderstood { connection, stream, after: after.as_ref() };
        let query = LiveQuery { tenant: &tenant.id, which, limit: MOST + 1 };
        let page = tenant.engine.store.live_records(&query).await?;
        let full = page.len() > MOST;
        after = page.last().map(|last| last.record.clone());
        for stored in page {
            if partition.is_some_and(|partition| stored.record.partition != *partition) {
                return Ok((found, false));
            }
            if found.len() == MOST {
                return Ok((found, true));
            }
            let problem = stored.problem.unwrap_or_default();
            found.push(ProblemExplained { record: stored.record, problem });
        }
        if !full {
            return Ok((found, false));
        }
    }
}
