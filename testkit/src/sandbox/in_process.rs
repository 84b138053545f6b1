//! A transport that hands requests to sandboxes by host name, without a socket.

use std::collections::BTreeMap;
use std::sync::Arc;

use acquaint_core::async_trait;
use acquaint_core::env::Clock;
use acquaint_core::http::{HttpTransport, Request, Response, TransportError};
use chrono::{DateTime, TimeDelta, Utc};
use http::HeaderValue;
use http::header::DATE;

use super::Sandbox;

/// Routes each request to the sandbox registered for its host; other hosts cannot be reached.
#[derive(Debug, Clone, Default)]
pub struct InProcess {
    hosts: BTreeMap<String, Arc<dyn Sandbox>>,
    clock: Option<Arc<dyn Clock>>,
    skew: TimeDelta,
}

impl InProcess {
    /// A network without any host.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds `sandbox` under `host` (for instance `google.test`).
    #[must_use]
    pub fn host(mut self, host: impl Into<String>, sandbox: Arc<dyn Sandbox>) -> Self {
        self.hosts.insert(host.into(), sandbox);
        self
    }

    /// Dates answers by a clock, as HTTP servers do (RFC 9110 section 6.6.1), unless the sandbox has dated them. Without
    /// this they have no date.
    #[must_use]
    pub fn dated(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Lets the hosts' clocks be ahead of that clock, or behind it. What sandboxes do with time stays as it is.
    #[must_use]
    pub fn skewed(mut self, by: TimeDelta) -> Self {
        self.skew = by;
        self
    }

    fn date(&self, response: &mut Response) {
        if let Some(clock) = &self.clock
            && !response.headers().contains_key(DATE)
        {
            let now = clock.now().checked_add_signed(self.skew).unwrap_or(DateTime::<Utc>::MAX_UTC);
            let date = HeaderValue::try_from(now.format("%a, %d %b %Y %H:%M:%S GMT").to_string());
            response.headers_mut().extend(date.ok().map(|date| (DATE, date)));
        }
    }
}

#[async_trait]
impl HttpTransport for InProcess {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let host = request.uri().host().ok_or(TransportError::Unsendable)?;
        let sandbox = self.hosts.get(host).ok_or(TransportError::Connect)?;
        let mut response = sandbox.handle(&request);
        self.date(&mut response);
        Ok(response)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use acquaint_core::env::SystemClock;

    use super::*;

    #[derive(Debug)]
    struct Empty;

    impl Sandbox for Empty {
        fn handle(&self, _: &Request) -> Response {
            Response::default()
        }
    }

    #[tokio::test]
    async fn answers_are_dated_by_a_clock_that_may_be_off() {
        let network = InProcess::new().host("a.test", Arc::new(Empty));
        let ask = async |network: &InProcess| {
            let request = http::Request::get("http://a.test/").body(bytes::Bytes::new()).unwrap();
            network.send(request).await.unwrap().headers().get(DATE).cloned()
        };
        assert_eq!(ask(&network).await, None);
        let clock = Arc::new(SystemClock);
        let network = network.dated(clock.clone()).skewed(TimeDelta::hours(-2));
        let date = ask(&network).await.unwrap();
        let date = DateTime::parse_from_rfc2822(date.to_str().unwrap()).unwrap().to_utc();
        let ahead = date - clock.now();
        assert!((ahead + TimeDelta::hours(2)).abs() < TimeDelta::seconds(5), "{ahead}");
    }
}
