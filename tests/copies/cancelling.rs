//! When a meeting is called off, and when only somebody's copy is.

use acquaint::ChangeKind::{Added, Changed, Removed};
use acquaint::core::view::{CalendarEvent, EventStatus, Visibility};
use acquaint::{ChangeKind, Meeting};

use super::{World, but, copy};

const OFF: EventStatus = EventStatus::Cancelled;

fn off(event: &mut CalendarEvent) {
    event.status = OFF;
}

fn is_off(meeting: &Meeting) -> bool {
    let off = meeting.status == OFF;
    assert_eq!(
        (meeting.decision.kept, meeting.decision.because.as_deref()),
        (!off, off.then_some("cancelled"))
    );
    off
}

async fn all() -> World {
    World::with([copy("ana"), copy("ben"), copy("cleo")]).await
}

#[tokio::test]
async fn the_organisers_copy_calls_a_meeting_off() {
    let world = all().await;
    let id = world.meeting().await.id;
    assert_eq!(world.put([but(copy("ana"), off)]).await, [Removed]);
    let meeting = world.meeting().await;
    assert!(is_off(&meeting));
    assert_eq!(meeting.id, id);
    // And calls it on again: the same meeting, told as new.
    assert_eq!(world.put([copy("ana")]).await, [Added]);
    assert_eq!(world.meeting().await.id, id);
    let told: Vec<_> = world.tenant.changes(0, 10).await.unwrap();
    assert_eq!(
        told.iter().map(|entry| (entry.revision, entry.change)).collect::<Vec<_>>(),
        [(1, Added), (2, Removed), (3, Added)]
    );
    assert!(told.iter().all(|entry| entry.meeting == id));
}

#[tokio::test]
async fn an_organisers_private_copy_calls_it_off_too() {
    let world = all().await;
    let private = but(copy("ana"), |event| {
        off(event);
        event.visibility = Visibility::Private;
    });
    assert_eq!(world.put([private]).await, [Removed]);
    assert!(is_off(&world.meeting().await));
}

#[tokio::test]
async fn an_attendees_copy_calls_nothing_off() {
    let world = all().await;
    assert_eq!(world.put([but(copy("ben"), off)]).await, []);
    assert_eq!(world.put([but(copy("cleo"), off)]).await, [], "nor do all of them against the organiser's");
    let meeting = world.meeting().await;
    assert!(!is_off(&meeting));
    assert_eq!(meeting.status, EventStatus::Confirmed);
}

#[tokio::test]
async fn without_the_organisers_copy_all_that_can_be_seen_must_be_off() {
    let world = World::with([copy("ben"), copy("cleo")]).await;
    assert_eq!(world.put([but(copy("ben"), off)]).await, []);
    let meeting = world.meeting().await;
    assert_eq!(
        (meeting.title.as_str(), meeting.status),
        ("ben", EventStatus::Confirmed),
        "its lead's own is no word"
    );
    assert_eq!(world.put([but(copy("cleo"), off)]).await, [Removed]);
    assert!(is_off(&world.meeting().await));
    assert_eq!(world.put([copy("ana")]).await, [Added], "the organiser's copy stands");
    assert!(!is_off(&world.meeting().await));
}

#[tokio::test]
async fn of_two_organisers_copies_the_better_one_decides() {
    let second = |change: fn(&mut CalendarEvent)| {
        but(copy("ben"), |event| {
            event.organiser.is_self = true;
            change(event);
        })
    };
    let world = World::with([copy("ana"), second(off)]).await;
    assert!(!is_off(&world.meeting().await));
    let newer: fn(&mut CalendarEvent) = |event| {
        off(event);
        event.sequence = 1;
    };
    assert_eq!(world.put([second(newer)]).await, [Removed]);
    assert!(is_off(&world.meeting().await));
}

#[tokio::test]
async fn what_is_pencilled_in_is_what_the_lead_says() {
    let world =
        World::with([but(copy("ana"), |event| event.status = EventStatus::Tentative), copy("ben")]).await;
    assert_eq!(world.meeting().await.status, EventStatus::Tentative);
    let world =
        World::with([copy("ana"), but(copy("ben"), |event| event.status = EventStatus::Tentative)]).await;
    assert_eq!(world.meeting().await.status, EventStatus::Confirmed);
}

#[tokio::test]
async fn losing_sight_of_a_copy_cancels_nothing() {
    let none: [ChangeKind; 0] = [];
    let world = all().await;
    let id = world.meeting().await.id;
    assert_eq!(world.lose(["cleo"]).await, none);
    assert_eq!(world.lose(["ana"]).await, [Changed], "the title is that of Ben's copy now");
    let meeting = world.meeting().await;
    assert_eq!((meeting.id.clone(), is_off(&meeting)), (id.clone(), false));
    assert_eq!(world.lose(["ben"]).await, [Removed]);
    assert!(world.meetings().await.is_empty());
    assert!(world.tenant.meeting(&id).await.unwrap().is_none());
}

#[tokio::test]
async fn losing_all_copies_at_once_is_told_once() {
    let world = all().await;
    assert_eq!(world.lose(["ana", "ben", "cleo"]).await, [Removed]);
    assert!(world.meetings().await.is_empty());
    assert_eq!(world.lose(["ana"]).await, []);
}

#[tokio::test]
async fn losing_a_meeting_that_was_off_is_told_no_second_time() {
    let world = all().await;
    world.put([but(copy("ana"), off)]).await;
    assert_eq!(world.lose(["ana", "ben", "cleo"]).await, []);
    assert!(world.meetings().await.is_empty());
}

#[tokio::test]
async fn losing_the_copy_that_called_it_off_leaves_it_to_the_others() {
    let world = World::with([but(copy("ana"), off), copy("ben")]).await;
    assert!(is_off(&world.meeting().await));
    assert_eq!(world.lose(["ana"]).await, [Added]);
    assert!(!is_off(&world.meeting().await));
}
