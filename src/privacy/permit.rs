//! What of a record may be kept.

use acquaint_core::connector::{PrivateEvents, PrivateRecords, StreamSpec};
use acquaint_core::record::parse_json;
use bytes::Bytes;
use serde_json::Value;

/// What a manifest permits of the records of a stream.
#[derive(Debug)]
pub(crate) struct Permit<'s> {
    /// JSON pointers to what must go.
    dropped: Vec<&'static str>,
    /// Of which records only the times may stay.
    busy_only: Option<&'s PrivateRecords>,
}

impl<'s> Permit<'s> {
    pub(crate) fn new(spec: &'s StreamSpec, drop: &[&str], private_events: PrivateEvents) -> Self {
        let named = spec.droppable.iter().filter(|(name, _)| drop.contains(name));
        Self {
            dropped: named.flat_map(|(_, pointers)| pointers.iter().copied()).collect(),
            busy_only: spec.private.as_ref().filter(|_| private_events == PrivateEvents::BusyOnly),
        }
    }

    /// Whether it permits everything.
    pub(crate) fn is_all(&self) -> bool {
        self.dropped.is_empty() && self.busy_only.is_none()
    }

    /// The record without what may not be kept. Repeated it takes nothing more.
    pub(crate) fn apply(&self, raw: Bytes) -> Bytes {
        if self.is_all() || raw.is_empty() {
            return raw;
        }
        let Ok(mut value) = parse_json::<Value>(&raw) else {
            // What cannot be read cannot be cleaned either, so nothing of it may be kept.
            return Bytes::new();
        };
        let mut found = false;
        for pointer in &self.dropped {
            found |= remove(&mut value, pointer);
        }
        if let Some(private) = self.busy_only.filter(|private| private.is_private(&value)) {
            return Bytes::from(private.left(value).to_string());
        }
        // Byte for byte what the provider sent, if nothing had to go.
        if found { Bytes::from(value.to_string()) } else { raw }
    }
}

/// Says whether it was there.
fn remove(value: &mut Value, pointer: &str) -> bool {
    let Some((parent, name)) = pointer.rsplit_once('/') else { return false };
    match value.pointer_mut(parent) {
        Some(Value::Object(map)) => map.remove(name).is_some(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use acquaint_core::connector::StreamKind;
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_permitted_stays_as_it_came_and_twice_is_as_once() {
        let spec = StreamSpec::new("events", StreamKind::Events, Vec::new())
            .droppable("title", &["/title"])
            .private(PrivateRecords::told_by("/seen_by", &["me"]).stays(&["/start"]));
        let permit = Permit::new(&spec, &["title"], PrivateEvents::BusyOnly);
        let open = Bytes::from_static(b"{ \"start\": 1,  \"where\":2}");
        assert_eq!(permit.apply(open.clone()), open);
        let titled = Bytes::from(json!({ "start": 1, "title": "QBR" }).to_string());
        assert_eq!(permit.apply(titled), json!({ "start": 1 }).to_string());
        let private = Bytes::from(json!({ "start": 1, "where": "clinic", "seen_by": "me" }).to_string());
        let left = permit.apply(private);
        assert_eq!(left, json!({ "start": 1, "seen_by": "me" }).to_string());
        assert_eq!(permit.apply(left.clone()), left);
        assert_eq!(permit.apply(Bytes::from_static(b"<xml>")), Bytes::new());
        let all = Permit::new(&spec, &[], PrivateEvents::AsTheyAre);
        assert!(all.is_all());
        assert_eq!(all.apply(Bytes::from_static(b"<xml>")), "<xml>");
    }
}
