//! What people do to calendars.

use std::collections::BTreeSet;
use std::sync::Mutex;

use acquaint_testkit::sandbox::google::{AccessRole, GoogleSandbox};
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::scene::{ANA, BEN, EXTRA, START, TEAM};

/// Numbers choose among what is there.
#[derive(Debug, Clone)]
pub(crate) enum Edit {
    Create {
        calendar: usize,
        hours: i64,
        whole_day: bool,
        rule: usize,
        guest: bool,
    },
    Rename {
        calendar: usize,
        event: usize,
        title: u8,
    },
    Move {
        calendar: usize,
        event: usize,
        hours: i64,
        whole_day: bool,
    },
    Cancel {
        calendar: usize,
        event: usize,
    },
    Uncancel {
        calendar: usize,
        event: usize,
    },
    Repeat {
        calendar: usize,
        event: usize,
        rule: usize,
    },
    MoveOccurrence {
        calendar: usize,
        event: usize,
        hours: i64,
    },
    CancelOccurrence {
        calendar: usize,
        event: usize,
    },
    Split {
        calendar: usize,
        event: usize,
        title: u8,
    },
    End {
        calendar: usize,
        event: usize,
    },
    SetZone {
        calendar: usize,
        zone: usize,
    },
    AddCalendar(usize),
    RemoveCalendar(usize),
    Share {
        writer: bool,
    },
    Unshare,
    ExpireTokens,
    /// The provider gives no sync tokens for this calendar any more.
    Withhold(usize),
}

const RULES: [&str; 4] = [
    "RRULE:FREQ=DAILY;COUNT=6",
    "RRULE:FREQ=WEEKLY;COUNT=5",
    "RRULE:FREQ=DAILY",
    "RRULE:FREQ=WEEKLY;INTERVAL=2",
];
const ZONES: [Tz; 3] = [Tz::UTC, Tz::Pacific__Auckland, Tz::America__Los_Angeles];

pub(crate) fn edits(told: bool) -> BoxedStrategy<Edit> {
    let hours = || -14 * 24..24 * 24_i64;
    let place = || (0..5_usize, 0..30_usize);
    let withhold =
        if told { Just(Edit::Unshare).boxed() } else { (0..5_usize).prop_map(Edit::Withhold).boxed() };
    prop_oneof![
        8 => (0..5_usize, hours(), any::<bool>(), 0..8_usize, any::<bool>()).prop_map(
            |(calendar, hours, whole_day, rule, guest)| Edit::Create { calendar, hours, whole_day, rule, guest }),
        2 => (place(), any::<u8>()).prop_map(|((calendar, event), title)| Edit::Rename { calendar, event, title }),
        3 => (place(), hours(), any::<bool>()).prop_map(
            |((calendar, event), hours, whole_day)| Edit::Move { calendar, event, hours, whole_day }),
        3 => place().prop_map(|(calendar, event)| Edit::Cancel { calendar, event }),
        2 => place().prop_map(|(calendar, event)| Edit::Uncancel { calendar, event }),
        1 => (place(), 0..4_usize).prop_map(|((calendar, event), rule)| Edit::Repeat { calendar, event, rule }),
        3 => (place(), hours()).prop_map(
            |((calendar, event), hours)| Edit::MoveOccurrence { calendar, event, hours }),
        3 => place().prop_map(|(calendar, event)| Edit::CancelOccurrence { calendar, event }),
        2 => (place(), any::<u8>()).prop_map(|((calendar, event), title)| Edit::Split { calendar, event, title }),
        1 => place().prop_map(|(calendar, event)| Edit::End { calendar, event }),
        1 => (0..5_usize, 0..3_usize).prop_map(|(calendar, zone)| Edit::SetZone { calendar, zone }),
        1 => (0..2_usize).prop_map(Edit::AddCalendar),
        1 => (0..3_usize).prop_map(Edit::RemoveCalendar),
        1 => any::<bool>().prop_map(|writer| Edit::Share { writer }),
        1 => Just(Edit::Unshare),
        1 => Just(Edit::ExpireTokens),
        1 => withhold,
    ]
    .boxed()
}

/// Which of the further calendars there have been: the provider gives no id twice.
pub(crate) type Used = Mutex<BTreeSet<usize>>;

impl Edit {
    /// In an order in which each finds what it needs.
    pub(crate) fn one_of_each() -> Vec<Self> {
        let (calendar, event) = (0, 0);
        vec![
            Self::Create { calendar, hours: 2, whole_day: false, rule: 7, guest: true },
            Self::Rename { calendar, event, title: 1 },
            Self::Move { calendar, event, hours: 30, whole_day: false },
            Self::Cancel { calendar, event },
            Self::Uncancel { calendar, event },
            Self::Repeat { calendar, event, rule: 0 },
            Self::MoveOccurrence { calendar, event: 2, hours: 100 },
            Self::CancelOccurrence { calendar, event: 1 },
            Self::Split { calendar, event: 2, title: 2 },
            Self::End { calendar, event: 1 },
            Self::SetZone { calendar, zone: 1 },
            Self::AddCalendar(0),
            Self::Share { writer: true },
            Self::Unshare,
            Self::RemoveCalendar(0),
            Self::ExpireTokens,
            Self::Withhold(0),
        ]
    }

    /// Whether it took effect.
    pub(crate) fn make(&self, google: &GoogleSandbox, used: &Used) -> bool {
        let calendars: Vec<String> =
            [ANA, BEN, TEAM].iter().chain(&EXTRA).map(|id| (*id).to_owned()).collect();
        let there = |index: usize| calendars[index % calendars.len()].as_str();
        // What stands, or what was called off.
        let stored = |calendar: usize, event: usize, cancelled: bool| -> Option<(String, String)> {
            let calendar = there(calendar);
            let all = google.stored_events(calendar);
            let fit: Vec<&Value> =
                all.iter().filter(|event| (event["status"] == "cancelled") == cancelled).collect();
            let chosen = fit.get(event % fit.len().max(1))?;
            Some((calendar.to_owned(), chosen["id"].as_str()?.to_owned()))
        };
        let occurrence = |calendar: usize, event: usize| -> Option<(String, String, bool)> {
            let calendar = there(calendar);
            let all = google.events(calendar, at(-15 * 24), at(25 * 24));
            let fit: Vec<&Value> = all.iter().filter(|event| event["recurringEventId"].is_string()).collect();
            let chosen = fit.get(event % fit.len().max(1))?;
            Some((
                calendar.to_owned(),
                chosen["id"].as_str()?.to_owned(),
                chosen["start"]["date"].is_string(),
            ))
        };
        match *self {
            Self::Create { calendar, hours, whole_day, rule, guest } => {
                let (start, end) = times(hours, whole_day);
                let mut event = json!({ "summary": "Call", "start": start, "end": end });
                if guest {
                    event["attendees"] = json!([{ "email": "jane@globex.com" }, { "email": BEN }]);
                }
                if let Some(rule) = RULES.get(rule) {
                    event["recurrence"] = json!([rule]);
                }
                google.insert_event(there(calendar), event).is_ok()
            }
            Self::Rename { calendar, event, title } => {
                stored(calendar, event, false).is_some_and(|(at, id)| {
                    google.patch_event(&at, &id, json!({ "summary": format!("Call {title}") })).is_ok()
                })
            }
            Self::Move { calendar, event, hours, whole_day } => {
                let (start, end) = times(hours, whole_day);
                stored(calendar, event, false)
                    .is_some_and(|(at, id)| google.move_event(&at, &id, start, end).is_ok())
            }
            Self::Cancel { calendar, event } => {
                stored(calendar, event, false).is_some_and(|(at, id)| google.cancel_event(&at, &id).is_ok())
            }
            Self::Uncancel { calendar, event } => {
                stored(calendar, event, true).is_some_and(|(at, id)| google.uncancel_event(&at, &id).is_ok())
            }
            Self::Repeat { calendar, event, rule } => {
                stored(calendar, event, false).is_some_and(|(at, id)| {
                    // An occurrence cannot become a series of its own.
                    let single =
                        google.event(&at, &id).is_some_and(|event| event["recurringEventId"].is_null());
                    single && google.make_recurring(&at, &id, &[RULES[rule % RULES.len()]]).is_ok()
                })
            }
            Self::MoveOccurrence { calendar, event, hours } => {
                occurrence(calendar, event).is_some_and(|(at, id, whole_day)| {
                    let (start, end) = times(hours, whole_day);
                    google.move_event(&at, &id, start, end).is_ok()
                })
            }
            Self::CancelOccurrence { calendar, event } => {
                occurrence(calendar, event).is_some_and(|(at, id, _)| google.cancel_event(&at, &id).is_ok())
            }
            Self::Split { calendar, event, title } => {
                occurrence(calendar, event).is_some_and(|(at, id, _)| {
                    google.split_series(&at, &id, json!({ "summary": format!("Split {title}") })).is_ok()
                })
            }
            Self::End { calendar, event } => {
                occurrence(calendar, event).is_some_and(|(at, id, _)| google.end_series(&at, &id).is_ok())
            }
            Self::SetZone { calendar, zone } => {
                google.set_zone(there(calendar), ZONES[zone % ZONES.len()]).is_ok()
            }
            Self::AddCalendar(index) => {
                let new = used.lock().unwrap().insert(index);
                if new {
                    google.add_calendar(if index == 0 { ANA } else { BEN }, EXTRA[index], "Extra", Tz::UTC);
                }
                new
            }
            // The persons' own calendars stay.
            Self::RemoveCalendar(index) => google.delete_calendar([TEAM, EXTRA[0], EXTRA[1]][index]).is_ok(),
            Self::Share { writer } => {
                let role = if writer { AccessRole::Writer } else { AccessRole::Reader };
                google.share_calendar(TEAM, BEN, role).is_ok()
            }
            Self::Unshare => {
                google.unshare_calendar(TEAM, BEN);
                true
            }
            Self::ExpireTokens => {
                google.expire_sync_tokens();
                true
            }
            Self::Withhold(calendar) => google.withhold_sync_tokens(there(calendar)).is_ok(),
        }
    }
}

fn at(hours: i64) -> DateTime<Utc> {
    START.parse::<DateTime<Utc>>().unwrap() + TimeDelta::hours(hours)
}

/// Start and end as the API writes them.
fn times(hours: i64, whole_day: bool) -> (Value, Value) {
    let start = at(hours);
    if whole_day {
        let day = start.date_naive();
        return (json!({ "date": day }), json!({ "date": day + TimeDelta::days(2) }));
    }
    let write = |at: DateTime<Utc>| json!({ "dateTime": at.to_rfc3339(), "timeZone": "Europe/Berlin" });
    (write(start), write(start + TimeDelta::minutes(45)))
}
