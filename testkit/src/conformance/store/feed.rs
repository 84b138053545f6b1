//! The feed of changes.

use std::sync::Arc;

use acquaint_core::store::{ChangeKind, FeedEntry, ItemChange, MEETING, MeetingRow, MeetingWrite, Store};
use serde_json::{Value, json};

use super::super::{Failure, ensure, ensure_eq};
use super::Outcome;
use super::stage::{MANY, Stage, at, meeting, reading};

/// A meeting with something announced.
fn announced(id: &str, revision: u64, title: &str) -> MeetingRow {
    let mut row = meeting(id, id, 0);
    row.revision = revision;
    row.announced = Some(json!({ "title": title }));
    row.meeting.content = json!({ "title": "as mapped now" });
    row
}

fn announcing(row: MeetingRow, change: ChangeKind) -> MeetingWrite {
    MeetingWrite { change: Some(change), ..reading(row, &[]) }
}

/// A meeting with these attendances announced besides.
fn attended(mut row: MeetingRow, keys: &[&str]) -> MeetingRow {
    let items = keys.iter().map(|key| ((*key).to_owned(), json!({ "who": key, "told": row.revision })));
    row.announced_items = [("attendance".to_owned(), items.collect())].into();
    row.meeting.items =
        [("attendance".to_owned(), keys.iter().map(|key| ((*key).to_owned(), json!(1))).collect())].into();
    row
}

fn with_items(mut write: MeetingWrite, items: &[(&str, ChangeKind)]) -> MeetingWrite {
    let item = |(key, change): &(&str, ChangeKind)| ItemChange {
        section: "attendance".to_owned(),
        key: (*key).to_owned(),
        change: *change,
    };
    write.items = items.iter().map(item).collect();
    write
}

/// Key and change of entries.
fn told(feed: &[FeedEntry]) -> Vec<(Option<&str>, ChangeKind)> {
    feed.iter().map(|entry| (entry.key.as_deref(), entry.change)).collect()
}

impl Stage {
    async fn feed(&self) -> Result<Vec<FeedEntry>, Failure> {
        Ok(self.store.feed(&self.tenant, 0, MANY).await?)
    }
}

/// The entries of a meeting and its items are found without reading the feed, the newest first.
pub async fn the_entries_of_a_meeting_come_newest_first(store: Arc<dyn Store>) -> Outcome {
    let stage = Stage::open(&store).await?;
    let write = announcing(attended(announced("m1", 1, "first"), &["a"]), ChangeKind::Added);
    stage.decide(&[], &[with_items(write, &[("a", ChangeKind::Added)])], &[]).await?;
    stage.decide(&[], &[announcing(announced("m2", 1, "other"), ChangeKind::Added)], &[]).await?;
    let last = attended(announced("m1", 2, "second"), &["a"]);
    stage.decide(&[], &[announcing(last, ChangeKind::Changed)], &[]).await?;
    let entries = async |id: &str, limit: usize| {
        Ok::<_, Failure>(store.feed_of(&stage.tenant, &id.into(), limit).await?)
    };
    let mut all = stage.feed().await?;
    all.retain(|entry| entry.meeting.as_str() == "m1");
    all.reverse();
    ensure_eq!(all.len(), 3, "the entries of a meeting in the feed");
    ensure_eq!(entries("m1", MANY).await?, all, "the entries of a meeting");
    ensure_eq!(entries("m1", 2).await?, all[..2], "the newest two of them");
    ensure_eq!(entries("m3", MANY).await?, [], "those of a meeting that was never told of");
    ensure_eq!(store.feed_of(&"globex".into(), &"m1".into(), MANY).await?, [], "those of another tenant");
    Ok(())
}

/// An entry carries the revision of its meeting and what was announced then.
pub async fn an_entry_carries_revision_and_content(store: Arc<dyn Store>) -> Outcome {
    let stage = Stage::open(&store).await?;
    stage.decide(&[], &[announcing(announced("m1", 1, "first"), ChangeKind::Added)], &[]).await?;
    stage.decide(&[], &[announcing(announced("m1", 2, "second"), ChangeKind::Changed)], &[]).await?;
    let mut withdrawn = announced("m1", 3, "");
    withdrawn.announced = None;
    stage.decide(&[], &[announcing(withdrawn, ChangeKind::Removed)], &[]).await?;
    let found: Vec<_> = stage
        .feed()
        .await?
        .into_iter()
        .map(|entry| (entry.revision, entry.change, entry.content, entry.at))
        .collect();
    let expected = [
        (1, ChangeKind::Added, json!({ "title": "first" }), at(5)),
        (2, ChangeKind::Changed, json!({ "title": "second" }), at(5)),
        (3, ChangeKind::Removed, Value::Null, at(5)),
    ];
    ensure_eq!(found, expected, "the entries of a meeting");
    Ok(())
}

/// A write without a change puts nothing into the feed.
pub async fn a_decision_without_a_change_announces_nothing(store: Arc<dyn Store>) -> Outcome {
    let stage = Stage::open(&store).await?;
    stage.decide(&[], &[reading(announced("m1", 1, "first"), &[])], &[]).await?;
    ensure!(stage.feed().await?.is_empty(), "a write without a change is in the feed");
    ensure_eq!(store.feed_position(&stage.tenant).await?, 0, "the newest position of an empty feed");
    Ok(())
}

/// A removed meeting is withdrawn with the next revision if it had been announced, and not otherwise.
pub async fn a_removed_meeting_is_withdrawn_if_it_was_announced(store: Arc<dyn Store>) -> Outcome {
    let stage = Stage::open(&store).await?;
    let (known, unknown) = (announced("m1", 4, "x"), meeting("m2", "m2", 0));
    let writes = [announcing(known.clone(), ChangeKind::Added), reading(unknown.clone(), &[])];
    stage.decide(&[], &writes, &[]).await?;
    stage.decide(&[], &[], &[known, unknown]).await?;
    let removals = stage.feed().await?.into_iter().filter(|entry| entry.change == ChangeKind::Removed);
    let found: Vec<_> =
        removals.map(|entry| (entry.meeting.as_str().to_owned(), entry.revision, entry.content)).collect();
    ensure_eq!(found, [("m1".to_owned(), 5, Value::Null)], "the removals in the feed");
    Ok(())
}

/// Positions begin at 1 and have no gaps, over commits and within them.
pub async fn feed_positions_are_gap_free(store: Arc<dyn Store>) -> Outcome {
    let stage = Stage::open(&store).await?;
    let add = |id: &str| announcing(announced(id, 1, id), ChangeKind::Added);
    stage.decide(&[], &[add("m1"), with_items(add("m2"), &[("a", ChangeKind::Added)])], &[]).await?;
    stage.decide(&[], &[reading(meeting("m3", "m3", 0), &[])], &[]).await?;
    stage.decide(&[], &[add("m4")], &[]).await?;
    let feed = stage.feed().await?;
    let found: Vec<_> = feed.iter().map(|entry| (entry.position, entry.meeting.as_str())).collect();
    ensure_eq!(found, [(1, "m1"), (2, "m2"), (3, "m2"), (4, "m4")], "positions and meetings of the feed");
    ensure_eq!(store.feed_position(&stage.tenant).await?, 4, "the newest position");
    Ok(())
}

/// The feed is read on from any position, in order, by pages.
pub async fn the_feed_is_read_on_from_a_position(store: Arc<dyn Store>) -> Outcome {
    let stage = Stage::open(&store).await?;
    for revision in 1..=5 {
        stage.decide(&[], &[announcing(announced("m1", revision, "x"), ChangeKind::Changed)], &[]).await?;
    }
    let (mut revisions, mut position) = (Vec::new(), 0);
    for _ in 0..5 {
        let page = store.feed(&stage.tenant, position, 2).await?;
        ensure!(page.len() <= 2, "a page of {} where 2 were asked for", page.len());
        position = page.last().map_or(position, |entry| entry.position);
        revisions.extend(page.into_iter().map(|entry| entry.revision));
    }
    ensure_eq!(revisions, [1, 2, 3, 4, 5], "the feed, read by pages of two");
    Ok(())
}

/// An item that changes has an entry of its own, with section and key, the meeting's revision, and what was announced.
pub async fn an_item_has_an_entry_of_its_own(store: Arc<dyn Store>) -> Outcome {
    let stage = Stage::open(&store).await?;
    let first = attended(announced("m1", 1, "x"), &["a", "b"]);
    let items = [("a", ChangeKind::Added), ("b", ChangeKind::Added)];
    stage.decide(&[], &[with_items(announcing(first, ChangeKind::Added), &items)], &[]).await?;
    let second = attended(announced("m1", 2, "x"), &["a"]);
    let items = [("a", ChangeKind::Changed), ("b", ChangeKind::Removed)];
    stage.decide(&[], &[with_items(reading(second, &[]), &items)], &[]).await?;
    let feed = stage.feed().await?;
    let (meetings, items): (Vec<_>, Vec<_>) = feed.iter().partition(|entry| entry.key.is_none());
    ensure!(meetings.iter().all(|entry| entry.section == MEETING), "entries of the meeting: {meetings:?}");
    let found: Vec<_> = items
        .into_iter()
        .map(|entry| {
            let key = entry.key.as_deref().unwrap_or_default();
            (
                entry.meeting.as_str(),
                entry.section.as_str(),
                key,
                entry.revision,
                entry.change,
                entry.content.clone(),
            )
        })
        .collect();
    let item = |key, revision, change, content| ("m1", "attendance", key, revision, change, content);
    let expected = [
        item("a", 1, ChangeKind::Added, json!({ "who": "a", "told": 1 })),
        item("b", 1, ChangeKind::Added, json!({ "who": "b", "told": 1 })),
        item("a", 2, ChangeKind::Changed, json!({ "who": "a", "told": 2 })),
        item("b", 2, ChangeKind::Removed, Value::Null),
    ];
    ensure_eq!(found, expected, "the entries of the items");
    Ok(())
}

/// Within a commit a meeting that is added precedes its items, and one that is withdrawn follows them.
pub async fn items_come_after_their_meeting_and_go_before_it(store: Arc<dyn Store>) -> Outcome {
    let stage = Stage::open(&store).await?;
    let items = |change| [("a", change), ("b", change)];
    let write = announcing(attended(announced("m1", 1, "x"), &["a", "b"]), ChangeKind::Added);
    stage.decide(&[], &[with_items(write, &items(ChangeKind::Added))], &[]).await?;
    let mut withdrawn = announced("m1", 2, "x");
    withdrawn.announced = None;
    let write = announcing(withdrawn, ChangeKind::Removed);
    stage.decide(&[], &[with_items(write, &items(ChangeKind::Removed))], &[]).await?;
    let feed = stage.feed().await?;
    let (added, removed) = (ChangeKind::Added, ChangeKind::Removed);
    let (a, b) = (Some("a"), Some("b"));
    let expected = [(None, added), (a, added), (b, added), (a, removed), (b, removed), (None, removed)];
    ensure_eq!(told(&feed), expected, "the order of the entries");
    Ok(())
}

/// A removed meeting withdraws the items that had been announced, whether or not itself had been, all with the next
/// revision.
pub async fn a_removed_meeting_withdraws_its_items(store: Arc<dyn Store>) -> Outcome {
    let stage = Stage::open(&store).await?;
    let whole = attended(announced("m1", 3, "x"), &["b", "a"]);
    let mut alone = attended(announced("m2", 5, "x"), &["c"]);
    alone.announced = None;
    stage.decide(&[], &[reading(whole.clone(), &[]), reading(alone.clone(), &[])], &[]).await?;
    let before = stage.feed().await?.len();
    stage.decide(&[], &[], &[whole, alone]).await?;
    let feed = stage.feed().await?.split_off(before);
    let removed = ChangeKind::Removed;
    let expected = [(Some("a"), removed), (Some("b"), removed), (None, removed), (Some("c"), removed)];
    ensure_eq!(told(&feed), expected, "what is withdrawn");
    let revisions: Vec<_> = feed.iter().map(|entry| entry.revision).collect();
    ensure_eq!(revisions, [4, 4, 4, 6], "the revisions of what is withdrawn");
    Ok(())
}
