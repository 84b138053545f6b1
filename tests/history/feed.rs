//! A consumer who reads the feed from its beginning.

use std::collections::BTreeMap;

use acquaint::core::ids::MeetingId;
use acquaint::{ChangeKind, Meeting, Tenant};
use serde_json::Value;

use super::Mismatch;

/// What the consumer holds in the end must be the kept meetings, and every entry must have told something new.
pub async fn check(tenant: &Tenant, meetings: &[Meeting]) -> Result<(), Mismatch> {
    let entries = tenant.changes(0, usize::MAX >> 1).await.unwrap();
    let mut held: BTreeMap<MeetingId, Value> = BTreeMap::new();
    let mut revisions: BTreeMap<MeetingId, u64> = BTreeMap::new();
    for (index, entry) in entries.iter().enumerate() {
        let wrong = |how: &str| Err(Mismatch::new("the feed", format!("{how}: {entry:?}")));
        if entry.position != index as u64 + 1 {
            return wrong("a gap before");
        }
        let revision = revisions.entry(entry.meeting.clone()).or_default();
        *revision += 1;
        if entry.revision != *revision {
            return wrong(&format!("its revision ought to be {revision}"));
        }
        let known = held.get(&entry.meeting);
        let fits = match entry.change {
            ChangeKind::Added => known.is_none() && !entry.content.is_null(),
            ChangeKind::Changed => known.is_some_and(|known| *known != entry.content),
            ChangeKind::Removed => known.is_some() && entry.content.is_null(),
        };
        if !fits {
            return wrong(&format!("it tells nothing new after {known:?}"));
        }
        match entry.change {
            ChangeKind::Removed => drop(held.remove(&entry.meeting)),
            _ => drop(held.insert(entry.meeting.clone(), entry.content.clone())),
        }
    }
    let position = tenant.position().await.unwrap();
    if position != entries.len() as u64 {
        return Err(Mismatch::new(
            "the feed",
            format!("its position is {position} after {} entries", entries.len()),
        ));
    }
    let kept: BTreeMap<MeetingId, Value> = meetings
        .iter()
        .filter(|meeting| meeting.decision.kept)
        .map(|meeting| (meeting.id.clone(), meeting.content.clone()))
        .collect();
    if held != kept {
        return Err(Mismatch::new("the feed", format!("it leads to {held:#?}\nbut kept are {kept:#?}")));
    }
    Ok(())
}
