//! Authorising: how it ends, for which scopes, again, with whom shared, and until when.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "authorising/again.rs"]
mod again;
#[path = "authorising/blame.rs"]
mod blame;
#[path = "authorising/disconnecting.rs"]
mod disconnecting;
#[path = "authorising/failing.rs"]
mod failing;
#[allow(unreachable_pub)]
#[path = "history/layer.rs"]
mod layer;
#[path = "authorising/narrowed.rs"]
mod narrowed;
#[path = "authorising/network.rs"]
mod network;
#[path = "authorising/notices.rs"]
mod notices;
#[path = "authorising/outcomes.rs"]
mod outcomes;
#[path = "authorising/product.rs"]
mod product;
#[path = "authorising/scopes.rs"]
mod scopes;
#[path = "authorising/sharing.rs"]
mod sharing;
mod support;
