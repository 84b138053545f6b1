//! What became of records that a batch does not give: archived, merged into another, or gone.
//!
//! It costs calls only where something is missing: one for the archived ones of a batch, and one for each of the others.

use std::collections::{BTreeMap, BTreeSet};

use acquaint_core::Result;
use acquaint_core::ids::RecordKey;
use acquaint_core::record::{Change, Gone, Version};

use super::fill::{Failed, Filled, read};
use crate::reading::Reading;
use crate::record::{Row, rows};

/// A record that is not there.
#[derive(Debug, Clone, Copy)]
pub(super) struct Absent<'a> {
    pub(super) id: &'a str,
    /// The newest version that is known of it.
    pub(super) version: Option<Version>,
}

/// Says of each why it is not there.
pub(super) async fn explain(
    reading: &Reading<'_>,
    mut absent: Vec<Absent<'_>>,
    filled: &mut Filled,
) -> Result<()> {
    if absent.is_empty() {
        return Ok(());
    }
    let ids: Vec<&str> = absent.iter().map(|one| one.id).collect();
    let binned = reading.api.batch_read(reading.path, &ids, &reading.kind.history(), true).await?;
    let failed = Failed::of(&binned.errors);
    let (binned, _) = rows(binned.results, "bin");
    let mut settled = BTreeSet::new();
    for row in binned.into_iter().filter(Row::archived) {
        settled.extend(row.merged().into_iter().chain([row.id.clone()]));
        row.into_tombstones(reading.kind, &mut filled.changes);
    }
    absent.retain(|one| !settled.contains(one.id));
    let mut survivors: BTreeMap<String, Vec<Absent<'_>>> = BTreeMap::new();
    for one in absent {
        if failed.includes(one.id) {
            filled.gaps.push(one.id.into());
            continue;
        }
        // A single read follows mergers, which batches are not said to do.
        let found = reading.api.one(reading.path, one.id).await?;
        match found.and_then(|record| rows(vec![record], "one").0.pop()).filter(|row| !row.archived()) {
            Some(row) => survivors.entry(row.id).or_default().push(one),
            None => filled.changes.push(gone(one, Gone::Deleted)),
        }
    }
    let ids: Vec<&str> = survivors.keys().map(String::as_str).collect();
    for ids in ids.chunks(reading.api.setup.config.batch_size) {
        let read = read(reading, ids).await?;
        filled.changes.extend(read.rejected);
        let mut missing: BTreeSet<&str> = ids.iter().copied().collect();
        for row in read.rows {
            missing.remove(row.id.as_str());
            let merged = row.merged();
            let into = RecordKey::from(row.id.as_str());
            let untold = |one: &&Absent<'_>| one.id != row.id && !merged.iter().any(|id| id == one.id);
            let old: Vec<Absent<'_>> =
                survivors.get(&row.id).into_iter().flatten().filter(untold).copied().collect();
            filled.changes.extend(old.into_iter().map(|one| gone(one, Gone::MergedInto(into.clone()))));
            row.into_changes(reading, &mut filled.changes)?;
        }
        // It is changing while it is looked at.
        let unclear = missing.into_iter().filter_map(|id| survivors.get(id)).flatten();
        filled.gaps.extend(unclear.map(|one| one.id.into()));
    }
    Ok(())
}

fn gone(one: Absent<'_>, gone: Gone) -> Change {
    Change::Tombstone { key: one.id.into(), gone, version: one.version }
}
