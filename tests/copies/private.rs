//! A private copy gives times only.

use acquaint::ChangeKind::{Added, Changed};
use acquaint::core::view::{Attendee, CalendarEvent, EventTime, Response, Visibility};
use chrono::TimeDelta;

use super::{World, but, calendars, called_by, copy, emails, start};

fn private(event: &mut CalendarEvent) {
    event.visibility = Visibility::Private;
    event.location = Some("A clinic".to_owned());
    event.description = Some("Why".to_owned());
    event.conference = Some("https://meet.example/secret".to_owned());
}

#[tokio::test]
async fn a_private_copy_alone_gives_times_only() {
    let world = World::new().await;
    assert_eq!(world.put([but(copy("ana"), private)]).await, [Added]);
    let meeting = world.meeting().await;
    assert!(meeting.private);
    assert_eq!(
        (meeting.start, meeting.end),
        (EventTime::At(start()), EventTime::At(start() + TimeDelta::minutes(30)))
    );
    assert_eq!(meeting.title, "");
    assert_eq!((meeting.location, meeting.description, meeting.conference), (None, None, None));
    assert_eq!((meeting.organiser, meeting.attendees.len(), meeting.accounts.len()), (None, 0, 0));
    let content = meeting.content.to_string();
    for secret in ["ana", "clinic", "jane"] {
        assert!(!content.contains(secret), "{content}");
    }
}

#[tokio::test]
async fn copies_that_are_all_private_are_one_meeting_of_times() {
    let world = World::with([but(copy("ben"), private), but(copy("ana"), private)]).await;
    let meeting = world.meeting().await;
    assert!(meeting.private && meeting.attendees.is_empty());
    assert_eq!(calendars(&meeting), ["ana", "ben"]);
}

#[tokio::test]
async fn nothing_but_its_existence_is_taken_from_a_private_copy_beside_others() {
    let secret = but(copy("ben"), |event| {
        private(event);
        event.attendees.push(Attendee::new("doctor@clinic.test"));
        event.attendees[1].response = Response::Declined;
        event.start = EventTime::At(start() + TimeDelta::hours(3));
    });
    let world = World::with([copy("ana")]).await;
    assert_eq!(world.put([secret]).await, []);
    let meeting = world.meeting().await;
    assert!(!meeting.private);
    assert_eq!(calendars(&meeting), ["ana", "ben"]);
    assert_eq!(emails(&meeting), ["ana@us.example", "ben@us.example", "jane@globex.com"]);
    assert_eq!(meeting.attendees[1].response, Response::NeedsAction);
}

#[tokio::test]
async fn a_meeting_becomes_private_with_its_last_copy_that_could_be_seen() {
    let world = World::with([but(copy("ana"), private), copy("ben")]).await;
    let meeting = world.meeting().await;
    assert_eq!(
        (meeting.private, meeting.title.as_str(), meeting.organiser.as_deref()),
        (false, "ben", Some("ana@us.example"))
    );
    assert_eq!(world.lose(["ben"]).await, [Changed]);
    let alone = world.meeting().await;
    assert_eq!((alone.id, alone.private, alone.organiser), (meeting.id.clone(), true, None));
    assert_eq!(world.put([copy("ana")]).await, [Changed], "made public");
    assert_eq!(world.meeting().await.id, meeting.id);
}

#[tokio::test]
async fn private_meetings_of_different_organisers_keep_their_ids_apart() {
    let world = World::new().await;
    for pair in 0..12 {
        let pair = |calendar: &str, organiser: &str, hour: i64| {
            but(called_by(Some(organiser), calendar), |event| {
                private(event);
                event.id = format!("e{pair}");
                event.uid = Some(format!("m{pair}@test"));
                event.start = EventTime::At(start() + TimeDelta::hours(hour));
                event.end = EventTime::At(start() + TimeDelta::hours(hour + 1));
            })
        };
        world.put([pair("ana", "ana@us.example", 0), pair("ben", "ben@us.example", 1)]).await;
    }
    let times = async || {
        let meetings = world.meetings().await.into_iter();
        meetings.map(|meeting| (meeting.id, meeting.start)).collect::<std::collections::BTreeMap<_, _>>()
    };
    let before = times().await;
    assert_eq!(before.len(), 24);
    // Everything is decided anew, and nothing has changed.
    let eve = acquaint::core::view::Colleague::new("eve", "eve@us.example");
    world.tenant.local("product").put_users([eve]).await.unwrap();
    assert_eq!(world.sync().await, []);
    assert_eq!(times().await, before);
}
