//! The section `privacy`: what never reaches the mirror, and how long it stays there.

use std::collections::BTreeSet;
use std::time::Duration;

use acquaint_core::connector::{PrivateEvents, StreamSpec};
use chrono::{DateTime, TimeDelta, Utc};

use super::node::Node;
use super::problem::{Place, Problem};
use super::reader::Reader;
use crate::privacy::Permit;
use crate::revisions::PlannedPrivacy;

/// What may be mirrored, and for how long.
#[derive(Debug, Clone, Default)]
pub(crate) struct Privacy {
    /// What is left out, sorted, each with its place.
    pub(crate) drop: Vec<(String, Place)>,
    /// What is mirrored of private events.
    pub(crate) private_events: PrivateEvents,
    /// Where that stands, if something is kept out by it.
    pub(super) busy_only: Option<Place>,
    /// How long after its end an event stays, and where that stands; `None` for as long as it is there.
    pub(super) retain: Option<(Duration, Place)>,
}

pub(super) const KEYS: &[&str] = &["drop", "private_events", "retain"];

impl Privacy {
    /// The names of what is left out.
    pub(crate) fn dropped(&self) -> impl Iterator<Item = &str> {
        self.drop.iter().map(|(name, _)| name.as_str())
    }

    /// Names what never reaches the mirror: another name keeps out something else.
    pub(crate) fn kept_out(&self) -> String {
        let dropped: Vec<&str> = self.dropped().collect();
        serde_json::json!([dropped, self.private_events]).to_string()
    }

    /// What would change if it took the place of another one.
    pub(crate) fn beside(&self, now: &Self) -> Vec<PlannedPrivacy> {
        let names = |one: &Self| -> BTreeSet<String> {
            let private = (one.private_events == PrivateEvents::BusyOnly).then_some("private_events");
            one.dropped().chain(private).map(str::to_owned).collect()
        };
        let (before, after) = (names(now), names(self));
        let mut changes: Vec<PlannedPrivacy> = Vec::new();
        changes.extend(before.difference(&after).map(|what| PlannedPrivacy::LetIn { what: what.clone() }));
        changes.extend(after.difference(&before).map(|what| PlannedPrivacy::KeptOut { what: what.clone() }));
        let seconds = |retain: Duration| retain.as_secs();
        changes.extend(match (now.retain(), self.retain()) {
            (before, Some(after)) if before.is_none_or(|before| after < before) => {
                Some(PlannedPrivacy::Removed { after: seconds(after) })
            }
            (Some(before), after) if after != Some(before) => {
                Some(PlannedPrivacy::Retained { after: after.map(seconds) })
            }
            _ => None,
        });
        changes
    }

    /// Whether it keeps out something that another one does not, or for less long.
    pub(crate) fn is_tighter_than(&self, other: &Self) -> bool {
        let tighter = |change: &PlannedPrivacy| {
            matches!(change, PlannedPrivacy::KeptOut { .. } | PlannedPrivacy::Removed { .. })
        };
        self.beside(other).iter().any(tighter)
    }

    /// What of a stream's records may be mirrored.
    pub(crate) fn permit<'s>(&self, spec: &'s StreamSpec) -> Permit<'s> {
        let drop: Vec<&str> = self.dropped().collect();
        Permit::new(spec, &drop, self.private_events)
    }

    /// The instant before which nothing may have ended that is mirrored.
    pub(crate) fn retained_since(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        now.checked_sub_signed(TimeDelta::from_std(self.retain()?).ok()?)
    }

    /// How long after its end an event stays.
    pub(crate) fn retain(&self) -> Option<Duration> {
        self.retain.map(|(retain, _)| retain)
    }
}

pub(super) fn compile(reader: &Reader, node: &Node) -> Privacy {
    let mut privacy = Privacy::default();
    for entry in reader.map(node, "`privacy`") {
        let value = &entry.value;
        match entry.key.as_str() {
            "drop" => privacy.drop.extend(
                reader
                    .list(value)
                    .iter()
                    .filter_map(|item| Some((reader.text(item, "a name of something to drop")?, item.place)))
                    .map(|(name, place)| (name.to_owned(), place)),
            ),
            "private_events" => {
                privacy.private_events = private_events(reader, value).unwrap_or_default();
                let kept_out = privacy.private_events != PrivateEvents::AsTheyAre;
                privacy.busy_only = kept_out.then_some(value.place);
            }
            "retain" => {
                privacy.retain = reader.duration(value, "`retain`").map(|retain| (retain, value.place));
            }
            _ => reader.unknown(entry, "`privacy`", KEYS),
        }
    }
    privacy.drop.sort();
    privacy.drop.dedup_by(|later, earlier| later.0 == earlier.0);
    privacy
}

fn private_events(reader: &Reader, node: &Node) -> Option<PrivateEvents> {
    let text = reader.text(node, "`private_events`")?;
    let known = PrivateEvents::ALL.into_iter().find(|known| known.as_str() == text);
    if known.is_none() {
        let words = PrivateEvents::ALL.map(PrivateEvents::as_str);
        let message = format!("`{text}` says nothing of private events; write one of {}", words.join(", "));
        reader.note(Problem::new(node.place, message).closest(text, words));
    }
    known
}
