//! Whose copy gives the times, the title and the guest list.

use acquaint::ChangeKind::Changed;
use acquaint::core::view::{CalendarEvent, EventKind, EventTime, Visibility};
use chrono::TimeDelta;

use super::{World, but, calendars, copy, start};

/// The order of two copies, in whichever order they come.
async fn order(first: CalendarEvent, second: CalendarEvent) -> Vec<String> {
    let there = calendars(&World::with([first.clone(), second.clone()]).await.meeting().await);
    let world = World::with([second]).await;
    world.put([first]).await;
    assert_eq!(calendars(&world.meeting().await), there);
    there
}

fn later(event: &mut CalendarEvent) {
    event.sequence = 5;
}

fn cut(event: &mut CalendarEvent) {
    event.attendees_cut = true;
}

fn private(event: &mut CalendarEvent) {
    event.visibility = Visibility::Private;
}

fn own(event: &mut CalendarEvent) {
    event.organiser.is_self = true;
}

#[tokio::test]
async fn a_copy_that_can_be_seen_leads_before_a_private_one() {
    assert_eq!(order(but(copy("ana"), private), but(copy("ben"), cut)).await, ["ben", "ana"]);
    assert_eq!(order(but(but(copy("ben"), private), later), copy("cleo")).await, ["cleo", "ben"]);
}

#[tokio::test]
async fn the_organisers_copy_leads_before_a_longer_or_newer_one() {
    let ana = but(copy("ana"), |event| event.organiser.is_self = false);
    let ben = but(but(copy("ben"), own), cut);
    assert_eq!(order(but(ana, later), ben).await, ["ben", "ana"]);
}

#[tokio::test]
async fn a_complete_guest_list_leads_before_a_newer_copy() {
    assert_eq!(order(but(but(copy("ben"), cut), later), copy("cleo")).await, ["cleo", "ben"]);
}

#[tokio::test]
async fn the_copy_changed_most_often_leads_before_an_older_one() {
    assert_eq!(order(copy("ben"), but(copy("cleo"), later)).await, ["cleo", "ben"]);
}

#[tokio::test]
async fn of_equals_the_one_with_the_smallest_key_leads() {
    assert_eq!(order(copy("ben"), copy("cleo")).await, ["ben", "cleo"]);
}

#[tokio::test]
async fn public_is_no_more_than_what_can_be_seen() {
    let public = but(copy("cleo"), |event| event.visibility = Visibility::Public);
    assert_eq!(order(copy("ben"), public).await, ["ben", "cleo"]);
}

#[tokio::test]
async fn the_lead_gives_times_kind_title_and_place() {
    let lead = but(copy("ana"), |event| {
        event.start = EventTime::At(start() + TimeDelta::hours(1));
        event.kind = EventKind::FromMail;
        event.location = Some("Room 1".to_owned());
        event.conference = Some("https://meet.example/1".to_owned());
        event.description = Some("About it".to_owned());
    });
    let other = but(copy("ben"), |event| {
        event.location = Some("Room 2".to_owned());
        event.title = Some("Something else".to_owned());
        event.sequence = 9;
    });
    let world = World::with([lead, other]).await;
    let meeting = world.meeting().await;
    assert_eq!(meeting.start, EventTime::At(start() + TimeDelta::hours(1)));
    assert_eq!((meeting.kind, meeting.title.as_str()), (EventKind::FromMail, "ana"));
    assert_eq!(meeting.location.as_deref(), Some("Room 1"));
    assert_eq!(meeting.conference.as_deref(), Some("https://meet.example/1"));
    assert_eq!(meeting.description.as_deref(), Some("About it"));
    // What only another copy has is not borrowed.
    let world = World::with([but(copy("ana"), |event| event.title = None), copy("ben")]).await;
    assert_eq!(world.meeting().await.title, "");
}

#[tokio::test]
async fn a_copy_that_comes_to_lead_is_one_change() {
    let world = World::with([copy("ben"), copy("cleo")]).await;
    assert_eq!(world.put([but(copy("cleo"), later)]).await, [Changed]);
    assert_eq!(world.meeting().await.title, "cleo");
    assert_eq!(world.put([copy("ana")]).await, [Changed]);
    assert_eq!(world.meeting().await.title, "ana");
    assert_eq!(world.put([but(copy("ben"), |event| event.sequence = 99)]).await, [], "it leads no more");
}
