//! A stateful Google Calendar, version 3 of the API, with its authorisation server.
//!
//! API paths are at the server's root, so that any client works against it once its host is changed:
//! `/o/oauth2/v2/auth`, `/token`, `/revoke`, `/calendar/v3/…`. It is driven by tests from Rust or over the API
//! itself. Behaviour follows <https://developers.google.com/workspace/calendar/api/guides/sync> and the API
//! reference; where Google leaves a choice, [`GoogleConfig`] has a switch.

mod access;
mod acl;
mod calendar;
mod calendar_list;
mod calendars;
mod call;
mod call_events;
mod channel;
mod conditions;
mod config;
mod courier;
mod drive_calendars;
mod drive_events;
mod error;
mod event;
mod fields;
mod freebusy;
mod from_ics;
mod guests;
mod instance_ids;
mod list;
mod notify;
mod oauth_routes;
mod query;
mod quota;
mod route;
mod router;
mod schema;
mod scopes;
mod series;
mod settings;
mod state;
mod transfer;
mod write;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use acquaint_core::env::Clock;
use chrono::{DateTime, Utc};
use serde_json::Value;
use tokio::sync::Notify;

pub use access::AccessRole;
pub use channel::WatchChannel;
pub use config::{GoogleConfig, IncrementalWindow, PrivateShape, QuotaAnswer, google_oauth};
pub use courier::Courier;
pub use error::{ApiError, backend_error, rate_limited};
pub use notify::Notification;
pub use quota::GoogleQuotas;

use super::oauth::{OAuthConfig, OAuthServer};
use super::{Fault, Faults};
use calendar::Window;
use state::State;

/// A Google Calendar with accounts, calendars and events.
pub struct GoogleSandbox {
    clock: Arc<dyn Clock>,
    oauth: OAuthServer,
    state: Mutex<State>,
    faults: Faults,
    /// Rings when there is something to deliver.
    bell: Notify,
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
        Self { clock, oauth, state, faults: Faults::default(), bell: Notify::new() }
    }

    /// The authorisation server: clients, consent, tokens.
    pub fn oauth(&self) -> &OAuthServer {
        &self.oauth
    }

    /// Changes how the sandbox behaves from now on.
    pub fn configure(&self, change: impl FnOnce(&mut GoogleConfig)) {
        change(&mut self.state().config);
    }

    /// The truth of a calendar in a window (`from` bounds ends, `until` starts, both exclusive): single events
    /// and expanded series as `events.list` with `singleEvents` shows them to the owner, by start.
    pub fn events(&self, calendar: &str, from: DateTime<Utc>, until: DateTime<Utc>) -> Vec<Value> {
        let state = self.state();
        let Ok(calendar) = state.calendar(calendar) else { return Vec::new() };
        let look = state.owner_look(calendar);
        let window = Window { from: Some(from), until: Some(until) };
        calendar.between(window).iter().map(|event| look.render(event)).collect()
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

    /// How many calls were refused because of [`GoogleConfig::quotas`].
    pub fn refused(&self) -> u64 {
        self.state().meter.refused
    }

    /// Makes matching requests fail; see [`rate_limited`] and [`backend_error`] for answers.
    pub fn inject(&self, fault: Fault) {
        self.faults.inject(fault);
    }

    /// Takes the notifications that are due to be delivered, in the order in which they were made, so that a
    /// test can deliver, lose, repeat and reorder them. A [`Courier`] takes from the same queue.
    pub fn take_notifications(&self) -> Vec<Notification> {
        self.state().post.drain()
    }

    fn next_notification(&self) -> Option<Notification> {
        self.state().post.next()
    }

    /// The channels that are live now, by id.
    pub fn channels(&self) -> Vec<WatchChannel> {
        let now = self.clock.now();
        self.state().live_channels(now)
    }

    /// Changes something, and tells the channels that watch it.
    fn edit<T>(&self, change: impl FnOnce(&mut State, DateTime<Utc>) -> T) -> T {
        let now = self.clock.now();
        let mut state = self.state();
        let outcome = change(&mut state, now);
        state.announce(now);
        if !state.post.is_empty() {
            self.bell.notify_one();
        }
        outcome
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
