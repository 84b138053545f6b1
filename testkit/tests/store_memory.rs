//! The memory store passes the conformance suite.

use std::future::{Ready, ready};
use std::sync::Arc;

use acquaint_testkit::MemoryStore;

fn memory() -> Ready<Arc<MemoryStore>> {
    ready(Arc::default())
}

acquaint_testkit::store_conformance!(memory);
