//! The parameters of `events.list`
//! (<https://developers.google.com/workspace/calendar/api/v3/reference/events/list>).

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::calendar::Window;
use super::error::ApiError;
use super::event::Event;
use crate::sandbox::ics::Zone;

/// A read query string: names in the order given, values decoded.
pub(super) type Pairs = Vec<(String, String)>;

/// What one list asks for.
#[derive(Debug, Clone, Default)]
pub(super) struct Query {
    pub(super) max_results: usize,
    pub(super) page_token: Option<String>,
    pub(super) sync_token: Option<String>,
    pub(super) show_deleted: bool,
    pub(super) single_events: bool,
    pub(super) order_by: Option<OrderBy>,
    pub(super) max_attendees: Option<usize>,
    pub(super) time_zone: Option<Tz>,
    pub(super) window: Window,
    pub(super) updated_min: Option<DateTime<Utc>>,
    event_types: Vec<String>,
    words: Option<String>,
    ical_uid: Option<String>,
    private_properties: Vec<String>,
    shared_properties: Vec<String>,
    /// Of all that has to stay the same from the first list to the incremental ones.
    pub(super) binding: String,
    /// Of all parameters but the page token.
    pub(super) fingerprint: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OrderBy {
    StartTime,
    Updated,
}

/// Parameters that may not come with a sync token.
const FORBIDDEN: &[&str] = &[
    "iCalUID",
    "orderBy",
    "privateExtendedProperty",
    "q",
    "sharedExtendedProperty",
    "timeMin",
    "timeMax",
    "updatedMin",
];

/// Parameters that a sync token is bound to.
const BOUND: &[&str] =
    &["eventTypes", "maxAttendees", "maxResults", "showHiddenInvitations", "singleEvents", "timeZone"];

/// Parameters of every method, which change nothing that is listed.
const COMMON: &[&str] = &["alt", "fields", "key", "prettyPrint", "quotaUser", "userIp", "oauth_token"];

impl Query {
    pub(super) fn read(pairs: &Pairs) -> Result<Self, ApiError> {
        let last =
            |name: &str| pairs.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let all = |name: &str| -> Vec<String> {
            pairs.iter().filter(|(key, _)| key == name).map(|(_, value)| value.clone()).collect()
        };
        let sync_token = last("syncToken").map(str::to_owned);
        if sync_token.is_some() && FORBIDDEN.iter().any(|name| last(name).is_some()) {
            return Err(ApiError::bad_request());
        }
        let show_deleted = last("showDeleted").map(|value| boolean("showDeleted", value)).transpose()?;
        if sync_token.is_some() && show_deleted == Some(false) {
            return Err(ApiError::bad_request());
        }
        let time = |name: &'static str| {
            let parse = |text: &str| DateTime::parse_from_rfc3339(text).map(|at| at.to_utc());
            last(name).map(|text| parse(text).map_err(|_| ApiError::bad_request())).transpose()
        };
        let window = Window { from: time("timeMin")?, until: time("timeMax")? };
        if let (Some(from), Some(until)) = (window.from, window.until)
            && from >= until
        {
            return Err(ApiError::time_range_empty());
        }
        let single_events = last("singleEvents").map(|value| boolean("singleEvents", value)).transpose()?;
        let single_events = single_events.unwrap_or(false);
        let order_by = match last("orderBy") {
            None => None,
            Some("updated") => Some(OrderBy::Updated),
            Some("startTime") if single_events => Some(OrderBy::StartTime),
            Some("startTime") => {
                let message = "The requested ordering is not available for the particular query.";
                return Err(ApiError::invalid("orderBy", message));
            }
            Some(_) => return Err(ApiError::invalid("orderBy", "Invalid value")),
        };
        let time_zone = last("timeZone").map(|name| {
            Zone::named(name)
                .and_then(|zone| zone.nearest_iana(&[]))
                .ok_or_else(|| ApiError::invalid("timeZone", "Invalid time zone"))
        });
        let mut event_types = all("eventTypes");
        event_types.sort_unstable();
        Ok(Self {
            max_results: last("maxResults")
                .map(|v| count("maxResults", v))
                .transpose()?
                .unwrap_or(250)
                .min(2500),
            page_token: last("pageToken").map(str::to_owned),
            sync_token,
            show_deleted: show_deleted.unwrap_or(false),
            single_events,
            order_by,
            max_attendees: last("maxAttendees").map(|v| count("maxAttendees", v)).transpose()?,
            time_zone: time_zone.transpose()?,
            window,
            updated_min: time("updatedMin")?,
            event_types,
            words: last("q").map(str::to_owned),
            ical_uid: last("iCalUID").map(str::to_owned),
            private_properties: all("privateExtendedProperty"),
            shared_properties: all("sharedExtendedProperty"),
            binding: digest(pairs, |name| BOUND.contains(&name)),
            fingerprint: digest(pairs, |name| name != "pageToken" && !COMMON.contains(&name)),
        })
    }

    /// Whether the list ends in a sync token: not where it is ordered or searched.
    pub(super) fn gives_sync_token(&self) -> bool {
        self.order_by.is_none()
            && self.words.is_none()
            && self.ical_uid.is_none()
            && self.private_properties.is_empty()
            && self.shared_properties.is_empty()
    }

    /// Whether an event is of the kind asked for, wherever it lies.
    pub(super) fn wants(&self, event: &Event) -> bool {
        let text = |name: &str, default: &'static str| {
            event.body.get(name).and_then(|value| value.as_str()).unwrap_or(default).to_owned()
        };
        let property = |kind: &str, pair: &String| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            event.body.get("extendedProperties").is_some_and(|properties| properties[kind][name] == value)
        };
        (self.event_types.is_empty() || self.event_types.contains(&text("eventType", "default")))
            && self.ical_uid.as_ref().is_none_or(|uid| *uid == text("iCalUID", ""))
            && self.words.as_ref().is_none_or(|words| event.mentions(words))
            && self.private_properties.iter().all(|pair| property("private", pair))
            && self.shared_properties.iter().all(|pair| property("shared", pair))
    }
}

/// The query of a sync token as it is bound.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SyncState {
    pub(super) calendar: String,
    pub(super) revision: u64,
    pub(super) generation: u64,
    pub(super) binding: String,
    /// When the token was given, in seconds.
    pub(super) issued: i64,
    /// The first list's window.
    pub(super) from: Option<DateTime<Utc>>,
    pub(super) until: Option<DateTime<Utc>>,
    /// Up to when series are expanded.
    pub(super) ahead: DateTime<Utc>,
}

/// Where a list stands between two pages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PageState {
    pub(super) fingerprint: String,
    /// What the sync token will say; its revision is the one that is shown.
    pub(super) shown: SyncState,
    pub(super) offset: usize,
}

pub(super) fn boolean(name: &'static str, value: &str) -> Result<bool, ApiError> {
    match value {
        "true" | "True" | "1" => Ok(true),
        "false" | "False" | "0" => Ok(false),
        _ => Err(ApiError::invalid(name, format!("Invalid boolean value: '{value}'."))),
    }
}

pub(super) fn count(name: &'static str, value: &str) -> Result<usize, ApiError> {
    let within = "Values must be within the range: [1, 2147483647]";
    (value.parse::<i32>().ok())
        .and_then(|value| usize::try_from(value).ok())
        .filter(|value| *value > 0)
        .ok_or_else(|| ApiError::invalid(name, format!("Invalid value '{value}'. {within}")))
}

fn digest(pairs: &Pairs, wanted: impl Fn(&str) -> bool) -> String {
    let mut kept: Vec<&(String, String)> = pairs.iter().filter(|(name, _)| wanted(name)).collect();
    kept.sort_unstable();
    let hash = Sha256::digest(format!("{kept:?}"));
    hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
