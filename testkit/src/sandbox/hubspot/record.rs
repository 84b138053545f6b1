//! One record, with the versions of it that search may still show.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Duration, SecondsFormat, Utc};

use super::kinds::Kind;

/// Property values by name. An empty value is an absent one.
pub(super) type Properties = BTreeMap<String, String>;

#[derive(Debug, Clone)]
pub(super) struct Version {
    /// When it came about.
    pub(super) at: DateTime<Utc>,
    /// The last-modified time it shows.
    pub(super) updated: DateTime<Utc>,
    pub(super) properties: Arc<Properties>,
}

#[derive(Debug, Clone)]
pub(super) struct Record {
    pub(super) id: u64,
    pub(super) created: DateTime<Utc>,
    pub(super) updated: DateTime<Utc>,
    pub(super) archived: Option<DateTime<Utc>>,
    pub(super) properties: Arc<Properties>,
    /// Oldest first; the last is the present one.
    versions: Vec<Version>,
}

/// Property names that only the CRM itself writes.
pub(super) fn is_system(kind: &Kind, name: &str) -> bool {
    matches!(name, "hs_object_id" | "hs_merged_object_ids" | "hs_calculated_merged_vids")
        || name == kind.modified()
        || name == kind.created()
}

/// An instant as HubSpot writes it.
pub(super) fn stamp(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

impl Record {
    pub(super) fn new(
        kind: &Kind,
        id: u64,
        properties: Properties,
        created: DateTime<Utc>,
        updated: DateTime<Utc>,
    ) -> Self {
        let mut record = Self {
            id,
            created,
            updated,
            archived: None,
            properties: Arc::new(properties),
            versions: Vec::with_capacity(1),
        };
        let own = Arc::make_mut(&mut record.properties);
        own.retain(|_, value| !value.is_empty());
        own.insert("hs_object_id".to_owned(), id.to_string());
        own.insert(kind.created().to_owned(), stamp(created));
        record.touch(kind, updated, Duration::zero());
        record
    }

    /// Sets properties without moving the last-modified time; an empty value removes. Says whether any
    /// differs.
    pub(super) fn set<'a>(&mut self, values: impl IntoIterator<Item = (&'a str, &'a str)>) -> bool {
        let mut changed = false;
        for (name, value) in values {
            if self.properties.get(name).map_or("", String::as_str) == value {
                continue;
            }
            changed = true;
            let own = Arc::make_mut(&mut self.properties);
            if value.is_empty() {
                own.remove(name);
            } else {
                own.insert(name.to_owned(), value.to_owned());
            }
        }
        changed
    }

    /// Makes the present properties a new version, last modified at `now`.
    pub(super) fn touch(&mut self, kind: &Kind, now: DateTime<Utc>, lag: Duration) {
        self.updated = now;
        Arc::make_mut(&mut self.properties).insert(kind.modified().to_owned(), stamp(now));
        self.reindex(now, lag);
    }

    /// Shows the present properties to search, once the lag has passed.
    pub(super) fn reindex(&mut self, now: DateTime<Utc>, lag: Duration) {
        // What search shows today must stay; anything older is never seen again.
        if let Some(shown) = self.versions.iter().rposition(|version| version.at + lag <= now) {
            self.versions.drain(..shown);
        }
        self.versions.push(Version {
            at: now,
            updated: self.updated,
            properties: Arc::clone(&self.properties),
        });
    }

    /// What search shows of this record at `now`: nothing before its first version is indexed.
    pub(super) fn indexed(&self, now: DateTime<Utc>, lag: Duration) -> Option<&Version> {
        if lag.is_zero() {
            return self.versions.last();
        }
        self.versions.iter().rev().find(|version| version.at + lag <= now)
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.properties.get(name).map(String::as_str)
    }

    /// The ids that were merged into this one, directly or before.
    pub(super) fn merged_ids(&self) -> Vec<u64> {
        split_list(self.get("hs_merged_object_ids").unwrap_or_default())
            .filter_map(|id| id.parse().ok())
            .collect()
    }
}

/// The values of a `;`-separated list, trimmed, empty ones left out.
pub(super) fn split_list(value: &str) -> impl Iterator<Item = &str> {
    value.split(';').map(str::trim).filter(|part| !part.is_empty())
}
