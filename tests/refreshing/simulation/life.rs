//! A process's life, which ends everywhere at once: whatever the process waits for never comes, and what it had
//! under way is dropped.

use std::future::pending;
use std::sync::Arc;

use tokio::sync::watch;

/// Clones are the same life.
#[derive(Debug, Clone)]
pub(crate) struct Life {
    pub(crate) process: u32,
    over: Arc<watch::Sender<bool>>,
}

impl Life {
    pub(crate) fn new(process: u32) -> Self {
        Self { process, over: Arc::new(watch::Sender::new(false)) }
    }

    pub(crate) fn end(&self) {
        self.over.send_replace(true);
    }

    pub(crate) fn is_over(&self) -> bool {
        *self.over.borrow()
    }

    /// Does `work` as long as the process lives. In a dead one nothing ever returns.
    pub(crate) async fn during<T>(&self, work: impl Future<Output = T>) -> T {
        let mut over = self.over.subscribe();
        let end = async {
            let _ = over.wait_for(|over| *over).await;
        };
        tokio::select! {
            biased;
            () = end => {}
            value = work => return value,
        }
        pending().await
    }
}
