//! A calendar event, as one calendar shows it.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use serde::{Deserialize, Serialize};

/// A point of time of an event: an instant, or a whole day of no zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum EventTime {
    /// A whole day, wherever the reader is.
    Day(NaiveDate),
    /// An instant.
    At(DateTime<Utc>),
}

impl EventTime {
    /// The instant; a day counts from midnight UTC, for ordering and windows.
    pub fn instant(self) -> DateTime<Utc> {
        match self {
            Self::At(at) => at,
            Self::Day(day) => day.and_time(NaiveTime::MIN).and_utc(),
        }
    }

    /// Whether it is a whole day.
    pub fn is_day(self) -> bool {
        matches!(self, Self::Day(_))
    }
}

impl std::fmt::Display for EventTime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Day(day) => write!(f, "{day}"),
            Self::At(at) => write!(f, "{}", at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)),
        }
    }
}

/// Whether an event stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum EventStatus {
    /// It stands.
    #[default]
    Confirmed,
    /// It is pencilled in.
    Tentative,
    /// It is called off, and the calendar still shows its details.
    Cancelled,
}

impl EventStatus {
    /// Its word, as it is serialised and as manifests write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Tentative => "tentative",
            Self::Cancelled => "cancelled",
        }
    }
}

/// What kind of entry it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum EventKind {
    /// An ordinary event.
    #[default]
    Default,
    /// Absence.
    OutOfOffice,
    /// Time kept for work alone.
    FocusTime,
    /// Where somebody works that day.
    WorkingLocation,
    /// A birthday.
    Birthday,
    /// Made by the provider from a mail.
    FromMail,
    /// A kind this release does not know.
    Other,
}

impl EventKind {
    /// Its word, as it is serialised and as manifests write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::OutOfOffice => "out_of_office",
            Self::FocusTime => "focus_time",
            Self::WorkingLocation => "working_location",
            Self::Birthday => "birthday",
            Self::FromMail => "from_mail",
            Self::Other => "other",
        }
    }
}

/// How much of an event others may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Visibility {
    /// As the calendar's setting says.
    #[default]
    Default,
    /// All of it.
    Public,
    /// Its times only.
    Private,
}

/// A person's answer to an invitation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Response {
    /// None yet.
    #[default]
    NeedsAction,
    /// No.
    Declined,
    /// Perhaps.
    Tentative,
    /// Yes.
    Accepted,
}

impl Response {
    /// Its word, as it is serialised and as manifests write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NeedsAction => "needs_action",
            Self::Declined => "declined",
            Self::Tentative => "tentative",
            Self::Accepted => "accepted",
        }
    }
}

/// Who called the meeting.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Organiser {
    /// Address as the provider gives it.
    pub email: Option<String>,
    /// Display name.
    pub name: Option<String>,
    /// Whether the calendar that holds this copy is the organiser's.
    pub is_self: bool,
}

/// Somebody or something invited.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Attendee {
    /// Address as the provider gives it. Not normalised; may be a stand-in where there is no real one.
    pub email: String,
    /// Display name.
    pub name: Option<String>,
    /// The answer, as this copy knows it.
    pub response: Response,
    /// Whether the person need not come.
    pub optional: bool,
    /// Whether it is a room or a thing.
    pub resource: bool,
    /// Whether it called the meeting.
    pub organiser: bool,
    /// Whether the calendar that holds this copy is this attendee's.
    pub is_self: bool,
}

impl Attendee {
    /// An attendee with an address, who has not answered.
    pub fn new(email: impl Into<String>) -> Self {
        Self { email: email.into(), ..Self::default() }
    }
}

/// One event on one calendar: a *copy* of a meeting.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CalendarEvent {
    /// The calendar that holds it: the provider's id.
    pub calendar: String,
    /// The event's id on that calendar.
    pub id: String,
    /// The identity that all copies share, across calendars and for a whole series (RFC 5545 `UID`).
    pub uid: Option<String>,
    /// For an occurrence of a series: where it originally stood. Absent for single events, so that moving
    /// one is a change and not a new meeting.
    pub original_start: Option<EventTime>,
    /// For an occurrence of a series: the id of the series on that calendar. A series that is split becomes two.
    #[serde(default)]
    pub series: Option<String>,
    /// How often the organiser has changed it (RFC 5545 `SEQUENCE`).
    #[serde(default)]
    pub sequence: i64,
    /// Whether it stands.
    #[serde(default)]
    pub status: EventStatus,
    /// What kind of entry it is.
    #[serde(default)]
    pub kind: EventKind,
    /// When it begins.
    pub start: EventTime,
    /// The zone in which its begin is meant, by its name in the IANA database, if the provider says so.
    #[serde(default)]
    pub zone: Option<String>,
    /// When it ends; exclusive.
    pub end: EventTime,
    /// Its title; absent where it is hidden or empty.
    #[serde(default)]
    pub title: Option<String>,
    /// Its description, as text or HTML.
    #[serde(default)]
    pub description: Option<String>,
    /// Where it is.
    #[serde(default)]
    pub location: Option<String>,
    /// Who called it.
    #[serde(default)]
    pub organiser: Organiser,
    /// Who is invited, in the provider's order. Empty for an event without guests.
    #[serde(default)]
    pub attendees: Vec<Attendee>,
    /// Whether the guest list is cut or hidden, so that somebody's absence from it says nothing.
    #[serde(default)]
    pub attendees_cut: bool,
    /// How much others may see.
    #[serde(default)]
    pub visibility: Visibility,
    /// Whether the time counts as busy.
    #[serde(default = "yes")]
    pub busy: bool,
    /// The link to join it by video.
    #[serde(default)]
    pub conference: Option<String>,
    /// The id that the conference has at the service that holds it.
    #[serde(default)]
    pub conference_id: Option<String>,
}

fn yes() -> bool {
    true
}

impl CalendarEvent {
    /// An event with its place, identity and times; everything else as for an ordinary event without guests.
    pub fn new(calendar: impl Into<String>, id: impl Into<String>, start: EventTime, end: EventTime) -> Self {
        Self {
            calendar: calendar.into(),
            id: id.into(),
            uid: None,
            original_start: None,
            series: None,
            sequence: 0,
            status: EventStatus::default(),
            kind: EventKind::default(),
            start,
            zone: None,
            end,
            title: None,
            description: None,
            location: None,
            organiser: Organiser::default(),
            attendees: Vec::new(),
            attendees_cut: false,
            visibility: Visibility::default(),
            busy: true,
            conference: None,
            conference_id: None,
        }
    }

    /// What all copies of this meeting share. Without a uid it is the calendar and the event's id.
    pub fn identity(&self) -> String {
        match (&self.uid, self.original_start) {
            // The length keeps a uid that holds the separator apart from what follows it.
            (Some(uid), Some(original)) => format!("uid:{}:{uid}#{original}", uid.len()),
            (Some(uid), None) => format!("uid:{}:{uid}", uid.len()),
            (None, _) => format!("event:{}:{}#{}", self.calendar.len(), self.calendar, self.id),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(calendar: &str, id: &str, uid: Option<&str>) -> CalendarEvent {
        let day = EventTime::Day(NaiveDate::MIN);
        let mut event = CalendarEvent::new(calendar, id, day, day);
        event.uid = uid.map(str::to_owned);
        event
    }

    #[test]
    fn copies_share_an_identity_and_nothing_else_does() {
        assert_eq!(event("a", "1", Some("u")).identity(), event("b", "2", Some("u")).identity());
        let mut occurrence = event("a", "1", Some("u"));
        occurrence.original_start = Some(EventTime::Day(NaiveDate::MIN));
        assert_ne!(occurrence.identity(), event("a", "1", Some("u")).identity());
        // Separators inside names make no two identities equal.
        assert_ne!(event("a#b", "c", None).identity(), event("a", "b#c", None).identity());
        let uid = format!("u#{}", EventTime::Day(NaiveDate::MIN));
        assert_ne!(event("a", "1", Some(&uid)).identity(), occurrence.identity());
    }
}
