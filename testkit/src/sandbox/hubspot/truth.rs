//! What is true in a portal, read past the API: for comparing a mirror with.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::HubSpotSandbox;
use super::error::CrmError;
use super::record::Record;

/// A record as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CrmRecord {
    /// The record's id, unique within its type and portal.
    pub id: u64,
    /// All properties that have a value, the id and the two times among them.
    pub properties: BTreeMap<String, String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
    /// When it was archived, if it is.
    pub archived_at: Option<DateTime<Utc>>,
}

impl CrmRecord {
    fn of(record: &Record) -> Self {
        Self {
            id: record.id,
            properties: record.properties.as_ref().clone(),
            created_at: record.created,
            updated_at: record.updated,
            archived_at: record.archived,
        }
    }
}

impl HubSpotSandbox {
    /// The live records of a type, by id.
    ///
    /// # Errors
    /// If there is no such portal or type.
    pub fn records(&self, portal: u64, kind: &str) -> Result<BTreeMap<u64, CrmRecord>, CrmError> {
        self.all_records(portal, kind, false)
    }

    /// The archived records of a type, by id.
    ///
    /// # Errors
    /// If there is no such portal or type.
    pub fn archived_records(&self, portal: u64, kind: &str) -> Result<BTreeMap<u64, CrmRecord>, CrmError> {
        self.all_records(portal, kind, true)
    }

    fn all_records(
        &self,
        portal: u64,
        kind: &str,
        archived: bool,
    ) -> Result<BTreeMap<u64, CrmRecord>, CrmError> {
        let state = self.state();
        let portal = state.portals.get(&portal).ok_or(CrmError::UnknownPortal(portal))?;
        let kind = portal.kind_of(kind)?;
        let all = portal.objects.get(&kind).into_iter().flat_map(|objects| &objects.records);
        Ok(all
            .filter(|(_, record)| record.archived.is_some() == archived)
            .map(|(id, record)| (*id, CrmRecord::of(record)))
            .collect())
    }

    /// One record, live or archived; of a merged-away id, the survivor. `None` if it is gone.
    ///
    /// # Errors
    /// If there is no such portal or type.
    pub fn record(&self, portal: u64, kind: &str, id: u64) -> Result<Option<CrmRecord>, CrmError> {
        let state = self.state();
        let portal = state.portals.get(&portal).ok_or(CrmError::UnknownPortal(portal))?;
        let kind = portal.kind_of(kind)?;
        Ok(portal.find(&kind, id).map(CrmRecord::of))
    }

    /// The associations between live records of two types, with their type ids, by (from, to).
    ///
    /// # Errors
    /// If there is no such portal or type.
    pub fn associations(
        &self,
        portal: u64,
        from: &str,
        to: &str,
    ) -> Result<BTreeMap<(u64, u64), BTreeSet<u32>>, CrmError> {
        let state = self.state();
        let portal = state.portals.get(&portal).ok_or(CrmError::UnknownPortal(portal))?;
        let (from, to) = (portal.kind_of(from)?, portal.kind_of(to)?);
        let live = portal.objects.get(&from).into_iter().flat_map(|objects| objects.records.values());
        let mut all = BTreeMap::new();
        for record in live.filter(|record| record.archived.is_none()) {
            let end = (from.clone(), record.id);
            all.extend(portal.linked(&end, &to).map(|(id, types)| ((record.id, id), types.clone())));
        }
        Ok(all)
    }
}
