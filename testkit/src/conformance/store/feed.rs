//! The feed of changes.

use std::sync::Arc;

use acquaint_core::store::{ChangeKind, FeedEntry, MeetingRow, MeetingWrite, Store};
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

impl Stage {
    async fn feed(&self) -> Result<Vec<FeedEntry>, Failure> {
        Ok(self.store.feed(&self.tenant, 0, MANY).await?)
    }
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
    stage.decide(&[], &[add("m1"), add("m2")], &[]).await?;
    stage.decide(&[], &[reading(meeting("m3", "m3", 0), &[])], &[]).await?;
    stage.decide(&[], &[add("m4")], &[]).await?;
    let feed = stage.feed().await?;
    let found: Vec<_> = feed.iter().map(|entry| (entry.position, entry.meeting.as_str())).collect();
    ensure_eq!(found, [(1, "m1"), (2, "m2"), (3, "m4")], "positions and meetings of the feed");
    ensure_eq!(store.feed_position(&stage.tenant).await?, 3, "the newest position");
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
