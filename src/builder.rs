//! Putting an engine together.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use acquaint_core::connector::Connector;
use acquaint_core::env::Env;
use acquaint_core::http::QuotaKeeper;
use acquaint_core::ids::{ConnectorId, TenantId, WorkerId};
use acquaint_core::keys::KeyProvider;
use acquaint_core::oauth::{OAuthApp, ServiceAccountKey};
use acquaint_core::seal::Sealer;
use acquaint_core::store::OpenStore;
use acquaint_core::token::{Resealed, TokenManager, TokenStore};
use acquaint_core::{Error, ErrorKind, Result};
use tokio::sync::Notify;
use url::Url;

use crate::apps::{AppSource, Apps};
use crate::connect::{Finished, Initiator, SharedAccounts, finish};
use crate::engine::{Common, Engine, SweepGuard};
use crate::manifest::{Manifest, Problems};
use crate::preflight::{Preflight, PreflightOptions, preflight};
use crate::push::{self, Received};
use crate::registry::Registry;
use crate::revisions::{ManifestSource, Refreshed, Revisions};
use crate::tenant::Tenant;
use crate::upkeep::{self, Upkeep};
use crate::worker::{self, WorkOptions, Worked};

/// The engine: one manifest, one store, the connectors that it names. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Acquaint(Arc<Engine>);

impl Acquaint {
    /// Begins to put an engine together.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// A tenant of the product. Every call that touches data hangs off it.
    pub fn tenant(&self, id: impl Into<TenantId>) -> Tenant {
        Tenant::new(Arc::clone(&self.0), id.into())
    }

    /// Where people come back to from a provider's consent page: what to register there as redirect.
    ///
    /// # Errors
    /// `Misconfigured` if the builder was given no public address.
    pub fn callback_url(&self) -> Result<Url> {
        self.0.callback_url()
    }

    /// Finishes an authorisation with the request that came to the product's callback. `initiator` is the user
    /// and session of that request, which must be those that began. What people did is in the outcome; only its
    /// query is looked at, and neither its host nor its headers.
    ///
    /// # Errors
    /// `Invalid` if the request answers no authorization request; `Misconfigured` if the provider refuses the app's
    /// registration; `NeedsReauth` if it refuses the code; otherwise the provider's failure, or the store's.
    pub fn finish_connect<'a, B>(
        &'a self,
        request: &http::Request<B>,
        initiator: &'a Initiator,
    ) -> impl Future<Output = Result<Finished>> + Send + use<'a, B> {
        // Only the query is looked at: the request need not outlive the call, and its body need not be `Sync`, which
        // web servers' seldom are.
        let query = request.uri().query().unwrap_or_default().to_owned();
        async move { finish(&self.0, &query, initiator).await }
    }

    /// Where a connector's provider sends its notifications: have your web server hand the requests that come to this
    /// address to [`Acquaint::receive`].
    ///
    /// # Errors
    /// `Misconfigured` if the builder was given no public address.
    pub fn push_url(&self, connector: impl Into<ConnectorId>) -> Result<Url> {
        self.0.push_url(&connector.into())
    }

    /// Takes a notification of a provider, and returns what to answer. It is believed only if it proves that it answers a
    /// subscription of this product; what it tells of is noted durably before the answer, and the next sync looks
    /// there. What is forged, unknown or misdirected costs one look-up at most, and is counted.
    ///
    /// Bound the size of bodies before: a megabyte is more than any provider sends.
    pub async fn receive(&self, request: http::Request<bytes::Bytes>) -> http::Response<bytes::Bytes> {
        push::receive(&self.0, &request).await
    }

    /// What became of the notifications that this engine has received.
    pub fn received(&self) -> Received {
        self.0.received.read()
    }

    /// Looks whether everything is set up that connecting needs: keys, public address, and at each provider client
    /// id, secret, redirect and scopes. Asks providers, with nothing that concerns a tenant.
    ///
    /// # Errors
    /// `Invalid` if the manifest names a connector that is not registered. What is wrong is in the answer.
    pub async fn preflight(&self) -> Result<Preflight> {
        self.preflight_with(&PreflightOptions::new()).await
    }

    /// Like [`Acquaint::preflight`], for one tenant with what it has of its own, or with other redirects.
    ///
    /// # Errors
    /// As [`Acquaint::preflight`].
    pub async fn preflight_with(&self, options: &PreflightOptions) -> Result<Preflight> {
        preflight(&self.0.newest(), options).await
    }

    /// Works until `shutdown` completes: reads what falls due or is told of, and decides what that changes, for all tenants.
    /// Every tenant has its turn, however much there is to read for another; a lane that fails, or a connector that panics,
    /// stops nobody else. Looks for another manifest and renews grants that have long rested on the way. Then
    /// it finishes what can be finished in 25 seconds, and says what it did.
    ///
    /// Any number of processes may work on one store. One that only asks and receives notifications need not.
    ///
    /// ```no_run
    /// # async fn example(acquaint: acquaint::Acquaint, stop: tokio::sync::oneshot::Receiver<()>) {
    /// let worked = acquaint.run(async { stop.await.unwrap_or_default() }).await;
    /// println!("{} lanes read, {} meetings decided", worked.lanes, worked.decided);
    /// # }
    /// ```
    ///
    /// # Panics
    /// Outside of a Tokio runtime.
    pub async fn run(&self, shutdown: impl Future<Output = ()>) -> Worked {
        self.run_with(&WorkOptions::new(), shutdown).await
    }

    /// Like [`Acquaint::run`], with options.
    ///
    /// # Panics
    /// Outside of a Tokio runtime.
    pub async fn run_with(&self, options: &WorkOptions, shutdown: impl Future<Output = ()>) -> Worked {
        worker::run(&self.0, options, shutdown).await
    }

    /// Renews grants that have long rested, so that none ends for want of use, and removes credentials that a crash
    /// left behind. Call it about once a day; several processes may.
    ///
    /// # Errors
    /// The store's. What could not be renewed is in the answer.
    pub async fn keep_grants_alive(&self) -> Result<Upkeep> {
        upkeep::keep_alive(&self.0).await
    }

    /// Seals every credential anew that lies under a retired key, so that the key can go. May be stopped at any point
    /// and run again, beside everything else.
    ///
    /// # Errors
    /// `Misconfigured` without keys; the store's. What could not be opened is in the answer.
    pub async fn reseal(&self) -> Result<Resealed> {
        upkeep::reseal(&self.0).await
    }

    /// Its manifest: in force, from their next sync on, for all tenants to which no other revision was applied.
    pub fn manifest(&self) -> Manifest {
        self.0.newest().manifest
    }

    /// Looks at once whether the builder's [`ManifestSource`] has another manifest. One that is wrong is refused, and the
    /// engine goes on with what it has.
    ///
    /// # Errors
    /// The source's, if it cannot be read.
    pub async fn refresh_manifest(&self) -> Result<Refreshed> {
        self.0.refresh().await
    }
}

/// Puts an [`Acquaint`] together. A manifest and a store are needed; keys and apps as soon as something is
/// connected by OAuth.
#[derive(Debug)]
#[must_use = "nothing is built before `build`"]
pub struct Builder {
    manifest: Option<Manifest>,
    source: Option<Arc<dyn ManifestSource>>,
    store: Option<Box<dyn OpenStore>>,
    token_store: Option<Arc<dyn TokenStore>>,
    keys: Option<Arc<dyn KeyProvider>>,
    ahead: Option<Duration>,
    registry: Option<Registry>,
    connectors: Vec<Arc<dyn Connector>>,
    apps: Apps,
    public_url: Option<String>,
    sharing: BTreeMap<ConnectorId, SharedAccounts>,
    env: Option<Env>,
    lease: Duration,
    concurrency: usize,
    guard: SweepGuard,
    quota_share: f64,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            manifest: None,
            source: None,
            store: None,
            token_store: None,
            keys: None,
            ahead: None,
            registry: None,
            connectors: Vec::new(),
            apps: Apps::default(),
            public_url: None,
            sharing: BTreeMap::new(),
            env: None,
            lease: Duration::from_secs(20),
            concurrency: 4,
            guard: SweepGuard::default(),
            quota_share: 1.0,
        }
    }
}

impl Builder {
    /// What to sync, match, keep and deliver.
    pub fn manifest(mut self, manifest: Manifest) -> Self {
        self.manifest = Some(manifest);
        self
    }

    /// Takes the manifest from a source, which a running engine looks at again: in the place of
    /// [`Builder::manifest`].
    pub fn manifest_source(mut self, source: impl ManifestSource) -> Self {
        self.source = Some(Arc::new(source));
        self
    }

    /// Where everything rests.
    pub fn store(mut self, store: impl OpenStore + 'static) -> Self {
        self.store = Some(Box::new(store));
        self
    }

    /// Keeps credentials elsewhere than in the store: in a vault of the product's own. It sees sealed bytes only.
    pub fn token_store(mut self, tokens: impl TokenStore) -> Self {
        self.token_store = Some(Arc::new(tokens));
        self
    }

    /// What credentials are sealed with.
    pub fn keys(mut self, keys: impl KeyProvider) -> Self {
        self.keys = Some(Arc::new(keys));
        self
    }

    /// How long before its end a token is renewed: the smaller of this and a fifth of its life. Five minutes by
    /// default.
    pub fn renew_ahead(mut self, ahead: Duration) -> Self {
        self.ahead = Some(ahead);
        self
    }

    /// Registers the product's app at a connector's provider.
    pub fn app(mut self, connector: impl Into<ConnectorId>, app: OAuthApp) -> Self {
        self.apps.apps.insert((None, connector.into()), app);
        self
    }

    /// Registers an app of one tenant's own, in place of the product's.
    pub fn tenant_app(
        mut self,
        tenant: impl Into<TenantId>,
        connector: impl Into<ConnectorId>,
        app: OAuthApp,
    ) -> Self {
        self.apps.apps.insert((Some(tenant.into()), connector.into()), app);
        self
    }

    /// Registers a service account at a connector's provider.
    pub fn service_account(mut self, connector: impl Into<ConnectorId>, key: ServiceAccountKey) -> Self {
        self.apps.accounts.insert((None, connector.into()), key);
        self
    }

    /// Registers a service account of one tenant's own, in place of the product's.
    pub fn tenant_service_account(
        mut self,
        tenant: impl Into<TenantId>,
        connector: impl Into<ConnectorId>,
        key: ServiceAccountKey,
    ) -> Self {
        self.apps.accounts.insert((Some(tenant.into()), connector.into()), key);
        self
    }

    /// Asks `source` for registrations first: for tenants that bring their own while the product runs.
    pub fn app_source(mut self, source: impl AppSource) -> Self {
        self.apps.source = Some(Box::new(source));
        self
    }

    /// The one address under which the product is reached from outside, for instance
    /// `https://product.example/calendar/`. People come back to `callback` below it. It is never taken from a
    /// request's `Host` header.
    pub fn public_url(mut self, url: impl Into<String>) -> Self {
        self.public_url = Some(url.into());
        self
    }

    /// What happens when several tenants connect one account at a connector's provider. They share it by default.
    pub fn shared_accounts(mut self, connector: impl Into<ConnectorId>, policy: SharedAccounts) -> Self {
        self.sharing.insert(connector.into(), policy);
        self
    }

    /// What the manifest may name, in the place of [`Registry::bundled`]. Give the one by which the manifest was checked.
    pub fn registry(mut self, registry: Registry) -> Self {
        self.registry = Some(registry);
        self
    }

    /// Adds a connector to the registry, or replaces the one of the same id.
    pub fn connector(mut self, connector: impl Connector) -> Self {
        self.connectors.push(Arc::new(connector));
        self
    }

    /// Sets time, randomness and network. By default they are the system's, and reqwest's.
    pub fn env(mut self, env: Env) -> Self {
        self.env = Some(env);
        self
    }

    /// How long a claim on work holds without being prolonged: after a crash, the work waits that long.
    /// 20 seconds by default.
    pub fn lease(mut self, lease: Duration) -> Self {
        self.lease = lease.max(Duration::from_secs(1));
        self
    }

    /// How many lanes one sync reads at a time. 4 by default.
    pub fn concurrency(mut self, lanes: usize) -> Self {
        self.concurrency = lanes.max(1);
        self
    }

    /// When a sweep waits for somebody to agree to it.
    pub fn sweep_guard(mut self, guard: SweepGuard) -> Self {
        self.guard = guard;
        self
    }

    /// The share of every quota that this process keeps to, above 0 and up to 1, the default. Quotas are counted in
    /// each process for itself: with four of them that work alike, give each 0.25.
    pub fn quota_share(mut self, share: f64) -> Self {
        self.quota_share = share;
        self
    }

    /// What the manifest may name.
    #[cfg(feature = "cli")]
    pub(crate) fn into_registry(self) -> Result<Registry> {
        registry(self.registry, self.connectors)
    }

    /// As [`Builder::into_registry`], and builds on.
    #[cfg(feature = "cli")]
    pub(crate) fn registry_of(&self) -> Result<Registry> {
        registry(self.registry.clone(), self.connectors.clone())
    }

    #[cfg(feature = "cli")]
    pub(crate) fn has_manifest(&self) -> bool {
        self.manifest.is_some() || self.source.is_some()
    }

    /// Opens the store and checks that everything fits.
    ///
    /// # Errors
    /// `Invalid` if the manifest or the store is missing, if the share of quotas is out of range, or if the manifest names a connector that is not
    /// registered, settings that it does not have, or too few scopes; the store's own errors.
    pub async fn build(self) -> Result<Acquaint> {
        let store = self.store.ok_or_else(|| {
            Error::invalid("an engine needs a store")
                .advise("give it one: `.store(Sqlite::at(\"acquaint.db\"))`")
        })?;
        if !(self.quota_share > 0.0 && self.quota_share <= 1.0) {
            return Err(Error::invalid("the share of quotas is out of range")
                .with("share", self.quota_share)
                .advise("give each process a share above 0 and up to 1: `.quota_share(0.25)` for four"));
        }
        let env = match self.env {
            Some(env) => env,
            None => default_env()?,
        };
        let registry = registry(self.registry, self.connectors)?;
        let wrong = |problems: Problems| Error::invalid(problems.to_string()).with_source(problems);
        let manifest = match (self.manifest, &self.source) {
            (Some(manifest), _) => manifest,
            (None, Some(source)) => Manifest::parse(&source.read().await?).map_err(wrong)?,
            (None, None) => {
                return Err(Error::invalid("an engine needs a manifest")
                    .advise("give it one: `.manifest(Manifest::read(\"…\")?)`"));
            }
        };
        manifest.fits(&registry).map_err(wrong)?;
        let store = store.open_store().await?;
        let worker = WorkerId::from(env.id("worker"));
        let token_store = self.token_store.unwrap_or_else(|| store.clone());
        let tokens = self.keys.clone().map(|keys| {
            let tokens = TokenManager::new(Arc::clone(&token_store), keys, env.clone());
            match self.ahead {
                Some(ahead) => tokens.renew_ahead(ahead),
                None => tokens,
            }
        });
        let sealer = self.keys.map(|keys| Sealer::new(keys, &env));
        let common = Common {
            env,
            store,
            registry,
            apps: self.apps,
            tokens,
            quotas: Arc::new(QuotaKeeper::new().share(self.quota_share)),
            token_store,
            sealer,
            worker,
            lease: self.lease,
            concurrency: self.concurrency,
            guard: self.guard,
            public_url: self.public_url.as_deref().map(public_url).transpose()?,
            sharing: self.sharing,
            revisions: Revisions::new(self.source),
            received: push::Counters::default(),
            stirred: Notify::new(),
        };
        Ok(Acquaint(Arc::new(Engine::new(common, manifest))))
    }
}

fn registry(given: Option<Registry>, connectors: Vec<Arc<dyn Connector>>) -> Result<Registry> {
    let mut registry = match given {
        Some(registry) => registry,
        None => Registry::bundled()?,
    };
    connectors.into_iter().for_each(|connector| registry.add(connector));
    Ok(registry)
}

/// The public address as a folder, so that addresses can be put below it.
fn public_url(text: &str) -> Result<Url> {
    let wrong = |why: &'static str| {
        Error::new(ErrorKind::Misconfigured, "the public address cannot be used").with("because", why).advise(
            "give the address under which the product is reached, for instance https://product.example/",
        )
    };
    let mut url = Url::parse(text).map_err(|_| wrong("it is no absolute address"))?;
    if !matches!(url.scheme(), "https" | "http") || url.host_str().is_none() {
        return Err(wrong("it is no web address"));
    }
    if url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() {
        return Err(wrong("it has more than scheme, host and path"));
    }
    if !url.path().ends_with('/') {
        let folder = format!("{}/", url.path());
        url.set_path(&folder);
    }
    Ok(url)
}

#[cfg(feature = "reqwest")]
fn default_env() -> Result<Env> {
    Ok(Env::new(Arc::new(acquaint_core::http::ReqwestTransport::new()?)))
}

#[cfg(not(feature = "reqwest"))]
fn default_env() -> Result<Env> {
    Err(Error::invalid("no transport is compiled in")
        .advise("enable the feature `reqwest`, or give the builder an environment: `.env(Env::new(…))`"))
}
