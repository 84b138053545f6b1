//! From an object of HubSpot's to the changes it stands for.

use acquaint_core::ids::RecordKey;
use acquaint_core::record::{Change, Gone, RawRecord, Version};
use acquaint_core::{Error, Result};
use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use crate::model::{Id, parts, text};
use crate::object::ObjectKind;
use crate::reading::Reading;

/// Where a record of a type that the account has made up says what it is.
const SCHEMA: &str = "schema";

/// An object of a page: its id is known, the rest is as it came.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) id: String,
    pub(crate) object: Map<String, Value>,
}

impl Row {
    /// An object of which nothing but the id is known.
    pub(crate) fn bare(id: &str) -> Self {
        Self { id: id.to_owned(), object: Map::new() }
    }

    /// When it was last changed. Every change of its properties raises this, so it orders its states.
    pub(crate) fn version(&self, kind: ObjectKind) -> Option<Version> {
        let named = self.property(kind.modified());
        named
            .or_else(|| self.object.get("updatedAt").and_then(text))
            .and_then(|at| instant(&at))
            .map(Version::from)
    }

    pub(crate) fn archived(&self) -> bool {
        self.object.get("archived").is_some_and(|archived| *archived == true)
    }

    fn property(&self, name: &str) -> Option<String> {
        text(self.object.get("properties")?.get(name)?)
    }

    pub(crate) fn merged(&self) -> Vec<String> {
        merged(&self.id, |name| self.property(name))
    }

    /// Tombstones for the records that were merged into this one.
    fn ended(&self, kind: ObjectKind) -> impl Iterator<Item = Change> + use<> {
        let (version, survivor) = (self.version(kind), RecordKey::from(self.id.as_str()));
        self.merged().into_iter().map(move |old| Change::Tombstone {
            key: old.into(),
            gone: Gone::MergedInto(survivor.clone()),
            version,
        })
    }

    /// Adds further properties of the same record, which were read at another moment. What was read in parts is no newer
    /// than its oldest part, so that whatever changed between them is read again.
    pub(crate) fn absorb(&mut self, other: Self, kind: ObjectKind) {
        let older = match (self.version(kind), other.version(kind)) {
            (Some(own), Some(others)) => others < own,
            (own, _) => own.is_some(),
        };
        let times = [kind.modified(), "updatedAt"];
        for (name, value) in other.object {
            match (name.as_str(), value) {
                ("properties", Value::Object(further)) => {
                    let own = self.object.entry("properties").or_insert_with(|| Map::new().into());
                    if let Value::Object(own) = own {
                        own.extend(
                            further.into_iter().filter(|(name, _)| older || !times.contains(&name.as_str())),
                        );
                    }
                }
                (name, value) if older && times.contains(&name) => {
                    self.object.insert(name.to_owned(), value);
                }
                _ => {}
            }
        }
    }

    /// The record, or its tombstone if the manifest does not select it, and tombstones for those that were merged into it.
    pub(crate) fn into_changes(mut self, reading: &Reading<'_>, changes: &mut Vec<Change>) -> Result<()> {
        let kind = reading.kind;
        let (version, ended) = (self.version(kind), self.ended(kind));
        if !reading.selection.fits(|name| self.property(name)) {
            changes.push(Change::Tombstone { key: self.id.into(), gone: Gone::Deselected, version });
            changes.extend(ended);
            return Ok(());
        }
        if let Some(Value::Object(properties)) = self.object.get_mut("properties") {
            // Some endpoints give null for an empty property and some leave it out.
            properties.retain(|_, value| !value.is_null());
        }
        if let Some(schema) = &reading.schema {
            self.object.insert(SCHEMA.to_owned(), serde_json::to_value(schema).map_err(unwritable)?);
        }
        let raw = serde_json::to_vec(&self.object).map_err(unwritable)?;
        let mut record = RawRecord::new(self.id, raw);
        record.version = version;
        changes.push(Change::Full(record));
        changes.extend(ended);
        Ok(())
    }

    /// The tombstone of an archived record, and those of the records that were merged into it while it lived:
    /// it may have been archived before anybody saw it.
    ///
    /// The version is that of its last change, not of its archiving: restored without an edit, it comes back
    /// with the same one.
    pub(crate) fn into_tombstones(self, kind: ObjectKind, changes: &mut Vec<Change>) {
        let (version, ended) = (self.version(kind), self.ended(kind));
        changes.push(Change::Tombstone { key: self.id.into(), gone: Gone::Archived, version });
        changes.extend(ended);
    }
}

fn unwritable(error: serde_json::Error) -> Error {
    Error::bug("a record does not serialise").with_source(error)
}

/// Splits the results of a page into objects and what is none.
pub(crate) fn rows(results: Vec<Value>, place: &str) -> (Vec<Row>, Vec<Change>) {
    let (mut rows, mut rejected) = (Vec::with_capacity(results.len()), Vec::new());
    for (index, value) in results.into_iter().enumerate() {
        let id = value.get("id").and_then(Id::of);
        match (id, value) {
            (Some(id), Value::Object(object)) => rows.push(Row { id: id.0, object }),
            (_, value) => rejected.push(Change::Rejected {
                record: RawRecord::new(format!("unreadable/{place}/{index}"), value.to_string()),
                why: "it is no object with an id".to_owned(),
            }),
        }
    }
    (rows, rejected)
}

/// The ids that were merged into a record, in the order in which HubSpot names them. Contacts name them in
/// two properties, of which each can miss some.
pub(crate) fn merged(own: &str, property: impl Fn(&str) -> Option<String>) -> Vec<String> {
    let mut ids: Vec<String> = Vec::new();
    for name in ["hs_merged_object_ids", "hs_calculated_merged_vids"] {
        for part in property(name).iter().flat_map(|value| parts(value)) {
            // The second is a list of `id:milliseconds`.
            let id = part.split(':').next().unwrap_or(part).trim();
            if !id.is_empty() && id != own && !ids.iter().any(|known| known == id) {
                ids.push(id.to_owned());
            }
        }
    }
    ids
}

/// An instant: ISO 8601, or milliseconds since 1970.
pub(crate) fn instant(text: &str) -> Option<DateTime<Utc>> {
    match text.parse::<i64>() {
        Ok(millis) => DateTime::from_timestamp_millis(millis),
        Err(_) => DateTime::parse_from_rfc3339(text).ok().map(|at| at.to_utc()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;

    fn row(modified: &str, property: &str) -> Row {
        let object = json!({"id": "1", "updatedAt": modified, "properties": {
            "lastmodifieddate": modified, property: modified,
        }});
        Row { id: "1".into(), object: object.as_object().unwrap().clone() }
    }

    #[test]
    fn a_record_read_in_parts_is_as_old_as_its_oldest_part() {
        let (early, late) = ("2026-10-09T07:40:00.000Z", "2026-10-09T07:40:05.000Z");
        for (first, second) in [(early, late), (late, early), (early, early)] {
            let mut whole = row(first, "a");
            whole.absorb(row(second, "b"), ObjectKind::Contacts);
            assert_eq!(whole.version(ObjectKind::Contacts), instant(first.min(second)).map(Version::from));
            let properties = &whole.object["properties"];
            assert_eq!((&properties["a"], &properties["b"]), (&json!(first), &json!(second)));
            assert_eq!(whole.object["updatedAt"], json!(first.min(second)));
        }
    }

    #[test]
    fn instants_come_in_two_forms_and_nothing_else_is_one() {
        assert_eq!(instant("1791531600000"), instant("2026-10-09T07:40:00Z"));
        assert_eq!(instant("2026-10-09T09:40:00.000+02:00"), instant("2026-10-09T07:40:00Z"));
        for other in ["", "soon", "2026-10-09"] {
            assert_eq!(instant(other), None, "{other}");
        }
    }
}
