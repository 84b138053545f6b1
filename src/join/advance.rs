//! What a decision changes for those who listen.

use std::collections::BTreeMap;

use acquaint_core::meeting::Items;
use acquaint_core::store::{Announce, ChangeKind, ItemChange, MeetingRow, MeetingWrite};
use serde_json::Value;

use super::Decided;

/// The meeting as it is to be written, with what it puts into the feed: of itself, unless only its `items` are told, and
/// of each item, something only if the content differs from what they who listen were last told. Of what another revision
/// has decided before, only what `announce` says.
pub(crate) fn advance(decided: Decided, itself: bool, announce: Announce) -> MeetingWrite {
    let Decided { before, meeting, reads, .. } = decided;
    let mut stored = MeetingRow::new(meeting);
    let mut moved = false;
    if let Some(row) = before {
        moved = row.meeting.decision.revision != stored.meeting.decision.revision;
        stored.revision = row.revision;
        stored.announced = row.announced;
        stored.announced_items = row.announced_items;
    }
    let decision = &stored.meeting.decision;
    if decision.kept && !decision.incomplete.is_empty() {
        // Nothing is told of it until what is missing is there.
        return MeetingWrite { row: stored, reads, change: None, items: Vec::new(), backfill: moved };
    }
    let content = (decision.kept && itself).then(|| stored.meeting.content.clone());
    let items = if decision.kept { stored.meeting.items.clone() } else { Items::new() };
    let is_told = |change: ChangeKind| !moved || is_announced(change, announce);
    let change = change(stored.announced.as_ref(), content.as_ref()).filter(|change| is_told(*change));
    let mut changes = changes(&stored.announced_items, &items);
    changes.retain(|item| is_told(item.change));
    stored.revision += u64::from(change.is_some() || !changes.is_empty());
    stored.announced = content;
    stored.announced_items = items;
    MeetingWrite { row: stored, reads, change, items: changes, backfill: moved }
}

/// Whether what one revision decides otherwise than the one before is announced.
fn is_announced(change: ChangeKind, announce: Announce) -> bool {
    match announce {
        Announce::None => false,
        Announce::KeptChanges => change != ChangeKind::Changed,
        _ => true,
    }
}

fn change(told: Option<&Value>, now: Option<&Value>) -> Option<ChangeKind> {
    match (told, now) {
        (None, Some(_)) => Some(ChangeKind::Added),
        (Some(told), Some(now)) if told != now => Some(ChangeKind::Changed),
        (Some(_), None) => Some(ChangeKind::Removed),
        _ => None,
    }
}

/// In order of section and key.
fn changes(told: &Items, now: &Items) -> Vec<ItemChange> {
    let none = BTreeMap::new();
    let mut changes = Vec::new();
    let mut sections: Vec<&String> = told.keys().chain(now.keys()).collect();
    sections.sort();
    sections.dedup();
    for section in sections {
        let (told, now) = (told.get(section).unwrap_or(&none), now.get(section).unwrap_or(&none));
        let mut keys: Vec<&String> = told.keys().chain(now.keys()).collect();
        keys.sort();
        keys.dedup();
        changes.extend(keys.into_iter().filter_map(|key| {
            let change = change(told.get(key), now.get(key))?;
            Some(ItemChange { section: section.clone(), key: key.clone(), change })
        }));
    }
    changes
}
