//! What one piece of work costs, as it is seen on the wire.

use std::collections::BTreeMap;

use acquaint::{Result, SyncOptions, Tenant};
use acquaint_testkit::sandbox::{Loopback, Traffic};
use serde::Serialize;

/// What one piece of work cost.
#[derive(Debug, Serialize)]
pub(crate) struct Cost {
    /// Calls by method of the API.
    pub(crate) calls: BTreeMap<String, u64>,
    /// Changes that were reported.
    records: u64,
    /// Bytes of requests, heads included.
    sent: u64,
    /// Bytes of answers, heads included.
    received: u64,
    /// Bytes of the bodies of answers before they were compressed.
    uncompressed: u64,
}

impl Cost {
    /// What remains when the cost of other work is taken away.
    pub(crate) fn less(mut self, other: &Self) -> Self {
        for (method, calls) in &other.calls {
            if let Some(own) = self.calls.get_mut(method) {
                *own = own.saturating_sub(*calls);
            }
        }
        self.calls.retain(|_, calls| *calls > 0);
        self.sent = self.sent.saturating_sub(other.sent);
        self.received = self.received.saturating_sub(other.received);
        self.uncompressed = self.uncompressed.saturating_sub(other.uncompressed);
        self
    }
}

/// What a sync costs at a server that counts its calls as `requests` says.
pub(crate) async fn of(
    tenant: &Tenant,
    options: &SyncOptions,
    server: &Loopback,
    requests: impl Fn() -> BTreeMap<String, u64>,
) -> Result<Cost> {
    let (calls, traffic) = (requests(), server.traffic());
    let totals = tenant.sync_with(options).await?.into_result()?;
    let (mut made, Traffic { sent, received, .. }) = (requests(), server.traffic());
    for (method, count) in &mut made {
        *count -= calls.get(method).copied().unwrap_or(0);
    }
    made.retain(|_, count| *count > 0);
    Ok(Cost {
        calls: made,
        records: totals.records,
        // What the server received is what was sent to it.
        sent: received - traffic.received,
        received: sent - traffic.sent,
        uncompressed: totals.received,
    })
}

pub(crate) fn show(rows: &[(&str, &Cost)]) {
    for (name, cost) in rows {
        let calls: Vec<String> =
            cost.calls.iter().map(|(method, count)| format!("{count} {method}")).collect();
        println!(
            "{name:28} {:>6} records {:>9} B sent {:>9} B received ({:>9} B uncompressed)  {}",
            cost.records,
            cost.sent,
            cost.received,
            cost.uncompressed,
            calls.join(", ")
        );
    }
}
