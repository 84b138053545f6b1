//! Google's representations, as far as they are read.
//! <https://developers.google.com/workspace/calendar/api/v3/reference/events#resource>.
//!
//! Only ids and times decide whether a record is usable, so everything else is optional, and enumerations are
//! text: a value that Google adds tomorrow rejects nothing.

use chrono::{DateTime, Utc};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// A page of `calendarList.list`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CalendarListPage {
    pub(crate) items: Option<Vec<CalendarListEntry>>,
    pub(crate) next_page_token: Option<String>,
    pub(crate) next_sync_token: Option<String>,
}

/// A calendar on a person's list. Of one that was deleted only the id is sure.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CalendarListEntry {
    pub(crate) id: String,
    pub(crate) summary: Option<String>,
    pub(crate) summary_override: Option<String>,
    pub(crate) time_zone: Option<String>,
    pub(crate) access_role: Option<String>,
    pub(crate) data_owner: Option<String>,
    pub(crate) primary: Option<bool>,
    pub(crate) deleted: Option<bool>,
}

impl CalendarListEntry {
    /// The account's own calendar as it follows from its id.
    pub(crate) fn own(id: String) -> Self {
        let access_role = Some("owner".to_owned());
        Self { id, access_role, primary: Some(true), ..Self::default() }
    }

    /// What the person calls it.
    pub(crate) fn label(&self) -> &str {
        self.summary_override.as_deref().or(self.summary.as_deref()).unwrap_or(&self.id)
    }

    pub(crate) fn is_primary(&self) -> bool {
        self.primary == Some(true)
    }
}

/// A page of `events.list`. Items stay the exact bytes that were sent.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EventsPage<'a> {
    pub(crate) kind: Option<String>,
    #[serde(borrow)]
    pub(crate) items: Option<Vec<&'a RawValue>>,
    pub(crate) next_page_token: Option<String>,
    pub(crate) next_sync_token: Option<String>,
    pub(crate) error: Option<IgnoredAny>,
}

/// The people on a calendar's events, and the calendar's name.
#[derive(Debug, Deserialize)]
pub(crate) struct Whose {
    pub(crate) summary: Option<String>,
    pub(crate) items: Option<Vec<People>>,
}

/// The people on an event.
#[derive(Debug, Deserialize)]
pub(crate) struct People {
    pub(crate) creator: Option<Person>,
    pub(crate) organizer: Option<Person>,
    pub(crate) attendees: Option<Vec<Person>>,
}

/// A channel for notifications, as it is asked for.
/// <https://developers.google.com/workspace/calendar/api/guides/push>.
#[derive(Serialize)]
pub(crate) struct Channel<'a> {
    pub(crate) id: &'a str,
    pub(crate) r#type: &'static str,
    pub(crate) address: &'a str,
    /// Comes with every notification. A secret.
    pub(crate) token: &'a str,
    pub(crate) params: ChannelParams,
}

/// How long a channel should last.
#[derive(Serialize)]
pub(crate) struct ChannelParams {
    /// In seconds, as text.
    pub(crate) ttl: String,
}

/// A channel as it is given.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Watched {
    pub(crate) resource_id: Option<String>,
    pub(crate) expiration: Option<Millis>,
}

/// Milliseconds since 1970: text by the reference, a number by the guide.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Millis {
    Number(i64),
    Text(String),
}

impl Millis {
    pub(crate) fn instant(&self) -> Option<DateTime<Utc>> {
        let millis = match self {
            Self::Number(millis) => *millis,
            Self::Text(text) => text.parse().ok()?,
        };
        DateTime::from_timestamp_millis(millis)
    }
}

/// An event, or the stub that is left of a deleted one: then only the id is sure.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Event {
    pub(crate) id: Option<String>,
    pub(crate) status: Option<String>,
    pub(crate) event_type: Option<String>,
    #[serde(rename = "iCalUID")]
    pub(crate) ical_uid: Option<String>,
    pub(crate) recurring_event_id: Option<String>,
    pub(crate) sequence: Option<i64>,
    pub(crate) start: Option<EventDateTime>,
    pub(crate) end: Option<EventDateTime>,
    pub(crate) original_start_time: Option<EventDateTime>,
    pub(crate) recurrence: Option<Vec<String>>,
    pub(crate) summary: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) location: Option<String>,
    pub(crate) organizer: Option<Person>,
    pub(crate) attendees: Option<Vec<Person>>,
    pub(crate) attendees_omitted: Option<bool>,
    pub(crate) guests_can_see_other_guests: Option<bool>,
    pub(crate) visibility: Option<String>,
    pub(crate) transparency: Option<String>,
    pub(crate) hangout_link: Option<String>,
    pub(crate) conference_data: Option<ConferenceData>,
}

/// All that is needed to name an event that does not parse.
#[derive(Debug, Deserialize)]
pub(crate) struct EventId {
    pub(crate) id: Option<String>,
}

/// A day (`date`) or an instant (`dateTime`).
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EventDateTime {
    pub(crate) date: Option<String>,
    pub(crate) date_time: Option<String>,
    pub(crate) time_zone: Option<String>,
}

/// An organiser or attendee. Flags are left out when false.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Person {
    pub(crate) email: Option<String>,
    pub(crate) display_name: Option<String>,
    pub(crate) response_status: Option<String>,
    pub(crate) organizer: Option<bool>,
    pub(crate) optional: Option<bool>,
    pub(crate) resource: Option<bool>,
    #[serde(rename = "self")]
    pub(crate) is_self: Option<bool>,
    pub(crate) async_operation: Option<String>,
}

/// How to join by video or telephone.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ConferenceData {
    pub(crate) conference_id: Option<String>,
    pub(crate) entry_points: Option<Vec<EntryPoint>>,
}

/// One way to join.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EntryPoint {
    pub(crate) entry_point_type: Option<String>,
    pub(crate) uri: Option<String>,
}

impl Event {
    pub(crate) fn is_cancelled(&self) -> bool {
        self.status.as_deref() == Some("cancelled")
    }
}
