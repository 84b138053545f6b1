//! One call of the API, once it is known who calls and may.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use super::access::AccessRole;
use super::calendars::calendar_resource;
use super::channel::{Watched, event_types};
use super::error::ApiError;
use super::query::Pairs;
use super::route::Route;
use super::settings;
use super::state::State;
use crate::sandbox::oauth::Bearer;

pub(super) struct Call<'a> {
    pub(super) bearer: &'a Bearer,
    pub(super) route: Route<'a>,
    pub(super) pairs: &'a Pairs,
    pub(super) body: &'a Bytes,
    pub(super) now: DateTime<Utc>,
}

impl Call<'_> {
    /// The answer's body; null is none.
    pub(super) fn answer(&self, state: &mut State) -> Result<Value, ApiError> {
        let Route { method, calendar, event: name } = self.route;
        let account = self.account();
        match method {
            "calendarList.list" => state.calendar_list(account, self.pairs),
            "calendarList.get" => state.calendar_entry(account, calendar),
            "calendarList.insert" => state.add_to_list(account, &self.fields()?),
            "calendarList.patch" => state.change_entry(account, calendar, &self.fields()?, false),
            "calendarList.update" => state.change_entry(account, calendar, &self.fields()?, true),
            "calendarList.delete" => state.remove_from_list(account, calendar).map(|()| Value::Null),
            "calendars.get" => Ok(calendar_resource(state.access(account, calendar)?.0)),
            "calendars.insert" => state.insert_calendar(account, &self.fields()?, self.now),
            "calendars.patch" => state.change_calendar(account, calendar, &self.fields()?, false),
            "calendars.update" => state.change_calendar(account, calendar, &self.fields()?, true),
            "calendars.delete" => state.delete_own_calendar(account, calendar).map(|()| Value::Null),
            "acl.list" => state.acl_list(account, calendar, self.pairs),
            "acl.get" => state.acl_rule(account, calendar, name),
            "acl.insert" => state.acl_insert(account, calendar, &self.fields()?),
            "acl.patch" | "acl.update" => state.acl_change(account, calendar, name, &self.fields()?),
            "acl.delete" => state.acl_delete(account, calendar, name).map(|()| Value::Null),
            "events.watch" | "acl.watch" | "calendarList.watch" | "settings.watch" => {
                let watched = self.watched(state)?;
                state.watch(self.bearer, watched, self.body, self.now)
            }
            "channels.stop" => state.stop(self.bearer, self.body, self.now),
            "freebusy.query" => state.free_busy(account, &self.fields()?),
            "settings.list" => settings::list(state, account),
            "settings.get" => settings::get(state, account, name),
            "colors.get" => Ok(settings::colors()),
            "events.list" => self.list_events(state),
            "events.get" => self.event(state, name),
            "events.instances" => self.instances(state),
            _ => self.write_event(state),
        }
    }

    /// The resource that the call is about, if there is one.
    pub(super) fn current(&self, state: &State) -> Option<Value> {
        let Route { method, calendar, event: name } = self.route;
        let account = self.account();
        match method.split_once('.')? {
            ("calendarList", "get" | "patch" | "update" | "delete") => {
                state.calendar_entry(account, calendar).ok()
            }
            ("calendars", "get" | "patch" | "update" | "delete") => {
                state.access(account, calendar).ok().map(|(calendar, _)| calendar_resource(calendar))
            }
            ("acl", "get" | "patch" | "update" | "delete") => state.acl_rule(account, calendar, name).ok(),
            ("events", "get" | "patch" | "update" | "delete" | "move") => self.event(state, name).ok(),
            _ => None,
        }
    }

    pub(super) fn account(&self) -> &str {
        &self.bearer.account.id
    }

    pub(super) fn fields(&self) -> Result<Map<String, Value>, ApiError> {
        serde_json::from_slice(self.body).map_err(|_| ApiError::bad_request())
    }

    /// The last value that the query gives for a name.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.pairs.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// A calendar on which the account may write.
    pub(super) fn writable(&self, state: &State, calendar: &str) -> Result<String, ApiError> {
        let (calendar, role) = state.access(self.account(), calendar)?;
        if role < AccessRole::WriterWithoutPrivateAccess {
            return Err(ApiError::required_access_level());
        }
        Ok(calendar.id.clone())
    }

    fn watched(&self, state: &State) -> Result<Watched, ApiError> {
        let calendar =
            || state.access(self.account(), self.route.calendar).map(|(calendar, _)| calendar.id.clone());
        Ok(match self.route.method {
            "events.watch" => Watched::Events { calendar: calendar()?, types: event_types(self.pairs) },
            "acl.watch" => Watched::Acl { calendar: calendar()? },
            "calendarList.watch" => Watched::CalendarList,
            _ => Watched::Settings,
        })
    }
}
