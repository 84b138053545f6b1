//! The worker, left alone: on time that passes by itself.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "working/fairness.rs"]
mod fairness;
#[path = "history/layer.rs"]
#[allow(unreachable_pub)]
mod layer;
#[path = "working/network.rs"]
mod network;
#[path = "working/resting.rs"]
mod resting;
#[path = "working/stopping.rs"]
mod stopping;
mod support;
#[path = "working/waking.rs"]
mod waking;

use std::sync::Arc;
use std::time::Duration;

use acquaint::core::env::Clock;
use acquaint::core::store::Store;
use acquaint::{Acquaint, Builder, Connection, Manifest, Tenant, WorkOptions, Worked};
use acquaint_testkit::MemoryStore;
use network::Slow;
use support::{ANA, MANIFEST, PORTAL, World, table};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

/// A product with a worker.
struct Product {
    world: World,
    network: Arc<Slow>,
    store: Arc<dyn Store>,
    acquaint: Acquaint,
    tenant: Tenant,
}

impl Product {
    async fn new() -> Self {
        Self::of(MANIFEST, |builder| builder).await
    }

    async fn of(manifest: &str, change: impl FnOnce(Builder) -> Builder) -> Self {
        let mut world = World::in_passing_time();
        let network = Slow::new(Arc::clone(&world.http), world.clock.clone());
        world.http = Arc::<Slow>::clone(&network);
        let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
        let builder = world.builder().manifest(Manifest::parse(manifest).unwrap()).store(Arc::clone(&store));
        let acquaint = change(builder).build().await.unwrap();
        let tenant = acquaint.tenant("acme");
        Self { world, network, store, acquaint, tenant }
    }

    /// Another process on the same store.
    async fn beside(&self) -> Acquaint {
        self.world.builder().store(Arc::clone(&self.store)).build().await.unwrap()
    }

    async fn connect(&self, source: &str, account: &str) -> Connection {
        self.world.connect(&self.acquaint, &self.tenant, source, account).await.unwrap()
    }

    async fn connect_all(&self) {
        self.connect("calendar", ANA).await;
        self.connect("calendar", support::BEN).await;
        self.connect("crm", &PORTAL.to_string()).await;
    }

    /// Works for so long.
    async fn work(&self, time: Duration) -> Worked {
        self.acquaint.run(self.world.clock.sleep(time)).await
    }

    /// Works until `until` is done.
    async fn work_until<T>(&self, until: impl Future<Output = T>) -> T {
        let (done, stop) = tokio::sync::oneshot::channel::<()>();
        let work = self.acquaint.run(async { drop(stop.await) });
        let until = async {
            let result = until.await;
            drop(done);
            result
        };
        futures::future::join(work, until).await.1
    }
}

#[tokio::test]
async fn a_worker_reads_and_decides_what_a_sync_does() {
    let product = Product::new().await;
    product.world.fill();
    product.connect_all().await;
    let worked = product.work(MINUTE).await;
    assert_eq!((worked.failed, worked.abandoned), (0, 0), "{worked:?}");
    assert!(worked.lanes > 0 && worked.records > 0 && worked.decided > 0, "{worked:?}");

    let other = Product::new().await;
    other.world.fill();
    other.connect_all().await;
    let _ = other.tenant.sync().await.unwrap().into_result().unwrap();
    assert_eq!(table(&product.tenant).await, table(&other.tenant).await);
    assert!(!table(&product.tenant).await.is_empty());
}

#[tokio::test]
async fn an_edit_is_found_by_polling() {
    let product = Product::new().await;
    product.world.fill();
    product.connect_all().await;
    let _ = product.work(MINUTE).await;
    let event = support::meeting("new", "Globex again", "2026-03-20T10:00:00Z", &[ANA, "jane@globex.com"]);
    product.world.google.insert_event(ANA, event).unwrap();
    // A calendar is read every five minutes, give or take a tenth.
    let worked = product.work(MINUTE * 6).await;
    assert_eq!(worked.failed, 0, "{worked:?}");
    assert_eq!(worked.changes, 1, "{worked:?}");
    assert!(table(&product.tenant).await.iter().any(|row| format!("{row:?}").contains("Globex again")));
}

#[tokio::test]
async fn work_at_rest_costs_what_its_schedules_say() {
    let product = Product::new().await;
    product.world.fill();
    product.connect_all().await;
    let _ = product.work(MINUTE * 10).await;
    let before = product.network.sent();
    let worked = product.work(MINUTE * 60).await;
    let calls = product.network.sent() - before;
    // An hour: two calendars and three lists every five minutes, the CRM's streams every fifteen.
    assert!(calls <= 120, "{calls} calls within an hour of rest: {worked:?}");
    assert_eq!((worked.changed, worked.decided, worked.changes), (0, 0, 0), "{worked:?}");
}

#[tokio::test]
async fn two_workers_share_the_work() {
    let alone = Product::new().await;
    alone.world.fill();
    alone.connect_all().await;
    let _ = alone.work(MINUTE).await;

    let product = Product::new().await;
    product.world.fill();
    product.connect_all().await;
    product.network.takes(SECOND / 5);
    let other = product.beside().await;
    let narrow = WorkOptions::new().lanes(2);
    let (one, two) = futures::join!(
        product.acquaint.run_with(&narrow, product.world.clock.sleep(MINUTE)),
        other.run_with(&narrow, product.world.clock.sleep(MINUTE))
    );
    assert!(one.lanes > 0 && two.lanes > 0, "{one:?} {two:?}");
    assert_eq!((one.failed, two.failed), (0, 0), "{one:?} {two:?}");
    assert_eq!(table(&product.tenant).await, table(&alone.tenant).await);
    assert_eq!(one.changes + two.changes, product.tenant.changes(0, 1_000).await.unwrap().len() as u64);
}
