//! Reading single records, after hints and for repair.

use std::collections::BTreeSet;

use acquaint_core::ids::RecordKey;
use acquaint_core::record::{Change, Gone};
use acquaint_core::{Error, ErrorKind, Result};

use super::fill::by_id;
use crate::reading::Reading;
use crate::record::Row;

pub(super) async fn read(reading: &Reading<'_>, keys: &[RecordKey]) -> Result<Vec<Change>> {
    let keys: BTreeSet<&str> = keys.iter().map(RecordKey::as_str).collect();
    // One id that is no number would make HubSpot refuse the whole batch.
    let (ids, others): (Vec<&str>, Vec<&str>) = keys.into_iter().partition(|key| key.parse::<u64>().is_ok());
    let rows: Vec<Row> = ids.into_iter().map(Row::bare).collect();
    let filled = by_id(reading, &rows).await?;
    if let Some(key) = filled.gaps.first() {
        return Err(Error::new(ErrorKind::Unavailable, "HubSpot answered only a part of a batch")
            .operation("hubspot.batch_read")
            .with("record", key));
    }
    let mut changes = filled.changes;
    changes.extend(others.into_iter().map(|key| Change::gone(key, Gone::Deleted)));
    Ok(changes)
}
