//! Carries webhooks to their target, as HubSpot's servers do.

use std::sync::Arc;
use std::time::Duration;

use acquaint_core::http::HttpTransport;
use tokio::task::{AbortHandle, JoinSet};

use super::HubSpotSandbox;
use super::push::Delivery;

/// How many deliveries are on their way at once
/// (<https://developers.hubspot.com/docs/api-reference/latest/webhooks/guide>).
const AT_ONCE: usize = 10;

/// A task that delivers a sandbox's webhooks over HTTP while it lives. Any status below 400 is success; after all others,
/// and without an answer within five seconds of the sandbox's clock, a delivery is tried again, up to ten times within
/// 24 hours (<https://developers.hubspot.com/docs/api-reference/error-handling>).
#[derive(Debug)]
pub struct Courier {
    task: AbortHandle,
}

impl Courier {
    /// Starts to deliver what `sandbox` has to tell, from now on, over `transport`. Needs a tokio runtime.
    pub fn start(sandbox: Arc<HubSpotSandbox>, transport: Arc<dyn HttpTransport>) -> Self {
        Self { task: tokio::spawn(run(sandbox, transport)).abort_handle() }
    }
}

impl Drop for Courier {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn run(sandbox: Arc<HubSpotSandbox>, transport: Arc<dyn HttpTransport>) {
    // Owned by this task, so that dropping the courier drops what is on its way.
    let mut under_way = JoinSet::new();
    loop {
        while under_way.len() < AT_ONCE
            && let Some(delivery) = sandbox.next_delivery()
        {
            under_way.spawn(deliver(Arc::clone(&sandbox), Arc::clone(&transport), delivery));
        }
        let room = under_way.len() < AT_ONCE;
        let next =
            sandbox.next_delivery_at().map(|at| (at - sandbox.clock.now()).to_std().unwrap_or_default());
        tokio::select! {
            () = sandbox.bell.notified(), if room => {}
            Some(_) = under_way.join_next(), if !under_way.is_empty() => {}
            () = sandbox.clock.sleep(next.unwrap_or(Duration::MAX)), if room && next.is_some() => {}
        }
    }
}

async fn deliver(sandbox: Arc<HubSpotSandbox>, transport: Arc<dyn HttpTransport>, delivery: Delivery) {
    let patience = sandbox.state().config.webhooks.timeout.to_std().unwrap_or_default();
    let status = tokio::select! {
        answer = transport.send(delivery.request.clone()) => answer.ok().map(|answer| answer.status().as_u16()),
        () = sandbox.clock.sleep(patience) => None,
    };
    sandbox.answer_delivery(&delivery, status);
}
