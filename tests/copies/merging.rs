//! Which copies are one meeting.

use acquaint::ChangeKind::{Added, Changed, Removed};
use acquaint::core::view::Attendee;

use super::{World, but, calendars, called_by, copy, email, emails};

#[tokio::test]
async fn copies_with_equal_organisers_are_one_meeting() {
    let world = World::new().await;
    let copies = [
        copy("ana"),
        called_by(Some(" Ana@US.Example "), "ben"),
        called_by(Some("mailto:ana@us.example"), "cleo"),
    ];
    assert_eq!(world.put(copies).await, [Added]);
    let meeting = world.meeting().await;
    assert_eq!(meeting.organiser.as_deref(), Some("ana@us.example"));
    assert_eq!(calendars(&meeting), ["ana", "ben", "cleo"]);
    assert_eq!(emails(&meeting), ["ana@us.example", "ben@us.example", "jane@globex.com"]);
}

#[tokio::test]
async fn a_copy_that_does_not_say_who_called_it_joins_the_only_meeting_there_is() {
    for nobody in [None, Some("")] {
        let world = World::with([copy("ana")]).await;
        assert_eq!(world.put([called_by(nobody, "ben")]).await, []);
        let meeting = world.meeting().await;
        assert_eq!(calendars(&meeting), ["ana", "ben"]);
        assert_eq!(meeting.organiser.as_deref(), Some("ana@us.example"));
        // The other way round it is the same meeting that grows.
        let world = World::with([called_by(nobody, "ben")]).await;
        let id = world.meeting().await.id;
        assert_eq!(world.meeting().await.organiser, None);
        assert_eq!(world.put([copy("ana")]).await, [Changed]);
        assert_eq!(world.meeting().await.id, id);
    }
}

#[tokio::test]
async fn copies_of_which_none_says_who_called_it_are_one_meeting() {
    let world =
        World::with([called_by(None, "ana"), called_by(Some(""), "ben"), called_by(None, "cleo")]).await;
    assert_eq!(calendars(&world.meeting().await), ["ana", "ben", "cleo"]);
}

#[tokio::test]
async fn different_organisers_stay_apart() {
    let stranger = but(called_by(Some("jane@globex.com"), "ben"), |event| {
        event.attendees = vec![Attendee::new("ben@us.example")];
    });
    let world = World::new().await;
    assert_eq!(world.put([copy("ana"), stranger]).await, [Added, Added]);
    let meetings = world.meetings().await;
    assert_ne!(meetings[0].id, meetings[1].id);
    assert_eq!(meetings[0].identity, meetings[1].identity);
    let ben = meetings.iter().find(|meeting| meeting.title == "ben").unwrap();
    assert_eq!(ben.organiser.as_deref(), Some("jane@globex.com"));
    assert_eq!(emails(ben), ["ben@us.example", "jane@globex.com"]);
    assert_eq!(world.put([copy("cleo")]).await, [], "Cleo's copy is of the first");
    assert_eq!(world.leads().await, ["ana", "ben"]);
}

#[tokio::test]
async fn a_copy_of_unknown_organiser_stays_alone_among_several() {
    let world = World::new().await;
    let copies = [copy("ana"), called_by(Some("jane@globex.com"), "ben"), called_by(None, "cleo")];
    assert_eq!(world.put(copies).await, [Added, Added, Added]);
    assert_eq!(world.leads().await, ["ana", "ben", "cleo"]);
    // With one of the two gone it is clear whose it is.
    let ana = world.meetings().await.into_iter().find(|meeting| meeting.title == "ana").unwrap();
    assert_eq!(world.lose(["ben"]).await, [Removed, Removed]);
    let meeting = world.meeting().await;
    assert_eq!(
        (meeting.id.clone(), calendars(&meeting)),
        (ana.id, vec!["ana".to_owned(), "cleo".to_owned()])
    );
    // And it is not when the other comes back.
    assert_eq!(world.put([called_by(Some("jane@globex.com"), "ben")]).await, [Added, Added]);
    assert_eq!(world.leads().await, ["ana", "ben", "cleo"]);
}

#[tokio::test]
async fn meetings_that_turn_out_to_be_one_leave_one() {
    let world = World::with([copy("ana"), called_by(Some("old@us.example"), "ben")]).await;
    let ana = world.meetings().await.into_iter().find(|meeting| meeting.title == "ana").unwrap();
    assert_eq!(world.put([copy("ben")]).await, [Removed]);
    assert_eq!(world.meeting().await.id, ana.id);
}

#[tokio::test]
async fn the_order_in_which_copies_arrive_changes_nothing() {
    let copies = || {
        [
            called_by(None, "cleo"),
            copy("ben"),
            but(copy("ana"), |event| event.attendees_cut = true),
            but(copy("dora"), |event| event.attendees.push(Attendee::new("bill@initech.com"))),
        ]
    };
    let at_once = World::with(copies()).await.meeting().await;
    for first in 0..4 {
        let world = World::new().await;
        let mut copies = copies();
        copies.rotate_left(first);
        for copy in copies {
            world.put([copy]).await;
        }
        let meeting = world.meeting().await;
        assert_eq!((&meeting.content, &meeting.copies), (&at_once.content, &at_once.copies), "{first}");
        assert_eq!(meeting.attendees, at_once.attendees);
    }
    assert_eq!(calendars(&at_once), ["ana", "ben", "cleo", "dora"]);
    assert!(
        emails(&at_once).contains(&"bill@initech.com") && !emails(&at_once).contains(&email("cleo").as_str())
    );
}
