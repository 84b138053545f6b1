//! `settings` and `colors`, which nobody changes here
//! (<https://developers.google.com/workspace/calendar/api/v3/reference/settings>).

use serde_json::{Map, Value, json};

use super::error::ApiError;
use super::state::State;

/// Settings as a new account has them; the time zone comes from its primary calendar.
const DEFAULTS: &[(&str, &str)] = &[
    ("autoAddHangouts", "true"),
    ("dateFieldOrder", "DMY"),
    ("defaultEventLength", "60"),
    ("format24HourTime", "true"),
    ("hideInvitations", "false"),
    ("hideWeekends", "false"),
    ("locale", "en"),
    ("remindOnRespondedEventsOnly", "false"),
    ("showDeclinedEvents", "true"),
    ("timezone", ""),
    ("useKeyboardShortcuts", "true"),
    ("weekStart", "1"),
];

/// Background colours of calendars, from 1 on.
const CALENDARS: &[&str] = &[
    "#ac725e", "#d06b64", "#f83a22", "#fa573c", "#ff7537", "#ffad46", "#42d692", "#16a765", "#7bd148",
    "#b3dc6c", "#fbe983", "#fad165", "#92e1c0", "#9fe1e7", "#9fc6e7", "#4986e7", "#9a9cff", "#b99aff",
    "#c2c2c2", "#cabdbf", "#cca6ac", "#f691b2", "#cd74e6", "#a47ae2",
];

/// Background colours of events, from 1 on.
const EVENTS: &[&str] = &[
    "#a4bdfc", "#7ae7bf", "#dbadff", "#ff887c", "#fbd75b", "#ffb878", "#46d6db", "#e1e1e1", "#5484ed",
    "#51b749", "#dc2127",
];

/// `settings.list`.
pub(super) fn list(state: &State, account: &str) -> Result<Value, ApiError> {
    let items = DEFAULTS.iter().map(|(id, _)| get(state, account, id)).collect::<Result<Vec<_>, _>>()?;
    Ok(json!({
        "kind": "calendar#settings",
        "etag": "\"p1\"",
        "nextSyncToken": "settings-1",
        "items": items,
    }))
}

/// `settings.get`.
pub(super) fn get(state: &State, account: &str, id: &str) -> Result<Value, ApiError> {
    let (id, value) =
        DEFAULTS.iter().find(|(known, _)| *known == id).copied().ok_or_else(ApiError::not_found)?;
    let zone = state.calendars.get(account).map(|primary| primary.zone.name());
    let value = if id == "timezone" { zone.unwrap_or("UTC") } else { value };
    Ok(json!({ "kind": "calendar#setting", "etag": "\"1\"", "id": id, "value": value }))
}

/// `colors.get`.
pub(super) fn colors() -> Value {
    let palette = |colours: &[&str]| -> Map<String, Value> {
        let one = |background: &str| json!({ "background": background, "foreground": "#1d1d1d" });
        (1..).zip(colours).map(|(id, colour): (u32, _)| (id.to_string(), one(colour))).collect()
    };
    json!({
        "kind": "calendar#colors",
        "updated": "2012-02-14T00:00:00.000Z",
        "calendar": palette(CALENDARS),
        "event": palette(EVENTS),
    })
}
