//! Every way of being authorised, at the boundary to the network: what is sent, how often, and whose move it is.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "auth_schemes/clients.rs"]
mod clients;
#[path = "auth_schemes/fixed.rs"]
mod fixed;
#[path = "auth_schemes/service_accounts.rs"]
mod service_accounts;
#[path = "auth_schemes/signed.rs"]
mod signed;
mod support;
