//! What all parts of the engine share.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use acquaint_core::auth::{AuthKind, AuthScheme, GrantAuth};
use acquaint_core::connector::{AnyStream, Connector, Context};
use acquaint_core::env::Env;
use acquaint_core::http::{Anonymous, Authenticator, HttpClient, QuotaKeeper, QuotaKeys, QuotaLeft};
use acquaint_core::ids::{ConnectorId, GrantId, TenantId, WorkerId};
use acquaint_core::view::EntityKind;

use acquaint_core::seal::Sealer;
use acquaint_core::store::{Connection, Store};
use acquaint_core::token::{GrantKey, TokenManager, TokenStore};
use acquaint_core::{Error, ErrorKind, Result};
use tokio::sync::Notify;
use url::Url;

use crate::apps::Apps;
use crate::connect::SharedAccounts;
use crate::manifest::{Manifest, Source};
use crate::push;
use crate::registry::Registry;
use crate::revisions::Revisions;

/// An engine as it works under one manifest. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Engine {
    common: Arc<Common>,
    pub(crate) manifest: Manifest,
}

impl Deref for Engine {
    type Target = Common;

    fn deref(&self) -> &Common {
        &self.common
    }
}

/// What an engine has under whichever manifest it works.
#[derive(Debug)]
pub(crate) struct Common {
    pub(crate) env: Env,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) registry: Registry,
    pub(crate) apps: Apps,
    pub(crate) tokens: Option<TokenManager>,
    /// Counts the calls of all connections.
    pub(crate) quotas: Arc<QuotaKeeper>,
    /// Where credentials rest.
    pub(crate) token_store: Arc<dyn TokenStore>,
    pub(crate) sealer: Option<Sealer>,
    pub(crate) worker: WorkerId,
    /// How long a claim holds without being prolonged.
    pub(crate) lease: Duration,
    /// Lanes that one sync works on at a time.
    pub(crate) concurrency: usize,
    pub(crate) guard: SweepGuard,
    /// The one base for addresses that others are given.
    pub(crate) public_url: Option<Url>,
    pub(crate) sharing: BTreeMap<ConnectorId, SharedAccounts>,
    pub(crate) revisions: Revisions,
    /// What became of notifications.
    pub(crate) received: push::Counters,
    /// Tells a worker in this process that there is something to do.
    pub(crate) stirred: Notify,
}

/// When a sweep waits for somebody to agree to it.
///
/// A baseline that misses much of what the mirror holds is more often a fault than a mass deletion.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct SweepGuard {
    /// Sweeps of fewer records never wait.
    pub at_least: u64,
    /// Sweeps of no more than this share of a partition never wait.
    pub share: f64,
}

impl Default for SweepGuard {
    fn default() -> Self {
        Self { at_least: 50, share: 0.5 }
    }
}

impl SweepGuard {
    /// Never waits.
    pub fn off() -> Self {
        Self { at_least: u64::MAX, share: 1.0 }
    }

    #[expect(clippy::cast_precision_loss, reason = "counts of records are far below 2^52")]
    pub(crate) fn holds(&self, unseen: u64, live: u64) -> bool {
        unseen >= self.at_least && unseen as f64 > self.share * live as f64
    }
}

/// Where notifications arrive, below the public address.
pub(crate) const PUSH_PATH: &str = "push";

impl Engine {
    pub(crate) fn new(common: Common, manifest: Manifest) -> Self {
        Self { common: Arc::new(common), manifest }
    }

    /// The same under another manifest.
    pub(crate) fn under(&self, manifest: Manifest) -> Self {
        Self { common: Arc::clone(&self.common), manifest }
    }

    pub(crate) fn connector(&self, id: &ConnectorId) -> Result<&Arc<dyn Connector>> {
        self.registry.connectors.get(id).ok_or_else(|| {
            let known: Vec<&str> = self.registry.connector_names().collect();
            Error::invalid("no such connector is registered")
                .with("connector", id)
                .advise(format!("register it with `.connector(…)` or name one of: {}", known.join(", ")))
        })
    }

    /// The source that a connection serves. It may have gone from the manifest, or be read by another connector
    /// now.
    pub(crate) fn source(&self, connection: &Connection) -> Option<&Source> {
        let source = self.manifest.sources().get(&connection.source)?;
        (source.connector == connection.connector).then_some(source)
    }

    /// The streams of a connector that a source of the manifest reads.
    pub(crate) fn reads<'a>(
        &self,
        connector: &'a dyn Connector,
        source: &'a Source,
    ) -> impl Iterator<Item = &'a dyn AnyStream> + use<'a> {
        reads(connector, source, self.manifest.reads_contacts())
    }

    /// The stream of this name, if a source of the manifest reads it.
    pub(crate) fn read_stream<'a>(
        &self,
        connector: &'a dyn Connector,
        source: &Source,
        name: &str,
    ) -> Option<&'a dyn AnyStream> {
        let contacts = self.manifest.reads_contacts();
        connector.stream(name).filter(|stream| is_read(*stream, source, contacts))
    }

    /// The address that people come back to from a provider's consent page.
    pub(crate) fn callback_url(&self) -> Result<Url> {
        let base = self.public_url.as_ref().ok_or_else(|| {
            Error::new(ErrorKind::Misconfigured, "the product has no public address to come back to")
                .advise("give the builder one: `.public_url(\"https://…\")`, or begin with `begin_at(…)`")
        })?;
        base.join("callback")
            .map_err(|error| Error::bug("the public address cannot be extended").with_source(error))
    }

    pub(crate) fn tokens(&self) -> Result<&TokenManager> {
        self.tokens.as_ref().ok_or_else(no_keys)
    }

    pub(crate) fn sealer(&self) -> Result<&Sealer> {
        self.sealer.as_ref().ok_or_else(no_keys)
    }

    /// What it takes to keep a grant of this kind alive; `None` if the connector needs no credential.
    pub(crate) async fn grant_auth(
        &self,
        connector: &dyn Connector,
        tenant: &TenantId,
        kind: AuthKind,
    ) -> Result<Option<GrantAuth>> {
        let id = &connector.info().id;
        let Some(scheme) = connector.info().scheme(kind) else {
            let known: Vec<&str> =
                connector.info().auth.iter().map(|scheme| scheme.kind().as_str()).collect();
            return Err(Error::invalid("this connector cannot be authorised in this way")
                .with("connector", id)
                .with("way", kind.as_str())
                .advise(format!("use one of: {}", known.join(", "))));
        };
        let app = self.apps.app(tenant, id).await?;
        let no_app = || {
            Error::new(ErrorKind::Misconfigured, "no OAuth app is registered for this connector")
                .with("connector", id)
                .advise("register it with `.app(connector, OAuthApp::from_env(…)?)`")
        };
        Ok(match scheme.clone() {
            AuthScheme::OAuth2(scheme) => Some(GrantAuth::new(scheme, app.ok_or_else(no_app)?)),
            AuthScheme::ClientCredentials(scheme) => {
                if !scheme.own_client && app.is_none() {
                    return Err(no_app());
                }
                Some(GrantAuth::ClientCredentials { scheme, app })
            }
            AuthScheme::ServiceAccount(scheme) => {
                let key = self.apps.service_account(tenant, id).await?.ok_or_else(|| {
                    Error::new(
                        ErrorKind::Misconfigured,
                        "no service account is registered for this connector",
                    )
                    .with("connector", id)
                    .advise(
                        "register it with `.service_account(connector, ServiceAccountKey::from_file(…)?)`",
                    )
                })?;
                Some(GrantAuth::ServiceAccount { scheme, key })
            }
            AuthScheme::Fixed(scheme) => Some(GrantAuth::Fixed { scheme, app }),
            _ => None,
        })
    }

    /// Where a connector's provider sends its notifications.
    pub(crate) fn push_url(&self, connector: &ConnectorId) -> Result<Url> {
        let base = self.public_url.as_ref().ok_or_else(|| {
            Error::new(ErrorKind::Misconfigured, "the product has no public address for notifications")
                .advise("give the builder one: `.public_url(\"https://…\")`")
        })?;
        base.join(&format!("{PUSH_PATH}/{connector}"))
            .map_err(|error| Error::bug("the public address cannot be extended").with_source(error))
    }

    /// What a connector works with on behalf of a connection.
    pub(crate) async fn context_of(
        &self,
        connector: &dyn Connector,
        connection: &Connection,
        source: &Source,
    ) -> Result<Context> {
        let grant = connection.grant.as_ref().map(|grant| (grant, connection.auth));
        let account = connection.account.as_str();
        let context = self.context(connector, &connection.tenant, grant, Some(account), source).await?;
        Ok(context.account(account).scopes(connection.scopes.clone()))
    }

    /// What a connector works with on behalf of a grant, whosever it may be. Calls count as
    /// those of `account`, if it is known which that should be.
    pub(crate) async fn context(
        &self,
        connector: &dyn Connector,
        tenant: &TenantId,
        grant: Option<(&GrantId, AuthKind)>,
        account: Option<&str>,
        source: &Source,
    ) -> Result<Context> {
        let known = match grant {
            Some((grant, kind)) => {
                self.grant_auth(connector, tenant, kind).await?.map(|auth| (grant.clone(), auth))
            }
            None => None,
        };
        let keys = quota_keys(
            &connector.info().id,
            known.as_ref().map(|(_, auth)| auth),
            account.or(grant.map(|(grant, _)| grant.as_str())),
        );
        let auth: Arc<dyn Authenticator> = match known {
            Some((grant, auth)) => {
                let key = GrantKey { tenant: tenant.clone(), grant };
                Arc::new(self.tokens()?.authenticator(key, auth))
            }
            None => Arc::new(Anonymous),
        };
        let http = HttpClient::new(self.env.clone(), auth, Arc::clone(&connector.info().http))
            .quotas(Arc::clone(&self.quotas), keys);
        Ok(Context::new(http, self.env.clone(), Arc::new(source.settings.clone())))
    }

    /// How much of its quotas is left for a connection.
    pub(crate) async fn quotas_left(&self, connection: &Connection) -> Result<Vec<QuotaLeft>> {
        let connector = self.connector(&connection.connector)?;
        let auth = match &connection.grant {
            Some(_) => self.grant_auth(&**connector, &connection.tenant, connection.auth).await?,
            None => None,
        };
        let keys = quota_keys(&connection.connector, auth.as_ref(), Some(&connection.account));
        Ok(self.quotas.left(&keys, &connector.info().http, self.env.now()))
    }
}

/// The streams of a connector that a source reads under a manifest that looks for contacts or does not.
pub(crate) fn reads<'a>(
    connector: &'a dyn Connector,
    source: &'a Source,
    contacts: bool,
) -> impl Iterator<Item = &'a dyn AnyStream> + use<'a> {
    connector.streams().iter().map(AsRef::as_ref).filter(move |stream| is_read(*stream, source, contacts))
}

/// Whether a source reads a stream under a manifest that looks for contacts or does not.
fn is_read(stream: &dyn AnyStream, source: &Source, contacts: bool) -> bool {
    (contacts || stream.spec().serves != Some(EntityKind::Contact)) && stream.asked(&source.settings)
}

/// What a connection's calls count under. A provider knows an app by its registration. What a service account asks
/// counts as its own, whomever it acts for. A credential that no registration stands behind is an app by itself.
fn quota_keys(connector: &ConnectorId, auth: Option<&GrantAuth>, account: Option<&str>) -> QuotaKeys {
    let account = account.unwrap_or_default();
    let app = match auth {
        Some(GrantAuth::ServiceAccount { key, .. }) => {
            return QuotaKeys::new(connector.clone(), key.email(), key.email());
        }
        Some(GrantAuth::OAuth2(client)) => &client.app.client_id,
        Some(
            GrantAuth::ClientCredentials { app: Some(app), .. } | GrantAuth::Fixed { app: Some(app), .. },
        ) => &app.client_id,
        Some(_) => account,
        // Without a credential the provider sees one caller.
        None => "",
    };
    QuotaKeys::new(connector.clone(), app, account)
}

fn no_keys() -> Error {
    Error::new(ErrorKind::Misconfigured, "credentials cannot be kept without a key to seal them with")
        .advise("give the builder one: `.keys(Keys::from_env(\"ACQUAINT_KEY\")?)`")
}
