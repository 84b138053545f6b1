//! Who is in a meeting, and what they answered.

use acquaint::ChangeKind::{Added, Changed};
use acquaint::core::view::{Attendee, CalendarEvent, Response};
use acquaint::{Meeting, MeetingAttendee};

use super::{World, but, called_by, copy, email, emails};

fn who<'a>(meeting: &'a Meeting, name: &str) -> &'a MeetingAttendee {
    meeting.attendees.iter().find(|who| who.email.starts_with(name)).unwrap()
}

fn answer(event: &mut CalendarEvent, name: &str, response: Response) {
    event.attendees.iter_mut().find(|who| who.email.starts_with(name)).unwrap().response = response;
}

#[tokio::test]
async fn people_only_another_copy_knows_are_in_it_and_marked() {
    let longer = but(copy("ben"), |event| event.attendees.push(Attendee::new("Bill@Initech.com")));
    let world = World::with([copy("ana")]).await;
    assert_eq!(world.put([longer]).await, [Changed]);
    let meeting = world.meeting().await;
    assert_eq!(emails(&meeting), ["ana@us.example", "ben@us.example", "bill@initech.com", "jane@globex.com"]);
    let marked: Vec<_> =
        meeting.attendees.iter().filter(|who| who.only_on_copy).map(|who| &who.email).collect();
    assert_eq!(marked, ["bill@initech.com"]);
    assert_eq!(world.put([copy("ben")]).await, [Changed], "uninvited");
    assert_eq!(emails(&world.meeting().await).len(), 3);
}

#[tokio::test]
async fn a_cut_list_removes_nobody() {
    let cut = but(copy("ana"), |event| {
        event.attendees_cut = true;
        event.attendees.truncate(1);
    });
    let world = World::with([copy("ana"), copy("ben")]).await;
    assert_eq!(world.put([cut]).await, []);
    let meeting = world.meeting().await;
    assert_eq!(meeting.title, "ana");
    assert_eq!(emails(&meeting), ["ana@us.example", "ben@us.example", "jane@globex.com"]);
}

#[tokio::test]
async fn the_answer_on_ones_own_copy_counts() {
    let ana = but(copy("ana"), |event| answer(event, "ben", Response::NeedsAction));
    let ben = but(copy("ben"), |event| {
        answer(event, "ben", Response::Accepted);
        answer(event, "ana", Response::Declined);
    });
    let world = World::with([ana, ben.clone()]).await;
    let meeting = world.meeting().await;
    assert_eq!(who(&meeting, "ben").response, Response::Accepted);
    assert_eq!(who(&meeting, "ana").response, Response::NeedsAction, "Ana's own copy says so");
    // An answer is one change, and what others believe is none.
    assert_eq!(
        world.put([but(ben.clone(), |event| answer(event, "ben", Response::Declined))]).await,
        [Changed]
    );
    assert_eq!(world.put([but(copy("ana"), |event| answer(event, "ben", Response::Tentative))]).await, []);
    assert_eq!(who(&world.meeting().await, "ben").response, Response::Declined);
    assert_eq!(world.lose(["ben"]).await, [Changed], "now only Ana's copy tells");
    assert_eq!(who(&world.meeting().await, "ben").response, Response::Tentative);
}

#[tokio::test]
async fn of_two_own_copies_the_better_one_answers() {
    // Ben has it on two calendars.
    let second = but(copy("cleo"), |event| {
        event.sequence = 3;
        for attendee in &mut event.attendees {
            attendee.is_self = attendee.email.starts_with("ben");
        }
        answer(event, "ben", Response::Accepted);
    });
    let first = but(copy("ben"), |event| answer(event, "ben", Response::Declined));
    let world = World::with([copy("ana"), first.clone(), second.clone()]).await;
    assert_eq!(who(&world.meeting().await, "ben").response, Response::Accepted);
    // The same where one of them leads.
    let world = World::with([first, second]).await;
    let meeting = world.meeting().await;
    assert_eq!((meeting.title.as_str(), who(&meeting, "ben").response), ("cleo", Response::Accepted));
}

#[tokio::test]
async fn the_first_mention_gives_name_and_flags() {
    let named = |name: &str, optional: bool| {
        let name = name.to_owned();
        move |event: &mut CalendarEvent| {
            event.attendees[2].name = Some(name);
            event.attendees[2].optional = optional;
        }
    };
    let world =
        World::with([but(copy("ben"), named("J. Roe", false)), but(copy("ana"), named("Jane", true))]).await;
    let meeting = world.meeting().await;
    let jane = who(&meeting, "jane");
    assert_eq!((jane.name.as_deref(), jane.optional), (Some("Jane"), true));
    // An own copy overrides the answer and nothing else.
    let own = but(copy("ben"), |event| {
        event.attendees[1].name = Some("Benjamin".to_owned());
        answer(event, "ben", Response::Accepted);
    });
    let world =
        World::with([but(copy("ana"), |event| event.attendees[1].name = Some("Ben".to_owned())), own]).await;
    let meeting = world.meeting().await;
    let ben = who(&meeting, "ben");
    assert_eq!((ben.name.as_deref(), ben.response), (Some("Ben"), Response::Accepted));
}

#[tokio::test]
async fn one_person_with_two_spellings_is_one_attendee() {
    let twice = but(copy("ana"), |event| {
        for spelling in ["JANE@globex.com", "jane@Globex.COM.", " ", ""] {
            event.attendees.push(Attendee::new(spelling));
        }
    });
    let world =
        World::with([twice, but(copy("ben"), |event| event.attendees[2].email = "Jane@GLOBEX.com".into())])
            .await;
    assert_eq!(emails(&world.meeting().await), ["ana@us.example", "ben@us.example", "jane@globex.com"]);
}

#[tokio::test]
async fn what_is_no_address_is_somebody_too() {
    let world =
        World::with([but(copy("ana"), |event| event.attendees.push(Attendee::new(" Room 4 ")))]).await;
    assert!(emails(&world.meeting().await).contains(&"room 4"));
}

#[tokio::test]
async fn an_organiser_who_is_not_listed_is_in_it_and_comes() {
    let unlisted = |calendar: &str| {
        but(copy(calendar), |event| {
            event.attendees.remove(0);
            event.organiser.name = Some("Ana A.".to_owned());
        })
    };
    for calendar in ["ana", "ben"] {
        let world = World::with([unlisted(calendar)]).await;
        let meeting = world.meeting().await;
        let ana = who(&meeting, "ana");
        assert_eq!(
            (ana.organiser, ana.response, ana.name.as_deref()),
            (true, Response::Accepted, Some("Ana A."))
        );
        assert!(!who(&meeting, "ben").organiser);
    }
    // One who is listed keeps the answer that the list has.
    let world = World::with([copy("ana")]).await;
    let meeting = world.meeting().await;
    assert_eq!(
        (who(&meeting, "ana").organiser, who(&meeting, "ana").response),
        (true, Response::NeedsAction)
    );
}

#[tokio::test]
async fn an_entry_of_ones_own_without_guests_has_nobody_in_it() {
    let alone = |event: &mut CalendarEvent| event.attendees.clear();
    let world = World::new().await;
    assert_eq!(world.put([but(copy("ana"), alone)]).await, [Added]);
    let meeting = world.meeting().await;
    assert_eq!((emails(&meeting), meeting.organiser.as_deref()), (vec![], Some("ana@us.example")));
    // Somebody else's, put on one's calendar without a list, has at least them in it.
    let world = World::with([but(called_by(Some("jane@globex.com"), "ben"), alone)]).await;
    let meeting = world.meeting().await;
    assert_eq!(emails(&meeting), ["jane@globex.com"]);
    assert!(who(&meeting, "jane").organiser && who(&meeting, "jane").external);
    // Nobody called it and nobody is in it.
    let world = World::with([but(called_by(None, "ben"), alone)]).await;
    assert!(world.meeting().await.attendees.is_empty());
    assert_eq!(email("ana"), "ana@us.example");
}
