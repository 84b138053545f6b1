//! How tokens are refreshed, seen from outside: by processes that share a database, through a thousand rounds of
//! trouble, and beside a tenant whose provider hangs.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "refreshing/processes.rs"]
mod processes;
#[path = "refreshing/provider.rs"]
mod provider;
#[path = "refreshing/simulation/mod.rs"]
mod simulation;
#[path = "refreshing/slow_tenant.rs"]
mod slow_tenant;
