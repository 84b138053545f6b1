//! Engines at work on one store, each of which may die.

use std::sync::Arc;

use acquaint::core::env::Env;
use acquaint::core::store::Store;
use acquaint::{Acquaint, Keys, Manifest, SweepGuard, Tenant};
use acquaint_testkit::sandbox::InProcess;
use acquaint_testkit::{Script, SeededEntropy};

use super::clock::{LEASE, Time};
use super::cloud;
use super::layer::Over;
use super::life::{Life, Mortal, Points};

pub const TENANT: &str = "acme";

/// What every engine of a history is made with.
#[derive(Debug, Clone)]
pub struct Hiring {
    pub manifest: Manifest,
    pub clock: Time,
    pub network: InProcess,
    pub seed: u64,
    /// Whether lanes and workers run in turns, point by point.
    pub turns: bool,
}

/// An engine, and how it can be made to die or be held up.
#[derive(Debug, Clone)]
pub struct Worker {
    pub acquaint: Acquaint,
    pub script: Script,
    pub life: Life,
}

impl Worker {
    /// The `number`th engine on `store`. `bend` puts something between the engine and its store.
    pub async fn hire(
        hiring: &Hiring,
        number: u64,
        store: Arc<dyn Store>,
        bend: impl FnOnce(Arc<dyn Store>) -> Arc<dyn Store>,
    ) -> Self {
        let (script, life) = (Script::new(), Life::default());
        let mortal = Over::store(Mortal { under: store, life: life.clone() });
        let seed = hiring.seed.wrapping_mul(1_000).wrapping_add(number);
        let turns = if hiring.turns { usize::try_from(seed % 3).unwrap() } else { 0 };
        let mut env = Env::new(Arc::new(hiring.network.clone()));
        env.clock = Arc::new(hiring.clock.clone());
        env.entropy = Arc::new(SeededEntropy::new(seed));
        env.probe = Arc::new(Points { script: script.clone(), life: life.clone(), turns });
        let mut builder = Acquaint::builder()
            .manifest(hiring.manifest.clone())
            .store(bend(mortal))
            .keys(Keys::new("history", [7; 32]))
            .connector(cloud::calendar_connector())
            .connector(cloud::crm_connector())
            .env(env)
            .lease(LEASE)
            .concurrency(if hiring.turns { 3 } else { 1 })
            .sweep_guard(SweepGuard::off());
        for (connector, app) in cloud::apps() {
            builder = builder.app(connector, app);
        }
        Self { acquaint: builder.build().await.unwrap(), script, life }
    }

    pub fn tenant(&self) -> Tenant {
        self.acquaint.tenant(TENANT)
    }
}
