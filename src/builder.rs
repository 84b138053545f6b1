//! Putting an engine together.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use acquaint_core::connector::Connector;
use acquaint_core::env::Env;
use acquaint_core::ids::{ConnectorId, TenantId, WorkerId};
use acquaint_core::keys::KeyProvider;
use acquaint_core::oauth::OAuthApp;
use acquaint_core::seal::Sealer;
use acquaint_core::store::{Connection, OpenStore};
use acquaint_core::token::TokenManager;
use acquaint_core::{Error, Result};

use crate::connect::{Initiator, finish};
use crate::engine::{Engine, SweepGuard};
use crate::local::Local;
use crate::manifest::Manifest;
use crate::tenant::Tenant;

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

    /// Finishes an authorisation with the request that came to the product's callback. `initiator` is the user
    /// and session of that request, which must be those that began.
    ///
    /// # Errors
    /// `Invalid` if the authorisation is not under way (replayed, expired, foreign) or was begun in another
    /// session; `Forbidden` if consent was refused or cut down; `Misconfigured` if the app's registration is
    /// wrong; otherwise the provider's failure.
    pub async fn finish_connect<B: Sync>(
        &self,
        request: &http::Request<B>,
        initiator: &Initiator,
    ) -> Result<Connection> {
        // Only the query is looked at, so that the request need not outlive the call.
        let query = request.uri().query().unwrap_or_default().to_owned();
        finish(&self.0, &query, initiator).await
    }

    /// The manifest in force.
    pub fn manifest(&self) -> &Manifest {
        &self.0.manifest
    }
}

/// Puts an [`Acquaint`] together. A manifest and a store are needed; keys and apps as soon as something is
/// connected by OAuth.
#[derive(Debug)]
#[must_use = "nothing is built before `build`"]
pub struct Builder {
    manifest: Option<Manifest>,
    store: Option<Box<dyn OpenStore>>,
    keys: Option<Arc<dyn KeyProvider>>,
    connectors: Vec<Arc<dyn Connector>>,
    apps: BTreeMap<ConnectorId, OAuthApp>,
    env: Option<Env>,
    lease: Duration,
    concurrency: usize,
    guard: SweepGuard,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            manifest: None,
            store: None,
            keys: None,
            connectors: Vec::new(),
            apps: BTreeMap::new(),
            env: None,
            lease: Duration::from_secs(20),
            concurrency: 4,
            guard: SweepGuard::default(),
        }
    }
}

impl Builder {
    /// What to sync, match, keep and deliver.
    pub fn manifest(mut self, manifest: Manifest) -> Self {
        self.manifest = Some(manifest);
        self
    }

    /// Where everything rests.
    pub fn store(mut self, store: impl OpenStore + 'static) -> Self {
        self.store = Some(Box::new(store));
        self
    }

    /// What credentials are sealed with.
    pub fn keys(mut self, keys: impl KeyProvider) -> Self {
        self.keys = Some(Arc::new(keys));
        self
    }

    /// Registers the product's app at a connector's provider.
    pub fn app(mut self, connector: impl Into<ConnectorId>, app: OAuthApp) -> Self {
        self.apps.insert(connector.into(), app);
        self
    }

    /// Adds a connector, or replaces a bundled one of the same id.
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

    /// Opens the store and checks that everything fits.
    ///
    /// # Errors
    /// `Invalid` if the manifest or the store is missing, or if the manifest names a connector that is not
    /// registered or settings that it does not have; the store's own errors.
    pub async fn build(self) -> Result<Acquaint> {
        let manifest = self.manifest.ok_or_else(|| {
            Error::invalid("an engine needs a manifest")
                .advise("give it one: `.manifest(Manifest::read(\"…\")?)`")
        })?;
        let store = self.store.ok_or_else(|| {
            Error::invalid("an engine needs a store")
                .advise("give it one: `.store(Sqlite::at(\"acquaint.db\"))`")
        })?;
        let env = match self.env {
            Some(env) => env,
            None => default_env()?,
        };
        let mut connectors: BTreeMap<ConnectorId, Arc<dyn Connector>> = BTreeMap::new();
        let local: Arc<dyn Connector> = Arc::new(Local::new());
        for connector in crate::bundled()?.into_iter().chain([local]).chain(self.connectors) {
            connectors.insert(connector.info().id.clone(), connector);
        }
        let store = store.open_store().await?;
        let worker = WorkerId::from(env.id("worker"));
        let tokens = self.keys.clone().map(|keys| {
            let tokens: Arc<dyn acquaint_core::token::TokenStore> = store.clone();
            TokenManager::new(tokens, keys, env.clone())
        });
        let sealer = self.keys.map(|keys| Sealer::new(keys, &env));
        let engine = Engine {
            env,
            store,
            manifest,
            connectors,
            apps: self.apps,
            tokens,
            sealer,
            worker,
            lease: self.lease,
            concurrency: self.concurrency,
            guard: self.guard,
            adopted: Mutex::default(),
        };
        check(&engine)?;
        Ok(Acquaint(Arc::new(engine)))
    }
}

/// What the manifest alone cannot tell: that its connectors exist and know their settings.
fn check(engine: &Engine) -> Result<()> {
    for (name, source) in engine.manifest.sources() {
        let in_source = |error: Error| error.with("source", name);
        let connector = engine.connector(&source.connector).map_err(in_source)?;
        connector.check(&source.settings).map_err(in_source)?;
    }
    let droppable: Vec<&str> = engine
        .manifest
        .sources()
        .values()
        .filter_map(|source| engine.connectors.get(&source.connector))
        .flat_map(|connector| connector.streams())
        .flat_map(|stream| stream.spec().droppable.iter().map(|(name, _)| *name))
        .collect();
    let dropped = engine.manifest.sources().values().flat_map(|source| &source.settings.drop);
    for name in dropped {
        if !droppable.contains(&name.as_str()) {
            // What cannot be dropped would be stored against the manifest's word.
            return Err(Error::invalid("`privacy.drop` names something that no connector can leave out")
                .with("name", name)
                .advise(format!("name one of: {}", droppable.join(", "))));
        }
    }
    Ok(())
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
