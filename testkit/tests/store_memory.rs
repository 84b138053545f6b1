//! The memory store passes the conformance suite.

use std::sync::Arc;

use acquaint_testkit::MemoryStore;

async fn memory() -> Arc<MemoryStore> {
    Arc::new(MemoryStore::new())
}

acquaint_testkit::store_conformance!(memory);
