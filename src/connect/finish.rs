//! Finishing what `begin` began.

use acquaint_core::auth::{AuthKind, GrantAuth};
use acquaint_core::ids::TenantId;
use acquaint_core::oauth::{OAuth2Client, ParsedCallback, exchange};
use acquaint_core::secret::Secret;
use acquaint_core::store::TakenTicket;
use acquaint_core::token::TokenSet;
use acquaint_core::{Error, ErrorKind, Result};

use super::settle::{Settling, settle};
use super::{Finished, Initiator, ticket};
use crate::engine::Engine;

/// Finishes an authorisation from the query string with which the person came back.
pub(crate) async fn finish(engine: &Engine, query: &str, initiator: &Initiator) -> Result<Finished> {
    finished(engine, query, initiator).await.map_err(|error| error.operation("finish_connect"))
}

async fn finished(engine: &Engine, query: &str, initiator: &Initiator) -> Result<Finished> {
    let (state, outcome) = match ParsedCallback::parse(query)? {
        ParsedCallback::Granted { code, state, extra } => (state, Ok((code, extra))),
        ParsedCallback::Denied { error, state: Some(state) } => (state, Err(error)),
        // Without a state it answers nothing that was begun here.
        _ => return Ok(Finished::NotUnderWay),
    };
    let id = ticket::digest(state.expose());
    let found = match engine.store.take_ticket(&id, engine.env.now()).await? {
        TakenTicket::Taken(found) => found,
        TakenTicket::Used => return Ok(Finished::Replayed),
        TakenTicket::Unknown => return Ok(Finished::NotUnderWay),
    };
    let plain = ticket::open(engine.sealer()?, &found).await?;
    // Digests of unguessable values: comparing them tells nothing.
    if plain.user != initiator.user || plain.session != ticket::digest(&initiator.session) {
        return Ok(Finished::ForeignSession);
    }
    let engine = &*engine.of(&found.tenant).await?;
    let source = engine.manifest.sources().get(&plain.source).ok_or_else(|| {
        Error::invalid("the manifest no longer has this source").with("source", &plain.source)
    })?;
    let connector = &**engine.connector(&source.connector)?;
    let client = oauth2_client(engine, connector, &found.tenant).await?;
    let (code, extra) = match outcome {
        Ok(granted) => granted,
        Err(code) => return refused(&client, code),
    };
    if let Some(issuer) = &client.scheme.issuer
        && extra.get("iss") != Some(issuer)
    {
        return Err(Error::invalid("this redirect comes from another provider than the one that was asked")
            .advise("begin connecting again"));
    }
    let verifier = plain.verifier.as_ref().map(|verifier| Secret::new(verifier.as_str()));
    let mut tokens = exchange(&engine.env, &client, &plain.redirect, &code, verifier.as_ref()).await?;
    for (name, value) in extra {
        if client.scheme.callback_fields.contains(&name) {
            tokens.extra.entry(name).or_insert(value);
        }
    }
    tokens.scopes = Some(granted(&tokens, &plain));
    let settling = Settling {
        tenant: found.tenant,
        source_name: plain.source,
        source,
        connector,
        user: plain.user,
        auth: GrantAuth::OAuth2(client),
        expected: plain.expected,
    };
    settle(engine, settling, tokens).await
}

/// What a redirect with an error says (RFC 6749 section 4.1.2.1): whether a person or a policy refused, the
/// request was wrong, or the provider is unwell.
fn refused(client: &OAuth2Client, code: String) -> Result<Finished> {
    if client.scheme.admin_codes.contains(&code) {
        return Ok(Finished::AdminBlocked { code });
    }
    match code.as_str() {
        "invalid_request" | "invalid_scope" | "unauthorized_client" | "unsupported_response_type" => {
            Err(Error::new(ErrorKind::Misconfigured, "the provider refuses the authorization request")
                .with("reason", code)
                .advise(
                    "compare redirect and scopes with the provider's developer console; `preflight()` helps",
                ))
        }
        "server_error" | "temporarily_unavailable" => {
            Err(Error::new(ErrorKind::Unavailable, "the provider could not ask the person")
                .with("reason", code)
                .advise("begin connecting again in a while"))
        }
        _ => Ok(Finished::Denied { code }),
    }
}

/// The client of a connector that people consent to.
pub(super) async fn oauth2_client(
    engine: &Engine,
    connector: &dyn acquaint_core::connector::Connector,
    tenant: &TenantId,
) -> Result<OAuth2Client> {
    match engine.grant_auth(connector, tenant, AuthKind::OAuth2).await? {
        Some(GrantAuth::OAuth2(client)) => Ok(client),
        _ => Err(Error::bug("an authorisation without a scheme is under way")),
    }
}

/// What the grant reaches. An answer that says nothing grants what was asked for (RFC 6749 section 5.1), and one to
/// a question for more leaves what there was.
fn granted(tokens: &TokenSet, plain: &ticket::Plain) -> Vec<String> {
    let mut scopes = tokens.scopes.clone().unwrap_or_else(|| plain.scopes.clone());
    if plain.further {
        scopes.extend(plain.held.iter().cloned());
    }
    scopes.sort();
    scopes.dedup();
    scopes
}
