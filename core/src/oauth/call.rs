//! Calls to a provider's token endpoint, and to those beside it.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Method};
use url::{Url, form_urlencoded};
use zeroize::Zeroizing;

use super::{ClientAuth, OAuthApp, TokenEndpoint, TokenFailure, reply};
use crate::env::Env;
use crate::http::{Request, Response, TransportError};
use crate::secret::Secret;
use crate::token::TokenSet;

/// Asking the token endpoint takes no longer than this, however many secrets are tried.
pub(crate) const CALL_TIMEOUT: Duration = Duration::from_secs(30);

/// Asks for tokens. A client that has two secrets tries both: which one is refused says nothing of the rest of the
/// request, which the endpoint has not looked at then.
pub(super) async fn ask(
    env: &Env,
    endpoint: &TokenEndpoint,
    app: Option<&OAuthApp>,
    form: &[(&str, &str)],
) -> Result<TokenSet, TokenFailure> {
    within(env, ask_in_turn(env, endpoint, app, form)).await
}

async fn ask_in_turn(
    env: &Env,
    endpoint: &TokenEndpoint,
    app: Option<&OAuthApp>,
    form: &[(&str, &str)],
) -> Result<TokenSet, TokenFailure> {
    let Some(app) = app else { return ask_as(env, endpoint, None, form).await };
    let mut refused = None;
    for (secret, other) in app.secrets() {
        match ask_as(env, endpoint, Some((&app.client_id, secret)), form).await {
            Err(failure @ TokenFailure::Operator { client: true, .. }) => {
                refused = refused.or(Some(failure));
            }
            outcome => {
                app.took(other);
                return outcome;
            }
        }
    }
    Err(refused.unwrap_or(TokenFailure::NotSent(TransportError::Unsendable)))
}

pub(super) async fn ask_as(
    env: &Env,
    endpoint: &TokenEndpoint,
    client: Option<(&str, &Secret)>,
    form: &[(&str, &str)],
) -> Result<TokenSet, TokenFailure> {
    // The tokens' life counts from before they were asked for: early is safe, late is not.
    let asked = env.now();
    let response = post(env, endpoint.client_auth, client, &endpoint.url, form).await?;
    let body = reply::object(&response).map(endpoint.reply);
    if response.status().is_success()
        && let Some(body) = &body
        && let Some(tokens) = reply::tokens(body.clone(), endpoint, asked)
    {
        return Ok(tokens);
    }
    Err(TokenFailure::read(endpoint, &response, body.as_ref(), env.now()))
}

/// Posts a form under the client's credentials.
///
/// Written here and not left to the `oauth2` crate, which reads the answer in one fixed shape, keeps the raw body
/// in its errors, drops the headers that say when to try again, and cannot reach a sandbox to revoke.
pub(super) async fn post(
    env: &Env,
    client_auth: ClientAuth,
    client: Option<(&str, &Secret)>,
    url: &Url,
    form: &[(&str, &str)],
) -> Result<Response, TransportError> {
    let mut form = form.to_vec();
    let mut basic = None;
    match (client_auth, client) {
        (_, None) => {}
        (ClientAuth::Body, Some((id, secret))) if !secret.is_empty() => {
            form.extend([("client_id", id), ("client_secret", secret.expose())]);
        }
        (ClientAuth::Body | ClientAuth::Public, Some((id, _))) => form.push(("client_id", id)),
        (ClientAuth::Basic, Some((id, secret))) => {
            // RFC 6749 section 2.3.1: both are form-encoded before they are joined.
            let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
            let pair = Zeroizing::new(format!("{}:{}", encode(id), encode(secret.expose())));
            let value = Zeroizing::new(format!("Basic {}", STANDARD.encode(&*pair)));
            let mut header = HeaderValue::from_str(&value).map_err(|_| TransportError::Unsendable)?;
            header.set_sensitive(true);
            basic = Some(header);
        }
    }
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let mut request = Request::new(Bytes::from(body));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = url.as_str().parse().map_err(|_| TransportError::Unsendable)?;
    let headers = request.headers_mut();
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
    headers.extend(basic.map(|header| (AUTHORIZATION, header)));
    env.http.send(request).await
}

/// Gives up what takes longer than [`CALL_TIMEOUT`].
pub(super) async fn within<T>(
    env: &Env,
    call: impl Future<Output = Result<T, TokenFailure>>,
) -> Result<T, TokenFailure> {
    tokio::select! {
        biased;
        outcome = call => outcome,
        () = env.clock.sleep(CALL_TIMEOUT) => Err(TransportError::Timeout.into()),
    }
}
