//! Calendars as partitions of the stream of events.

use std::collections::BTreeSet;

use acquaint_core::Result;
use acquaint_core::connector::{Context, Partition};
use url::Url;

use crate::client::Api;
use crate::model::CalendarListEntry;
use crate::options::Options;

/// The calendars that the source asks for, each once, under its real id.
pub(crate) async fn partitions(cx: &Context, api_base: &Url) -> Result<Vec<Partition>> {
    let choice = Options::of(&cx.settings)?.calendars;
    let entries = Api::new(&cx.http, api_base).calendars().await?;
    // The list may change between two of its pages, and then an entry may come twice.
    let mut seen = BTreeSet::new();
    Ok(entries
        .into_iter()
        .filter(|entry| entry.deleted != Some(true) && choice.takes(entry))
        .filter(|entry| seen.insert(entry.id.clone()))
        .map(partition)
        .collect())
}

fn partition(entry: CalendarListEntry) -> Partition {
    let primary = entry.is_primary();
    let mut partition = Partition::new(entry.id.clone(), entry.label().to_owned()).detail("primary", primary);
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
