//! Connections: how they are written.

use std::sync::Arc;

use acquaint_core::store::{Connection, ConnectionStatus, Put, PutConnection, Store};

use super::super::{Failure, ensure_eq};
use super::Outcome;
use super::stage::{Stage, at, keys, marked};

/// A connection to the account 77 of a CRM.
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
    ensure_eq!(store.connections(&"acme".into()).await?, [first, second], "the connections of a tenant");
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
    let (mut ours, mut theirs) = (link("acme", "c1"), link("globex", "c1"));
    theirs.label = "theirs".to_owned();
    put(&store, &mut ours).await?;
    put(&store, &mut theirs).await?;
    ensure_eq!(store.connections(&"acme".into()).await?, [ours], "the connections of one tenant");
    ensure_eq!(store.connections(&"globex".into()).await?, [theirs], "the connections of the other");
    Ok(())
}
