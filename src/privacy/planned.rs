//! What the mirror would show of meetings under a manifest that is not in force.

use std::collections::BTreeMap;

use acquaint_core::Result;
use acquaint_core::ids::{RecordRef, TenantId};
use acquaint_core::record::RawRecord;
use acquaint_core::view::{CalendarEvent, View};

use crate::engine::Engine;
use crate::join::Copy;

/// Leaves of copies what the engine's manifest permits, whatever the mirror holds.
pub(crate) async fn permitted(
    engine: &Engine,
    tenant: &TenantId,
    copies: &mut BTreeMap<String, Vec<Copy>>,
) -> Result<()> {
    let privacy = engine.manifest.privacy();
    let connections = engine.store.connections(tenant).await?;
    let records: Vec<RecordRef> = copies.values().flatten().map(|copy| copy.record.clone()).collect();
    let mut left: BTreeMap<(RecordRef, String), CalendarEvent> = BTreeMap::new();
    for stored in engine.store.records(tenant, &records).await? {
        let known = connections.iter().find(|known| known.id == stored.record.connection);
        let Some(Ok(connector)) = known.map(|known| engine.connector(&known.connector)) else { continue };
        let Some(stream) = connector.stream(stored.record.stream.as_str()) else { continue };
        let raw = privacy.permit(stream.spec()).apply(stored.raw.clone());
        if raw == stored.raw {
            continue;
        }
        let (views, _) = super::viewed(stream, &RawRecord::new(stored.record.key.clone(), raw));
        for view in views {
            if let View::Event(event) = view {
                left.insert((stored.record.clone(), event.identity()), *event);
            }
        }
    }
    let since = privacy.retained_since(engine.env.now());
    for (identity, copies) in copies.iter_mut() {
        for copy in &mut *copies {
            if let Some(event) = left.remove(&(copy.record.clone(), identity.clone())) {
                copy.event = event;
            }
        }
        copies.retain(|copy| {
            let end = copy.event.end.instant().max(copy.event.start.instant());
            since.is_none_or(|since| end >= since)
        });
    }
    copies.retain(|_, copies| !copies.is_empty());
    Ok(())
}
