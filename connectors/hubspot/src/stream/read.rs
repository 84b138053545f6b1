//! Reading single records, after hints and for repair. What HubSpot cannot give just now is left out.

use std::collections::BTreeSet;

use acquaint_core::Result;
use acquaint_core::ids::RecordKey;
use acquaint_core::record::{Change, Gone};

use super::fill::{Filled, by_id};
use crate::client::unread;
use crate::reading::Reading;
use crate::record::Row;

pub(super) async fn read(reading: &Reading<'_>, keys: &[RecordKey]) -> Result<Vec<Change>> {
    let keys: BTreeSet<&str> = keys.iter().map(RecordKey::as_str).collect();
    // One id that is no number would make HubSpot refuse the whole batch.
    let (ids, others): (Vec<&str>, Vec<&str>) = keys.into_iter().partition(|key| key.parse::<u64>().is_ok());
    let rows: Vec<Row> = ids.into_iter().map(Row::bare).collect();
    let Filled { mut changes, gaps } = by_id(reading, &rows).await?;
    changes.extend(others.into_iter().map(|key| Change::gone(key, Gone::Deleted)));
    // What is left out is asked for again by itself; nothing at all is no answer.
    match gaps.first() {
        Some(first) if changes.is_empty() => {
            Err(unread(first.as_str(), gaps.len()).operation("hubspot.batch_read"))
        }
        _ => Ok(changes),
    }
}
