//! The first step: where the person is sent.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use oauth2::basic::BasicClient;
use oauth2::{AuthUrl, ClientId, CsrfToken, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl};
use url::Url;

use super::OAuth2Client;
use crate::env::Entropy;
use crate::secret::Secret;

/// An authorization request that is about to be made.
#[non_exhaustive]
pub struct Authorize {
    /// Where to send the person.
    pub url: Url,
    /// Comes back in the redirect. Keep it on the server, bound to the session that began, for one use and a
    /// short time.
    pub state: Secret,
    /// The PKCE verifier, to be kept with the state and given to the exchange; `None` if the provider takes no
    /// PKCE.
    pub verifier: Option<Secret>,
}

impl fmt::Debug for Authorize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authorize").field("host", &self.url.host_str()).finish_non_exhaustive()
    }
}

/// What an authorization request asks for.
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct Ask<'a> {
    /// The scopes, besides the scheme's base scopes unless one of these contains them; each is asked for once.
    pub scopes: &'a [String],
    /// Those of them without which the person can still consent, where the provider can be told: see
    /// [`super::OAuth2::optional_scopes`].
    pub optional: &'a [String],
    /// Asks for these scopes alone, in addition to what was granted before, if the provider can do that.
    pub further: bool,
    /// The address or id of the account that is meant, if that is known.
    pub login_hint: Option<&'a str>,
}

impl<'a> Ask<'a> {
    /// Asks for these scopes.
    pub fn new(scopes: &'a [String]) -> Self {
        Self { scopes, ..Self::default() }
    }
}

/// Makes an authorization request (RFC 6749 section 4.1.1) with a fresh `state` of 256 bits and, if the provider
/// takes it, a PKCE challenge (RFC 7636, S256).
///
/// `redirect_uri` must be the very one that is registered at the provider and later given to the exchange.
pub fn authorize(
    client: &OAuth2Client,
    redirect_uri: &Url,
    ask: Ask<'_>,
    entropy: &dyn Entropy,
) -> Authorize {
    let OAuth2Client { scheme, app } = client;
    let state = random(entropy);
    let verifier = scheme.pkce.then(|| PkceCodeVerifier::new(random(entropy)));

    let basic = BasicClient::new(ClientId::new(app.client_id.clone()))
        .set_auth_uri(AuthUrl::from_url(scheme.authorize_url.clone()))
        .set_redirect_uri(RedirectUrl::from_url(redirect_uri.clone()));
    let mut request = basic.authorize_url(|| CsrfToken::new(state.clone()));
    let mut asked: Vec<&str> = Vec::new();
    let further = scheme.incremental.as_ref().filter(|_| ask.further);
    // Who asks for more was granted these before, or names them; a wider scope stands in for them.
    let base = |scope: &&String| {
        further.is_none() && (ask.scopes.contains(scope) || !scheme.grants(ask.scopes, scope))
    };
    for scope in scheme.base_scopes.iter().filter(base).chain(ask.scopes) {
        if !asked.contains(&scope.as_str()) {
            asked.push(scope);
        }
    }
    let mut optional: Vec<&str> = Vec::new();
    if scheme.optional_scopes.is_some() {
        let can_do_without = |scope: &str| ask.optional.iter().any(|optional| optional == scope);
        (optional, asked) = asked.into_iter().partition(|scope| can_do_without(scope));
    }
    if !asked.is_empty() {
        request = request.add_extra_param("scope", asked.join(&scheme.scope_separator));
    }
    if let Some(parameter) = scheme.optional_scopes.as_ref().filter(|_| !optional.is_empty()) {
        request = request.add_extra_param(parameter, optional.join(&scheme.scope_separator));
    }
    for (name, value) in scheme.authorize_params.iter().chain(further.into_iter().flatten()) {
        request = request.add_extra_param(name, value);
    }
    if let Some(hint) = ask.login_hint {
        request = request.add_extra_param("login_hint", hint);
    }
    if let Some(verifier) = &verifier {
        request = request.set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(verifier));
    }
    let (mut url, _) = request.url();
    // A space became `+`, which not every provider reads as one; a real plus sign is `%2B` by now.
    let query = url.query().map(|query| query.replace('+', "%20"));
    url.set_query(query.as_deref());

    Authorize {
        url,
        state: Secret::new(state),
        verifier: verifier.map(|verifier| Secret::new(verifier.into_secret())),
    }
}

/// 256 random bits as 43 characters of unpadded base64url, which is also the shortest PKCE verifier allowed.
fn random(entropy: &dyn Entropy) -> String {
    let mut bytes = [0u8; 32];
    entropy.fill(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use std::collections::BTreeMap;

    use sha2::{Digest, Sha256};

    use super::*;
    use crate::env::SystemEntropy;
    use crate::oauth::{OAuth2, OAuthApp};

    fn auth() -> OAuth2Client {
        let url = |text: &str| Url::parse(text).unwrap();
        let mut scheme =
            OAuth2::new(url("https://id.example/authorize?v=2"), url("https://id.example/token"));
        scheme.base_scopes = vec!["oauth".into()];
        scheme.authorize_params = vec![("prompt".into(), "consent".into())];
        OAuth2Client::new(scheme, OAuthApp::new("client-1", "app-secret"))
    }

    fn ask(auth: &OAuth2Client) -> (Authorize, BTreeMap<String, String>) {
        let redirect = Url::parse("https://product.example/callback").unwrap();
        let scopes = ["contacts.read", "oauth", "a+b"].map(String::from);
        let ask = Ask { login_hint: Some("jane+x@acme.example"), ..Ask::new(&scopes) };
        let authorize = authorize(auth, &redirect, ask, &SystemEntropy);
        let query = authorize.url.query_pairs().into_owned().collect();
        (authorize, query)
    }

    #[test]
    fn the_request_carries_what_the_standard_and_the_scheme_ask_for() {
        let (authorize, query) = ask(&auth());
        assert_eq!(query["v"], "2");
        assert_eq!(query["response_type"], "code");
        assert_eq!(query["client_id"], "client-1");
        assert_eq!(query["redirect_uri"], "https://product.example/callback");
        assert_eq!(query["scope"], "oauth contacts.read a+b");
        assert_eq!(query["prompt"], "consent");
        assert_eq!(query["login_hint"], "jane+x@acme.example");
        assert_eq!(query["state"], authorize.state.expose());
        assert!(authorize.url.as_str().contains("scope=oauth%20contacts.read%20a%2Bb"), "{}", authorize.url);
        assert!(!authorize.url.as_str().contains('+'));
        assert!(!authorize.url.as_str().contains("app-secret"));
    }

    #[test]
    fn a_question_for_further_scopes_carries_no_others() {
        let redirect = Url::parse("https://product.example/callback").unwrap();
        let scopes = ["contacts.read".to_owned()];
        let asked = |auth: &OAuth2Client| -> BTreeMap<String, String> {
            let ask = Ask { further: true, ..Ask::new(&scopes) };
            authorize(auth, &redirect, ask, &SystemEntropy).url.query_pairs().into_owned().collect()
        };
        let mut auth = auth();
        // Of a provider that cannot add to a grant everything is asked for.
        assert_eq!(asked(&auth)["scope"], "oauth contacts.read");
        auth.scheme.incremental = Some(vec![("add".into(), "true".into())]);
        let query = asked(&auth);
        assert_eq!((query["scope"].as_str(), query["add"].as_str()), ("contacts.read", "true"));
    }

    #[test]
    fn a_wide_scope_stands_in_for_those_that_are_always_asked_for() {
        let mut auth = auth();
        auth.scheme.implied_scopes = vec![("a+b".into(), vec!["oauth".into()])];
        let redirect = Url::parse("https://product.example/callback").unwrap();
        let scopes = ["a+b".to_owned()];
        let url = authorize(&auth, &redirect, Ask::new(&scopes), &SystemEntropy).url;
        assert_eq!(url.query_pairs().find(|(name, _)| name == "scope").unwrap().1, "a+b");
    }

    #[test]
    fn the_challenge_is_the_digest_of_the_verifier() {
        let (authorize, query) = ask(&auth());
        let verifier = authorize.verifier.unwrap();
        assert_eq!(query["code_challenge_method"], "S256");
        assert_eq!(query["code_challenge"], URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.expose())));
        assert!(!authorize.url.as_str().contains(verifier.expose()));
    }

    #[test]
    fn without_pkce_there_is_neither_challenge_nor_verifier() {
        let mut auth = auth();
        auth.scheme.pkce = false;
        let (authorize, query) = ask(&auth);
        assert!(authorize.verifier.is_none());
        assert!(!query.contains_key("code_challenge"));
    }

    #[test]
    fn no_two_requests_share_a_state_or_a_verifier() {
        let (one, _) = ask(&auth());
        let (other, _) = ask(&auth());
        assert_ne!(one.state.expose(), other.state.expose());
        assert_ne!(one.verifier.unwrap().expose(), other.verifier.unwrap().expose());
    }

    #[test]
    fn debug_shows_neither_state_nor_verifier() {
        let (authorize, _) = ask(&auth());
        let shown = format!("{authorize:?}");
        assert!(!shown.contains(authorize.state.expose()));
        assert!(!shown.contains(authorize.verifier.unwrap().expose()));
    }
}
