//! What a worker leaves alone while nothing changes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use acquaint::async_trait;
use acquaint::core::store::Store;

use super::layer::{Layer, Over};
use super::{MINUTE, Product};

/// Counts how often a join is claimed.
#[derive(Debug)]
struct Counting(Arc<dyn Store>, AtomicU64);

#[async_trait]
impl Layer for Counting {
    fn under(&self) -> &dyn Store {
        &*self.0
    }

    fn enter(&self, verb: &'static str) -> acquaint::Result<()> {
        self.1.fetch_add(u64::from(verb == "claim_join"), Ordering::Relaxed);
        Ok(())
    }
}

#[tokio::test]
async fn a_poll_that_finds_nothing_decides_nothing() {
    let mut product = Product::new().await;
    let store = Arc::new(Over(Counting(Arc::clone(&product.store), AtomicU64::new(0))));
    let layered: Arc<dyn Store> = Arc::<Over<Counting>>::clone(&store);
    product.acquaint = product.world.builder().store(layered).build().await.unwrap();
    product.tenant = product.acquaint.tenant("acme");
    product.world.fill();
    product.connect_all().await;
    // Until the slowest lane has read all for the first time.
    let worked = product.work(MINUTE * 120).await;
    assert!(worked.decided > 0, "{worked:?}");
    let before = store.0.1.load(Ordering::Relaxed);
    let worked = product.work(MINUTE * 60).await;
    assert!(worked.lanes > 10 && worked.decided == 0, "{worked:?}");
    assert_eq!(store.0.1.load(Ordering::Relaxed) - before, 0, "joins claimed within an hour of rest");
}
