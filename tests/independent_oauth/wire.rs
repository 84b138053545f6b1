//! Everything that this project sends, as it went over the wire.

use std::sync::Arc;

use acquaint::async_trait;
use acquaint::core::http::{HttpTransport, Request, ReqwestTransport, Response, TransportError};
use tokio::sync::{OwnedRwLockWriteGuard, RwLock, watch};
use url::form_urlencoded;

/// Where tokens are exchanged.
pub(crate) const TOKEN: &str = "/token";

/// The engine's own transport, which notes what it sends and can be made to wait.
#[derive(Debug)]
pub(crate) struct Wire {
    inner: ReqwestTransport,
    sent: watch::Sender<Vec<Request>>,
    gate: Arc<RwLock<()>>,
}

impl Wire {
    pub(crate) fn new() -> Arc<Self> {
        // Whatever proxies the machine has.
        let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
        let inner = ReqwestTransport::from_client(client.build().unwrap());
        Arc::new(Self { inner, sent: watch::Sender::default(), gate: Arc::default() })
    }

    /// Requests that went to a path so far, in order.
    pub(crate) fn sent(&self, path: &str) -> Vec<Request> {
        self.sent.borrow().iter().filter(|request| request.uri().path() == path).cloned().collect()
    }

    /// How many requests went out so far, wherever.
    pub(crate) fn count(&self) -> usize {
        self.sent.borrow().len()
    }

    /// Lets requests go out but not arrive, as long as the guard lives.
    pub(crate) async fn hold(&self) -> OwnedRwLockWriteGuard<()> {
        Arc::clone(&self.gate).write_owned().await
    }

    /// Waits until so many requests have gone to the token endpoint.
    pub(crate) async fn token_calls_reach(&self, count: usize) {
        let is_token = |request: &&Request| request.uri().path() == TOKEN;
        let enough = |sent: &Vec<Request>| sent.iter().filter(is_token).count() >= count;
        self.sent.subscribe().wait_for(enough).await.unwrap();
    }

    /// Sends a request once more, behind the project's back.
    pub(crate) async fn again(&self, request: Request) -> Response {
        self.inner.send(request).await.unwrap()
    }
}

#[async_trait]
impl HttpTransport for Wire {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        self.sent.send_modify(|sent| sent.push(request.clone()));
        let _open = self.gate.read().await;
        self.inner.send(request).await
    }
}

/// A field of a request's form.
pub(crate) fn field(request: &Request, name: &str) -> Option<String> {
    form_urlencoded::parse(request.body()).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}
