//! The connector against a calendar that changes: after quiet, what it has read is what is there.
#![allow(clippy::unwrap_used)]

mod common;

use std::collections::BTreeMap;

use acquaint_core::record::Change;
use acquaint_testkit::sandbox::Fault;
use acquaint_testkit::sandbox::google::{AccessRole, GoogleConfig, PrivateShape};
use bytes::Bytes;
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use chrono_tz::Tz;
use common::mirror::Mirror;
use common::world::{ANA, BEN, World, at, times};
use common::{full, payload};
use proptest::prelude::*;
use serde_json::{Value, json};

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
    /// Takes back one of the cancellations so far, of an event, a series or an occurrence.
    Uncancel(usize),
    Repeat(usize),
    /// Another series goes on from an occurrence, by so many hours later.
    Split {
        which: usize,
        hours: Option<i64>,
    },
    End(usize),
    Zone(Tz),
    ExpireTokens,
    /// Google loses the token of the page after so many more.
    LoseToken(usize),
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
        2 => which.clone().prop_map(Edit::Uncancel),
        1 => (which.clone(), proptest::option::of(-5..5_i64))
            .prop_map(|(which, hours)| Edit::Split { which, hours }),
        1 => which.clone().prop_map(Edit::End),
        1 => which.prop_map(Edit::Repeat),
        1 => zone().prop_map(Edit::Zone),
        1 => (0..4_usize).prop_map(Edit::LoseToken),
        1 => Just(Edit::ExpireTokens),
        1 => Just(Edit::EmptyPage),
        1 => (1..60_i64).prop_map(Edit::Pass),
        6 => Just(Edit::Page),
        1 => Just(Edit::Settle),
    ]
}

fn zone() -> impl Strategy<Value = Tz> {
    prop_oneof![Just(Tz::UTC), Just(Tz::Pacific__Auckland), Just(Tz::America__Los_Angeles)]
}

/// What the edits so far have made.
#[derive(Debug, Default)]
struct Made {
    ids: Vec<String>,
    cancelled: Vec<String>,
}

/// Makes the edit, if there is anything to make it on. What the sandbox refuses has not happened.
fn make(world: &World, edit: &Edit, made: &mut Made) {
    let World { sandbox, bench, .. } = world;
    let Made { ids, cancelled } = made;
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
            cancelled.push(id);
        }
        Edit::MoveOccurrence { which, hours } => {
            let Some((id, whole_day)) = occurrence(which) else { return };
            let (start, end) = times(hours, whole_day);
            let _ = sandbox.move_event(ANA, &id, start, end);
        }
        Edit::CancelOccurrence(which) => {
            let Some((id, _)) = occurrence(which) else { return };
            let _ = sandbox.cancel_event(ANA, &id);
            cancelled.push(id);
        }
        Edit::Uncancel(which) => {
            let Some(id) = cancelled.get(which % cancelled.len().max(1)) else { return };
            let _ = sandbox.uncancel_event(ANA, id);
        }
        Edit::Split { which, hours } => {
            let Some((id, _)) = occurrence(which) else { return };
            let mut fields = json!({ "summary": "Later" });
            if let Some(hours) = hours {
                let slot = sandbox.event(ANA, &id).and_then(|event| {
                    DateTime::parse_from_rfc3339(event["originalStartTime"]["dateTime"].as_str()?).ok()
                });
                // Whole days stay where they are.
                let Some(slot) = slot else { return };
                let start = slot.to_utc() + TimeDelta::hours(hours);
                let write =
                    |at: DateTime<Utc>| json!({ "dateTime": at.to_rfc3339(), "timeZone": "Europe/Berlin" });
                fields["start"] = write(start);
                fields["end"] = write(start + TimeDelta::minutes(45));
            }
            ids.extend(sandbox.split_series(ANA, &id, fields));
        }
        Edit::End(which) => {
            let Some((id, _)) = occurrence(which) else { return };
            let _ = sandbox.end_series(ANA, &id);
        }
        Edit::Zone(zone) => sandbox.set_zone(ANA, zone).unwrap(),
        Edit::LoseToken(skip) => {
            let mut response = http::Response::new(Bytes::from(payload("g11_410_full_sync_required")));
            *response.status_mut() = http::StatusCode::GONE;
            sandbox.inject(Fault::once("/events?", response).after(skip));
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

/// Events with their times in one offset: that of a calendar that moves to another zone changes without a word.
fn in_utc(events: BTreeMap<String, Value>) -> BTreeMap<String, Value> {
    let write = |event: Value| {
        let mut event = event;
        for side in ["start", "end", "originalStartTime"] {
            let at = event[side]["dateTime"].as_str().and_then(|at| DateTime::parse_from_rfc3339(at).ok());
            if let Some(at) = at {
                event[side]["dateTime"] = at.to_utc().to_rfc3339_opts(SecondsFormat::Secs, true).into();
            }
        }
        event
    };
    events.into_iter().map(|(id, event)| (id, write(event))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn after_quiet_the_mirror_equals_the_calendar(
        edits in proptest::collection::vec(edit(), 1..80),
        page_size in 1..8_u16,
        zone in zone(),
        cancelled_details in any::<bool>(),
        cancel_exceptions in any::<bool>(),
        keeps_uid in any::<bool>(),
    ) {
        let mut config = GoogleConfig::default();
        config.cancelled_details = cancelled_details;
        config.cancel_exceptions_with_series = cancel_exceptions;
        config.split_keeps_uid = keeps_uid;
        let world = World::new(config, page_size, zone);
        let (mut mirror, mut made) = (Mirror::default(), Made::default());
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        for edit in edits.iter().chain([&Edit::Settle]) {
            make(&world, edit, &mut made);
            match edit {
                Edit::Page => {
                    runtime.block_on(mirror.step(&world.bench, ANA));
                }
                Edit::Settle => {
                    runtime.block_on(mirror.settle(&world.bench, ANA));
                    let truth = mirror.truth(&world.bench, &world.sandbox, ANA);
                    prop_assert_eq!(in_utc(mirror.events(&world.bench)), in_utc(truth));
                }
                _ => {}
            }
        }
    }
}

#[tokio::test]
async fn a_reader_of_a_shared_calendar_sees_no_more_of_a_private_event_than_its_times() {
    for shape in [PrivateShape::TimesOnly, PrivateShape::Busy] {
        let world = World::berlin();
        world.sandbox.configure(|config| config.private_shape = shape);
        world.sandbox.add_account(BEN, Tz::Europe__Berlin);
        world.sandbox.share_calendar(BEN, ANA, AccessRole::Reader).unwrap();
        let (start, end) = times(5, false);
        let fields = json!({ "start": start, "end": end, "summary": "Doctor", "visibility": "private" });
        world.sandbox.insert_event(BEN, fields).unwrap();
        let page = world.bench.page(BEN, world.bench.window(), None).await.unwrap();
        let event = world.bench.view(full(&page.changes[0])).unwrap();
        assert!(event.title.as_deref() != Some("Doctor") && event.attendees_cut);
        assert_eq!(event.start.instant(), at(5));
    }
}

#[tokio::test]
async fn single_events_are_read_as_they_are_now() {
    let world = World::berlin();
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
