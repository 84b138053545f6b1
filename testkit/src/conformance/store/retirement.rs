//! Connections that end: their work stops, and what they mirrored is kept or erased.

use std::sync::Arc;

use acquaint_core::connector::Partition;
use acquaint_core::ids::{ConnectionId, RecordRef, TenantId};
use acquaint_core::record::Gone;
use acquaint_core::store::{
    LaneId, LaneProgress, LaneSeed, Put, PutConnection, Release, RetireConnection, Retired, Store,
    TenantUpdate,
};

use super::super::{Failure, ensure, ensure_eq};
use super::Outcome;
use super::connections::{link, put};
use super::partitions::discover;
use super::stage::{
    LEASE, MANY, Stage, at, connection, ensure_fenced, gone, key, keys, lane, live, marked, record,
};
use super::subscriptions::subscribed;

async fn retire(
    store: &Arc<dyn Store>,
    tenant: &TenantId,
    connection: &ConnectionId,
    erase: bool,
    limit: usize,
) -> Result<Retired, Failure> {
    let mut retire = RetireConnection::new(tenant, connection).erase(erase);
    retire.limit = limit;
    Ok(store.retire_connection(&retire).await?)
}

/// The ids of a tenant's connections.
async fn links(store: &Arc<dyn Store>, tenant: &TenantId) -> Result<Vec<ConnectionId>, Failure> {
    let links = store.connections(tenant).await?;
    Ok(links.into_iter().filter(|link| link.tenant == *tenant).map(|link| link.id).collect())
}

fn lane_of(tenant: &TenantId, connection: &str) -> LaneId {
    LaneId { connection: connection.into(), ..lane(tenant, "p") }
}

/// A connection that ends loses its lanes and partitions, and keeps its records and itself.
pub async fn a_retired_connection_keeps_its_records_alone(store: Arc<dyn Store>) -> Outcome {
    let stage = discover(&store).await?;
    put(&store, &mut link("acme", "c1")).await?;
    let mut part = stage.beside("p").await?;
    stage.set(&["p"], MANY).await?;
    part.page(&[live("a", "a", &["domain:a.com"])]).await?;
    stage.settle().await?;
    for stage in [&stage, &part] {
        stage.release(|_| ()).await?;
    }
    let other = lane_of(&stage.tenant, "c2");
    store.ensure_lanes(&[LaneSeed { id: other.clone(), due: at(0) }]).await?;
    let seq = stage.seq().await?;

    for call in ["first", "second"] {
        let retired = retire(&store, &stage.tenant, &connection(), false, MANY).await?;
        ensure_eq!(retired, Retired::default(), "what the {call} call removed");
        let lanes: Vec<_> = store.lanes(&stage.tenant).await?.into_iter().map(|lane| lane.id).collect();
        ensure_eq!(lanes, std::slice::from_ref(&other), "the tenant's lanes");
        ensure_eq!(part.gone("a").await?, None, "why a record of a retired connection is gone");
        let providing = store.providing(&stage.tenant, &[key("domain:a.com")]).await?;
        ensure_eq!(providing.len(), 1, "records that provide the key");
        ensure_eq!(links(&store, &stage.tenant).await?, [connection()], "the tenant's connections");
        ensure_eq!(stage.seq().await?, seq, "the newest seq");
        ensure!(stage.batch().await?.marks.is_empty(), "a connection that keeps its records marked keys");
    }
    store.ensure_lanes(&[LaneSeed { id: part.claim.lane.clone(), due: at(0) }]).await?;
    ensure_eq!(part.lane().await?.partition, Partition::new("p", ""), "the partition of a lane made anew");
    Ok(())
}

/// Whoever holds a lane of a connection that ends is fenced off, also when the lane is made again.
pub async fn a_claim_on_a_retired_connection_is_fenced(store: Arc<dyn Store>) -> Outcome {
    for (name, erase) in [("kept", false), ("erased", true)] {
        put(&store, &mut link("acme", name)).await?;
        let id = lane_of(&"acme".into(), name);
        // Claims of others come before and in between, so that no fence happens to be the next one.
        let other =
            |part: &str| LaneId { connection: "other".into(), ..lane(&id.tenant, &format!("{part} {name}")) };
        Stage::on(&store, other("before"), at(0)).await?;
        let mut stage = Stage::on(&store, id.clone(), at(0)).await?;
        stage.page(&[live("a", "a", &[]), live("b", "b", &[])]).await?;
        retire(&store, &stage.tenant, &id.connection, erase, 1).await?;
        let (progress, writes) = (LaneProgress::default(), [live("late", "late", &["domain:late.com"])]);
        for lane in ["gone", "made again"] {
            let page = store.commit_page(&stage.page_of(&progress, &writes)).await;
            ensure_fenced(page, &format!("commit_page where the lane is {lane}"))?;
            ensure_fenced(store.renew_lane(&stage.claim, at(1), LEASE).await, "renew_lane")?;
            let release = Release { due: at(0), not_before: at(0), hints_done: true };
            ensure_fenced(store.release_lane(&stage.claim, &release).await, "release_lane")?;
            let late = RecordRef { connection: id.connection.clone(), ..record("p", "late") };
            ensure!(store.records(&stage.tenant, &[late]).await?.is_empty(), "a fenced page left a record");
            if lane == "gone" {
                Stage::on(&store, other("between"), at(0)).await?;
                Stage::on(&store, id.clone(), at(0)).await?;
            }
        }
    }
    Ok(())
}

/// Records of every state are erased in batches over several calls; the connection goes with the last of them.
pub async fn a_connection_is_erased_in_batches(store: Arc<dyn Store>) -> Outcome {
    let mut stage = Stage::open(&store).await?;
    let (tenant, own) = (stage.tenant.clone(), connection());
    put(&store, &mut link("acme", "c1")).await?;
    stage.page(&[live("a", "a", &["domain:a.com"]), live("b", "b", &[]), live("c", "c", &[])]).await?;
    stage.page(&[gone("b", Gone::Deleted)]).await?;
    stage.local(&[live("d", "d", &["domain:d.com"]), live("e", "e", &[])]).await?;
    let local = |key| RecordRef { stream: "local".into(), ..record("", key) };
    let all = [record("p", "a"), record("p", "b"), record("p", "c"), local("d"), local("e")];
    ensure_eq!(store.records(&tenant, &all).await?.len(), 5, "records before the erasure");
    for (removed, more, left) in [(2, true, 3), (2, true, 1), (1, false, 0), (0, false, 0)] {
        let retired = retire(&store, &tenant, &own, true, 2).await?;
        ensure_eq!(retired, Retired { records: removed, more }, "what a call removed");
        ensure_eq!(store.records(&tenant, &all).await?.len(), left, "records after a call");
        ensure_eq!(links(&store, &tenant).await?.len(), usize::from(more), "connections after a call");
    }
    let providing = store.providing(&tenant, &keys(&["domain:a.com", "domain:d.com"])).await?;
    ensure!(providing.is_empty(), "an erased record still provides a key");

    // As many as a call may remove.
    put(&store, &mut link("acme", "c2")).await?;
    let mut second = Stage::on(&store, lane_of(&tenant, "c2"), at(0)).await?;
    second.page(&[live("a", "a", &[]), live("b", "b", &[])]).await?;
    let retired = retire(&store, &tenant, &"c2".into(), true, 2).await?;
    ensure_eq!(retired, Retired { records: 2, more: false }, "what a call that may remove all removed");
    ensure!(links(&store, &tenant).await?.is_empty(), "a connection stayed though its last record went");
    Ok(())
}

/// An erasure marks what the records provided, with a seq of its own; one of nothing takes none.
pub async fn an_erasure_marks_what_the_records_provided(store: Arc<dyn Store>) -> Outcome {
    let mut stage = Stage::open(&store).await?;
    let tenant = stage.tenant.clone();
    for name in ["c1", "empty"] {
        put(&store, &mut link("acme", name)).await?;
    }
    let (a, b) = (live("a", "a", &["domain:a.com", "domain:b.com"]), live("b", "b", &["domain:b.com"]));
    stage.page(&[a, b, live("c", "c", &["domain:c.com"])]).await?;
    stage.page(&[gone("c", Gone::Deleted)]).await?;
    stage.settle().await?;
    let mut update = TenantUpdate::default();
    update.dirty = keys(&["domain:a.com"]);
    store.update_tenant(&tenant, &update).await?;
    let seq = stage.seq().await?;

    retire(&store, &tenant, &connection(), true, MANY).await?;
    ensure_eq!(stage.seq().await?.0, seq.0 + 1, "the newest seq after an erasure");
    let after = stage.batch().await?;
    ensure_eq!(marked(&after), ["domain:a.com", "domain:b.com"], "marks after an erasure");
    ensure!(after.marks.iter().all(|mark| mark.seq > seq), "marks older than the erasure: {:?}", after.marks);

    retire(&store, &tenant, &"empty".into(), true, 2).await?;
    ensure_eq!(stage.seq().await?.0, seq.0 + 1, "the newest seq after an erasure of nothing");
    Ok(())
}

/// Other connections of the tenant, and equal ones of other tenants, keep what has equal keys.
pub async fn an_erasure_touches_no_other_connection(store: Arc<dyn Store>) -> Outcome {
    let own = lane_of(&"acme".into(), "c1");
    let others = [lane_of(&"acme".into(), "c2"), lane_of(&"globex".into(), "c1")];
    for id in others.iter().chain([&own]) {
        put(&store, &mut link(id.tenant.as_str(), id.connection.as_str())).await?;
        let mut stage = Stage::on(&store, id.clone(), at(0)).await?;
        stage.page(&[live("a", "a", &["domain:a.com"]), live("b", "b", &[])]).await?;
        stage.page(&[gone("b", Gone::Deleted)]).await?;
        stage.settle().await?;
        stage.subscribe(&format!("{} {}", id.tenant, id.connection)).await?;
    }
    let seq = store.tenant(&"globex".into()).await?.unwrap_or_default().seq;
    for _ in 0..3 {
        retire(&store, &own.tenant, &own.connection, true, 1).await?;
    }
    for id in &others {
        let named = |key| RecordRef { connection: id.connection.clone(), ..record("p", key) };
        let stored = store.records(&id.tenant, &[named("a"), named("b")]).await?;
        let states: Vec<_> = stored.into_iter().map(|stored| stored.gone).collect();
        let (tenant, connection) = (&id.tenant, &id.connection);
        ensure_eq!(states, [None, Some(Gone::Deleted)], "records of {connection} of {tenant}");
        let providing = store.providing(tenant, &[key("domain:a.com")]).await?;
        ensure_eq!(providing.len(), 1, "records of {tenant} that provide the key");
        ensure_eq!(
            links(&store, tenant).await?,
            std::slice::from_ref(connection),
            "the connections of {tenant}"
        );
        let subscriptions = subscribed(&store, tenant, connection).await?;
        ensure_eq!(subscriptions, [format!("{tenant} {connection}")], "subscriptions of {connection}");
        let lanes = store.lanes(tenant).await?;
        ensure!(lanes.iter().any(|lane| lane.id == *id), "the lane {id} of {tenant} went with another's");
    }
    let state = store.tenant(&"globex".into()).await?.unwrap_or_default();
    ensure_eq!(state.seq, seq, "the newest seq of another tenant");
    Ok(())
}

/// Ending a connection that is not there does nothing, and makes no tenant.
pub async fn retiring_what_is_not_there_does_nothing(store: Arc<dyn Store>) -> Outcome {
    let stage = Stage::open(&store).await?;
    put(&store, &mut link("acme", "c1")).await?;
    let (seq, lanes) = (stage.seq().await?, store.lanes(&stage.tenant).await?);
    for erase in [false, true] {
        for tenant in [stage.tenant.clone(), TenantId::from("globex")] {
            let retired = retire(&store, &tenant, &"unknown".into(), erase, 2).await?;
            ensure_eq!(retired, Retired::default(), "what was removed of a connection that is not there");
        }
    }
    ensure_eq!(store.tenant(&"globex".into()).await?, None, "a tenant that nobody has written to");
    ensure_eq!(stage.seq().await?, seq, "the newest seq");
    ensure_eq!(store.lanes(&stage.tenant).await?, lanes, "the lanes of another connection");
    ensure_eq!(links(&store, &stage.tenant).await?, [connection()], "the tenant's connections");
    Ok(())
}

/// A connection made again after it was erased has versions that its id never had.
pub async fn a_connection_made_again_repeats_no_version(store: Arc<dyn Store>) -> Outcome {
    let tenant = TenantId::from("acme");
    let mut last = 0;
    for _ in 0..3 {
        let mut made = link("acme", "c1");
        for _ in 0..2 {
            put(&store, &mut made).await?;
            ensure!(made.version > last, "version {} after {last}", made.version);
            last = made.version;
        }
        retire(&store, &tenant, &made.id, true, MANY).await?;
        let late = store.put_connection(&PutConnection::new(&made)).await?;
        ensure_eq!(late, Put::Conflict, "a put on a connection that was erased since");
    }
    Ok(())
}

/// A connection that ends without being erased keeps its subscriptions: the provider is still to be told.
pub async fn a_retired_connection_keeps_its_subscriptions(store: Arc<dyn Store>) -> Outcome {
    let stage = Stage::open(&store).await?;
    put(&store, &mut link("acme", "c1")).await?;
    let subscription = stage.subscribe("s1").await?;
    for _ in 0..2 {
        retire(&store, &stage.tenant, &connection(), false, MANY).await?;
        ensure_eq!(store.subscription("s1").await?.as_ref(), Some(&subscription), "the subscription");
        ensure_eq!(subscribed(&store, &stage.tenant, &connection()).await?, ["s1"], "the subscriptions");
    }
    Ok(())
}

/// The subscriptions of a connection that is erased go when it goes, and not before.
pub async fn subscriptions_go_with_their_connection(store: Arc<dyn Store>) -> Outcome {
    let mut stage = Stage::open(&store).await?;
    let (tenant, own) = (stage.tenant.clone(), connection());
    put(&store, &mut link("acme", "c1")).await?;
    stage.page(&[live("a", "a", &[]), live("b", "b", &[]), live("c", "c", &[])]).await?;
    for id in ["s1", "s2"] {
        stage.subscribe(id).await?;
    }
    for _ in 0..3 {
        let more = retire(&store, &tenant, &own, true, 1).await?.more;
        for id in ["s1", "s2"] {
            ensure_eq!(
                store.subscription(id).await?.is_some(),
                more,
                "whether the subscription {id} is there"
            );
        }
        let listed = subscribed(&store, &tenant, &own).await?.len();
        ensure_eq!(listed, if more { 2 } else { 0 }, "subscriptions after a call");
    }
    Ok(())
}
