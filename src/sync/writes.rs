//! From a connector's changes to what the mirror writes.

use std::collections::BTreeMap;

use acquaint_core::Result;
use acquaint_core::connector::{AnyStream, PrivateRecords};
use acquaint_core::ids::{ConnectionId, PartitionKey, RecordKey, RecordRef, StreamName, TenantId};
use acquaint_core::record::{Change, Gone, RawRecord, parse_json};
use acquaint_core::store::{RecordBody, RecordWrite, Store};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::engine::Engine;
use crate::privacy::{self, Permit};
use crate::{directory, views};

/// Turns records into writes: privacy first, then views, then keys.
#[derive(Debug)]
pub(crate) struct Writer<'a> {
    stream: &'a dyn AnyStream,
    connection: &'a ConnectionId,
    permit: Permit<'a>,
    /// What ended before is not mirrored.
    retained: Option<DateTime<Utc>>,
}

impl<'a> Writer<'a> {
    pub(crate) fn new(engine: &Engine, connection: &'a ConnectionId, stream: &'a dyn AnyStream) -> Self {
        let privacy = engine.manifest.privacy();
        let (permit, retained) = (privacy.permit(stream.spec()), privacy.retained_since(engine.env.now()));
        Self { stream, connection, permit, retained }
    }

    /// The write for a change. A patch must have been made whole before.
    pub(crate) fn write(&self, change: Change) -> Result<RecordWrite> {
        Ok(match change {
            Change::Full(record) | Change::Patch(record) => self.live(record, None)?,
            Change::Rejected { record, why } => self.live(record, Some(why))?,
            Change::Tombstone { key, gone, version } => {
                RecordWrite { key, version, body: RecordBody::Gone(gone) }
            }
            _ => return Err(acquaint_core::Error::bug("a kind of change that this release does not know")),
        })
    }

    fn live(&self, mut record: RawRecord, why: Option<String>) -> Result<RecordWrite> {
        record.raw = self.permit.apply(record.raw);
        let (found, problem) = match why {
            Some(why) => (Vec::new(), Some(why)),
            None => privacy::viewed(self.stream, &record),
        };
        let (key, version) = (record.key, record.version);
        let span = directory::span(&found);
        if span.zip(self.retained).is_some_and(|((_, end), since)| end < since) {
            return Ok(RecordWrite { key, version, body: RecordBody::Gone(Gone::PastRetention) });
        }
        let views = if found.is_empty() { Bytes::new() } else { views::encode(&found)? };
        let keys = directory::keys(self.connection, &found);
        let body = RecordBody::Live { raw: record.raw, views, keys, span, problem };
        Ok(RecordWrite { key, version, body })
    }
}

/// Applies patches to what the mirror holds. Keys that it does not hold are returned: they must be read whole.
pub(crate) async fn complete_patches(
    store: &dyn Store,
    tenant: &TenantId,
    place: (&ConnectionId, &StreamName, &PartitionKey),
    private: Option<&PrivateRecords>,
    changes: &mut Vec<Change>,
) -> Result<Vec<RecordKey>> {
    let keys: Vec<RecordRef> = changes
        .iter()
        .filter(|change| matches!(change, Change::Patch(_)))
        .map(|change| RecordRef {
            connection: place.0.clone(),
            stream: place.1.clone(),
            partition: place.2.clone(),
            key: change.key().clone(),
        })
        .collect();
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let stored = store.records(tenant, &keys).await?;
    let mut known: BTreeMap<RecordKey, Value> = BTreeMap::new();
    for record in stored.into_iter().filter(|record| record.gone.is_none()) {
        // What is kept aside because it is no JSON cannot be patched either: it is read whole. So is what is private,
        // of which only a part may have been kept.
        if let Ok(value) = parse_json(&record.raw)
            && !private.is_some_and(|private| private.is_private(&value))
        {
            known.insert(record.record.key, value);
        }
    }
    let mut missing = Vec::new();
    let mut complete = Vec::with_capacity(changes.len());
    for change in changes.drain(..) {
        let (key, version, raw) = match change {
            Change::Patch(patch) => (patch.key, patch.version, patch.raw),
            // A later patch of the same page applies to what came whole before it.
            Change::Full(record) => {
                if keys.iter().any(|patched| patched.key == record.key) {
                    known.insert(record.key.clone(), parse_json(&record.raw)?);
                }
                complete.push(Change::Full(record));
                continue;
            }
            other => {
                // What is gone cannot be patched.
                known.remove(other.key());
                complete.push(other);
                continue;
            }
        };
        let Some(value) = known.get_mut(&key) else {
            missing.push(key);
            continue;
        };
        merge_patch(value, parse_json(&raw)?);
        let mut record = RawRecord::new(key, value.to_string());
        record.version = version;
        complete.push(Change::Full(record));
    }
    *changes = complete;
    Ok(missing)
}

/// JSON merge patch (RFC 7396).
fn merge_patch(target: &mut Value, patch: Value) {
    let Value::Object(patch) = patch else {
        *target = patch;
        return;
    };
    if !target.is_object() {
        *target = Value::Object(serde_json::Map::new());
    }
    if let Value::Object(map) = target {
        for (name, value) in patch {
            if value.is_null() {
                map.remove(&name);
            } else {
                merge_patch(map.entry(name).or_insert(Value::Null), value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_patch_merges_as_rfc_7396_says() {
        let mut target = json!({"a": {"b": 1, "c": 2}, "d": [1]});
        merge_patch(&mut target, json!({"a": {"b": null, "e": 3}, "d": "x"}));
        assert_eq!(target, json!({"a": {"c": 2, "e": 3}, "d": "x"}));
    }
}
