//! The Google Calendar connector of acquaint.
//!
//! [`GoogleCalendar`] reads the events of a person's calendars with the two narrowest read-only scopes that
//! allow it, and their primary calendar with the one for events alone. It has one stream, `events`, with a partition
//! for each calendar. Recurring events come as occurrences, what is upcoming comes first, and Google is asked to tell
//! of changes where it can. The crate's README says how to register an app at Google and what the limits are.
//!
//! Options of a source in the manifest:
//!
//! ```yaml
//! calendars:
//!   access: owner              # at least this: owner, writer, writerWithoutPrivateAccess, reader, freeBusyReader
//!   ids: [primary, sales@example.com]
//!   matches: '(?i)sales'       # a regular expression, found in the calendar's name or id
//! ```
//!
//! All that are given must hold. Without `access` it is `owner`, or any access if there are `ids`. The name is the
//! one that the person gave the calendar.
//!
//! To read how it works, begin with `events/mod.rs`; `events/pass.rs` says what follows a page, `calendars/` which
//! calendars there are, `push.rs` how changes are told.

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
