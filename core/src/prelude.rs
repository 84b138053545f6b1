//! What the author of a connector or a store uses from day to day.
//!
//! ```
//! use acquaint_core::prelude::*;
//!
//! let spec = StreamSpec::new("contacts", StreamKind::Directory, vec![LaneSpec::head(Duration::from_secs(900))]);
//! assert!(spec.lane("head").is_some());
//! ```

pub use std::time::Duration;

pub use crate::async_trait;
pub use crate::auth::{AuthKind, AuthScheme, Carry, Fixed};
pub use crate::connector::{
    AnyStream, Connector, ConnectorInfo, Context, Discovered, FetchRequest, Field, Identity, LaneKind,
    LaneSpec, Next, Page, Partition, Partitions, PassKind, Push, RecordStream, SourceSettings, StreamKind,
    StreamSpec, TimeRange,
};
pub use crate::cursor::{CursorError, SyncCursor};
pub use crate::delivery::{Delivery, Destination, Receipt, Subject};
pub use crate::error::{Error, ErrorKind, Result, Retry};
pub use crate::http::{ErrorTable, HttpClient, HttpPolicy, Verdict};
pub use crate::oauth::{ClientAuth, ClientCredentials, OAuth2, ServiceAccount, TokenEndpoint};
pub use crate::record::{Change, Gone, RawRecord, Version};
pub use crate::view::{
    Account, Association, Attendee, CalendarEvent, Colleague, Contact, EventTime, View, Views,
};
