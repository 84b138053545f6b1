//! Connecting: from a person's consent to a connection.

mod access;
mod disconnect;
mod finish;
mod handover;
mod loopback;
mod outcome;
mod settle;
mod sharing;
mod stop;
mod ticket;
mod ways;

pub use access::Access;
pub(crate) use access::{lacks, lacks_error, look_at_scopes, needed, too_few_scopes};
pub(crate) use disconnect::disconnect;
pub use disconnect::{Disconnected, Mirrored, Revocation};
pub(crate) use finish::finish;
pub use outcome::Finished;
pub use sharing::SharedAccounts;
pub(crate) use stop::stop;
use ticket::Expected;
pub use ways::Way;

use acquaint_core::auth::AuthKind;
use acquaint_core::ids::{ConnectionId, SourceName, UserId};
use acquaint_core::oauth::{Ask, Authorize, OAuth2, authorize};
use acquaint_core::store::{Connection, ConnectionStatus};
use acquaint_core::{Error, Result};
use chrono::TimeDelta;
use url::Url;

use crate::engine::Engine;
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
    /// The connection that is to be authorised again.
    again: Option<ConnectionId>,
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
        Self { tenant, source, initiator, hint: None, again: None }
    }

    /// A connection's account, again.
    pub(crate) fn again(tenant: Tenant, connection: &Connection, initiator: Initiator) -> Self {
        let hint = connection.email.clone();
        let (source, again) = (connection.source.clone(), Some(connection.id.clone()));
        Self { tenant, source, initiator, hint, again }
    }

    /// Tells the provider which account is meant, by its address.
    pub fn account(mut self, address: impl Into<String>) -> Self {
        self.hint = Some(address.into());
        self
    }

    /// Begins: keeps what is needed to finish, and says where to send the person, who then comes back to
    /// [`crate::Acquaint::callback_url`]. Hand what arrives there to [`crate::Acquaint::finish_connect`] within 15
    /// minutes.
    ///
    /// # Errors
    /// `Invalid` if the manifest has no such source or it needs no consent; `Misconfigured` if no app, key or
    /// public address is registered.
    pub async fn begin(&self) -> Result<Begun> {
        let redirect = self.tenant.engine.callback_url()?;
        self.begin_at(&redirect).await
    }

    /// Like [`Connect::begin`], with a callback of one's own, exactly as registered at the provider.
    ///
    /// # Errors
    /// As [`Connect::begin`].
    pub async fn begin_at(&self, redirect: &Url) -> Result<Begun> {
        let engine = &*self.tenant.engine.of(&self.tenant.id).await?;
        let source = self.source(engine)?;
        let connector = &**engine.connector(&source.connector)?;
        if connector.info().scheme(AuthKind::OAuth2).is_none() {
            let ways: Vec<&str> = connector.info().auth.iter().map(|scheme| scheme.kind().as_str()).collect();
            return Err(Error::invalid("this source needs no consent")
                .with("source", &self.source)
                .with("ways", ways.join(", ")));
        }
        let client = finish::oauth2_client(engine, connector, &self.tenant.id).await?;
        let needed = access::needed(engine, connector, AuthKind::OAuth2, source);
        let before = self.connection().await?;
        let (scopes, held) = self.to_ask(engine, &client.scheme, source, before.as_ref(), needed)?;
        let optional = access::optional(engine, connector, source, &scopes);
        let mut ask = Ask::new(&scopes);
        ask.optional = &optional;
        ask.further = !held.is_empty();
        ask.login_hint = self.hint.as_deref();
        let Authorize { url, state, verifier, .. } = authorize(&client, redirect, ask, &*engine.env.entropy);
        let plain = ticket::Plain {
            source: self.source.clone(),
            user: self.initiator.user.clone(),
            session: ticket::digest(&self.initiator.session),
            redirect: redirect.clone(),
            verifier: verifier.map(|verifier| verifier.expose().to_owned()),
            further: ask.further,
            held,
            expected: before.map(|before| Expected { account: before.account, label: before.label }),
            scopes,
        };
        let expires = engine.env.now() + PATIENCE;
        let ticket = ticket::seal(engine.sealer()?, &self.tenant.id, &state, &plain, expires).await?;
        engine.store.put_ticket(&ticket).await?;
        Ok(Begun { url })
    }

    /// The connection that is to be authorised again.
    async fn connection(&self) -> Result<Option<Connection>> {
        let Some(id) = &self.again else { return Ok(None) };
        self.tenant.connection(id).await.map(Some)
    }

    /// Which scopes to ask for, and which the grant keeps besides: of a connection that works only what it lacks,
    /// where the provider can add to a grant.
    fn to_ask(
        &self,
        engine: &Engine,
        scheme: &OAuth2,
        source: &Source,
        before: Option<&Connection>,
        needed: Vec<String>,
    ) -> Result<(Vec<String>, Vec<String>)> {
        let adds = scheme.incremental.is_some();
        let Some(before) = before.filter(|before| adds && before.status == ConnectionStatus::Active) else {
            return Ok((needed, Vec::new()));
        };
        let access = Access::of(engine, before, source)?;
        match access.granted {
            Some(held) if !access.missing.is_empty() => Ok((access.missing, held)),
            _ => Ok((needed, Vec::new())),
        }
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
        let begun = self.begin_at(listener.redirect()).await?;
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

    fn source<'e>(&self, engine: &'e Engine) -> Result<&'e Source> {
        let sources = engine.manifest.sources();
        sources.get(&self.source).ok_or_else(|| {
            let known: Vec<&str> = sources.keys().map(SourceName::as_str).collect();
            Error::invalid("the manifest has no such source")
                .with("source", &self.source)
                .advise(format!("name one of: {}", known.join(", ")))
        })
    }
}
