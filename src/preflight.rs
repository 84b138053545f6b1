//! Looking, before anybody connects, whether everything is set up.

use std::collections::BTreeMap;
use std::fmt;

use acquaint_core::auth::{AuthKind, Credential, GrantAuth};
use acquaint_core::connector::Connector;
use acquaint_core::ids::{ConnectorId, TenantId};
use acquaint_core::oauth::{OAuth2Client, Probed, ProbedSecret, probe_grant, probe_page, probe_secrets};
use acquaint_core::{Error, ErrorKind, Result};
use url::Url;

use crate::connect::needed;
use crate::engine::Engine;

/// What [`crate::Acquaint::preflight`] found.
#[derive(Debug)]
#[must_use = "what is wrong shows up only here: print it, or call `into_result()`"]
#[non_exhaustive]
pub struct Preflight {
    /// One entry for each thing that was looked at.
    pub checks: Vec<Check>,
}

/// What [`crate::Acquaint::preflight_with`] looks at.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct PreflightOptions {
    pub(crate) tenant: Option<TenantId>,
    pub(crate) redirects: BTreeMap<ConnectorId, Url>,
}

impl PreflightOptions {
    /// What everybody shares, with the callback below the public address.
    pub fn new() -> Self {
        Self::default()
    }

    /// With what this tenant has of its own.
    #[must_use]
    pub fn tenant(mut self, tenant: impl Into<TenantId>) -> Self {
        self.tenant = Some(tenant.into());
        self
    }

    /// With another redirect for a connector, as given to `begin_at` or, as `http://127.0.0.1:PORT/callback`, to
    /// `on_loopback_at`.
    #[must_use]
    pub fn redirect(mut self, connector: impl Into<ConnectorId>, redirect: Url) -> Self {
        self.redirects.insert(connector.into(), redirect);
        self
    }
}

/// One thing that was looked at.
#[derive(Debug)]
#[non_exhaustive]
pub struct Check {
    /// Whose registration it is; `None` for the product's own set-up.
    pub connector: Option<ConnectorId>,
    /// What was looked at.
    pub what: What,
    /// What was found.
    pub verdict: Verdict,
}

/// What a preflight looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum What {
    /// Whether there is a key to seal credentials with.
    Keys,
    /// Whether the public address answers.
    PublicUrl,
    /// Whether an app or service account is registered here.
    Registration,
    /// Whether the provider accepts the service account, or the app that needs no person.
    Account,
    /// Whether the provider knows the client id.
    ClientId,
    /// Whether the provider accepts the client secret.
    ClientSecret,
    /// The same of the second one, while secrets are being rotated.
    OtherSecret,
    /// Whether the provider knows the redirect.
    Redirect,
    /// Whether the app may ask for the scopes.
    Scopes,
}

impl What {
    fn name(self) -> &'static str {
        match self {
            Self::Keys => "keys",
            Self::PublicUrl => "public address",
            Self::Registration => "registration",
            Self::Account => "account",
            Self::ClientId => "client id",
            Self::ClientSecret => "client secret",
            Self::OtherSecret => "other client secret",
            Self::Redirect => "redirect",
            Self::Scopes => "scopes",
        }
    }
}

/// What was found.
#[derive(Debug)]
#[non_exhaustive]
pub enum Verdict {
    /// As it should be, as far as can be seen without a person.
    Fine,
    /// It cannot work like this.
    Wrong {
        /// What is wrong.
        why: String,
        /// What to do.
        fix: String,
    },
    /// It could not be told.
    Unknown {
        /// Why not.
        why: String,
    },
}

impl Preflight {
    /// Nothing if nothing is known to be wrong.
    ///
    /// # Errors
    /// `Misconfigured`, saying what to do about the first thing that is wrong.
    pub fn into_result(self) -> Result<()> {
        for check in self.checks {
            if let Verdict::Wrong { why, fix } = check.verdict {
                let mut error = Error::new(ErrorKind::Misconfigured, why).operation("preflight");
                if let Some(connector) = check.connector {
                    error = error.with("connector", connector);
                }
                return Err(error.with("check", check.what.name()).advise(fix));
            }
        }
        Ok(())
    }
}

impl fmt::Display for Preflight {
    /// One line for each check.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for check in &self.checks {
            let whose = check.connector.as_ref().map_or("product", ConnectorId::as_str);
            let what = check.what.name();
            match &check.verdict {
                Verdict::Fine => writeln!(f, "fine     {whose}: {what}")?,
                Verdict::Wrong { why, fix } => writeln!(f, "WRONG    {whose}: {what}: {why}; {fix}")?,
                Verdict::Unknown { why } => writeln!(f, "unknown  {whose}: {what}: {why}")?,
            }
        }
        Ok(())
    }
}

/// Looks at everything that the manifest's connectors need, for one tenant or for those without anything of their own.
pub(crate) async fn preflight(engine: &Engine, options: &PreflightOptions) -> Result<Preflight> {
    let nobody = TenantId::from("");
    let tenant = options.tenant.as_ref().unwrap_or(&nobody);
    let mut checks = vec![Check { connector: None, what: What::Keys, verdict: keys(engine) }];
    checks.push(Check { connector: None, what: What::PublicUrl, verdict: public_url(engine).await });
    let mut seen = Vec::new();
    for source in engine.manifest.sources().values() {
        let connector = &**engine.connector(&source.connector)?;
        let id = &connector.info().id;
        if connector.info().scheme(AuthKind::None).is_some() || seen.contains(id) {
            continue;
        }
        seen.push(id.clone());
        let mut found = Vec::new();
        // All sources of a connector ask for what they need of one registration.
        let sources = engine.manifest.sources().values().filter(|other| other.connector == *id);
        let mut scopes: Vec<String> =
            sources.flat_map(|source| needed(engine, connector, AuthKind::OAuth2, source)).collect();
        scopes.sort();
        scopes.dedup();
        if let Some(client) = registration(engine, connector, tenant, &scopes, &mut found).await {
            let redirect = options.redirects.get(id).cloned().or_else(|| engine.callback_url().ok());
            provider(engine, &client, redirect, &scopes, &mut found).await;
        }
        checks.extend(found.into_iter().map(|(what, verdict)| Check {
            connector: Some(id.clone()),
            what,
            verdict,
        }));
    }
    Ok(Preflight { checks })
}

fn keys(engine: &Engine) -> Verdict {
    match engine.sealer() {
        Ok(_) => Verdict::Fine,
        Err(error) => wrong(&error),
    }
}

fn wrong(error: &Error) -> Verdict {
    let fix = error.advice().unwrap_or("see the message").to_owned();
    Verdict::Wrong { why: error.message().to_owned(), fix }
}

async fn public_url(engine: &Engine) -> Verdict {
    let Some(url) = &engine.public_url else {
        return Verdict::Unknown {
            why: "none is configured; `on_loopback` and `begin_at` need none".to_owned(),
        };
    };
    let local = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    if url.scheme() != "https" && !local {
        return Verdict::Wrong {
            why: "it is not https, which providers refuse".to_owned(),
            fix: "serve the product over https and give that address".to_owned(),
        };
    }
    let Ok(uri) = url.as_str().parse() else {
        return Verdict::Unknown { why: "it is not in the form of an address".to_owned() };
    };
    let mut request = acquaint_core::http::Request::default();
    *request.uri_mut() = uri;
    match engine.env.http.send(request).await {
        // Whatever it answers, it is there.
        Ok(_) => Verdict::Fine,
        Err(error) => Verdict::Wrong {
            why: format!("nobody answers there ({error})"),
            fix: "start the product's server, and check name, port and certificate".to_owned(),
        },
    }
}

/// The app that people consent to, if the connector has such; notes what is registered.
async fn registration(
    engine: &Engine,
    connector: &dyn Connector,
    tenant: &TenantId,
    scopes: &[String],
    found: &mut Vec<(What, Verdict)>,
) -> Option<OAuth2Client> {
    let (mut missing, mut client, mut any) = (None, None, false);
    let mut accounts = Vec::new();
    for scheme in &connector.info().auth {
        match engine.grant_auth(connector, tenant, scheme.kind()).await {
            Ok(Some(GrantAuth::OAuth2(found))) => {
                any = true;
                client = Some(found);
            }
            // What tenants hand over needs no registration, and so is none.
            Ok(Some(GrantAuth::Fixed { .. })) => {}
            Ok(Some(auth)) => {
                any = true;
                accounts.push(auth);
            }
            Ok(None) => any = true,
            Err(error) => missing = missing.or(Some(error)),
        }
    }
    let verdict = match missing {
        Some(error) if !any => wrong(&error),
        _ => Verdict::Fine,
    };
    found.push((What::Registration, verdict));
    // What tenants must add something to cannot be tried without one.
    for auth in accounts.iter().filter(|auth| auth.fields().is_empty()) {
        found.push((What::Account, account(engine, auth, scopes).await));
    }
    client
}

/// Asks for a token on nobody's behalf.
async fn account(engine: &Engine, auth: &GrantAuth, scopes: &[String]) -> Verdict {
    let known = auth.handed_over(&Credential::default(), None, scopes.to_vec(), engine.env.now());
    let probed = match known {
        Ok(known) => probe_grant(&engine.env, auth, known).await,
        Err(error) => Probed::Failed(error),
    };
    verdict(probed, || {
        "compare the account's key, or the app's secret, with the provider's console".to_owned()
    })
}

async fn provider(
    engine: &Engine,
    client: &OAuth2Client,
    registered: Option<Url>,
    scopes: &[String],
    found: &mut Vec<(What, Verdict)>,
) {
    // Without a public address only programs connect, which come back to some port of this machine.
    let loopback = || Url::parse("http://127.0.0.1/callback").ok();
    let Some(redirect) = registered.clone().or_else(loopback) else { return };
    let console = "in the provider's developer console";
    let secrets = probe_secrets(&engine.env, client, &redirect).await;
    let compare_id = || format!("compare the client id with the one {console}");
    // Some say only here that it is the id, and the secret has not been looked at.
    let of_id = |probed: &ProbedSecret| matches!(&probed.secret, Probed::Refused { code } if code.to_ascii_lowercase().contains("client_id"));
    if let Some(refused) = secrets.iter().position(of_id) {
        let refused = secrets.into_iter().nth(refused);
        found.extend(refused.map(|probed| (What::ClientId, verdict(probed.secret, compare_id))));
        return;
    }
    let page = probe_page(&engine.env, client, &redirect, scopes).await;
    found.push((What::ClientId, verdict(page.client, compare_id)));
    let mut redirect_refused = None;
    for (what, probed) in [What::ClientSecret, What::OtherSecret].into_iter().zip(secrets) {
        redirect_refused = redirect_refused.or(probed.redirect_refused);
        found.push((
            what,
            verdict(probed.secret, || format!("compare client id and secret with those {console}")),
        ));
    }
    if registered.is_some() {
        let fix = || format!("register exactly {redirect} as redirect {console}");
        // Either may be the one that looks.
        let probed = redirect_refused.map_or(page.redirect, |code| Probed::Refused { code });
        found.push((What::Redirect, verdict(probed, fix)));
    }
    let fix = || format!("allow the app these scopes {console}: {}", scopes.join(" "));
    found.push((What::Scopes, verdict(page.scopes, fix)));
}

fn verdict(probed: Probed, fix: impl FnOnce() -> String) -> Verdict {
    match probed {
        Probed::Accepted => Verdict::Fine,
        Probed::Refused { code } => {
            Verdict::Wrong { why: format!("the provider answers {code}"), fix: fix() }
        }
        Probed::Unclear { why } => Verdict::Unknown { why },
        Probed::Failed(error) => Verdict::Unknown { why: error.to_string() },
        _ => Verdict::Unknown { why: "the provider's answer is of a new kind".to_owned() },
    }
}
