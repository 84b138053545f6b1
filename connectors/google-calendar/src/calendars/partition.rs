//! One calendar as a partition.

use acquaint_core::connector::Partition;

use super::choice::Access;
use crate::model::CalendarListEntry;

/// The calendar of an entry. Ids of calendars are the same for everybody at Google, so that several connections may
/// come upon one calendar: the one that may do most with it sees most of it, and nobody more than its owner.
pub(super) fn of(entry: CalendarListEntry) -> Partition {
    let primary = entry.is_primary();
    let placement = if primary { 10 } else { Access::of(entry.access_role.as_deref()).rank() };
    let mut partition = Partition::new(entry.id.clone(), entry.label().to_owned())
        .placed(placement)
        .detail("primary", primary);
    // Google names the owner of secondary calendars only; a primary one belongs to the address that is its id.
    let owner = entry.data_owner.or_else(|| primary.then_some(entry.id));
    let details = [("access", entry.access_role), ("time_zone", entry.time_zone), ("owner", owner)];
    for (name, value) in details {
        if let Some(value) = value {
            partition = partition.detail(name, value);
        }
    }
    partition
}
