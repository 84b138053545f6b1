//! Connecting: from a person's consent to a connection.

mod finish;
mod loopback;
mod ticket;

pub(crate) use finish::finish;

use acquaint_core::connector::Connector;
use acquaint_core::ids::{SourceName, UserId};
use acquaint_core::oauth::{Authorize, authorize};
use acquaint_core::store::Connection;
use acquaint_core::{Error, Result};
use chrono::TimeDelta;
use url::Url;

use crate::manifest::Source;
use crate::tenant::Tenant;

/// How long a person has to consent.
const PATIENCE: TimeDelta = TimeDelta::minutes(15);

/// Who connects: a user of the product, in one session of it. An authorisation is finished only by the session
/// that began it, so that nobody can be made to connect somebody else's account.
#[derive(Clone, PartialEq, Eq)]
pub struct Initiator {
    pub(crate) user: UserId,
    pub(crate) session: String,
}

impl Initiator {
    /// A user, and a value that the product keeps for their session: unguessable, and the same when they return.
    pub fn new(user: impl Into<UserId>, session: impl Into<String>) -> Self {
        Self { user: user.into(), session: session.into() }
    }
}

impl std::fmt::Debug for Initiator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Initiator").field("user", &self.user).finish_non_exhaustive()
    }
}

/// A connection that is to be made.
#[derive(Debug, Clone)]
#[must_use = "nothing is connected before the person has consented"]
pub struct Connect {
    tenant: Tenant,
    source: SourceName,
    initiator: Initiator,
    hint: Option<String>,
}

/// An authorisation that has begun: send the person to the address.
#[derive(Clone)]
#[non_exhaustive]
pub struct Begun {
    /// Where the person consents. It is theirs alone: do not log it.
    pub url: Url,
}

impl std::fmt::Debug for Begun {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Begun").field("host", &self.url.host_str()).finish_non_exhaustive()
    }
}

impl Connect {
    pub(crate) fn new(tenant: Tenant, source: SourceName, initiator: Initiator) -> Self {
        Self { tenant, source, initiator, hint: None }
    }

    /// Tells the provider which account is meant, by its address.
    pub fn account(mut self, address: impl Into<String>) -> Self {
        self.hint = Some(address.into());
        self
    }

    /// Begins: keeps what is needed to finish, and says where to send the person. `redirect` is the product's
    /// callback, exactly as registered at the provider; hand what arrives there to
    /// [`crate::Acquaint::finish_connect`] within 15 minutes.
    ///
    /// # Errors
    /// `Invalid` if the manifest has no such source or it needs no consent; `Misconfigured` if no app or key
    /// is registered.
    pub async fn begin(&self, redirect: &Url) -> Result<Begun> {
        let engine = &self.tenant.engine;
        let source = self.source()?;
        let connector = engine.connector(&source.connector)?;
        let auth = engine
            .grant_auth(&**connector)?
            .ok_or_else(|| Error::invalid("this source needs no consent").with("source", &self.source))?;
        let scopes = scopes(&**connector);
        let Authorize { url, state, verifier, .. } =
            authorize(&auth, redirect, &scopes, self.hint.as_deref(), &*engine.env.entropy);
        let plain = ticket::Plain {
            source: self.source.clone(),
            user: self.initiator.user.clone(),
            session: ticket::digest(&self.initiator.session),
            redirect: redirect.clone(),
            verifier: verifier.map(|verifier| verifier.expose().to_owned()),
            scopes,
        };
        let expires = engine.env.now() + PATIENCE;
        let ticket = ticket::seal(engine.sealer()?, &self.tenant.id, &state, &plain, expires).await?;
        engine.store.put_ticket(&ticket).await?;
        Ok(Begun { url })
    }

    /// Connects with a redirect to this machine, for programs that run where the person's browser does: `open`
    /// is given the address to visit, and the call ends when they have consented.
    ///
    /// # Errors
    /// As [`Connect::begin`] and [`crate::Acquaint::finish_connect`]; `Unavailable` if nobody came back in time.
    pub async fn on_loopback(self, open: impl FnOnce(&Url)) -> Result<Connection> {
        self.on_loopback_at(0, open).await
    }

    /// Like [`Connect::on_loopback`], on a port of one's own: for providers that know a redirect only exactly as it
    /// is registered, here `http://127.0.0.1:PORT/callback`. Port 0 is any free one.
    ///
    /// # Errors
    /// As [`Connect::on_loopback`]; `Unavailable` if the port is taken.
    pub async fn on_loopback_at(self, port: u16, open: impl FnOnce(&Url)) -> Result<Connection> {
        let listener = loopback::Listener::bind(port).await?;
        let begun = self.begin(listener.redirect()).await?;
        open(&begun.url);
        let engine = &self.tenant.engine;
        let patience = PATIENCE.to_std().unwrap_or_default();
        tokio::select! {
            finished = listener.serve(engine, &self.initiator) => finished,
            () = engine.env.clock.sleep(patience) => Err(
                Error::unavailable("nobody came back from the consent page").advise("begin connecting again")
            ),
        }
    }

    fn source(&self) -> Result<&Source> {
        let sources = self.tenant.engine.manifest.sources();
        sources.get(&self.source).ok_or_else(|| {
            let known: Vec<&str> = sources.keys().map(SourceName::as_str).collect();
            Error::invalid("the manifest has no such source")
                .with("source", &self.source)
                .advise(format!("name one of: {}", known.join(", ")))
        })
    }
}

/// What reading all streams of a connector needs.
fn scopes(connector: &dyn Connector) -> Vec<String> {
    let mut scopes: Vec<String> = connector
        .streams()
        .iter()
        .flat_map(|stream| stream.spec().scopes.iter().map(|scope| (*scope).to_owned()))
        .collect();
    scopes.sort();
    scopes.dedup();
    scopes
}
