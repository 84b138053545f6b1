//! The Google Calendar connector of acquaint.
//!
//! [`GoogleCalendar`] reads the events of a person's calendars with the two narrowest read-only scopes that
//! allow it: one stream, `events`, with a partition for each calendar. Recurring events come as occurrences.
//! The crate's README says how to register an app at Google and what the limits are.
//!
//! Options of a source in the manifest:
//!
//! ```yaml
//! calendars:
//!   access: owner              # at least this: owner, writer, writerWithoutPrivateAccess, reader, freeBusyReader
//!   ids: [primary, sales@example.com]
//! ```
//!
//! Without either, the calendars that the person owns are read. With `ids` alone, those calendars are read
//! whatever the access; with both, both must hold.

mod calendars;
mod client;
mod config;
mod connector;
mod error;
mod events;
mod identity;
mod model;
mod options;
mod push;
mod view;

pub use config::GoogleCalendarConfig;
pub use connector::{GoogleCalendar, ID, SCOPE_CALENDAR_LIST, SCOPE_EVENTS};
