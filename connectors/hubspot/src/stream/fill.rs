//! Filling in what a page did not bring: properties that did not fit into the question.

use std::collections::BTreeSet;

use acquaint_core::Result;
use acquaint_core::ids::RecordKey;
use acquaint_core::record::Change;

use super::absent::{self, Absent};
use crate::model::BatchError;
use crate::reading::Reading;
use crate::record::{Row, rows};

/// The changes of a page, and what could not be read.
#[derive(Debug, Default)]
pub(super) struct Filled {
    pub(super) changes: Vec<Change>,
    pub(super) gaps: Vec<RecordKey>,
}

/// The changes that the rows of a page stand for; read again by id unless they are `whole`.
pub(super) async fn fill(reading: &Reading<'_>, rows: Vec<Row>, whole: bool) -> Result<Filled> {
    if !whole {
        return by_id(reading, &rows).await;
    }
    let mut filled = Filled::default();
    for row in rows {
        row.into_changes(reading, &mut filled.changes)?;
    }
    Ok(filled)
}

/// Reads rows by id, with every property. What is no longer there becomes a tombstone.
pub(super) async fn by_id(reading: &Reading<'_>, known: &[Row]) -> Result<Filled> {
    let mut filled = Filled::default();
    for chunk in known.chunks(reading.api.setup.config.batch_size) {
        let ids: Vec<&str> = chunk.iter().map(|row| row.id.as_str()).collect();
        let read = read(reading, &ids).await?;
        filled.changes.extend(read.rejected);
        let there: BTreeSet<String> =
            read.rows.iter().flat_map(|row| row.merged().into_iter().chain([row.id.clone()])).collect();
        for row in read.rows {
            row.into_changes(reading, &mut filled.changes)?;
        }
        let mut absent = Vec::new();
        for row in chunk.iter().filter(|row| !there.contains(&row.id)) {
            if read.failed.includes(&row.id) {
                filled.gaps.push(row.id.as_str().into());
            } else {
                absent.push(Absent { id: &row.id, version: row.version(reading.kind) });
            }
        }
        absent::explain(reading, absent, &mut filled).await?;
    }
    Ok(filled)
}

/// What reading some records by id gave.
pub(super) struct Read {
    /// Those that are there, each whole. A record may come under another id than it was asked for by.
    pub(super) rows: Vec<Row>,
    pub(super) rejected: Vec<Change>,
    pub(super) failed: Failed,
}

/// Reads as many records as a batch takes, their properties in several batches if there are many.
///
/// A record that is missing from one of them is missing from all: it vanished in between, and half of it is worth nothing.
pub(super) async fn read(reading: &Reading<'_>, ids: &[&str]) -> Result<Read> {
    let kind = reading.kind;
    let history = kind.history();
    let mut all: Option<Read> = None;
    for part in reading.properties.chunks(reading.api.setup.config.batch_properties) {
        let names: BTreeSet<&str> = part.iter().map(String::as_str).chain(history.iter().copied()).collect();
        let names: Vec<&str> = names.into_iter().collect();
        let found: Vec<&str> = match &all {
            None => ids.to_vec(),
            Some(all) => all.rows.iter().map(|row| row.id.as_str()).collect(),
        };
        if found.is_empty() {
            break;
        }
        let batch = reading.api.batch_read(reading.path, &found, &names, false).await?;
        let (further, rejected) = rows(batch.results, "batch");
        let failed = Failed::of(&batch.errors);
        match &mut all {
            None => all = Some(Read { rows: further, rejected, failed }),
            Some(all) => {
                let mut further: Vec<Option<Row>> = further.into_iter().map(Some).collect();
                all.rows.retain_mut(|row| {
                    let same =
                        |other: &&mut Option<Row>| other.as_ref().is_some_and(|other| other.id == row.id);
                    match further.iter_mut().find(same).and_then(Option::take) {
                        Some(more) => {
                            row.absorb(more, kind);
                            true
                        }
                        None => false,
                    }
                });
                all.failed.extend(failed);
            }
        }
    }
    Ok(all.unwrap_or_else(|| Read { rows: Vec::new(), rejected: Vec::new(), failed: Failed::default() }))
}

/// The inputs for which a batch failed, as against those that it says do not exist.
#[derive(Debug, Default)]
pub(crate) struct Failed {
    ids: BTreeSet<String>,
    /// Some failure does not say whom it is about.
    unnamed: bool,
}

impl Failed {
    pub(crate) fn of(errors: &[BatchError]) -> Self {
        let failures = || errors.iter().filter(|error| !error.says_absent());
        Self {
            ids: failures().flat_map(BatchError::ids).collect(),
            unnamed: failures().any(|error| error.ids().is_empty()),
        }
    }

    pub(crate) fn includes(&self, id: &str) -> bool {
        self.unnamed || self.ids.contains(id)
    }

    fn extend(&mut self, other: Self) {
        self.ids.extend(other.ids);
        self.unnamed |= other.unnamed;
    }
}
