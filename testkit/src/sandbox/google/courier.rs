//! Carries notifications to their addresses, as Google's servers do.

use std::sync::Arc;
use std::time::Duration;

use acquaint_core::http::HttpTransport;
use tokio::task::{AbortHandle, JoinSet};

use super::GoogleSandbox;
use super::notify::Notification;

/// How often one message is tried at most. Google does not document its number.
const TRIES: u32 = 6;

/// How many messages are on their way at once.
const AT_ONCE: usize = 64;

/// A task that delivers a sandbox's notifications over HTTP while it lives. Status 200, 201, 202, 204 and 102 are
/// success; after 500, 502, 503, 504 or no answer a message is tried again, at growing distances on the sandbox's
/// clock; after any other status it is lost
/// (<https://developers.google.com/workspace/calendar/api/guides/push#responding-to-notifications>).
#[derive(Debug)]
pub struct Courier {
    task: AbortHandle,
}

impl Courier {
    /// Starts to deliver what `sandbox` has to tell, from now on, over `transport`. Needs a tokio runtime.
    pub fn start(sandbox: Arc<GoogleSandbox>, transport: Arc<dyn HttpTransport>) -> Self {
        Self { task: tokio::spawn(run(sandbox, transport)).abort_handle() }
    }
}

impl Drop for Courier {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn run(sandbox: Arc<GoogleSandbox>, transport: Arc<dyn HttpTransport>) {
    // Owned by this task, so that dropping the courier drops what is on its way.
    let mut under_way = JoinSet::new();
    loop {
        while under_way.len() < AT_ONCE
            && let Some(notification) = sandbox.next_notification()
        {
            under_way.spawn(deliver(Arc::clone(&sandbox), Arc::clone(&transport), notification));
        }
        tokio::select! {
            () = sandbox.bell.notified(), if under_way.len() < AT_ONCE => {}
            Some(_) = under_way.join_next(), if !under_way.is_empty() => {}
        }
    }
}

async fn deliver(sandbox: Arc<GoogleSandbox>, transport: Arc<dyn HttpTransport>, message: Notification) {
    for attempt in 0..TRIES {
        let again = match transport.send(message.request.clone()).await {
            Ok(response) => matches!(response.status().as_u16(), 500 | 502 | 503 | 504),
            Err(_) => true,
        };
        if !again {
            return;
        }
        if attempt + 1 < TRIES {
            sandbox.clock.sleep(Duration::from_secs(1 << attempt)).await;
        }
    }
}
