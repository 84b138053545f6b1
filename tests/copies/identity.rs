//! What a meeting is through all that happens to it.

use acquaint::ChangeKind::{Added, Changed, Removed};
use acquaint::core::view::{CalendarEvent, Colleague, EventTime};
use chrono::{DateTime, TimeDelta, Utc};

use super::{World, but, calendars, called_by, copy, email, start};

fn moved(to: DateTime<Utc>) -> impl FnOnce(&mut CalendarEvent) {
    move |event| {
        event.start = EventTime::At(to);
        event.end = EventTime::At(to + TimeDelta::minutes(30));
    }
}

/// One of a series, which originally stood at `original`.
fn occurrence(calendar: &str, original: DateTime<Utc>) -> CalendarEvent {
    but(copy(calendar), |event| {
        moved(original)(event);
        event.original_start = Some(EventTime::At(original));
    })
}

#[tokio::test]
async fn a_single_event_that_is_moved_is_changed_and_stays_itself() {
    let world = World::with([copy("ana"), copy("ben")]).await;
    let id = world.meeting().await.id;
    let next_week = start() + TimeDelta::weeks(1);
    let both = ["ana", "ben"].map(|calendar| but(copy(calendar), moved(next_week)));
    assert_eq!(world.put(both).await, [Changed]);
    let meeting = world.meeting().await;
    assert_eq!((meeting.id, meeting.start), (id, EventTime::At(next_week)));
    assert_eq!(world.sync().await, []);
}

#[tokio::test]
async fn a_copy_that_hears_of_a_move_late_makes_no_second_meeting() {
    let world = World::with([copy("ana"), copy("ben")]).await;
    let id = world.meeting().await.id;
    let later = start() + TimeDelta::hours(1);
    assert_eq!(world.put([but(copy("ana"), moved(later))]).await, [Changed]);
    assert_eq!(world.put([but(copy("ben"), moved(later))]).await, []);
    let meeting = world.meeting().await;
    assert_eq!((meeting.id.clone(), calendars(&meeting).len()), (id, 2));
}

#[tokio::test]
async fn an_event_that_becomes_one_of_a_series_stays_itself() {
    let world = World::with([copy("ana"), copy("ben")]).await;
    let before = world.meeting().await;
    // At the same time with the same title: nobody need hear of it.
    assert_eq!(world.put([occurrence("ana", start()), occurrence("ben", start())]).await, []);
    let after = world.meeting().await;
    assert_eq!(after.id, before.id);
    assert_ne!(after.identity, before.identity);
    // And back, with a change.
    let later = start() + TimeDelta::hours(1);
    let back = ["ana", "ben"].map(|calendar| but(copy(calendar), moved(later)));
    assert_eq!(world.put(back).await, [Changed]);
    let meeting = world.meeting().await;
    assert_eq!((meeting.id, meeting.identity), (before.id, before.identity));
}

#[tokio::test]
async fn an_event_that_becomes_the_first_of_a_series_tells_one_change_and_what_is_new() {
    let world = World::with([copy("ana")]).await;
    let id = world.meeting().await.id;
    let second = but(occurrence("ana", start() + TimeDelta::weeks(1)), |event| event.id = "e1_2".to_owned());
    let first = but(occurrence("ana", start()), |event| event.title = Some("Weekly".to_owned()));
    assert_eq!(world.put([second, first]).await, [Added, Changed]);
    let meetings = world.meetings().await;
    assert_eq!((meetings.len(), &meetings[0].id), (2, &id), "the one that was there is the first");
}

#[tokio::test]
async fn a_meeting_with_another_uid_goes_on_in_the_record_that_it_was_seen_in() {
    let world = World::with([copy("ana")]).await;
    let id = world.meeting().await.id;
    let renamed = but(copy("ana"), |event| event.uid = Some("m2@test".to_owned()));
    assert_eq!(world.put([renamed.clone()]).await, []);
    assert_eq!(world.meeting().await.id, id);
    let without = but(renamed, |event| event.uid = None);
    assert_eq!(world.put([without]).await, []);
    assert_eq!(world.meeting().await.id, id);
}

#[tokio::test]
async fn occurrences_of_a_series_are_meetings_of_their_own() {
    let world = World::new().await;
    let weeks = [0, 1].map(|week| start() + TimeDelta::weeks(week));
    let nth = |calendar: &str, week: usize| {
        but(occurrence(calendar, weeks[week]), |event| event.id = format!("w{week}"))
    };
    assert_eq!(world.put([nth("ana", 0), nth("ana", 1), nth("ben", 0), nth("ben", 1)]).await, [Added, Added]);
    let meetings = world.meetings().await;
    assert!(meetings.iter().all(|meeting| meeting.copies.len() == 2));
    // One that is moved onto the other's time is still the one it was.
    let moved_on = ["ana", "ben"].map(|calendar| but(nth(calendar, 0), moved(weeks[1])));
    assert_eq!(world.put(moved_on).await, [Changed]);
    let mut after: Vec<_> = world.meetings().await.into_iter().map(|meeting| meeting.id).collect();
    let mut before: Vec<_> = meetings.into_iter().map(|meeting| meeting.id).collect();
    after.sort();
    before.sort();
    assert_eq!(after, before);
    world.tenant.local("product").remove_events([("ana", "w0"), ("ben", "w0")]).await.unwrap();
    assert_eq!(world.sync().await, [Removed]);
    assert_eq!(world.meeting().await.start, EventTime::At(weeks[1]));
}

#[tokio::test]
async fn events_without_a_uid_are_one_each() {
    let without = |calendar| but(copy(calendar), |event| event.uid = None);
    let world = World::new().await;
    assert_eq!(world.put([without("ana"), without("ben")]).await, [Added, Added]);
    assert_eq!(world.leads().await, ["ana", "ben"]);
}

#[tokio::test]
async fn calendar_and_event_id_are_not_glued_together() {
    let event = |calendar: &str, id: &str| {
        but(copy(calendar), |event| {
            event.uid = None;
            event.id = id.to_owned();
        })
    };
    let world =
        World::with([event("ana", "b1"), event("anab", "1"), event("a#b", "c"), event("a", "b#c")]).await;
    assert_eq!(world.meetings().await.len(), 4);
}

#[tokio::test]
async fn one_uid_in_two_tenants_is_two_meetings() {
    let world = World::with([copy("ana")]).await;
    let other = world.acquaint.tenant("other");
    let local = other.local("product");
    local.put_users([Colleague::new("ben", email("ben"))]).await.unwrap();
    local.put_events([but(copy("ben"), |event| event.attendees.truncate(2))]).await.unwrap();
    assert_eq!(other.sync().await.unwrap().into_result().unwrap().changes, 1);
    let theirs = other.meetings().all().await.unwrap().remove(0);
    let ours = world.meeting().await;
    assert_ne!(theirs.id, ours.id);
    assert_eq!((theirs.copies.len(), ours.copies.len()), (1, 1));
    assert_eq!((theirs.attendees.len(), ours.attendees.len()), (2, 3));
    assert!(other.meeting(&ours.id).await.unwrap().is_none());
    assert_eq!(world.sync().await, []);
    local.remove_events([("ana", "e1")]).await.unwrap();
    assert_eq!(other.sync().await.unwrap().into_result().unwrap().changes, 0);
    assert_eq!(world.meeting().await.id, ours.id);
}

#[tokio::test]
async fn a_meeting_stays_itself_when_somebody_else_calls_it() {
    let world = World::with([copy("ana"), copy("ben")]).await;
    let id = world.meeting().await.id;
    let handed_over = ["ana", "ben"].map(|calendar| called_by(Some("ben@us.example"), calendar));
    assert_eq!(world.put(handed_over).await, [Changed]);
    let meeting = world.meeting().await;
    assert_eq!((meeting.id, meeting.organiser.as_deref()), (id.clone(), Some("ben@us.example")));
    assert_eq!(world.put([called_by(None, "ana"), called_by(None, "ben")]).await, [Changed]);
    assert_eq!(world.meeting().await.id, id);
    assert_eq!(world.put([copy("ana"), copy("ben")]).await, [Changed]);
    assert_eq!(world.meeting().await.id, id);
}

#[tokio::test]
async fn a_copy_that_breaks_away_is_the_new_meeting() {
    let world = World::with([copy("ana"), copy("ben")]).await;
    let id = world.meeting().await.id;
    assert_eq!(world.put([called_by(Some("ben@us.example"), "ben")]).await, [Added]);
    let meetings = world.meetings().await;
    let of = |title: &str| meetings.iter().find(|meeting| meeting.title == title).unwrap();
    assert_eq!(of("ana").id, id);
    assert_ne!(of("ben").id, id);
}
