//! What is mirrored already and may not be any more.

use acquaint_core::Result;
use acquaint_core::connector::AnyStream;
use acquaint_core::ids::{StreamName, TenantId};
use acquaint_core::record::{Gone, RawRecord};
use acquaint_core::store::{Left, Live, LiveQuery, Shed, ShedWrite, Shedding, StoredRecord};
use bytes::Bytes;

use super::Permit;
use crate::engine::Engine;
use crate::{directory, join, views};

/// The most records looked at in one transaction.
const BATCH: usize = 200;

/// Takes out of the mirror what the manifest in force keeps out: all that it holds is gone through once whenever that has
/// become another, and what has ended too long ago goes as it falls due. A crash in between loses nothing: it goes on.
pub(crate) async fn upkeep(engine: &Engine, tenant: &TenantId) -> Result<()> {
    if join::in_force(engine, tenant).await?.is_none() {
        return Ok(());
    }
    keep_out(engine, tenant).await?;
    retain(engine, tenant).await
}

async fn keep_out(engine: &Engine, tenant: &TenantId) -> Result<()> {
    let privacy = engine.manifest.privacy();
    let named = privacy.kept_out();
    let state = engine.store.tenant(tenant).await?.unwrap_or_default();
    let shedding = state.shedding.filter(|shedding| shedding.privacy == named);
    if shedding.as_ref().is_some_and(|shedding| shedding.after.is_none()) {
        return Ok(());
    }
    let mut after = shedding.and_then(|shedding| shedding.after);
    for connection in engine.store.connections(tenant).await? {
        // What a connector brought that is not registered any more can be neither read nor cleaned.
        let Ok(connector) = engine.connector(&connection.connector) else { continue };
        let mut streams: Vec<&dyn AnyStream> = connector.streams().iter().map(AsRef::as_ref).collect();
        streams.sort_by_key(|stream| stream.spec().name);
        for stream in streams {
            let permit = privacy.permit(stream.spec());
            let name = StreamName::from(stream.spec().name);
            let here = (&connection.id, &name);
            if permit.is_all() || after.as_ref().is_some_and(|at| (&at.connection, &at.stream) > here) {
                continue;
            }
            after = after.filter(|at| (&at.connection, &at.stream) == here);
            loop {
                let which = Live::Of { connection: &connection.id, stream: &name, after: after.as_ref() };
                let found = engine.store.live_records(&LiveQuery { tenant, which, limit: BATCH }).await?;
                let Some(last) = found.last().map(|last| last.record.clone()) else { break };
                let mut writes = Vec::new();
                for stored in &found {
                    writes.extend(left(stream, &permit, stored)?);
                }
                let reached = Shedding::done(named.clone()).after(last.clone());
                engine.store.shed(&Shed { tenant, writes: &writes, reached: Some(&reached) }).await?;
                engine.env.reach("privacy.shed").await?;
                after = Some(last);
            }
            after = None;
        }
    }
    let done = Shedding::done(named);
    engine.store.shed(&Shed { tenant, writes: &[], reached: Some(&done) }).await?;
    Ok(())
}

/// What is left of a record, if that is less than all.
fn left(stream: &dyn AnyStream, permit: &Permit<'_>, stored: &StoredRecord) -> Result<Option<ShedWrite>> {
    let raw = permit.apply(stored.raw.clone());
    if raw == stored.raw {
        return Ok(None);
    }
    let mut record = RawRecord::new(stored.record.key.clone(), raw);
    record.version = stored.version;
    let (found, problem) = match &stored.problem {
        Some(problem) => (Vec::new(), Some(problem.clone())),
        None => super::viewed(stream, &record),
    };
    let views = if found.is_empty() { Bytes::new() } else { views::encode(&found)? };
    let keys = directory::keys(&stored.record.connection, &found);
    let left = Left::Part { raw: record.raw, views, keys, problem };
    Ok(Some(ShedWrite { record: stored.record.clone(), touched: stored.touched, left }))
}

async fn retain(engine: &Engine, tenant: &TenantId) -> Result<()> {
    let Some(before) = engine.manifest.privacy().retained_since(engine.env.now()) else { return Ok(()) };
    loop {
        let which = Live::EndedBefore(before);
        let found = engine.store.live_records(&LiveQuery { tenant, which, limit: BATCH }).await?;
        let gone = |stored: StoredRecord| ShedWrite {
            record: stored.record,
            touched: stored.touched,
            left: Left::Nothing(Gone::PastRetention),
        };
        let writes: Vec<ShedWrite> = found.into_iter().map(gone).collect();
        if writes.is_empty() {
            return Ok(());
        }
        let shed = engine.store.shed(&Shed { tenant, writes: &writes, reached: None }).await?;
        engine.env.reach("privacy.retained").await?;
        if shed.changed == 0 {
            // Somebody is writing just these; what is left of them goes the next time.
            return Ok(());
        }
    }
}
