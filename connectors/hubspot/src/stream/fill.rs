//! Filling in what a page did not bring: properties that did not fit, and the companies of contacts.

use std::collections::{BTreeMap, BTreeSet};

use acquaint_core::ids::RecordKey;
use acquaint_core::record::{Change, Gone};
use acquaint_core::{Error, ErrorKind, Result};
use serde_json::Value;

use crate::associations::Links;
use crate::client::Api;
use crate::model::BatchError;
use crate::object::ObjectKind;
use crate::record::{Row, rows};

/// What the rows of a page have already.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known {
    pub(super) properties: bool,
    pub(super) links: bool,
}

/// The changes of a page, and what could not be read.
#[derive(Debug, Default)]
pub(super) struct Filled {
    pub(super) changes: Vec<Change>,
    pub(super) gaps: Vec<RecordKey>,
}

pub(super) async fn fill(
    api: Api<'_>,
    kind: ObjectKind,
    properties: &[String],
    mut rows: Vec<Row>,
    known: Known,
) -> Result<Filled> {
    let mut filled = Filled::default();
    if !known.properties {
        rows = read_properties(api, kind, properties, rows, &mut filled).await?;
    }
    match kind {
        ObjectKind::Companies => {
            for row in rows {
                row.into_changes(kind, &mut filled.changes)?;
            }
        }
        ObjectKind::Contacts => {
            let lacks =
                |row: &&Row| !known.links || row.object.get("associations").is_some_and(Links::are_cut);
            let wanted = rows.iter().filter(lacks).map(|row| row.id.clone()).collect();
            let mut read = read_links(api, wanted).await?;
            for mut row in rows {
                if read.failed.contains(&row.id) {
                    filled.gaps.push(row.id.into());
                    continue;
                }
                let listed = || Links::of(row.object.get("associations").unwrap_or(&Value::Null));
                let links = read.links.remove(&row.id).unwrap_or_else(listed);
                links.write(&mut row.object);
                row.into_changes(kind, &mut filled.changes)?;
            }
        }
    }
    Ok(filled)
}

/// Reads the rows again by id, with every property. What is no longer there becomes a tombstone.
async fn read_properties(
    api: Api<'_>,
    kind: ObjectKind,
    properties: &[String],
    known: Vec<Row>,
    filled: &mut Filled,
) -> Result<Vec<Row>> {
    let mut all = Vec::with_capacity(known.len());
    for chunk in known.chunks(api.setup.config.batch_size) {
        let ids: Vec<&str> = chunk.iter().map(|row| row.id.as_str()).collect();
        let batch = api.batch_read(kind, &ids, properties).await?;
        let (mut found, rejected) = rows(batch.results, "batch");
        filled.changes.extend(rejected);
        let there: BTreeSet<String> =
            found.iter().flat_map(|row| row.merged().into_iter().chain([row.id.clone()])).collect();
        let failed = Failed::of(&batch.errors);
        for row in chunk {
            if there.contains(&row.id) {
                continue;
            }
            if failed.includes(&row.id) {
                filled.gaps.push(row.id.as_str().into());
            } else {
                let version = row.version(kind);
                filled.changes.push(Change::Tombstone {
                    key: row.id.as_str().into(),
                    gone: Gone::Deleted,
                    version,
                });
            }
        }
        let links: BTreeMap<&str, &Value> =
            chunk.iter().filter_map(|row| Some((row.id.as_str(), row.object.get("associations")?))).collect();
        for row in &mut found {
            if let Some(links) = links.get(row.id.as_str()) {
                row.object.insert("associations".to_owned(), (*links).clone());
            }
        }
        all.extend(found);
    }
    Ok(all)
}

/// The inputs for which a batch failed, as against those that it says do not exist.
struct Failed {
    ids: BTreeSet<String>,
    /// Some failure does not say whom it is about.
    unnamed: bool,
}

impl Failed {
    fn of(errors: &[BatchError]) -> Self {
        let failures = || errors.iter().filter(|error| !error.says_absent());
        Self {
            ids: failures().flat_map(BatchError::ids).collect(),
            unnamed: failures().any(|error| error.ids().is_empty()),
        }
    }

    fn includes(&self, id: &str) -> bool {
        self.unnamed || self.ids.contains(id)
    }
}

#[derive(Default)]
struct ReadLinks {
    /// Every contact that was asked for and did not fail has an entry.
    links: BTreeMap<String, Links>,
    failed: BTreeSet<String>,
}

/// Reads all companies of contacts, page by page: HubSpot pages them for each contact by itself.
async fn read_links(api: Api<'_>, contacts: Vec<String>) -> Result<ReadLinks> {
    let mut read = ReadLinks::default();
    for chunk in contacts.chunks(api.setup.config.association_batch_size) {
        let mut open: Vec<(String, Option<String>)> = chunk.iter().map(|id| (id.clone(), None)).collect();
        while !open.is_empty() {
            let batch = api.companies_of(&open).await?;
            let failed = Failed::of(&batch.errors);
            let asked: BTreeMap<String, Option<String>> = std::mem::take(&mut open).into_iter().collect();
            let mut answered = BTreeSet::new();
            for entry in &batch.results {
                let Some(after) = asked.get(entry.contact()) else { continue };
                answered.insert(entry.contact());
                read.links.entry(entry.contact().to_owned()).or_default().extend(&entry.to);
                if let Some(next) = entry.next() {
                    if after.as_deref() == Some(next) {
                        return Err(Error::new(
                            ErrorKind::Unavailable,
                            "HubSpot's next page is the one that it just gave",
                        )
                        .operation("hubspot.associations")
                        .with("contact", entry.contact()));
                    }
                    open.push((entry.contact().to_owned(), Some(next.to_owned())));
                }
            }
            for id in asked.keys().filter(|id| !answered.contains(id.as_str())) {
                if failed.includes(id) {
                    read.failed.insert(id.clone());
                } else {
                    // Contacts without any company may be left out of the answer.
                    read.links.entry(id.clone()).or_default();
                }
            }
        }
    }
    Ok(read)
}
