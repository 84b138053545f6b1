//! Which path and verb are which method.

use http::Method;

/// A method and what its path names.
#[derive(Debug, Clone, Copy)]
pub(super) struct Route<'a> {
    /// As the discovery document names it.
    pub(super) method: &'static str,
    /// The calendar; empty where there is none.
    pub(super) calendar: &'a str,
    /// The event, or whatever else the path names below the calendar.
    pub(super) event: &'a str,
}

impl<'a> Route<'a> {
    /// The method of a path below `/calendar/v3/`.
    pub(super) fn find(verb: &Method, parts: &[&'a str]) -> Option<Self> {
        let (method, calendar, event) = match (verb.as_str(), parts) {
            ("GET", ["users", "me", "calendarList"]) => ("calendarList.list", "", ""),
            ("POST", ["users", "me", "calendarList", "watch"]) => ("calendarList.watch", "", ""),
            ("GET", ["users", "me", "calendarList", id]) => ("calendarList.get", *id, ""),
            ("POST", ["users", "me", "settings", "watch"]) => ("settings.watch", "", ""),
            ("GET", ["calendars", id]) => ("calendars.get", *id, ""),
            ("POST", ["calendars", id, "acl", "watch"]) => ("acl.watch", *id, ""),
            ("GET", ["calendars", id, "events"]) => ("events.list", *id, ""),
            ("POST", ["calendars", id, "events"]) => ("events.insert", *id, ""),
            ("POST", ["calendars", id, "events", "watch"]) => ("events.watch", *id, ""),
            ("GET", ["calendars", id, "events", event]) => ("events.get", *id, *event),
            ("PATCH", ["calendars", id, "events", event]) => ("events.patch", *id, *event),
            ("DELETE", ["calendars", id, "events", event]) => ("events.delete", *id, *event),
            ("POST", ["channels", "stop"]) => ("channels.stop", "", ""),
            _ => return None,
        };
        Some(Self { method, calendar, event })
    }
}

/// Undoes percent-encoding; what is no UTF-8 afterwards matches nothing.
pub(super) fn decode(part: &str) -> String {
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
