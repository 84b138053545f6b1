//! The events that a meeting was merged from, and why one of them leads.

use acquaint_core::Result;
use acquaint_core::ids::RecordRef;
use acquaint_core::store::{Connection, ConnectionStatus, LaneState, StoredRecord, SubscriptionStatus};
use acquaint_core::view::{EventStatus, Visibility};

use super::lane::LaneExplained;
use super::parts::CopyExplained;
use super::words::time;
use crate::join::{Ahead, Copy, ahead};
use crate::tenant::Tenant;

/// The copies of a draft, the lead first. `order` is theirs, `copies` has them in any order, `records` as far as they
/// are in the mirror.
pub(super) async fn explain(
    tenant: &Tenant,
    order: &[RecordRef],
    copies: &[&Copy],
    records: &[StoredRecord],
) -> Result<Vec<CopyExplained>> {
    let store = &tenant.engine.store;
    let (connections, lanes) = (store.connections(&tenant.id).await?, store.lanes(&tenant.id).await?);
    let find = |record: &RecordRef| copies.iter().find(|copy| copy.record == *record).copied();
    let (lead, second) = (order.first().and_then(find), order.get(1).and_then(find));
    let mut explained = Vec::with_capacity(order.len());
    for record in order {
        let copy = find(record);
        let known = connections.iter().find(|known| known.id == record.connection);
        let own: Vec<&LaneState> = lanes.iter().filter(|lane| is_of(lane, record)).collect();
        let stored = records.iter().find(|stored| stored.record == *record);
        let label = own.iter().map(|lane| lane.partition.label.as_str()).find(|label| !label.is_empty());
        let calendar = match label {
            Some(label) => label.to_owned(),
            // What is pushed has no calendar as its partition.
            None if own.is_empty() => copy.map(|copy| copy.event.calendar.clone()).unwrap_or_default(),
            None => record.partition.to_string(),
        };
        explained.push(CopyExplained {
            record: record.clone(),
            calendar,
            account: known.filter(|_| !own.is_empty()).map(name).unwrap_or_default(),
            leads: Some(record) == order.first(),
            because: because(record, order, (lead, second, copy)),
            status: copy.map_or(EventStatus::Confirmed, |copy| copy.event.status),
            private: copy.is_some_and(|copy| copy.event.visibility == Visibility::Private),
            seen: stored.map(|stored| stored.seen),
            told: is_told(tenant, record, &own).await?,
            lanes: own.iter().map(|lane| LaneExplained::of(lane)).collect(),
            stale: stale(tenant, known),
        });
    }
    Ok(explained)
}

fn is_of(lane: &LaneState, record: &RecordRef) -> bool {
    let id = &lane.id;
    id.connection == record.connection && id.stream == record.stream && id.partition == record.partition
}

/// What a connection's account is called.
pub(super) fn name(connection: &Connection) -> String {
    match &connection.email {
        Some(email) => email.clone(),
        None if connection.label.is_empty() => connection.account.clone(),
        None => connection.label.clone(),
    }
}

fn because(
    record: &RecordRef,
    order: &[RecordRef],
    (lead, second, copy): (Option<&Copy>, Option<&Copy>, Option<&Copy>),
) -> String {
    if order.first() == Some(record) {
        let reason = lead.zip(second).map(|(lead, second)| ahead(lead, second));
        return match reason {
            None => "it is the only one",
            Some(Ahead::Visible) => "it shows what it is about, and others are private",
            Some(Ahead::Organisers) => "it is on the organiser's own calendar",
            Some(Ahead::Complete) => "its guest list is complete, and that of others is cut",
            Some(Ahead::Newer) => "it has the organiser's newest changes",
            Some(Ahead::Reference) => "nothing tells the copies apart, and its reference is the smallest",
        }
        .to_owned();
    }
    match lead.zip(copy).map(|(lead, copy)| ahead(lead, copy)) {
        None => "another one does",
        Some(Ahead::Visible) => "it is private",
        Some(Ahead::Organisers) => "the lead is on the organiser's own calendar",
        Some(Ahead::Complete) => "its guest list is cut, and that of the lead is complete",
        Some(Ahead::Newer) => "the lead has newer changes of the organiser",
        Some(Ahead::Reference) => "nothing tells it from the lead, whose reference is smaller",
    }
    .to_owned()
}

/// Whether a notification of the provider leads to a look at the calendar.
async fn is_told(tenant: &Tenant, record: &RecordRef, lanes: &[&LaneState]) -> Result<bool> {
    if lanes.is_empty() {
        return Ok(false);
    }
    let store = &tenant.engine.store;
    let live = store.subscriptions(&tenant.id, &record.connection).await?.into_iter().any(|known| {
        known.status == SubscriptionStatus::Live
            && known.stream == record.stream
            && known.partition == record.partition
    });
    Ok(live || lanes.iter().any(|lane| lane.id.lane.as_str() == crate::sync::TOLD))
}

/// Why what a connection has brought is read no more.
fn stale(tenant: &Tenant, known: Option<&Connection>) -> Option<String> {
    let Some(known) = known else { return Some("its connection is not there any more".to_owned()) };
    match &known.status {
        ConnectionStatus::NeedsReauth { reason } => {
            Some(format!("its connection must be authorised again ({reason})"))
        }
        ConnectionStatus::Disconnected { since } => {
            Some(format!("its connection was ended, {}", time(*since)))
        }
        _ if tenant.engine.source(known).is_none() => {
            Some(format!("the manifest in force has no source `{}` any more", known.source))
        }
        _ => None,
    }
}
