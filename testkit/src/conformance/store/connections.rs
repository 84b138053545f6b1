//! Connections: how they are written.

use std::sync::Arc;

use acquaint_core::store::{Connection, ConnectionStatus, Put, PutConnection, Store};

use super::super::{Failure, ensure, ensure_eq};
use super::Outcome;
use super::stage::{Stage, at, at_once, keys, marked};

/// A connection to the account 77 of a CRM, without a grant.
pub(super) fn link(tenant: &str, id: &str) -> Connection {
    let mut link =
        Connection::new(tenant.into(), id.into(), "crm".into(), "hubspot".into(), "u1".into(), "77", at(0));
    link.label = "Acme ✓".to_owned();
    link
}

/// Writes a connection, which has the version of this write then.
pub(super) async fn put(store: &Arc<dyn Store>, link: &mut Connection) -> Outcome {
    match store.put_connection(&PutConnection::new(link)).await? {
        Put::Stored(version) => {
            link.version = version;
            Ok(())
        }
        other => Err(Failure::new(format_args!("a connection that may be written gave {other:?}"))),
    }
}

/// The connections of a tenant, whatever their versions.
async fn listed(store: &Arc<dyn Store>, tenant: &str) -> Result<Vec<Connection>, Failure> {
    let mut links = store.connections(&tenant.into()).await?;
    for link in &mut links {
        link.version = 0;
    }
    Ok(links)
}

/// A connection put again replaces the first; connections are listed in the order of their ids.
pub async fn a_connection_put_again_replaces_the_first(store: Arc<dyn Store>) -> Outcome {
    let (mut first, mut second) = (link("acme", "c1"), link("acme", "c2"));
    put(&store, &mut second).await?;
    put(&store, &mut first).await?;
    first.status = ConnectionStatus::NeedsReauth { reason: "revoked".to_owned() };
    first.grant = Some("g1".into());
    first.email = Some("ana@acme.com".to_owned());
    first.scopes = Some(vec!["read".to_owned()]);
    put(&store, &mut first).await?;
    (first.version, second.version) = (0, 0);
    ensure_eq!(listed(&store, "acme").await?, [first, second], "the connections of a tenant");
    Ok(())
}

/// The keys that come with a connection are marked dirty.
pub async fn a_connection_marks_the_keys_it_comes_with(store: Arc<dyn Store>) -> Outcome {
    let stage = Stage::open(&store).await?;
    let (link, keys) = (link("acme", "c1"), keys(&["users:"]));
    store.put_connection(&PutConnection::new(&link).dirty(&keys)).await?;
    ensure_eq!(marked(&stage.batch().await?), ["users:"], "marks after a connection was put");
    Ok(())
}

/// Connections of two tenants with equal ids are two connections.
pub async fn connections_of_tenants_with_equal_ids_stay_apart(store: Arc<dyn Store>) -> Outcome {
    let (ours, mut theirs) = (link("acme", "c1"), link("globex", "c1"));
    theirs.label = "theirs".to_owned();
    put(&store, &mut ours.clone()).await?;
    put(&store, &mut theirs.clone()).await?;
    ensure_eq!(listed(&store, "acme").await?, [ours], "the connections of one tenant");
    ensure_eq!(listed(&store, "globex").await?, [theirs], "the connections of the other");
    Ok(())
}

/// The version of a connection counts its writes, and is listed with it.
pub async fn the_version_of_a_connection_counts_its_writes(store: Arc<dyn Store>) -> Outcome {
    let (mut first, mut second) = (link("acme", "c1"), link("acme", "c2"));
    for expected in 1..=3 {
        put(&store, &mut first).await?;
        ensure_eq!(first.version, expected, "the version that a write gave");
        put(&store, &mut second).await?;
    }
    put(&store, &mut second).await?;
    let listed = store.connections(&"acme".into()).await?;
    let versions: Vec<u64> = listed.iter().map(|link| link.version).collect();
    ensure_eq!(versions, [3, 4], "the versions of listed connections");
    Ok(())
}

/// A write that expects another version than there is, or one where there is none, is a conflict and changes
/// nothing.
pub async fn a_put_that_expects_another_version_changes_nothing(store: Arc<dyn Store>) -> Outcome {
    let mut unknown = link("globex", "c1");
    unknown.version = 1;
    let conflict = store.put_connection(&PutConnection::new(&unknown)).await?;
    ensure_eq!(conflict, Put::Conflict, "a put that expects a version where there is none");
    ensure_eq!(store.tenant(&"globex".into()).await?, None, "a tenant for which nothing was written");
    ensure!(listed(&store, "globex").await?.is_empty(), "a conflict made a connection");

    let stage = Stage::open(&store).await?;
    let mut stored = link("acme", "c1");
    for _ in 0..3 {
        put(&store, &mut stored).await?;
    }
    let (version, seq, dirty) = (stored.version, stage.seq().await?, keys(&["users:"]));
    for wrong in [0, 1, version - 1, version + 1] {
        let mut link = stored.clone();
        (link.version, link.label) = (wrong, "too late".to_owned());
        let conflict = store.put_connection(&PutConnection::new(&link).dirty(&dirty)).await?;
        ensure_eq!(conflict, Put::Conflict, "a put that expects version {wrong} where {version} is");
    }
    stored.version = 0;
    ensure_eq!(listed(&store, "acme").await?, [stored], "the connections after conflicts");
    ensure_eq!(stage.seq().await?, seq, "the newest seq after conflicts");
    ensure!(stage.batch().await?.marks.is_empty(), "a conflict marked keys");
    Ok(())
}

/// Of sixteen writes at one time with one expectation, one is stored and it is the one that is listed.
pub async fn of_sixteen_concurrent_puts_one_wins(store: Arc<dyn Store>) -> Outcome {
    let mut expected = 0;
    for round in 0..2 {
        let writers = (0..16).map(|writer| {
            let (store, mut link) = (store.clone(), link("acme", "c1"));
            (link.version, link.label) = (expected, format!("writer {writer} of round {round}"));
            async move { (store.put_connection(&PutConnection::new(&link)).await, link.label) }
        });
        let mut winners = Vec::new();
        for (outcome, label) in at_once(writers).await? {
            match outcome? {
                Put::Stored(version) => winners.push((version, label)),
                other => ensure_eq!(other, Put::Conflict, "a write that lost"),
            }
        }
        ensure_eq!(winners.len(), 1, "writes that were stored in round {round}");
        let labels: Vec<_> = listed(&store, "acme").await?.into_iter().map(|link| link.label).collect();
        let (versions, won): (Vec<u64>, Vec<String>) = winners.into_iter().unzip();
        ensure_eq!(labels, won, "what is stored after round {round}");
        expected = versions.into_iter().max().unwrap_or_default();
    }
    Ok(())
}
