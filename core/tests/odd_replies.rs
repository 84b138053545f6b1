//! Providers' own ways at the token endpoint, each expressed by what a connector may declare and nothing else.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "odd_replies/hosts.rs"]
mod hosts;
#[path = "odd_replies/providers.rs"]
mod providers;
#[path = "odd_replies/refusals.rs"]
mod refusals;
mod support;
#[path = "odd_replies/tokens.rs"]
mod tokens;
