//! Who holds a grant for an account, and who must be alone with it.

use std::sync::Arc;

use acquaint_core::store::{Connection, ConnectionStatus, Put, PutConnection, Store};

use super::super::{Failure, ensure, ensure_eq};
use super::Outcome;
use super::connections::{link, put};
use super::stage::{Stage, at, at_once, keys};

/// A connection that holds a grant for the account 77.
fn holder(tenant: &str, id: &str) -> Connection {
    let mut link = link(tenant, id);
    link.grant = Some(format!("grant of {id}").into());
    link
}

/// One that held one.
fn ended(tenant: &str, id: &str) -> Connection {
    let mut link = holder(tenant, id);
    link.status = ConnectionStatus::Disconnected { since: at(1) };
    link
}

/// One whose grant no longer works.
fn revoked(tenant: &str, id: &str) -> Connection {
    let mut link = holder(tenant, id);
    link.status = ConnectionStatus::NeedsReauth { reason: "revoked".to_owned() };
    link
}

/// Those that have nothing to do with a grant for the account 77.
fn bystanders(tenant: &str) -> [Connection; 4] {
    let (mut connector, mut account) = (holder(tenant, "connector"), holder(tenant, "account"));
    connector.connector = "google-calendar".into();
    account.account = "777".to_owned();
    [connector, account, ended(tenant, "ended"), link(tenant, "without")]
}

/// The tenants and ids of those that hold a grant for the account 77.
async fn holders(store: &Arc<dyn Store>) -> Result<Vec<(String, String)>, Failure> {
    let found = store.grants_for(&"hubspot".into(), "77").await?;
    Ok(found.into_iter().map(|(tenant, id)| (tenant.to_string(), id.to_string())).collect())
}

fn ensure_stored(put: Put, what: &str) -> Outcome {
    ensure!(matches!(put, Put::Stored(_)), "{what} gave {put:?}");
    Ok(())
}

fn named(holders: &[(&str, &str)]) -> Vec<(String, String)> {
    holders.iter().map(|(tenant, id)| ((*tenant).to_owned(), (*id).to_owned())).collect()
}

/// Every connection that holds a grant for the account is found, working or not, by tenant and id; no other is.
pub async fn grants_of_an_account_are_found_across_tenants(store: Arc<dyn Store>) -> Outcome {
    ensure!(holders(&store).await?.is_empty(), "a grant was found in an empty store");
    let mut links = vec![holder("b", "c1"), holder("a", "c2"), revoked("a", "c1"), holder("c", "c0")];
    links.extend(bystanders("a"));
    links.extend(bystanders("d"));
    for link in &mut links {
        put(&store, link).await?;
    }
    let expected = named(&[("a", "c1"), ("a", "c2"), ("b", "c1"), ("c", "c0")]);
    ensure_eq!(holders(&store).await?, expected, "those that hold a grant for the account");
    Ok(())
}

/// A connection that ends, or moves to another account, leaves the account free.
pub async fn a_connection_that_ends_leaves_the_account_free(store: Arc<dyn Store>) -> Outcome {
    let (mut first, mut second) = (holder("acme", "c1"), holder("acme", "c2"));
    put(&store, &mut first).await?;
    put(&store, &mut second).await?;
    first.status = ConnectionStatus::Disconnected { since: at(1) };
    put(&store, &mut first).await?;
    second.account = "78".to_owned();
    put(&store, &mut second).await?;
    ensure!(holders(&store).await?.is_empty(), "a grant was found for an account that was left");
    let found = store.grants_for(&"hubspot".into(), "78").await?;
    ensure_eq!(found, [("acme".into(), "c2".into())], "who holds a grant for the other account");
    let theirs = store.put_connection(&PutConnection::new(&holder("globex", "c1")).alone(true)).await?;
    ensure_stored(theirs, "another tenant's connection to an account that was left")
}

/// A connection that must be alone is refused, and changes nothing, where another tenant holds a grant for the
/// account, even one that no longer works. One that need not be alone is written.
pub async fn an_account_of_another_tenant_is_taken(store: Arc<dyn Store>) -> Outcome {
    for (account, theirs) in [("working", holder("globex", "c1")), ("broken", revoked("globex", "c2"))] {
        let mut theirs = theirs;
        account.clone_into(&mut theirs.account);
        put(&store, &mut theirs).await?;
    }
    let stage = Stage::open(&store).await?;
    let (before, dirty) = (stage.seq().await?, keys(&["users:"]));
    for account in ["working", "broken"] {
        let mut ours = holder("acme", account);
        account.clone_into(&mut ours.account);
        let mine = PutConnection::new(&ours).dirty(&dirty);
        let refused = store.put_connection(&mine.alone(true)).await?;
        ensure_eq!(refused, Put::Taken, "a connection to an account whose other grant is {account}");
        let found = store.grants_for(&"hubspot".into(), account).await?;
        let written = found.iter().any(|(tenant, _)| *tenant == stage.tenant);
        ensure!(!written, "a connection that was refused holds a grant");
        ensure_eq!(stage.seq().await?, before, "the newest seq after a connection was refused");
        ensure!(stage.batch().await?.marks.is_empty(), "a connection that was refused marked keys");
    }
    for account in ["working", "broken"] {
        let mut ours = holder("acme", account);
        account.clone_into(&mut ours.account);
        let shared = store.put_connection(&PutConnection::new(&ours)).await?;
        ensure_stored(shared, "a connection that shares an account")?;
    }
    Ok(())
}

/// The other connections of a tenant are in no connection's way, nor is it in its own.
pub async fn a_tenant_may_connect_an_account_twice(store: Arc<dyn Store>) -> Outcome {
    let mut first = holder("acme", "c1");
    put(&store, &mut first).await?;
    let second = store.put_connection(&PutConnection::new(&holder("acme", "c2")).alone(true)).await?;
    ensure_stored(second, "the tenant's second connection to an account")?;
    let again = store.put_connection(&PutConnection::new(&first).alone(true)).await?;
    ensure_stored(again, "a connection that is written again")
}

/// Connections of other tenants that hold no grant for the account are in nobody's way.
pub async fn an_account_without_another_grant_is_free(store: Arc<dyn Store>) -> Outcome {
    for mut link in bystanders("globex") {
        put(&store, &mut link).await?;
    }
    let ours = store.put_connection(&PutConnection::new(&holder("acme", "c1")).alone(true)).await?;
    ensure_stored(ours, "a connection to an account for which nobody else holds a grant")
}

/// Of eight tenants that must be alone with an account, and connect it at one time, one is.
pub async fn of_tenants_that_connect_an_account_at_once_one_wins(store: Arc<dyn Store>) -> Outcome {
    let tenants = (0..8).map(|number| {
        let (store, link) = (store.clone(), holder(&format!("tenant {number}"), "c1"));
        async move { (store.put_connection(&PutConnection::new(&link).alone(true)).await, link) }
    });
    let mut winners = Vec::new();
    for (outcome, link) in at_once(tenants).await? {
        match outcome? {
            Put::Stored(_) => winners.push((link.tenant.to_string(), link.id.to_string())),
            other => ensure_eq!(other, Put::Taken, "a connection that came too late"),
        }
    }
    ensure_eq!(winners.len(), 1, "tenants that are alone with an account");
    ensure_eq!(holders(&store).await?, winners, "who holds a grant for the account");
    Ok(())
}
