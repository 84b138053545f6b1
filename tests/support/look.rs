//! What the engine made, in forms that two runs can be compared in: without ids that are drawn anew every time.

use std::collections::BTreeMap;

use acquaint::core::ids::MeetingId;
use acquaint::{ChangeKind, Entity, FeedEntry, Tenant};
use serde_json::{Value, json};

use super::World;

/// All meetings, kept and dropped, with the people in them and what they were resolved to.
pub(crate) async fn table(tenant: &Tenant) -> Vec<String> {
    let entity = |entity: &Entity| json!([entity.id, entity.name, entity.domain, entity.fields]);
    let mut rows = Vec::new();
    for meeting in tenant.meetings().all().await.unwrap() {
        let people: Vec<Value> = meeting
            .attendees
            .iter()
            .map(|who| {
                let (contact, account) = (who.contact.as_ref().map(entity), who.account.as_ref().map(entity));
                json!([who.email, who.class, who.response, contact, account, who.strategy, who.ambiguous])
            })
            .collect();
        let mut copies: Vec<String> =
            meeting.copies.iter().map(|copy| format!("{}/{}", copy.partition, copy.key)).collect();
        copies.sort();
        rows.push(
            json!({
                "title": meeting.title,
                "start": meeting.start,
                "end": meeting.end,
                "status": meeting.status,
                "kept": meeting.decision.kept,
                "because": meeting.decision.because,
                "people": people,
                "accounts": meeting.accounts.iter().map(entity).collect::<Vec<_>>(),
                "copies": copies,
                "content": meeting.content,
            })
            .to_string(),
        );
    }
    rows.sort();
    rows
}

/// The whole feed.
pub(crate) async fn feed(tenant: &Tenant) -> Vec<FeedEntry> {
    let mut feed: Vec<FeedEntry> = Vec::new();
    loop {
        let page = tenant.changes(feed.last().map_or(0, |entry| entry.position), 50).await.unwrap();
        if page.is_empty() {
            return feed;
        }
        feed.extend(page);
    }
}

/// What somebody knows who has followed the feed from its beginning: contents by meeting, those withdrawn left out.
pub(crate) fn contents(feed: &[FeedEntry]) -> BTreeMap<MeetingId, Value> {
    let mut known = BTreeMap::new();
    for entry in feed {
        match entry.change {
            ChangeKind::Removed => known.remove(&entry.meeting),
            _ => known.insert(entry.meeting.clone(), entry.content.clone()),
        };
    }
    known
}

/// What the feed tells after a position, sorted: changes and titles, also of what was withdrawn.
pub(crate) async fn told(tenant: &Tenant, after: u64) -> Vec<(ChangeKind, String)> {
    let mut titles: BTreeMap<MeetingId, String> = BTreeMap::new();
    let mut told = Vec::new();
    for entry in feed(tenant).await {
        if let Some(title) = entry.content["title"].as_str() {
            titles.insert(entry.meeting.clone(), title.to_owned());
        }
        if entry.position > after {
            told.push((entry.change, titles[&entry.meeting].clone()));
        }
    }
    told.sort_by_key(|(change, title)| (format!("{change:?}"), title.clone()));
    told
}

/// How often each endpoint of both providers was called so far.
pub(crate) fn counts(world: &World) -> BTreeMap<String, u64> {
    let mut counts = world.google.requests();
    counts.extend(world.hubspot.requests());
    counts
}

/// What was called since then; endpoints that were not are left out.
pub(crate) fn since(world: &World, before: &BTreeMap<String, u64>) -> BTreeMap<String, u64> {
    let mut counts = counts(world);
    for (name, count) in &mut counts {
        *count -= before.get(name).copied().unwrap_or(0);
    }
    counts.retain(|_, count| *count > 0);
    counts
}
