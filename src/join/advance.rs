//! What a decision changes for those who listen.

use std::collections::BTreeMap;

use acquaint_core::meeting::{Items, Meeting};
use acquaint_core::store::{Announce, ChangeKind, Contribution, ItemChange, MeetingRow, MeetingWrite};
use serde_json::Value;

use super::Decided;
use crate::manifest::Output;

/// The meeting as it is to be written, with what it puts into the feed: of itself, unless only its items are told, and
/// of each item, something only if the content differs from what they who listen were last told. Of what another revision
/// has decided before, only what `announce` says.
pub(crate) fn advance(decided: Decided, output: &Output, announce: Announce) -> MeetingWrite {
    let Decided { before, meeting, reads, .. } = decided;
    let itself = output.tells_meetings();
    let gathered = Some(contribution(before.as_ref(), &meeting, output));
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
        return MeetingWrite {
            row: stored,
            reads,
            change: None,
            items: Vec::new(),
            backfill: moved,
            gathered,
        };
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
    MeetingWrite { row: stored, reads, change, items: changes, backfill: moved, gathered }
}

/// Which items of accounts and contacts gather a meeting from now on.
fn contribution(before: Option<&MeetingRow>, meeting: &Meeting, output: &Output) -> Contribution {
    let mut contribution = Contribution::default();
    contribution.items = output.gathered_by(meeting);
    if let Some(row) = before {
        contribution.moved = row.meeting.decision.revision != meeting.decision.revision;
        contribution.changed = contribution.moved || !alike(&row.meeting, meeting);
    }
    contribution
}

/// Whether two states of a meeting are the same to whoever gathers it.
fn alike(one: &Meeting, other: &Meeting) -> bool {
    // Which commit had been seen says nothing of the meeting.
    let seen = |meeting: &Meeting| {
        let mut decision = meeting.decision.clone();
        decision.seq = other.decision.seq;
        decision
    };
    let parts = |meeting: &Meeting| {
        let Meeting { start, end, zone, recurring, status, kind, private, attendees_cut, .. } = meeting;
        (*start, *end, zone.clone(), *recurring, *status, *kind, *private, *attendees_cut)
    };
    seen(one) == seen(other)
        && parts(one) == parts(other)
        && one.title == other.title
        && one.description == other.description
        && one.location == other.location
        && one.conference == other.conference
        && one.organiser == other.organiser
        && one.attendees == other.attendees
        && one.accounts == other.accounts
}

/// Whether what one revision decides otherwise than the one before is announced.
pub(super) fn is_announced(change: ChangeKind, announce: Announce) -> bool {
    match announce {
        Announce::None => false,
        Announce::KeptChanges => change != ChangeKind::Changed,
        _ => true,
    }
}

pub(super) fn change(told: Option<&Value>, now: Option<&Value>) -> Option<ChangeKind> {
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
