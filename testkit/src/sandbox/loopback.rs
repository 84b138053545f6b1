//! A sandbox on a loopback port, for any HTTP client.

use std::convert::Infallible;
use std::io::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::HeaderMap;
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, HeaderValue, VARY};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::task::{AbortHandle, JoinSet};

use super::Sandbox;

/// The most that a sandbox reads of one request body.
const BODY_LIMIT: usize = 16 << 20;

/// A running server. Stops when dropped.
///
/// Bodies are compressed with gzip where the request's `Accept-Encoding` and the sandbox allow it.
#[derive(Debug)]
pub struct Loopback {
    address: SocketAddr,
    accepting: AbortHandle,
    counters: Arc<Counters>,
}

/// What has gone over the wire so far.
///
/// Bytes are those of bodies as they were sent (after compression, without the framing of chunks) and of heads: the
/// request or status line and one line for each header, as HTTP/1.1 writes them, with the
/// `content-length` that the server adds, and the `date` where there is none. What TCP adds, and answers that say how a connection goes on
/// (`100 Continue`, `connection`), are left out. A request counts once its answer is ready.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Traffic {
    /// How many requests were answered.
    pub requests: u64,
    /// Bytes of requests.
    pub received: u64,
    /// Bytes of answers.
    pub sent: u64,
}

#[derive(Debug, Default)]
struct Counters {
    requests: AtomicU64,
    received: AtomicU64,
    sent: AtomicU64,
}

impl Loopback {
    /// Serves `sandbox` on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// If no port can be bound.
    pub async fn start(sandbox: Arc<dyn Sandbox>) -> std::io::Result<Self> {
        Self::start_on(sandbox, 0).await
    }

    /// Serves `sandbox` on `port` of 127.0.0.1; 0 chooses a free one.
    ///
    /// # Errors
    /// If the port cannot be bound.
    pub async fn start_on(sandbox: Arc<dyn Sandbox>, port: u16) -> std::io::Result<Self> {
        let listener = TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, port)).await?;
        let address = listener.local_addr()?;
        let counters = Arc::new(Counters::default());
        let counting = Arc::clone(&counters);
        let accepting = tokio::spawn(async move {
            // Owned by the accept loop, so that dropping the server drops its connections too.
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let (sandbox, counters) = (Arc::clone(&sandbox), Arc::clone(&counting));
                connections.spawn(async move {
                    let service = service_fn(move |request| {
                        answer(Arc::clone(&sandbox), Arc::clone(&counters), request)
                    });
                    // A client that hangs up is no concern of the server's.
                    let _ = hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service)
                        .await;
                });
                while connections.try_join_next().is_some() {}
            }
        })
        .abort_handle();
        Ok(Self { address, accepting, counters })
    }

    /// The address it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `http://127.0.0.1:PORT`, without a trailing slash.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What has gone over the wire so far.
    pub fn traffic(&self) -> Traffic {
        Traffic {
            requests: self.counters.requests.load(Ordering::Relaxed),
            received: self.counters.received.load(Ordering::Relaxed),
            sent: self.counters.sent.load(Ordering::Relaxed),
        }
    }
}

impl Drop for Loopback {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn answer(
    sandbox: Arc<dyn Sandbox>,
    counters: Arc<Counters>,
    request: http::Request<Incoming>,
) -> Result<http::Response<Full<Bytes>>, Infallible> {
    let (parts, body) = request.into_parts();
    let Ok(body) = Limited::new(body, BODY_LIMIT).collect().await else {
        let mut refused = http::Response::new(Full::default());
        *refused.status_mut() = http::StatusCode::PAYLOAD_TOO_LARGE;
        return Ok(refused);
    };
    let request = http::Request::from_parts(parts, body.to_bytes());
    let mut response = sandbox.handle(&request);
    if accepts_gzip(request.headers()) && sandbox.compresses(&request) {
        compress(&mut response);
    }
    counters.count(&request, &response);
    Ok(response.map(Full::new))
}

/// Whether a client understands gzip (RFC 9110 section 12.5.3).
fn accepts_gzip(headers: &HeaderMap) -> bool {
    let listed = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    let mut wanted = None;
    for coding in listed.flat_map(|value| value.split(',')) {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
        let weight = weight.trim().strip_prefix("q=").map_or(Some(1.0), |weight| weight.parse::<f32>().ok());
        let taken = weight.is_some_and(|weight| weight > 0.0);
        match name.trim() {
            name if name.eq_ignore_ascii_case("gzip") => return taken,
            "*" => wanted = Some(taken),
            _ => {}
        }
    }
    wanted.unwrap_or(false)
}

fn compress(response: &mut http::Response<Bytes>) {
    if response.body().is_empty() || response.headers().contains_key(CONTENT_ENCODING) {
        return;
    }
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    // Writing into memory does not fail; if it did, the body would go out as it is.
    if let Ok(body) = encoder.write_all(response.body()).and_then(|()| encoder.finish()) {
        *response.body_mut() = body.into();
        response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        response.headers_mut().append(VARY, HeaderValue::from_static("Accept-Encoding"));
    }
}

impl Counters {
    fn count(&self, request: &http::Request<Bytes>, response: &http::Response<Bytes>) {
        let path = request.uri().path_and_query().map_or(1, |path| path.as_str().len());
        let line = request.method().as_str().len() + path + " ".len() * 2 + "HTTP/1.1\r\n".len();
        let received = line + head(request.headers()) + request.body().len();
        let status = response.status();
        let line = "HTTP/1.1 200 \r\n".len() + status.canonical_reason().unwrap_or_default().len();
        let mut sent = line + head(response.headers()) + response.body().len();
        if !response.headers().contains_key(http::header::DATE) {
            sent += "date: Mon, 01 Jan 2024 00:00:00 GMT\r\n".len();
        }
        if !matches!(status.as_u16(), 204 | 304) {
            sent += format!("content-length: {}\r\n", response.body().len()).len();
        }
        let add = |counter: &AtomicU64, count: usize| {
            counter.fetch_add(u64::try_from(count).unwrap_or(u64::MAX), Ordering::Relaxed);
        };
        add(&self.requests, 1);
        add(&self.received, received);
        add(&self.sent, sent);
    }
}

/// How long headers are, with the empty line that ends them.
fn head(headers: &HeaderMap) -> usize {
    let lines = headers.iter().map(|(name, value)| name.as_str().len() + value.len() + ": \r\n".len());
    lines.sum::<usize>() + "\r\n".len()
}
