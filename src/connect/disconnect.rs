//! The end of a connection.

use acquaint_core::auth::AuthKind;
use acquaint_core::depkey::DependencyKey;
use acquaint_core::ids::{ConnectionId, TenantId};
use acquaint_core::notice::{Notice, NoticeKind};
use acquaint_core::store::{Connection, ConnectionStatus, Put, PutConnection, RetireConnection};
use acquaint_core::token::{GrantKey, GrantState};
use acquaint_core::{Error, ErrorKind, Result};

use crate::engine::Engine;
use crate::sync::{end_subscriptions, wake_others};

/// What becomes of what a connection mirrored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mirrored {
    /// It stays as it is, and so do the meetings; connecting the account again goes on from there. What was read of
    /// a CRM goes on telling who is who.
    Keep,
    /// It is removed, and the connection with it. Meetings that only it told of end with the next sync.
    Erase,
}

/// What disconnecting did.
#[derive(Debug)]
#[must_use = "a grant that the provider could not be asked to forget shows up only here"]
#[non_exhaustive]
pub struct Disconnected {
    /// Whether the provider forgot the grant. What was kept of it here is gone in any case.
    pub revocation: Revocation,
    /// How many records were removed.
    pub erased: u64,
}

/// Whether the provider forgot a grant.
#[derive(Debug)]
#[non_exhaustive]
pub enum Revocation {
    /// It did.
    Done,
    /// There was none, or it no longer worked.
    NotNeeded,
    /// Other connections read the same account with it, so it was not asked to.
    Shared,
    /// It offers no way: the person can remove the app in the account's settings.
    NotOffered,
    /// It could not be asked: the person can remove the app in the account's settings.
    Failed(Error),
}

/// Ends a connection: nothing is read for it from now on, its credential is gone, and what it mirrored stays or goes.
///
/// Each step is committed before the next, in an order in which a crash leaves nothing running; doing it again
/// completes it.
pub(crate) async fn disconnect(
    engine: &Engine,
    tenant: &TenantId,
    id: &ConnectionId,
    mirrored: Mirrored,
) -> Result<Disconnected> {
    let connection = mark(engine, tenant, id).await?;
    // What it shares with others is theirs to read now.
    wake_others(engine, tenant, id, None).await?;
    // Whoever reads for it is fenced off before the provider is told.
    engine.store.retire_connection(&RetireConnection::new(tenant, id)).await?;
    // Without the grant nobody could.
    end_subscriptions(engine, tenant, id).await?;
    let revocation = end_grant(engine, &connection).await?;
    let mut erased = 0;
    if mirrored == Mirrored::Erase {
        loop {
            // Its person may have changed their mind, and what is read from now on is theirs to keep.
            let connections = engine.store.connections(tenant).await?;
            let again = |known: &Connection| known.id == *id && known.status == ConnectionStatus::Active;
            if connections.iter().any(again) {
                return Err(Error::new(ErrorKind::Conflict, "the account was connected again meanwhile")
                    .with("connection", id)
                    .with("erased", erased));
            }
            let retired =
                engine.store.retire_connection(&RetireConnection::new(tenant, id).erase(true)).await?;
            erased += retired.records;
            if !retired.more {
                break;
            }
        }
    }
    Ok(Disconnected { revocation, erased })
}

/// Marks the connection as disconnected, and returns it with the grant that it had.
async fn mark(engine: &Engine, tenant: &TenantId, id: &ConnectionId) -> Result<Connection> {
    loop {
        let found = engine.store.connections(tenant).await?.into_iter().find(|known| known.id == *id);
        let Some(found) = found else {
            return Err(Error::not_found("there is no such connection").with("connection", id));
        };
        if matches!(found.status, ConnectionStatus::Disconnected { .. }) {
            return Ok(found);
        }
        let mut ended = found;
        let now = engine.env.now();
        ended.status = ConnectionStatus::Disconnected { since: now };
        let notices = [Notice::new(now, id.clone(), NoticeKind::Disconnected)];
        let dirty = [DependencyKey::users()];
        let put = PutConnection::new(&ended).dirty(&dirty).notices(&notices);
        if let Put::Stored(version) = engine.store.put_connection(&put).await? {
            ended.version = version;
            return Ok(ended);
        }
    }
}

async fn end_grant(engine: &Engine, connection: &Connection) -> Result<Revocation> {
    let Some(grant) = connection.grant.clone() else { return Ok(Revocation::NotNeeded) };
    let key = GrantKey { tenant: connection.tenant.clone(), grant };
    let revocation = if is_shared(engine, connection).await? {
        Revocation::Shared
    } else {
        revoke(engine, connection, &key).await?
    };
    // Without a key to open it, it can still be removed.
    engine.token_store.delete(&key).await?;
    let mut without = connection.clone();
    without.grant = None;
    // Connected again meanwhile, it has another grant by now.
    engine.store.put_connection(&PutConnection::new(&without)).await?;
    Ok(revocation)
}

/// Whether another connection to the account would end with the grant: one that works, by consent. What must be
/// authorised again has nothing to lose, and what was handed over is no grant of this kind.
async fn is_shared(engine: &Engine, connection: &Connection) -> Result<bool> {
    for (tenant, id) in engine.store.grants_for(&connection.connector, &connection.account).await? {
        if (&tenant, &id) == (&connection.tenant, &connection.id) {
            continue;
        }
        let others = engine.store.connections(&tenant).await?;
        let works = |other: &Connection| {
            other.id == id && other.auth == AuthKind::OAuth2 && other.status == ConnectionStatus::Active
        };
        if others.iter().any(works) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// # Errors
/// The store's: what the provider was not asked for must not be forgotten here.
async fn revoke(engine: &Engine, connection: &Connection, key: &GrantKey) -> Result<Revocation> {
    if connection.auth != AuthKind::OAuth2 {
        return Ok(Revocation::NotOffered);
    }
    let asked = async {
        let tokens = engine.tokens()?;
        match tokens.status(key).await? {
            Some(status) if status.state == GrantState::Live => {}
            _ => return Ok(Revocation::NotNeeded),
        }
        let connector = &**engine.connector(&connection.connector)?;
        let auth = engine.grant_auth(connector, &connection.tenant, connection.auth).await?;
        let auth = auth.ok_or_else(|| Error::bug("a grant without a scheme"))?;
        tokens.revoke(key, &auth).await.map(|()| Revocation::Done)
    };
    Ok(match asked.await {
        Ok(revocation) => revocation,
        Err(error) if error.kind() == ErrorKind::Unsupported => Revocation::NotOffered,
        Err(error) if error.kind() == ErrorKind::Store => return Err(error),
        Err(error) => {
            tracing::warn!(connection = %connection.id, %error, "the provider could not be asked to forget a grant");
            Revocation::Failed(error)
        }
    })
}
