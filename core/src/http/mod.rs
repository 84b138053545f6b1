//! HTTP: one transport trait, and a client that adds what every call to a provider needs.

mod auth;
mod client;
mod transport;
mod verdict;

pub use auth::{Anonymous, Authenticator, Stamp};
pub use client::{Call, HttpClient, HttpPolicy, HttpStats, RetryPolicy};
pub use transport::{HttpTransport, Request, Response, TransportError};
pub use verdict::{ErrorRule, ErrorTable, Refusal, Verdict, retry_after};
