//! What works without a person: credentials that are handed over, service accounts, apps of a tenant's own, looking
//! whether everything is set up, and what grants need from time to time.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "unattended/apps.rs"]
mod apps;
#[path = "unattended/handed_over.rs"]
mod handed_over;
#[path = "unattended/preflight.rs"]
mod preflight;
#[path = "unattended/service_accounts.rs"]
mod service_accounts;
mod support;
#[path = "unattended/upkeep.rs"]
mod upkeep;
