//! A consumer who reads the feed from its beginning.

use std::collections::{BTreeMap, BTreeSet};

use acquaint::core::ids::MeetingId;
use acquaint::{ChangeKind, Meeting, Tenant};
use serde_json::Value;

use super::Mismatch;

/// Meeting, section and key.
type Place = (MeetingId, String, Option<String>);

/// What the consumer holds in the end must be the kept meetings and their items, and every entry must have told something
/// new.
pub async fn check(tenant: &Tenant, meetings: &[Meeting]) -> Result<(), Mismatch> {
    let entries = tenant.changes(0, usize::MAX >> 1).await.unwrap();
    let mut held: BTreeMap<Place, Value> = BTreeMap::new();
    let mut revisions: BTreeMap<MeetingId, u64> = BTreeMap::new();
    let mut deliveries = BTreeSet::new();
    for (index, entry) in entries.iter().enumerate() {
        let wrong = |how: &str| Err(Mismatch::new("the feed", format!("{how}: {entry:?}")));
        if entry.position != index as u64 + 1 {
            return wrong("a gap before");
        }
        // What changes at once has one revision.
        let revision = revisions.entry(entry.meeting.clone()).or_default();
        if ![*revision, *revision + 1].contains(&entry.revision) || entry.revision == 0 {
            return wrong(&format!("its revision ought to be {revision} or the next"));
        }
        *revision = entry.revision;
        if !deliveries.insert(entry.delivery_id()) {
            return wrong("its delivery has been told before");
        }
        let place = (entry.meeting.clone(), entry.section.clone(), entry.key.clone());
        let known = held.get(&place);
        let fits = match entry.change {
            ChangeKind::Added => known.is_none() && !entry.content.is_null(),
            ChangeKind::Changed => known.is_some_and(|known| *known != entry.content),
            ChangeKind::Removed => known.is_some() && entry.content.is_null(),
        };
        if !fits {
            return wrong(&format!("it tells nothing new after {known:?}"));
        }
        match entry.change {
            ChangeKind::Removed => drop(held.remove(&place)),
            _ => drop(held.insert(place, entry.content.clone())),
        }
    }
    let position = tenant.position().await.unwrap();
    if position != entries.len() as u64 {
        return Err(Mismatch::new(
            "the feed",
            format!("its position is {position} after {} entries", entries.len()),
        ));
    }
    let mut kept: BTreeMap<Place, Value> = BTreeMap::new();
    for meeting in meetings.iter().filter(|meeting| meeting.decision.kept) {
        kept.insert((meeting.id.clone(), "meeting".to_owned(), None), meeting.content.clone());
        for (section, items) in &meeting.items {
            let place = |key: &String| (meeting.id.clone(), section.clone(), Some(key.clone()));
            kept.extend(items.iter().map(|(key, content)| (place(key), content.clone())));
        }
    }
    if held != kept {
        return Err(Mismatch::new("the feed", format!("it leads to {held:#?}\nbut kept are {kept:#?}")));
    }
    Ok(())
}
