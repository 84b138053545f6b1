//! What channels are told: messages without a body, whose headers say all.

use std::collections::VecDeque;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::header::{CONTENT_LENGTH, HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use http::{Method, Request};
use sha2::{Digest as _, Sha256};

use super::channel::{Channel, Watched};
use super::state::State;

const AGENT: &str = "APIs-Google; (+https://developers.google.com/webmasters/APIs-Google.html)";

/// How many undelivered notifications are kept; older ones are lost.
const KEPT: usize = 65_536;

/// A message to the address of a channel.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Notification {
    /// The id of the channel.
    pub channel: String,
    /// Whether it only says that the channel is open (`sync`); else something has changed (`exists`).
    pub sync: bool,
    /// The whole request, to the channel's address.
    pub request: Request<Bytes>,
}

/// The notifications that wait to be delivered.
#[derive(Debug, Default)]
pub(super) struct Post(VecDeque<Notification>);

impl Post {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn drain(&mut self) -> Vec<Notification> {
        self.0.drain(..).collect()
    }

    pub(super) fn next(&mut self) -> Option<Notification> {
        self.0.pop_front()
    }

    fn push(&mut self, notification: Notification) {
        if self.0.len() == KEPT {
            self.0.pop_front();
        }
        self.0.push_back(notification);
    }
}

impl State {
    /// Tells a new channel that it is open.
    pub(super) fn send_sync(&mut self, key: &(String, String)) {
        if let Some(channel) = self.channels.0.get_mut(key) {
            self.post.push(channel.message("sync"));
        }
    }

    /// Tells each channel once of what has changed since it was told last, and lets those end whose time is up.
    pub(super) fn announce(&mut self, now: DateTime<Utc>) {
        if self.channels.0.is_empty() {
            return;
        }
        let mut channels = std::mem::take(&mut self.channels);
        channels.0.retain(|_, channel| channel.expires > now);
        for channel in channels.0.values_mut() {
            if self.has_news(channel) {
                self.post.push(channel.message("exists"));
            }
            channel.told = self.revision;
        }
        self.channels = channels;
    }

    fn has_news(&self, channel: &Channel) -> bool {
        let account = channel.account.as_str();
        match &channel.watched {
            Watched::Events { calendar, types } => {
                self.access(account, calendar).is_ok_and(|(calendar, _)| {
                    calendar.events_changed > channel.told
                        && (types.is_empty()
                            || calendar
                                .changed(channel.told, self.revision)
                                .any(|event| types.iter().any(|name| name == event.kind())))
                })
            }
            Watched::Acl { calendar } => (self.access(account, calendar))
                .is_ok_and(|(calendar, _)| calendar.rules.revision() > channel.told),
            Watched::CalendarList => {
                let list = self.lists.get(account).into_iter().flatten();
                list.into_iter().any(|(_, entry)| entry.revision > channel.told)
            }
            // Nobody changes a setting here.
            Watched::Settings => false,
        }
    }
}

impl Channel {
    fn message(&mut self, state: &'static str) -> Notification {
        // The first is 1; after it numbers grow, but not one by one.
        self.messages += if self.messages == 0 { 1 } else { self.stride() };
        let expires = self.expires.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
        let number = self.messages.to_string();
        let mut headers = HeaderMap::new();
        headers.insert(USER_AGENT, HeaderValue::from_static(AGENT));
        headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
        for (name, value) in [
            ("x-goog-channel-id", Some(self.id.as_str())),
            ("x-goog-channel-token", self.token.as_deref()),
            ("x-goog-channel-expiration", Some(expires.as_str())),
            ("x-goog-resource-id", Some(self.resource_id.as_str())),
            ("x-goog-resource-uri", Some(self.resource_uri.as_str())),
            ("x-goog-resource-state", Some(state)),
            ("x-goog-message-number", Some(number.as_str())),
        ] {
            // Whatever is no header was refused when the channel was opened.
            if let Some(value) = value.and_then(|value| HeaderValue::from_str(value).ok()) {
                headers.insert(HeaderName::from_static(name), value);
            }
        }
        let mut request = Request::new(Bytes::new());
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.address.clone();
        *request.headers_mut() = headers;
        Notification { channel: self.id.clone(), sync: state == "sync", request }
    }

    fn stride(&self) -> u64 {
        let hash = Sha256::digest(format!("{} {}", self.id, self.messages));
        2 + u64::from(hash[0]) * 17
    }
}
