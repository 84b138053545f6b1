//! Finishing what `begin` began.

use acquaint_core::depkey::DependencyKey;
use acquaint_core::ids::{ConnectionId, ConnectorId, GrantId, SourceName};
use acquaint_core::oauth::{ParsedCallback, exchange};
use acquaint_core::secret::Secret;
use acquaint_core::store::{Connection, ConnectionStatus};
use acquaint_core::token::{GrantKey, TokenSet};
use acquaint_core::{Error, ErrorKind, Result};

use super::{Initiator, ticket};
use crate::engine::Engine;

/// Marks errors of callbacks that answer nothing that was begun here.
pub(super) const UNKNOWN: &str = "unknown";

/// Finishes an authorisation from the query string with which the person came back.
pub(crate) async fn finish(engine: &Engine, query: &str, initiator: &Initiator) -> Result<Connection> {
    finished(engine, query, initiator).await.map_err(|error| error.operation("finish_connect"))
}

async fn finished(engine: &Engine, query: &str, initiator: &Initiator) -> Result<Connection> {
    let callback = ParsedCallback::parse(query)?;
    let (state, outcome) = match callback {
        ParsedCallback::Granted { code, state } => (state, Ok(code)),
        ParsedCallback::Denied { error, state: Some(state) } => (state, Err(error)),
        ParsedCallback::Denied { error, state: None } => return Err(denied(&error)),
    };
    let id = ticket::digest(state.expose());
    let found = engine.store.take_ticket(&id, engine.env.now()).await?.ok_or_else(|| {
        Error::invalid(
            "this authorisation is not under way: it was finished, has run out, or never began here",
        )
        .advise("begin connecting again")
    })?;
    let plain = ticket::open(engine.sealer()?, &found).await?;
    // Digests of unguessable values: comparing them tells nothing.
    if plain.user != initiator.user || plain.session != ticket::digest(&initiator.session) {
        return Err(Error::invalid("this authorisation was begun in another session")
            .advise("finish it in the session that began it"));
    }
    let code = outcome.map_err(|error| denied(&error))?;
    let source = engine.manifest.sources().get(&plain.source).ok_or_else(|| {
        Error::invalid("the manifest no longer has this source").with("source", &plain.source)
    })?;
    let connector = engine.connector(&source.connector)?;
    let auth = engine
        .grant_auth(&**connector)?
        .ok_or_else(|| Error::bug("an authorisation without a scheme was under way"))?;
    let verifier = plain.verifier.map(Secret::new);
    let tokens = exchange(&engine.env, &auth, &plain.redirect, &code, verifier.as_ref()).await?;
    check_scopes(&plain.scopes, &tokens)?;

    let fresh = GrantKey { tenant: found.tenant.clone(), grant: GrantId::from(engine.env.id("grant")) };
    engine.tokens()?.save_new(&fresh, tokens.clone()).await?;
    let cx = engine.context(&**connector, &found.tenant, Some(&fresh.grant), source)?;
    let identity = match connector.identify(&cx).await {
        Ok(identity) => identity,
        Err(error) => {
            // Nothing would point to the grant.
            engine.tokens()?.forget(&fresh).await?;
            return Err(error);
        }
    };
    // A function of what is connected: authorising an account again keeps its connection, with cursors and
    // mirror, and two callbacks at once make one.
    let id = connection_id(&plain.source, &connector.info().id, &identity.account);
    let known = engine.store.connections(&found.tenant).await?.into_iter().find(|known| known.id == id);
    let mut connection = match known {
        Some(known) => known,
        None => Connection::new(
            found.tenant.clone(),
            id,
            plain.source,
            connector.info().id.clone(),
            plain.user,
            identity.account,
            engine.env.now(),
        ),
    };
    let replaced = connection.grant.replace(fresh.grant);
    connection.email = identity.email;
    connection.label = identity.label;
    connection.status = ConnectionStatus::Active;
    engine.store.put_connection(&connection, &[DependencyKey::users()]).await?;
    if let Some(old) = replaced {
        engine.tokens()?.forget(&GrantKey { tenant: found.tenant, grant: old }).await?;
    }
    Ok(connection)
}

fn connection_id(source: &SourceName, connector: &ConnectorId, account: &str) -> ConnectionId {
    let names = serde_json::json!([source, connector, account]).to_string();
    ConnectionId::from(format!("conn_{}", &ticket::digest(&names)[..24]))
}

/// A person may untick scopes; better to say so now than to fail at the first read.
fn check_scopes(asked: &[String], tokens: &TokenSet) -> Result<()> {
    let Some(granted) = &tokens.scopes else { return Ok(()) };
    let missing: Vec<&str> =
        asked.iter().filter(|scope| !granted.contains(scope)).map(String::as_str).collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Forbidden, "not everything that was asked for was granted")
        .with("missing", missing.join(" "))
        .advise("connect again and leave all permissions ticked"))
}

fn denied(error: &str) -> Error {
    Error::new(ErrorKind::Forbidden, "consent was refused")
        .with("reason", error)
        .advise("connect again when the person agrees")
}
