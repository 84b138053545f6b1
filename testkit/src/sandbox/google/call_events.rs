//! The methods of `events`
//! (<https://developers.google.com/workspace/calendar/api/v3/reference/events>).

use std::sync::Arc;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde_json::{Value, json};

use super::access::AccessRole;
use super::calendar::{Calendar, Window};
use super::calendar_list::numbers;
use super::call::Call;
use super::error::ApiError;
use super::event::{Detail, Event, Look, stamp};
use super::list::{Lister, Page};
use super::query::{Query, boolean, count};
use super::state::State;
use super::write::Writer;
use crate::sandbox::ics::Moment;

impl Call<'_> {
    pub(super) fn list_events(&self, state: &mut State) -> Result<Value, ApiError> {
        let query = Query::read(self.pairs)?;
        let empty = state.empty_pages > 0;
        let (calendar, role) = state.access(self.account(), self.route.calendar)?;
        let lister = Lister {
            calendar,
            config: &state.config,
            listings: &state.listings,
            now: self.now,
            revision: state.revision,
            empty,
        };
        let page = lister.page(&query)?;
        let used_empty = empty && page.events.is_empty() && page.next_page_token.is_some();
        let look = look(state, calendar, role, query.time_zone, query.max_attendees);
        let body = show_page(state, calendar, role, &look, page);
        state.empty_pages -= usize::from(used_empty);
        Ok(body)
    }

    /// One event as the caller sees it.
    pub(super) fn event(&self, state: &State, id: &str) -> Result<Value, ApiError> {
        let (calendar, role) = state.access(self.account(), self.route.calendar)?;
        let event = calendar.find(id).ok_or_else(ApiError::not_found)?;
        Ok(self.look(state, calendar, role)?.render(&event))
    }

    /// How the caller sees the events of a calendar.
    fn look<'c>(
        &self,
        state: &State,
        calendar: &'c Calendar,
        role: AccessRole,
    ) -> Result<Look<'c>, ApiError> {
        let zone = self
            .parameter("timeZone")
            .map(|name| name.parse().map_err(|_| ApiError::invalid("timeZone", "Invalid time zone")));
        let most = self.parameter("maxAttendees").map(|value| count("maxAttendees", value));
        Ok(look(state, calendar, role, zone.transpose()?, most.transpose()?))
    }

    /// `events.instances`: one page of the occurrences of a series, all pages at the moment of the first.
    pub(super) fn instances(&self, state: &State) -> Result<Value, ApiError> {
        let (calendar, role) = state.access(self.account(), self.route.calendar)?;
        let time = |name: &'static str| {
            let parse = |text: &str| DateTime::parse_from_rfc3339(text).map(|at| at.to_utc());
            self.parameter(name).map(|text| parse(text).map_err(|_| ApiError::bad_request())).transpose()
        };
        let ahead = self.now.checked_add_signed(state.config.expand_ahead);
        let window = Window { from: time("timeMin")?, until: time("timeMax")?.or(ahead) };
        let deleted = self.parameter("showDeleted").map(|value| boolean("showDeleted", value));
        let deleted = deleted.transpose()?.unwrap_or(false);
        let size = self.parameter("maxResults").map(|value| count("maxResults", value)).transpose()?;
        let size = size.unwrap_or(250).min(2500).min(state.config.page_cap.unwrap_or(usize::MAX).max(1));
        let (revision, offset) = match self.parameter("pageToken") {
            None => (state.revision, 0),
            Some(token) => {
                let invalid = || ApiError::invalid("pageToken", "Invalid page token value.");
                let (revision, offset) = numbers("ip-", token).ok_or_else(invalid)?;
                (revision, usize::try_from(offset).map_err(|_| invalid())?)
            }
        };
        let master = calendar.at(self.route.event, revision).ok_or_else(ApiError::not_found)?;
        if !master.is_master() {
            return Err(ApiError::bad_request());
        }
        let original = self.parameter("originalStart");
        let mut events = calendar.occurrences(master, revision, window);
        events.retain(|event| (deleted || !event.cancelled) && begins_at(event, original));
        let end = offset.saturating_add(size);
        let next_page_token = (end < events.len()).then(|| format!("ip-{revision}-{end}"));
        let events: Vec<Arc<Event>> = events.into_iter().skip(offset).take(size).collect();
        let page = Page { events, next_page_token, next_sync_token: None };
        Ok(show_page(state, calendar, role, &self.look(state, calendar, role)?, page))
    }

    /// Every method that writes an event.
    pub(super) fn write_event(&self, state: &mut State) -> Result<Value, ApiError> {
        let calendar = self.writable(state, self.route.calendar)?;
        let (id, writer) = (self.route.event, Writer::Client(self.account()));
        let changed = match self.route.method {
            "events.delete" => {
                return state.cancel(&calendar, id, writer, self.now).map(|()| Value::Null);
            }
            "events.insert" => state.insert(&calendar, &self.fields()?, writer, self.now)?,
            "events.import" => state.import(&calendar, &self.fields()?, self.now)?,
            "events.move" => {
                let destination =
                    self.parameter("destination").ok_or_else(|| ApiError::required("Required"))?;
                let destination = self.writable(state, destination)?;
                state.move_to(&calendar, id, &destination, self.now)?;
                return state.show(&destination, id);
            }
            "events.update" => {
                let fields = self.whole(state, &calendar)?;
                state.patch(&calendar, id, &fields, writer, self.now)?;
                id.to_owned()
            }
            _ => {
                state.patch(&calendar, id, &self.fields()?, writer, self.now)?;
                id.to_owned()
            }
        };
        self.event(state, &changed)
    }

    /// The patch that makes an event what `events.update` gives.
    fn whole(&self, state: &State, calendar: &str) -> Result<serde_json::Map<String, Value>, ApiError> {
        let before = state.calendar(calendar)?.find(self.route.event).ok_or_else(ApiError::not_found)?;
        let at_least = |name: &str| {
            self.parameter(name)
                .is_some_and(|value| value == "true" || value.parse().is_ok_and(|v: u8| v > 0))
        };
        let mut kept = vec!["iCalUID", "eventType", "reminders", "sequence"];
        // A client that does not know of them does not take them away.
        kept.extend((!at_least("conferenceDataVersion")).then_some("conferenceData"));
        kept.extend((!at_least("supportsAttachments")).then_some("attachments"));
        before.replaced_by(self.fields()?, &kept)
    }
}

fn show_page(state: &State, calendar: &Calendar, role: AccessRole, look: &Look<'_>, page: Page) -> Value {
    let mut body = json!({
        "kind": "calendar#events",
        "etag": format!("\"p{}\"", state.revision),
        "summary": calendar.summary,
        "description": calendar.description.as_deref().unwrap_or_default(),
        "updated": stamp(calendar.updated),
        "timeZone": look.zone.name(),
        "accessRole": role.name(),
        "defaultReminders": [],
        "items": page.events.iter().map(|event| look.render(event)).collect::<Vec<_>>(),
    });
    for (name, token) in [("nextPageToken", page.next_page_token), ("nextSyncToken", page.next_sync_token)] {
        if let Some(token) = token {
            body[name] = token.into();
        }
    }
    body
}

/// Whether an occurrence has its slot at `original`, a day or an instant.
fn begins_at(event: &Event, original: Option<&str>) -> bool {
    let (Some(wanted), Some(slot)) = (original, &event.original_start) else { return original.is_none() };
    match slot {
        Moment::Day(day) => day.to_string() == wanted,
        Moment::Time { wall, zone } => {
            let wanted = DateTime::parse_from_rfc3339(wanted).ok();
            wanted.is_some_and(|at| DateTime::<Utc>::from(at) == zone.to_utc(*wall))
        }
    }
}

fn look<'a>(
    state: &State,
    calendar: &'a Calendar,
    role: AccessRole,
    zone: Option<Tz>,
    max_attendees: Option<usize>,
) -> Look<'a> {
    Look {
        zone: zone.unwrap_or(calendar.zone),
        max_attendees,
        detail: match role {
            AccessRole::FreeBusyReader => Detail::Times,
            AccessRole::Reader | AccessRole::WriterWithoutPrivateAccess => Detail::Public,
            AccessRole::Writer | AccessRole::Owner => Detail::All,
        },
        ..state.owner_look(calendar)
    }
}
