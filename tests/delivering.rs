//! Delivery: every current state reaches every live destination, in order, whatever fails in between.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "delivering/failing.rs"]
mod failing;
#[path = "delivering/histories.rs"]
mod histories;
#[path = "delivering/receiver.rs"]
mod receiver;
#[path = "delivering/told.rs"]
mod told;
#[path = "delivering/webhook.rs"]
mod webhook;
#[path = "delivering/world.rs"]
mod world;
