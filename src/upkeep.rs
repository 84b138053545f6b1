//! What grants need from time to time, though nobody uses them.

use std::collections::BTreeSet;

use acquaint_core::auth::{AuthKind, GrantAuth};
use acquaint_core::ids::{ConnectionId, TenantId};
use acquaint_core::store::{Connection, ConnectionStatus};
use acquaint_core::token::{GrantKey, Resealed, Scope};
use acquaint_core::{Error, ErrorKind, Result};
use chrono::TimeDelta;

use crate::connect::stop;
use crate::engine::Engine;

/// How long a grant may rest at most, and where the provider does not say how long its refresh tokens live unused.
const REST: TimeDelta = TimeDelta::days(7);

/// A credential without a connection is left by a crash while connecting, which takes no longer than this.
const CONNECTING: TimeDelta = TimeDelta::hours(1);

const PAGE: usize = 100;

/// What [`crate::Acquaint::keep_grants_alive`] did.
#[derive(Debug, Default)]
#[must_use = "a grant that could not be renewed shows up only here"]
#[non_exhaustive]
pub struct Upkeep {
    /// Grants that had rested for long and were renewed.
    pub renewed: u64,
    /// Grants that did not need it.
    pub fresh: u64,
    /// Credentials that no connection uses, left by a crash while connecting, and removed.
    pub removed: u64,
    /// What could not be renewed, and why. Connections whose grant turned out to be dead have stopped, and the
    /// product has a notice of each.
    pub failed: Vec<(TenantId, ConnectionId, Error)>,
}

/// Renews what has rested for half of its life, so that it does not end for want of use.
pub(crate) async fn keep_alive(engine: &Engine) -> Result<Upkeep> {
    let mut upkeep = Upkeep::default();
    let mut after = None;
    loop {
        let tenants = engine.store.tenants(after.as_ref(), PAGE).await?;
        let Some(last) = tenants.last().cloned() else { return Ok(upkeep) };
        for tenant in tenants {
            let connections = engine.store.connections(&tenant).await?;
            for connection in &connections {
                one(engine, connection, &mut upkeep).await?;
            }
            upkeep.removed += remove_orphans(engine, &tenant).await?;
        }
        after = Some(last);
    }
}

async fn one(engine: &Engine, connection: &Connection, upkeep: &mut Upkeep) -> Result<()> {
    let Some(grant) = &connection.grant else { return Ok(()) };
    if connection.status != ConnectionStatus::Active || connection.auth != AuthKind::OAuth2 {
        return Ok(());
    }
    let renew = async {
        let connector = &**engine.connector(&connection.connector)?;
        let auth = engine.grant_auth(connector, &connection.tenant, connection.auth).await?;
        let Some(auth) = auth else { return Ok(false) };
        let life = match &auth {
            GrantAuth::OAuth2(client) => client.scheme.idle_life,
            _ => None,
        };
        let half = life.and_then(|life| TimeDelta::from_std(life / 2).ok());
        let key = GrantKey { tenant: connection.tenant.clone(), grant: grant.clone() };
        engine.tokens()?.keep_alive(&key, &auth, half.map_or(REST, |half| half.min(REST))).await
    };
    match renew.await {
        Ok(true) => upkeep.renewed += 1,
        Ok(false) => upkeep.fresh += 1,
        Err(error) => {
            if error.kind() == ErrorKind::NeedsReauth {
                let (tenant, id) = (&connection.tenant, &connection.id);
                stop(engine, tenant, id, Some(grant), error.message()).await?;
            }
            upkeep.failed.push((connection.tenant.clone(), connection.id.clone(), error));
        }
    }
    Ok(())
}

/// Removes credentials that nothing points to and nothing will.
async fn remove_orphans(engine: &Engine, tenant: &TenantId) -> Result<u64> {
    let Ok(tokens) = engine.tokens() else { return Ok(0) };
    let (mut removed, mut after) = (0, None);
    loop {
        let page = engine.token_store.list(Scope::Tenant(tenant.clone()), after.as_ref(), PAGE).await?;
        let Some(last) = page.last().cloned() else { return Ok(removed) };
        // Read after the list: a credential is stored before its connection is.
        let used: BTreeSet<_> =
            engine.store.connections(tenant).await?.into_iter().filter_map(|used| used.grant).collect();
        for key in page.into_iter().filter(|key| !used.contains(&key.grant)) {
            // One that cannot be opened now may belong to somebody all the same.
            let Ok(Some(status)) = tokens.status(&key).await else { continue };
            if engine.env.now() - status.obtained > CONNECTING {
                removed += u64::from(tokens.forget(&key).await?);
            }
        }
        after = Some(last);
    }
}

/// Seals every credential anew that lies under a retired key.
pub(crate) async fn reseal(engine: &Engine) -> Result<Resealed> {
    engine.tokens()?.reseal(Scope::All).await
}
