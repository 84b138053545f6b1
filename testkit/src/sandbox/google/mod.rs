//! A stateful Google Calendar, version 3 of the API, with its authorisation server.
//!
//! API paths are at the server's root, so that any client works against it once its host is changed:
//! `/o/oauth2/v2/auth`, `/token`, `/revoke`, `/calendar/v3/…`. It is driven by tests from Rust or over the API
//! itself. Behaviour follows <https://developers.google.com/workspace/calendar/api/guides/sync> and the API
//! reference; where Google leaves a choice, [`GoogleConfig`] has a switch.

mod calendar;
mod calendar_list;
mod config;
mod error;
mod event;
mod from_ics;
mod list;
mod oauth_routes;
mod query;
mod router;
mod state;
mod write;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use acquaint_core::env::Clock;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde_json::{Map, Value, json};

pub use config::{GoogleConfig, IncrementalWindow, google_oauth};
pub use error::{ApiError, backend_error, rate_limited};
pub use state::AccessRole;

use super::ics::IcsCalendar;
use super::oauth::{Account, OAuthConfig, OAuthServer};
use super::{Fault, Faults};
use calendar::Window;
use state::State;
use write::Writer;

/// A Google Calendar with accounts, calendars and events.
pub struct GoogleSandbox {
    clock: Arc<dyn Clock>,
    oauth: OAuthServer,
    state: Mutex<State>,
    faults: Faults,
}

impl GoogleSandbox {
    /// A sandbox without accounts, whose time is `clock`'s.
    pub fn new(clock: Arc<dyn Clock>, config: GoogleConfig) -> Self {
        Self::with_oauth(clock, config, google_oauth())
    }

    /// Like [`new`](Self::new), with other habits of the authorisation server; start from [`google_oauth`].
    pub fn with_oauth(clock: Arc<dyn Clock>, config: GoogleConfig, oauth: OAuthConfig) -> Self {
        let oauth = OAuthServer::new(Arc::clone(&clock), oauth);
        let state =
            Mutex::new(State { list_generation: config.first_generation, config, ..State::default() });
        Self { clock, oauth, state, faults: Faults::default() }
    }

    /// The authorisation server: clients, consent, tokens.
    pub fn oauth(&self) -> &OAuthServer {
        &self.oauth
    }

    /// Changes how the sandbox behaves from now on.
    pub fn configure(&self, change: impl FnOnce(&mut GoogleConfig)) {
        change(&mut self.state().config);
    }

    /// Adds an account and its primary calendar, whose id is the account's address.
    pub fn add_account(&self, address: &str, zone: Tz) -> Account {
        let now = self.clock.now();
        self.state().add_calendar(address, address, zone, address, now);
        self.oauth.add_account(address, address)
    }

    /// Adds a further calendar of an account.
    pub fn add_calendar(&self, owner: &str, id: &str, summary: &str, zone: Tz) {
        let now = self.clock.now();
        self.state().add_calendar(id, summary, zone, owner, now);
    }

    /// Puts a calendar into another account's list. As in Google, a change of access ends its sync tokens.
    ///
    /// # Errors
    /// If there is no such calendar.
    pub fn share_calendar(&self, calendar: &str, with: &str, role: AccessRole) -> Result<(), ApiError> {
        let mut state = self.state();
        state.calendar_mut(calendar)?.generation += 1;
        state.set_entry(with, calendar, role);
        Ok(())
    }

    /// Takes a calendar out of an account's list: it answers 404 there from now on.
    pub fn unshare_calendar(&self, calendar: &str, with: &str) {
        let mut state = self.state();
        let revision = state.next_revision();
        if let Some(entry) = state.lists.get_mut(with).and_then(|list| list.get_mut(calendar)) {
            entry.deleted = true;
            entry.revision = revision;
        }
    }

    /// Makes an event of the fields that `events.insert` takes; `id`, `iCalUID`, `organizer` and `creator` are
    /// heeded too. It reaches the calendars of invited accounts. Returns its id.
    ///
    /// # Errors
    /// What the API would answer.
    pub fn insert_event(&self, calendar: &str, fields: Value) -> Result<String, ApiError> {
        let now = self.clock.now();
        self.state().insert(calendar, &object(fields)?, Writer::Driver, now)
    }

    /// Changes an event, or one occurrence of a series by its instance id, as `events.patch` does: fields left
    /// out stay, null takes a field away.
    ///
    /// # Errors
    /// What the API would answer.
    pub fn patch_event(&self, calendar: &str, id: &str, fields: Value) -> Result<(), ApiError> {
        let now = self.clock.now();
        self.state().patch(calendar, id, &object(fields)?, Writer::Driver, now)
    }

    /// Moves an event to other times (`start` and `end` as the API writes them).
    ///
    /// # Errors
    /// What the API would answer.
    pub fn move_event(&self, calendar: &str, id: &str, start: Value, end: Value) -> Result<(), ApiError> {
        self.patch_event(calendar, id, json!({ "start": start, "end": end }))
    }

    /// Takes somebody off the guest list.
    ///
    /// # Errors
    /// What the API would answer.
    pub fn remove_attendee(&self, calendar: &str, id: &str, address: &str) -> Result<(), ApiError> {
        self.change_attendees(calendar, id, |list| {
            list.retain(|one| one["email"].as_str().is_none_or(|email| !email.eq_ignore_ascii_case(address)));
        })
    }

    /// Puts somebody on the guest list; `attendee` is as the API writes it.
    ///
    /// # Errors
    /// What the API would answer.
    pub fn add_attendee(&self, calendar: &str, id: &str, attendee: Value) -> Result<(), ApiError> {
        self.change_attendees(calendar, id, |list| list.push(attendee))
    }

    /// Lets a guest answer: `needsAction`, `accepted`, `declined` or `tentative`.
    ///
    /// # Errors
    /// What the API would answer.
    pub fn respond(&self, calendar: &str, id: &str, address: &str, answer: &str) -> Result<(), ApiError> {
        self.change_attendees(calendar, id, |list| {
            for one in list.iter_mut() {
                if one["email"].as_str().is_some_and(|email| email.eq_ignore_ascii_case(address)) {
                    one["responseStatus"] = answer.into();
                }
            }
        })
    }

    fn change_attendees(
        &self,
        calendar: &str,
        id: &str,
        change: impl FnOnce(&mut Vec<Value>),
    ) -> Result<(), ApiError> {
        let now = self.clock.now();
        let mut state = self.state();
        let event = state.calendar(calendar)?.find(id).ok_or_else(ApiError::not_found)?;
        let mut list = event.body.get("attendees").and_then(Value::as_array).cloned().unwrap_or_default();
        change(&mut list);
        let fields = Map::from_iter([("attendees".to_owned(), Value::Array(list))]);
        state.patch(calendar, id, &fields, Writer::Driver, now)
    }

    /// Cancels an event, a series, or one occurrence by its instance id.
    ///
    /// # Errors
    /// What the API would answer; 410 if it is cancelled already.
    pub fn cancel_event(&self, calendar: &str, id: &str) -> Result<(), ApiError> {
        let now = self.clock.now();
        self.state().cancel(calendar, id, Writer::Driver, now)
    }

    /// The truth of a calendar in a window (`from` bounds ends, `until` starts, both exclusive): single events
    /// and expanded series as `events.list` with `singleEvents` shows them to the owner, by start.
    pub fn events(&self, calendar: &str, from: DateTime<Utc>, until: DateTime<Utc>) -> Vec<Value> {
        let state = self.state();
        let Ok(calendar) = state.calendar(calendar) else { return Vec::new() };
        let (zone, look) = (calendar.zone(), state.owner_look(calendar));
        let window = Window { from: Some(from), until: Some(until) };
        let mut found = Vec::new();
        for event in calendar.ids().filter_map(|id| calendar.get(id)) {
            match &event.recurring_event_id {
                Some(master) if calendar.get(master).is_some() => {}
                None if event.is_master() => found.extend(calendar.occurrences(event, u64::MAX, window)),
                _ => found.push(Arc::clone(event)),
            }
        }
        found.retain(|event| !event.cancelled && window.holds(event, &zone));
        found.sort_by_key(|event| event.start.instant(&zone));
        found.iter().map(|event| look.render(event)).collect()
    }

    /// The truth of a calendar as it is stored: single events, masters and changed occurrences, cancelled ones
    /// included, as `events.list` without `singleEvents` but with `showDeleted` shows them to the owner.
    pub fn stored_events(&self, calendar: &str) -> Vec<Value> {
        let state = self.state();
        let Ok(calendar) = state.calendar(calendar) else { return Vec::new() };
        let look = state.owner_look(calendar);
        calendar.ids().filter_map(|id| calendar.get(id)).map(|event| look.render(event)).collect()
    }

    /// One event or occurrence as the calendar's owner sees it.
    pub fn event(&self, calendar: &str, id: &str) -> Option<Value> {
        self.state().show(calendar, id).ok()
    }

    /// Loads an iCalendar file into a calendar, which is made for `account` if there is none of this id: all of
    /// it or nothing. Event ids follow from the UIDs, so that files of several people share those of their
    /// meetings; for the same reason nothing is delivered to invited accounts. Returns how many events and
    /// changed occurrences were made.
    ///
    /// # Errors
    /// If one of the events is on the calendar already, or Google could not hold it.
    pub fn load_ics(&self, account: &str, calendar: &str, file: &IcsCalendar) -> Result<usize, ApiError> {
        let now = self.clock.now();
        self.state().load_ics(account, calendar, file, now)
    }

    /// Ends all sync tokens given so far, of events and of calendar lists: they answer 410.
    pub fn expire_sync_tokens(&self) {
        let mut state = self.state();
        state.list_generation += 1;
        state.calendars.values_mut().for_each(|calendar| calendar.generation += 1);
    }

    /// Makes the next `count` lists that have something to show answer with an empty page and a token for the
    /// next one.
    pub fn serve_empty_pages(&self, count: usize) {
        self.state().empty_pages = count;
    }

    /// How often each method was called (`events.list`, `oauth.token`, …).
    pub fn requests(&self) -> BTreeMap<String, u64> {
        self.state().requests.clone()
    }

    /// Makes matching requests fail; see [`rate_limited`] and [`backend_error`] for answers.
    pub fn inject(&self, fault: Fault) {
        self.faults.inject(fault);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere cannot leave half a change: writes check first and store last.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for GoogleSandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GoogleSandbox").field("oauth", &self.oauth).finish_non_exhaustive()
    }
}

fn object(fields: Value) -> Result<Map<String, Value>, ApiError> {
    match fields {
        Value::Object(fields) => Ok(fields),
        _ => Err(ApiError::bad_request()),
    }
}
