//! How a worker comes to an end, and what the next one finds.

use std::sync::Arc;
use std::time::Duration;

use acquaint::async_trait;
use acquaint::core::env::Clock;

use super::network::Trouble;
use super::support::table;
use super::{MINUTE, Product, SECOND};

#[tokio::test]
async fn a_stopped_worker_gives_back_what_it_has_at_the_next_page() {
    let mut product = Product::new().await;
    product.world.events_page = 1;
    product.acquaint = product.beside().await;
    product.tenant = product.acquaint.tenant("acme");
    product.world.fill();
    product.connect_all().await;
    product.network.takes(SECOND * 2);
    let worked = product.work(SECOND * 7).await;
    assert_eq!((worked.failed, worked.abandoned), (0, 0), "{worked:?}");
    let lanes = product.store.lanes(product.tenant.id()).await.unwrap();
    assert!(lanes.iter().all(|lane| lane.leased_until.is_none()), "a lane is still held: {lanes:#?}");
    assert!(lanes.iter().any(|lane| lane.progress.pass.is_some()), "nothing was cut short");

    product.network.takes(Duration::ZERO);
    let worked = product.work(MINUTE).await;
    assert_eq!(worked.failed, 0, "{worked:?}");
    let other = Product::new().await;
    other.world.fill();
    other.connect_all().await;
    let _ = other.tenant.sync().await.unwrap().into_result().unwrap();
    assert_eq!(table(&product.tenant).await, table(&other.tenant).await);
}

#[tokio::test]
async fn what_cannot_be_finished_in_time_is_left_to_the_next_worker() {
    let product = Product::new().await;
    product.world.fill();
    product.connect_all().await;
    product.network.trouble("hubspot", Trouble::Hangs);
    let began = product.world.clock.now();
    let worked = product.work(SECOND * 5).await;
    assert!(worked.abandoned > 0, "{worked:?}");
    let took = product.world.clock.now() - began;
    assert!(took <= chrono::TimeDelta::seconds(31), "it took {took}");
    product.network.heal();
    // The claims that were given up run out after 20 seconds.
    let worked = product.work(MINUTE).await;
    assert_eq!((worked.failed, worked.abandoned), (0, 0), "{worked:?}");
    assert!(
        product.tenant.meetings().kept().all().await.unwrap().iter().any(|one| one.title == "Globex QBR")
    );
}

#[tokio::test]
async fn a_store_that_fails_for_a_while_stops_nothing() {
    use super::layer::{Layer, Over};

    /// Fails every verb while it is told to.
    #[derive(Debug)]
    struct Moody(Arc<dyn acquaint::core::store::Store>, std::sync::atomic::AtomicBool);

    #[async_trait]
    impl Layer for Moody {
        fn under(&self) -> &dyn acquaint::core::store::Store {
            &*self.0
        }

        fn enter(&self, verb: &'static str) -> acquaint::Result<()> {
            if self.1.load(std::sync::atomic::Ordering::Relaxed) {
                return Err(
                    acquaint::Error::new(acquaint::ErrorKind::Store, "the disk is full").with("verb", verb)
                );
            }
            Ok(())
        }
    }

    let mut product = Product::new().await;
    let store = Arc::new(Over(Moody(Arc::clone(&product.store), false.into())));
    let layered: Arc<dyn acquaint::core::store::Store> = Arc::<Over<Moody>>::clone(&store);
    product.acquaint = product.world.builder().store(layered).build().await.unwrap();
    product.tenant = product.acquaint.tenant("acme");
    product.world.fill();
    product.connect_all().await;
    let fails = |fails: bool| store.0.1.store(fails, std::sync::atomic::Ordering::Relaxed);
    product
        .work_until(async {
            product.world.clock.sleep(SECOND / 100).await;
            fails(true);
            product.world.clock.sleep(MINUTE).await;
            fails(false);
            product.world.clock.sleep(MINUTE * 10).await;
        })
        .await;
    let other = Product::new().await;
    other.world.fill();
    other.connect_all().await;
    let _ = other.tenant.sync().await.unwrap().into_result().unwrap();
    assert_eq!(table(&product.tenant).await, table(&other.tenant).await);
}
