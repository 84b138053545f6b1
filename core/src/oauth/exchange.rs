//! The third step and those after it: a code becomes tokens, tokens become new ones, and end.

use url::Url;

use super::call::{ask, post, within};
use super::{OAuth2Client, TokenFailure, introspect, reply};
use crate::env::Env;
use crate::error::{Error, ErrorKind, Result};
use crate::secret::Secret;
use crate::token::TokenSet;

/// Exchanges an authorization code for tokens (RFC 6749 section 4.1.3). A code works once: this is never
/// repeated by itself.
///
/// `redirect_uri` and `verifier` are those of the request that the code answers. Compare the scopes of the result
/// with those that were asked for: a person may untick some. If the answer does not name them, the provider is asked, if it
/// declares where: see [`super::OAuth2::introspect_url`].
///
/// # Errors
/// `NeedsReauth` if the code is refused: begin again. `Misconfigured` if the product's registration is. Otherwise
/// `RateLimited` or `Unavailable`.
pub async fn exchange(
    env: &Env,
    client: &OAuth2Client,
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
    let tokens = ask(env, &client.scheme.token, Some(&client.app), &form).await;
    let tokens = tokens.map_err(|failure| match failure {
        TokenFailure::Revoked { code } => {
            Error::new(ErrorKind::NeedsReauth, "the provider refuses the authorization code")
                .with("code", code)
                .advise("begin connecting again; a code works once and for a short time")
        }
        failure => failure.into_error(),
    });
    let mut tokens = tokens.map_err(|error| error.operation("exchange"))?;
    tokens.issued_to = Some(client.app.client_id.clone());
    introspect::complete(env, client, &mut tokens).await;
    Ok(tokens)
}

/// Exchanges a refresh token for new tokens (RFC 6749 section 6). Whatever the answer leaves out is left out
/// of the result.
pub(crate) async fn refresh(
    env: &Env,
    client: &OAuth2Client,
    token: &Secret,
) -> Result<TokenSet, TokenFailure> {
    let form = [("grant_type", "refresh_token"), ("refresh_token", token.expose())];
    let mut tokens = ask(env, &client.scheme.token, Some(&client.app), &form).await?;
    tokens.issued_to = Some(client.app.client_id.clone());
    Ok(tokens)
}

/// Asks the provider to forget a grant (RFC 7009), by its refresh token or, if there is none, its access token.
/// A grant that the provider no longer knows counts as revoked.
///
/// # Errors
/// `Unsupported` if the provider declares no such endpoint, else as [`exchange`].
pub async fn revoke(env: &Env, client: &OAuth2Client, token: &Secret) -> Result<()> {
    let url = client.scheme.revoke_url.as_ref().ok_or_else(|| Error::unsupported().operation("revoke"))?;
    let outcome = within(env, revoke_in_turn(env, client, url, token)).await;
    outcome.map_err(|failure| failure.into_error().operation("revoke"))
}

async fn revoke_in_turn(
    env: &Env,
    client: &OAuth2Client,
    url: &Url,
    token: &Secret,
) -> Result<(), TokenFailure> {
    let mut outcome = Ok(());
    for (secret, other) in client.app.secrets() {
        outcome = revoke_as(env, client, url, secret, token).await;
        if !matches!(outcome, Err(TokenFailure::Operator { client: true, .. })) {
            client.app.took(other);
            break;
        }
    }
    outcome
}

async fn revoke_as(
    env: &Env,
    client: &OAuth2Client,
    url: &Url,
    secret: &Secret,
    token: &Secret,
) -> Result<(), TokenFailure> {
    let endpoint = &client.scheme.token;
    let credentials = Some((client.app.client_id.as_str(), secret));
    let response = post(env, endpoint.client_auth, credentials, url, &[("token", token.expose())]).await?;
    if response.status().is_success() {
        return Ok(());
    }
    let body = reply::object(&response).map(endpoint.reply);
    let code = body.as_ref().and_then(|body| body.get("error")?.as_str());
    if response.status().is_client_error() && matches!(code, Some("invalid_token" | "invalid_grant")) {
        return Ok(());
    }
    match TokenFailure::read(endpoint, &response, body.as_ref(), env.now()) {
        TokenFailure::Revoked { .. } => Ok(()),
        failure => Err(failure),
    }
}
