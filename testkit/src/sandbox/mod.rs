//! Stateful provider servers that behave as the providers' documentation says.
//!
//! A sandbox is a pure request-to-response function over its own state, so it can be driven in process (no
//! socket, no waiting) or served on a loopback port for anybody's HTTP client.

pub mod crm_csv;
mod date;
mod fault;
pub mod google;
pub mod hubspot;
pub mod ics;
mod in_process;
mod loopback;
pub mod oauth;

pub use fault::{Fault, Faults};
pub use in_process::InProcess;
pub use loopback::{Loopback, Traffic};

use std::fmt::Debug;

use bytes::Bytes;

/// A provider's server: answers one request at a time from its own state.
pub trait Sandbox: Debug + Send + Sync + 'static {
    /// Answers `request`, whose URI may be absolute (in process) or only a path (from a socket).
    fn handle(&self, request: &http::Request<Bytes>) -> http::Response<Bytes>;

    /// Whether the answer may be compressed, for a client that accepts it.
    fn compresses(&self, _request: &http::Request<Bytes>) -> bool {
        true
    }
}
