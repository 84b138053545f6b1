//! How a test edits events, as people do whose edits reach no client but through the API.

use serde_json::{Map, Value, json};

use super::GoogleSandbox;
use super::error::ApiError;
use super::write::Writer;
use crate::sandbox::ics::IcsCalendar;

impl GoogleSandbox {
    /// Makes an event of the fields that `events.insert` takes; `id`, `iCalUID`, `organizer` and `creator` are
    /// heeded too. It reaches the calendars of invited accounts. Returns its id.
    ///
    /// # Errors
    /// What the API would answer.
    pub fn insert_event(&self, calendar: &str, fields: Value) -> Result<String, ApiError> {
        let fields = object(fields)?;
        self.edit(|state, now| state.insert(calendar, &fields, Writer::Driver, now))
    }

    /// Changes an event, or one occurrence of a series by its instance id, as `events.patch` does: fields left
    /// out stay, null takes a field away.
    ///
    /// # Errors
    /// What the API would answer.
    pub fn patch_event(&self, calendar: &str, id: &str, fields: Value) -> Result<(), ApiError> {
        let fields = object(fields)?;
        self.edit(|state, now| state.patch(calendar, id, &fields, Writer::Driver, now))
    }

    /// Moves an event to other times (`start` and `end` as the API writes them).
    ///
    /// # Errors
    /// What the API would answer.
    pub fn move_event(&self, calendar: &str, id: &str, start: Value, end: Value) -> Result<(), ApiError> {
        self.patch_event(calendar, id, json!({ "start": start, "end": end }))
    }

    /// Takes somebody off the guest list.
    ///
    /// # Errors
    /// What the API would answer.
    pub fn remove_attendee(&self, calendar: &str, id: &str, address: &str) -> Result<(), ApiError> {
        self.change_attendees(calendar, id, |list| {
            list.retain(|one| one["email"].as_str().is_none_or(|email| !email.eq_ignore_ascii_case(address)));
        })
    }

    /// Puts somebody on the guest list; `attendee` is as the API writes it.
    ///
    /// # Errors
    /// What the API would answer.
    pub fn add_attendee(&self, calendar: &str, id: &str, attendee: Value) -> Result<(), ApiError> {
        self.change_attendees(calendar, id, |list| list.push(attendee))
    }

    /// Lets a guest answer: `needsAction`, `accepted`, `declined` or `tentative`.
    ///
    /// # Errors
    /// What the API would answer.
    pub fn respond(&self, calendar: &str, id: &str, address: &str, answer: &str) -> Result<(), ApiError> {
        self.change_attendees(calendar, id, |list| {
            for one in list.iter_mut() {
                if one["email"].as_str().is_some_and(|email| email.eq_ignore_ascii_case(address)) {
                    one["responseStatus"] = answer.into();
                }
            }
        })
    }

    fn change_attendees(
        &self,
        calendar: &str,
        id: &str,
        change: impl FnOnce(&mut Vec<Value>),
    ) -> Result<(), ApiError> {
        self.edit(|state, now| {
            let event = state.calendar(calendar)?.find(id).ok_or_else(ApiError::not_found)?;
            let mut list = event.body.get("attendees").and_then(Value::as_array).cloned().unwrap_or_default();
            change(&mut list);
            let fields = Map::from_iter([("attendees".to_owned(), Value::Array(list))]);
            state.patch(calendar, id, &fields, Writer::Driver, now)
        })
    }

    /// Cancels an event, a series, or one occurrence by its instance id.
    ///
    /// # Errors
    /// What the API would answer; 410 if it is cancelled already.
    pub fn cancel_event(&self, calendar: &str, id: &str) -> Result<(), ApiError> {
        self.edit(|state, now| state.cancel(calendar, id, Writer::Driver, now))
    }

    /// Takes back a cancellation: of an event, a series, or one occurrence of a live series by its instance id.
    /// What is not cancelled stays as it is.
    ///
    /// # Errors
    /// What the API would answer; 400 if the occurrence's series is cancelled or no longer recurs then.
    pub fn uncancel_event(&self, calendar: &str, id: &str) -> Result<(), ApiError> {
        self.edit(|state, now| state.uncancel(calendar, id, now))
    }

    /// Makes a series of a single event; `lines` are `RRULE`, `EXRULE`, `RDATE` and `EXDATE` lines.
    ///
    /// # Errors
    /// What the API would answer.
    pub fn make_recurring(&self, calendar: &str, id: &str, lines: &[&str]) -> Result<(), ApiError> {
        self.patch_event(calendar, id, json!({ "recurrence": lines }))
    }

    /// Changes an occurrence of a series and all that follow, as people do with "this and following events": the
    /// old series ends just before it, its changed occurrences from there on go, and a new series with `fields`
    /// begins there. Returns the new series' id. At the first occurrence the whole series changes and keeps its
    /// id.
    ///
    /// # Errors
    /// What the API would answer; 400 if `id` names no occurrence.
    pub fn split_series(&self, calendar: &str, id: &str, fields: Value) -> Result<String, ApiError> {
        let fields = object(fields)?;
        self.edit(|state, now| state.split_series(calendar, id, &fields, now))
    }

    /// Deletes an occurrence of a series and all that follow; with the first, the whole series.
    ///
    /// # Errors
    /// What the API would answer; 400 if `id` names no occurrence.
    pub fn end_series(&self, calendar: &str, id: &str) -> Result<(), ApiError> {
        self.edit(|state, now| state.end_series(calendar, id, now))
    }

    /// Loads an iCalendar file into a calendar, which is made for `account` if there is none of this id: all of
    /// it or nothing. Event ids follow from the UIDs, so that files of several people share those of their
    /// meetings; for the same reason nothing is delivered to invited accounts. Returns how many events and
    /// changed occurrences were made.
    ///
    /// # Errors
    /// If one of the events is on the calendar already, or Google could not hold it.
    pub fn load_ics(&self, account: &str, calendar: &str, file: &IcsCalendar) -> Result<usize, ApiError> {
        self.edit(|state, now| state.load_ics(account, calendar, file, now))
    }
}

fn object(fields: Value) -> Result<Map<String, Value>, ApiError> {
    match fields {
        Value::Object(fields) => Ok(fields),
        _ => Err(ApiError::bad_request()),
    }
}
