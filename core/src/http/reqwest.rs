//! The transport over `reqwest`, with rustls.

use std::time::Duration;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};

use super::guarded::PublicHosts;
use super::{HttpTransport, Request, Response, TransportError};
use crate::error::{Error, ErrorKind, Result};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const TIMEOUT: Duration = Duration::from_secs(60);
const BODY_LIMIT: usize = 64 * 1024 * 1024;

/// Sends requests with a [`reqwest::Client`]. Cheap to clone; clones share connections.
#[derive(Debug, Clone)]
pub struct ReqwestTransport {
    client: reqwest::Client,
    timeout: Duration,
    body_limit: usize,
}

impl ReqwestTransport {
    /// A client of its own: no redirects, no retries, gzip, 10 seconds to connect, 60 seconds for everything, at
    /// most 64 MiB of body. Proxies are taken from the environment, as `reqwest` does.
    ///
    /// # Errors
    /// `Misconfigured` if TLS cannot be set up.
    pub fn new() -> Result<Self> {
        Self::build(own())
    }

    /// A client of its own for addresses that others have chosen: as [`ReqwestTransport::new`], but it connects to hosts with
    /// public addresses alone, by the addresses that were checked ([`is_public`](super::is_public)), and through no proxy.
    /// A URL whose host is an address is for the caller to check.
    ///
    /// # Errors
    /// `Misconfigured` if TLS cannot be set up.
    pub fn to_public_hosts() -> Result<Self> {
        Self::build(own().no_proxy().dns_resolver(PublicHosts))
    }

    /// As [`ReqwestTransport::new`], through no proxy.
    ///
    /// # Errors
    /// `Misconfigured` if TLS cannot be set up.
    pub fn without_proxy() -> Result<Self> {
        Self::build(own().no_proxy())
    }

    fn build(builder: reqwest::ClientBuilder) -> Result<Self> {
        let client = builder.build().map_err(|error| {
            Error::new(ErrorKind::Misconfigured, "the HTTP client could not be set up").with_source(error)
        })?;
        Ok(Self::from_client(client))
    }

    /// Sends with a client that you have set up, for instance for a proxy or certificates of your own.
    ///
    /// Build it with `redirect(Policy::none())`: an answer that came by way of a redirect is thrown away as
    /// [`TransportError::Unsendable`], because the credential was sent to a place that nobody checked. The
    /// time-out and body limit of this type apply in addition to the client's own.
    pub fn from_client(client: reqwest::Client) -> Self {
        Self { client, timeout: TIMEOUT, body_limit: BODY_LIMIT }
    }

    /// Sets how long a request may take, from connecting to the last byte of the answer.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets how many bytes of body an answer may have, after decompression.
    #[must_use]
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.body_limit = bytes;
        self
    }
}

/// What every client of this type's own has.
fn own() -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        // Whether a request may be sent twice is for the layers above to know.
        .retry(reqwest::retry::never())
        .referer(false)
        .connect_timeout(CONNECT_TIMEOUT)
        // Some providers compress only for agents that say so in their name, too.
        .user_agent(concat!("acquaint/", env!("CARGO_PKG_VERSION"), " (gzip)"))
}

#[async_trait]
impl HttpTransport for ReqwestTransport {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let mut request = reqwest::Request::try_from(request).map_err(|_| TransportError::Unsendable)?;
        *request.timeout_mut() = Some(self.timeout);
        let mut asked = request.url().clone();
        let response = self.client.execute(request).await.map_err(|error| classify(&error))?;

        let mut answered = response.url().clone();
        asked.set_fragment(None);
        answered.set_fragment(None);
        if asked != answered {
            tracing::error!(
                host = asked.host_str(),
                "the HTTP client follows redirects: build it with redirect(Policy::none())"
            );
            return Err(TransportError::Unsendable);
        }
        let mut result = http::Response::new(Bytes::new());
        *result.status_mut() = response.status();
        *result.version_mut() = response.version();
        *result.headers_mut() = response.headers().clone();
        *result.body_mut() = self.read(response).await?;
        Ok(result)
    }
}

impl ReqwestTransport {
    async fn read(&self, mut response: reqwest::Response) -> Result<Bytes, TransportError> {
        let mut body = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| classify(&error))? {
            if body.len() + chunk.len() > self.body_limit {
                return Err(TransportError::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body.freeze())
    }
}

fn classify(error: &reqwest::Error) -> TransportError {
    if error.is_connect() {
        TransportError::Connect
    } else if error.is_timeout() {
        TransportError::Timeout
    } else if error.is_builder() {
        TransportError::Unsendable
    } else {
        TransportError::Broken
    }
}
