//! How a request becomes a call, and a call an answer.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::header::{AUTHORIZATION, USER_AGENT};
use http::{Method, Request, Response};
use serde_json::{Map, Value, json};

use super::GoogleSandbox;
use super::access::AccessRole;
use super::calendar_list::calendar_resource;
use super::channel::{Watched, event_types};
use super::error::{ApiError, json_response};
use super::event::{Detail, Look, stamp};
use super::fields::Selection;
use super::list::Lister;
use super::query::{Pairs, Query};
use super::route::{Route, decode};
use super::state::State;
use super::write::Writer;
use super::{oauth_routes, scopes};
use crate::sandbox::Sandbox;
use crate::sandbox::oauth::{Bearer, BearerError};

impl Sandbox for GoogleSandbox {
    fn handle(&self, request: &Request<Bytes>) -> Response<Bytes> {
        let path_and_query = request.uri().path_and_query().map_or("/", |path| path.as_str());
        match self.faults.strike(path_and_query) {
            None => self.answer(request),
            Some(fault) => {
                if fault.after_effect {
                    self.answer(request);
                }
                fault.response
            }
        }
    }

    /// Google compresses only for clients that also name gzip in their `User-Agent`
    /// (<https://developers.google.com/workspace/calendar/api/guides/performance#gzip>).
    fn compresses(&self, request: &Request<Bytes>) -> bool {
        let agent = request.headers().get(USER_AGENT).and_then(|agent| agent.to_str().ok());
        agent.is_some_and(|agent| agent.to_ascii_lowercase().contains("gzip"))
    }
}

impl GoogleSandbox {
    fn answer(&self, request: &Request<Bytes>) -> Response<Bytes> {
        let query = request.uri().query().unwrap_or_default();
        let header = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let body = String::from_utf8_lossy(request.body());
        match (request.method(), request.uri().path()) {
            (&Method::GET, "/o/oauth2/v2/auth") => {
                self.count("oauth.authorize");
                return oauth_routes::authorize(&self.oauth, query);
            }
            (&Method::POST, "/token") => {
                self.count("oauth.token");
                return oauth_routes::token(&self.oauth, &body, header);
            }
            (&Method::POST, "/revoke") => {
                self.count("oauth.revoke");
                return oauth_routes::revoke(&self.oauth, query, &body);
            }
            _ => {}
        }
        match self.api(request, query, header) {
            Ok(Value::Null) => {
                let mut response = Response::new(Bytes::new());
                *response.status_mut() = http::StatusCode::NO_CONTENT;
                response
            }
            Ok(body) => json_response(200, &body),
            Err(error) => error.response(),
        }
    }

    fn count(&self, method: &str) {
        *self.state().requests.entry(method.to_owned()).or_default() += 1;
    }

    fn api(&self, request: &Request<Bytes>, query: &str, header: Option<&str>) -> Result<Value, ApiError> {
        let path = request.uri().path().strip_prefix("/calendar/v3/").ok_or_else(ApiError::not_found)?;
        let parts: Vec<String> = path.split('/').map(decode).collect();
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        let route = Route::find(request.method(), &parts).ok_or_else(ApiError::not_found)?;
        self.count(route.method);
        let bearer = self.oauth.check_bearer(header).map_err(|error| match error {
            BearerError::Missing => ApiError::login_required(),
            _ => ApiError::invalid_credentials(),
        })?;
        let pairs: Pairs = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        self.meter(&bearer, request, &pairs)?;
        if !scopes::opens(route.method, &bearer.scopes) {
            return Err(ApiError::insufficient_scopes(&format!("calendar.v3.{}", route.method)));
        }
        let selection = pairs.iter().rev().find(|(name, text)| name == "fields" && !text.is_empty());
        let selection = selection.map(|(_, text)| Selection::read(text, route.method)).transpose()?;
        let body = self.edit(|state, now| {
            let call = Call { bearer: &bearer, route, pairs: &pairs, body: request.body(), now };
            call.answer(state)
        })?;
        Ok(match selection {
            Some(selection) => selection.apply(body),
            None => body,
        })
    }

    /// Counts a call on the quotas of its project and its user.
    fn meter(&self, bearer: &Bearer, request: &Request<Bytes>, pairs: &Pairs) -> Result<(), ApiError> {
        let named = pairs.iter().rev().find(|(name, _)| name == "quotaUser").map(|(_, user)| user.as_str());
        let header = request.headers().get("x-goog-quota-user").and_then(|user| user.to_str().ok());
        let user = named.or(header).unwrap_or(&bearer.account.id);
        let now = self.clock.now();
        let mut state = self.state();
        let State { meter, config, .. } = &mut *state;
        meter.admit(config, &bearer.client_id, user, now)
    }
}

/// One call of the API, once it is known who calls and may.
struct Call<'a> {
    bearer: &'a Bearer,
    route: Route<'a>,
    pairs: &'a Pairs,
    body: &'a Bytes,
    now: DateTime<Utc>,
}

impl Call<'_> {
    fn answer(&self, state: &mut State) -> Result<Value, ApiError> {
        let account = self.account();
        match self.route.method {
            "calendarList.list" => state.calendar_list(account, self.pairs),
            "calendarList.get" => state.calendar_entry(account, self.route.calendar),
            "calendars.get" => Ok(calendar_resource(state.access(account, self.route.calendar)?.0)),
            "events.list" => self.list(state),
            "events.get" => self.get(state),
            "events.watch" | "acl.watch" | "calendarList.watch" | "settings.watch" => {
                let watched = self.watched(state)?;
                state.watch(self.bearer, watched, self.body, self.now)
            }
            "channels.stop" => state.stop(self.bearer, self.body, self.now),
            method => self.write(state, method, self.body),
        }
    }

    fn account(&self) -> &str {
        &self.bearer.account.id
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

    fn list(&self, state: &mut State) -> Result<Value, ApiError> {
        let query = Query::read(self.pairs)?;
        let empty = state.empty_pages > 0;
        let (calendar, role) = state.access(&self.bearer.account.id, self.route.calendar)?;
        let lister = Lister {
            calendar,
            config: &state.config,
            listings: &state.listings,
            now: self.now,
            revision: state.revision,
            empty,
        };
        let page = lister.page(&query)?;
        let look = look(state, calendar, role, query.time_zone, query.max_attendees);
        let mut body = json!({
            "kind": "calendar#events",
            "etag": format!("\"p{}\"", state.revision),
            "summary": calendar.summary,
            "description": "",
            "updated": stamp(calendar.updated),
            "timeZone": look.zone.name(),
            "accessRole": role.name(),
            "defaultReminders": [],
            "items": page.events.iter().map(|event| look.render(event)).collect::<Vec<_>>(),
        });
        let used_empty = empty && page.events.is_empty() && page.next_page_token.is_some();
        for (name, token) in
            [("nextPageToken", page.next_page_token), ("nextSyncToken", page.next_sync_token)]
        {
            if let Some(token) = token {
                body[name] = token.into();
            }
        }
        state.empty_pages -= usize::from(used_empty);
        Ok(body)
    }

    fn get(&self, state: &State) -> Result<Value, ApiError> {
        let (calendar, role) = state.access(&self.bearer.account.id, self.route.calendar)?;
        let zone =
            self.pairs.iter().find(|(name, _)| name == "timeZone").map(|(_, value)| value.parse().ok());
        let event = calendar.find(self.route.event).ok_or_else(ApiError::not_found)?;
        Ok(look(state, calendar, role, zone.flatten(), None).render(&event))
    }

    fn write(&self, state: &mut State, method: &str, body: &Bytes) -> Result<Value, ApiError> {
        let account = self.bearer.account.id.as_str();
        let (calendar, role) = state.access(account, self.route.calendar)?;
        if role < AccessRole::WriterWithoutPrivateAccess {
            return Err(ApiError::required_access_level());
        }
        let calendar = calendar.id.clone();
        let writer = Writer::Client(account);
        if method == "events.delete" {
            return state.cancel(&calendar, self.route.event, writer, self.now).map(|()| Value::Null);
        }
        let fields: Map<String, Value> = serde_json::from_slice(body).map_err(|_| ApiError::bad_request())?;
        let id = if method == "events.insert" {
            state.insert(&calendar, &fields, writer, self.now)?
        } else {
            state.patch(&calendar, self.route.event, &fields, writer, self.now)?;
            self.route.event.to_owned()
        };
        state.show(&calendar, &id)
    }
}

fn look<'a>(
    state: &State,
    calendar: &'a super::calendar::Calendar,
    role: AccessRole,
    zone: Option<chrono_tz::Tz>,
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
