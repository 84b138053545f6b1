//! The meeting of a case, as one calendar shows it, or several do.

use acquaint_core::view::{Attendee, CalendarEvent, EventTime, Organiser, Visibility};
use acquaint_matcher::Address;
use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};

use super::Known;
use super::given::Given;
use super::words::word;
use crate::join::address;
use crate::manifest::node::{Body, Entry, Node};
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
    "copies",
];
/// What a copy says, besides what it shares with the meeting.
pub(in crate::manifest) const COPY: &[&str] = &[
    "calendar",
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
const TIMES: &[&str] = &["start", "end", "duration", "all_day"];
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

/// The meeting as its own calendar shows it, then as those of its copies do.
pub(super) fn compile(
    reader: &Reader,
    known: &Known<'_>,
    given: &Given,
    now: DateTime<Utc>,
    node: &Node,
) -> Option<Vec<CalendarEvent>> {
    let before = reader.count();
    let epoch = EventTime::At(now);
    let mut event = CalendarEvent::new("case", "case", epoch, epoch);
    event.uid = Some("case".to_owned());
    event.organiser.email = given.users.first().cloned();
    let entries = reader.map(node, "a meeting");
    for entry in entries.iter().filter(|entry| entry.key != "copies") {
        show(reader, known, &mut event, entry, ("a meeting", KEYS));
    }
    let tomorrow = now.checked_add_signed(TimeDelta::days(1)).unwrap_or(now);
    (event.start, event.end) = times(reader, now, tomorrow, node)?;
    let users: Vec<String> = given.users.iter().map(|user| address(user)).collect();
    let called = event.organiser.email.as_deref().map(address);
    // It is read from the calendar of whoever called it, or else of the first user.
    let owner = called.filter(|called| users.contains(called)).or_else(|| users.first().cloned());
    let mut events = vec![seen_by(event, owner)];
    let copies = entries.iter().find(|entry| entry.key == "copies");
    for item in copies.map(|entry| reader.list(&entry.value)).unwrap_or_default() {
        events.extend(copy(reader, known, now, &events, item));
    }
    (reader.count() == before).then_some(events)
}

/// The meeting on another calendar, which shows what the first one does unless it says otherwise.
fn copy(
    reader: &Reader,
    known: &Known<'_>,
    now: DateTime<Utc>,
    others: &[CalendarEvent],
    node: &Node,
) -> Option<CalendarEvent> {
    let mut event = others.first()?.clone();
    let entries = reader.map(node, "a copy");
    for entry in entries.iter().filter(|entry| entry.key != "calendar") {
        show(reader, known, &mut event, entry, ("a copy", COPY));
    }
    if entries.iter().any(|entry| TIMES.contains(&entry.key.as_str())) {
        (event.start, event.end) = times(reader, now, event.start.instant(), node)?;
    }
    let Some(calendar) = entries.iter().find(|entry| entry.key == "calendar") else {
        reader.say(node.place, "a copy needs `calendar`: the address of the person on whose calendar it is");
        return None;
    };
    let owner = address(&email(reader, &calendar.value)?);
    if others.iter().any(|other| other.calendar == owner) {
        let message =
            format!("the meeting is on the calendar of {owner} already; name that of another person");
        reader.say(calendar.value.place, message);
    }
    Some(seen_by(event, Some(owner)))
}

/// An event as the calendar of this person shows it.
fn seen_by(mut event: CalendarEvent, owner: Option<String>) -> CalendarEvent {
    let is_owner = |email: &str| owner.as_ref() == Some(&address(email));
    event.organiser.is_self = event.organiser.email.as_deref().is_some_and(is_owner);
    for attendee in &mut event.attendees {
        attendee.is_self = is_owner(&attendee.email);
    }
    event.calendar = owner.unwrap_or(event.calendar);
    event
}

/// What an entry says of an event, but for its times.
fn show(
    reader: &Reader,
    known: &Known<'_>,
    event: &mut CalendarEvent,
    entry: &Entry,
    (what, keys): (&str, &[&str]),
) {
    let value = &entry.value;
    let text = || reader.text(value, &format!("`{}`", entry.key)).map(str::to_owned);
    match entry.key.as_str() {
        "title" => event.title = text(),
        "description" => event.description = text(),
        "location" => event.location = text(),
        "conference" => event.conference = text(),
        "organiser" => event.organiser = organiser(reader, value),
        "attendees" => {
            event.attendees = reader.list(value).iter().filter_map(|item| attendee(reader, item)).collect();
        }
        "status" => {
            event.status = word(reader, &Field::Status, value, "`status`").unwrap_or_default();
        }
        "kind" => event.kind = word(reader, &Field::Kind, value, "`kind`").unwrap_or_default(),
        "private" => {
            let private = reader.flag(value, "`private`").unwrap_or_default();
            event.visibility = if private { Visibility::Private } else { Visibility::Default };
        }
        // Times hang together.
        key if TIMES.contains(&key) => {}
        _ => reader.unknown(entry, what, keys),
    }
    if known.privacy.dropped().any(|name| name == entry.key) {
        let key = &entry.key;
        reader.say(entry.place, format!("no rule sees `{key}`: `privacy` drops it; leave it out"));
    }
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

/// When it begins, `usual` unless it is said, and ends. A date alone is a whole day, unless `all_day` says otherwise.
fn times(
    reader: &Reader,
    now: DateTime<Utc>,
    usual: DateTime<Utc>,
    node: &Node,
) -> Option<(EventTime, EventTime)> {
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
        None => usual,
    };
    let length = if all_day { TimeDelta::days(1) } else { LENGTH };
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
        (None, None) => (start.checked_add_signed(length), node.place),
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
