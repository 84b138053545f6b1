//! From tokens to a connection.

use acquaint_core::auth::GrantAuth;
use acquaint_core::connector::{AnyStream, Connector, Identity, LaneKind};
use acquaint_core::depkey::DependencyKey;
use acquaint_core::ids::{ConnectionId, ConnectorId, GrantId, SourceName, TenantId, UserId};
use acquaint_core::notice::{Notice, NoticeKind};
use acquaint_core::store::{Connection, ConnectionStatus, LaneState, Put, PutConnection};
use acquaint_core::token::{GrantKey, TokenSet};
use acquaint_core::{Error, ErrorKind, Result};

use super::access::Access;
use super::{Expected, Finished, SharedAccounts, ticket};
use crate::engine::Engine;
use crate::manifest::Source;
use crate::sync;

/// How often a connection is written again because somebody else has just written it.
const ATTEMPTS: usize = 16;

/// What tokens are to become a connection of.
pub(super) struct Settling<'a> {
    pub(super) tenant: TenantId,
    pub(super) source_name: SourceName,
    pub(super) source: &'a Source,
    pub(super) connector: &'a dyn Connector,
    pub(super) user: UserId,
    pub(super) auth: GrantAuth,
    /// The account that it must be.
    pub(super) expected: Option<Expected>,
}

/// Makes a connection of the account that `tokens` open, or gives the one that there is new tokens.
pub(super) async fn settle(engine: &Engine, to: Settling<'_>, tokens: TokenSet) -> Result<Finished> {
    let connector = to.connector;
    let kind = to.auth.kind();
    let access = Access::new(engine, connector, kind, to.source, tokens.scopes.clone());
    if access.is_empty(engine, connector, to.source) {
        return Ok(Finished::Unticked { missing: access.missing });
    }
    let fresh = GrantKey { tenant: to.tenant.clone(), grant: GrantId::from(engine.env.id("grant")) };
    engine.tokens()?.save_new(&fresh, tokens.clone()).await?;
    let settled = match identify(engine, &to, &fresh).await {
        Ok(identity) => accept(engine, &to, &fresh, &tokens, identity, &access).await,
        Err(error) => Err(error),
    };
    let kept = match &settled {
        Ok(finished) => matches!(finished, Finished::Connected(_) | Finished::Narrowed { .. }),
        // What fails may have failed after the connection was written. If that cannot be told, a grant too many is
        // the lesser evil.
        Err(_) => is_used(engine, &fresh).await.unwrap_or(true),
    };
    if !kept {
        engine.tokens()?.forget(&fresh).await?;
    }
    settled
}

/// Whether a connection points to the grant.
async fn is_used(engine: &Engine, key: &GrantKey) -> Result<bool> {
    let connections = engine.store.connections(&key.tenant).await?;
    Ok(connections.iter().any(|connection| connection.grant.as_ref() == Some(&key.grant)))
}

async fn identify(engine: &Engine, to: &Settling<'_>, fresh: &GrantKey) -> Result<Identity> {
    let grant = Some((&fresh.grant, to.auth.kind()));
    let account = to.expected.as_ref().map(|expected| expected.account.as_str());
    let cx = engine.context(to.connector, &to.tenant, grant, account, to.source).await?;
    to.connector.identify(&cx).await
}

async fn accept(
    engine: &Engine,
    to: &Settling<'_>,
    fresh: &GrantKey,
    tokens: &TokenSet,
    identity: Identity,
    access: &Access,
) -> Result<Finished> {
    if let Some(expected) = &to.expected
        && expected.account != identity.account
    {
        return Ok(Finished::OtherAccount { expected: expected.label.clone(), got: identity.label });
    }
    let connector = &to.connector.info().id;
    let policy = engine.sharing.get(connector).copied().unwrap_or_default();
    let id = connection_id(&to.source_name, connector, &identity.account);
    for _ in 0..ATTEMPTS {
        let known = engine.store.connections(&to.tenant).await?.into_iter().find(|known| known.id == id);
        let mut connection = known.unwrap_or_else(|| {
            Connection::new(
                to.tenant.clone(),
                id.clone(),
                to.source_name.clone(),
                connector.clone(),
                to.user.clone(),
                identity.account.clone(),
                engine.env.now(),
            )
        });
        let replaced = connection.grant.replace(fresh.grant.clone());
        connection.auth = to.auth.kind();
        connection.scopes.clone_from(&access.granted);
        connection.missing.clone_from(&access.missing);
        connection.email.clone_from(&identity.email);
        connection.label.clone_from(&identity.label);
        connection.status = ConnectionStatus::Active;
        let mut notices = vec![Notice::new(engine.env.now(), id.clone(), NoticeKind::Connected)];
        notices.extend(access.notice(engine.env.now(), &id));
        if let Some(old) = &replaced {
            keep_refresh_token(engine, to, fresh, tokens, old).await?;
        }
        let dirty = [DependencyKey::users()];
        let put = PutConnection::new(&connection).dirty(&dirty).notices(&notices);
        match engine.store.put_connection(&put.alone(policy == SharedAccounts::Refuse)).await? {
            Put::Stored(version) => connection.version = version,
            Put::Conflict => continue,
            Put::Taken => return Ok(Finished::Taken),
        }
        if let Some(old) = replaced {
            engine.tokens()?.forget(&GrantKey { tenant: to.tenant.clone(), grant: old }).await?;
        }
        if policy == SharedAccounts::Supersede {
            supersede(engine, &connection).await?;
        }
        look_again(engine, &connection).await?;
        begin(engine, &connection.tenant).await;
        if access.missing.is_empty() {
            return Ok(Finished::Connected(connection));
        }
        let (missing, blocked) = (access.missing.clone(), access.blocked.clone());
        return Ok(Finished::Narrowed { connection, missing, blocked });
    }
    Err(Error::new(ErrorKind::Conflict, "the connection keeps being changed by others")
        .with("connection", id))
}

/// Some providers send a refresh token only with the first authorisation: the one that works is taken over.
async fn keep_refresh_token(
    engine: &Engine,
    to: &Settling<'_>,
    fresh: &GrantKey,
    tokens: &TokenSet,
    old: &GrantId,
) -> Result<()> {
    if !matches!(to.auth, GrantAuth::OAuth2(_)) || tokens.refresh.is_some() || *old == fresh.grant {
        return Ok(());
    }
    let old = GrantKey { tenant: to.tenant.clone(), grant: old.clone() };
    match engine.tokens()?.inherit_refresh_token(fresh, &old).await {
        // One that cannot be opened has nothing to give.
        Err(error) if error.kind() == ErrorKind::Sealed => Ok(()),
        other => other,
    }
}

/// Ends what other tenants have of the account: their person has to choose anew where it belongs.
async fn supersede(engine: &Engine, connection: &Connection) -> Result<()> {
    for (tenant, id) in engine.store.grants_for(&connection.connector, &connection.account).await? {
        if tenant != connection.tenant {
            let reason = "the account has been connected elsewhere";
            super::stop(engine, &tenant, &id, None, reason).await?;
        }
    }
    Ok(())
}

/// Lifts what keeps the lanes of a connection that had stopped from being read.
async fn look_again(engine: &Engine, connection: &Connection) -> Result<()> {
    let connector = engine.connector(&connection.connector)?;
    let over = |lane: &LaneState| {
        let spec = connector.stream(lane.id.stream.as_str()).map(AnyStream::spec);
        let spec = spec.and_then(|spec| spec.lane(lane.id.lane.as_str()));
        // What reads everything every so often keeps to that.
        spec.is_some_and(|spec| match spec.kind {
            LaneKind::Once => lane.progress.baselines > 0,
            LaneKind::Reconcile => true,
            _ => false,
        })
    };
    let lanes = engine.store.lanes(&connection.tenant).await?;
    let own = lanes.into_iter().filter(|lane| lane.id.connection == connection.id && !over(lane));
    engine.store.want(&own.map(|lane| lane.id).collect::<Vec<_>>()).await
}

/// Has whoever works on the tenant begin to read. Should it fail, a worker makes the lanes before long.
async fn begin(engine: &Engine, tenant: &TenantId) {
    if let Err(error) = sync::make_lanes(engine, tenant).await {
        tracing::warn!(%tenant, %error, "the lanes of a new connection could not be made");
    }
    engine.stirred.notify_one();
}

/// A function of what is connected: authorising an account again keeps its connection, with cursors and mirror, and
/// two callbacks at once make one.
fn connection_id(source: &SourceName, connector: &ConnectorId, account: &str) -> ConnectionId {
    let names = serde_json::json!([source, connector, account]).to_string();
    ConnectionId::from(format!("conn_{}", &ticket::digest(&names)[..24]))
}
