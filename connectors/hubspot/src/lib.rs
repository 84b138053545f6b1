//! The HubSpot connector of acquaint: companies and contacts, with the links between them.
//!
//! ```
//! use acquaint_core::connector::Connector;
//! use acquaint_hubspot::{HubSpot, HubSpotConfig};
//!
//! # fn main() -> acquaint_core::Result<()> {
//! let hubspot = HubSpot::new(HubSpotConfig::default())?;
//! assert_eq!(hubspot.info().id.as_str(), "hubspot");
//! # Ok(())
//! # }
//! ```
//!
//! The crate's README says which scopes it needs, what each stream costs in calls, and what it does not see.

mod client;
mod config;
mod connector;
mod cursor;
mod error;
mod ids;
mod links;
mod model;
mod object;
mod objects;
mod options;
mod owners;
mod push;
mod reading;
mod record;
mod stream;
mod subscriptions;
mod versions;
mod view;

pub use config::HubSpotConfig;
pub use connector::HubSpot;
pub use subscriptions::{WebhookSubscription, webhook_subscriptions, webhooks_file};
