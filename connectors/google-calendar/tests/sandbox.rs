//! The connector against a calendar that changes: after quiet, what it has read is what is there.
#![allow(clippy::unwrap_used)]

mod common;

use std::collections::BTreeSet;
use std::sync::Arc;

use acquaint_core::ErrorKind;
use acquaint_core::connector::{Connector as _, SourceSettings, Window};
use acquaint_core::env::Clock;
use acquaint_core::record::Change;
use acquaint_testkit::sandbox::Sandbox;
use acquaint_testkit::sandbox::google::{AccessRole, GoogleConfig, GoogleSandbox, IncrementalWindow};
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use common::mirror::{Granted, Mirror};
use common::{Bench, TestClock, full, time};
use proptest::prelude::*;
use serde_json::{Value, json};

const ANA: &str = "ana@example.com";
const START: &str = "2026-10-09T08:00:00Z";
const DAY: i64 = 86_400;

struct World {
    sandbox: Arc<GoogleSandbox>,
    bench: Bench,
}

/// Ana's calendar, read ten days back and twenty ahead.
fn world(config: GoogleConfig, page_size: u16, zone: Tz) -> World {
    let clock = TestClock::at(START);
    let sandbox = Arc::new(GoogleSandbox::new(Arc::clone(&clock) as Arc<dyn Clock>, config));
    let account = sandbox.add_account(ANA, zone);
    let auth = Granted::all(&sandbox, &account);
    let mut bench = Bench::new(Arc::clone(&sandbox) as Arc<dyn Sandbox>, auth, clock, page_size);
    let mut settings = SourceSettings::default();
    settings.window = Window { past: 10 * DAY, future: 20 * DAY };
    bench.cx.settings = Arc::new(settings);
    World { sandbox, bench }
}

fn at(hours: i64) -> DateTime<Utc> {
    time(START) + TimeDelta::hours(hours)
}

/// Start and end as the API writes them.
fn times(hours: i64, whole_day: bool) -> (Value, Value) {
    let start = at(hours);
    if whole_day {
        let day = start.date_naive();
        (json!({ "date": day }), json!({ "date": day + TimeDelta::days(2) }))
    } else {
        let write = |at: DateTime<Utc>| json!({ "dateTime": at.to_rfc3339(), "timeZone": "Europe/Berlin" });
        (write(start), write(start + TimeDelta::minutes(45)))
    }
}

#[derive(Debug, Clone)]
enum Edit {
    Insert {
        hours: i64,
        whole_day: bool,
        daily: Option<u8>,
    },
    Rename(usize, u8),
    Move {
        which: usize,
        hours: i64,
        whole_day: bool,
    },
    Cancel(usize),
    /// Acts on the occurrence that is n-th in what is there.
    MoveOccurrence {
        which: usize,
        hours: i64,
    },
    CancelOccurrence(usize),
    Repeat(usize),
    ExpireTokens,
    EmptyPage,
    Pass(i64),
    Page,
    Settle,
}

fn edit() -> impl Strategy<Value = Edit> {
    let hours = -14 * 24..24 * 24_i64;
    let which = 0..40_usize;
    prop_oneof![
        6 => (hours.clone(), any::<bool>(), proptest::option::weighted(0.3, 2..15_u8))
            .prop_map(|(hours, whole_day, daily)| Edit::Insert { hours, whole_day, daily }),
        3 => (which.clone(), any::<u8>()).prop_map(|(which, title)| Edit::Rename(which, title)),
        3 => (which.clone(), hours.clone(), any::<bool>())
            .prop_map(|(which, hours, whole_day)| Edit::Move { which, hours, whole_day }),
        2 => which.clone().prop_map(Edit::Cancel),
        2 => (which.clone(), hours).prop_map(|(which, hours)| Edit::MoveOccurrence { which, hours }),
        2 => which.clone().prop_map(Edit::CancelOccurrence),
        1 => which.prop_map(Edit::Repeat),
        1 => Just(Edit::ExpireTokens),
        1 => Just(Edit::EmptyPage),
        1 => (1..60_i64).prop_map(Edit::Pass),
        6 => Just(Edit::Page),
        1 => Just(Edit::Settle),
    ]
}

/// Makes the edit, if there is anything to make it on. What the sandbox refuses has not happened.
fn make(world: &World, edit: &Edit, ids: &mut Vec<String>) {
    let World { sandbox, bench } = world;
    let pick = |which: usize| ids.get(which % ids.len().max(1)).cloned();
    let occurrence = |which: usize| {
        let all: Vec<Value> = sandbox.events(ANA, at(-15 * 24), at(25 * 24));
        let occurrences: Vec<_> = all.iter().filter(|event| event["recurringEventId"].is_string()).collect();
        let chosen = occurrences.get(which % occurrences.len().max(1))?;
        Some((chosen["id"].as_str()?.to_owned(), chosen["start"]["date"].is_string()))
    };
    match *edit {
        Edit::Insert { hours, whole_day, daily } => {
            let (start, end) = times(hours, whole_day);
            let mut fields = json!({ "summary": "Call", "start": start, "end": end,
                "attendees": [{ "email": "guest@example.org" }] });
            if let Some(count) = daily {
                fields["recurrence"] = json!([format!("RRULE:FREQ=DAILY;COUNT={count}")]);
            }
            ids.push(sandbox.insert_event(ANA, fields).unwrap());
        }
        Edit::Rename(which, title) => {
            let Some(id) = pick(which) else { return };
            let _ = sandbox.patch_event(ANA, &id, json!({ "summary": format!("Call {title}") }));
        }
        Edit::Move { which, hours, whole_day } => {
            let Some(id) = pick(which) else { return };
            let (start, end) = times(hours, whole_day);
            let _ = sandbox.move_event(ANA, &id, start, end);
        }
        Edit::Cancel(which) => {
            let Some(id) = pick(which) else { return };
            let _ = sandbox.cancel_event(ANA, &id);
        }
        Edit::MoveOccurrence { which, hours } => {
            let Some((id, whole_day)) = occurrence(which) else { return };
            let (start, end) = times(hours, whole_day);
            let _ = sandbox.move_event(ANA, &id, start, end);
        }
        Edit::CancelOccurrence(which) => {
            let Some((id, _)) = occurrence(which) else { return };
            let _ = sandbox.cancel_event(ANA, &id);
        }
        Edit::Repeat(which) => {
            let Some(id) = pick(which) else { return };
            let _ = sandbox.patch_event(ANA, &id, json!({ "recurrence": ["RRULE:FREQ=DAILY;COUNT=4"] }));
        }
        Edit::ExpireTokens => sandbox.expire_sync_tokens(),
        Edit::EmptyPage => sandbox.serve_empty_pages(1),
        Edit::Pass(hours) => bench.clock.advance(TimeDelta::hours(hours)),
        Edit::Page | Edit::Settle => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn after_quiet_the_mirror_equals_the_calendar(
        edits in proptest::collection::vec(edit(), 1..80),
        page_size in 1..8_u16,
        zone in prop_oneof![Just(Tz::UTC), Just(Tz::Pacific__Auckland), Just(Tz::America__Los_Angeles)],
        cancelled_details in any::<bool>(),
        cancel_exceptions in any::<bool>(),
    ) {
        let mut config = GoogleConfig::default();
        config.cancelled_details = cancelled_details;
        config.cancel_exceptions_with_series = cancel_exceptions;
        let world = world(config, page_size, zone);
        let (mut mirror, mut ids) = (Mirror::default(), Vec::new());
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        for edit in edits.iter().chain([&Edit::Settle]) {
            make(&world, edit, &mut ids);
            match edit {
                Edit::Page => {
                    runtime.block_on(mirror.step(&world.bench, ANA));
                }
                Edit::Settle => {
                    runtime.block_on(mirror.settle(&world.bench, ANA));
                    let truth = mirror.truth(&world.bench, &world.sandbox, ANA);
                    prop_assert_eq!(mirror.events(&world.bench), truth);
                }
                _ => {}
            }
        }
    }
}

#[tokio::test]
async fn an_increment_costs_what_changed_and_leaves_the_rest() {
    let world = world(GoogleConfig::default(), 5, Tz::Europe__Berlin);
    for hour in 0..12 {
        let (start, end) = times(hour * 24, false);
        world.sandbox.insert_event(ANA, json!({ "start": start, "end": end })).unwrap();
    }
    let mut mirror = Mirror::default();
    mirror.settle(&world.bench, ANA).await;
    assert_eq!(mirror.events(&world.bench).len(), 12);
    let calls = world.bench.cx.http.stats().requests();
    let id = mirror.events(&world.bench).into_keys().next().unwrap();
    world.sandbox.patch_event(ANA, &id, json!({ "summary": "New" })).unwrap();
    assert!(mirror.step(&world.bench, ANA).await);
    assert_eq!(world.bench.cx.http.stats().requests(), calls + 1);
    assert_eq!(mirror.events(&world.bench)[&id]["summary"], "New");
    assert_eq!(mirror.events(&world.bench).len(), 12);
}

#[tokio::test]
async fn what_was_deleted_while_the_token_was_dead_goes_with_one_baseline() {
    let world = world(GoogleConfig::default(), 4, Tz::Europe__Berlin);
    let mut ids = BTreeSet::new();
    for hour in 0..10 {
        let (start, end) = times(hour * 24, hour % 2 == 0);
        ids.insert(world.sandbox.insert_event(ANA, json!({ "start": start, "end": end })).unwrap());
    }
    let mut mirror = Mirror::default();
    mirror.settle(&world.bench, ANA).await;
    for id in ids.iter().take(3) {
        world.sandbox.cancel_event(ANA, id).unwrap();
    }
    world.sandbox.expire_sync_tokens();
    mirror.settle(&world.bench, ANA).await;
    assert_eq!(mirror.baselines, 2);
    let left: BTreeSet<_> = mirror.events(&world.bench).into_keys().collect();
    assert_eq!(left, ids.into_iter().skip(3).collect());
}

#[tokio::test]
async fn an_event_moved_out_of_the_window_goes_whatever_an_increment_tells() {
    for told in [IncrementalWindow::Everything, IncrementalWindow::FirstListOnly] {
        let mut config = GoogleConfig::default();
        config.incremental_window = told;
        let world = world(config, 5, Tz::Europe__Berlin);
        let (start, end) = times(5, false);
        let id = world.sandbox.insert_event(ANA, json!({ "start": start, "end": end })).unwrap();
        let mut mirror = Mirror::default();
        mirror.settle(&world.bench, ANA).await;
        // The margin that is read besides the window counts as outside too.
        for hours in [40 * 24, 20 * 24 + 1, -20 * 24] {
            let (start, end) = times(hours, false);
            world.sandbox.move_event(ANA, &id, start, end).unwrap();
            mirror.settle(&world.bench, ANA).await;
            assert!(mirror.events(&world.bench).is_empty(), "{told:?} {hours}");
            let (start, end) = times(6, false);
            world.sandbox.move_event(ANA, &id, start, end).unwrap();
            mirror.settle(&world.bench, ANA).await;
            assert_eq!(mirror.events(&world.bench).len(), 1, "{told:?} {hours}");
        }
        assert_eq!(mirror.baselines, 1);
    }
}

#[tokio::test]
async fn calendars_keep_apart_events_of_one_id() {
    let world = world(GoogleConfig::default(), 5, Tz::Europe__Berlin);
    world.sandbox.add_account("ben@example.com", Tz::Europe__Berlin);
    world.sandbox.add_calendar(ANA, "team#1@group.calendar.google.com", "Team", Tz::Europe__Berlin);
    world.sandbox.share_calendar("ben@example.com", ANA, AccessRole::Reader).unwrap();
    let (start, end) = times(5, false);
    let fields = json!({ "start": start, "end": end, "summary": "Both", "visibility": "private",
        "attendees": [{ "email": "ben@example.com" }] });
    let id = world.sandbox.insert_event(ANA, fields).unwrap();

    let stream = world.bench.events();
    let owned = stream.partitions(&world.bench.cx).await.unwrap();
    assert_eq!(
        owned.iter().map(|one| one.key.as_str()).collect::<Vec<_>>(),
        [ANA, "team#1@group.calendar.google.com"]
    );
    let window = world.bench.window();
    let mut views = Vec::new();
    for calendar in [ANA, "ben@example.com"] {
        let page = world.bench.page(calendar, window, None).await.unwrap();
        assert_eq!(page.changes.len(), 1);
        views.push(world.bench.view(full(&page.changes[0])).unwrap());
    }
    assert_eq!((&views[0].id, &views[1].id), (&id, &id));
    assert_eq!((&*views[0].calendar, &*views[1].calendar), (ANA, "ben@example.com"));
    assert_eq!(views[0].identity(), views[1].identity());
    assert!(views[0].organiser.is_self && !views[1].organiser.is_self);
    let empty = world.bench.page("team#1@group.calendar.google.com", window, None).await.unwrap();
    assert!(empty.changes.is_empty());
}

#[tokio::test]
async fn a_reader_of_a_shared_calendar_sees_no_more_of_a_private_event_than_its_times() {
    let world = world(GoogleConfig::default(), 5, Tz::Europe__Berlin);
    world.sandbox.add_account("ben@example.com", Tz::Europe__Berlin);
    world.sandbox.share_calendar("ben@example.com", ANA, AccessRole::Reader).unwrap();
    let (start, end) = times(5, false);
    let fields = json!({ "start": start, "end": end, "summary": "Doctor", "visibility": "private" });
    world.sandbox.insert_event("ben@example.com", fields).unwrap();
    let page = world.bench.page("ben@example.com", world.bench.window(), None).await.unwrap();
    let event = world.bench.view(full(&page.changes[0])).unwrap();
    assert_eq!((event.title, event.attendees_cut), (None, true));
    assert_eq!(event.start.instant(), at(5));
}

#[tokio::test]
async fn single_events_are_read_as_they_are_now() {
    let world = world(GoogleConfig::default(), 5, Tz::Europe__Berlin);
    let (start, end) = times(5, false);
    let insert = |fields: Value| world.sandbox.insert_event(ANA, fields).unwrap();
    let kept = insert(json!({ "start": start, "end": end }));
    let gone = insert(json!({ "start": start, "end": end }));
    world.sandbox.cancel_event(ANA, &gone).unwrap();
    let series = insert(json!({ "start": start, "end": end, "recurrence": ["RRULE:FREQ=DAILY;COUNT=2"] }));
    let occurrence = format!("{series}_20261009T130000Z");
    let keys = [&*kept, &*gone, &*series, &*occurrence, "neverwas"].map(Into::into);
    let partition = world.bench.events().partitions(&world.bench.cx).await.unwrap().remove(0);
    let read = world.bench.events().read(&world.bench.cx, &partition, &keys).await.unwrap();
    let there: Vec<_> = read.iter().map(|change| matches!(change, Change::Full(_))).collect();
    assert_eq!(there, [true, false, false, true, false]);
    assert_eq!(read.iter().map(|change| change.key().clone()).collect::<Vec<_>>(), keys);
}

#[tokio::test]
async fn who_connected_is_known_and_a_missing_scope_is_said() {
    let clock = TestClock::at(START);
    let sandbox = Arc::new(GoogleSandbox::new(Arc::clone(&clock) as Arc<dyn Clock>, GoogleConfig::default()));
    let account = sandbox.add_account(ANA, Tz::Europe__Berlin);
    let both = Granted::all(&sandbox, &account);
    let bench = Bench::new(Arc::clone(&sandbox) as Arc<dyn Sandbox>, both, Arc::clone(&clock), 5);
    let identity = bench.connector.identify(&bench.cx).await.unwrap();
    assert_eq!((&*identity.account, identity.email.as_deref()), (ANA, Some(ANA)));

    let events_only = Granted::scopes(&sandbox, &account, vec![acquaint_google_calendar::SCOPE_EVENTS]);
    let bench = Bench::new(Arc::clone(&sandbox) as Arc<dyn Sandbox>, events_only, clock, 5);
    let error = bench.events().partitions(&bench.cx).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Forbidden);
    assert!(error.advice().unwrap().contains("connect again"), "{error}");
    bench.page(ANA, bench.window(), None).await.unwrap();
}
