//! HTTP: one transport trait, and a client that adds what every call to a provider needs.

mod address;
mod auth;
mod client;
#[cfg(feature = "reqwest")]
mod guarded;
mod policy;
mod quota;
#[cfg(feature = "reqwest")]
mod reqwest;
mod transport;
mod verdict;

#[cfg(feature = "reqwest")]
pub use self::reqwest::ReqwestTransport;
pub use address::is_public;
pub use auth::{Anonymous, Authenticator, Stamp};
pub use client::{Call, HttpClient, HttpStats};
pub use policy::{HttpPolicy, RetryPolicy};
pub use quota::{Quota, QuotaKeeper, QuotaKeys, QuotaLeft, QuotaLimit, QuotaScope};
pub use transport::{HttpTransport, Request, Response, TransportError};
pub use verdict::{ErrorRule, ErrorTable, Refusal, Verdict, retry_after};
