//! Decided meetings, read back.

use std::sync::Arc;

use acquaint_core::ids::MeetingId;
use acquaint_core::meeting::{Entity, MeetingAttendee};
use acquaint_core::store::{MeetingQuery, MeetingRow, Store};
use acquaint_core::view::EventTime;
use chrono::{DateTime, Utc};
use serde_json::json;

use super::super::{Failure, ensure, ensure_eq};
use super::Outcome;
use super::stage::{Stage, at, ids, keys, live, meeting, millis, reading, record};

fn rich(id: &str) -> MeetingRow {
    let mut row = meeting(id, "uid@host", 7);
    let meeting = &mut row.meeting;
    meeting.start = EventTime::Day(at(0).date_naive());
    meeting.end = EventTime::Day(at(86_400).date_naive());
    meeting.title = "Überblick \u{1f600}".to_owned();
    meeting.description = Some("all of it".to_owned());
    let mut account = Entity::new("crm".into(), "c1".into(), "77");
    account.fields.insert("stage".to_owned(), json!({ "is": ["customer", null] }));
    let mut attendee = MeetingAttendee::new("jane@globex.com", "external", true);
    attendee.account = Some(account.clone());
    meeting.attendees = vec![attendee];
    meeting.accounts = vec![account];
    meeting.copies = vec![record("p", "a"), record("q", "b")];
    meeting.decision.because = Some("keep.all[1]".to_owned());
    meeting.decision.valid_until = Some(millis(90_000_001));
    meeting.decision.incomplete = vec!["output.title".to_owned()];
    meeting.content = json!({ "title": "x", "at": 1.5 });
    meeting.items = [("attendance".to_owned(), [("jane@globex.com".to_owned(), json!({}))].into())].into();
    row.revision = 3;
    row.announced = Some(json!({ "title": "w" }));
    row.announced_items =
        [("attendance".to_owned(), [("jane@globex.com".to_owned(), json!({ "role": "CFO" }))].into())].into();
    row
}

/// A meeting comes back as it was decided, with what the decision read.
pub async fn a_meeting_comes_back_as_it_was_decided(store: Arc<dyn Store>) -> Outcome {
    let stage = Stage::open(&store).await?;
    let (row, id) = (rich("m1"), MeetingId::from("m1"));
    stage.decide(&[], &[reading(row.clone(), &["account:c1/7", "email:x@y.z"])], &[]).await?;
    ensure_eq!(store.meeting(&stage.tenant, &id).await?, Some(row), "the meeting");
    let reads = store.read_set(&stage.tenant, &id).await?;
    ensure_eq!(reads, keys(&["account:c1/7", "email:x@y.z"]), "what its decision read");
    let unknown = MeetingId::from("m2");
    ensure_eq!(store.meeting(&stage.tenant, &unknown).await?, None, "a meeting that is not stored");
    ensure!(store.read_set(&stage.tenant, &unknown).await?.is_empty(), "an unknown meeting has a read-set");
    Ok(())
}

/// All meetings of an identity are found under it, and under the new one after a change.
pub async fn meetings_are_found_by_identity(store: Arc<dyn Store>) -> Outcome {
    let stage = Stage::open(&store).await?;
    let rows = [("m1", "i1"), ("m2", "i1"), ("m3", "i2"), ("m4", "i3")];
    let writes = rows.map(|(id, identity)| reading(meeting(id, identity, 0), &[]));
    stage.decide(&[], &writes, &[]).await?;
    let found = store.meetings_of(&stage.tenant, &["i2".to_owned(), "i1".to_owned()]).await?;
    ensure_eq!(ids(&found), ["m1", "m2", "m3"], "the meetings of two identities");
    stage.decide(&[], &[reading(meeting("m2", "i9", 0), &[])], &[]).await?;
    let found = store.meetings_of(&stage.tenant, &["i1".to_owned()]).await?;
    ensure_eq!(ids(&found), ["m1"], "the meetings of an identity that one has left");
    let found = store.meetings_of(&stage.tenant, &["i9".to_owned()]).await?;
    ensure_eq!(ids(&found), ["m2"], "the meetings of its new identity");
    Ok(())
}

/// Meetings are found by the copies that they have now.
pub async fn meetings_are_found_by_copy(store: Arc<dyn Store>) -> Outcome {
    let stage = Stage::open(&store).await?;
    let with = |id: &str, copies: &[&str]| {
        let mut row = meeting(id, id, 0);
        row.meeting.copies = copies.iter().map(|copy| record("p", copy)).collect();
        reading(row, &[])
    };
    stage.decide(&[], &[with("m1", &["a", "b"]), with("m2", &["c"])], &[]).await?;
    let found = store.meetings_with(&stage.tenant, &[record("p", "b"), record("p", "a")]).await?;
    ensure_eq!(ids(&found), ["m1"], "the meetings of two copies of one");
    stage.decide(&[], &[with("m1", &["b"]), with("m2", &["c", "a"])], &[]).await?;
    let found = store.meetings_with(&stage.tenant, &[record("p", "a")]).await?;
    ensure_eq!(ids(&found), ["m2"], "the meetings of a copy that has moved");
    let found = store.meetings_with(&stage.tenant, &[record("q", "a")]).await?;
    ensure!(found.is_empty(), "a copy of another partition was found: {found:?}");
    Ok(())
}

/// A removed meeting is found nowhere any more.
pub async fn a_removed_meeting_leaves_nothing_behind(store: Arc<dyn Store>) -> Outcome {
    let mut stage = Stage::open(&store).await?;
    stage.page(&[live("a", "a", &["account:c1/7"])]).await?;
    stage.settle().await?;
    let row = rich("m1");
    stage.decide(&[], &[reading(row.clone(), &["account:c1/7"])], &[]).await?;
    stage.decide(&[], &[], std::slice::from_ref(&row)).await?;
    let (tenant, id) = (&stage.tenant, &row.meeting.id);
    ensure_eq!(store.meeting(tenant, id).await?, None, "a removed meeting");
    ensure!(store.read_set(tenant, id).await?.is_empty(), "the read-set of a removed meeting is left");
    let by_identity = store.meetings_of(tenant, std::slice::from_ref(&row.meeting.identity)).await?;
    ensure!(by_identity.is_empty(), "a removed meeting is found by its identity");
    let by_copy = store.meetings_with(tenant, &row.meeting.copies).await?;
    ensure!(by_copy.is_empty(), "a removed meeting is found by a copy");
    ensure!(store.meetings(tenant, &MeetingQuery::default()).await?.is_empty(), "it is still listed");
    stage.page(&[live("a", "b", &["account:c1/7"])]).await?;
    let batch = stage.batch().await?;
    ensure!(batch.identities.is_empty(), "a removed meeting is found by what it read: {batch:?}");
    Ok(())
}

impl Stage {
    /// Stores meetings at their starts.
    async fn calendar(&self, meetings: &[(&str, i64)]) -> Outcome {
        let writes: Vec<_> =
            meetings.iter().map(|(id, start)| reading(meeting(id, id, *start), &[])).collect();
        self.decide(&[], &writes, &[]).await
    }

    async fn found(&self, query: impl FnOnce(&mut MeetingQuery)) -> Result<Vec<String>, Failure> {
        let mut asked = MeetingQuery::default();
        query(&mut asked);
        let rows = self.store.meetings(&self.tenant, &asked).await?;
        Ok(rows.into_iter().map(|row| row.meeting.id.as_str().to_owned()).collect())
    }
}

/// Meetings come in the order of start and id, page by page.
pub async fn meetings_come_in_order_of_start_and_id(store: Arc<dyn Store>) -> Outcome {
    let stage = Stage::open(&store).await?;
    stage.calendar(&[("a", 30), ("c", 10), ("b", 10), ("e", -5), ("d", 20)]).await?;
    let mut day = meeting("all-day", "all-day", 0);
    day.meeting.start = EventTime::Day(at(0).date_naive());
    stage.decide(&[], &[reading(day, &[])], &[]).await?;
    let all = stage.found(|_| ()).await?;
    ensure_eq!(all, ["e", "all-day", "b", "c", "d", "a"], "all meetings");

    let mut paged: Vec<String> = Vec::new();
    let mut after: Option<(DateTime<Utc>, MeetingId)> = None;
    for _ in 0..all.len() {
        let mut query = MeetingQuery::default();
        (query.after, query.limit) = (after.clone(), 2);
        for row in store.meetings(&stage.tenant, &query).await? {
            after = Some((row.meeting.start.instant(), row.meeting.id.clone()));
            paged.push(row.meeting.id.as_str().to_owned());
        }
    }
    ensure_eq!(paged, all, "all meetings, by pages of two");
    Ok(())
}

/// Meetings are chosen by when they end and begin, and by what was decided.
pub async fn meetings_are_chosen_by_time_and_outcome(store: Arc<dyn Store>) -> Outcome {
    let stage = Stage::open(&store).await?;
    // Each lasts an hour.
    stage.calendar(&[("m1", 0), ("m2", 3_600), ("m3", 7_200)]).await?;
    let mut dropped = meeting("m2b", "m2b", 3_600);
    dropped.meeting.decision.kept = false;
    stage.decide(&[], &[reading(dropped, &[])], &[]).await?;
    ensure_eq!(
        stage.found(|query| query.from = Some(at(3_600))).await?,
        ["m2", "m2b", "m3"],
        "what ends after"
    );
    ensure_eq!(stage.found(|query| query.from = Some(at(3_599))).await?.len(), 4, "what ends after");
    ensure_eq!(
        stage.found(|query| query.to = Some(at(7_200))).await?,
        ["m1", "m2", "m2b"],
        "what begins before"
    );
    let both = stage.found(|query| (query.from, query.to) = (Some(at(4_000)), Some(at(4_001)))).await?;
    ensure_eq!(both, ["m2", "m2b"], "what overlaps a second");
    ensure_eq!(stage.found(|query| query.kept = Some(false)).await?, ["m2b"], "what was dropped");
    ensure_eq!(stage.found(|query| query.kept = Some(true)).await?, ["m1", "m2", "m3"], "what was kept");
    Ok(())
}

/// A query without a limit gives at most a thousand meetings.
pub async fn a_query_without_a_limit_gives_a_thousand(store: Arc<dyn Store>) -> Outcome {
    let stage = Stage::open(&store).await?;
    let names: Vec<String> = (0..1_001).map(|number| format!("m{number:04}")).collect();
    let meetings: Vec<(&str, i64)> = names.iter().map(|name| (name.as_str(), 0)).collect();
    stage.calendar(&meetings).await?;
    let found = stage.found(|_| ()).await?;
    ensure!(found == names[..1_000], "found {} meetings, or not the first ones", found.len());
    Ok(())
}
