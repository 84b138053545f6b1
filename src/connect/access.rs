//! What a connection may read, and what it lacks.

use acquaint_core::auth::{AuthKind, AuthScheme};
use acquaint_core::connector::{AnyStream, Connector};
use acquaint_core::ids::{ConnectionId, StreamName, TenantId};
use acquaint_core::notice::{Notice, NoticeKind};
use acquaint_core::store::{Connection, ConnectionStatus, Put, PutConnection};
use acquaint_core::{Error, Result};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::engine::{Engine, reads};
use crate::manifest::Source;

/// What a connection was granted, beside what the manifest needs.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Access {
    /// The scopes that reading needs.
    pub needed: Vec<String>,
    /// The scopes that were granted; `None` if there are no scopes here, or nobody knows.
    pub granted: Option<Vec<String>>,
    /// Needed and not granted: ask for them with [`crate::Tenant::reconnect`].
    pub missing: Vec<String>,
    /// Granted and not needed: a next authorisation will not ask for them.
    pub unneeded: Vec<String>,
    /// The streams that are not read for lack of a scope.
    pub blocked: Vec<StreamName>,
    /// What is missing of the streams that are read with fewer scopes than they could use, as sentences.
    pub limits: Vec<String>,
}

impl Access {
    /// Of a connection under the manifest in force.
    pub(crate) fn of(engine: &Engine, connection: &Connection, source: &Source) -> Result<Self> {
        let connector = &**engine.connector(&connection.connector)?;
        Ok(Self::new(engine, connector, connection.auth, source, connection.scopes.clone()))
    }

    pub(super) fn new(
        engine: &Engine,
        connector: &dyn Connector,
        kind: AuthKind,
        source: &Source,
        granted: Option<Vec<String>>,
    ) -> Self {
        let needed = needed(engine, connector, kind, source);
        let Some(granted) = granted else { return Self { needed, ..Self::default() } };
        let has = |scope: &str| grants(connector, kind, &granted, scope);
        let missing = needed.iter().filter(|scope| !has(scope)).cloned().collect();
        // A wide scope that stands in for a needed one is needed.
        let serves = |scope: &String| {
            let alone = std::slice::from_ref(scope);
            needed.iter().any(|need| grants(connector, kind, alone, need))
        };
        let unneeded = granted.iter().filter(|scope| !serves(scope)).cloned().collect();
        let blocked = engine
            .reads(connector, source)
            .filter(|stream| !lacking(connector, kind, &granted, *stream).is_empty())
            .map(|stream| StreamName::from(stream.spec().name))
            .collect();
        let limits = engine
            .reads(connector, source)
            .flat_map(|stream| stream.spec().wider_scopes.iter())
            .filter(|(scope, _)| !has(scope))
            .map(|(scope, lack)| format!("{lack}, for want of {scope}"))
            .collect();
        Self { needed, granted: Some(granted), missing, unneeded, blocked, limits }
    }

    /// What the product is told of scopes that are missing.
    pub(super) fn notice(&self, now: DateTime<Utc>, connection: &ConnectionId) -> Option<Notice> {
        if self.missing.is_empty() {
            return None;
        }
        let (scopes, streams) = (self.missing.clone(), self.blocked.clone());
        Some(Notice::new(now, connection.clone(), NoticeKind::ScopesMissing { scopes, streams }))
    }

    /// Whether nothing at all can be read.
    pub(super) fn is_empty(&self, engine: &Engine, connector: &dyn Connector, source: &Source) -> bool {
        !self.blocked.is_empty() && self.blocked.len() == engine.reads(connector, source).count()
    }
}

/// Looks at a tenant's connections under a manifest that has just come into force: what they lack now and did not
/// lack before is noted, and told.
pub(crate) async fn look_at_scopes(engine: &Engine, tenant: &TenantId) -> Result<()> {
    for connection in engine.store.connections(tenant).await? {
        look_at(engine, connection).await?;
    }
    Ok(())
}

async fn look_at(engine: &Engine, mut connection: Connection) -> Result<()> {
    loop {
        let Some(source) = engine.source(&connection) else { return Ok(()) };
        let access = Access::of(engine, &connection, source)?;
        let ended = matches!(connection.status, ConnectionStatus::Disconnected { .. });
        if ended || access.missing == connection.missing {
            return Ok(());
        }
        connection.missing.clone_from(&access.missing);
        let notices: Vec<Notice> = access.notice(engine.env.now(), &connection.id).into_iter().collect();
        let put = PutConnection::new(&connection).notices(&notices);
        if let Put::Stored(_) | Put::Taken = engine.store.put_connection(&put).await? {
            return Ok(());
        }
        // Somebody has changed it: look again.
        let connections = engine.store.connections(&connection.tenant).await?;
        let Some(changed) = connections.into_iter().find(|other| other.id == connection.id) else {
            return Ok(());
        };
        connection = changed;
    }
}

/// The scopes without which a connection cannot read `stream`.
pub(crate) fn lacks(
    engine: &Engine,
    connection: &Connection,
    stream: &dyn AnyStream,
) -> Result<Vec<&'static str>> {
    let connector = &**engine.connector(&connection.connector)?;
    let Some(granted) = &connection.scopes else { return Ok(Vec::new()) };
    Ok(lacking(connector, connection.auth, granted, stream))
}

/// What keeps a stream from being read.
pub(crate) fn lacks_error(missing: &[&'static str]) -> Error {
    Error::new(acquaint_core::ErrorKind::Forbidden, "this stream is not read for lack of a scope")
        .with("missing", missing.join(" "))
        .advise("let the person consent to more: `tenant.reconnect(&connection, &initiator)`")
}

fn lacking(
    connector: &dyn Connector,
    kind: AuthKind,
    granted: &[String],
    stream: &dyn AnyStream,
) -> Vec<&'static str> {
    let missing = |scope: &&&'static str| !grants(connector, kind, granted, scope);
    stream.spec().scopes.iter().filter(missing).copied().collect()
}

fn grants(connector: &dyn Connector, kind: AuthKind, granted: &[String], scope: &str) -> bool {
    match connector.info().scheme(AuthKind::OAuth2) {
        // Scopes contain each other in the same way however a token was had.
        Some(AuthScheme::OAuth2(scheme)) if kind != AuthKind::Fixed => scheme.grants(granted, scope),
        _ => granted.iter().any(|have| have == scope),
    }
}

/// Refuses a source that asks for `exactly` less than its reading needs: nobody could grant the rest.
pub(crate) fn too_few_scopes(connector: &dyn Connector, source: &Source, reads_contacts: bool) -> Result<()> {
    if source.scopes.exactly.is_none() || connector.info().scheme(AuthKind::OAuth2).is_none() {
        return Ok(());
    }
    let asked = asked(connector, AuthKind::OAuth2, source, reads_contacts);
    let streams = reads(connector, source, reads_contacts);
    let mut missing: Vec<_> =
        streams.flat_map(|stream| lacking(connector, AuthKind::OAuth2, &asked, stream)).collect();
    missing.sort_unstable();
    missing.dedup();
    if missing.is_empty() {
        return Ok(());
    }
    Err(Error::invalid("what `scopes` asks for is too little for what the manifest reads")
        .with("missing", missing.join(" "))
        .advise("name these too, or ones that contain them, under `exactly`; or write `add` instead"))
}

/// The scopes that a source asks for: what its manifest says, or what reading its streams needs; besides, what the
/// connector always needs. Sorted.
pub(crate) fn needed(
    engine: &Engine,
    connector: &dyn Connector,
    kind: AuthKind,
    source: &Source,
) -> Vec<String> {
    asked(connector, kind, source, engine.manifest.reads_contacts())
}

fn asked(connector: &dyn Connector, kind: AuthKind, source: &Source, reads_contacts: bool) -> Vec<String> {
    if matches!(kind, AuthKind::None | AuthKind::Fixed) {
        return Vec::new();
    }
    let mut scopes: Vec<String> = match &source.scopes.exactly {
        Some(exactly) => exactly.clone(),
        None => {
            let read = reads(connector, source, reads_contacts).flat_map(|stream| {
                let wider = stream.spec().wider_scopes.iter().map(|(scope, _)| scope);
                stream.spec().scopes.iter().chain(wider)
            });
            read.map(|scope| (*scope).to_owned()).chain(source.scopes.add.iter().cloned()).collect()
        }
    };
    if let Some(AuthScheme::OAuth2(scheme)) = connector.info().scheme(AuthKind::OAuth2) {
        let contained = |scope: &&String| scheme.grants(&scopes, scope);
        let base: Vec<String> =
            scheme.base_scopes.iter().filter(|scope| !contained(scope)).cloned().collect();
        scopes.extend(base);
    }
    scopes.sort();
    scopes.dedup();
    scopes
}

/// Those of `scopes` that a source can do without: only streams that are optional need them.
pub(crate) fn optional(
    engine: &Engine,
    connector: &dyn Connector,
    source: &Source,
    scopes: &[String],
) -> Vec<String> {
    let (optional, fixed): (Vec<_>, Vec<_>) =
        engine.reads(connector, source).partition(|stream| stream.spec().optional);
    let names = |streams: &[&dyn AnyStream], scope: &String| {
        streams.iter().any(|stream| stream.spec().scopes.contains(&scope.as_str()))
    };
    scopes.iter().filter(|scope| names(&optional, scope) && !names(&fixed, scope)).cloned().collect()
}
