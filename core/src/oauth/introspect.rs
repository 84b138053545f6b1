//! What a provider says of a token, when it is asked (RFC 7662).

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use url::Url;

use super::call::{post, within};
use super::{OAuth2Client, TokenFailure, reply};
use crate::env::Env;
use crate::error::{Error, Result};
use crate::secret::Secret;
use crate::token::TokenSet;

/// What concerns the token itself, or the question, and neither the account nor the grant.
const OF_THE_TOKEN: &[&str] = &[
    "active",
    "aud",
    "client_id",
    "exp",
    "expires_in",
    "iat",
    "iss",
    "jti",
    "nbf",
    "token_type",
    "token_use",
];

/// What a provider says of an access token.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Introspection {
    /// Whether it works. If not, nothing else is said.
    pub active: bool,
    /// The scopes that were granted, if it says so.
    pub scopes: Option<Vec<String>>,
    /// What else it says of the grant, as text, for instance the account's id. No secrets, and nothing nested: answers
    /// may repeat the token, and what signs for it.
    pub fields: BTreeMap<String, String>,
}

impl Introspection {
    /// Reads an answer about `token`; `None` if it does not say whether that is active.
    fn read(mut body: Map<String, Value>, token: &Secret) -> Option<Self> {
        let active = match body.get("active")? {
            Value::Bool(active) => *active,
            Value::String(active) => active.parse().ok()?,
            _ => return None,
        };
        if !active {
            return Some(Self { active, scopes: None, fields: BTreeMap::new() });
        }
        let scopes = reply::granted(&mut body);
        let shown = body.into_iter().filter(|(name, value)| {
            let nested = matches!(value, Value::Object(_) | Value::Array(_));
            !nested && !reply::is_secret(name, value) && !OF_THE_TOKEN.contains(&name.as_str())
        });
        let fields = shown.filter_map(|(name, value)| Some((name, reply::text(value)?)));
        let fields = fields.filter(|(_, text)| !text.contains(token.expose())).collect();
        Some(Self { active, scopes, fields })
    }
}

/// Asks the provider what an access token is good for (RFC 7662).
///
/// # Errors
/// `Unsupported` if the provider declares no such endpoint, else as [`super::exchange`].
pub async fn introspect(env: &Env, client: &OAuth2Client, token: &Secret) -> Result<Introspection> {
    let url = client.scheme.introspect_url.as_ref();
    let url = url.ok_or_else(|| Error::unsupported().operation("introspect"))?;
    let outcome = within(env, in_turn(env, client, url, token)).await;
    outcome.map_err(|failure| failure.into_error().operation("introspect"))
}

/// Adds to new tokens what their answer did not say, if the provider can be asked. A failure leaves them as they are: the
/// code that they were exchanged for does not work again.
pub(super) async fn complete(env: &Env, client: &OAuth2Client, tokens: &mut TokenSet) {
    if tokens.scopes.is_some() || client.scheme.introspect_url.is_none() {
        return;
    }
    match introspect(env, client, &tokens.access).await {
        Ok(said) if said.active => {
            tokens.scopes = said.scopes;
            for (name, text) in said.fields {
                tokens.extra.entry(name).or_insert(text);
            }
        }
        Ok(_) => {
            tracing::warn!("the provider says that an access token that it has just given is not active")
        }
        Err(error) => tracing::warn!(%error, "the provider did not say what was granted"),
    }
}

async fn in_turn(
    env: &Env,
    client: &OAuth2Client,
    url: &Url,
    token: &Secret,
) -> Result<Introspection, TokenFailure> {
    let mut refused = None;
    for (secret, other) in client.app.secrets() {
        match ask_as(env, client, url, secret, token).await {
            Err(failure @ TokenFailure::Operator { client: true, .. }) => {
                refused = refused.or(Some(failure));
            }
            outcome => {
                client.app.took(other);
                return outcome;
            }
        }
    }
    Err(refused.unwrap_or(TokenFailure::NotSent(crate::http::TransportError::Unsendable)))
}

async fn ask_as(
    env: &Env,
    client: &OAuth2Client,
    url: &Url,
    secret: &Secret,
    token: &Secret,
) -> Result<Introspection, TokenFailure> {
    let endpoint = &client.scheme.token;
    let credentials = Some((client.app.client_id.as_str(), secret));
    let form = [("token", token.expose()), ("token_type_hint", "access_token")];
    let response = post(env, endpoint.client_auth, credentials, url, &form).await?;
    let body = reply::object(&response);
    if response.status().is_success()
        && let Some(said) = body.clone().and_then(|body| Introspection::read(body, token))
    {
        return Ok(said);
    }
    let body = body.map(endpoint.reply);
    Err(TokenFailure::read(endpoint, &response, body.as_ref(), env.now()))
}
