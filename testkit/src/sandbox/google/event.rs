//! One event on one calendar: its fields, and how it reads on the wire.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Duration, FixedOffset, NaiveDateTime, SecondsFormat, TimeZone as _, Utc};
use chrono_tz::Tz;
use serde_json::{Map, Value, json};

use super::config::PrivateShape;
use super::error::ApiError;
use super::instance_ids::instance_id;
use crate::sandbox::ics::{Moment, Recurrence, Zone};

/// One version of an event on one calendar.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Event {
    pub(super) id: String,
    pub(super) start: Moment,
    pub(super) end: Moment,
    pub(super) recurrence_lines: Vec<String>,
    pub(super) recurrence: Recurrence,
    pub(super) recurring_event_id: Option<String>,
    pub(super) original_start: Option<Moment>,
    pub(super) sequence: i64,
    pub(super) created: DateTime<Utc>,
    pub(super) updated: DateTime<Utc>,
    /// Counts up with every change anywhere.
    pub(super) revision: u64,
    pub(super) cancelled: bool,
    /// Taken away without a trace, as occurrences are with their series.
    pub(super) gone: bool,
    /// Whether the ids of its occurrences say nothing of them.
    pub(super) opaque: bool,
    /// The calendar's owner threw this invitation away.
    pub(super) dismissed: bool,
    /// All other fields, as the API names them. `self` flags are added when it is shown.
    pub(super) body: Map<String, Value>,
}

/// Fields that are kept apart from `body` or cannot be written.
const APART: &[&str] = &[
    "id",
    "start",
    "end",
    "recurrence",
    "recurringEventId",
    "originalStartTime",
    "sequence",
    "created",
    "updated",
    "etag",
    "kind",
    "htmlLink",
    "endTimeUnspecified",
];

/// What belongs to one copy alone and is never shared with the other calendars.
pub(super) const LOCAL: &[&str] =
    &["reminders", "transparency", "visibility", "colorId", "extendedProperties"];

impl Event {
    pub(super) fn is_master(&self) -> bool {
        !self.recurrence_lines.is_empty()
    }

    pub(super) fn duration(&self, zone: &Zone) -> Duration {
        match (&self.start, &self.end) {
            (Moment::Day(start), Moment::Day(end)) => *end - *start,
            (start, end) => end.instant(zone) - start.instant(zone),
        }
    }

    /// The unchanged occurrence of a series at `wall`.
    pub(super) fn instance(&self, wall: NaiveDateTime, zone: &Zone) -> Self {
        let start = self.start.at_wall(wall);
        Self {
            id: instance_id(self, &start),
            end: start.plus(self.duration(zone)),
            recurrence_lines: Vec::new(),
            recurrence: Recurrence::default(),
            recurring_event_id: Some(self.id.clone()),
            original_start: Some(start.clone()),
            start,
            ..self.clone()
        }
    }

    /// Takes in fields as `events.insert` and `events.patch` do; null takes a field away.
    pub(super) fn write(&mut self, fields: &Map<String, Value>, calendar_zone: Tz) -> Result<(), ApiError> {
        for (side, now) in [("start", &mut self.start), ("end", &mut self.end)] {
            if let Some(value) = fields.get(side).filter(|value| !value.is_null()) {
                *now = parse_moment(value, now, calendar_zone).ok_or_else(|| {
                    ApiError::invalid(if side == "start" { "start" } else { "end" }, "Invalid time")
                })?;
            }
        }
        let zone = Zone::from(calendar_zone);
        if self.start.is_day() != self.end.is_day() {
            return Err(ApiError::invalid(
                "end",
                "Start and end times must either both be date or both be dateTime.",
            ));
        }
        if self.end.instant(&zone) < self.start.instant(&zone) {
            return Err(ApiError::time_range_empty());
        }
        match fields.get("recurrence") {
            Some(Value::Null) => self.recurrence_lines.clear(),
            Some(Value::Array(lines)) => {
                self.recurrence_lines = lines.iter().filter_map(Value::as_str).map(str::to_owned).collect();
            }
            _ => {}
        }
        self.recurrence = Recurrence::from_lines(&self.recurrence_lines, &self.start)
            .map_err(|_| ApiError::invalid("recurrence", "Invalid recurrence rule."))?;
        for (name, value) in fields.iter().filter(|(name, _)| !APART.contains(&name.as_str())) {
            match (name.as_str(), value) {
                ("status", Value::String(status)) => self.cancelled = status == "cancelled",
                (_, Value::Null) => {
                    self.body.remove(name);
                    continue;
                }
                ("attendees", Value::Array(attendees)) => {
                    let list = attendees.iter().filter_map(attendee).collect();
                    self.body.insert(name.clone(), Value::Array(list));
                    continue;
                }
                // A patch goes into objects.
                ("extendedProperties", Value::Object(patch)) => {
                    let known = self.body.entry(name.clone()).or_insert_with(|| json!({}));
                    merge(known, patch);
                    continue;
                }
                _ => {}
            }
            self.body.insert(name.clone(), value.clone());
        }
        self.mark_organizer();
        Ok(())
    }

    /// The organiser among the attendees carries a flag and has accepted.
    fn mark_organizer(&mut self) {
        let organizer = self.organizer().to_owned();
        if let Some(Value::Array(attendees)) = self.body.get_mut("attendees") {
            for attendee in attendees {
                let is_organizer =
                    attendee["email"].as_str().is_some_and(|it| it.eq_ignore_ascii_case(&organizer));
                if let Some(fields) = attendee.as_object_mut()
                    && is_organizer
                    && fields.insert("organizer".to_owned(), true.into()).is_none()
                {
                    fields.insert("responseStatus".to_owned(), "accepted".into());
                }
            }
        }
    }

    /// Gives it another organiser.
    pub(super) fn set_organizer(&mut self, organizer: Value) {
        self.body.insert("organizer".to_owned(), organizer);
        for one in self.body.get_mut("attendees").and_then(Value::as_array_mut).into_iter().flatten() {
            if let Some(fields) = one.as_object_mut() {
                fields.remove("organizer");
            }
        }
        self.mark_organizer();
    }

    /// Its `eventType`.
    pub(super) fn kind(&self) -> &str {
        self.body.get("eventType").and_then(Value::as_str).unwrap_or("default")
    }

    pub(super) fn organizer(&self) -> &str {
        self.body.get("organizer").and_then(|organizer| organizer["email"].as_str()).unwrap_or_default()
    }

    pub(super) fn attendees(&self) -> impl Iterator<Item = &str> {
        let list = self.body.get("attendees").and_then(Value::as_array);
        list.into_iter().flatten().filter_map(|attendee| attendee["email"].as_str())
    }

    pub(super) fn has_attendee(&self, address: &str) -> bool {
        self.attendees().any(|known| known.eq_ignore_ascii_case(address))
    }

    /// Whether the text search finds it.
    pub(super) fn mentions(&self, words: &str) -> bool {
        let mut text = String::new();
        for name in ["summary", "description", "location"] {
            text.extend([self.body.get(name).and_then(Value::as_str).unwrap_or_default(), "\n"]);
        }
        for person in (self.body.get("attendees").and_then(Value::as_array).into_iter().flatten())
            .chain(self.body.get("organizer"))
        {
            for name in ["email", "displayName"] {
                text.extend([person[name].as_str().unwrap_or_default(), "\n"]);
            }
        }
        let text = text.to_lowercase();
        words.split_whitespace().all(|word| text.contains(&word.to_lowercase()))
    }
}

/// How much of an event is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Detail {
    /// Only when it is.
    Times,
    /// Everything, unless it is private.
    Public,
    All,
}

/// How an event is shown.
#[derive(Debug, Clone)]
pub(super) struct Look<'a> {
    /// Whose `self` it is.
    pub(super) calendar: &'a str,
    /// In whose offset times are given.
    pub(super) zone: Tz,
    pub(super) max_attendees: Option<usize>,
    /// How much of an event is shown.
    pub(super) detail: Detail,
    pub(super) private_shape: PrivateShape,
    /// Whether cancelled events keep their details on the organiser's calendar.
    pub(super) cancelled_details: bool,
}

impl Look<'_> {
    pub(super) fn render(&self, event: &Event) -> Value {
        let own = event.organizer().eq_ignore_ascii_case(self.calendar);
        let etag = format!(
            "\"{}\"",
            event.updated.timestamp_millis() * 2000 + i64::try_from(event.revision % 2000).unwrap_or(0)
        );
        let mut shown = Map::new();
        let mut put = |name: &str, value: Value| shown.insert(name.to_owned(), value);
        put("kind", "calendar#event".into());
        put("etag", etag.into());
        put("id", event.id.clone().into());
        put("status", if event.cancelled { "cancelled" } else { "confirmed" }.into());
        if let (Some(master), Some(original)) = (&event.recurring_event_id, &event.original_start) {
            put("recurringEventId", master.clone().into());
            put("originalStartTime", self.time(original));
        }
        if event.cancelled && !(self.cancelled_details && own) {
            return Value::Object(shown);
        }
        put("start", self.time(&event.start));
        put("end", self.time(&event.end));
        let visibility = event.body.get("visibility").and_then(Value::as_str);
        let private = matches!(visibility, Some("private" | "confidential"));
        if self.detail == Detail::Times || (private && self.detail == Detail::Public) {
            put("visibility", "private".into());
            if self.private_shape == PrivateShape::Busy {
                put("summary", "busy".into());
            }
            return Value::Object(shown);
        }
        let link = URL_SAFE_NO_PAD.encode(format!("{} {}", event.id, self.calendar));
        put("htmlLink", format!("https://www.google.com/calendar/event?eid={link}").into());
        put("created", stamp(event.created).into());
        put("updated", stamp(event.updated).into());
        put("sequence", event.sequence.into());
        if event.is_master() {
            put("recurrence", event.recurrence_lines.clone().into());
        }
        for (name, value) in event.body.iter().filter(|(name, _)| *name != "status" || !event.cancelled) {
            let value = match name.as_str() {
                "organizer" | "creator" => self.with_self(value.clone()),
                "attendees" => {
                    let (list, omitted) =
                        self.attendees(value, own || event.allows("guestsCanSeeOtherGuests"));
                    if omitted {
                        shown.insert("attendeesOmitted".to_owned(), true.into());
                    }
                    if list.is_empty() {
                        continue;
                    }
                    list.into()
                }
                _ => value.clone(),
            };
            shown.insert(name.clone(), value);
        }
        Value::Object(shown)
    }

    fn with_self(&self, mut person: Value) -> Value {
        let is_self = person["email"].as_str().is_some_and(|email| email.eq_ignore_ascii_case(self.calendar));
        if let Some(fields) = person.as_object_mut() {
            fields.remove("self");
            if is_self {
                fields.insert("self".to_owned(), true.into());
            }
        }
        person
    }

    /// The attendees, or only the calendar's own where there are more than asked for or guests are hidden from
    /// each other; and whether any are left out.
    fn attendees(&self, list: &Value, open: bool) -> (Vec<Value>, bool) {
        let mut all: Vec<Value> =
            list.as_array().into_iter().flatten().map(|one| self.with_self(one.clone())).collect();
        let count = all.len();
        if !open || self.max_attendees.is_some_and(|max| count > max) {
            all.retain(|one| one["self"] == true);
        }
        let omitted = all.len() < count;
        (all, omitted)
    }

    pub(super) fn time(&self, moment: &Moment) -> Value {
        match moment {
            Moment::Day(day) => json!({ "date": day.to_string() }),
            Moment::Time { wall, zone } => {
                let at = self.zone.from_utc_datetime(&zone.to_utc(*wall).naive_utc());
                let name = zone.nearest_iana(&[]).map_or("UTC", |zone| zone.name());
                json!({ "dateTime": at.to_rfc3339_opts(SecondsFormat::Secs, true), "timeZone": name })
            }
        }
    }
}

/// RFC 3339 in UTC, to the millisecond.
pub(super) fn stamp(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// `{date}` or `{dateTime, timeZone}`. A zone that is left out stays as it was, else is the calendar's.
pub(super) fn parse_moment(value: &Value, before: &Moment, calendar_zone: Tz) -> Option<Moment> {
    if let Some(date) = value["date"].as_str() {
        return Some(Moment::Day(date.parse().ok()?));
    }
    let text = value["dateTime"].as_str()?;
    let zone = match (value["timeZone"].as_str(), before) {
        (Some(name), _) => Zone::named(name)?.nearest_iana(&[])?.into(),
        (None, Moment::Time { zone, .. }) => zone.clone(),
        (None, Moment::Day(_)) => calendar_zone.into(),
    };
    let wall = match DateTime::<FixedOffset>::parse_from_rfc3339(text) {
        Ok(at) => zone.to_wall(at.to_utc()),
        Err(_) => NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S").ok()?,
    };
    Some(Moment::Time { wall, zone })
}

/// An attendee as it is stored: with an answer, without `self`, false flags left out.
fn attendee(value: &Value) -> Option<Value> {
    let mut fields = value.as_object()?.clone();
    let email = fields.get("email")?.as_str()?.to_owned();
    fields.remove("self");
    fields.retain(|_, value| *value != Value::Bool(false) && !value.is_null());
    if email.ends_with("@resource.calendar.google.com") {
        fields.insert("resource".to_owned(), true.into());
    }
    fields.entry("responseStatus").or_insert_with(|| "needsAction".into());
    Some(Value::Object(fields))
}

/// JSON merge patch (RFC 7396) for objects.
fn merge(into: &mut Value, patch: &Map<String, Value>) {
    if !into.is_object() {
        *into = json!({});
    }
    let Some(fields) = into.as_object_mut() else { return };
    for (name, value) in patch {
        match value {
            Value::Null => {
                fields.remove(name);
            }
            Value::Object(inner) => merge(fields.entry(name.clone()).or_insert_with(|| json!({})), inner),
            value => {
                fields.insert(name.clone(), value.clone());
            }
        }
    }
}
