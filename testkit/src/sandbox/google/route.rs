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
            ("POST", ["users", "me", "calendarList"]) => ("calendarList.insert", "", ""),
            ("POST", ["users", "me", "calendarList", "watch"]) => ("calendarList.watch", "", ""),
            ("GET", ["users", "me", "calendarList", id]) => ("calendarList.get", *id, ""),
            ("PATCH", ["users", "me", "calendarList", id]) => ("calendarList.patch", *id, ""),
            ("PUT", ["users", "me", "calendarList", id]) => ("calendarList.update", *id, ""),
            ("DELETE", ["users", "me", "calendarList", id]) => ("calendarList.delete", *id, ""),
            ("GET", ["users", "me", "settings"]) => ("settings.list", "", ""),
            ("POST", ["users", "me", "settings", "watch"]) => ("settings.watch", "", ""),
            ("GET", ["users", "me", "settings", name]) => ("settings.get", "", *name),
            ("POST", ["calendars"]) => ("calendars.insert", "", ""),
            ("GET", ["calendars", id]) => ("calendars.get", *id, ""),
            ("PATCH", ["calendars", id]) => ("calendars.patch", *id, ""),
            ("PUT", ["calendars", id]) => ("calendars.update", *id, ""),
            ("DELETE", ["calendars", id]) => ("calendars.delete", *id, ""),
            ("GET", ["calendars", id, "acl"]) => ("acl.list", *id, ""),
            ("POST", ["calendars", id, "acl"]) => ("acl.insert", *id, ""),
            ("POST", ["calendars", id, "acl", "watch"]) => ("acl.watch", *id, ""),
            ("GET", ["calendars", id, "acl", rule]) => ("acl.get", *id, *rule),
            ("PATCH", ["calendars", id, "acl", rule]) => ("acl.patch", *id, *rule),
            ("PUT", ["calendars", id, "acl", rule]) => ("acl.update", *id, *rule),
            ("DELETE", ["calendars", id, "acl", rule]) => ("acl.delete", *id, *rule),
            ("GET", ["calendars", id, "events"]) => ("events.list", *id, ""),
            ("POST", ["calendars", id, "events"]) => ("events.insert", *id, ""),
            ("POST", ["calendars", id, "events", "import"]) => ("events.import", *id, ""),
            ("POST", ["calendars", id, "events", "watch"]) => ("events.watch", *id, ""),
            ("GET", ["calendars", id, "events", event]) => ("events.get", *id, *event),
            ("PATCH", ["calendars", id, "events", event]) => ("events.patch", *id, *event),
            ("PUT", ["calendars", id, "events", event]) => ("events.update", *id, *event),
            ("DELETE", ["calendars", id, "events", event]) => ("events.delete", *id, *event),
            ("GET", ["calendars", id, "events", event, "instances"]) => ("events.instances", *id, *event),
            ("POST", ["calendars", id, "events", event, "move"]) => ("events.move", *id, *event),
            ("POST", ["channels", "stop"]) => ("channels.stop", "", ""),
            ("POST", ["freeBusy"]) => ("freebusy.query", "", ""),
            ("GET", ["colors"]) => ("colors.get", "", ""),
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
