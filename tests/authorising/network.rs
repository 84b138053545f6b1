//! What lies between the product and its providers, and may fail.

use std::sync::{Arc, Mutex};

use acquaint::async_trait;
use acquaint::core::http::{HttpTransport, Request, Response, TransportError};
use bytes::Bytes;

/// What is answered in place of a provider.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    Says(Response),
    Fails(TransportError),
}

type Outage = (Arc<dyn Fn(&Request) -> bool + Send + Sync>, Answer);

/// Hands requests on unless an outage is on.
pub(crate) struct Network {
    inner: Arc<dyn HttpTransport>,
    outage: Mutex<Option<Outage>>,
    sent: Mutex<Vec<String>>,
}

impl Network {
    pub(crate) fn new(inner: Arc<dyn HttpTransport>) -> Arc<Self> {
        Arc::new(Self { inner, outage: Mutex::default(), sent: Mutex::default() })
    }

    /// From now on requests whose address contains `part` are answered like this.
    pub(crate) fn fail(&self, part: &str, answer: Answer) {
        let part = part.to_owned();
        self.fail_where(move |request| request.uri().to_string().contains(&part), answer);
    }

    /// From now on these requests are answered like this.
    pub(crate) fn fail_where(
        &self,
        which: impl Fn(&Request) -> bool + Send + Sync + 'static,
        answer: Answer,
    ) {
        *self.outage.lock().unwrap() = Some((Arc::new(which), answer));
    }

    pub(crate) fn heal(&self) {
        *self.outage.lock().unwrap() = None;
    }

    /// How many requests were sent so far whose address contains `part`, answered or not.
    pub(crate) fn sent(&self, part: &str) -> usize {
        self.sent.lock().unwrap().iter().filter(|uri| uri.contains(part)).count()
    }
}

impl std::fmt::Debug for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Network").field("inner", &self.inner).finish_non_exhaustive()
    }
}

#[async_trait]
impl HttpTransport for Network {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let uri = request.uri().to_string();
        self.sent.lock().unwrap().push(uri);
        let outage = self.outage.lock().unwrap().clone();
        match outage.filter(|(which, _)| which(&request)) {
            Some((_, Answer::Says(response))) => Ok(response),
            Some((_, Answer::Fails(error))) => Err(error),
            None => self.inner.send(request).await,
        }
    }
}

/// A page in place of data.
pub(crate) fn page(status: u16) -> Response {
    let mut response = Response::new(Bytes::from_static(b"<!doctype html><h1>Sign in to this network</h1>"));
    *response.status_mut() = status.try_into().unwrap();
    let html = http::HeaderValue::from_static("text/html");
    response.headers_mut().insert(http::header::CONTENT_TYPE, html);
    response
}
