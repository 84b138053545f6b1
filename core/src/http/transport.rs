//! The transport: how one request becomes one response.

use std::fmt::Debug;

use async_trait::async_trait;
use bytes::Bytes;

/// A request with its whole body.
pub type Request = http::Request<Bytes>;
/// A response with its whole body.
pub type Response = http::Response<Bytes>;

/// Sends one request and brings one response.
///
/// Promises an implementation makes:
/// 1. it never follows a redirect (a token could leave for another host),
/// 2. it returns every status as `Ok`; only the lack of a response is an error,
/// 3. it ends by itself: every request has a time-out,
/// 4. it may be dropped at any await without harm to later requests.
#[async_trait]
pub trait HttpTransport: Debug + Send + Sync + 'static {
    /// Sends `request`; see the promises above.
    async fn send(&self, request: Request) -> Result<Response, TransportError>;
}

/// Why no response came. Holds no URL, header or body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TransportError {
    /// No connection could be made.
    #[error("could not connect")]
    Connect,
    /// It took longer than the time-out.
    #[error("timed out")]
    Timeout,
    /// The connection broke, or the body was cut short.
    #[error("the connection broke")]
    Broken,
    /// The body was larger than the limit.
    #[error("the response was larger than the limit")]
    TooLarge,
    /// The request could not be sent as it is.
    #[error("the request is not sendable")]
    Unsendable,
}
