//! A sandbox on a loopback port, for any HTTP client.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
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
#[derive(Debug)]
pub struct Loopback {
    address: SocketAddr,
    accepting: AbortHandle,
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
        let accepting = tokio::spawn(async move {
            // Owned by the accept loop, so that dropping the server drops its connections too.
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let sandbox = Arc::clone(&sandbox);
                connections.spawn(async move {
                    let service = service_fn(move |request| answer(Arc::clone(&sandbox), request));
                    // A client that hangs up is no concern of the server's.
                    let _ = hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service)
                        .await;
                });
                while connections.try_join_next().is_some() {}
            }
        })
        .abort_handle();
        Ok(Self { address, accepting })
    }

    /// The address it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `http://127.0.0.1:PORT`, without a trailing slash.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Loopback {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn answer(
    sandbox: Arc<dyn Sandbox>,
    request: http::Request<Incoming>,
) -> Result<http::Response<Full<Bytes>>, Infallible> {
    let (parts, body) = request.into_parts();
    let Ok(body) = Limited::new(body, BODY_LIMIT).collect().await else {
        let mut refused = http::Response::new(Full::default());
        *refused.status_mut() = http::StatusCode::PAYLOAD_TOO_LARGE;
        return Ok(refused);
    };
    Ok(sandbox.handle(&http::Request::from_parts(parts, body.to_bytes())).map(Full::new))
}
