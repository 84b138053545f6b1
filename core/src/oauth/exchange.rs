//! The third step and those after it: calls to the token endpoint.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Method};
use url::{Url, form_urlencoded};
use zeroize::Zeroizing;

use super::{ClientAuth, GrantAuth, TokenFailure, reply};
use crate::env::Env;
use crate::error::{Error, ErrorKind, Result};
use crate::http::{Request, Response, TransportError};
use crate::secret::Secret;
use crate::token::TokenSet;

/// A call to the token endpoint that takes longer is given up.
pub(crate) const CALL_TIMEOUT: Duration = Duration::from_secs(30);

/// Exchanges an authorization code for tokens (RFC 6749 section 4.1.3). A code works once: this is never
/// repeated by itself.
///
/// `redirect_uri` and `verifier` are those of the request that the code answers. Compare the scopes of the result
/// with those that were asked for: a person may untick some.
///
/// # Errors
/// `NeedsReauth` if the code is refused: begin again. `Misconfigured` if the product's registration is. Otherwise
/// `RateLimited` or `Unavailable`.
pub async fn exchange(
    env: &Env,
    auth: &GrantAuth,
    redirect_uri: &Url,
    code: &Secret,
    verifier: Option<&Secret>,
) -> Result<TokenSet> {
    let mut form = vec![
        ("grant_type", "authorization_code"),
        ("code", code.expose()),
        ("redirect_uri", redirect_uri.as_str()),
    ];
    form.extend(verifier.map(|verifier| ("code_verifier", verifier.expose())));
    let tokens = ask(env, auth, form).await.map_err(|failure| match failure {
        TokenFailure::Revoked { code } => {
            Error::new(ErrorKind::NeedsReauth, "the provider refuses the authorization code")
                .with("code", code)
                .advise("begin connecting again; a code works once and for a short time")
        }
        failure => failure.into_error(),
    });
    tokens.map_err(|error| error.operation("exchange"))
}

/// Exchanges a refresh token for new tokens (RFC 6749 section 6). Whatever the answer leaves out is left out
/// of the result.
pub(crate) async fn refresh(env: &Env, auth: &GrantAuth, token: &Secret) -> Result<TokenSet, TokenFailure> {
    ask(env, auth, vec![("grant_type", "refresh_token"), ("refresh_token", token.expose())]).await
}

/// Asks the provider to forget a grant (RFC 7009), by its refresh token or, if there is none, its access token.
/// A grant that the provider no longer knows counts as revoked.
///
/// # Errors
/// `Unsupported` if the provider declares no such endpoint, else as [`exchange`].
pub async fn revoke(env: &Env, auth: &GrantAuth, token: &Secret) -> Result<()> {
    let url = auth.scheme.revoke_url.as_ref().ok_or_else(|| Error::unsupported().operation("revoke"))?;
    let response = match post(env, auth, url, vec![("token", token.expose())]).await {
        Ok(response) if response.status().is_success() => return Ok(()),
        Ok(response) => response,
        Err(error) => return Err(TokenFailure::from(error).into_error().operation("revoke")),
    };
    let body = reply::object(response.body());
    let code = body.as_ref().and_then(|body| body.get("error")?.as_str());
    if response.status().is_client_error() && matches!(code, Some("invalid_token" | "invalid_grant")) {
        return Ok(());
    }
    match TokenFailure::read(&auth.scheme, &response, body.as_ref(), env.now()) {
        TokenFailure::Revoked { .. } => Ok(()),
        failure => Err(failure.into_error().operation("revoke")),
    }
}

async fn ask(env: &Env, auth: &GrantAuth, form: Vec<(&str, &str)>) -> Result<TokenSet, TokenFailure> {
    // The tokens' life counts from before they were asked for: early is safe, late is not.
    let asked = env.now();
    let response = post(env, auth, &auth.scheme.token_url, form).await?;
    let body = reply::object(response.body());
    if response.status().is_success()
        && let Some(body) = &body
        && let Some(tokens) = reply::tokens(body.clone(), &auth.scheme, asked)
    {
        return Ok(tokens);
    }
    Err(TokenFailure::read(&auth.scheme, &response, body.as_ref(), env.now()))
}

/// Posts a form under the client's credentials.
///
/// Written here and not left to the `oauth2` crate, which reads the answer in one fixed shape, keeps the raw body
/// in its errors, drops the headers that say when to try again, and cannot reach a sandbox to revoke.
async fn post<'a>(
    env: &Env,
    auth: &'a GrantAuth,
    url: &Url,
    mut form: Vec<(&str, &'a str)>,
) -> Result<Response, TransportError> {
    let (id, secret) = (&*auth.app.client_id, auth.app.client_secret.expose());
    let mut basic = None;
    match auth.scheme.client_auth {
        ClientAuth::Body => form.extend([("client_id", id), ("client_secret", secret)]),
        ClientAuth::Basic => {
            // RFC 6749 section 2.3.1: both are form-encoded before they are joined.
            let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
            let pair = Zeroizing::new(format!("{}:{}", encode(id), encode(secret)));
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

    tokio::select! {
        biased;
        response = env.http.send(request) => response,
        () = env.clock.sleep(CALL_TIMEOUT) => Err(TransportError::Timeout),
    }
}
