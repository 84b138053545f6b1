//! The stored form of an event.
//!
//! Google's events do not say which calendar they are on, but a record must stand alone. So it is
//! `{"calendar": ID, "event": EVENT}`, in which `EVENT` is byte for byte what Google sent.

use acquaint_core::Result;
use acquaint_core::connector::TimeRange;
use acquaint_core::record::{Change, Gone, RawRecord, parse_json};
use acquaint_core::view::{CalendarEvent, View, Views};
use serde::Deserialize;
use serde_json::value::RawValue;
use sha2::{Digest as _, Sha256};

use crate::model::{Event, EventId};
use crate::view::{Times, calendar_event};

#[derive(Debug, Deserialize)]
struct Envelope {
    calendar: String,
    event: Event,
}

/// What a record says.
///
/// # Errors
/// `Malformed`.
pub(crate) fn views(record: &RawRecord) -> Result<Views> {
    let Envelope { calendar, event } = record.parse()?;
    let event: CalendarEvent =
        calendar_event(&calendar, event).map_err(|error| error.with("record", &record.key))?;
    Ok(vec![View::Event(Box::new(event))])
}

/// Turns the items of one calendar into changes.
#[derive(Debug)]
pub(crate) struct Items {
    prefix: String,
}

/// What an item turns out to be.
enum Item {
    Stands(String, Times),
    Cancelled(String),
    Series(String),
}

impl Items {
    pub(crate) fn of(calendar: &str) -> Self {
        Self { prefix: format!(r#"{{"calendar":{},"event":"#, serde_json::Value::from(calendar)) }
    }

    /// The change that an item of a list stands for. Without one, it lies outside the window of a baseline.
    pub(crate) fn listed(&self, item: &RawValue, window: TimeRange, baseline: bool) -> Option<Change> {
        match read(item) {
            Ok(Item::Cancelled(id)) => Some(Change::gone(id, Gone::Deleted)),
            Ok(Item::Stands(id, times)) if overlaps(window, times) => {
                Some(Change::Full(self.record(id, item)))
            }
            Ok(Item::Stands(..)) if baseline => None,
            Ok(Item::Stands(id, _)) => Some(Change::gone(id, Gone::MovedOutOfWindow)),
            // Series are expanded, so their masters are no records of this stream.
            Ok(Item::Series(id)) => Some(Change::gone(id, Gone::Deleted)),
            Err(error) => Some(self.rejected(item, &error)),
        }
    }

    /// The change that an event read by its id stands for.
    pub(crate) fn single(&self, item: &RawValue) -> Change {
        match read(item) {
            Ok(Item::Stands(id, _)) => Change::Full(self.record(id, item)),
            Ok(Item::Cancelled(id) | Item::Series(id)) => Change::gone(id, Gone::Deleted),
            Err(error) => self.rejected(item, &error),
        }
    }

    fn rejected(&self, item: &RawValue, error: &acquaint_core::Error) -> Change {
        let id = parse_json::<EventId>(item.get().as_bytes()).ok().and_then(|event| event.id);
        let key = id.filter(|id| !id.is_empty()).unwrap_or_else(|| made_up_key(item.get()));
        Change::Rejected { record: self.record(key, item), why: error.to_string() }
    }

    fn record(&self, key: String, item: &RawValue) -> RawRecord {
        let item = item.get();
        let mut raw = String::with_capacity(self.prefix.len() + item.len() + 1);
        raw.push_str(&self.prefix);
        raw.push_str(item);
        raw.push('}');
        RawRecord::new(key, raw)
    }
}

fn read(item: &RawValue) -> Result<Item> {
    let event: Event = parse_json(item.get().as_bytes())?;
    let Some(id) = event.id.clone().filter(|id| !id.is_empty()) else {
        return Err(acquaint_core::Error::new(acquaint_core::ErrorKind::Malformed, "the event has no id"));
    };
    // Before the times: of a deleted event nothing but the id is sure.
    if event.is_cancelled() {
        return Ok(Item::Cancelled(id));
    }
    if event.recurrence.as_ref().is_some_and(|rules| !rules.is_empty()) {
        return Ok(Item::Series(id));
    }
    Ok(Item::Stands(id, Times::of(&event)?))
}

fn overlaps(window: TimeRange, times: Times) -> bool {
    window.overlaps(times.start.instant(), times.end.instant())
}

/// The same bytes always get the same key, so that reading them again adds nothing.
fn made_up_key(item: &str) -> String {
    let hash = Sha256::digest(item.as_bytes());
    let head: String = hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    format!("without-id-{head}")
}
