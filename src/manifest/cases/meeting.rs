//! The meeting of a case, as one calendar shows it.

use acquaint_core::view::{Attendee, CalendarEvent, EventTime, Organiser, Visibility};
use acquaint_matcher::Address;
use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};

use super::Known;
use super::given::Given;
use super::words::word;
use crate::join::address;
use crate::manifest::node::{Body, Node};
use crate::manifest::reader::Reader;
use crate::manifest::rules::{Field, Instant};

/// When cases take place that do not say so: a Monday morning, 2026-01-05T09:00:00Z.
pub(super) fn default_now() -> DateTime<Utc> {
    const SECONDS: i64 = 1_767_603_600;
    DateTime::from_timestamp(SECONDS, 0).unwrap_or_default()
}

/// How long meetings take that do not say so.
const LENGTH: TimeDelta = TimeDelta::minutes(30);

pub(in crate::manifest) const KEYS: &[&str] = &[
    "title",
    "start",
    "end",
    "duration",
    "all_day",
    "attendees",
    "organiser",
    "description",
    "location",
    "conference",
    "status",
    "kind",
    "private",
];
pub(in crate::manifest) const ATTENDEE: &[&str] = &["email", "name", "response", "optional", "resource"];
pub(in crate::manifest) const ORGANISER: &[&str] = &["email", "name"];

/// An instant: fixed, or relative to `now` where there is one.
pub(super) fn instant(reader: &Reader, node: &Node, now: Option<DateTime<Utc>>) -> Option<DateTime<Utc>> {
    let text = reader.text(node, "a point in time")?;
    match (Instant::parse(text), now) {
        (Ok(Instant::At(at)), _) => Some(at),
        (Ok(instant), Some(now)) => Some(instant.at(now)),
        (Ok(_), None) => {
            reader.say(node.place, "write a fixed point in time, such as 2026-03-01T09:00:00Z");
            None
        }
        (Err(message), _) => {
            reader.say(node.place, message);
            None
        }
    }
}

pub(super) fn compile(
    reader: &Reader,
    known: &Known<'_>,
    given: &Given,
    now: DateTime<Utc>,
    node: &Node,
) -> Option<CalendarEvent> {
    let before = reader.count();
    let entries = reader.map(node, "a meeting");
    let epoch = EventTime::At(now);
    let mut event = CalendarEvent::new("case", "case", epoch, epoch);
    event.organiser.email = given.users.first().cloned();
    for entry in entries {
        let value = &entry.value;
        let text = || reader.text(value, &format!("`{}`", entry.key)).map(str::to_owned);
        match entry.key.as_str() {
            "title" => event.title = text(),
            "description" => event.description = text(),
            "location" => event.location = text(),
            "conference" => event.conference = text(),
            "organiser" => event.organiser = organiser(reader, value),
            "attendees" => {
                event.attendees =
                    reader.list(value).iter().filter_map(|item| attendee(reader, item)).collect();
            }
            "status" => {
                event.status = word(reader, &Field::Status, value, "`status`").unwrap_or_default();
            }
            "kind" => event.kind = word(reader, &Field::Kind, value, "`kind`").unwrap_or_default(),
            "private" => {
                if reader.flag(value, "`private`") == Some(true) {
                    event.visibility = Visibility::Private;
                }
            }
            // Times hang together.
            "start" | "end" | "duration" | "all_day" => {}
            _ => reader.unknown(entry, "a meeting", KEYS),
        }
        if known.privacy.dropped().any(|name| name == entry.key) {
            let key = &entry.key;
            reader.say(entry.place, format!("no rule sees `{key}`: `privacy` drops it; leave it out"));
        }
    }
    (event.start, event.end) = times(reader, now, node)?;
    let users: Vec<String> = given.users.iter().map(|user| address(user)).collect();
    let called = event.organiser.email.as_deref().map(address);
    // It is read from the calendar of whoever called it, or else of the first user.
    event.organiser.is_self = called.as_ref().is_some_and(|called| users.contains(called));
    let owner = called.filter(|called| users.contains(called)).or_else(|| users.first().cloned());
    for attendee in &mut event.attendees {
        attendee.is_self = owner.as_ref() == Some(&address(&attendee.email));
    }
    event.calendar = owner.unwrap_or(event.calendar);
    (reader.count() == before).then_some(event)
}

fn organiser(reader: &Reader, node: &Node) -> Organiser {
    let mut organiser = Organiser::default();
    match &node.body {
        Body::Null => {}
        Body::Map(entries) => {
            for entry in entries {
                match entry.key.as_str() {
                    "email" => organiser.email = email(reader, &entry.value),
                    "name" => organiser.name = reader.text(&entry.value, "`name`").map(str::to_owned),
                    _ => reader.unknown(entry, "an organiser", ORGANISER),
                }
            }
        }
        _ => organiser.email = email(reader, node),
    }
    organiser
}

fn attendee(reader: &Reader, node: &Node) -> Option<Attendee> {
    let Body::Map(entries) = &node.body else {
        return email(reader, node).map(Attendee::new);
    };
    let mut attendee = Attendee::default();
    for entry in entries {
        let value = &entry.value;
        match entry.key.as_str() {
            "email" => attendee.email = email(reader, value).unwrap_or_default(),
            "name" => attendee.name = reader.text(value, "`name`").map(str::to_owned),
            "response" => {
                attendee.response = word(reader, &Field::Response, value, "`response`").unwrap_or_default();
            }
            "optional" => attendee.optional = reader.flag(value, "`optional`").unwrap_or_default(),
            "resource" => attendee.resource = reader.flag(value, "`resource`").unwrap_or_default(),
            _ => reader.unknown(entry, "an attendee", ATTENDEE),
        }
    }
    if !entries.iter().any(|entry| entry.key == "email") {
        reader.say(node.place, "an attendee needs `email`");
    }
    Some(attendee)
}

fn email(reader: &Reader, node: &Node) -> Option<String> {
    let text = reader.text(node, "an address")?;
    if Address::parse(text).is_err() {
        reader.say(node.place, format!("`{text}` is no address; write NAME@HOST"));
        return None;
    }
    Some(text.to_owned())
}

/// When it begins and ends. A date alone is a whole day, unless `all_day` says otherwise.
fn times(reader: &Reader, now: DateTime<Utc>, node: &Node) -> Option<(EventTime, EventTime)> {
    let Body::Map(entries) = &node.body else { return None };
    let find = |key: &str| entries.iter().find(|entry| entry.key == key).map(|entry| &entry.value);
    let is_date =
        |node: &Node| matches!(&node.body, Body::Text(text) if text.trim().parse::<NaiveDate>().is_ok());
    let all_day = match find("all_day") {
        Some(node) => reader.flag(node, "`all_day`")?,
        None => find("start").is_some_and(is_date),
    };
    let start = match find("start") {
        Some(node) => instant(reader, node, Some(now))?,
        None => now.checked_add_signed(TimeDelta::days(1)).unwrap_or(now),
    };
    let usual = if all_day { TimeDelta::days(1) } else { LENGTH };
    let (end, place) = match (find("end"), find("duration")) {
        (Some(_), Some(duration)) => {
            reader.say(duration.place, "write either `end` or `duration`");
            return None;
        }
        (Some(node), None) => (instant(reader, node, Some(now)), node.place),
        (None, Some(node)) => {
            let length = reader.duration(node, "`duration`")?;
            let length = TimeDelta::from_std(length).unwrap_or(TimeDelta::MAX);
            (start.checked_add_signed(length), node.place)
        }
        (None, None) => (start.checked_add_signed(usual), node.place),
    };
    let end = end.or_else(|| {
        reader.say(place, "this meeting ends too far away");
        None
    })?;
    if end < start {
        reader.say(place, "a meeting does not end before it begins");
        return None;
    }
    if !all_day {
        return Some((EventTime::At(start), EventTime::At(end)));
    }
    let (first, last) = (start.date_naive(), end.date_naive());
    let next = first.checked_add_days(Days::new(1)).unwrap_or(first);
    Some((EventTime::Day(first), EventTime::Day(last.max(next))))
}
