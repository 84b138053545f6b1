//! Which meeting an event is: what stays the same when it is moved, copied, forwarded or split.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use std::collections::{BTreeMap, BTreeSet};

use acquaint_core::view::{CalendarEvent, EventTime, Response};
use acquaint_testkit::sandbox::google::GoogleConfig;
use chrono::{DateTime, Datelike as _, TimeDelta, Timelike as _};
use chrono_tz::Tz;
use common::Bench;
use common::mirror::Mirror;
use common::world::{ANA, BEN, World, at, call, times};
use serde_json::json;

const WEEKLY: [&str; 1] = ["RRULE:FREQ=DAILY;INTERVAL=7;COUNT=3"];
const OUTSIDER: &str = "lee@outside.example";

async fn views(bench: &Bench, calendar: &str) -> BTreeMap<String, CalendarEvent> {
    let mut mirror = Mirror::default();
    mirror.settle(bench, calendar).await;
    mirror.views(bench)
}

fn identities(views: &BTreeMap<String, CalendarEvent>) -> BTreeSet<String> {
    views.values().map(CalendarEvent::identity).collect()
}

/// Ana's weekly series of three, and a mirror that knows it.
async fn weekly(config: GoogleConfig) -> (World, Mirror, String) {
    let world = World::new(config, 5, Tz::Europe__Berlin);
    let id = world.insert(call(2, json!({ "recurrence": WEEKLY })));
    let mut mirror = Mirror::default();
    mirror.settle(&world.bench, ANA).await;
    assert_eq!(mirror.views(&world.bench).len(), 3);
    (world, mirror, id)
}

#[tokio::test]
async fn a_reused_uid_makes_no_two_events_one_record() {
    let world = World::berlin();
    let (_, ben) = world.join(BEN);
    // Nothing of the one reaches the other by itself.
    world.sandbox.configure(|config| config.deliver_invitations = false);
    let one = world.insert(call(2, json!({ "iCalUID": "same@import" })));
    let two = world.insert(call(50, json!({ "iCalUID": "same@import" })));
    world.sandbox.insert_event(BEN, call(2, json!({ "id": one, "iCalUID": "other@import" }))).unwrap();
    let (hers, his) = (views(&world.bench, ANA).await, views(&ben, BEN).await);
    assert_eq!(hers.keys().collect::<BTreeSet<_>>(), BTreeSet::from([&one, &two]));
    assert_ne!(hers[&one].start, hers[&two].start);
    assert_ne!(hers[&one].identity(), his[&one].identity(), "an id is one calendar's own");
}

#[tokio::test]
async fn a_meeting_that_somebody_outside_has_called_has_no_organiser_of_ours() {
    let world = World::berlin();
    let guests = json!([{ "email": OUTSIDER, "organizer": true, "responseStatus": "accepted" },
        { "email": ANA, "responseStatus": "tentative" }]);
    let id = world.insert(call(2, json!({ "organizer": { "email": OUTSIDER }, "attendees": guests })));
    let event = &views(&world.bench, ANA).await[&id];
    assert_eq!((event.organiser.email.as_deref(), event.organiser.is_self), (Some(OUTSIDER), false));
    let guests: Vec<_> =
        event.attendees.iter().map(|guest| (&*guest.email, guest.organiser, guest.is_self)).collect();
    assert_eq!(guests, [(OUTSIDER, true, false), (ANA, false, true)]);
    assert_eq!(event.attendees[1].response, Response::Tentative);
    assert!(!event.attendees_cut);
}

#[tokio::test]
async fn a_hidden_guest_list_is_one_that_is_cut() {
    let world = World::berlin();
    let hidden = json!({ "organizer": { "email": OUTSIDER }, "guestsCanSeeOtherGuests": false,
        "attendees": [{ "email": ANA }] });
    let theirs = world.insert(call(2, hidden));
    let mine = json!({ "guestsCanSeeOtherGuests": false, "attendees": [{ "email": OUTSIDER }] });
    let mine = world.insert(call(4, mine));
    let events = views(&world.bench, ANA).await;
    assert!(events[&theirs].attendees_cut && !events[&mine].attendees_cut);
}

#[tokio::test]
async fn a_forwarded_invitation_is_the_same_meeting_without_its_reader_on_the_list() {
    let world = World::berlin();
    let (_, ben) = world.join(BEN);
    let shared = json!({ "organizer": { "email": OUTSIDER }, "iCalUID": "u@outside.example",
        "attendees": [{ "email": ANA }, { "email": OUTSIDER, "organizer": true }] });
    let invited = world.insert(call(2, shared.clone()));
    let forwarded = world.sandbox.insert_event(BEN, call(2, shared)).unwrap();
    let (hers, his) = (views(&world.bench, ANA).await, views(&ben, BEN).await);
    assert_eq!(hers[&invited].identity(), his[&forwarded].identity());
    assert!(hers[&invited].attendees.iter().any(|guest| guest.is_self));
    assert!(
        !his[&forwarded].attendees.iter().any(|guest| guest.is_self) && !his[&forwarded].organiser.is_self
    );
}

#[tokio::test]
async fn a_moved_occurrence_is_the_meeting_that_it_was() {
    let (world, mut mirror, _) = weekly(GoogleConfig::default()).await;
    let before = mirror.views(&world.bench);
    let (id, occurrence) = before.iter().nth(1).unwrap();
    let (start, end) = times(30, false);
    world.sandbox.move_event(ANA, id, start, end).unwrap();
    mirror.settle(&world.bench, ANA).await;
    let after = mirror.views(&world.bench);
    assert_eq!(after[id].start, EventTime::At(at(30)));
    assert_eq!(
        (after[id].identity(), after[id].original_start),
        (occurrence.identity(), Some(occurrence.start))
    );
    assert_eq!(identities(&after), identities(&before));
}

#[tokio::test]
async fn a_series_at_another_time_has_other_meetings_and_none_of_the_old() {
    let (world, mut mirror, id) = weekly(GoogleConfig::default()).await;
    let before = mirror.views(&world.bench);
    let (start, end) = times(3, false);
    world.sandbox.move_event(ANA, &id, start, end).unwrap();
    mirror.settle(&world.bench, ANA).await;
    let after = mirror.views(&world.bench);
    assert_eq!(after.len(), 3);
    assert!(identities(&after).is_disjoint(&identities(&before)));
    assert!(after.values().all(|event| event.original_start == Some(event.start)));
    assert!(after.values().all(|event| event.series.as_ref() == Some(&id)));
}

#[tokio::test]
async fn a_split_series_is_two_whether_or_not_the_second_keeps_the_uid() {
    for keeps in [false, true] {
        let mut config = GoogleConfig::default();
        config.split_keeps_uid = keeps;
        let (world, mut mirror, id) = weekly(config).await;
        let before = mirror.views(&world.bench);
        let second = before.keys().nth(1).unwrap();
        let new = world.sandbox.split_series(ANA, second, json!({ "summary": "Later" })).unwrap();
        mirror.settle(&world.bench, ANA).await;
        let after = mirror.views(&world.bench);
        let of = |series: &str| -> Vec<&CalendarEvent> {
            after.values().filter(|event| event.series.as_deref() == Some(series)).collect()
        };
        let (kept, later) = (of(&id), of(&new));
        assert_eq!((kept.len(), later.len(), after.len()), (1, 2, 3), "{keeps}");
        assert_eq!(identities(&after).len(), 3, "{keeps}");
        assert_eq!(kept[0].uid == later[0].uid, keeps);
        assert!(later.iter().all(|event| event.title.as_deref() == Some("Later")));
        // Where the uid stays, an occurrence that did not move is the same meeting still.
        assert_eq!(identities(&after) == identities(&before), keeps);
    }
}

#[tokio::test]
async fn an_ended_series_has_no_meetings_beyond_its_end() {
    let (world, mut mirror, _) = weekly(GoogleConfig::default()).await;
    let before = mirror.views(&world.bench);
    let ids: Vec<&String> = before.keys().collect();
    world.sandbox.patch_event(ANA, ids[2], json!({ "summary": "Changed" })).unwrap();
    mirror.settle(&world.bench, ANA).await;
    world.sandbox.end_series(ANA, ids[1]).unwrap();
    mirror.settle(&world.bench, ANA).await;
    assert_eq!(mirror.views(&world.bench).keys().collect::<Vec<_>>(), [ids[0]]);
    assert_eq!(mirror.baselines, 1);
}

#[tokio::test]
async fn a_single_event_that_becomes_a_series_leaves_nothing_behind_and_comes_back() {
    let world = World::berlin();
    let id = world.insert(call(2, json!({})));
    let mut mirror = Mirror::default();
    mirror.settle(&world.bench, ANA).await;
    let single = mirror.views(&world.bench)[&id].clone();
    assert_eq!((single.original_start, single.series.as_deref()), (None, None));

    world.sandbox.make_recurring(ANA, &id, &WEEKLY).unwrap();
    mirror.settle(&world.bench, ANA).await;
    let series = mirror.views(&world.bench);
    assert!(!series.contains_key(&id) && series.len() == 3);
    assert!(series.values().all(|event| event.uid == single.uid && event.original_start.is_some()));
    assert!(!identities(&series).contains(&single.identity()));

    world.sandbox.patch_event(ANA, &id, json!({ "recurrence": [] })).unwrap();
    mirror.settle(&world.bench, ANA).await;
    let again = mirror.views(&world.bench);
    assert_eq!(again.keys().collect::<Vec<_>>(), [&id]);
    assert_eq!(again[&id].identity(), single.identity());
}

#[tokio::test]
async fn a_copy_that_its_owner_deletes_takes_no_other_with_it() {
    let world = World::berlin();
    let (account, ben) = world.join(BEN);
    let id = world.insert(call(2, json!({ "attendees": [{ "email": BEN }] })));
    let (mut hers, mut his) = (Mirror::default(), Mirror::default());
    hers.settle(&world.bench, ANA).await;
    his.settle(&ben, BEN).await;
    assert_eq!(hers.views(&world.bench)[&id].identity(), his.views(&ben)[&id].identity());

    world.delete_as(&account, &id);
    hers.settle(&world.bench, ANA).await;
    his.settle(&ben, BEN).await;
    assert!(his.views(&ben).is_empty());
    assert_eq!(hers.views(&world.bench)[&id].attendees[0].response, Response::Declined);
}

#[tokio::test]
async fn a_whole_day_is_the_same_day_everywhere_and_ends_before_its_end() {
    for zone in [Tz::Pacific__Auckland, Tz::UTC, Tz::Pacific__Honolulu] {
        let world = World::new(GoogleConfig::default(), 5, zone);
        let id = world.insert(json!({ "start": { "date": "2026-10-12" }, "end": { "date": "2026-10-13" } }));
        let event = &views(&world.bench, ANA).await[&id];
        let day = |text: &str| EventTime::Day(text.parse().unwrap());
        assert_eq!((event.start, event.end), (day("2026-10-12"), day("2026-10-13")), "{zone}");
        assert_eq!(event.zone, None);
    }
}

#[tokio::test]
async fn a_weekly_meeting_stays_at_its_hour_when_the_clocks_change() {
    // The days on which clocks change within the window, and by how much.
    let changes = [
        (Tz::Europe__Berlin, "2026-10-25", 60),
        (Tz::America__New_York, "2026-11-01", 60),
        (Tz::Australia__Adelaide, "2026-10-04", -60),
    ];
    for (zone, change, minutes) in changes {
        let change: chrono::NaiveDate = change.parse().unwrap();
        let mut world = World::new(GoogleConfig::default(), 5, zone);
        world.window(10, 40);
        let first = change - TimeDelta::days(3);
        let write = |hour: &str| json!({ "dateTime": format!("{first}T{hour}:00"), "timeZone": zone.name() });
        let rule = json!(["RRULE:FREQ=DAILY;COUNT=8"]);
        world.insert(json!({ "start": write("09:30"), "end": write("10:15"), "recurrence": rule }));
        // One that begins before the change and ends after it.
        let (eve, day) = (change - TimeDelta::days(1), change);
        let night = json!({ "start": { "dateTime": format!("{eve}T23:00:00"), "timeZone": zone.name() },
            "end": { "dateTime": format!("{day}T06:00:00"), "timeZone": zone.name() } });
        let night = world.insert(night);

        let mut events = views(&world.bench, ANA).await;
        let night = events.remove(&night).unwrap();
        let length = night.end.instant() - night.start.instant();
        assert_eq!(length, TimeDelta::hours(7) + TimeDelta::minutes(minutes), "{zone}");
        assert_eq!(events.len(), 8, "{zone}");
        let mut starts: Vec<DateTime<Tz>> =
            events.values().map(|event| event.start.instant().with_timezone(&zone)).collect();
        starts.sort();
        assert!(starts.iter().all(|start| (start.hour(), start.minute()) == (9, 30)), "{zone} {starts:?}");
        assert_eq!(starts.iter().map(|start| start.day()).collect::<BTreeSet<_>>().len(), 8);
        let gaps: BTreeSet<TimeDelta> = starts.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert_eq!(gaps.len(), 2, "{zone}: one day is longer or shorter");
        assert!(events.values().all(|event| event.zone.as_deref() == Some(zone.name())), "{zone}");
        assert!(events.values().all(|event| event.original_start == Some(event.start)), "{zone}");
    }
}
