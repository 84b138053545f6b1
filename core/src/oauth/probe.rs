//! Asking a provider what it thinks of a registration, without a person.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use http::header::{ACCEPT, LOCATION};
use http::{HeaderValue, Method};
use url::Url;

use super::call::{ask_as, within};
use super::{Ask, OAuth2Client, TokenFailure, authorize};
use crate::env::Env;
use crate::error::Error;
use crate::http::Request;

/// What a provider says of one part of a registration.
#[derive(Debug)]
#[non_exhaustive]
pub enum Probed {
    /// It accepts it, as far as can be seen without a person.
    Accepted,
    /// It refuses it, with this code.
    Refused {
        /// The provider's code.
        code: String,
    },
    /// It says neither.
    Unclear {
        /// What it did.
        why: String,
    },
    /// It could not be asked.
    Failed(Error),
}

/// What a provider says of one client secret.
#[derive(Debug)]
#[non_exhaustive]
pub struct ProbedSecret {
    /// Of the secret.
    pub secret: Probed,
    /// The code by which it refuses the redirect, having accepted the secret.
    pub redirect_refused: Option<String>,
}

/// What a provider says of a consent page's request.
#[derive(Debug)]
#[non_exhaustive]
pub struct ProbedPage {
    /// Of the client id.
    pub client: Probed,
    /// Of the redirect.
    pub redirect: Probed,
    /// Of the scopes.
    pub scopes: Probed,
}

/// Exchanges a code that was never given out: who is told that the *code* is wrong has the right id and secret. Each
/// of the app's secrets is tried by itself.
pub async fn probe_secrets(env: &Env, client: &OAuth2Client, redirect_uri: &Url) -> Vec<ProbedSecret> {
    let form = [
        ("grant_type", "authorization_code"),
        ("code", "preflight"),
        ("redirect_uri", redirect_uri.as_str()),
        // Of the shortest length allowed (RFC 7636 section 4.1).
        ("code_verifier", "preflight-preflight-preflight-preflight-prefl"),
    ];
    let form = if client.scheme.pkce { &form[..] } else { &form[..3] };
    let app = &client.app;
    let mut probed = Vec::new();
    for secret in std::iter::once(&app.client_secret).chain(&app.other_secret) {
        let asked = ask_as(env, &client.scheme.token, Some((&app.client_id, secret)), form);
        let asked = within(env, asked).await;
        let failure = asked.err();
        let redirect_refused = match &failure {
            Some(TokenFailure::Operator { code, .. }) if about(code) == Some(About::Redirect) => {
                Some(code.clone())
            }
            _ => None,
        };
        probed.push(ProbedSecret { secret: of_secret(failure), redirect_refused });
    }
    probed
}

fn of_secret(failure: Option<TokenFailure>) -> Probed {
    match failure {
        Some(TokenFailure::Operator { code, client: true }) => Probed::Refused { code },
        // It has looked beyond the client.
        Some(TokenFailure::Revoked { .. }) => Probed::Accepted,
        Some(TokenFailure::Operator { code, .. }) if about(&code) == Some(About::Redirect) => {
            Probed::Accepted
        }
        Some(TokenFailure::Operator { code, .. }) if about(&code) == Some(About::Client) => {
            Probed::Refused { code }
        }
        Some(TokenFailure::Operator { code, .. } | TokenFailure::NotAllowed { code }) => {
            Probed::Unclear { why: format!("the token endpoint answered {code}") }
        }
        Some(failure) => Probed::Failed(failure.into_error()),
        None => Probed::Unclear { why: "the token endpoint took a code that was never given out".to_owned() },
    }
}

/// Codes by which providers refuse an authorization request, besides those that they declare themselves.
const CODES: &[&str] = &[
    "redirect_uri_mismatch",
    "invalid_redirect_uri",
    "unauthorized_client",
    "invalid_client",
    "invalid_scope",
];

/// What a code is about, by its words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum About {
    Redirect,
    Client,
    Scopes,
}

fn about(code: &str) -> Option<About> {
    let code = code.to_ascii_lowercase();
    let words = [("redirect", About::Redirect), ("scope", About::Scopes), ("client", About::Client)];
    words.into_iter().find(|(word, _)| code.contains(word)).map(|(_, about)| about)
}

/// Opens the consent page as a browser would that nobody is logged in to. Providers look at client, redirect and
/// scopes before they ask who it is.
pub async fn probe_page(
    env: &Env,
    client: &OAuth2Client,
    redirect_uri: &Url,
    scopes: &[String],
) -> ProbedPage {
    let page = authorize(client, redirect_uri, Ask::new(scopes), &*env.entropy).url;
    let mut request = Request::default();
    *request.method_mut() = Method::GET;
    request.headers_mut().insert(ACCEPT, HeaderValue::from_static("text/html"));
    let Ok(uri) = page.as_str().parse() else {
        return ProbedPage::all(|| Probed::Unclear {
            why: "the consent page has no valid address".to_owned(),
        });
    };
    *request.uri_mut() = uri;
    let response = tokio::select! {
        biased;
        response = env.http.send(request) => response,
        () = env.clock.sleep(super::CALL_TIMEOUT) => Err(crate::http::TransportError::Timeout),
    };
    let response = match response {
        Ok(response) => response,
        Err(error) => {
            return ProbedPage::all(|| Probed::Failed(Error::unavailable(error).with("because", error)));
        }
    };
    let status = response.status();
    let said = said(&response, redirect_uri);
    let endpoint = &client.scheme.token;
    let declared = endpoint.operator_codes.iter().chain(&endpoint.client_codes).map(String::as_str);
    let named: Vec<&str> = CODES
        .iter()
        .copied()
        .chain(declared)
        .filter(|code| said.contains(&code.to_ascii_lowercase()))
        .collect();
    // The most particular first: what refuses a redirect may also name the client.
    for part in [About::Redirect, About::Client, About::Scopes] {
        let Some(code) = named.iter().find(|code| about(code) == Some(part)) else { continue };
        let refused = Probed::Refused { code: (*code).to_owned() };
        return match part {
            About::Redirect => ProbedPage { redirect: refused, ..ProbedPage::all(not_reached) },
            About::Client => ProbedPage { client: refused, ..ProbedPage::all(not_reached) },
            About::Scopes => ProbedPage { scopes: refused, ..ProbedPage::all(|| Probed::Accepted) },
        };
    }
    if status.is_success() || status.is_redirection() {
        return ProbedPage::all(|| Probed::Accepted);
    }
    ProbedPage::all(|| Probed::Unclear { why: format!("the consent page answered {}", status.as_u16()) })
}

fn not_reached() -> Probed {
    Probed::Unclear { why: "the provider looks at it only after what it refused".to_owned() }
}

impl ProbedPage {
    fn all(what: impl Fn() -> Probed) -> Self {
        Self { client: what(), redirect: what(), scopes: what() }
    }
}

/// What the answer says where errors stand: in an error page, or in the address that it leads to. Lower case.
///
/// The page that asks for consent is no such place: it repeats what it was asked, names of parameters included.
fn said(response: &crate::http::Response, redirect_uri: &Url) -> String {
    let mut said = String::new();
    if response.status().is_client_error() {
        let body = response.body();
        said.push_str(&String::from_utf8_lossy(body.get(..64 * 1024).unwrap_or(body)));
    }
    let location = response.headers().get(LOCATION).and_then(|location| location.to_str().ok());
    let Some(location) = location.and_then(|location| redirect_uri.join(location).ok()) else {
        return said.to_ascii_lowercase();
    };
    for (name, value) in location.query_pairs() {
        if !name.to_ascii_lowercase().contains("error") {
            continue;
        }
        said.push(' ');
        said.push_str(&value);
        // Some wrap the error in base64.
        let bare = value.trim_end_matches('=');
        let decoded = URL_SAFE_NO_PAD.decode(bare).or_else(|_| STANDARD_NO_PAD.decode(bare));
        said.extend(decoded.ok().map(|bytes| String::from_utf8_lossy(&bytes).into_owned()));
    }
    said.to_ascii_lowercase()
}

/// Asks for a token as a client that needs no person does; who gets one is accepted.
pub async fn probe_grant(env: &Env, auth: &crate::auth::GrantAuth, known: crate::token::TokenSet) -> Probed {
    match auth.renew(env, &known).await {
        Ok(_) => Probed::Accepted,
        Err(
            TokenFailure::Operator { code, .. }
            | TokenFailure::Revoked { code }
            | TokenFailure::NotAllowed { code },
        ) => Probed::Refused { code },
        Err(failure) => Probed::Failed(failure.into_error()),
    }
}
