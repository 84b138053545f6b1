//! `calendars`: what a calendar itself is, for everybody who has it
//! (<https://developers.google.com/workspace/calendar/api/v3/reference/calendars>).

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde_json::{Map, Value, json};

use super::access::AccessRole;
use super::calendar::Calendar;
use super::error::ApiError;
use super::state::State;

impl State {
    /// `calendars.insert`: a secondary calendar of the account's.
    pub(super) fn insert_calendar(
        &mut self,
        account: &str,
        fields: &Map<String, Value>,
        now: DateTime<Utc>,
    ) -> Result<Value, ApiError> {
        let summary = fields.get("summary").and_then(Value::as_str).unwrap_or_default();
        if summary.is_empty() {
            return Err(ApiError::required("Missing summary."));
        }
        let zone = match zone(fields)? {
            Some(zone) => zone,
            None => self.calendars.get(account).map_or(Tz::UTC, |primary| primary.zone),
        };
        let id = format!("c_{}@group.calendar.google.com", self.make_id());
        self.add_calendar(&id, summary, zone, account, now);
        self.change_calendar(account, &id, fields, false)
    }

    /// `calendars.patch` and `update`. With `whole`, what is not given goes.
    pub(super) fn change_calendar(
        &mut self,
        account: &str,
        id: &str,
        fields: &Map<String, Value>,
        whole: bool,
    ) -> Result<Value, ApiError> {
        let id = self.owned(account, id)?;
        let zone = zone(fields)?;
        let text = |name: &str| fields.get(name).map(|value| value.as_str().map(str::to_owned));
        let summary = text("summary").flatten().filter(|summary| !summary.is_empty());
        if summary.is_none() && (whole || fields.contains_key("summary")) {
            return Err(ApiError::required("Missing summary."));
        }
        let calendar = self.touch_properties(&id)?;
        calendar.summary = summary.unwrap_or_else(|| calendar.summary.clone());
        calendar.zone = zone.unwrap_or(calendar.zone);
        for (name, known) in
            [("description", &mut calendar.description), ("location", &mut calendar.location)]
        {
            match text(name) {
                Some(new) => *known = new,
                None if whole => *known = None,
                None => {}
            }
        }
        Ok(calendar_resource(calendar))
    }

    /// `calendars.delete`: only secondary calendars, by an owner.
    pub(super) fn delete_own_calendar(&mut self, account: &str, id: &str) -> Result<(), ApiError> {
        let id = self.owned(account, id)?;
        if self.calendar(&id)?.owner == id {
            return Err(ApiError::forbidden());
        }
        self.delete_calendar(&id)
    }

    /// The calendar that the account calls `id` and owns.
    pub(super) fn owned(&self, account: &str, id: &str) -> Result<String, ApiError> {
        let (calendar, role) = self.access(account, id)?;
        if role < AccessRole::Owner {
            return Err(ApiError::forbidden());
        }
        Ok(calendar.id.clone())
    }
}

fn zone(fields: &Map<String, Value>) -> Result<Option<Tz>, ApiError> {
    match fields.get("timeZone") {
        None | Some(Value::Null) => Ok(None),
        Some(name) => {
            let zone = name.as_str().and_then(|name| name.parse().ok());
            zone.map(Some).ok_or_else(|| ApiError::invalid("timeZone", "Invalid time zone"))
        }
    }
}

/// `calendars.get`.
pub(super) fn calendar_resource(calendar: &Calendar) -> Value {
    let mut shown = json!({
        "kind": "calendar#calendar",
        "etag": format!("\"{}\"", calendar.properties_changed),
        "id": calendar.id,
        "summary": calendar.summary,
        "timeZone": calendar.zone.name(),
        "conferenceProperties": { "allowedConferenceSolutionTypes": ["hangoutsMeet"] },
    });
    for (name, text) in [("description", &calendar.description), ("location", &calendar.location)] {
        if let Some(text) = text {
            shown[name] = text.clone().into();
        }
    }
    if calendar.owner != calendar.id {
        shown["dataOwner"] = calendar.owner.clone().into();
    }
    shown
}
