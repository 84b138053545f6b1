//! A transport that hands requests to sandboxes by host name, without a socket.

use std::collections::BTreeMap;
use std::sync::Arc;

use acquaint_core::async_trait;
use acquaint_core::http::{HttpTransport, Request, Response, TransportError};

use super::Sandbox;

/// Routes each request to the sandbox registered for its host; other hosts cannot be reached.
#[derive(Debug, Clone, Default)]
pub struct InProcess {
    hosts: BTreeMap<String, Arc<dyn Sandbox>>,
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
}

#[async_trait]
impl HttpTransport for InProcess {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let host = request.uri().host().ok_or(TransportError::Unsendable)?;
        let sandbox = self.hosts.get(host).ok_or(TransportError::Connect)?;
        Ok(sandbox.handle(&request))
    }
}
