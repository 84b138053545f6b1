//! A destination that is an HTTP endpoint, signed by the [Standard Webhooks](https://www.standardwebhooks.com) scheme, so that
//! receivers verify it with any of its libraries.
//!
//! | header | |
//! |---|---|
//! | `webhook-id` | the delivery's id, the same on every attempt: a receiver that has seen it has nothing to do |
//! | `webhook-timestamp` | when this attempt began, in seconds since 1970 |
//! | `webhook-signature` | `v1,` and the base64 of an HMAC-SHA256 of id, timestamp and body, joined by dots; one for each secret, apart by spaces |
//!
//! The body is [`Delivery::payload`](acquaint_core::delivery::Delivery::payload) as JSON: `data.revision` says which of two of
//! one meeting, section and key is the newer.

mod secret;
mod verify;

pub use secret::WebhookSecret;
pub use verify::{Verified, Verifier};

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use acquaint_core::delivery::{Delivery, Destination, Receipt};
use acquaint_core::error::Retry;
#[cfg(feature = "reqwest")]
use acquaint_core::http::ReqwestTransport;
use acquaint_core::http::{HttpTransport, Request, Response, TransportError, is_public, retry_after};
use acquaint_core::{Error, ErrorKind, Result, async_trait};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{HeaderValue, Method, StatusCode, header};
use url::{Host, Url};

/// The most bytes of an answer that are read. Nothing in them is looked at.
#[cfg(feature = "reqwest")]
const ANSWER: usize = 1024 * 1024;

pub(super) const ID: &str = "webhook-id";
pub(super) const TIMESTAMP: &str = "webhook-timestamp";
pub(super) const SIGNATURE: &str = "webhook-signature";

/// An endpoint that deliveries are posted to.
///
/// Any status of 2xx means that it has them. 410 says that it is gone: it is tried once a day. 429 and 503 with
/// `Retry-After` are obeyed. All else is tried again, since receivers get mended; redirects are not followed. The target is
/// reached over HTTPS, and only at public addresses, which are checked after the name is looked up.
///
/// ```
/// use acquaint::webhook::{Webhook, WebhookSecret};
///
/// # fn main() -> acquaint::Result<()> {
/// let secret = WebhookSecret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
/// let product = Webhook::to("https://product.example/hooks/meetings", secret)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Webhook {
    url: Url,
    secrets: Vec<WebhookSecret>,
    private: bool,
    transport: Option<Arc<dyn HttpTransport>>,
}

impl fmt::Debug for Webhook {
    /// Without path and query, which may be as good as a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.url.host_str().unwrap_or_default();
        f.debug_struct("Webhook")
            .field("host", &host)
            .field("secrets", &self.secrets.len())
            .finish_non_exhaustive()
    }
}

impl Webhook {
    /// The endpoint at a URL, signed with a secret.
    ///
    /// # Errors
    /// `Invalid` if it is no `https` address of a host that may be public; `Misconfigured` if TLS cannot be set up.
    pub fn to(url: impl AsRef<str>, secret: WebhookSecret) -> Result<Self> {
        let url = parse(url.as_ref())?;
        if url.scheme() != "https" {
            return Err(wrong("deliveries over plain HTTP can be read on the way")
                .advise("write https://, or `Webhook::to_private` for an endpoint within your own network"));
        }
        if let Some(address) = literal(&url)
            && !is_public(address)
        {
            return Err(wrong("the address is not a public one").advise(
                "name a host, or use `Webhook::to_private` for an endpoint within your own network",
            ));
        }
        let transport = public_transport()?;
        Ok(Self { url, secrets: vec![secret], private: false, transport })
    }

    /// An endpoint that may lie within the product's own network, and may be plain HTTP. For addresses that your operators have
    /// written, never for what a customer has entered.
    ///
    /// # Errors
    /// `Invalid` if it is no web address; `Misconfigured` if TLS cannot be set up.
    pub fn to_private(url: impl AsRef<str>, secret: WebhookSecret) -> Result<Self> {
        let url = parse(url.as_ref())?;
        let transport = private_transport()?;
        Ok(Self { url, secrets: vec![secret], private: true, transport })
    }

    /// Signs with another secret too, so that receivers may be moved from one to the other: they take what one of the
    /// signatures fits.
    #[must_use]
    pub fn also_signed(mut self, secret: WebhookSecret) -> Self {
        self.secrets.push(secret);
        self
    }

    /// Sends by a transport of the product's own, for instance through a proxy that guards what may be reached. The host's
    /// addresses are for it to check then.
    #[must_use]
    pub fn transport(mut self, transport: impl HttpTransport) -> Self {
        self.transport = Some(Arc::new(transport));
        self
    }

    /// The request that makes a delivery.
    fn request(&self, delivery: &Delivery) -> Result<Request> {
        let body = Bytes::from(delivery.payload().to_string());
        let id = header_safe(&delivery.id);
        let at = delivery.attempted.timestamp();
        let signatures: Vec<String> = self.secrets.iter().map(|secret| secret.sign(&id, at, &body)).collect();
        let bug =
            |error: http::Error| Error::bug("a delivery cannot be put into a request").with_source(error);
        http::Request::builder()
            .method(Method::POST)
            .uri(self.url.as_str())
            .header(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))
            .header(ID, id)
            .header(TIMESTAMP, at)
            .header(SIGNATURE, signatures.join(" "))
            .body(body)
            .map_err(bug)
    }
}

#[async_trait]
impl Destination for Webhook {
    async fn deliver(&self, delivery: &Delivery) -> Result<Receipt> {
        let transport = self.transport.as_ref().ok_or_else(|| {
            Error::new(ErrorKind::Misconfigured, "no transport is compiled in")
                .advise("enable the feature `reqwest`, or give the webhook one: `.transport(…)`")
                .retry(Retry::Backoff)
        })?;
        let request = self.request(delivery)?;
        let response = transport.send(request).await.map_err(|error| unsent(error, self.private))?;
        judge(&response, delivery.attempted)
    }
}

/// What an answer means.
fn judge(response: &Response, now: DateTime<Utc>) -> Result<Receipt> {
    let status = response.status();
    if status.is_success() {
        return Ok(Receipt::new());
    }
    let error = |kind, message: &str| Error::new(kind, message).with("status", status.as_u16());
    Err(match status {
        StatusCode::GONE => error(ErrorKind::NotFound, "the receiver says that it is gone"),
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
            let error = error(ErrorKind::RateLimited, "the receiver asks to wait");
            match retry_after(response, now) {
                Some(at) => error.retry(Retry::At(at)),
                None => error,
            }
        }
        _ if status.is_redirection() => {
            error(ErrorKind::Unavailable, "the receiver redirects, which is not followed")
                .advise("register the address that it redirects to")
        }
        _ => error(ErrorKind::Unavailable, "the receiver did not take it"),
    })
}

fn unsent(error: TransportError, private: bool) -> Error {
    match error {
        // It has answered, if at length.
        TransportError::TooLarge => {
            Error::new(ErrorKind::Unavailable, "the receiver's answer is too long to be an acknowledgement")
        }
        TransportError::Connect if !private => {
            Error::unavailable(error).advise("look whether the host is up, and has a public address")
        }
        _ => Error::unavailable(error),
    }
}

fn wrong(why: &'static str) -> Error {
    Error::invalid("a webhook cannot go there").with("because", why)
}

fn parse(text: &str) -> Result<Url> {
    let url = Url::parse(text).map_err(|_| wrong("it is no absolute address"))?;
    if !matches!(url.scheme(), "https" | "http") || url.host().is_none() {
        return Err(wrong("it is no web address"));
    }
    if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
        return Err(wrong("it has a user, a password or a fragment").advise("leave them out"));
    }
    Ok(url)
}

/// The address that a URL names in the place of a host. It is looked up nowhere, so nobody else checks it.
fn literal(url: &Url) -> Option<IpAddr> {
    match url.host()? {
        Host::Ipv4(address) => Some(address.into()),
        Host::Ipv6(address) => Some(address.into()),
        Host::Domain(_) => None,
    }
}

/// An id that may stand in a header: what is not visible ASCII, and `%`, is percent-encoded.
pub(super) fn header_safe(id: &str) -> String {
    use std::fmt::Write as _;
    let mut safe = String::with_capacity(id.len());
    for byte in id.bytes() {
        if byte.is_ascii_graphic() && byte != b'%' {
            safe.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(safe, "%{byte:02X}");
        }
    }
    safe
}

/// How long an answer may take. The engine's own time-out ends an attempt, too.
#[cfg(feature = "reqwest")]
const TIMEOUT: std::time::Duration = std::time::Duration::from_secs(30);

#[cfg(feature = "reqwest")]
fn public_transport() -> Result<Option<Arc<dyn HttpTransport>>> {
    Ok(Some(Arc::new(ReqwestTransport::to_public_hosts()?.timeout(TIMEOUT).body_limit(ANSWER))))
}

#[cfg(feature = "reqwest")]
fn private_transport() -> Result<Option<Arc<dyn HttpTransport>>> {
    Ok(Some(Arc::new(ReqwestTransport::without_proxy()?.timeout(TIMEOUT).body_limit(ANSWER))))
}

#[cfg(not(feature = "reqwest"))]
fn public_transport() -> Result<Option<Arc<dyn HttpTransport>>> {
    Ok(None)
}

#[cfg(not(feature = "reqwest"))]
fn private_transport() -> Result<Option<Arc<dyn HttpTransport>>> {
    Ok(None)
}
