#![doc = include_str!("../README.md")]

mod apps;
mod builder;
mod capture;
#[cfg(feature = "cli")]
pub mod cli;
mod connect;
mod deliver;
mod directory;
mod engine;
mod explain;
mod fields;
mod join;
mod local;
pub mod manifest;
mod preflight;
pub mod prelude;
mod privacy;
mod push;
mod query;
mod records;
pub mod registry;
mod replay;
mod revisions;
mod sync;
mod tenant;
mod upkeep;
mod views;
mod worker;

pub use acquaint_core as core;
pub use acquaint_core::async_trait;
pub use acquaint_core::auth::Credential;
pub use acquaint_core::connector::Connector;
pub use acquaint_core::delivery::{Delivery, Destination, Receipt, Subject};
pub use acquaint_core::error::{Blame, Error, ErrorKind, Result};
pub use acquaint_core::keys::Keys;
pub use acquaint_core::meeting::{Entity, Meeting, MeetingAttendee};
pub use acquaint_core::notice::{Notice, NoticeEntry, NoticeKind};
pub use acquaint_core::oauth::{OAuthApp, ServiceAccountKey};
pub use acquaint_core::store::{
    Announce, ChangeKind, Connection, ConnectionStatus, Delivered, DeliveryQuery, DeliveryRow,
    DeliveryStatus, FeedEntry, GatheredRow, InForce, ItemKey, Outlet, OutletState, Revision, Store,
};
pub use acquaint_core::token::TokenStore;
pub use acquaint_matcher as matcher;
pub use apps::AppSource;
pub use builder::{Acquaint, Builder};
pub use capture::Redact;
pub use connect::{
    Access, Begun, Connect, Disconnected, Finished, Initiator, Mirrored, Revocation, SharedAccounts, Way,
};
pub use deliver::webhook::{self, Webhook};
pub use deliver::{DeliverOptions, DeliveryPolicy, DeliveryReport, DeliveryTally};
pub use engine::SweepGuard;
pub use explain::{
    Absence, AttendeeExplained, Audience, CandidateExplained, ClauseExplained, ConnectionExplained,
    CopyExplained, DecidedExplained, DeliveryExplained, EntryExplained, Explanation, FailureExplained,
    LaneExplained, OtherMeeting, Outcome, PartitionExplained, PriorityExplained, ProblemExplained,
    QuotaExplained, Reads, RuleExplained, StreamExplained, SubscriptionExplained, ToldExplained, WhyQuery,
};
pub use fields::FieldLock;
pub use local::LocalSource;
pub use manifest::{CaseOutcome, Judgement, Manifest, Slot, SlotKind};
pub use preflight::{Check, Preflight, PreflightOptions, Verdict, What};
pub use push::Received;
pub use query::Meetings;
pub use records::{MirroredRecord, Records};
pub use registry::Registry;
pub use revisions::{
    Applied, Apply, Difference, ManifestFile, ManifestFolder, ManifestSource, Plan, PlanCounts,
    PlannedChange, PlannedDeliveries, PlannedFetch, PlannedMeeting, PlannedPrivacy, PlannedScopes, Refreshed,
};
pub use sync::{LaneReport, Progress, Stopped, SyncOptions, SyncReport, Totals, Waiting};
pub use tenant::Tenant;
pub use upkeep::Upkeep;
pub use worker::{WorkOptions, Worked};

#[cfg(feature = "google-calendar")]
pub use acquaint_google_calendar as google_calendar;
#[cfg(feature = "hubspot")]
pub use acquaint_hubspot as hubspot;
#[cfg(feature = "sqlite")]
pub use acquaint_sqlite::Sqlite;

/// The connectors that are compiled in.
fn bundled() -> Result<Vec<std::sync::Arc<dyn Connector>>> {
    Ok(vec![
        #[cfg(feature = "google-calendar")]
        std::sync::Arc::new(google_calendar::GoogleCalendar::default()),
        #[cfg(feature = "hubspot")]
        std::sync::Arc::new(hubspot::HubSpot::new(hubspot::HubSpotConfig::default())?),
    ])
}
