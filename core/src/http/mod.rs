//! HTTP: one transport trait, and a client that adds what every call to a provider needs.

mod auth;
mod client;
mod policy;
mod quota;
#[cfg(feature = "reqwest")]
mod reqwest;
mod transport;
mod verdict;

#[cfg(feature = "reqwest")]
pub use self::reqwest::ReqwestTransport;
pub use auth::{Anonymous, Authenticator, Stamp};
pub use client::{Call, HttpClient, HttpStats};
pub use policy::{HttpPolicy, RetryPolicy};
pub use quota::{Quota, QuotaKeeper, QuotaKeys, QuotaLeft, QuotaLimit, QuotaScope};
pub use transport::{HttpTransport, Request, Response, TransportError};
pub use verdict::{ErrorRule, ErrorTable, Refusal, Verdict, retry_after};
