//! `freebusy.query`: when calendars are busy, and nothing else
//! (<https://developers.google.com/workspace/calendar/api/v3/reference/freebusy/query>).

use chrono::{DateTime, SecondsFormat, Utc};
use chrono_tz::Tz;
use serde_json::{Map, Value, json};

use super::calendar::{Calendar, Window};
use super::error::ApiError;
use super::event::Event;
use super::state::State;

/// How many calendars one query may ask for.
const MOST: usize = 50;

impl State {
    /// The busy times of each calendar that the account may see.
    pub(super) fn free_busy(&self, account: &str, fields: &Map<String, Value>) -> Result<Value, ApiError> {
        let time = |name: &str| {
            let text =
                fields.get(name).and_then(Value::as_str).ok_or_else(|| ApiError::required("Required"))?;
            DateTime::parse_from_rfc3339(text).map(|at| at.to_utc()).map_err(|_| ApiError::bad_request())
        };
        let (from, until) = (time("timeMin")?, time("timeMax")?);
        if from >= until {
            return Err(ApiError::time_range_empty());
        }
        let zone: Tz = match fields.get("timeZone").and_then(Value::as_str) {
            None => Tz::UTC,
            Some(name) => name.parse().map_err(|_| ApiError::invalid_value("resource.timeZone"))?,
        };
        let asked = fields.get("items").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let shown = |at: DateTime<Utc>| at.with_timezone(&zone).to_rfc3339_opts(SecondsFormat::Secs, true);
        let mut calendars = Map::new();
        for (index, id) in asked.iter().filter_map(|item| item["id"].as_str()).enumerate() {
            let answer = match self.access(account, id) {
                _ if index >= MOST => Err("tooManyCalendarsRequested"),
                Err(_) => Err("notFound"),
                Ok((calendar, _)) => Ok(busy(calendar, from, until)),
            };
            calendars.insert(
                id.to_owned(),
                match answer {
                    Ok(times) => {
                        let times = times
                            .iter()
                            .map(|(start, end)| json!({ "start": shown(*start), "end": shown(*end) }));
                        json!({ "busy": times.collect::<Vec<_>>() })
                    }
                    Err(reason) => {
                        json!({ "errors": [{ "domain": "global", "reason": reason }], "busy": [] })
                    }
                },
            );
        }
        Ok(json!({
            "kind": "calendar#freeBusy",
            "timeMin": shown(from),
            "timeMax": shown(until),
            "calendars": calendars,
        }))
    }
}

/// Stretches of time in which a calendar is busy, those that touch as one.
fn busy(
    calendar: &Calendar,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Vec<(DateTime<Utc>, DateTime<Utc>)> {
    let zone = calendar.zone();
    let mut times: Vec<(DateTime<Utc>, DateTime<Utc>)> = Vec::new();
    let window = Window { from: Some(from), until: Some(until) };
    for event in calendar.between(window).iter().filter(|event| blocks(event, &calendar.id)) {
        let (start, end) = (event.start.instant(&zone).max(from), event.end.instant(&zone).min(until));
        match times.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            _ if start < end => times.push((start, end)),
            _ => {}
        }
    }
    times
}

fn blocks(event: &Event, calendar: &str) -> bool {
    let transparent = event.body.get("transparency").is_some_and(|value| value == "transparent");
    let declined = event.body.get("attendees").and_then(Value::as_array).into_iter().flatten().any(|one| {
        one["responseStatus"] == "declined"
            && one["email"].as_str().is_some_and(|email| email.eq_ignore_ascii_case(calendar))
    });
    !transparent && !declined
}
