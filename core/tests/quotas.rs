//! What quotas promise: the provider is not asked for more than it allows, and who cannot go is told when.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

#[path = "quotas/days.rs"]
mod days;
#[path = "quotas/memory.rs"]
mod memory;
#[path = "quotas/rates.rs"]
mod rates;
#[path = "quotas/refusals.rs"]
mod refusals;
#[path = "quotas/windows.rs"]
mod windows;
#[path = "quotas/world.rs"]
mod world;
