//! What an event of Google's says, in the terms that all calendars share.

use acquaint_core::view::{
    Attendee, CalendarEvent, EventKind, EventStatus, EventTime, Organiser, Response, Visibility,
};
use acquaint_core::{Error, ErrorKind, Result};
use chrono::{DateTime, Datelike as _, NaiveDate};

use crate::events::PRIVATE;
use crate::model::{Event, EventDateTime, Person};

/// When an event is. The only part of an event that can be unusable, besides its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Times {
    pub(crate) start: EventTime,
    pub(crate) end: EventTime,
    pub(crate) original_start: Option<EventTime>,
}

impl Times {
    /// # Errors
    /// `Malformed`, naming the field and nothing of its content.
    pub(crate) fn of(event: &Event) -> Result<Self> {
        let start = event.start.as_ref().ok_or_else(|| bad("start", "the event has no start"))?;
        let start = point("start", start)?;
        let end = match &event.end {
            Some(end) => point("end", end)?,
            None => start,
        };
        if end.instant() < start.instant() {
            return Err(bad("end", "the event ends before it begins"));
        }
        Ok(Self {
            start,
            end: at_least_a_day(start, end),
            original_start: event
                .original_start_time
                .as_ref()
                .map(|time| point("originalStartTime", time))
                .transpose()?,
        })
    }
}

/// A whole day lasts one, also where the end is missing or repeats the start.
fn at_least_a_day(start: EventTime, end: EventTime) -> EventTime {
    match (start, end) {
        (EventTime::Day(first), EventTime::Day(last)) if first == last => {
            EventTime::Day(first.succ_opt().unwrap_or(last))
        }
        _ => end,
    }
}

fn point(field: &'static str, time: &EventDateTime) -> Result<EventTime> {
    let read = if let Some(text) = &time.date_time {
        let at = DateTime::parse_from_rfc3339(text).map_err(|_| bad(field, "this is no RFC 3339 time"))?;
        EventTime::At(at.to_utc())
    } else if let Some(text) = &time.date {
        let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").map_err(|_| bad(field, "this is no date"))?;
        EventTime::Day(day)
    } else {
        return Err(bad(field, "neither a date nor a time is given"));
    };
    // Other years are debris of faulty imports.
    if !(1..=9999).contains(&read.instant().year()) {
        return Err(bad(field, "the year is out of range"));
    }
    Ok(read)
}

fn bad(field: &'static str, message: &'static str) -> Error {
    Error::new(ErrorKind::Malformed, message).with("field", field)
}

/// The view of an event on a calendar.
///
/// # Errors
/// `Malformed` if it has no id or no usable times.
pub(crate) fn calendar_event(calendar: &str, event: Event) -> Result<CalendarEvent> {
    let times = Times::of(&event)?;
    let zone = event.start.and_then(|start| text(start.time_zone));
    let id = event.id.ok_or_else(|| bad("id", "the event has no id"))?;
    let mut view = CalendarEvent::new(calendar, id, times.start, times.end);
    view.uid = text(event.ical_uid);
    view.original_start = times.original_start;
    view.series = text(event.recurring_event_id);
    view.zone = zone;
    view.sequence = event.sequence.unwrap_or(0);
    view.status = match event.status.as_deref() {
        Some("tentative") => EventStatus::Tentative,
        Some("cancelled") => EventStatus::Cancelled,
        _ => EventStatus::Confirmed,
    };
    view.kind = match event.event_type.as_deref() {
        None | Some("default") => EventKind::Default,
        Some("outOfOffice") => EventKind::OutOfOffice,
        Some("focusTime") => EventKind::FocusTime,
        Some("workingLocation") => EventKind::WorkingLocation,
        Some("birthday") => EventKind::Birthday,
        Some("fromGmail") => EventKind::FromMail,
        Some(_) => EventKind::Other,
    };
    view.visibility = match event.visibility.as_deref() {
        Some("public") => Visibility::Public,
        Some(word) if PRIVATE.contains(&word) => Visibility::Private,
        _ => Visibility::Default,
    };
    view.busy = event.transparency.as_deref() != Some("transparent");
    view.title = text(event.summary);
    view.description = text(event.description);
    view.location = text(event.location);
    let (points, conference) =
        event.conference_data.map(|data| (data.entry_points, data.conference_id)).unwrap_or_default();
    view.conference = text(event.hangout_link).or_else(|| {
        let mut points = points.into_iter().flatten();
        points.find(|point| point.entry_point_type.as_deref() == Some("video"))?.uri
    });
    view.conference_id = text(conference);
    view.organiser = event.organizer.map(organiser).unwrap_or_default();
    let guests = event.attendees.unwrap_or_default();
    // A reader sees of a private event its times and little else, at most that it is `busy`: no guests says nothing.
    let untold = view.title.is_none() || view.organiser.email.is_none();
    let hidden = view.visibility == Visibility::Private && guests.is_empty() && untold;
    let kept_from_guests = event.guests_can_see_other_guests == Some(false) && !view.organiser.is_self;
    let incomplete = guests.iter().any(|guest| {
        text(guest.email.clone()).is_none() || guest.async_operation.as_deref() == Some("inProgress")
    });
    view.attendees_cut = event.attendees_omitted == Some(true) || kept_from_guests || hidden || incomplete;
    view.attendees = guests.into_iter().filter_map(attendee).collect();
    Ok(view)
}

fn organiser(person: Person) -> Organiser {
    let mut organiser = Organiser::default();
    organiser.email = text(person.email);
    organiser.name = text(person.display_name);
    organiser.is_self = person.is_self == Some(true);
    organiser
}

/// A guest; `None` without an address, by which alone guests are told apart.
fn attendee(person: Person) -> Option<Attendee> {
    let mut attendee = Attendee::new(text(person.email)?);
    attendee.name = text(person.display_name);
    attendee.response = match person.response_status.as_deref() {
        Some("accepted") => Response::Accepted,
        Some("declined") => Response::Declined,
        Some("tentative") => Response::Tentative,
        _ => Response::NeedsAction,
    };
    attendee.organiser = person.organizer == Some(true);
    attendee.optional = person.optional == Some(true);
    attendee.resource = person.resource == Some(true);
    attendee.is_self = person.is_self == Some(true);
    Some(attendee)
}

fn text(value: Option<String>) -> Option<String> {
    value.filter(|text| !text.trim().is_empty())
}
