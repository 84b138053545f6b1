//! How a request becomes a call, and a call an answer.

use bytes::Bytes;
use http::header::{AUTHORIZATION, USER_AGENT};
use http::{Method, Request, Response};
use serde_json::Value;

use super::GoogleSandbox;
use super::call::Call;
use super::conditions::Conditions;
use super::error::{ApiError, json_response};
use super::fields::Selection;
use super::query::Pairs;
use super::route::{Route, decode};
use super::state::State;
use super::{oauth_routes, scopes};
use crate::sandbox::Sandbox;
use crate::sandbox::date::dated;
use crate::sandbox::oauth::{Bearer, BearerError};

impl Sandbox for GoogleSandbox {
    fn handle(&self, request: &Request<Bytes>) -> Response<Bytes> {
        let path_and_query = request.uri().path_and_query().map_or("/", |path| path.as_str());
        let now = self.clock.now();
        let answer = match self.faults.strike(path_and_query) {
            None => self.answer(request),
            Some(fault) => {
                if fault.after_effect {
                    self.answer(request);
                }
                fault.response
            }
        };
        dated(answer, now)
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
        let conditions = Conditions::of(request.headers());
        let body = self.edit(|state, now| {
            let call = Call { bearer: &bearer, route, pairs: &pairs, body: request.body(), now };
            conditions.before(|| call.current(state))?;
            let body = call.answer(state)?;
            if request.method() == Method::GET { conditions.after(body) } else { Ok(body) }
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
