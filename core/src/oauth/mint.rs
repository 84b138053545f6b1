//! Tokens that are had without a person and without a refresh token.

use futures::TryFutureExt as _;

use super::call::{ask, within};
use super::{ClientCredentials, OAuthApp, ServiceAccount, TokenFailure};
use crate::env::Env;
use crate::secret::Secret;
use crate::token::TokenSet;

/// The fields that a tenant's own client is kept under.
pub(crate) const CLIENT_ID: &str = "client_id";
/// See [`CLIENT_ID`].
pub(crate) const CLIENT_SECRET: &str = "client_secret";
/// On whose behalf a service account acts.
pub(crate) const SUBJECT: &str = "subject";

/// Asks for a token with the client's own credentials. What differs from tenant to tenant is in `known`.
pub(crate) async fn client_credentials(
    env: &Env,
    scheme: &ClientCredentials,
    app: Option<&OAuthApp>,
    known: &TokenSet,
) -> Result<TokenSet, TokenFailure> {
    let scopes = known.asked.as_deref().unwrap_or_default().join(" ");
    let mut form = vec![("grant_type", scheme.grant_type.as_str())];
    form.extend(scheme.params.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    for field in &scheme.fields {
        form.push((field, known.named.get(field).map(Secret::expose).unwrap_or_default()));
    }
    if scheme.scoped && !scopes.is_empty() {
        form.push(("scope", &scopes));
    }
    if !scheme.own_client {
        return ask(env, &scheme.token, app, &form).await;
    }
    let text = |name: &str| known.named.get(name).map(Secret::expose).unwrap_or_default();
    let own = OAuthApp::new(text(CLIENT_ID), text(CLIENT_SECRET));
    ask(env, &scheme.token, Some(&own), &form).await.map_err(|failure| match failure {
        // It is the tenant's own client that is refused, and the tenant who can mend it.
        TokenFailure::Operator { code, client } if client || code == "unauthorized_client" => {
            TokenFailure::Revoked { code }
        }
        failure => failure,
    })
}

/// Exchanges an assertion that the service account signs, on behalf of the subject in `known` if there is one.
pub(crate) async fn service_account(
    env: &Env,
    scheme: &ServiceAccount,
    key: &super::ServiceAccountKey,
    known: &TokenSet,
) -> Result<TokenSet, TokenFailure> {
    let scopes = known.asked.as_deref().unwrap_or_default();
    let mut claims = super::Assertion::new(&scheme.audience);
    claims.subject = known.extra.get(SUBJECT).map(String::as_str);
    claims.scopes = scopes;
    claims.life = scheme.life;
    let signing = key.assertion(&claims, env.now());
    let signing = signing.map_err(|error| TokenFailure::Unsigned {
        because: error.message().to_owned(),
        transient: error.is_transient(),
    });
    let assertion = within(env, signing).await.map_err(|failure| match failure {
        TokenFailure::Unanswered(late) => {
            TokenFailure::Unsigned { because: late.to_string(), transient: true }
        }
        failure => failure,
    })?;
    let form =
        [("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), ("assertion", assertion.expose())];
    ask(env, &scheme.token, None, &form).await.map_err(|failure| match failure {
        // The account is known and its signature holds; who may use it is for the tenant's administrator to say.
        // `invalid_grant` may be an unknown subject as well as a wrong clock here; it condemns nothing, since there
        // is no person who could consent anew.
        TokenFailure::Operator { code, .. } | TokenFailure::Revoked { code }
            if matches!(&*code, "unauthorized_client" | "access_denied" | "invalid_grant") =>
        {
            TokenFailure::NotAllowed { code }
        }
        failure => failure,
    })
}
