//! Channels: which addresses are told of which changes
//! (<https://developers.google.com/workspace/calendar/api/guides/push>).

use std::collections::BTreeMap;

use bytes::Bytes;
use chrono::{DateTime, Duration, Utc};
use http::Uri;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::error::ApiError;
use super::query::Pairs;
use super::state::State;
use crate::sandbox::oauth::Bearer;

/// How long a channel lives that asks for no time
/// (<https://developers.google.com/workspace/calendar/api/v3/reference/events/watch>).
const DEFAULT_LIFE: Duration = Duration::days(7);

/// A live channel, as a test sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct WatchChannel {
    /// The id that its client chose.
    pub id: String,
    /// The id of what it watches, the same for every channel of one account on one resource.
    pub resource_id: String,
    /// Whose channel it is.
    pub account: String,
    /// The calendar whose events or rules it watches; `None` for an account's calendar list or settings.
    pub calendar: Option<String>,
    /// Where its notifications go.
    pub address: String,
    /// When it ends by itself.
    pub expiration: DateTime<Utc>,
}

/// What a channel watches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Watched {
    /// Events of a calendar, of these types alone if any are named.
    Events {
        calendar: String,
        types: Vec<String>,
    },
    Acl {
        calendar: String,
    },
    CalendarList,
    Settings,
}

#[derive(Debug, Clone)]
pub(super) struct Channel {
    pub(super) id: String,
    pub(super) resource_id: String,
    pub(super) resource_uri: String,
    pub(super) watched: Watched,
    pub(super) address: Uri,
    pub(super) token: Option<String>,
    pub(super) expires: DateTime<Utc>,
    pub(super) account: String,
    /// The revision up to which it has been told.
    pub(super) told: u64,
    /// The number of its last message.
    pub(super) messages: u64,
}

/// All channels, by client and id: an id is unique in a project.
#[derive(Debug, Default)]
pub(super) struct Channels(pub(super) BTreeMap<(String, String), Channel>);

impl Watched {
    fn calendar(&self) -> Option<&String> {
        match self {
            Self::Events { calendar, .. } | Self::Acl { calendar } => Some(calendar),
            Self::CalendarList | Self::Settings => None,
        }
    }

    /// The resource's address: `https://www.googleapis.com/calendar/v3/…`.
    fn uri(&self) -> String {
        let (path, types): (_, &[String]) = match self {
            Self::Events { calendar, types } => (format!("calendars/{}/events", encode(calendar)), types),
            Self::Acl { calendar } => (format!("calendars/{}/acl", encode(calendar)), &[]),
            Self::CalendarList => ("users/me/calendarList".to_owned(), &[]),
            Self::Settings => ("users/me/settings".to_owned(), &[]),
        };
        let types: String = types.iter().map(|name| format!("&eventTypes={}", encode(name))).collect();
        format!("https://www.googleapis.com/calendar/v3/{path}?alt=json{types}")
    }

    /// An opaque id that is the same for one account and resource.
    fn id(&self, account: &str) -> String {
        let resource = match self {
            Self::Events { calendar, .. } => format!("events {calendar}"),
            Self::Acl { calendar } => format!("acl {calendar}"),
            Self::CalendarList => "calendarList".to_owned(),
            Self::Settings => "settings".to_owned(),
        };
        let hash = Sha256::digest(format!("{account} {resource}"));
        hash.iter().take(27).map(|byte| char::from(OPAQUE[usize::from(byte & 31)])).collect()
    }
}

impl State {
    /// Opens a channel, whose first message is queued before the answer goes out.
    pub(super) fn watch(
        &mut self,
        bearer: &Bearer,
        watched: Watched,
        body: &Bytes,
        now: DateTime<Utc>,
    ) -> Result<Value, ApiError> {
        let asked: Map<String, Value> = serde_json::from_slice(body).map_err(|_| ApiError::bad_request())?;
        let text = |name: &str| asked.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        let account = bearer.account.id.as_str();
        let id = text("id").ok_or_else(|| ApiError::required("Required"))?;
        let fits =
            id.len() <= 64 && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_+/=".contains(&byte));
        if !fits {
            return Err(ApiError::invalid_value("resource.id"));
        }
        if !matches!(text("type"), Some("web_hook" | "webhook")) {
            return Err(ApiError::unknown_channel_type(text("type").unwrap_or_default()));
        }
        let address = text("address").ok_or_else(|| ApiError::required("Required"))?;
        let http_allowed = self.config.http_callbacks && address.starts_with("http://");
        if !address.starts_with("https://") && !http_allowed {
            return Err(ApiError::web_hook_not_https(address));
        }
        let parsed =
            address.parse::<Uri>().ok().filter(|uri| uri.host().is_some_and(|host| !host.is_empty()));
        let parsed = parsed.ok_or_else(|| ApiError::invalid_value("resource.address"))?;
        let token = text("token").map(str::to_owned);
        if token.as_ref().is_some_and(|token| token.len() > 256 || !is_header(token)) {
            return Err(ApiError::invalid_value("resource.token"));
        }
        self.check_watchable(account, &watched)?;
        let expires = self.expiry(&asked, now)?;
        let key = (bearer.client_id.clone(), id.to_owned());
        self.channels.0.retain(|_, channel| channel.expires > now);
        if self.channels.0.contains_key(&key) {
            return Err(ApiError::channel_not_unique(id));
        }
        let channel = Channel {
            id: id.to_owned(),
            resource_id: watched.id(account),
            resource_uri: watched.uri(),
            told: self.revision,
            watched,
            address: parsed,
            token,
            expires,
            account: account.to_owned(),
            messages: 0,
        };
        let mut shown = json!({
            "kind": "api#channel",
            "id": channel.id,
            "resourceId": channel.resource_id,
            "resourceUri": channel.resource_uri,
        });
        if let Some(token) = &channel.token {
            shown["token"] = token.clone().into();
        }
        let at = expires.timestamp_millis();
        shown["expiration"] =
            if self.config.expiration_as_number { at.into() } else { at.to_string().into() };
        self.channels.0.insert(key.clone(), channel);
        self.send_sync(&key);
        Ok(shown)
    }

    fn check_watchable(&self, account: &str, watched: &Watched) -> Result<(), ApiError> {
        let Some(calendar) = watched.calendar() else { return Ok(()) };
        let (calendar, _) = self.access(account, calendar)?;
        if calendar.refuses_push { Err(ApiError::push_not_supported()) } else { Ok(()) }
    }

    /// The earliest of what is asked and what is allowed.
    fn expiry(&self, asked: &Map<String, Value>, now: DateTime<Utc>) -> Result<DateTime<Utc>, ApiError> {
        let number = |value: &Value| value.as_i64().or_else(|| value.as_str()?.parse().ok());
        let ttl = match asked.get("params").map(|params| &params["ttl"]).filter(|ttl| !ttl.is_null()) {
            None => None,
            Some(ttl) => {
                let seconds = number(ttl).filter(|seconds| *seconds > 0);
                let life = seconds.and_then(Duration::try_seconds);
                Some(life.ok_or_else(|| ApiError::invalid_value("resource.params.ttl"))?)
            }
        };
        let at = match asked.get("expiration").filter(|at| !at.is_null()) {
            None => None,
            Some(at) => {
                let at = number(at).and_then(DateTime::from_timestamp_millis).filter(|at| *at > now);
                Some(at.ok_or_else(|| ApiError::invalid_value("resource.expiration"))?)
            }
        };
        let by_ttl = ttl.and_then(|ttl| now.checked_add_signed(ttl));
        let wanted = match (by_ttl, at) {
            (None, None) => now + DEFAULT_LIFE,
            (by_ttl, at) => by_ttl.into_iter().chain(at).min().unwrap_or(now + DEFAULT_LIFE),
        };
        Ok(now.checked_add_signed(self.config.channel_life).map_or(wanted, |last| wanted.min(last)))
    }

    /// `channels.stop`: by the account and the client that opened it.
    pub(super) fn stop(
        &mut self,
        bearer: &Bearer,
        body: &Bytes,
        now: DateTime<Utc>,
    ) -> Result<Value, ApiError> {
        let asked: Map<String, Value> = serde_json::from_slice(body).map_err(|_| ApiError::bad_request())?;
        let text = |name: &str| {
            asked.get(name).and_then(Value::as_str).ok_or_else(|| ApiError::required("Required"))
        };
        let (id, resource_id) = (text("id")?, text("resourceId")?);
        let key = (bearer.client_id.clone(), id.to_owned());
        let known = self.channels.0.get(&key).is_some_and(|channel| {
            channel.resource_id == resource_id
                && channel.account == bearer.account.id
                && channel.expires > now
        });
        if !known {
            return Err(ApiError::channel_not_found(id, &bearer.client_id));
        }
        self.channels.0.remove(&key);
        Ok(Value::Null)
    }

    pub(super) fn live_channels(&self, now: DateTime<Utc>) -> Vec<WatchChannel> {
        let mut live: Vec<WatchChannel> = (self.channels.0.values())
            .filter(|channel| channel.expires > now)
            .map(|channel| WatchChannel {
                id: channel.id.clone(),
                resource_id: channel.resource_id.clone(),
                account: channel.account.clone(),
                calendar: channel.watched.calendar().cloned(),
                address: channel.address.to_string(),
                expiration: channel.expires,
            })
            .collect();
        live.sort_by(|one, other| one.id.cmp(&other.id));
        live
    }
}

/// The types of events that a channel asks for.
pub(super) fn event_types(pairs: &Pairs) -> Vec<String> {
    pairs.iter().filter(|(name, _)| name == "eventTypes").map(|(_, value)| value.clone()).collect()
}

fn is_header(text: &str) -> bool {
    http::HeaderValue::from_str(text).is_ok_and(|value| value.to_str().is_ok())
}

/// Percent-encodes one segment of a path.
fn encode(segment: &str) -> String {
    let mut encoded = String::new();
    for byte in segment.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                encoded.push(char::from(byte))
            }
            byte => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

const OPAQUE: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
