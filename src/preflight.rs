//! Looking, before anybody connects, whether everything is set up.

use std::fmt;

use acquaint_core::auth::{AuthKind, GrantAuth};
use acquaint_core::connector::Connector;
use acquaint_core::ids::{ConnectorId, TenantId};
use acquaint_core::oauth::{OAuth2Client, Probed, probe_page, probe_secrets};
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
pub(crate) async fn preflight(engine: &Engine, tenant: &TenantId) -> Result<Preflight> {
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
        if let Some(client) = registration(engine, connector, tenant, &mut found).await {
            // All sources of a connector ask for what they need of one registration.
            let sources = engine.manifest.sources().values().filter(|other| other.connector == *id);
            let mut scopes: Vec<String> =
                sources.flat_map(|source| needed(engine, connector, AuthKind::OAuth2, source)).collect();
            scopes.sort();
            scopes.dedup();
            provider(engine, &client, &scopes, &mut found).await;
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
    found: &mut Vec<(What, Verdict)>,
) -> Option<OAuth2Client> {
    let mut missing = None;
    let mut client = None;
    let mut any = false;
    for scheme in &connector.info().auth {
        match engine.grant_auth(connector, tenant, scheme.kind()).await {
            Ok(Some(GrantAuth::OAuth2(found))) => {
                any = true;
                client = Some(found);
            }
            // What tenants hand over needs no registration, and so is none.
            Ok(Some(GrantAuth::Fixed { .. })) => {}
            Ok(_) => any = true,
            Err(error) => missing = missing.or(Some(error)),
        }
    }
    let verdict = match missing {
        Some(error) if !any => wrong(&error),
        _ => Verdict::Fine,
    };
    found.push((What::Registration, verdict));
    client
}

async fn provider(
    engine: &Engine,
    client: &OAuth2Client,
    scopes: &[String],
    found: &mut Vec<(What, Verdict)>,
) {
    let callback = engine.callback_url().ok();
    // Without a public address only programs connect, which come back to this machine.
    let loopback = || Url::parse("http://127.0.0.1/callback").ok();
    let Some(redirect) = callback.clone().or_else(loopback) else { return };
    let console = "in the provider's developer console";
    let secrets = probe_secrets(&engine.env, client, &redirect).await;
    let page = probe_page(&engine.env, client, &redirect, scopes).await;
    let compare_id = || format!("compare the client id with the one {console}");
    // Some say only here that it is the id, and the secret has not been looked at.
    let of_id = |probed: &Probed| matches!(probed, Probed::Refused { code } if code.to_ascii_lowercase().contains("client_id"));
    if let Some(refused) = secrets.iter().position(of_id) {
        found.extend(
            secrets.into_iter().nth(refused).map(|probed| (What::ClientId, verdict(probed, compare_id))),
        );
        return;
    }
    found.push((What::ClientId, verdict(page.client, compare_id)));
    for (what, probed) in [What::ClientSecret, What::OtherSecret].into_iter().zip(secrets) {
        found.push((what, verdict(probed, || format!("compare client id and secret with those {console}"))));
    }
    if callback.is_some() {
        let fix = || format!("register exactly {redirect} as redirect {console}");
        found.push((What::Redirect, verdict(page.redirect, fix)));
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
