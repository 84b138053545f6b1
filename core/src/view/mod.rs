//! What a record says, in terms that every provider shares.
//!
//! A view is computed from a record by the connector's pure `view` and can be computed again at any time.

mod crm;
mod event;

use serde::{Deserialize, Serialize};

pub use crm::{
    Account, Association, Colleague, Contact, CustomObject, Deal, EntityKind, Fields, LoggedMeeting,
};
pub use event::{
    Attendee, CalendarEvent, EventKind, EventStatus, EventTime, Organiser, Response, Visibility,
};

/// One view of a record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "view", rename_all = "snake_case")]
#[non_exhaustive]
pub enum View {
    /// A calendar event, as one calendar shows it.
    Event(Box<CalendarEvent>),
    /// A company or other organisation.
    Account(Account),
    /// A person outside.
    Contact(Contact),
    /// A person of the tenant's own.
    Colleague(Colleague),
    /// A link between two CRM records.
    Association(Association),
    /// A business that is hoped for or done.
    Deal(Deal),
    /// A meeting as the CRM has logged it.
    LoggedMeeting(LoggedMeeting),
    /// A record of a type of the tenant's own.
    Object(CustomObject),
}

/// All views of one record, in the connector's order.
pub type Views = Vec<View>;
