//! Which path does what, and which scopes it takes.

use std::sync::PoisonError;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::header::AUTHORIZATION;
use http::{Method, Request, Response};
use serde_json::{Map, Value, json};

use super::GoogleSandbox;
use super::calendar_list::calendar_resource;
use super::error::{ApiError, json_response};
use super::event::{Look, stamp};
use super::list::Lister;
use super::oauth_routes;
use super::query::{Pairs, Query};
use super::state::{AccessRole, State};
use super::write::Writer;
use crate::sandbox::Sandbox;
use crate::sandbox::oauth::{Bearer, BearerError};

const SCOPE: &str = "https://www.googleapis.com/auth/";

/// The scopes that open a method, without their common prefix (from the API's discovery document).
fn scopes(method: &str) -> &'static [&'static str] {
    match method {
        "calendarList.list" | "calendarList.get" => {
            &["calendar", "calendar.readonly", "calendar.calendarlist", "calendar.calendarlist.readonly"]
        }
        "calendars.get" => &[
            "calendar",
            "calendar.readonly",
            "calendar.calendars",
            "calendar.calendars.readonly",
            "calendar.app.created",
        ],
        "events.list" | "events.get" => &[
            "calendar",
            "calendar.readonly",
            "calendar.events",
            "calendar.events.readonly",
            "calendar.events.owned",
            "calendar.events.owned.readonly",
            "calendar.events.freebusy",
            "calendar.events.public.readonly",
            "calendar.app.created",
        ],
        _ => &["calendar", "calendar.events", "calendar.events.owned", "calendar.app.created"],
    }
}

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
        let (method, calendar, event) = match (request.method(), parts.as_slice()) {
            (&Method::GET, ["users", "me", "calendarList"]) => ("calendarList.list", "", ""),
            (&Method::GET, ["users", "me", "calendarList", id]) => ("calendarList.get", *id, ""),
            (&Method::GET, ["calendars", id]) => ("calendars.get", *id, ""),
            (&Method::GET, ["calendars", id, "events"]) => ("events.list", *id, ""),
            (&Method::POST, ["calendars", id, "events"]) => ("events.insert", *id, ""),
            (&Method::GET, ["calendars", id, "events", event]) => ("events.get", *id, *event),
            (&Method::PATCH, ["calendars", id, "events", event]) => ("events.patch", *id, *event),
            (&Method::DELETE, ["calendars", id, "events", event]) => ("events.delete", *id, *event),
            _ => return Err(ApiError::not_found()),
        };
        self.count(method);
        let bearer = self.oauth.check_bearer(header).map_err(|error| match error {
            BearerError::Missing => ApiError::login_required(),
            _ => ApiError::invalid_credentials(),
        })?;
        let granted = |scope: &&str| bearer.scopes.contains(&format!("{SCOPE}{scope}"));
        if !scopes(method).iter().any(granted) {
            return Err(ApiError::insufficient_scopes(&format!("calendar.v3.{method}")));
        }
        let pairs: Pairs = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let call = Call { bearer: &bearer, calendar, event, pairs: &pairs, now: self.clock.now() };
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match method {
            "calendarList.list" => state.calendar_list(&bearer.account.id, &pairs),
            "calendarList.get" => state.calendar_entry(&bearer.account.id, calendar),
            "calendars.get" => Ok(calendar_resource(state.access(&bearer.account.id, calendar)?.0)),
            "events.list" => call.list(&mut state),
            "events.get" => call.get(&state),
            _ => call.write(&mut state, method, request.body()),
        }
    }
}

struct Call<'a> {
    bearer: &'a Bearer,
    calendar: &'a str,
    event: &'a str,
    pairs: &'a Pairs,
    now: DateTime<Utc>,
}

impl Call<'_> {
    fn list(&self, state: &mut State) -> Result<Value, ApiError> {
        let query = Query::read(self.pairs)?;
        let empty = state.empty_pages > 0;
        let (calendar, role) = state.access(&self.bearer.account.id, self.calendar)?;
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
        let (calendar, role) = state.access(&self.bearer.account.id, self.calendar)?;
        let zone =
            self.pairs.iter().find(|(name, _)| name == "timeZone").map(|(_, value)| value.parse().ok());
        let event = calendar.find(self.event).ok_or_else(ApiError::not_found)?;
        Ok(look(state, calendar, role, zone.flatten(), None).render(&event))
    }

    fn write(&self, state: &mut State, method: &str, body: &Bytes) -> Result<Value, ApiError> {
        let account = self.bearer.account.id.as_str();
        let (calendar, role) = state.access(account, self.calendar)?;
        if role < AccessRole::WriterWithoutPrivateAccess {
            return Err(ApiError::required_access_level());
        }
        let calendar = calendar.id.clone();
        let writer = Writer::Client(account);
        if method == "events.delete" {
            return state.cancel(&calendar, self.event, writer, self.now).map(|()| Value::Null);
        }
        let fields: Map<String, Value> = serde_json::from_slice(body).map_err(|_| ApiError::bad_request())?;
        let id = if method == "events.insert" {
            state.insert(&calendar, &fields, writer, self.now)?
        } else {
            state.patch(&calendar, self.event, &fields, writer, self.now)?;
            self.event.to_owned()
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
        private: role >= AccessRole::Writer,
        ..state.owner_look(calendar)
    }
}

/// Undoes percent-encoding; what is no UTF-8 afterwards matches nothing.
fn decode(part: &str) -> String {
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let code = (byte == b'%')
            .then(|| after.get(..2).and_then(|hex| std::str::from_utf8(hex).ok()))
            .flatten()
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        bytes.push(code.unwrap_or(byte));
        rest = if code.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
