//! The memory store passes the conformance suite. A clone of it is the same store, opened once more.

use std::future::{Ready, ready};
use std::sync::Arc;

use acquaint_testkit::MemoryStore;

fn place() -> Ready<MemoryStore> {
    ready(MemoryStore::new())
}

fn open(place: &MemoryStore) -> Ready<Arc<MemoryStore>> {
    ready(Arc::new(place.clone()))
}

acquaint_testkit::store_conformance!(place, open);
